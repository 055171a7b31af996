//! The engine meters as the replica does.

use calisec_engine::{Config, Network};
use calisec_tests::fixture;
use candid::{CandidType, Decode, Encode, Principal};
use serde::Deserialize;
use serde_bytes::ByteBuf;
use serde_json::Value;
use std::fs;
use std::path::Path;

const CALLER: Principal = Principal::from_slice(b"meter");

/// What the replica counts for arkworks' verifier with a prepared key, on a proof with four inputs of full size.
const REPLICA_VERIFY: u64 = 73_800_000;
/// What it counts for decoding such a proof, uncompressed, with all checks.
const REPLICA_DECODE: u64 = 8_340_000;

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

/// The committed Semaphore proof of depth 20.
fn semaphore() -> Statement {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/semaphore/depth20/arkworks.json");
    let encoded: Value = serde_json::from_str(&fs::read_to_string(path).expect("committed")).expect("JSON");
    let bytes = |value: &Value| {
        let text = value.as_str().expect("text");
        let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
        ByteBuf::from((0..text.len()).step_by(2).map(byte).collect::<Vec<_>>())
    };
    Statement {
        verifying_key: bytes(&encoded["verifying_key"]),
        proof: bytes(&encoded["proof"]),
        public_inputs: encoded["public_inputs"].as_array().expect("a list").iter().map(bytes).collect(),
    }
}

#[test]
fn should_count_as_the_replica_when_arkworks_verifies_a_semaphore_proof() {
    let mut network = Network::new(Config::default());
    let canister = network.create_canister(&[CALLER], 1_000_000_000_000_000).expect("room for a canister");
    network.install(CALLER, canister, &fixture("groth16_meter"), &[]).expect("installs");
    let set = network.update(CALLER, canister, "set", &Encode!(&semaphore()).expect("encodes")).expect("answers");
    Decode!(&set, Result<(), String>).expect("decodes").expect("a valid statement");
    for (method, replica) in [("verify_proof", REPLICA_VERIFY), ("decode_proof", REPLICA_DECODE)] {
        let reply = network.update(CALLER, canister, method, &Encode!().expect("encodes")).expect("answers");
        let measured = Decode!(&reply, Result<Measured, String>).expect("decodes").expect("set was called");
        assert!(measured.valid, "{method}");
        let difference = measured.instructions.abs_diff(replica);
        println!("{method}: {} instructions, the replica counts {replica}", measured.instructions);
        assert!(
            difference * 100 <= replica,
            "{method}: {} instructions are not within 1 % of {replica}",
            measured.instructions
        );
    }
}
