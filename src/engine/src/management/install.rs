//! `install_code`: install, reinstall, upgrade; all or nothing.

use super::lifecycle::note_change;
use crate::error::{ErrorCode, Reject};
use crate::execution::{Effects, Entry, INSTALL_INSTRUCTIONS, Keep, Message, State};
use crate::network::canister::Canister;
use crate::network::{MessageKind, Network, fees};
use crate::wasm::Module;
use candid::Principal;
use ic_management_canister_types::{
    CanisterInstallMode, ChangeDetails, CodeDeploymentMode, CodeDeploymentRecord, UpgradeFlags, WasmMemoryPersistence,
};

/// One install on its way: what it may still spend.
struct Budget {
    sender: Principal,
    id: Principal,
    instructions: u64,
    /// Taken from the balance and not yet spent.
    prepaid: u128,
}

pub(crate) fn install(
    network: &mut Network,
    sender: Principal,
    id: Principal,
    mode: CanisterInstallMode,
    wasm: &[u8],
    arg: &[u8],
) -> Result<(), Reject> {
    let canister = network.canister_mut(id)?;
    canister.require_controller(sender)?;
    match (mode, &canister.state) {
        (CanisterInstallMode::Install, Some(_)) => {
            return Err(Reject::new(
                ErrorCode::CanisterNonEmpty,
                format!(
                    "Canister {id} cannot be installed because the canister is not empty. Try installing with mode='reinstall' instead."
                ),
            ));
        }
        (CanisterInstallMode::Upgrade(_), None) => return Err(canister.no_module()),
        _ => {}
    }
    let module = Module::compile(wasm).map_err(|error| {
        Reject::new(
            ErrorCode::CanisterInvalidWasm,
            format!("Error from Canister {id}: Canister's Wasm module is not valid: {error}"),
        )
    })?;
    let module_hash = module.hash().to_vec();
    let prepaid = fees::execution(&network.config.costs, INSTALL_INSTRUCTIONS);
    network.canister_mut(id)?.withdraw(prepaid)?;
    let mut budget = Budget { sender, id, instructions: INSTALL_INSTRUCTIONS, prepaid };
    let installed = match mode {
        CanisterInstallMode::Install | CanisterInstallMode::Reinstall => {
            install_afresh(network, &mut budget, module, arg)
        }
        CanisterInstallMode::Upgrade(flags) => upgrade(network, &mut budget, module, arg, flags.unwrap_or_default()),
    };
    network.canister_mut(id)?.balance += budget.prepaid;
    installed?;
    let mode = match mode {
        CanisterInstallMode::Install => CodeDeploymentMode::Install,
        CanisterInstallMode::Reinstall => CodeDeploymentMode::Reinstall,
        CanisterInstallMode::Upgrade(_) => CodeDeploymentMode::Upgrade,
    };
    let details = ChangeDetails::CodeDeployment(CodeDeploymentRecord { mode, module_hash });
    note_change(network, sender, id, details);
    Ok(())
}

fn install_afresh(network: &mut Network, budget: &mut Budget, module: Module, arg: &[u8]) -> Result<(), Reject> {
    let canister = network.canister_mut(budget.id)?;
    let before = Outside::of(canister);
    let old = canister.state.replace(State::new(module));
    Outside::reset(canister);
    let result = run(network, budget, Entry::Init { arg: arg.to_vec() }, MessageKind::Init);
    let canister = network.canister_mut(budget.id)?;
    match result {
        Ok(effects) => {
            Outside::apply(canister, effects);
            Ok(())
        }
        Err(reject) => {
            canister.state = old;
            before.restore(canister);
            Err(reject)
        }
    }
}

fn upgrade(
    network: &mut Network,
    budget: &mut Budget,
    module: Module,
    arg: &[u8],
    flags: UpgradeFlags,
) -> Result<(), Reject> {
    let canister = network.canister_mut(budget.id)?;
    let before = Outside::of(canister);
    let snapshot = canister.state.as_ref().map(State::snapshot);
    let upgraded = upgrade_steps(network, budget, module, arg, flags);
    let canister = network.canister_mut(budget.id)?;
    match upgraded {
        Ok(effects) => {
            Outside::apply(canister, effects);
            Ok(())
        }
        Err(reject) => {
            if let (Some(state), Some(snapshot)) = (&mut canister.state, &snapshot) {
                state.restore(snapshot);
            }
            before.restore(canister);
            Err(reject)
        }
    }
}

/// Runs `canister_post_upgrade` on a canister whose stable memory was there before its code.
pub(crate) fn resume(network: &mut Network, sender: Principal, id: Principal, arg: &[u8]) -> Result<(), Reject> {
    let mut budget = Budget { sender, id, instructions: INSTALL_INSTRUCTIONS, prepaid: 0 };
    let effects = run(network, &mut budget, Entry::PostUpgrade { arg: arg.to_vec() }, MessageKind::PostUpgrade)?;
    Outside::apply(network.canister_mut(id)?, effects);
    Ok(())
}

fn upgrade_steps(
    network: &mut Network,
    budget: &mut Budget,
    module: Module,
    arg: &[u8],
    flags: UpgradeFlags,
) -> Result<Effects, Reject> {
    if flags.skip_pre_upgrade != Some(true) {
        run(network, budget, Entry::PreUpgrade, MessageKind::PreUpgrade)?;
    }
    let keep = match flags.wasm_memory_persistence {
        Some(WasmMemoryPersistence::Keep) => Keep::StableAndHeap,
        Some(WasmMemoryPersistence::Replace) | None => Keep::Stable,
    };
    let canister = network.canister_mut(budget.id)?;
    if let Some(state) = &mut canister.state {
        state.install(module, keep);
    }
    Outside::reset(canister);
    run(network, budget, Entry::PostUpgrade { arg: arg.to_vec() }, MessageKind::PostUpgrade)
}

fn run(network: &mut Network, budget: &mut Budget, entry: Entry, kind: MessageKind) -> Result<Effects, Reject> {
    let Budget { sender, id, .. } = *budget;
    let message = Message {
        entry,
        caller: sender,
        time_ns: network.time_ns,
        deadline_ns: 0,
        cycles_available: 0,
        cycles_refunded: 0,
        responded: false,
        call_context_instructions: 0,
        data_certificate: None,
    };
    let outcome = network.execute(id, &message, budget.instructions);
    budget.instructions = budget.instructions.saturating_sub(outcome.instructions);
    let charged = network.charge(id, budget.prepaid, &outcome);
    budget.prepaid = budget.prepaid.saturating_sub(charged);
    network.record(id, sender, kind, String::new(), charged, &outcome);
    let canister = network.canister_mut(id)?;
    canister.balance -= budget.prepaid;
    match outcome.result {
        Ok(()) => Ok(outcome.effects),
        Err(trap) => Err(canister.reject_of(&trap)),
    }
}

/// What an install changes besides the memories.
struct Outside {
    certified_data: Vec<u8>,
    global_timer_ns: u64,
    version: u64,
}

impl Outside {
    fn of(canister: &Canister) -> Self {
        Self {
            certified_data: canister.certified_data.clone(),
            global_timer_ns: canister.global_timer_ns,
            version: canister.version,
        }
    }

    /// As the replica does before the new code runs: no certified data, no timer, a new version.
    fn reset(canister: &mut Canister) {
        canister.certified_data.clear();
        canister.global_timer_ns = 0;
        canister.version += 1;
    }

    fn apply(canister: &mut Canister, effects: Effects) {
        if let Some(data) = effects.certified_data {
            canister.certified_data = data;
        }
        if let Some(timer) = effects.global_timer {
            canister.global_timer_ns = timer;
        }
    }

    fn restore(self, canister: &mut Canister) {
        canister.certified_data = self.certified_data;
        canister.global_timer_ns = self.global_timer_ns;
        canister.version = self.version;
    }
}
