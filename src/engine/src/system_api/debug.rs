//! Logs and deliberate traps.

use super::{Call, Host, MODULE, rule};
use crate::execution::Trap;
use wasmtime::{Caller, Linker};

/// What one message can add to the canister's log. Source: `MAX_ALLOWED_CANISTER_LOG_BUFFER_SIZE` of dfinity/ic.
const LOG_BYTES: u64 = 4 << 10;

/// What logging `size` bytes costs. Source: `logging_charge_bytes` in `linker.rs` of dfinity/ic.
fn logging_charge(host: &Host, size: u32) -> u64 {
    let size = u64::from(size);
    let remaining = LOG_BYTES.saturating_sub(host.logged_bytes);
    2 * size.min(LOG_BYTES) + super::BYTE_TRANSMISSION_COST * size.min(remaining)
}

/// Text that cannot be read is replaced, not refused: neither import may hide a trap behind another one.
fn readable(call: &mut Call<'_>, src: u32, size: u32, what: &str) -> Vec<u8> {
    call.take(src, size).unwrap_or_else(|_| format!("({what} message out of memory bounds)").into_bytes())
}

pub(super) fn link(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    let print = rule("debug_print")?;
    linker.func_wrap(MODULE, print.name, move |caller: Caller<'_, Host>, src: u32, size: u32| {
        let charge = logging_charge(caller.data(), size);
        let mut call = Call::enter(caller, print, charge)?;
        let line = readable(&mut call, src, size, "debug_print");
        let host = call.host();
        host.logged_bytes += u64::from(size);
        host.effects.logs.push(line);
        Ok(())
    })?;

    let trap = rule("trap")?;
    linker.func_wrap(
        MODULE,
        trap.name,
        move |caller: Caller<'_, Host>, src: u32, size: u32| -> wasmtime::Result<()> {
            let charge = u64::from(size) + logging_charge(caller.data(), size);
            let mut call = Call::enter(caller, trap, charge)?;
            let message = readable(&mut call, src, size, "trap");
            Err(Trap::Explicit(String::from_utf8_lossy(&message).into_owned()).into())
        },
    )?;
    Ok(())
}
