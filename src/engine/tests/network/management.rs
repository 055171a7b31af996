//! The management canister as users and canisters call it.

use crate::support::{CYCLES, alice, call, counter, mallory, puppet, puppets};
use calisec_engine::ErrorCode;
use calisec_engine::network::Network;
use candid::{CandidType, Encode, Nat, Principal, decode_one};
use ic_management_canister_types::{
    CanisterIdRecord, CanisterInfoArgs, CanisterInfoResult, CanisterInstallMode, CanisterSettings,
    CanisterStatusResult, CanisterStatusType, ChunkHash, CreateCanisterArgs, EnvironmentVariable,
    FetchCanisterLogsArgs, FetchCanisterLogsResult, InstallChunkedCodeArgs, InstallCodeArgs, LogVisibility,
    ProvisionalCreateCanisterWithCyclesArgs, ProvisionalTopUpCanisterArgs, UninstallCodeArgs, UpdateSettingsArgs,
    UploadChunkArgs,
};

const MANAGEMENT: Principal = Principal::management_canister();

fn ask(network: &mut Network, method: &str, arg: &impl CandidType) -> Result<Vec<u8>, calisec_engine::Reject> {
    network.update(alice(), MANAGEMENT, method, &Encode!(arg).unwrap())
}

fn install_args(canister_id: Principal, wasm_module: Vec<u8>) -> InstallCodeArgs {
    InstallCodeArgs {
        mode: CanisterInstallMode::Install,
        canister_id,
        wasm_module,
        arg: vec![3],
        sender_canister_version: None,
    }
}

#[test]
fn should_walk_a_canister_through_its_life_when_a_user_sends_ingress_messages() {
    let mut network = Network::new(calisec_engine::Config::default());
    let create = ProvisionalCreateCanisterWithCyclesArgs { amount: Some(Nat::from(CYCLES)), ..Default::default() };
    let made = ask(&mut network, "provisional_create_canister_with_cycles", &create).unwrap();
    let id = decode_one::<CanisterIdRecord>(&made).unwrap().canister_id;
    let record = CanisterIdRecord { canister_id: id };
    ask(&mut network, "install_code", &install_args(id, puppet())).unwrap();
    assert_eq!(counter(&mut network, id), 3);
    let settings = CanisterSettings {
        environment_variables: Some(vec![EnvironmentVariable { name: "a".into(), value: "b".into() }]),
        log_visibility: Some(LogVisibility::Public),
        wasm_memory_limit: Some(Nat::from(1_u64 << 30)),
        ..Default::default()
    };
    let update = UpdateSettingsArgs { canister_id: id, settings, sender_canister_version: None };
    ask(&mut network, "update_settings", &update).unwrap();
    ask(&mut network, "stop_canister", &record).unwrap();
    let status: CanisterStatusResult = decode_one(&ask(&mut network, "canister_status", &record).unwrap()).unwrap();
    assert_eq!(status.status, CanisterStatusType::Stopped);
    assert_eq!(status.settings.environment_variables.len(), 1);
    assert_eq!(status.settings.wasm_memory_limit, Nat::from(1_u64 << 30));
    assert_eq!(status.module_hash, network.module_hash(id).unwrap().map(Vec::from));
    ask(&mut network, "start_canister", &record).unwrap();
    ask(&mut network, "uninstall_code", &UninstallCodeArgs { canister_id: id, sender_canister_version: None }).unwrap();
    assert_eq!(network.module_hash(id), Ok(None));
    let before = network.cycles(id).unwrap();
    let top_up = ProvisionalTopUpCanisterArgs { canister_id: id, amount: Nat::from(5_u8) };
    ask(&mut network, "provisional_top_up_canister", &top_up).unwrap();
    assert_eq!(network.cycles(id).unwrap(), before + 5);
    ask(&mut network, "stop_canister", &record).unwrap();
    ask(&mut network, "delete_canister", &record).unwrap();
    assert!(network.canister_ids().is_empty());
}

#[test]
fn should_install_from_chunks_when_the_hashes_fit() {
    let (mut network, []) = puppets();
    let id = network.create_canister(&[alice()], CYCLES).unwrap();
    let wasm = puppet();
    let (left, right) = wasm.split_at(wasm.len() / 2);
    let mut hashes = Vec::new();
    for chunk in [left, right] {
        let args = UploadChunkArgs { canister_id: id, chunk: chunk.to_vec() };
        hashes.push(decode_one::<ChunkHash>(&ask(&mut network, "upload_chunk", &args).unwrap()).unwrap());
    }
    let stored: Vec<ChunkHash> =
        decode_one(&ask(&mut network, "stored_chunks", &CanisterIdRecord { canister_id: id }).unwrap()).unwrap();
    assert_eq!(stored.len(), 2);
    let whole = {
        let other = network.create_canister(&[alice()], CYCLES).unwrap();
        network.install(alice(), other, &wasm, &[]).unwrap();
        network.module_hash(other).unwrap().unwrap()
    };
    let mut args = InstallChunkedCodeArgs {
        mode: CanisterInstallMode::Install,
        target_canister: id,
        store_canister: None,
        chunk_hashes_list: hashes.iter().rev().cloned().collect(),
        wasm_module_hash: whole.to_vec(),
        arg: vec![4],
        sender_canister_version: None,
    };
    let wrong = ask(&mut network, "install_chunked_code", &args).unwrap_err();
    assert_eq!(wrong.error_code, Some(ErrorCode::InvalidManagementPayload));
    assert_eq!(network.module_hash(id), Ok(None));
    args.chunk_hashes_list = hashes;
    ask(&mut network, "install_chunked_code", &args).unwrap();
    assert_eq!(counter(&mut network, id), 4);
    ask(&mut network, "clear_chunk_store", &CanisterIdRecord { canister_id: id }).unwrap();
    assert_eq!(
        ask(&mut network, "install_chunked_code", &args).unwrap_err().error_code,
        Some(ErrorCode::InvalidManagementPayload)
    );
}

#[test]
fn should_create_install_and_fund_when_a_canister_asks() {
    let (mut network, [a]) = puppets();
    let create = Encode!(&CreateCanisterArgs::default()).unwrap();
    let too_little = call(MANAGEMENT, "create_canister").payload(create.clone()).cycles(1_000_000).bytes();
    let answer = network.update(alice(), a, "call", &too_little).unwrap();
    assert_eq!((answer[0], answer[1]), (b'N', 4));
    let enough = call(MANAGEMENT, "create_canister").payload(create).cycles(2_500_000_000_000).bytes();
    let answer = network.update(alice(), a, "call", &enough).unwrap();
    assert_eq!(answer[0], b'Y');
    let id = decode_one::<CanisterIdRecord>(&answer[1..]).unwrap().canister_id;
    assert_eq!(network.cycles(id), Ok(2_000_000_000_000), "all but the fee");
    let install = Encode!(&install_args(id, puppet())).unwrap();
    let answer = network.update(alice(), a, "call", &call(MANAGEMENT, "install_code").payload(install).bytes());
    assert_eq!(answer.unwrap()[0], b'Y');
    let record = Encode!(&CanisterIdRecord { canister_id: id }).unwrap();
    let before = network.cycles(id).unwrap();
    let deposit = call(MANAGEMENT, "deposit_cycles").payload(record).cycles(77).bytes();
    network.update(alice(), a, "call", &deposit).unwrap();
    assert_eq!(network.cycles(id).unwrap(), before + 77);
    let info = Encode!(&CanisterInfoArgs { canister_id: id, num_requested_changes: Some(10) }).unwrap();
    let answer = network.update(alice(), a, "call", &call(MANAGEMENT, "canister_info").payload(info).bytes()).unwrap();
    let info: CanisterInfoResult = decode_one(&answer[1..]).unwrap();
    assert_eq!((info.total_num_changes, info.recent_changes.len(), info.controllers), (2, 2, vec![a]));
}

#[test]
fn should_give_fresh_randomness_when_a_canister_asks_for_it() {
    let (mut network, [a]) = puppets();
    let arg = call(MANAGEMENT, "raw_rand").payload(Encode!().unwrap()).bytes();
    let mut draw = || {
        let answer = network.update(alice(), a, "call", &arg).unwrap();
        decode_one::<Vec<u8>>(&answer[1..]).unwrap()
    };
    let (one, two) = (draw(), draw());
    assert_eq!(one.len(), 32);
    assert_ne!(one, two);
}

#[test]
fn should_refuse_by_name_what_is_not_provided() {
    let (mut network, [a]) = puppets();
    for method in
        ["flexible_http_request", "sign_with_ecdsa", "schnorr_public_key", "vetkd_derive_key", "bitcoin_get_utxos"]
    {
        let answer = network.update(alice(), a, "call", &call(MANAGEMENT, method).bytes()).unwrap();
        let text = String::from_utf8_lossy(&answer[2..]).into_owned();
        assert_eq!(answer[0], b'N');
        assert!(text.contains(&format!("Unsupported({method})")), "{text}");
    }
    let answer = network.update(alice(), a, "call", &call(MANAGEMENT, "make_coffee").bytes()).unwrap();
    assert_eq!((answer[0], answer[1]), (b'N', 5));
}

#[test]
fn should_turn_users_away_when_only_canisters_may_call() {
    let (mut network, [a]) = puppets();
    for method in ["create_canister", "raw_rand", "deposit_cycles", "canister_info", "http_request"] {
        let reject = network.update(alice(), MANAGEMENT, method, &[]).unwrap_err();
        assert_eq!(reject.error_code, Some(ErrorCode::CanisterRejectedMessage), "{method}");
    }
    let garbage = network.update(alice(), MANAGEMENT, "install_code", b"not candid").unwrap_err();
    assert_eq!(garbage.error_code, Some(ErrorCode::InvalidManagementPayload));
    let arg = Encode!(&CanisterIdRecord { canister_id: a }).unwrap();
    let stranger = network.update(mallory(), MANAGEMENT, "stop_canister", &arg).unwrap_err();
    assert_eq!(stranger.error_code, Some(ErrorCode::CanisterInvalidController));
}

#[test]
fn should_show_logs_to_whom_the_settings_allow() {
    let (mut network, [a]) = puppets();
    network.update(alice(), a, "explode", &[]).unwrap_err();
    let arg = Encode!(&FetchCanisterLogsArgs { canister_id: a, filter: None }).unwrap();
    let logs: FetchCanisterLogsResult =
        decode_one(&network.query(alice(), MANAGEMENT, "fetch_canister_logs", &arg).unwrap()).unwrap();
    assert_eq!(logs.canister_log_records[0].content, b"boom");
    let refused = network.query(mallory(), MANAGEMENT, "fetch_canister_logs", &arg).unwrap_err();
    assert_eq!(refused.error_code, Some(ErrorCode::CanisterRejectedMessage));
    let settings = CanisterSettings { log_visibility: Some(LogVisibility::Public), ..Default::default() };
    network.update_settings(alice(), a, settings).unwrap();
    assert!(network.query(mallory(), MANAGEMENT, "fetch_canister_logs", &arg).is_ok());
}

#[test]
fn should_answer_the_waiting_stop_when_the_canister_is_started_again() {
    let (mut network, [a, b]) = puppets();
    let held = calisec_engine::network::Fault::DelayAnswer(std::time::Duration::from_secs(100));
    network.faults_mut().on(calisec_engine::network::Match::any().callee(b), held);
    let open = network.submit_update(alice(), a, "call", &call(b, "echo").bytes()).unwrap();
    network.tick();
    let arg = Encode!(&CanisterIdRecord { canister_id: a }).unwrap();
    let stop = network.submit_update(alice(), MANAGEMENT, "stop_canister", &arg).unwrap();
    network.tick();
    network.start(alice(), a).unwrap();
    assert_eq!(network.await_update(stop).unwrap_err().error_code, Some(ErrorCode::CanisterStoppingCancelled));
    assert_eq!(network.await_update(open), Ok(b"Y".to_vec()));
}

#[test]
fn should_give_up_stopping_when_a_call_stays_open_for_five_minutes() {
    let (mut network, [a, b]) = puppets();
    let held = calisec_engine::network::Fault::DelayAnswer(std::time::Duration::from_secs(500));
    network.faults_mut().on(calisec_engine::network::Match::any().callee(b), held);
    network.submit_update(alice(), a, "call", &call(b, "echo").bytes()).unwrap();
    network.tick();
    let reject = network.stop(alice(), a).unwrap_err();
    assert_eq!(reject.error_code, Some(ErrorCode::StopCanisterRequestTimeout));
    assert_eq!(network.is_stopped(a), Ok(false));
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]
    /// Whatever bytes come in: a typed reject, and nothing has changed.
    #[test]
    fn should_reject_and_change_nothing_when_the_argument_is_garbage(
        method in proptest::sample::select(vec![
            "install_code", "install_chunked_code", "upload_chunk", "update_settings", "stop_canister",
            "provisional_top_up_canister", "delete_canister", "uninstall_code", "canister_status",
        ]),
        garbage in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
        candid in proptest::bool::ANY,
    ) {
        let (mut network, [a]) = puppets();
        let arg = if candid { [b"DIDL".as_slice(), &garbage].concat() } else { garbage };
        let before = network.canister_status(alice(), a).unwrap();
        let reject = network.update(alice(), MANAGEMENT, method, &arg).unwrap_err();
        proptest::prop_assert_eq!(reject.error_code, Some(ErrorCode::InvalidManagementPayload));
        proptest::prop_assert_eq!(network.canister_status(alice(), a).unwrap(), before);
    }
}
