//! Which management calls users may make, by update and by query.

use super::{decode, not_for_users, observe_dispatch, unknown};
use crate::error::{ErrorCode, Reject};
use crate::network::Network;
use crate::network::message::Answered;
use candid::{CandidType, Principal};
use serde::Deserialize;

/// The part that names the canister an ingress message is about.
#[derive(CandidType, Deserialize)]
struct Target {
    canister_id: Option<Principal>,
    target_canister: Option<Principal>,
}

/// Whether a user's message is taken in at all, and which canister pays for it; as the replica's ingress filter.
pub(crate) fn check_ingress(
    network: &mut Network,
    sender: Principal,
    method: &str,
    arg: &[u8],
) -> Result<Option<Principal>, Reject> {
    match method {
        "provisional_create_canister_with_cycles" | "provisional_top_up_canister" => return Ok(None),
        "install_code"
        | "install_chunked_code"
        | "upload_chunk"
        | "clear_chunk_store"
        | "stored_chunks"
        | "uninstall_code"
        | "start_canister"
        | "stop_canister"
        | "delete_canister"
        | "update_settings"
        | "canister_status" => {}
        "create_canister"
        | "deposit_cycles"
        | "canister_info"
        | "raw_rand"
        | "fetch_canister_logs"
        | "http_request" => {
            return Err(not_for_users(sender, method));
        }
        other => return Err(unknown(other)),
    }
    let target: Target = decode(arg)?;
    let Some(id) = target.canister_id.or(target.target_canister) else {
        return Err(Reject::new(
            ErrorCode::InvalidManagementPayload,
            format!("Error decoding candid: {method} names no canister"),
        ));
    };
    network.canister_mut(id)?.require_controller(sender)?;
    Ok(Some(id))
}

/// The management methods that can be queried.
pub(crate) fn query(network: &Network, sender: Principal, method: &str, arg: &[u8]) -> Answered {
    observe_dispatch(network, sender, method, arg)
}
