//! Cycles of the canister and of the call.

use super::{Call, Host, MODULE, cycles, rule};
use wasmtime::{Caller, Linker};

pub(super) fn link(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    for (name, amount) in [
        ("canister_cycle_balance128", (|host| host.effects.cycle_balance) as fn(&Host) -> u128),
        ("canister_liquid_cycle_balance128", Host::liquid_balance),
        ("msg_cycles_available128", |host| host.message.cycles_available),
        ("msg_cycles_refunded128", |host| host.message.cycles_refunded),
    ] {
        let rule = rule(name)?;
        linker.func_wrap(MODULE, name, move |caller: Caller<'_, Host>, dst: u32| {
            let mut call = Call::enter(caller, rule, 0)?;
            let amount = amount(call.host());
            call.put_u128(dst, amount)
        })?;
    }

    let accept = rule("msg_cycles_accept128")?;
    linker.func_wrap(MODULE, accept.name, move |caller: Caller<'_, Host>, high: u64, low: u64, dst: u32| {
        let mut call = Call::enter(caller, accept, 0)?;
        let host = call.host();
        let amount = cycles(high, low).min(host.message.cycles_available);
        host.message.cycles_available -= amount;
        host.effects.cycles_accepted += amount;
        host.effects.cycle_balance = host.effects.cycle_balance.saturating_add(amount);
        call.put_u128(dst, amount)
    })?;

    let burn = rule("cycles_burn128")?;
    linker.func_wrap(MODULE, burn.name, move |caller: Caller<'_, Host>, high: u64, low: u64, dst: u32| {
        let mut call = Call::enter(caller, burn, 0)?;
        let host = call.host();
        let amount = cycles(high, low).min(host.liquid_balance());
        host.effects.cycle_balance -= amount;
        host.effects.cycles_burned += amount;
        call.put_u128(dst, amount)
    })?;
    Ok(())
}
