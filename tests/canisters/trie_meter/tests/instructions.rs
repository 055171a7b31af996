//! What the certified map costs as the engine meters it, against the budgets that we promise.
//!
//! The module is built by the test, so that what is measured is what is in the tree.

#[path = "../../meter.rs"]
mod meter;

use candid::{Decode, Encode};
use meter::Meter;

/// Forks above an entry among a million: log2(1_000_000) + 0.33 on average.
const DEPTH: u8 = 20;
const KEYS: u64 = 4;

impl Meter {
    fn prepared() -> Self {
        let mut meter = Self::of("trie_meter");
        meter.call("prepare", &Encode!(&KEYS, &DEPTH).expect("encodes"));
        meter
    }

    fn measure(&mut self, method: &str, arg: u64) -> u64 {
        let reply = self.call(method, &Encode!(&arg).expect("encodes"));
        let measured = Decode!(&reply, Result<u64, String>).expect("decodes");
        let measured = measured.unwrap_or_else(|error| panic!("{method}: {error}"));
        println!("  {method} {arg}: {measured}");
        measured
    }
}

#[test]
fn should_stay_within_the_budget_when_measured_by_the_engine() {
    let mut meter = Meter::prepared();
    for number in 0..KEYS {
        assert!(meter.measure("insert", number) <= 250_000);
        assert!(meter.measure("replace", number) <= 250_000);
        assert!(meter.measure("get", number) <= 20_000);
    }
    for keys in [1, KEYS] {
        assert!(meter.measure("witness", keys) <= 80_000 * keys);
        assert!(meter.measure("witness_bytes", keys) <= 900 * keys);
    }
    for number in 0..KEYS {
        assert!(meter.measure("remove", number) <= 250_000);
    }
    // Each absence shows two neighbours, which share most of their way, and no values.
    for keys in [1, KEYS] {
        assert!(meter.measure("witness", keys) <= 100_000 * keys);
        assert!(meter.measure("witness_bytes", keys) <= 900 * keys);
    }
}
