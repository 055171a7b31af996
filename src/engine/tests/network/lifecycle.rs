//! Install, upgrade, stop, uninstall, delete; also while calls are open.

use crate::support::{CYCLES, alice, call, counter, mallory, puppet, puppets};
use calisec_engine::ErrorCode;
use candid::Principal;

#[test]
fn should_change_nothing_when_a_management_operation_is_refused() {
    let (mut network, [a]) = puppets();
    network.update(alice(), a, "inc", &[]).unwrap();
    let unknown = Principal::from_slice(&[1, 2, 3, 1, 1]);
    let truncated = puppet()[..100].to_vec();
    let before = (network.module_hash(a).unwrap(), network.canister_status(alice(), a).unwrap());
    let rows: [(&str, Result<(), calisec_engine::Reject>, ErrorCode); 9] = [
        ("truncated", network.upgrade(alice(), a, &truncated, &[]), ErrorCode::CanisterInvalidWasm),
        ("not wasm", network.reinstall(alice(), a, b"hello", &[]), ErrorCode::CanisterInvalidWasm),
        ("stranger", network.upgrade(mallory(), a, &puppet(), &[]), ErrorCode::CanisterInvalidController),
        ("stranger stops", network.stop(mallory(), a), ErrorCode::CanisterInvalidController),
        ("stranger uninstalls", network.uninstall(mallory(), a), ErrorCode::CanisterInvalidController),
        ("unknown canister", network.install(alice(), unknown, &puppet(), &[]), ErrorCode::CanisterNotFound),
        ("not empty", network.install(alice(), a, &puppet(), &[]), ErrorCode::CanisterNonEmpty),
        ("running", network.delete_canister(alice(), a), ErrorCode::CanisterNotStopped),
        (
            "allocation out of range",
            network.update_settings(
                alice(),
                a,
                ic_management_canister_types::CanisterSettings {
                    controllers: Some(vec![mallory()]),
                    compute_allocation: Some(101_u8.into()),
                    ..Default::default()
                },
            ),
            ErrorCode::InvalidManagementPayload,
        ),
    ];
    for (what, result, code) in rows {
        assert_eq!(result.unwrap_err().error_code, Some(code), "{what}");
    }
    assert_eq!((network.module_hash(a).unwrap(), network.canister_status(alice(), a).unwrap()), before);
    assert_eq!(counter(&mut network, a), 1);
}

#[test]
fn should_keep_the_old_code_and_state_when_init_or_post_upgrade_traps() {
    let (mut network, [a]) = puppets();
    network.update(alice(), a, "inc", &[]).unwrap();
    network.update(alice(), a, "certify", b"kept").unwrap();
    let version = network.canister_status(alice(), a).unwrap().version;
    for result in [network.upgrade(alice(), a, &puppet(), b"!"), network.reinstall(alice(), a, &puppet(), b"!")] {
        assert_eq!(result.unwrap_err().error_code, Some(ErrorCode::CanisterTrapped));
    }
    assert_eq!(counter(&mut network, a), 1);
    assert_eq!(network.certified_data(a), Ok(b"kept".as_slice()));
    assert_eq!(network.stable_memory(a), Ok(vec![]), "what pre_upgrade wrote is gone too");
    assert_eq!(network.canister_status(alice(), a).unwrap().version, version);
}

#[test]
fn should_keep_stable_memory_only_when_upgraded() {
    let (mut network, [a]) = puppets();
    network.update(alice(), a, "inc", &[]).unwrap();
    network.update(alice(), a, "certify", b"gone").unwrap();
    network.upgrade(alice(), a, &puppet(), &[]).unwrap();
    assert_eq!(counter(&mut network, a), 0);
    assert_eq!(&network.stable_memory(a).unwrap()[..4], [1, 0, 0, 0]);
    assert_eq!(network.certified_data(a), Ok(b"".as_slice()));
    network.reinstall(alice(), a, &puppet(), &[5]).unwrap();
    assert_eq!(counter(&mut network, a), 5);
    assert_eq!(network.stable_memory(a), Ok(vec![]));
}

#[test]
fn should_install_in_chunks_when_asked() {
    let (mut network, []) = puppets();
    let id = network.create_canister(&[alice()], CYCLES).unwrap();
    let mode = ic_management_canister_types::CanisterInstallMode::Install;
    network.install_chunked(alice(), id, mode, &puppet(), &[9]).unwrap();
    assert_eq!(counter(&mut network, id), 9);
}

#[test]
fn should_reject_calls_with_the_right_code_when_the_callee_is_stopped_or_empty() {
    let (mut network, [a, b]) = puppets();
    network.stop(alice(), b).unwrap();
    let stopped = network.update(alice(), b, "inc", &[]).unwrap_err();
    assert_eq!(stopped.error_code, Some(ErrorCode::CanisterStopped));
    assert_eq!(network.query(alice(), b, "get", &[]).unwrap_err().error_code, Some(ErrorCode::CanisterStopped));
    let answer = network.update(alice(), a, "call", &call(b, "inc").bytes()).unwrap();
    assert_eq!((answer[0], answer[1]), (b'N', 5));
    network.start(alice(), b).unwrap();
    assert_eq!(network.update(alice(), b, "inc", &[]), Ok(vec![1, 0, 0, 0]));
    network.uninstall(alice(), b).unwrap();
    let empty = network.update(alice(), b, "inc", &[]).unwrap_err();
    assert_eq!(empty.error_code, Some(ErrorCode::CanisterWasmModuleNotFound));
    let answer = network.update(alice(), a, "call", &call(b, "inc").bytes()).unwrap();
    assert_eq!((answer[0], answer[1]), (b'N', 5));
}

#[test]
fn should_wait_for_open_calls_when_stopping() {
    let (mut network, [a, b]) = puppets();
    let open = network.submit_update(alice(), a, "call", &call(b, "echo").bytes()).unwrap();
    assert!(network.step(), "the call is sent");
    network.begin_stopping(alice(), a).unwrap();
    assert_eq!(network.is_stopped(a), Ok(false));
    let refused = network.submit_update(alice(), a, "inc", &[]).unwrap_err();
    assert_eq!(refused.error_code, Some(ErrorCode::CanisterStopping));
    assert_eq!(network.await_update(open), Ok(b"Y".to_vec()), "responses are still served");
    assert_eq!(network.is_stopped(a), Ok(true));
}

#[test]
fn should_run_callbacks_on_the_new_code_when_upgraded_with_open_calls() {
    let (mut network, [a, b]) = puppets();
    let open = network.submit_update(alice(), a, "call", &call(b, "echo").payload("x").bytes()).unwrap();
    assert!(network.step(), "the call is sent");
    network.upgrade(alice(), a, &puppet(), &[]).unwrap();
    assert_eq!(network.await_update(open), Ok(b"Yx".to_vec()));
}

#[test]
fn should_reject_open_calls_when_uninstalled() {
    let (mut network, [a, b]) = puppets();
    let open = network.submit_update(alice(), a, "call", &call(b, "inc").cycles(1_000_000).bytes()).unwrap();
    assert!(network.step(), "the call is sent");
    network.uninstall(alice(), a).unwrap();
    let reject = network.await_update(open).unwrap_err();
    assert_eq!(reject.error_code, Some(ErrorCode::CanisterRejectedMessage));
    while network.tick() {}
    assert_eq!(counter(&mut network, b), 1);
    assert_eq!(network.stop(alice(), a), Ok(()), "the late response was dropped");
}

#[test]
fn should_be_gone_when_deleted() {
    let (mut network, [a, b]) = puppets();
    network.stop(alice(), b).unwrap();
    network.delete_canister(alice(), b).unwrap();
    assert_eq!(network.cycles(b).unwrap_err().error_code, Some(ErrorCode::CanisterNotFound));
    let answer = network.update(alice(), a, "call", &call(b, "inc").bytes()).unwrap();
    assert_eq!((answer[0], answer[1]), (b'N', 3), "DestinationInvalid");
}

#[test]
fn should_keep_logs_when_a_message_traps() {
    let (mut network, [a]) = puppets();
    network.update(alice(), a, "explode", &[]).unwrap_err();
    let logs = network.logs(a).unwrap();
    assert_eq!(logs[0].content, b"boom");
    assert_eq!(logs[0].index, 0);
}

#[test]
fn should_refuse_to_grow_the_heap_when_the_canister_has_a_memory_limit() {
    let (mut network, []) = puppets();
    let id = network.create_canister(&[alice()], CYCLES).unwrap();
    let module = crate::support::wasm(
        r#"(module (import "ic0" "msg_reply" (func $reply)) (memory 1)
            (func (export "canister_update grow") (drop (memory.grow (i32.const 100))) (call $reply))
            (func (export "canister_query look") (drop (memory.grow (i32.const 100))) (call $reply)))"#,
    );
    network.install(alice(), id, &module, &[]).unwrap();
    let settings = ic_management_canister_types::CanisterSettings {
        wasm_memory_limit: Some((1_u64 << 20).into()),
        ..Default::default()
    };
    network.update_settings(alice(), id, settings).unwrap();
    let reject = network.update(alice(), id, "grow", &[]).unwrap_err();
    assert_eq!(reject.error_code, Some(ErrorCode::CanisterWasmMemoryLimitExceeded));
    assert_eq!(network.query(alice(), id, "look", &[]), Ok(vec![]), "queries are not bound by it");
}

#[test]
fn should_stop_the_inspection_when_it_takes_too_many_instructions() {
    let (mut network, []) = puppets();
    let id = network.create_canister(&[alice()], CYCLES).unwrap();
    let module = crate::support::wasm(
        r#"(module (func (export "canister_inspect_message") (loop $forever (br $forever)))
            (func (export "canister_update go")))"#,
    );
    network.install(alice(), id, &module, &[]).unwrap();
    let reject = network.update(alice(), id, "go", &[]).unwrap_err();
    assert_eq!(reject.error_code, Some(ErrorCode::CanisterInstructionLimitExceeded));
    assert!(network.instructions_of_last().unwrap() <= 200_000_000);
}

#[test]
fn should_have_the_stable_memory_that_it_was_given_when_it_is_replaced() {
    let (mut network, [a, b]) = puppets();
    network.update(alice(), a, "inc", &[]).unwrap();
    network.upgrade(alice(), a, &puppet(), &[]).unwrap();
    let given = network.stable_memory(a).unwrap();
    network.replace_stable_memory(b, &given[..10]).unwrap();
    let taken = network.stable_memory(b).unwrap();
    assert_eq!((&taken[..10], taken.len()), (&given[..10], 65_536));
    let empty = network.create_canister(&[alice()], 1 << 40).unwrap();
    let refused = network.replace_stable_memory(empty, &given).unwrap_err();
    assert_eq!(refused.error_code, Some(ErrorCode::CanisterWasmModuleNotFound));
}
