//! A circuit in circom, proved by snarkjs, is the statement that this crate defines: docs/bring-your-own-circuit.md.

use super::note_commitment::{NoteCommitment, Opening};
use super::{Domain, Mismatch, Purpose, Statement, circuit_id};
use crate::field::Fr;
use crate::groth16::{PreparedKey, PublicInputs, RawProof, RawVerifyingKey, parse_public_json};
use calisec_types::ids::{ContextId, Digest32};
use calisec_types::proof_verifier::StatementKind;
use candid::Principal;
use serde_json::Value;

const CLAIM: &str = include_str!("../../../../../docs/circom/claim.json");
const KEY: &str = include_str!("../../tests/vectors/circom/note_commitment/verification_key.json");
const PROOF: &str = include_str!("../../tests/vectors/circom/note_commitment/proof.json");
const PUBLIC: &str = include_str!("../../tests/vectors/circom/note_commitment/public.json");

fn field<'a>(claim: &'a Value, name: &str) -> &'a str {
    claim[name].as_str().unwrap_or_else(|| panic!("{name} is text"))
}

fn bytes(claim: &Value, name: &str) -> [u8; 32] {
    hex::decode(field(claim, name)).expect("hexadecimal").try_into().expect("32 bytes")
}

fn domain(claim: &Value) -> Domain<'_> {
    let principal = |name| Principal::from_text(field(claim, name)).expect("a principal");
    Domain {
        network_root_key_hash: Digest32(bytes(claim, "network_root_key_hash")),
        proof_verifier: principal("proof_verifier"),
        context_id: ContextId(bytes(claim, "context_id")),
        consumer: principal("consumer"),
        submitter: principal("submitter"),
        purpose: Purpose::new(field(claim, "purpose")).expect("short"),
    }
}

#[test]
fn should_verify_as_the_typed_statement_when_the_circuit_is_circom_and_snarkjs_proved() {
    let claim: Value = serde_json::from_str(CLAIM).expect("JSON");
    let domain = domain(&claim);
    let inputs: PublicInputs = parse_public_json(PUBLIC).expect("canonical");
    let statement = NoteCommitment::parse(inputs.elements()).expect("four inputs");
    assert_eq!(statement.check(&domain), Ok(()));
    let secret = |name| Fr::from(field(&claim, name).parse::<u64>().expect("a small number"));
    let opening = Opening {
        content_hash: Digest32(bytes(&claim, "content_hash")),
        owner_secret: secret("owner_secret"),
        salt: secret("salt"),
    };
    assert_eq!(statement, NoteCommitment::of(&opening, &domain));

    let key = RawVerifyingKey::SnarkjsJson(KEY).decode().expect("a valid key");
    let id = circuit_id(StatementKind::NoteCommitment, key.circuit_id(), key.input_count());
    assert_eq!(id, Ok(key.circuit_id()));
    let prepared = PreparedKey::new(&key).expect("a decoded key can be prepared");
    let proof = RawProof::SnarkjsJson(PROOF).decode().expect("a valid proof");
    assert!(prepared.verify(inputs, &proof).is_ok());
}

#[test]
fn should_bind_every_public_signal_when_the_circuit_is_circom() {
    let key = RawVerifyingKey::SnarkjsJson(KEY).decode().expect("a valid key");
    let prepared = PreparedKey::new(&key).expect("a decoded key can be prepared");
    let inputs: PublicInputs = parse_public_json(PUBLIC).expect("canonical");
    for index in 0..inputs.len() {
        let mut other = inputs.elements().to_vec();
        other[index] += Fr::from(1u64);
        let proof = RawProof::SnarkjsJson(PROOF).decode().expect("a valid proof");
        assert!(prepared.verify(PublicInputs::new(other), &proof).is_err(), "public signal {index}");
    }
    let claim: Value = serde_json::from_str(CLAIM).expect("JSON");
    let front_runner = Domain { submitter: Principal::from_slice(&[9]), ..domain(&claim) };
    let statement = NoteCommitment::parse(inputs.elements()).expect("four inputs");
    assert_eq!(statement.check(&front_runner), Err(Mismatch::Signal));
}
