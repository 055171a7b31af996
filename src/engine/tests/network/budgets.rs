//! How many instructions each kind of message may take. The budgets are reached by filling memory, which costs an
//! instruction per byte and hardly any time.

use crate::support::{CYCLES, alice, wasm};
use calisec_engine::ErrorCode;
use calisec_engine::network::{Config, Network};
use candid::Principal;

/// Bytes that one turn of the loop fills.
const TURN: u64 = 1 << 26;

/// A canister that spends instructions until it is stopped, in whatever it is asked to do.
fn spender() -> Vec<u8> {
    wasm(&format!(
        r#"(module (memory 1024)
            (func $spend (loop $more (memory.fill (i32.const 0) (i32.const 1) (i32.const {TURN})) (br $more)))
            (func (export "canister_update spend") (call $spend))
            (func (export "canister_query spend_in_query") (call $spend)))"#
    ))
}

fn install() -> (Network, Principal) {
    let mut network = Network::new(Config::default());
    let id = network.create_canister(&[alice()], CYCLES).unwrap();
    network.install(alice(), id, &spender(), &[]).unwrap();
    (network, id)
}

/// The last execution came as near to the budget as a turn of the loop allows, and not past it.
fn assert_spent(network: &Network, budget: u64) {
    let spent = network.instructions_of_last().unwrap();
    assert!(spent <= budget && spent + TURN + 1_000 >= budget, "{spent} of {budget}");
}

#[test]
fn should_stop_a_query_at_five_billion_instructions() {
    let (mut network, id) = install();
    let reject = network.query(alice(), id, "spend_in_query", &[]).unwrap_err();
    assert_eq!(reject.error_code, Some(ErrorCode::CanisterInstructionLimitExceeded));
    assert_spent(&network, 5_000_000_000);
}

#[test]
fn should_stop_an_update_at_forty_billion_instructions() {
    let (mut network, id) = install();
    let reject = network.update(alice(), id, "spend", &[]).unwrap_err();
    assert_eq!(reject.error_code, Some(ErrorCode::CanisterInstructionLimitExceeded));
    assert_spent(&network, 40_000_000_000);
}

#[test]
fn should_stop_an_installation_at_three_hundred_billion_instructions() {
    let mut network = Network::new(Config::default());
    let id = network.create_canister(&[alice()], CYCLES).unwrap();
    let module = wasm(&format!(
        r#"(module (memory 1024) (func (export "canister_init")
            (loop $more (memory.fill (i32.const 0) (i32.const 1) (i32.const {TURN})) (br $more))))"#
    ));
    let reject = network.install(alice(), id, &module, &[]).unwrap_err();
    assert_eq!(reject.error_code, Some(ErrorCode::CanisterInstructionLimitExceeded));
    assert_spent(&network, 300_000_000_000);
    assert_eq!(network.module_hash(id), Ok(None), "nothing is installed");
}
