//! The canister and its subnet: identity, status, version, controllers.

use super::{Call, Host, MODULE, rule, size_of};
use candid::Principal;
use wasmtime::{Caller, Linker};

pub(super) fn link(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    for (size_name, copy_name, whole) in [
        (
            "canister_self_size",
            "canister_self_copy",
            (|host| host.environment.canister_id.as_slice()) as fn(&Host) -> &[u8],
        ),
        ("subnet_self_size", "subnet_self_copy", |host| host.environment.subnet_id.as_slice()),
        ("root_key_size", "root_key_copy", |host| &host.environment.root_key_der),
    ] {
        let size_rule = rule(size_name)?;
        linker.func_wrap(MODULE, size_name, move |caller: Caller<'_, Host>| {
            Ok(size_of(whole(Call::enter(caller, size_rule, 0)?.host())))
        })?;
        let copy_rule = rule(copy_name)?;
        linker.func_wrap(MODULE, copy_name, move |caller: Caller<'_, Host>, dst: u32, offset: u32, size: u32| {
            Call::enter(caller, copy_rule, size.into())?.put_part(dst, (offset, size), |host| Ok(whole(host)))
        })?;
    }

    let status = rule("canister_status")?;
    linker.func_wrap(MODULE, status.name, move |caller: Caller<'_, Host>| {
        Ok(Call::enter(caller, status, 0)?.host().environment.status)
    })?;

    let version = rule("canister_version")?;
    linker.func_wrap(MODULE, version.name, move |caller: Caller<'_, Host>| {
        Ok(Call::enter(caller, version, 0)?.host().environment.version)
    })?;

    let is_controller = rule("is_controller")?;
    linker.func_wrap(MODULE, is_controller.name, move |caller: Caller<'_, Host>, src: u32, size: u32| {
        let mut call = Call::enter(caller, is_controller, size.into())?;
        let bytes = call.take(src, size)?;
        let principal = Principal::try_from_slice(&bytes)
            .map_err(|error| crate::execution::Trap::Contract(format!("not a principal: {error}")))?;
        Ok(u32::from(call.host().environment.controllers.contains(&principal)))
    })?;

    let replicated = rule("in_replicated_execution")?;
    linker.func_wrap(MODULE, replicated.name, move |caller: Caller<'_, Host>| {
        Ok(u32::from(Call::enter(caller, replicated, 0)?.host().context.is_replicated()))
    })?;
    Ok(())
}
