//! Stable memory.
//!
//! Source of order and charges: `rs/embedders/src/wasm_utils/system_api_replacements.rs` of dfinity/ic. A page of
//! 4 KiB costs extra when a message first writes to it.

use super::{Call, Host, MODULE, rule};
use crate::execution::{Trap, pages::PAGE_BYTES};
use wasmtime::{Caller, Linker};

/// Instructions for every page a message makes dirty. Source: `dirty_page_overhead` of application subnets.
pub(crate) const DIRTY_PAGE_OVERHEAD: u64 = 1_000;
const WASM_PAGE_BYTES: u64 = 65_536;
/// Refused growth, as the interface specification has it.
const FAILED: u64 = u64::MAX;

fn out_of_bounds<T>(what: &str) -> wasmtime::Result<T> {
    Err(Trap::Wasm(format!("{what} out of bounds")).into())
}

/// Checks `size` (not zero) bytes of stable memory at `offset`, and the same number of bytes of the heap at `heap`.
fn check(call: &mut Call<'_>, offset: u64, heap: u64, size: u64) -> wasmtime::Result<std::ops::Range<usize>> {
    let (memory, host) = call.memory()?;
    if offset.checked_add(size).is_none_or(|end| end > host.stable.size * WASM_PAGE_BYTES) {
        return out_of_bounds("stable memory");
    }
    match heap.checked_add(size).map(usize::try_from) {
        Some(Ok(end)) if end <= memory.len() => Ok(end - usize::try_from(size)?..end),
        _ => out_of_bounds("heap"),
    }
}

pub(super) fn link(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    let size_rule = rule("stable64_size")?;
    linker.func_wrap(MODULE, size_rule.name, move |caller: Caller<'_, Host>| {
        Ok(Call::enter(caller, size_rule, 0)?.host().stable.size)
    })?;

    let grow = rule("stable64_grow")?;
    linker.func_wrap(MODULE, grow.name, move |caller: Caller<'_, Host>, pages: u64| {
        let mut call = Call::enter(caller, grow, 0)?;
        let host = call.host();
        let previous = host.stable.size;
        let Some(size) = previous.checked_add(pages) else { return Ok(FAILED) };
        if size > host.limits.stable_bytes / WASM_PAGE_BYTES {
            return Ok(FAILED);
        }
        host.stable.size = size;
        Ok(previous)
    })?;

    let read = rule("stable64_read")?;
    linker.func_wrap(MODULE, read.name, move |caller: Caller<'_, Host>, dst: u64, offset: u64, size: u64| {
        let mut call = Call::enter(caller, read, size)?;
        if size == 0 {
            return Ok(());
        }
        let to = check(&mut call, offset, dst, size)?;
        let (memory, host) = call.memory()?;
        host.stable.bytes.read(offset, &mut memory[to]);
        Ok(())
    })?;

    let write = rule("stable64_write")?;
    linker.func_wrap(MODULE, write.name, move |caller: Caller<'_, Host>, offset: u64, src: u64, size: u64| {
        let mut call = Call::enter(caller, write, size)?;
        if size == 0 {
            return Ok(());
        }
        let from = check(&mut call, offset, src, size)?;
        let pages = offset / PAGE_BYTES as u64..=(offset + size - 1) / PAGE_BYTES as u64;
        let newly_dirty = call.host().stable.dirty.insert_all(pages);
        call.charge(DIRTY_PAGE_OVERHEAD * newly_dirty)?;
        let (memory, host) = call.memory()?;
        host.stable.bytes.write(offset, &memory[from]);
        Ok(())
    })?;
    Ok(())
}
