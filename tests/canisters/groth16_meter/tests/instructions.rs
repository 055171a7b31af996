//! What Groth16 verification costs as the engine meters it, against the budgets that we promise.
//!
//! The module is built by the test, so that what is measured is what is in the tree.

use ark_serialize::CanonicalSerialize;
use calisec_engine::{Config, Network};
use calisec_zk::field::Fr;
use calisec_zk::groth16::simulator::Trapdoor;
use candid::{CandidType, Decode, Encode, Principal};
use serde::Deserialize;
use serde_bytes::ByteBuf;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const CALLER: Principal = Principal::from_slice(b"meter");

#[derive(CandidType)]
struct Statement {
    verifying_key: ByteBuf,
    proof: ByteBuf,
    public_inputs: Vec<ByteBuf>,
}

#[derive(CandidType, Deserialize)]
struct Measured {
    instructions: u64,
    valid: bool,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// Compiles the canister as a release does.
fn module() -> Vec<u8> {
    // A directory of its own: the native build that runs this test holds the lock of the other one.
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from).join("wasm");
    let status = Command::new(env!("CARGO"))
        .current_dir(root())
        .env("CARGO_TARGET_DIR", &target)
        .args(["build", "--quiet", "--locked", "--profile", "canister", "--target", "wasm32-unknown-unknown"])
        .args(["-p", "groth16_meter", "--bins"])
        .status()
        .expect("cargo runs");
    assert!(status.success(), "the canister is not built: {status}");
    fs::read(target.join("wasm32-unknown-unknown/canister/groth16_meter.wasm")).expect("the canister was built")
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

    fn call(&mut self, method: &str, arg: &[u8]) -> Vec<u8> {
        self.network.update(CALLER, self.canister, method, arg).unwrap_or_else(|error| panic!("{method}: {error:?}"))
    }

    fn set(&mut self, statement: &Statement) {
        let reply = self.call("set", &Encode!(statement).expect("encodes"));
        Decode!(&reply, Result<(), String>).expect("decodes").expect("a valid statement");
    }

    fn measure(&mut self, method: &str) -> u64 {
        let reply = self.call(method, &Encode!().expect("encodes"));
        let measured = Decode!(&reply, Result<Measured, String>).expect("decodes").expect("set was called");
        assert!(measured.valid, "{method}");
        println!("  {method}: {} instructions", measured.instructions);
        measured.instructions
    }
}

/// The committed Semaphore proof of depth 20: four inputs of full size.
fn semaphore() -> Statement {
    let text = fs::read_to_string(root().join("tests/vectors/semaphore/depth20/arkworks.json")).expect("committed");
    let encoded: Value = serde_json::from_str(&text).expect("JSON");
    let bytes = |value: &Value| ByteBuf::from(hex::decode(value.as_str().expect("text")).expect("hexadecimal"));
    Statement {
        verifying_key: bytes(&encoded["verifying_key"]),
        proof: bytes(&encoded["proof"]),
        public_inputs: encoded["public_inputs"].as_array().expect("a list").iter().map(bytes).collect(),
    }
}

fn encode_input(element: &Fr) -> ByteBuf {
    let mut bytes = Vec::new();
    element.serialize_uncompressed(&mut bytes).expect("written to memory");
    ByteBuf::from(bytes)
}

/// A simulated proof for inputs of full size.
fn simulated(input_count: usize) -> Statement {
    let trapdoor = Trapdoor::new(input_count, 1);
    let inputs: Vec<Fr> = (1..=input_count as u64).map(|input| -Fr::from(input)).collect();
    Statement {
        verifying_key: ByteBuf::from(trapdoor.verifying_key().to_canonical_bytes()),
        proof: ByteBuf::from(trapdoor.simulate(&inputs, 1).to_uncompressed_bytes()),
        public_inputs: inputs.iter().map(encode_input).collect(),
    }
}

#[test]
fn should_stay_within_the_budgets_when_proofs_are_decoded_and_verified() {
    let mut meter = Meter::new();
    for (name, statement, budget) in
        [("Semaphore, depth 20", semaphore(), 70_000_000), ("16 inputs", simulated(16), 80_000_000)]
    {
        println!("{name}");
        meter.set(&statement);
        let arkworks = meter.measure("decode_proof") + meter.measure("verify_proof");
        let ours = meter.measure("calisec_decode") + meter.measure("calisec_verify");
        assert!(ours <= budget, "{name}: {ours} instructions are more than {budget}");
        assert!(ours < arkworks, "{name}: arkworks as it is takes {arkworks}, we {ours}");
    }
}
