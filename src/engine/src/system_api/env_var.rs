//! Environment variables of the canister.

use super::{Call, Host, MODULE, rule, size_of};
use crate::execution::Trap;
use wasmtime::{Caller, Linker};

fn name_at(host: &Host, index: u32) -> Result<&[u8], Trap> {
    let variables = &host.environment.environment_variables;
    variables.keys().nth(index as usize).map(String::as_bytes).ok_or_else(|| {
        Trap::Contract(format!("environment variable {index} does not exist: there are {}", variables.len()))
    })
}

fn value_of<'h>(host: &'h Host, name: &str) -> Result<&'h [u8], Trap> {
    host.environment
        .environment_variables
        .get(name)
        .map(String::as_bytes)
        .ok_or_else(|| Trap::Contract(format!("environment variable {name:?} does not exist")))
}

const NAME: &str = "the name of the environment variable";

pub(super) fn link(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    let count = rule("env_var_count")?;
    linker.func_wrap(MODULE, count.name, move |caller: Caller<'_, Host>| {
        let mut call = Call::enter(caller, count, 0)?;
        Ok(u32::try_from(call.host().environment.environment_variables.len()).unwrap_or(u32::MAX))
    })?;

    let name_size = rule("env_var_name_size")?;
    linker.func_wrap(MODULE, name_size.name, move |caller: Caller<'_, Host>, index: u32| {
        Ok(size_of(name_at(Call::enter(caller, name_size, 0)?.host(), index)?))
    })?;

    let name_copy = rule("env_var_name_copy")?;
    linker.func_wrap(
        MODULE,
        name_copy.name,
        move |caller: Caller<'_, Host>, index: u32, dst: u32, offset: u32, size: u32| {
            Call::enter(caller, name_copy, size.into())?.put_part(dst, (offset, size), |host| name_at(host, index))
        },
    )?;

    let exists = rule("env_var_name_exists")?;
    linker.func_wrap(MODULE, exists.name, move |caller: Caller<'_, Host>, src: u32, size: u32| {
        let mut call = Call::enter(caller, exists, 0)?;
        let name = call.take_text(src, size, NAME)?;
        Ok(u32::from(call.host().environment.environment_variables.contains_key(&name)))
    })?;

    let value_size = rule("env_var_value_size")?;
    linker.func_wrap(MODULE, value_size.name, move |caller: Caller<'_, Host>, src: u32, size: u32| {
        let mut call = Call::enter(caller, value_size, 0)?;
        let name = call.take_text(src, size, NAME)?;
        Ok(size_of(value_of(call.host(), &name)?))
    })?;

    let value_copy = rule("env_var_value_copy")?;
    linker.func_wrap(
        MODULE,
        value_copy.name,
        move |caller: Caller<'_, Host>, src: u32, name_size: u32, dst: u32, offset: u32, size: u32| {
            let mut call = Call::enter(caller, value_copy, size.into())?;
            let name = call.take_text(src, name_size, NAME)?;
            call.put_part(dst, (offset, size), |host| value_of(host, &name))
        },
    )?;
    Ok(())
}
