//! What Groth16 verification costs as the engine meters it, against the budgets that we promise.
//!
//! The module is built by the test, so that what is measured is what is in the tree.

#[path = "../../meter.rs"]
mod meter;

use ark_serialize::CanonicalSerialize;
use calisec_types::proof_verifier::{PRICE_BLS12_381_CYCLES, PRICE_BN254_CYCLES};
use calisec_zk::groth16::simulator::SetUp;
use calisec_zk::groth16::{Bls12_381, Bn254, Curve};
use candid::{CandidType, Decode, Encode};
use meter::Meter;
use serde::Deserialize;
use serde_bytes::ByteBuf;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

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

impl Meter {
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
/// Inputs of every proof in a batch, unless it is said.
const BATCH_INPUTS: usize = 4;
/// What decoding takes more when the encoding is a compressed one, and issuing a receipt, at most.
const COMPRESSED: u64 = 12_000_000;
/// The most inputs that a key may have.
const MOST_INPUTS: usize = 64;

/// Simulated proofs with inputs of full size, of as many circuits in turn; those in `bad` are for other inputs.
fn batch<C: Curve>(input_count: usize, circuits: usize, count: usize, bad: &[usize]) -> Batch {
    let set_ups: Vec<SetUp<C>> = (0..circuits as u64).map(|seed| SetUp::new(input_count, seed)).collect();
    let items = (0..count)
        .map(|index| {
            let mut inputs: Vec<C::Scalar> =
                (0..input_count).map(|input| -C::Scalar::from((input_count * index + input + 1) as u64)).collect();
            let proof = set_ups[index % circuits].simulate(&inputs, index as u64);
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
    let key = |set_up: &SetUp<C>| ByteBuf::from(set_up.verifying_key().to_canonical_bytes());
    Batch { verifying_keys: set_ups.iter().map(key).collect(), items }
}

impl Meter {
    /// Instructions of decoding and verifying all of a batch.
    fn measure_batch<C: Curve>(&mut self, inputs: usize, circuits: usize, count: usize, bad: &[usize]) -> u64 {
        let method = if C::SNARKJS_NAME == Bn254::SNARKJS_NAME { "calisec_batch" } else { "bls_batch" };
        let reply = self.call(method, &Encode!(&batch::<C>(inputs, circuits, count, bad)).expect("encodes"));
        let measured = Decode!(&reply, Result<MeasuredBatch, String>).expect("decodes").expect("a batch");
        assert_eq!(measured.rejected as usize, bad.len());
        assert!(measured.instructions <= measured.bound, "{} > {}", measured.instructions, measured.bound);
        println!(
            "{}: {count} proofs of {circuits} circuits with {inputs} inputs, {} bad: {} of {} instructions, {} each",
            C::SNARKJS_NAME,
            bad.len(),
            measured.instructions,
            measured.bound,
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
fn simulated<C: Curve>(input_count: usize) -> Statement {
    let set_up = SetUp::<C>::new(input_count, 1);
    let inputs: Vec<C::Scalar> = (1..=input_count as u64).map(|input| -C::Scalar::from(input)).collect();
    Statement {
        verifying_key: ByteBuf::from(set_up.verifying_key().to_canonical_bytes()),
        proof: ByteBuf::from(set_up.simulate(&inputs, 1).to_uncompressed_bytes()),
        public_inputs: inputs.iter().map(encode_input).collect(),
    }
}

#[test]
fn should_stay_within_the_budgets_when_proofs_are_decoded_and_verified() {
    let mut meter = Meter::of("groth16_meter");
    for (name, statement, budget) in
        [("Semaphore, depth 20", semaphore(), 70_000_000), ("16 inputs", simulated::<Bn254>(16), 80_000_000)]
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
    let mut meter = Meter::of("groth16_meter");
    let arg = Encode!(&simulated::<Bls12_381>(4)).expect("encodes");
    let spent = meter.measure_with("bls_decode", &arg) + meter.measure_with("bls_verify", &arg);
    assert!(spent <= 120_000_000, "{spent}");
}

#[test]
fn should_stay_within_what_a_batch_counts_for_it_when_a_key_is_prepared() {
    let mut meter = Meter::of("groth16_meter");
    for inputs in [1, MOST_INPUTS] {
        let on_bn254 = Encode!(&simulated::<Bn254>(inputs)).expect("encodes");
        let on_bls12_381 = Encode!(&simulated::<Bls12_381>(inputs)).expect("encodes");
        let per_input = inputs as u64;
        assert!(meter.measure_with("calisec_prepare", &on_bn254) <= 60_000_000 + 6_000_000 * per_input);
        assert!(meter.measure_with("bls_prepare", &on_bls12_381) <= 100_000_000 + 11_000_000 * per_input);
    }
}

#[test]
fn should_stay_within_the_budgets_when_proofs_are_verified_in_a_batch() {
    let mut meter = Meter::of("groth16_meter");
    for count in [2, 8, 32] {
        meter.measure_batch::<Bn254>(BATCH_INPUTS, 1, count, &[]);
        meter.measure_batch::<Bls12_381>(BATCH_INPUTS, 1, count, &[]);
    }
    assert!(meter.measure_batch::<Bn254>(BATCH_INPUTS, 1, 128, &[]) <= 128 * 20_000_000);
    assert!(meter.measure_batch::<Bn254>(BATCH_INPUTS, 1, 512, &[]) <= MESSAGE_LIMIT);
    assert!(meter.measure_batch::<Bls12_381>(BATCH_INPUTS, 1, 128, &[]) <= 128 * 60_000_000);
    assert!(meter.measure_batch::<Bls12_381>(BATCH_INPUTS, 1, 512, &[]) <= MESSAGE_LIMIT);
    meter.measure_batch::<Bn254>(BATCH_INPUTS, 8, 128, &[]);
    meter.measure_batch::<Bls12_381>(BATCH_INPUTS, 8, 128, &[]);
}

#[test]
fn should_stay_within_its_bound_and_a_message_when_any_number_of_proofs_of_a_batch_is_bad() {
    stays_within_its_bound::<Bn254>(512, PRICE_BN254_CYCLES);
    // All of 512 bad ones do not fit into a message there.
    stays_within_its_bound::<Bls12_381>(128, PRICE_BLS12_381_CYCLES);
}

/// For batches of up to so many proofs. The price covers what bad ones cost on a subnet of 13 nodes, a cycle per instruction.
fn stays_within_its_bound<C: Curve>(most: usize, price: u64) {
    let mut meter = Meter::of("groth16_meter");
    for (circuits, count, bad) in [
        (1, 8, vec![3]),
        (1, 128, vec![77]),
        (1, most, vec![most - 12]),
        (1, most, vec![5, most - 12]),
        (1, most, vec![1, most / 4, most / 2, most - 62]),
    ] {
        meter.measure_batch::<C>(BATCH_INPUTS, circuits, count, &bad);
    }
    for (circuits, count, step) in [(1, 64, 1), (1, most, 64), (1, most, 8), (1, most, 1)] {
        let bad: Vec<usize> = (0..count).step_by(step).collect();
        let spent = meter.measure_batch::<C>(BATCH_INPUTS, circuits, count, &bad);
        assert!(spent <= MESSAGE_LIMIT);
        assert!(spent / count as u64 + COMPRESSED <= price, "{spent}");
    }
    // Preparing the keys is part of this message.
    let bad: Vec<usize> = (0..most / 2).collect();
    meter.measure_batch::<C>(BATCH_INPUTS, 64, most / 2, &bad);
    // As many inputs as there may be.
    let bad: Vec<usize> = (0..32).collect();
    let spent = meter.measure_batch::<C>(MOST_INPUTS, 8, 32, &bad);
    assert!(spent / 32 + COMPRESSED <= price);
}
