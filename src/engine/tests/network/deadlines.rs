//! Bounded-wait calls and the clock.

use crate::support::{alice, call, counter, marks, puppets};
use calisec_engine::network::{Fault, Match};
use std::time::Duration;

#[test]
fn should_answer_in_time_when_the_callee_is_quick() {
    let (mut network, [a, b]) = puppets();
    let answer = network.update(alice(), a, "call", &call(b, "echo").bounded(10).payload("x").bytes());
    assert_eq!(answer, Ok(b"Yx".to_vec()));
}

#[test]
fn should_tell_the_caller_that_the_outcome_is_unknown_when_the_deadline_passes() {
    let (mut network, [a, b]) = puppets();
    network.faults_mut().on(Match::any().callee(b), Fault::DelayAnswer(Duration::from_secs(60)));
    let start = network.time_ns();
    let arg = call(b, "inc").bounded(10).cycles(5_000_000_000).bytes();
    let answer = network.update(alice(), a, "call", &arg).unwrap();
    assert_eq!((answer[0], answer[1]), (b'N', 6), "SysUnknown");
    assert!(network.time_ns() - start < 11_000_000_000, "the clock moved to the deadline, not further");
    assert_eq!(counter(&mut network, b), 1, "the callee ran all the same");
    network.advance_time(Duration::from_secs(60));
    while network.tick() {}
    assert_eq!(network.lost_cycles(), 5_000_000_000, "the late response is dropped with its cycles");
    assert_eq!(network.stop(alice(), a), Ok(()), "nothing is left open");
}

#[test]
fn should_wait_without_end_when_the_response_is_guaranteed() {
    let (mut network, [a, b]) = puppets();
    network.faults_mut().on(Match::any().callee(b), Fault::DelayAnswer(Duration::from_secs(400)));
    let answer = network.update(alice(), a, "call", &call(b, "echo").payload("late").bytes());
    assert_eq!(answer, Ok(b"Ylate".to_vec()));
}

#[test]
fn should_fire_the_global_timer_once_when_it_is_due() {
    let (mut network, [a]) = puppets();
    let due = network.time_ns() + 1_000_000_000;
    network.update(alice(), a, "set_timer", &due.to_le_bytes()).unwrap();
    assert_eq!(network.global_timer_ns(a), Ok(Some(due)));
    network.tick();
    assert_eq!(marks(&mut network, a).2, 0, "not yet");
    network.set_time_ns(due).unwrap();
    for _ in 0..3 {
        network.tick();
    }
    assert_eq!(marks(&mut network, a).2, 1);
    assert_eq!(network.global_timer_ns(a), Ok(None));
}

#[test]
fn should_forget_the_timer_when_the_canister_is_upgraded() {
    let (mut network, [a]) = puppets();
    let due = network.time_ns() + 1_000;
    network.update(alice(), a, "set_timer", &due.to_le_bytes()).unwrap();
    network.upgrade(alice(), a, &crate::support::puppet(), &[]).unwrap();
    network.advance_time(Duration::from_secs(1));
    network.tick();
    assert_eq!(marks(&mut network, a).2, 0);
}

#[test]
fn should_beat_every_round_when_a_canister_has_a_heartbeat() {
    let (mut network, []) = puppets();
    let id = network.create_canister(&[alice()], crate::support::CYCLES).unwrap();
    let wasm = crate::support::wasm(
        r#"(module (import "ic0" "msg_reply" (func $reply))
            (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
            (memory 1)
            (func (export "canister_heartbeat") (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))))
            (func (export "canister_query beats") (call $append (i32.const 0) (i32.const 4)) (call $reply)))"#,
    );
    network.install(alice(), id, &wasm, &[]).unwrap();
    for _ in 0..5 {
        network.tick();
    }
    assert_eq!(network.query(alice(), id, "beats", &[]), Ok(vec![5, 0, 0, 0]));
}

#[test]
fn should_refuse_to_go_back_when_the_clock_is_set() {
    let (mut network, []) = puppets();
    let now = network.time_ns();
    assert!(network.set_time_ns(now - 1).is_err());
    assert_eq!(network.time_ns(), now);
}
