//! One message, from entry to commit or rollback.

use super::{Closure, Effects, Entry, Environment, Limits, Message, Outcome, State, Trap, state::Live};
use crate::{
    system_api::{DIRTY_PAGE_OVERHEAD, Host, rules::Context},
    wasm::{WASM_STACK_BYTES, instrument},
};
use std::{panic::resume_unwind, thread};
use wasmtime::{Ref, Val};

/// The native stack of a message: what wasm may use, and room for the host below it.
const STACK_BYTES: usize = WASM_STACK_BYTES + (2 << 20);

/// Runs `message` on `state`. Either everything it did is in `state` and in the outcome's effects, or `state` is what
/// it was. Changes of queries are dropped, those of composite queries and their callbacks are kept: take a
/// [`State::snapshot`] before the first and [`State::restore`] it after the last.
///
/// A page of 4 KiB of the heap that the message changed is charged when it ends, whether it commits or traps, as
/// `WasmtimeInstance::run` of dfinity/ic does. A page written with what it held already is not noticed here.
///
/// Deterministic: the outcome depends on the arguments alone.
pub fn execute(state: &mut State, message: &Message, environment: &Environment, limits: &Limits) -> Outcome {
    let start = state.module().has_start() && matches!(message.entry, Entry::Init { .. } | Entry::PostUpgrade { .. });
    let call = match target(state, &message.entry) {
        Ok(call) => call,
        Err(trap) => return failed(trap, Effects::default(), 0),
    };
    if !start && matches!(call, Target::Nothing) {
        let message_accepted = matches!(message.entry, Entry::InspectMessage { .. });
        let cycle_balance = environment.cycle_balance;
        let effects = Effects { message_accepted, cycle_balance, ..Effects::default() };
        return Outcome { result: Ok(()), effects, instructions: 0 };
    }
    let host = Host::new(message.clone(), environment.clone(), *limits, state.stable());
    let mut live = match state.wake(host) {
        Ok(live) => live,
        Err(trap) => return failed(trap, Effects::default(), 0),
    };
    let (result, left) = on_large_stack(|| run(&mut live, start, &call, limits));
    let used = limits.instructions.saturating_sub(u64::try_from(left).unwrap_or(0));
    let effects = live.store.data_mut().take_effects();
    let tracked = tracks_pages(&message.entry);
    let changed_pages = if tracked && result.is_ok() { state.commit(live) } else { state.abort(live) };
    let page_charge = if tracked { DIRTY_PAGE_OVERHEAD.saturating_mul(changed_pages) } else { 0 };
    let instructions = used.saturating_add(page_charge).min(limits.instructions);
    match result {
        Ok(()) => Outcome { result, effects, instructions },
        Err(trap) => failed(trap, effects, instructions),
    }
}

/// Whether changes to memory are kept, and so charged: not those of queries and `canister_inspect_message`. Source:
/// `ApiType::modification_tracking` of dfinity/ic.
fn tracks_pages(entry: &Entry) -> bool {
    !matches!(entry, Entry::Query { .. } | Entry::ReplicatedQuery { .. } | Entry::InspectMessage { .. })
}

/// Of what a trapped message did, only its logs remain.
fn failed(trap: Trap, effects: Effects, instructions: u64) -> Outcome {
    let mut logs = effects.logs;
    let reason = match &trap {
        Trap::Wasm(reason) | Trap::Explicit(reason) => reason.clone(),
        other => other.to_string(),
    };
    logs.push(format!("[TRAP]: {reason}").into_bytes());
    Outcome { result: Err(trap), effects: Effects { logs, ..Effects::default() }, instructions }
}

/// What a message calls.
enum Target {
    /// An optional export that the module does not have.
    Nothing,
    Export(String),
    Table(Closure),
}

fn target(state: &State, entry: &Entry) -> Result<Target, Trap> {
    let module = state.module();
    let method = |exists: bool, kind: &str, name: &str| {
        if exists {
            Ok(Target::Export(format!("canister_{kind} {name}")))
        } else {
            Err(Trap::MethodNotFound(format!("{} method '{name}'", kind.replace('_', " "))))
        }
    };
    let optional = |export: &str| {
        Ok(if module.has_lifecycle(export) { Target::Export(export.to_owned()) } else { Target::Nothing })
    };
    match entry {
        Entry::Init { .. } => optional("canister_init"),
        Entry::PreUpgrade => optional("canister_pre_upgrade"),
        Entry::PostUpgrade { .. } => optional("canister_post_upgrade"),
        Entry::InspectMessage { .. } => optional("canister_inspect_message"),
        Entry::Heartbeat => optional("canister_heartbeat"),
        Entry::GlobalTimer => optional("canister_global_timer"),
        Entry::Update { method: name, .. } => method(module.has_update(name), "update", name),
        Entry::ReplicatedQuery { method: name, .. } | Entry::Query { method: name, .. } => {
            method(module.has_query(name), "query", name)
        }
        Entry::CompositeQuery { method: name, .. } => method(module.has_composite_query(name), "composite_query", name),
        Entry::ReplyCallback { closure, .. }
        | Entry::RejectCallback { closure, .. }
        | Entry::Cleanup { closure, .. } => Ok(Target::Table(*closure)),
    }
}

/// Wasm may use more stack than a thread of the caller's has, and overflowing that would end the process.
fn on_large_stack<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    thread::scope(|scope| {
        let worker = thread::Builder::new().name("canister".into()).stack_size(STACK_BYTES).spawn_scoped(scope, work);
        match worker.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(error) => panic!("no thread to run a canister on: {error}"),
        }
    })
}

/// The result, and what is left of the instruction limit.
fn run(live: &mut Live, start: bool, target: &Target, limits: &Limits) -> (Result<(), Trap>, i64) {
    let budget = i64::try_from(limits.instructions).unwrap_or(i64::MAX);
    let result = live
        .counter
        .set(&mut live.store, Val::I64(budget))
        .and_then(|()| if start { run_start(live) } else { Ok(()) })
        .and_then(|()| run_target(live, target));
    let left = match live.counter.get(&mut live.store) {
        Val::I64(left) => left,
        _ => 0,
    };
    // A message that ends after a block which does not check has not been stopped: as on the replica, it commits.
    (result.map_err(|error| trap_of(error, left < 0, limits.instructions)), left)
}

fn run_start(live: &mut Live) -> wasmtime::Result<()> {
    let context = std::mem::replace(&mut live.store.data_mut().context, Context::S);
    live.instance.get_typed_func::<(), ()>(&mut live.store, instrument::START)?.call(&mut live.store, ())?;
    live.store.data_mut().context = context;
    Ok(())
}

fn run_target(live: &mut Live, target: &Target) -> wasmtime::Result<()> {
    match target {
        Target::Nothing => Ok(()),
        Target::Export(name) => {
            live.instance.get_typed_func::<(), ()>(&mut live.store, name)?.call(&mut live.store, ())
        }
        Target::Table(closure) => {
            let missing = || {
                let index = closure.function;
                Trap::Wasm(format!("Canister requested to invoke a non-existent function {index} in table 0"))
            };
            let table = live.instance.get_table(&mut live.store, instrument::TABLE).ok_or_else(missing)?;
            let Some(Ref::Func(Some(function))) = table.get(&mut live.store, closure.function.into()) else {
                return Err(missing().into());
            };
            function.typed::<u32, ()>(&live.store)?.call(&mut live.store, closure.environment)
        }
    }
}

/// Why wasm stopped. Texts: `TrapCode` of dfinity/ic.
pub(super) fn trap_of(error: wasmtime::Error, exhausted: bool, limit: u64) -> Trap {
    let error = match error.downcast::<Trap>() {
        Ok(trap) => return trap,
        Err(error) => error,
    };
    let Some(code) = error.downcast_ref::<wasmtime::Trap>() else {
        return Trap::Wasm(format!("{error:#}"));
    };
    Trap::Wasm(
        match code {
            // The injected check for the limit.
            wasmtime::Trap::UnreachableCodeReached if exhausted => return Trap::InstructionLimit { limit },
            wasmtime::Trap::UnreachableCodeReached => "unreachable",
            wasmtime::Trap::StackOverflow => "stack overflow",
            wasmtime::Trap::MemoryOutOfBounds => "heap out of bounds",
            wasmtime::Trap::TableOutOfBounds => "table out of bounds",
            wasmtime::Trap::IndirectCallToNull => "indirect call to null",
            wasmtime::Trap::BadSignature => "bad signature",
            wasmtime::Trap::IntegerOverflow => "integer overflow",
            wasmtime::Trap::IntegerDivisionByZero => "integer division by 0",
            wasmtime::Trap::BadConversionToInteger => "invalid conversion to integer",
            other => return Trap::Wasm(other.to_string()),
        }
        .to_owned(),
    )
}
