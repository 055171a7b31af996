//! A canister of this directory on a network of its own: what the tests of all of them need, each by its path.

use calisec_engine::{Config, Network};
use candid::Principal;
use std::fs;
use std::path::Path;
use std::process::Command;

const CALLER: Principal = Principal::from_slice(b"meter");

pub struct Meter {
    network: Network,
    canister: Principal,
}

impl Meter {
    /// Builds `tests/canisters/<name>` from the tree, as the real canisters are built, and installs it.
    pub fn of(name: &str) -> Self {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.."));
        let built = Command::new(root.join("scripts/build")).args(["--fixture", name]).status();
        assert!(built.is_ok_and(|status| status.success()), "scripts/build --fixture {name} failed: run it to see why");
        let module = fs::read(root.join(format!("target/canisters/{name}.wasm"))).expect("the canister was built");

        let mut network = Network::new(Config::default());
        let canister = network.create_canister(&[CALLER], 1_000_000_000_000_000).expect("room for a canister");
        network.install(CALLER, canister, &module, &[]).expect("installed");
        Self { network, canister }
    }

    pub fn call(&mut self, method: &str, arg: &[u8]) -> Vec<u8> {
        let reply = self.network.update(CALLER, self.canister, method, arg);
        reply.unwrap_or_else(|error| panic!("{method}: {error:?}"))
    }
}
