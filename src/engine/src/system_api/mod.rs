//! The System API: one file per group of imports.
//!
//! Every call first is charged its overhead and the bytes it moves, then is checked against the contexts it is allowed
//! in, and only then does something; source of this order: `rs/embedders/src/wasmtime_embedder/linker.rs` of
//! dfinity/ic. What is not implemented is named in `unsupported.txt` and traps with [`Trap::Unsupported`].

mod call;
mod canister;
mod certified;
mod cost;
mod cycles;
mod debug;
mod env_var;
mod msg;
pub(crate) mod rules;
mod stable;
mod timer;
mod unsupported;

use crate::execution::{
    Effects, Environment, Limits, Message, OutgoingCall, Trap,
    pages::{PageSet, Pages},
};
use crate::wasm::MAX_TABLE_ELEMENTS;
pub(crate) use cost::http_cost;
use rules::{Context, Rule};
pub(crate) use stable::DIRTY_PAGE_OVERHEAD;
use wasmtime::{Caller, Global, Linker, Memory, ResourceLimiter, Val};

/// Instructions per byte that leaves the canister in a reply, a reject or a call: copying, and sending it out of the
/// sandbox. Source: `BYTE_TRANSMISSION_COST_FACTOR` in `linker.rs` of dfinity/ic.
const BYTE_TRANSMISSION_COST: u64 = 50;

/// Everything the imports of one canister work on while a message runs.
pub(crate) struct Host {
    pub(crate) context: Context,
    pub(crate) message: Message,
    pub(crate) environment: Environment,
    pub(crate) limits: Limits,
    pub(crate) stable: Stable,
    pub(crate) effects: Effects,
    pub(crate) memory: Option<Memory>,
    pub(crate) counter: Option<Global>,
    pub(crate) heap_limit: HeapLimit,
    /// What `msg_reply_data_append` has collected.
    reply: Vec<u8>,
    /// The call between `call_new` and `call_perform`.
    call: Option<OutgoingCall>,
    /// Fees of the calls performed so far; the network charges them, but they can no longer be spent.
    reserved_for_calls: u128,
    /// Bytes of log written by this message.
    logged_bytes: u64,
}

impl Host {
    pub(crate) fn new(mut message: Message, environment: Environment, limits: Limits, stable: Stable) -> Self {
        if message.responded {
            message.cycles_available = 0;
        }
        Self {
            context: Context::of(&message.entry),
            effects: Effects { cycle_balance: environment.cycle_balance, ..Effects::default() },
            message,
            environment,
            limits,
            stable,
            memory: None,
            counter: None,
            heap_limit: HeapLimit { bytes: u64::MAX },
            reply: Vec::new(),
            call: None,
            reserved_for_calls: 0,
            logged_bytes: 0,
        }
    }

    /// What the message did, if it commits: a call that was prepared but never sent gives its cycles back.
    pub(crate) fn take_effects(&mut self) -> Effects {
        call::abandon(self);
        std::mem::take(&mut self.effects)
    }

    /// Cycles that can leave the canister without freezing it.
    fn liquid_balance(&self) -> u128 {
        self.effects
            .cycle_balance
            .saturating_sub(self.environment.freezing_reserve)
            .saturating_sub(self.reserved_for_calls)
    }
}

/// Stable memory during a message.
#[derive(Clone, Default)]
pub(crate) struct Stable {
    pub(crate) bytes: Pages,
    /// Size in wasm pages.
    pub(crate) size: u64,
    /// Pages this message has written.
    pub(crate) dirty: PageSet,
}

/// Refuses to let the heap grow beyond the canister's limit.
///
/// Beyond what WebAssembly allows, `memory.grow` answers -1; beyond the canister's own limit the message traps, as
/// `try_grow_wasm_memory` of the replica has it.
pub(crate) struct HeapLimit {
    pub(crate) bytes: u64,
}

/// 4 GiB: what 32-bit addresses reach.
const ADDRESSABLE_BYTES: u64 = 1 << 32;

impl ResourceLimiter for HeapLimit {
    fn memory_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let wanted = desired as u64;
        if wanted > ADDRESSABLE_BYTES || maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        if wanted > self.bytes {
            let reason = format!("a heap of {wanted} bytes was asked for, the limit is {} bytes", self.bytes);
            return Err(Trap::OutOfMemory(reason).into());
        }
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= MAX_TABLE_ELEMENTS)
    }
}

/// Links every import.
pub(crate) fn link(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    call::link(linker)?;
    canister::link(linker)?;
    certified::link(linker)?;
    cost::link(linker)?;
    cycles::link(linker)?;
    debug::link(linker)?;
    env_var::link(linker)?;
    msg::link(linker)?;
    stable::link(linker)?;
    timer::link(linker)?;
    unsupported::link(linker)
}

/// The module's name of the System API.
const MODULE: &str = "ic0";

fn rule(name: &'static str) -> wasmtime::Result<&'static Rule> {
    rules::find(name).ok_or_else(|| wasmtime::Error::msg(format!("no rule for ic0.{name}")))
}

fn contract<T>(reason: impl Into<String>) -> wasmtime::Result<T> {
    Err(Trap::Contract(reason.into()).into())
}

/// One call of an import that is charged and allowed.
struct Call<'a> {
    caller: Caller<'a, Host>,
}

impl<'a> Call<'a> {
    /// Charges the call and `extra` instructions, then checks the context.
    fn enter(caller: Caller<'a, Host>, rule: &Rule, extra: u64) -> wasmtime::Result<Self> {
        let mut call = Self { caller };
        call.charge(rule.overhead.saturating_add(extra))?;
        let context = call.caller.data().context;
        if !rule.allows(context) {
            return contract(format!("\"ic0_{}\" cannot be executed in {context} mode", rule.name));
        }
        Ok(call)
    }

    fn host(&mut self) -> &mut Host {
        self.caller.data_mut()
    }

    fn charge(&mut self, instructions: u64) -> wasmtime::Result<()> {
        let left = self.counter()?.saturating_sub(i64::try_from(instructions).unwrap_or(i64::MAX));
        if let Some(counter) = self.caller.data().counter {
            counter.set(&mut self.caller, Val::I64(left))?;
        }
        if left < 0 {
            let limit = self.caller.data().limits.instructions;
            return Err(Trap::InstructionLimit { limit }.into());
        }
        Ok(())
    }

    /// What is left of the instruction limit.
    fn counter(&mut self) -> wasmtime::Result<i64> {
        let counter = self.caller.data().counter;
        match counter.map(|counter| counter.get(&mut self.caller)) {
            Some(Val::I64(left)) => Ok(left),
            _ => Err(wasmtime::Error::msg("the instruction counter is missing")),
        }
    }

    fn memory(&mut self) -> wasmtime::Result<(&mut [u8], &mut Host)> {
        match self.caller.data().memory {
            Some(memory) => Ok(memory.data_and_store_mut(&mut self.caller)),
            None => contract("WebAssembly module must define memory"),
        }
    }

    /// Bytes of the heap, copied.
    fn take(&mut self, src: u32, size: u32) -> wasmtime::Result<Vec<u8>> {
        let (memory, _) = self.memory()?;
        Ok(memory[range(memory.len(), src, size)?].to_vec())
    }

    /// UTF-8 text of the heap.
    fn take_text(&mut self, src: u32, size: u32, what: &str) -> wasmtime::Result<String> {
        String::from_utf8(self.take(src, size)?)
            .or_else(|error| contract(format!("{what} is not valid UTF-8: {}", error.utf8_error())))
    }

    /// Writes `bytes` to the heap.
    fn put(&mut self, dst: u32, bytes: &[u8]) -> wasmtime::Result<()> {
        let (memory, _) = self.memory()?;
        let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let range = range(memory.len(), dst, size)?;
        memory[range].copy_from_slice(bytes);
        Ok(())
    }

    /// Writes a number of cycles, as every `*128` import does: 16 bytes, little endian.
    fn put_u128(&mut self, dst: u32, amount: u128) -> wasmtime::Result<()> {
        self.put(dst, &amount.to_le_bytes())
    }

    /// Writes a part of something the host holds.
    fn put_part(
        &mut self,
        dst: u32,
        (offset, size): (u32, u32),
        whole: impl FnOnce(&Host) -> Result<&[u8], Trap>,
    ) -> wasmtime::Result<()> {
        let (memory, host) = self.memory()?;
        let whole = whole(host)?;
        let to = range(memory.len(), dst, size)?;
        let Some(part) = whole.get(offset as usize..).and_then(|rest| rest.get(..size as usize)) else {
            let length = whole.len();
            return contract(format!("offset {offset} + size {size} exceeds the length {length}"));
        };
        memory[to].copy_from_slice(part);
        Ok(())
    }
}

fn range(length: usize, start: u32, size: u32) -> wasmtime::Result<std::ops::Range<usize>> {
    let (start, size) = (start as usize, size as usize);
    if start + size > length {
        return contract(format!("heap out of bounds: {start} + {size} exceeds {length}"));
    }
    Ok(start..start + size)
}

/// The size of something the host holds, as wasm32 sees it.
fn size_of(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

/// `high * 2^64 + low`.
fn cycles(high: u64, low: u64) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}
