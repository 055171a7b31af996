//! The management canister `aaaaa-aa`: decodes, authorises, and dispatches to one file per concern.
//!
//! Source: interface specification, "The IC management canister"; types from `ic-management-canister-types`. Methods
//! that a single local subnet cannot serve truthfully (threshold signatures, vetKeys, flexible HTTPS outcalls, Bitcoin,
//! snapshots, node metrics) are refused with `Unsupported(<method>)`; none is answered with a made-up value.

mod chunks;
pub(crate) mod http;
mod ingress;
mod install;
mod lifecycle;
mod observe;

use crate::error::{ErrorCode, Reject};
use crate::network::Network;
use crate::network::call_context::Owed;
use crate::network::canister::StopRequest;
use crate::network::message::{Answered, Request};
use candid::utils::ArgumentEncoder;
use candid::{CandidType, DecoderConfig, Principal};
use ic_management_canister_types::{
    CanisterIdRecord, CanisterInfoArgs, ChunkHash, CreateCanisterArgs, FetchCanisterLogsArgs, InstallChunkedCodeArgs,
    InstallCodeArgs, ProvisionalCreateCanisterWithCyclesArgs, ProvisionalTopUpCanisterArgs, UninstallCodeArgs,
    UpdateSettingsArgs, UploadChunkArgs,
};
use rand_chacha::rand_core::RngCore;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

pub(crate) use chunks::{clear_chunks, install_chunked, upload_chunk};
pub(crate) use ingress::{check_ingress, query};
pub(crate) use install::{install, resume};
pub(crate) use lifecycle::{begin_stopping, create, delete, start, uninstall, update_settings};
pub(crate) use observe::status;

/// Methods of the specification that this network refuses by name.
const UNSUPPORTED: [&str; 31] = [
    "bitcoin_get_balance",
    "bitcoin_get_balance_query",
    "bitcoin_get_block_headers",
    "bitcoin_get_current_fee_percentiles",
    "bitcoin_get_utxos",
    "bitcoin_get_utxos_query",
    "bitcoin_send_transaction",
    "canister_metadata",
    "canister_metrics",
    "delete_canister_snapshot",
    "ecdsa_public_key",
    "flexible_http_request",
    "list_canister_snapshots",
    "list_canisters",
    "load_canister_snapshot",
    "node_metrics_history",
    "read_canister_snapshot_data",
    "read_canister_snapshot_metadata",
    "rename_canister",
    "reshare_chain_key",
    "schnorr_public_key",
    "setup_initial_dkg",
    "sign_with_ecdsa",
    "sign_with_schnorr",
    "subnet_info",
    "take_canister_snapshot",
    "upload_canister_snapshot_data",
    "upload_canister_snapshot_metadata",
    "vetkd_derive_key",
    "vetkd_encrypted_key",
    "vetkd_public_key",
];

/// What decoding an argument may spend on values that are not used.
const SKIPPING_QUOTA: usize = 100_000;

/// Bytes that `raw_rand` gives.
const RANDOM_BYTES: usize = 32;

impl Network {
    pub(crate) fn run_management(&mut self, request: Request) {
        let sender = request.origin.sender();
        match request.method.as_str() {
            // Answered in the next round, with randomness that nobody knew when it was asked for.
            "raw_rand" if is_canister(self, sender) => self.raw_rand_waiting.push(request),
            "stop_canister" => self.run_stop(request),
            // Answered by the host, or not at all.
            "http_request" if is_canister(self, sender) => http::run(self, request),
            _ => {
                let mut cycles = request.cycles;
                let answer = dispatch(self, sender, &request.method, &request.arg, &mut cycles);
                self.answer_management(request, answer, cycles);
            }
        }
    }

    pub(crate) fn answer_raw_rand(&mut self) {
        for request in std::mem::take(&mut self.raw_rand_waiting) {
            let mut bytes = vec![0; RANDOM_BYTES];
            self.random.fill_bytes(&mut bytes);
            let refund = request.cycles;
            self.answer_management(request, Ok(reply((bytes,))), refund);
        }
    }

    fn run_stop(&mut self, request: Request) {
        let sender = request.origin.sender();
        let id = match decode::<CanisterIdRecord>(&request.arg)
            .and_then(|args| self.canister_mut(args.canister_id)?.require_controller(sender).map(|()| args.canister_id))
        {
            Ok(id) => id,
            Err(reject) => {
                let refund = request.cycles;
                return self.answer_management(request, Err(reject), refund);
            }
        };
        let waiting = StopRequest { origin: request.origin, refund: request.cycles, since_ns: self.time_ns };
        begin_stopping(self, id, Some(waiting)).expect("BUG: the canister was just found");
    }

    fn answer_management(&mut self, request: Request, answer: Answered, refund: u128) {
        let owed = Owed { origin: request.origin, method: request.method, answer, refund };
        self.answer(Principal::management_canister(), owed);
    }
}

/// Everything that is answered at once.
fn dispatch(network: &mut Network, sender: Principal, method: &str, arg: &[u8], cycles: &mut u128) -> Answered {
    match method {
        "create_canister" => {
            let args: CreateCanisterArgs = decode(arg)?;
            require_canister(network, sender, method)?;
            let fee = network.config.costs.create_canister;
            let Some(rest) = cycles.checked_sub(fee) else {
                return Err(Reject::new(
                    ErrorCode::InsufficientCyclesForCreateCanister,
                    format!(
                        "Creating a canister requires a fee of {fee} that is deducted from the canister's initial balance but only {cycles} cycles were received with the create_canister request."
                    ),
                ));
            };
            let canister_id = create(network, sender, args.settings, rest, None)?;
            *cycles = 0;
            network.consumed_cycles += fee;
            Ok(reply((CanisterIdRecord { canister_id },)))
        }
        "provisional_create_canister_with_cycles" => {
            let args: ProvisionalCreateCanisterWithCyclesArgs = decode(arg)?;
            let amount = args.amount.map_or(Ok(CREATION_CYCLES), |amount| nat_to_cycles(&amount))?;
            let canister_id = create(network, sender, args.settings, amount, args.specified_id)?;
            Ok(reply((CanisterIdRecord { canister_id },)))
        }
        "provisional_top_up_canister" => {
            let args: ProvisionalTopUpCanisterArgs = decode(arg)?;
            let amount = nat_to_cycles(&args.amount)?;
            network.add_cycles(args.canister_id, amount)?;
            Ok(empty_reply())
        }
        "install_code" => {
            let args: InstallCodeArgs = decode(arg)?;
            install(network, sender, args.canister_id, args.mode, &args.wasm_module, &args.arg)?;
            Ok(empty_reply())
        }
        "install_chunked_code" => {
            let args: InstallChunkedCodeArgs = decode(arg)?;
            install_chunked(network, sender, &args)?;
            Ok(empty_reply())
        }
        "upload_chunk" => {
            let args: UploadChunkArgs = decode(arg)?;
            let hash = upload_chunk(network, sender, args.canister_id, &args.chunk)?.to_vec();
            Ok(reply((ChunkHash { hash },)))
        }
        "clear_chunk_store" => {
            clear_chunks(network, sender, decode::<CanisterIdRecord>(arg)?.canister_id)?;
            Ok(empty_reply())
        }
        "stored_chunks" => {
            let args: CanisterIdRecord = decode(arg)?;
            Ok(reply((chunks::stored_chunks(network, sender, args.canister_id)?,)))
        }
        "uninstall_code" => {
            network.uninstall(sender, decode::<UninstallCodeArgs>(arg)?.canister_id)?;
            Ok(empty_reply())
        }
        "start_canister" => {
            network.start(sender, decode::<CanisterIdRecord>(arg)?.canister_id)?;
            Ok(empty_reply())
        }
        "delete_canister" => {
            delete(network, sender, decode::<CanisterIdRecord>(arg)?.canister_id)?;
            Ok(empty_reply())
        }
        "update_settings" => {
            let args: UpdateSettingsArgs = decode(arg)?;
            update_settings(network, sender, args.canister_id, args.settings)?;
            Ok(empty_reply())
        }
        "deposit_cycles" => {
            let args: CanisterIdRecord = decode(arg)?;
            require_canister(network, sender, method)?;
            network.add_cycles(args.canister_id, *cycles)?;
            *cycles = 0;
            Ok(empty_reply())
        }
        "canister_info" => {
            let args: CanisterInfoArgs = decode(arg)?;
            require_canister(network, sender, method)?;
            Ok(reply((observe::info(network, &args)?,)))
        }
        "canister_status" | "fetch_canister_logs" => observe_dispatch(network, sender, method, arg),
        "raw_rand" | "http_request" => Err(not_for_users(sender, method)),
        other => Err(unknown(other)),
    }
}

/// What may be asked by an update and by a query alike.
fn observe_dispatch(network: &Network, sender: Principal, method: &str, arg: &[u8]) -> Answered {
    match method {
        "canister_status" => Ok(reply((status(network, sender, decode::<CanisterIdRecord>(arg)?.canister_id)?,))),
        "fetch_canister_logs" => {
            let args: FetchCanisterLogsArgs = decode(arg)?;
            Ok(reply((observe::logs(network, sender, &args)?,)))
        }
        other => Err(unknown(other)),
    }
}

/// What `provisional_create_canister_with_cycles` gives when no amount is named: 100 T.
const CREATION_CYCLES: u128 = 100_000_000_000_000;

fn unknown(method: &str) -> Reject {
    if UNSUPPORTED.contains(&method) {
        return Reject::new(
            ErrorCode::UnknownManagementMessage,
            format!("Unsupported({method}): the embedded network does not provide this management method"),
        );
    }
    Reject::new(ErrorCode::CanisterMethodNotFound, format!("Management canister has no method '{method}'"))
}

fn not_for_users(sender: Principal, method: &str) -> Reject {
    Reject::new(
        ErrorCode::CanisterRejectedMessage,
        format!("Caller {sender} is not allowed to call ic00 method {method}"),
    )
}

fn is_canister(network: &Network, sender: Principal) -> bool {
    network.canisters.contains_key(&sender)
}

fn require_canister(network: &Network, sender: Principal, method: &str) -> Result<(), Reject> {
    if is_canister(network, sender) { Ok(()) } else { Err(not_for_users(sender, method)) }
}

fn nat_to_cycles(amount: &candid::Nat) -> Result<u128, Reject> {
    u128::try_from(amount.0.clone())
        .map_err(|_| Reject::new(ErrorCode::InvalidManagementPayload, format!("{amount} cycles do not exist")))
}

/// Decodes one argument; what is wrong with it is a typed reject, never a panic.
fn decode<T: DeserializeOwned + CandidType>(arg: &[u8]) -> Result<T, Reject> {
    // Fields and values that nobody asked for are skipped, but not without end: types can be made to expand.
    let mut config = DecoderConfig::new();
    // A value costs about its length.
    config.set_skipping_quota(SKIPPING_QUOTA + arg.len());
    candid::decode_one_with_config(arg, &config)
        .map_err(|error| Reject::new(ErrorCode::InvalidManagementPayload, format!("Error decoding candid: {error:#}")))
}

fn reply(values: impl ArgumentEncoder) -> Vec<u8> {
    candid::encode_args(values).expect("BUG: replies of the management canister are plain Candid values")
}

/// The Candid encoding of no values.
pub(crate) fn empty_reply() -> Vec<u8> {
    reply(())
}

/// The Candid encoding of `record { canister_id }`.
pub(crate) fn id_argument(canister_id: Principal) -> Vec<u8> {
    reply((CanisterIdRecord { canister_id },))
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
