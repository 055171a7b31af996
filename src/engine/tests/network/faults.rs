//! Faults on demand.

use crate::support::{alice, call, counter, marks, puppet, puppets};
use calisec_engine::network::{Action, Config, Fault, Frequencies, Match, Moment, Network};
use calisec_engine::{ErrorCode, Reject};
use std::time::Duration;

#[test]
fn should_leave_the_effect_and_lose_the_answer_when_an_answer_is_dropped() {
    let (mut network, [a, b]) = puppets();
    network.faults_mut().on(Match::any().callee(b).nth(1), Fault::DropAnswer);
    let arg = call(b, "inc").bounded(30).cycles(9_000_000).bytes();
    let answer = network.update(alice(), a, "call", &arg).unwrap();
    assert_eq!((answer[0], answer[1]), (b'N', 6));
    assert_eq!(counter(&mut network, b), 1);
    assert_eq!(network.lost_cycles(), 9_000_000);
    assert_eq!(network.update(alice(), a, "call", &arg), Ok(b"Y\x02\0\0\0".to_vec()), "only the first is struck");
}

#[test]
fn should_expire_without_an_effect_when_a_request_is_dropped() {
    let (mut network, [a, b]) = puppets();
    network.faults_mut().on(Match::any().caller(a).method("inc"), Fault::DropRequest);
    let answer = network.update(alice(), a, "call", &call(b, "inc").bounded(30).bytes()).unwrap();
    assert_eq!((answer[0], answer[1]), (b'N', 6));
    assert_eq!(counter(&mut network, b), 0);
}

#[test]
fn should_reach_the_callee_later_when_a_request_is_delayed() {
    let (mut network, [a, b]) = puppets();
    let late = Duration::from_secs(300);
    network.faults_mut().on(Match::any().callee(b), Fault::DelayRequest(late));
    let start = network.time_ns();
    assert_eq!(network.update(alice(), a, "call", &call(b, "inc").bytes()), Ok(b"Y\x01\0\0\0".to_vec()));
    assert!(network.time_ns() - start >= 300_000_000_000);
    let answer = network.update(alice(), a, "call", &call(b, "inc").bounded(20).bytes()).unwrap();
    assert_eq!((answer[0], answer[1]), (b'N', 6), "too late for a bounded wait");
    network.advance_time(late);
    network.run_until_idle(10);
    assert_eq!(counter(&mut network, b), 1, "what comes after its deadline is dropped");
}

#[test]
fn should_not_drop_and_say_so_when_the_response_is_guaranteed() {
    let (mut network, [a, b]) = puppets();
    network.faults_mut().on(Match::any().callee(b), Fault::DropAnswer).on(Match::any().callee(b), Fault::DropRequest);
    assert_eq!(network.update(alice(), a, "call", &call(b, "echo").bytes()), Ok(b"Y".to_vec()));
    assert_eq!(network.faults().injected().iter().map(|fault| fault.applied).collect::<Vec<_>>(), [false, false]);
}

#[test]
fn should_run_the_callee_twice_and_answer_once_when_a_request_is_duplicated() {
    let (mut network, [a, b]) = puppets();
    network.faults_mut().on(Match::any().callee(b), Fault::Duplicate);
    let answer = network.update(alice(), a, "call", &call(b, "inc").bounded(30).bytes());
    assert_eq!(answer, Ok(b"Y\x02\0\0\0".to_vec()));
    assert_eq!(counter(&mut network, b), 2);
    assert_eq!(network.update(alice(), b, "inc", &[]), Ok(vec![4, 0, 0, 0]), "a user's message too");
}

#[test]
fn should_reject_as_told_when_a_request_or_an_answer_is_rejected() {
    let (mut network, [a, b]) = puppets();
    let full = Reject::new(ErrorCode::CanisterQueueFull, "full");
    network.faults_mut().on(Match::any().method("inc").nth(1), Fault::RejectRequest(full.clone()));
    network.faults_mut().on(Match::any().callee(b).method("inc").nth(1), Fault::RejectAnswer(full));
    let arg = call(b, "inc").bytes();
    for expected in [0, 1] {
        assert_eq!(network.update(alice(), a, "call", &arg), Ok(b"N\x02full".to_vec()));
        assert_eq!(counter(&mut network, b), expected);
    }
    assert_eq!(network.update(alice(), a, "call", &arg), Ok(b"Y\x02\0\0\0".to_vec()));
}

#[test]
fn should_undo_the_callee_when_it_is_made_to_trap() {
    let (mut network, [a, b]) = puppets();
    network.faults_mut().on(Match::any().callee(b), Fault::TrapCallee);
    let answer = network.update(alice(), a, "call", &call(b, "inc").bytes()).unwrap();
    assert_eq!((answer[0], answer[1]), (b'N', 5));
    assert_eq!(counter(&mut network, b), 0);
    let reject = network.update(alice(), b, "inc", &[]).unwrap_err();
    assert_eq!(reject.error_code, Some(ErrorCode::CanisterCalledTrap));
}

#[test]
fn should_act_between_two_messages_when_told_to() {
    let (mut network, [a, b]) = puppets();
    network.faults_mut().on(
        Match::any().callee(b).nth(1),
        Fault::Meanwhile(Moment::BeforeAnswer, Action::Upgrade { canister: a, wasm: puppet(), arg: vec![] }),
    );
    network.faults_mut().on(Match::any().callee(b).nth(2), Fault::Meanwhile(Moment::BeforeRequest, Action::Stop(b)));
    network
        .faults_mut()
        .on(Match::any().callee(b).nth(3), Fault::Meanwhile(Moment::BeforeRequest, Action::ExhaustCycles(b)));
    let arg = call(b, "inc").bytes();
    network.update(alice(), a, "inc", &[]).unwrap();
    assert_eq!(network.update(alice(), a, "call", &arg), Ok(b"Y\x01\0\0\0".to_vec()));
    assert_eq!(counter(&mut network, a), 0, "upgraded in between");
    let stopped = network.update(alice(), a, "call", &arg).unwrap();
    assert_eq!((stopped[0], stopped[1]), (b'N', 5));
    network.start(alice(), b).unwrap();
    let broke = network.update(alice(), a, "call", &arg).unwrap();
    assert_eq!((broke[0], broke[1]), (b'N', 2));
    assert!(network.faults().injected().iter().all(|fault| fault.applied));
}

#[test]
fn should_leave_a_user_without_an_answer_when_it_is_dropped() {
    let (mut network, [a]) = puppets();
    network.faults_mut().on(Match::any().caller(alice()).nth(1), Fault::DropAnswer);
    assert_eq!(network.update(alice(), a, "inc", &[]).unwrap_err().code, calisec_engine::RejectCode::SysUnknown);
    assert_eq!(network.update(alice(), a, "inc", &[]), Ok(vec![2, 0, 0, 0]));
}

fn total_cycles(network: &Network) -> u128 {
    let balances: u128 = network.canister_ids().into_iter().map(|id| network.cycles(id).unwrap()).sum();
    balances + network.consumed_cycles() + network.lost_cycles()
}

/// Everything observable of a run with random faults.
fn stormy(seed: u64) -> String {
    let (mut network, [a, b]) = puppets();
    let put_in = total_cycles(&network);
    network.faults_mut().randomly(
        seed,
        Frequencies {
            drop_request: 100,
            duplicate: 100,
            reject_request: 100,
            trap_callee: 100,
            drop_answer: 100,
            delay_answer: 100,
            longest_delay: Duration::from_secs(40),
        },
    );
    let answers: Vec<_> = (0..60)
        .map(|_| network.update(alice(), a, "call", &call(b, "inc").bounded(20).cycles(1_000).bytes()))
        .collect();
    network.advance_time(Duration::from_secs(60));
    while network.tick() {}
    let injected = network.faults().injected().len();
    assert!(injected > 20, "{injected} faults");
    assert_eq!(network.stop(alice(), a), Ok(()), "every call was answered in the end");
    assert_eq!(total_cycles(&network), put_in, "cycles are neither made nor lost without a trace");
    let executions = network.take_executions();
    format!("{answers:?} {:?} {:?} {executions:?}", marks(&mut network, b), network.faults().injected())
}

#[test]
fn should_strike_the_same_way_when_the_seed_is_the_same() {
    assert_eq!(stormy(7), stormy(7));
    assert_ne!(stormy(7), stormy(8));
}

#[test]
fn should_give_the_same_bytes_when_seed_and_calls_are_the_same() {
    let run = |seed| {
        let mut network = Network::new(Config { seed, ..Config::default() });
        let ids: Vec<_> = (0..2).map(|_| crate::support::add_puppet(&mut network)).collect();
        let management = candid::Principal::management_canister();
        let random = network.update(alice(), ids[0], "call", &call(management, "raw_rand").bytes());
        network.update(alice(), ids[1], "certify", b"data").unwrap();
        let certificate = network.query(alice(), ids[1], "certificate", &[]);
        (ids, random, certificate, network.take_executions(), network.root_key_der().to_vec())
    };
    assert_eq!(run(1), run(1));
    let (one, two) = (run(1), run(2));
    assert_ne!(one.1, two.1);
    assert_ne!(one.4, two.4);
}
