//! Cycles: attached, accepted, refunded, charged; never made, never lost without a trace.

use crate::support::{CYCLES, alice, call, puppets};
use calisec_engine::ErrorCode;
use calisec_engine::network::MessageKind;

const ATTACHED: u64 = 7_000_000_000;
const CALL_RESERVE: u128 = 260_000 + 1_000 * (2 << 20) + 5_000_000 + 40_000_000_000;

#[test]
fn should_move_the_accepted_cycles_when_the_callee_accepts() {
    let (mut network, [a, b]) = puppets();
    network.take_executions();
    let before = network.cycles(b).unwrap();
    let answer = network.update(alice(), a, "call", &call(b, "accept").cycles(ATTACHED).bytes()).unwrap();
    assert_eq!(u128::from_le_bytes(answer[1..].try_into().unwrap()), u128::from(ATTACHED));
    let charged: u128 = network.executions().filter(|e| e.canister == b).map(|e| e.cycles_charged).sum();
    assert_eq!(network.cycles(b).unwrap(), before + u128::from(ATTACHED) - charged);
}

#[test]
fn should_conserve_cycles_when_calls_are_answered_in_any_way() {
    for method in ["accept", "echo", "explode", "refuse", "silent", "nothing", "accept_and_explode"] {
        let (mut network, [a, b]) = puppets();
        network.take_executions();
        let before = network.cycles(a).unwrap() + network.cycles(b).unwrap();
        let arg = call(b, method).cycles(ATTACHED).bytes();
        let answer = network.update(alice(), a, "call", &arg).unwrap();
        let ingress = 1_200_000 + 2_000 * (4 + arg.len()) as u128;
        let executed: u128 = network.executions().map(|e| e.cycles_charged).sum();
        let request = 260_000 + 1_000 * method.len() as u128;
        let response = 1_000 * (answer.len() - if answer[0] == b'Y' { 1 } else { 2 }) as u128;
        let after = network.cycles(a).unwrap() + network.cycles(b).unwrap();
        assert_eq!(before - after, ingress + executed + request + response, "{method}");
        assert_eq!(network.lost_cycles(), 0, "{method}");
    }
}

#[test]
fn should_account_for_every_cycle_when_canisters_are_made_burn_and_go() {
    let (mut network, [a]) = puppets();
    let total = |network: &calisec_engine::Network| {
        let balances: u128 = network.canister_ids().into_iter().map(|id| network.cycles(id).unwrap()).sum();
        balances + network.consumed_cycles() + network.lost_cycles()
    };
    assert_eq!(total(&network), CYCLES, "installing included");
    let create = candid::encode_one(ic_management_canister_types::CreateCanisterArgs::default()).unwrap();
    let call_create =
        call(candid::Principal::management_canister(), "create_canister").payload(create).cycles(2_500_000_000_000);
    assert_eq!(network.update(alice(), a, "call", &call_create.bytes()).unwrap()[0], b'Y');
    assert_eq!(total(&network), CYCLES);
    let burner = network.create_canister(&[alice()], CYCLES).unwrap();
    let module = crate::support::wasm(
        r#"(module (import "ic0" "cycles_burn128" (func $burn (param i64 i64 i32)))
            (import "ic0" "msg_reply" (func $reply)) (memory 1)
            (func (export "canister_update burn")
                (call $burn (i64.const 0) (i64.const 12345) (i32.const 0)) (call $reply)))"#,
    );
    network.install(alice(), burner, &module, &[]).unwrap();
    network.update(alice(), burner, "burn", &[]).unwrap();
    assert_eq!(total(&network), 2 * CYCLES);
    network.stop(alice(), burner).unwrap();
    network.delete_canister(alice(), burner).unwrap();
    assert_eq!(total(&network), 2 * CYCLES);
}

#[test]
fn should_charge_the_base_fee_and_a_cycle_per_instruction_when_a_message_runs() {
    let (mut network, [a]) = puppets();
    network.take_executions();
    let before = network.cycles(a).unwrap();
    network.update(alice(), a, "inc", &[]).unwrap();
    let executions = network.take_executions();
    let [execution] = executions.as_slice() else { panic!("one message ran: {executions:?}") };
    assert_eq!((execution.kind, execution.method.as_str(), execution.canister), (MessageKind::Update, "inc", a));
    assert_eq!(execution.cycles_charged, 5_000_000 + u128::from(execution.instructions).div_ceil(10) * 10);
    assert_eq!(before - network.cycles(a).unwrap(), execution.cycles_charged + 1_200_000 + 2_000 * 3);
}

#[test]
fn should_hold_back_the_response_fees_when_a_call_is_open() {
    let (mut network, [a, b]) = puppets();
    let arg = call(b, "echo").bytes();
    let id = network.submit_update(alice(), a, "call", &arg).unwrap();
    let before = network.cycles(a).unwrap();
    network.take_executions();
    assert!(network.step());
    let charged = network.executions().next().unwrap().cycles_charged;
    assert_eq!(before - network.cycles(a).unwrap(), charged + CALL_RESERVE + 1_000 * 4);
    network.await_update(id).unwrap();
}

#[test]
fn should_reject_with_out_of_cycles_when_the_canister_is_frozen() {
    let (mut network, [a, b]) = puppets();
    let settings = ic_management_canister_types::CanisterSettings {
        freezing_threshold: Some(u64::MAX.into()),
        ..Default::default()
    };
    network.update_settings(alice(), b, settings).unwrap();
    let before = network.cycles(b).unwrap();
    assert_eq!(network.update(alice(), b, "inc", &[]).unwrap_err().error_code, Some(ErrorCode::CanisterOutOfCycles));
    assert_eq!(network.query(alice(), b, "get", &[]).unwrap_err().error_code, Some(ErrorCode::CanisterOutOfCycles));
    let answer = network.update(alice(), a, "call", &call(b, "inc").bytes()).unwrap();
    assert_eq!((answer[0], answer[1]), (b'N', 2), "SysTransient");
    assert_eq!(network.cycles(b).unwrap(), before);
}

#[test]
fn should_refuse_the_call_at_once_when_it_cannot_be_paid() {
    let (mut network, [a, b]) = puppets();
    let spare = network.cycles(a).unwrap() - 42_000_000_000;
    let settings =
        ic_management_canister_types::CanisterSettings { freezing_threshold: Some(0_u8.into()), ..Default::default() };
    network.update_settings(alice(), a, settings).unwrap();
    let arg = call(b, "accept").cycles(u64::try_from(spare).unwrap()).bytes();
    // Attaching nearly everything leaves too little for the call itself: the method traps or is told so.
    let answer = network.update(alice(), a, "call", &arg);
    assert!(answer.is_err() || answer == Ok(b"boom".to_vec()), "{answer:?}");
    assert!(network.cycles(a).unwrap() > spare, "the cycles came back");
    assert!(network.cycles(b).unwrap() <= CYCLES);
}
