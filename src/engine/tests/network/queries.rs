//! Queries and composite queries.

use crate::support::{alice, call, counter, mallory, puppets, wasm};
use calisec_engine::ErrorCode;

#[test]
fn should_change_nothing_when_queried() {
    let (mut network, [a, b]) = puppets();
    assert_eq!(network.query(alice(), a, "bump_in_query", &[]), Ok(vec![1, 0, 0, 0]));
    assert_eq!(network.query(alice(), a, "call_query", &call(b, "bump_in_query").bytes()), Ok(b"Y\x01\0\0\0".to_vec()));
    assert_eq!((counter(&mut network, a), counter(&mut network, b)), (0, 0));
}

#[test]
fn should_call_query_and_composite_methods_when_composite() {
    let (mut network, [a, b, c]) = puppets();
    let inner = call(c, "echo_query").payload("deep").bytes();
    let answer = network.query(alice(), a, "call_query", &call(b, "call_query").payload(inner).bytes());
    assert_eq!(answer, Ok(b"YYdeep".to_vec()));
}

#[test]
fn should_reject_the_call_when_a_composite_query_calls_an_update() {
    let (mut network, [a, b]) = puppets();
    let answer = network.query(alice(), a, "call_query", &call(b, "inc").bytes()).unwrap();
    assert_eq!((answer[0], answer[1]), (b'N', 5));
    assert_eq!(counter(&mut network, b), 0);
}

#[test]
fn should_refuse_the_whole_query_when_its_calls_form_a_loop() {
    let (mut network, [a, b]) = puppets();
    let inner = call(a, "echo_query").bytes();
    let reject = network.query(alice(), a, "call_query", &call(b, "call_query").payload(inner).bytes()).unwrap_err();
    assert_eq!(reject.error_code, Some(ErrorCode::QueryCallGraphLoopDetected));
    assert_eq!(counter(&mut network, a), 0);
}

#[test]
fn should_reject_with_the_right_code_when_a_query_cannot_be_served() {
    let (mut network, [a]) = puppets();
    let rows = [
        (a, "inc", ErrorCode::CanisterMethodNotFound),
        (a, "nothing", ErrorCode::CanisterMethodNotFound),
        (candid::Principal::from_slice(&[7, 1, 1]), "get", ErrorCode::CanisterNotFound),
    ];
    for (id, method, code) in rows {
        assert_eq!(network.query(alice(), id, method, &[]).unwrap_err().error_code, Some(code), "{method}");
    }
}

#[test]
fn should_take_in_only_what_inspection_accepts() {
    let (mut network, []) = puppets();
    let id = network.create_canister(&[alice()], crate::support::CYCLES).unwrap();
    // Accepts callers whose principal is one byte long: the anonymous one.
    let module = wasm(
        r#"(module (import "ic0" "accept_message" (func $accept)) (import "ic0" "msg_reply" (func $reply))
            (import "ic0" "msg_caller_size" (func $size (result i32)))
            (func (export "canister_inspect_message")
                (if (i32.eq (call $size) (i32.const 1)) (then (call $accept))))
            (func (export "canister_update go") (call $reply)))"#,
    );
    network.install(alice(), id, &module, &[]).unwrap();
    assert_eq!(network.update(candid::Principal::anonymous(), id, "go", &[]), Ok(vec![]));
    let before = network.cycles(id).unwrap();
    let reject = network.update(mallory(), id, "go", &[]).unwrap_err();
    assert_eq!(reject.error_code, Some(ErrorCode::CanisterRejectedMessage));
    assert_eq!(network.cycles(id).unwrap(), before, "who is turned away costs nothing");
}
