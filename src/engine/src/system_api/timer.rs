//! Time, the global timer, and the performance counter.

use super::{Call, Host, MODULE, contract, rule};
use wasmtime::{Caller, Linker};

pub(super) fn link(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    let time = rule("time")?;
    linker.func_wrap(MODULE, time.name, move |caller: Caller<'_, Host>| {
        Ok(Call::enter(caller, time, 0)?.host().message.time_ns)
    })?;

    let set = rule("global_timer_set")?;
    linker.func_wrap(MODULE, set.name, move |caller: Caller<'_, Host>, timestamp: u64| {
        let mut call = Call::enter(caller, set, 0)?;
        let host = call.host();
        let previous = host.effects.global_timer.replace(timestamp);
        Ok(previous.unwrap_or(host.environment.global_timer))
    })?;

    let counter = rule("performance_counter")?;
    linker.func_wrap(MODULE, counter.name, move |caller: Caller<'_, Host>, kind: u32| {
        let mut call = Call::enter(caller, counter, 0)?;
        let left = call.counter()?;
        let host = call.host();
        let used = host.limits.instructions.saturating_sub(u64::try_from(left).unwrap_or(0));
        match kind {
            0 => Ok(used),
            1 => Ok(used.saturating_add(host.message.call_context_instructions)),
            _ => contract(format!("Error getting performance counter type {kind}")),
        }
    })?;
    Ok(())
}
