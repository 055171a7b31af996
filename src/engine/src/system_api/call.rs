//! Calls to other canisters.

use super::{BYTE_TRANSMISSION_COST, Call, Host, MODULE, contract, cost::call_cost, cycles, rule};
use crate::{
    error::RejectCode,
    execution::{Closure, OutgoingCall, Trap},
};
use candid::Principal;
use wasmtime::{Caller, Linker};

/// A call cannot wait longer for its response. Source: `MAX_CALL_TIMEOUT` of dfinity/ic.
const MAX_TIMEOUT_SECONDS: u32 = 300;
/// Source: `call_new` in the interface specification.
const MAX_METHOD_NAME_BYTES: u32 = 20_000;
/// A callback that does not exist: of a call whose response nobody waits for.
const NO_FUNCTION: u32 = u32::MAX;

fn closure(function: u32, environment: u32) -> Option<Closure> {
    (function != NO_FUNCTION).then_some(Closure { function, environment })
}

/// The call being prepared.
fn pending<'h>(host: &'h mut Host, name: &str) -> wasmtime::Result<&'h mut OutgoingCall> {
    host.call
        .as_mut()
        .ok_or_else(|| Trap::Contract(format!("\"ic0_{name}\" called when no call is under construction")).into())
}

/// Drops the call being prepared; its cycles come back.
pub(super) fn abandon(host: &mut Host) {
    if let Some(call) = host.call.take() {
        host.effects.cycle_balance = host.effects.cycle_balance.saturating_add(call.cycles);
    }
}

/// Sends the call being prepared, unless the canister cannot pay for it or its output queue is full. Answers what
/// `call_perform` answers.
fn perform(host: &mut Host) -> u32 {
    let Some(call) = host.call.take() else { return SENT };
    let bytes = (call.method.len() + call.arg.len()) as u128;
    // Queries cost nothing. The cycles of the call are already out of the balance.
    let fee = if host.context.is_replicated() { call_cost(&host.environment, bytes) } else { 0 };
    if host.liquid_balance() < fee || is_queue_full(host, call.callee) {
        host.call = Some(call);
        abandon(host);
        return RejectCode::SysTransient as u32;
    }
    host.reserved_for_calls = host.reserved_for_calls.saturating_add(fee);
    host.effects.calls.push(call);
    SENT
}

/// Whether as many calls are open to `callee` as its queue holds.
fn is_queue_full(host: &Host, callee: Principal) -> bool {
    let open = host.environment.open_calls.get(&callee).copied().unwrap_or(0);
    let sent = host.effects.calls.iter().filter(|call| call.callee == callee).count();
    open + sent >= host.environment.calls_per_callee
}

/// `call_perform` answers 0 or a reject code.
const SENT: u32 = 0;

pub(super) fn link(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    let new = rule("call_new")?;
    linker.func_wrap(
        MODULE,
        new.name,
        move |caller: Caller<'_, Host>,
              callee_src: u32,
              callee_size: u32,
              name_src: u32,
              name_size: u32,
              reply_fun: u32,
              reply_env: u32,
              reject_fun: u32,
              reject_env: u32| {
            let mut call = Call::enter(caller, new, u64::from(callee_size) + u64::from(name_size))?;
            abandon(call.host());
            if name_size > MAX_METHOD_NAME_BYTES {
                return contract(format!(
                    "a method name has {name_size} bytes, at most {MAX_METHOD_NAME_BYTES} allowed"
                ));
            }
            let callee = Principal::try_from_slice(&call.take(callee_src, callee_size)?)
                .map_err(|error| Trap::Contract(format!("the callee is not a principal: {error}")))?;
            let method = call.take_text(name_src, name_size, "the method name")?;
            call.host().call = Some(OutgoingCall {
                callee,
                method,
                arg: Vec::new(),
                cycles: 0,
                timeout_seconds: None,
                on_reply: closure(reply_fun, reply_env),
                on_reject: closure(reject_fun, reject_env),
                on_cleanup: None,
            });
            Ok(())
        },
    )?;

    let append = rule("call_data_append")?;
    linker.func_wrap(MODULE, append.name, move |caller: Caller<'_, Host>, src: u32, size: u32| {
        let mut call = Call::enter(caller, append, BYTE_TRANSMISSION_COST * u64::from(size))?;
        let limit = call.host().limits.payload_bytes;
        let pending_call = pending(call.host(), append.name)?;
        let total = pending_call.method.len() + pending_call.arg.len() + size as usize;
        if total > limit {
            return contract(format!("a call has {total} bytes, at most {limit} allowed"));
        }
        let part = call.take(src, size)?;
        pending(call.host(), append.name)?.arg.extend_from_slice(&part);
        Ok(())
    })?;

    let cleanup = rule("call_on_cleanup")?;
    linker.func_wrap(MODULE, cleanup.name, move |caller: Caller<'_, Host>, function: u32, environment: u32| {
        let mut call = Call::enter(caller, cleanup, 0)?;
        let pending = pending(call.host(), cleanup.name)?;
        if pending.on_cleanup.is_some() {
            return contract(
                "\"ic0_call_on_cleanup\" can be called at most once between `call_new` and `call_perform`",
            );
        }
        pending.on_cleanup = Some(Closure { function, environment });
        Ok(())
    })?;

    let best_effort = rule("call_with_best_effort_response")?;
    linker.func_wrap(MODULE, best_effort.name, move |caller: Caller<'_, Host>, seconds: u32| {
        let mut call = Call::enter(caller, best_effort, 0)?;
        let pending = pending(call.host(), best_effort.name)?;
        if pending.timeout_seconds.is_some() {
            return contract("\"ic0_call_with_best_effort_response\" can be called at most once for a call");
        }
        pending.timeout_seconds = Some(seconds.min(MAX_TIMEOUT_SECONDS));
        Ok(())
    })?;

    let add = rule("call_cycles_add128")?;
    linker.func_wrap(MODULE, add.name, move |caller: Caller<'_, Host>, high: u64, low: u64| {
        let mut call = Call::enter(caller, add, 0)?;
        let host = call.host();
        let amount = cycles(high, low);
        let affordable = host.liquid_balance();
        let pending = pending(host, add.name)?;
        if amount > affordable {
            return contract(format!("cannot attach {amount} cycles to a call: {affordable} are available"));
        }
        pending.cycles += amount;
        host.effects.cycle_balance -= amount;
        Ok(())
    })?;

    let perform_rule = rule("call_perform")?;
    linker.func_wrap(MODULE, perform_rule.name, move |caller: Caller<'_, Host>| {
        let mut call = Call::enter(caller, perform_rule, 0)?;
        pending(call.host(), perform_rule.name)?;
        Ok(perform(call.host()))
    })?;
    Ok(())
}
