//! Create, start, stop, uninstall, delete, settings.

use crate::error::{ErrorCode, Reject};
use crate::network::Network;
use crate::network::call_context::Owed;
use crate::network::canister::{Canister, Status, StopRequest};
use crate::network::canister_id;
use crate::network::settings::Settings;
use candid::Principal;
use ic_management_canister_types::{
    CanisterSettings, Change, ChangeDetails, ChangeOrigin, ControllersChangeRecord, CreationRecord, FromCanisterRecord,
    FromUserRecord,
};

/// Changes remembered per canister.
const KEPT_CHANGES: usize = 20;

pub(crate) fn create(
    network: &mut Network,
    sender: Principal,
    settings: Option<CanisterSettings>,
    cycles: u128,
    specified: Option<Principal>,
) -> Result<Principal, Reject> {
    let settings = Settings::of(vec![sender]).with(settings.unwrap_or_default())?;
    let id = match specified {
        Some(id) if network.canisters.contains_key(&id) => {
            return Err(Reject::new(
                ErrorCode::CanisterIdAlreadyExists,
                format!("Canister {id} is already installed."),
            ));
        }
        Some(id) => id,
        None => loop {
            let id = canister_id(network.next_canister);
            network.next_canister += 1;
            if !network.canisters.contains_key(&id) {
                break id;
            }
        },
    };
    let controllers = settings.controllers.clone();
    network.canisters.insert(id, Canister::new(id, settings, cycles));
    let details = CreationRecord { controllers, environment_variables_hash: None };
    note_change(network, sender, id, ChangeDetails::Creation(details));
    Ok(id)
}

pub(crate) fn update_settings(
    network: &mut Network,
    sender: Principal,
    id: Principal,
    settings: CanisterSettings,
) -> Result<(), Reject> {
    let canister = network.canister_mut(id)?;
    canister.require_controller(sender)?;
    let changes_controllers = settings.controllers.is_some();
    let new = canister.settings.with(settings)?;
    let controllers = new.controllers.clone();
    canister.settings = new;
    canister.version += 1;
    if changes_controllers {
        let details = ChangeDetails::ControllersChange(ControllersChangeRecord { controllers });
        note_change(network, sender, id, details);
    }
    Ok(())
}

pub(crate) fn start(network: &mut Network, id: Principal) -> Result<(), Reject> {
    let canister = network.canister_mut(id)?;
    canister.version += 1;
    if let Status::Stopping(waiting) = std::mem::replace(&mut canister.status, Status::Running) {
        for stop in waiting {
            let answer = Err(Reject::new(
                ErrorCode::CanisterStoppingCancelled,
                format!("Canister {id}'s stop request was cancelled"),
            ));
            answer_stop(network, stop, answer);
        }
    }
    Ok(())
}

/// Makes the canister refuse calls; `waiting` is told when it is stopped.
pub(crate) fn begin_stopping(network: &mut Network, id: Principal, waiting: Option<StopRequest>) -> Result<(), Reject> {
    let canister = network.canister_mut(id)?;
    match &mut canister.status {
        Status::Running => canister.status = Status::Stopping(waiting.into_iter().collect()),
        Status::Stopping(others) => others.extend(waiting),
        Status::Stopped => {
            if let Some(stop) = waiting {
                answer_stop(network, stop, Ok(super::empty_reply()));
            }
            return Ok(());
        }
    }
    network.finish_stopping(id);
    Ok(())
}

fn answer_stop(network: &mut Network, stop: StopRequest, answer: crate::network::Answered) {
    let owed = Owed { origin: stop.origin, method: "stop_canister".into(), answer, refund: stop.refund };
    network.answer(Principal::management_canister(), owed);
}

/// Removes code and memory; the caller has checked who asks.
pub(crate) fn uninstall(network: &mut Network, sender: Principal, id: Principal) -> Result<(), Reject> {
    let canister = network.canister_mut(id)?;
    canister.state = None;
    canister.certified_data.clear();
    canister.global_timer_ns = 0;
    canister.tasks.clear();
    canister.chunks.clear();
    canister.logs.clear();
    canister.version += 1;
    for owed in canister.calls.delete_all() {
        network.answer(id, owed);
    }
    note_change(network, sender, id, ChangeDetails::CodeUninstall);
    network.finish_stopping(id);
    Ok(())
}

pub(crate) fn delete(network: &mut Network, sender: Principal, id: Principal) -> Result<(), Reject> {
    let canister = network.canister_mut(id)?;
    canister.require_controller(sender)?;
    if sender == id {
        return Err(Reject::new(ErrorCode::CanisterInvalidController, format!("Canister {id} cannot delete itself")));
    }
    if !matches!(canister.status, Status::Stopped) {
        return Err(Reject::new(
            ErrorCode::CanisterNotStopped,
            format!("Canister {id} must be stopped before it is deleted."),
        ));
    }
    if !canister.inputs.is_empty() {
        return Err(Reject::new(
            ErrorCode::CanisterQueueNotEmpty,
            format!("Canister {id} has messages in its queues and cannot be deleted now."),
        ));
    }
    network.lost_cycles += canister.balance;
    network.canisters.remove(&id);
    Ok(())
}

/// Adds to the history that `canister_info` shows.
pub(super) fn note_change(network: &mut Network, sender: Principal, id: Principal, details: ChangeDetails) {
    let origin = match network.canisters.get(&sender) {
        Some(canister) => ChangeOrigin::FromCanister(FromCanisterRecord {
            canister_id: sender,
            canister_version: Some(canister.version),
        }),
        None => ChangeOrigin::FromUser(FromUserRecord { user_id: sender }),
    };
    let timestamp_nanos = network.time_ns;
    let Some(canister) = network.canisters.get_mut(&id) else { return };
    let change = Change { timestamp_nanos, canister_version: canister.version, origin, details: Some(details) };
    canister.changes.push_back(change);
    canister.total_changes += 1;
    while canister.changes.len() > KEPT_CHANGES {
        canister.changes.pop_front();
    }
}
