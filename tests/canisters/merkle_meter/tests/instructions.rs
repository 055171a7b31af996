//! What appending to a LeanIMT costs as the engine meters it, against the budgets that we promise.
//!
//! The module is built by the test, so that what is measured is what is in the tree.

#[path = "../../meter.rs"]
mod meter;

use candid::{Decode, Encode};
use meter::Meter;

const MILLION: u64 = 1_000_000;

impl Meter {
    fn measure(&mut self, method: &str, arg: &[u8]) -> u64 {
        let reply = self.call(method, arg);
        Decode!(&reply, Result<u64, String>).expect("decodes").unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    fn append(&mut self, size: u64, count: u64) -> u64 {
        let instructions = self.measure("append", &Encode!(&size, &count).expect("encodes"));
        println!("  append {count} to {size}: {instructions} instructions");
        instructions
    }
}

#[test]
fn should_stay_within_the_budget_when_measured_by_the_engine() {
    let mut meter = Meter::of("merkle_meter");
    // A Poseidon per set bit of the size: sixteen, then twenty, then one.
    assert!(meter.append((1 << 16) - 1, 1) <= 12 * MILLION);
    assert!(meter.append((1 << 20) - 1, 1) <= 12 * MILLION);
    assert!(meter.append(1 << 16, 1) <= MILLION);
    // About one Poseidon per leaf when many are appended at once.
    assert!(meter.append(0, 1_000) <= 1_000 * MILLION);
    for method in ["check_anonymous_signal", "check_context_membership"] {
        let instructions = meter.measure(method, &Encode!().expect("encodes"));
        println!("  {method}: {instructions} instructions");
        assert!(instructions <= MILLION);
    }
}
