//! What appending to a LeanIMT costs as the engine meters it, against the budgets that we promise.
//!
//! The module is built by the test, so that what is measured is what is in the tree.

use calisec_engine::{Config, Network};
use candid::{Decode, Encode, Principal};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const CALLER: Principal = Principal::from_slice(b"meter");
const MILLION: u64 = 1_000_000;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// Compiles the canister as a release does.
fn module() -> Vec<u8> {
    let built = Command::new(root().join("scripts/build"))
        .args(["--fixture", "merkle_meter"])
        .status()
        .expect("the script runs");
    assert!(built.success(), "the canister is not built: {built}");
    fs::read(root().join("target/canisters/merkle_meter.wasm")).expect("the canister was built")
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
        Self { network, canister }
    }

    fn measure(&mut self, method: &str, arg: &[u8]) -> u64 {
        let reply = self.network.update(CALLER, self.canister, method, arg);
        let reply = reply.unwrap_or_else(|error| panic!("{method}: {error:?}"));
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
    let mut meter = Meter::new();
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
