//! Certified data.

use super::{Call, Host, MODULE, contract, rule, size_of};
use crate::execution::Trap;
use wasmtime::{Caller, Linker};

/// Source: interface specification, "Certified data".
const MAX_CERTIFIED_BYTES: u32 = 32;

fn certificate(host: &Host) -> Result<&[u8], Trap> {
    host.message
        .data_certificate
        .as_deref()
        .ok_or_else(|| Trap::Contract("there is no data certificate in this call".into()))
}

pub(super) fn link(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    let set = rule("certified_data_set")?;
    linker.func_wrap(MODULE, set.name, move |caller: Caller<'_, Host>, src: u32, size: u32| {
        let mut call = Call::enter(caller, set, size.into())?;
        if size > MAX_CERTIFIED_BYTES {
            return contract(format!("certified data has {size} bytes, at most {MAX_CERTIFIED_BYTES} allowed"));
        }
        let data = call.take(src, size)?;
        call.host().effects.certified_data = Some(data);
        Ok(())
    })?;

    let present = rule("data_certificate_present")?;
    linker.func_wrap(MODULE, present.name, move |caller: Caller<'_, Host>| {
        Ok(u32::from(Call::enter(caller, present, 0)?.host().message.data_certificate.is_some()))
    })?;

    let size_rule = rule("data_certificate_size")?;
    linker.func_wrap(MODULE, size_rule.name, move |caller: Caller<'_, Host>| {
        Ok(size_of(certificate(Call::enter(caller, size_rule, 0)?.host())?))
    })?;

    let copy = rule("data_certificate_copy")?;
    linker.func_wrap(MODULE, copy.name, move |caller: Caller<'_, Host>, dst: u32, offset: u32, size: u32| {
        Call::enter(caller, copy, size.into())?.put_part(dst, (offset, size), certificate)
    })?;
    Ok(())
}
