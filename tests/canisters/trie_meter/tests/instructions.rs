//! What the certified map costs as the engine meters it, against the budgets that we promise.
//!
//! The module is built by the test, so that what is measured is what is in the tree.

use calisec_engine::{Config, Network};
use candid::{Decode, Encode, Principal};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const CALLER: Principal = Principal::from_slice(b"meter");
/// Forks above an entry among a million: log2(1_000_000) + 0.33 on average.
const DEPTH: u8 = 20;
const KEYS: u64 = 4;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// Compiles the canister as a release does.
fn module() -> Vec<u8> {
    let built =
        Command::new(root().join("scripts/build")).args(["--fixture", "trie_meter"]).status().expect("the script runs");
    assert!(built.success(), "the canister is not built: {built}");
    fs::read(root().join("target/canisters/trie_meter.wasm")).expect("the canister was built")
}

struct Meter {
    network: Network,
    canister: Principal,
}

impl Meter {
    fn new() -> Self {
        let mut network = Network::new(Config::default());
        let canister = network.create_canister(&[CALLER], 1_000_000_000_000_000).expect("room for a canister");
        network.install(CALLER, canister, &module(), &[]).expect("installed");
        let mut meter = Self { network, canister };
        meter.call("prepare", &Encode!(&KEYS, &DEPTH).expect("encodes"));
        meter
    }

    fn call(&mut self, method: &str, arg: &[u8]) -> Vec<u8> {
        let reply = self.network.update(CALLER, self.canister, method, arg);
        reply.unwrap_or_else(|error| panic!("{method}: {error:?}"))
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
    let mut meter = Meter::new();
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
