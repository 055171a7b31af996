//! What Groth16 verification costs as the engine meters it, against the budgets that we promise.
//!
//! The module is built by the test, so that what is measured is what is in the tree.

use ark_serialize::CanonicalSerialize;
use calisec_engine::{Config, Network};
use calisec_zk::field::Fr;
use calisec_zk::groth16::simulator::{BlsTrapdoor, Trapdoor};
use candid::{CandidType, Decode, Encode, Principal};
use serde::Deserialize;
use serde_bytes::ByteBuf;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const CALLER: Principal = Principal::from_slice(b"meter");

#[derive(CandidType)]
struct Statement {
    verifying_key: ByteBuf,
    proof: ByteBuf,
    public_inputs: Vec<ByteBuf>,
}

#[derive(CandidType)]
struct Batch {
    verifying_keys: Vec<ByteBuf>,
    items: Vec<Item>,
}

#[derive(CandidType)]
struct Item {
    key: u32,
    proof: ByteBuf,
    public_inputs: Vec<ByteBuf>,
}

#[derive(CandidType, Deserialize)]
struct MeasuredBatch {
    instructions: u64,
    rejected: u32,
    bound: u64,
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
    let built = Command::new(root().join("scripts/build"))
        .args(["--fixture", "groth16_meter"])
        .status()
        .expect("the script runs");
    assert!(built.success(), "the canister is not built: {built}");
    fs::read(root().join("target/canisters/groth16_meter.wasm")).expect("the canister was built")
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
        self.measure_with(method, &Encode!().expect("encodes"))
    }

    fn measure_with(&mut self, method: &str, arg: &[u8]) -> u64 {
        let reply = self.call(method, arg);
        let measured = Decode!(&reply, Result<Measured, String>).expect("decodes").expect("set was called");
        assert!(measured.valid, "{method}");
        println!("  {method}: {} instructions", measured.instructions);
        measured.instructions
    }
}

/// What a message may take.
const MESSAGE_LIMIT: u64 = 40_000_000_000;
/// Inputs of every proof in a batch.
const BATCH_INPUTS: usize = 4;

/// Simulated proofs with inputs of full size, of as many circuits in turn; those in `bad` are for other inputs.
fn batch(circuits: usize, count: usize, bad: &[usize]) -> Batch {
    let trapdoors: Vec<Trapdoor> = (0..circuits as u64).map(|seed| Trapdoor::new(BATCH_INPUTS, seed)).collect();
    let items = (0..count)
        .map(|index| {
            let mut inputs: Vec<Fr> =
                (0..BATCH_INPUTS).map(|input| -Fr::from((BATCH_INPUTS * index + input + 1) as u64)).collect();
            let proof = trapdoors[index % circuits].simulate(&inputs, index as u64);
            if bad.contains(&index) {
                inputs[0] = -inputs[0];
            }
            Item {
                key: (index % circuits) as u32,
                proof: ByteBuf::from(proof.to_uncompressed_bytes()),
                public_inputs: inputs.iter().map(encode_input).collect(),
            }
        })
        .collect();
    let key = |trapdoor: &Trapdoor| ByteBuf::from(trapdoor.verifying_key().to_canonical_bytes());
    Batch { verifying_keys: trapdoors.iter().map(key).collect(), items }
}

impl Meter {
    /// Instructions of decoding and verifying all of a batch.
    fn measure_batch(&mut self, circuits: usize, count: usize, bad: &[usize]) -> u64 {
        let reply = self.call("calisec_batch", &Encode!(&batch(circuits, count, bad)).expect("encodes"));
        let measured = Decode!(&reply, Result<MeasuredBatch, String>).expect("decodes").expect("a batch");
        assert_eq!(measured.rejected as usize, bad.len());
        assert!(measured.instructions <= measured.bound, "{} > {}", measured.instructions, measured.bound);
        println!(
            "{count} proofs of {circuits} circuits, {} bad: {} instructions, {} each",
            bad.len(),
            measured.instructions,
            measured.instructions / count as u64
        );
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

fn encode_input(element: &impl CanonicalSerialize) -> ByteBuf {
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

#[test]
fn should_stay_within_the_budget_when_a_proof_is_on_bls12_381() {
    let mut meter = Meter::new();
    let trapdoor = BlsTrapdoor::new(4, 1);
    let inputs: Vec<_> = [1u64, 2, 3, 4].iter().map(|input| -ark_bls12_381::Fr::from(*input)).collect();
    let statement = Statement {
        verifying_key: ByteBuf::from(trapdoor.verifying_key().to_canonical_bytes()),
        proof: ByteBuf::from(trapdoor.simulate(&inputs, 1).to_uncompressed_bytes()),
        public_inputs: inputs.iter().map(encode_input).collect(),
    };
    let arg = Encode!(&statement).expect("encodes");
    let spent = meter.measure_with("bls_decode", &arg) + meter.measure_with("bls_verify", &arg);
    assert!(spent <= 120_000_000, "{spent}");
}

#[test]
fn should_stay_within_the_budgets_when_proofs_are_verified_in_a_batch() {
    let mut meter = Meter::new();
    for count in [2, 8, 32] {
        meter.measure_batch(1, count, &[]);
    }
    assert!(meter.measure_batch(1, 128, &[]) <= 128 * 20_000_000);
    assert!(meter.measure_batch(1, 512, &[]) <= MESSAGE_LIMIT);
    meter.measure_batch(8, 128, &[]);
}

#[test]
fn should_stay_within_its_bound_and_a_message_when_any_number_of_proofs_of_a_batch_is_bad() {
    let mut meter = Meter::new();
    for (circuits, count, bad) in [
        (1, 8, vec![3]),
        (1, 128, vec![77]),
        (1, 512, vec![300]),
        (1, 512, vec![5, 300]),
        (1, 512, vec![1, 150, 300, 450]),
    ] {
        meter.measure_batch(circuits, count, &bad);
    }
    for (circuits, count, step) in [(1, 64, 1), (1, 512, 64), (1, 512, 8), (1, 512, 1)] {
        let bad: Vec<usize> = (0..count).step_by(step).collect();
        assert!(meter.measure_batch(circuits, count, &bad) <= MESSAGE_LIMIT);
    }
    // Preparing the keys is part of this message.
    let bad: Vec<usize> = (0..256).collect();
    meter.measure_batch(64, 256, &bad);
}
