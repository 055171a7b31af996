//! Imports that link, so that a module can be installed, and trap when they are called: those of `unsupported.txt`.
//!
//! A message here carries no caller information (data and its signer), so there is no honest answer.

use super::{Call, Host, MODULE, rule};
use crate::execution::Trap;
use wasmtime::{Caller, Linker};

pub(super) fn link(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    for name in ["msg_caller_info_data_size", "msg_caller_info_signer_size"] {
        let rule = rule(name)?;
        linker.func_wrap(MODULE, name, move |caller: Caller<'_, Host>| -> wasmtime::Result<u32> {
            Call::enter(caller, rule, 0)?;
            Err(Trap::Unsupported(name.into()).into())
        })?;
    }
    for name in ["msg_caller_info_data_copy", "msg_caller_info_signer_copy"] {
        let rule = rule(name)?;
        linker.func_wrap(
            MODULE,
            name,
            move |caller: Caller<'_, Host>, _dst: u32, _offset: u32, size: u32| -> wasmtime::Result<()> {
                Call::enter(caller, rule, size.into())?;
                Err(Trap::Unsupported(name.into()).into())
            },
        )?;
    }
    Ok(())
}
