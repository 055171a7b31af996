use crate::support::{BALANCE, CALLER, Canister, reply, trap};
use calisec_engine::execution::{Answer, Closure, Entry, OutgoingCall, Trap};

const FEE: u128 = 260_000 + 1_000 * (2 << 20) + 5_000_000 + 40_000_000_000;

/// Sends calls to the principal at 100 (its own caller), method `go` at 200, argument at 300.
const SENDER: &str = r#"(module
    (import "ic0" "msg_caller_copy" (func $caller (param i32 i32 i32)))
    (import "ic0" "call_new" (func $new (param i32 i32 i32 i32 i32 i32 i32 i32)))
    (import "ic0" "call_data_append" (func $data (param i32 i32)))
    (import "ic0" "call_on_cleanup" (func $cleanup (param i32 i32)))
    (import "ic0" "call_with_best_effort_response" (func $bounded (param i32)))
    (import "ic0" "call_cycles_add128" (func $cycles (param i64 i64)))
    (import "ic0" "call_perform" (func $perform (result i32)))
    (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
    (import "ic0" "msg_reply" (func $reply))
    (import "ic0" "msg_reject" (func $reject (param i32 i32)))
    (import "ic0" "msg_cycles_accept128" (func $accept (param i64 i64 i32)))
    (import "ic0" "cycles_burn128" (func $burn (param i64 i64 i32)))
    (import "ic0" "canister_cycle_balance128" (func $balance (param i32)))
    (import "ic0" "canister_liquid_cycle_balance128" (func $liquid (param i32)))
    (memory 1)
    (data (i32.const 200) "go") (data (i32.const 300) "argument")
    (func $begin (param $reply i32) (param $reject i32)
        (call $caller (i32.const 100) (i32.const 0) (i32.const 10))
        (call $new (i32.const 100) (i32.const 10) (i32.const 200) (i32.const 2)
            (local.get $reply) (i32.const 11) (local.get $reject) (i32.const 22)))
    (func $answer (param i32) (param i32) (call $append (local.get 0) (local.get 1)) (call $reply))
    (func (export "canister_update send")
        (call $begin (i32.const 1) (i32.const 2))
        (call $data (i32.const 300) (i32.const 8)) (call $data (i32.const 300) (i32.const 3))
        (call $cleanup (i32.const 3) (i32.const 33)) (call $bounded (i32.const 1000))
        (call $cycles (i64.const 0) (i64.const 500))
        (i32.store (i32.const 0) (call $perform))
        (call $begin (i32.const -1) (i32.const -1))
        (i32.store (i32.const 4) (call $perform))
        (call $begin (i32.const 1) (i32.const 2)) (call $cycles (i64.const 0) (i64.const 9))
        (call $answer (i32.const 0) (i32.const 8)))
    (func (export "canister_composite_query ask")
        (call $begin (i32.const 1) (i32.const 2)) (i32.store (i32.const 0) (call $perform))
        (call $answer (i32.const 0) (i32.const 4)))
    (func (export "canister_update greedy")
        (call $begin (i32.const 1) (i32.const 2)) (call $cycles (i64.const 1000000) (i64.const 0)))
    (func (export "canister_update not begun") (drop (call $perform)))
    (func (export "canister_update no data") (call $data (i32.const 0) (i32.const 0)))
    (func (export "canister_update twice") (call $reply) (call $reply))
    (func (export "canister_update append late") (call $reply) (call $append (i32.const 0) (i32.const 1)))
    (func (export "canister_update large") (local $i i32)
        (loop $l (call $append (i32.const 0) (i32.const 65536))
            (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 33)))))
    (func (export "canister_update reject") (call $reject (i32.const 200) (i32.const 2)))
    (func (export "canister_update outside") (call $append (i32.const 65530) (i32.const 7)))
    (func (export "canister_update cycles")
        (call $accept (i64.const 0) (i64.const 600) (i32.const 0))
        (call $accept (i64.const 0) (i64.const 600) (i32.const 16))
        (call $burn (i64.const 0) (i64.const 50) (i32.const 32))
        (call $balance (i32.const 48)) (call $liquid (i32.const 64))
        (call $answer (i32.const 0) (i32.const 80)))
    (func (export "canister_update late")
        (call $answer (i32.const 0) (i32.const 0)) (call $accept (i64.const 0) (i64.const 600) (i32.const 0)))
    (func (export "canister_update burn") (call $burn (i64.const -1) (i64.const 0) (i32.const 0)) (call $reply)))"#;

#[test]
fn should_hand_over_the_calls_when_they_were_performed() {
    let mut canister = Canister::new(SENDER);
    let outcome = canister.update("send");
    let bare = OutgoingCall {
        callee: CALLER,
        method: "go".into(),
        arg: vec![],
        cycles: 0,
        timeout_seconds: None,
        on_reply: None,
        on_reject: None,
        on_cleanup: None,
    };
    let full = OutgoingCall {
        arg: b"argumentarg".to_vec(),
        cycles: 500,
        timeout_seconds: Some(300),
        on_reply: Some(Closure { function: 1, environment: 11 }),
        on_reject: Some(Closure { function: 2, environment: 22 }),
        on_cleanup: Some(Closure { function: 3, environment: 33 }),
        ..bare.clone()
    };
    assert_eq!(outcome.effects.calls, [full, bare]);
    assert_eq!(outcome.effects.cycle_balance, BALANCE - 500, "the call that was not performed gave its 9 back");
    assert_eq!(reply(outcome), [0; 8]);
}

#[test]
fn should_refuse_a_call_when_it_cannot_be_sent() {
    let code = |setup: fn(&mut Canister)| {
        let mut canister = Canister::new(SENDER);
        setup(&mut canister);
        let outcome = canister.update("send");
        let sent = outcome.effects.calls.len();
        let balance = outcome.effects.cycle_balance;
        (reply(outcome), sent, balance)
    };
    let (codes, sent, _) = code(|canister| canister.environment.calls_per_callee = 1);
    assert_eq!((codes, sent), (vec![0, 0, 0, 0, 2, 0, 0, 0], 1));
    let only_one = 1_000 + 500 + FEE + 1_000 * 13 + FEE;
    let mut canister = Canister::new(SENDER);
    canister.environment.cycle_balance = only_one;
    let outcome = canister.update("send");
    assert_eq!(outcome.effects.calls.len(), 1);
    assert_eq!(outcome.effects.cycle_balance, only_one - 500);
    assert_eq!(reply(outcome), vec![0, 0, 0, 0, 2, 0, 0, 0]);
}

#[test]
fn should_need_no_cycles_when_a_composite_query_calls() {
    let mut canister = Canister::new(SENDER);
    canister.environment.cycle_balance = 0;
    let outcome = canister.run(Entry::CompositeQuery { method: "ask".into(), arg: vec![] });
    assert_eq!(outcome.effects.calls.len(), 1);
    assert_eq!(reply(outcome), [0; 4]);
}

#[test]
fn should_trap_when_the_contract_is_broken() {
    for method in ["greedy", "not begun", "no data", "twice", "append late", "large", "outside"] {
        let outcome = Canister::new(SENDER).update(method);
        let trap = trap(outcome);
        assert!(matches!(trap, Trap::Contract(_)), "{method}: {trap:?}");
    }
    let mut answered = Canister::new(SENDER);
    answered.message.responded = true;
    assert!(matches!(trap(answered.update("reject")), Trap::Contract(_)));
}

#[test]
fn should_hand_over_the_reject_when_the_canister_rejects() {
    let outcome = Canister::new(SENDER).update("reject");
    assert_eq!(outcome.effects.answer, Some(Answer::Reject("go".into())));
}

#[test]
fn should_account_for_cycles_when_they_are_accepted_and_burned() {
    let mut canister = Canister::new(SENDER);
    let outcome = canister.update("cycles");
    let effects = &outcome.effects;
    assert_eq!((effects.cycles_accepted, effects.cycles_burned), (1_000, 50));
    assert_eq!(effects.cycle_balance, BALANCE + 950);
    let expected = [600, 400, 50, BALANCE + 950, BALANCE - 50].map(u128::to_le_bytes).concat();
    assert_eq!(reply(outcome), expected);
    assert_eq!(canister.update("late").effects.cycles_accepted, 0, "the answer takes the rest back");
    let outcome = canister.update("burn");
    assert_eq!(outcome.effects.cycle_balance, 1_000, "the freezing reserve stays");
}
