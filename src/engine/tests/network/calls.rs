//! Calls between canisters: answers, call contexts, interleaving.

use crate::support::{alice, call, counter, marks, puppets};
use calisec_engine::network::{Fault, IngressStatus, Match};
use calisec_engine::{ErrorCode, RejectCode};
use std::time::Duration;

#[test]
fn should_bring_back_the_reply_when_a_canister_calls_another() {
    let (mut network, [a, b]) = puppets();
    let answer = network.update(alice(), a, "call", &call(b, "echo").payload("hello").bytes());
    assert_eq!(answer, Ok(b"Yhello".to_vec()));
}

#[test]
fn should_name_the_calling_canister_as_caller_when_called() {
    let (mut network, [a, b]) = puppets();
    let answer = network.update(alice(), a, "call", &call(b, "whoami").bytes()).unwrap();
    assert_eq!(&answer[1..], a.as_slice());
}

#[test]
fn should_serve_a_call_to_itself() {
    let (mut network, [a]) = puppets();
    let answer = network.update(alice(), a, "call", &call(a, "echo").payload("me").bytes());
    assert_eq!(answer, Ok(b"Yme".to_vec()));
}

#[test]
fn should_execute_a_query_method_when_called_as_update() {
    let (mut network, [a, b]) = puppets();
    let answer = network.update(alice(), a, "call", &call(b, "bump_in_query").bytes()).unwrap();
    assert_eq!(answer, b"Y\x01\0\0\0");
    assert_eq!(counter(&mut network, b), 0, "a replicated query keeps no changes");
}

#[test]
fn should_reject_with_the_replicas_codes_when_the_callee_fails() {
    let (mut network, [a, b]) = puppets();
    let missing = candid::Principal::from_slice(&[9, 9, 9, 1, 1]);
    let rows = [
        (b, "explode", RejectCode::CanisterError),
        (b, "crash", RejectCode::CanisterError),
        (b, "silent", RejectCode::CanisterError),
        (b, "refuse", RejectCode::CanisterReject),
        (b, "nothing", RejectCode::CanisterError),
        (b, "call_query", RejectCode::CanisterError),
        (missing, "echo", RejectCode::DestinationInvalid),
    ];
    for (callee, method, code) in rows {
        let answer = network.update(alice(), a, "call", &call(callee, method).bytes()).unwrap();
        assert_eq!((answer[0], answer[1]), (b'N', code as u8), "{method}: {}", String::from_utf8_lossy(&answer[2..]));
    }
    assert_eq!(counter(&mut network, b), 0, "a trap leaves no trace");
}

#[test]
fn should_show_users_the_error_code_when_a_message_fails() {
    let (mut network, [a]) = puppets();
    let rows = [
        ("explode", Some(ErrorCode::CanisterCalledTrap)),
        ("crash", Some(ErrorCode::CanisterTrapped)),
        ("silent", Some(ErrorCode::CanisterDidNotReply)),
        ("refuse", None),
        ("nothing", Some(ErrorCode::CanisterMethodNotFound)),
        ("call_query", Some(ErrorCode::CompositeQueryCalledInReplicatedMode)),
    ];
    for (method, code) in rows {
        let arg = call(a, "echo").bytes();
        let reject = network.update(alice(), a, method, &arg).expect_err(method);
        assert_eq!(reject.error_code, code, "{method}: {reject}");
    }
}

#[test]
fn should_send_nothing_when_the_sending_message_traps() {
    let (mut network, [a, b]) = puppets();
    network.update(alice(), a, "send_and_trap", &call(b, "inc").bytes()).unwrap_err();
    while network.tick() {}
    assert_eq!(counter(&mut network, b), 0);
}

#[test]
fn should_run_the_cleanup_and_reject_when_a_callback_traps() {
    let (mut network, [a, b]) = puppets();
    let reject = network.update(alice(), a, "call_then_trap", &call(b, "echo").bytes()).unwrap_err();
    assert_eq!(reject.error_code, Some(ErrorCode::CanisterCalledTrap));
    let (counter, cleanups, ..) = marks(&mut network, a);
    assert_eq!((counter, cleanups), (0, 1), "the callback's own change is rolled back, the cleanup's stays");
}

#[test]
fn should_reject_when_the_last_callback_ends_without_an_answer() {
    let (mut network, [a, b]) = puppets();
    let reject = network.update(alice(), a, "call_then_silence", &call(b, "echo").bytes()).unwrap_err();
    assert_eq!(reject.error_code, Some(ErrorCode::CanisterDidNotReply));
    assert_eq!(marks(&mut network, a).3, 1);
}

#[test]
fn should_still_run_callbacks_when_the_answer_was_given_before() {
    let (mut network, [a, b]) = puppets();
    assert_eq!(network.update(alice(), a, "call_and_reply", &call(b, "echo").bytes()), Ok(vec![]));
    while network.tick() {}
    assert_eq!(marks(&mut network, a).3, 1);
}

#[test]
fn should_deliver_and_forget_when_a_call_is_one_way() {
    let (mut network, [a, b]) = puppets();
    assert_eq!(network.update(alice(), a, "oneway", &call(b, "inc").bytes()), Ok(vec![]));
    while network.tick() {}
    assert_eq!(counter(&mut network, b), 1);
    assert_eq!(network.stop(alice(), a), Ok(()), "nothing is left open");
}

#[test]
fn should_serve_others_when_a_canister_awaits_a_reply() {
    let (mut network, [a, b]) = puppets();
    network.faults_mut().on(Match::any().callee(b), Fault::DelayAnswer(Duration::from_secs(1)));
    let waiting = network.submit_update(alice(), a, "call", &call(b, "echo").bytes()).unwrap();
    assert!(network.step(), "the call is sent");
    let other = network.submit_update(alice(), a, "inc", &[]).unwrap();
    assert_eq!(network.await_update(other), Ok(vec![1, 0, 0, 0]));
    assert_eq!(network.ingress_status(waiting), Some(&IngressStatus::Processing));
    assert_eq!(network.await_update(waiting), Ok(b"Y".to_vec()));
}

#[test]
fn should_refuse_further_calls_when_the_queue_to_a_callee_is_full() {
    let (mut network, [a, b]) = puppets();
    let answer = network.update(alice(), a, "send_many", &call(b, "inc").bytes()).unwrap();
    assert_eq!(u32::from_le_bytes(answer.try_into().unwrap()), 100);
    while network.tick() {}
    assert_eq!(counter(&mut network, b), 500);
    assert_eq!(marks(&mut network, a).3, 500);
}
