//! Proofs verify for what they prove only; keys survive their encoding and nothing else does.

mod claims;

use super::{MalformedProvingKey, NoteProof, ProvingKey, VerificationError, verify};
use crate::{
    Random,
    commitment::{NoteOpening, OwnerSecret},
};
use calisec_types::{
    ids::{CircuitId, ContextId, Digest32, FieldElement},
    proof_verifier::{EncodedProof, SubmitArg},
};
use calisec_zk::{
    field::NonCanonicalAt,
    groth16::{ProofError, VerifyError},
    statement::{Domain, Purpose},
};
use candid::Principal;
use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

static KEY: LazyLock<ProvingKey> = LazyLock::new(|| ProvingKey::setup(&mut Random::from_seed([7; 32])).unwrap());

fn domain() -> Domain<'static> {
    Domain {
        network_root_key_hash: Digest32([1; 32]),
        proof_verifier: Principal::from_slice(&[1]),
        context_id: ContextId([2; 32]),
        consumer: Principal::from_slice(&[3]),
        submitter: Principal::from_slice(&[4]),
        purpose: Purpose::MINT,
    }
}

fn opening() -> NoteOpening {
    let mut random = Random::from_seed([8; 32]);
    NoteOpening::new(Digest32([9; 32]), &OwnerSecret::random(&mut random), &mut random)
}

fn proof() -> NoteProof<'static> {
    KEY.prove(&opening(), &domain(), &mut Random::from_seed([9; 32])).unwrap()
}

#[test]
fn should_verify_when_the_proof_is_unchanged() {
    let proof = proof();
    let verified = verify(KEY.prepared(), &proof.to_submit_arg()).unwrap();
    assert_eq!(verified.circuit(), KEY.circuit_id());
    assert_eq!(verified.receipt_id(), proof.receipt_id());
    assert_eq!(verified.inputs().elements(), opening().claim(&domain()).to_public_inputs());
    assert_eq!(proof.to_verify_arg().public_inputs, proof.to_submit_arg().public_inputs);
}

#[test]
fn should_take_well_under_three_seconds_when_proving() {
    LazyLock::force(&KEY);
    let start = Instant::now();
    proof();
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[test]
fn should_make_the_same_key_and_proof_when_the_seed_is_the_same() {
    let again = ProvingKey::setup(&mut Random::from_seed([7; 32])).unwrap();
    let other = ProvingKey::setup(&mut Random::from_seed([8; 32])).unwrap();
    assert_eq!(again.circuit_id(), KEY.circuit_id());
    assert_ne!(other.circuit_id(), KEY.circuit_id());
    assert_eq!(proof(), proof());
}

#[test]
fn should_differ_but_earn_the_same_receipt_when_proved_again() {
    let again = KEY.prove(&opening(), &domain(), &mut Random::from_seed([10; 32])).unwrap();
    assert_ne!(again.encoded, proof().encoded);
    assert_eq!(again.receipt_id(), proof().receipt_id());
}

#[test]
fn should_refuse_when_anything_submitted_is_another() {
    let honest = proof().to_submit_arg();
    let with = |change: &dyn Fn(&mut SubmitArg)| {
        let mut changed = honest.clone();
        change(&mut changed);
        verify(KEY.prepared(), &changed)
    };
    for index in 0..4 {
        let refused = with(&|arg| arg.public_inputs[index].0[31] ^= 1);
        assert_eq!(refused, Err(VerificationError::Rejected(VerifyError::Rejected)), "input {index}");
        let refused = with(&|arg| arg.public_inputs[index] = FieldElement([0xff; 32]));
        assert_eq!(refused, Err(VerificationError::Input(NonCanonicalAt { index })));
    }
    let circuit = CircuitId([1; 32]);
    assert_eq!(
        with(&|arg| arg.circuit = circuit),
        Err(VerificationError::OtherCircuit { expected: KEY.circuit_id(), actual: circuit })
    );
    assert_eq!(
        with(&|arg| arg.public_inputs.truncate(3)),
        Err(VerificationError::Rejected(VerifyError::WrongInputCount { expected: 4, actual: 3 }))
    );
    assert_eq!(
        with(&|arg| arg.proof = EncodedProof::ArkUncompressed(vec![0; 255].into())),
        Err(VerificationError::Malformed(ProofError::WrongLength { length: 255, expected: 256 }))
    );
}

#[test]
fn should_prove_with_the_same_key_when_it_was_encoded_and_decoded() {
    let bytes = KEY.to_bytes().unwrap();
    let decoded = ProvingKey::from_bytes(&bytes).unwrap();
    assert_eq!(decoded.circuit_id(), KEY.circuit_id());
    assert_eq!(decoded.to_bytes().unwrap(), bytes);
    assert_eq!(decoded.prove(&opening(), &domain(), &mut Random::from_seed([9; 32])).unwrap(), proof());
}

#[test]
fn should_refuse_a_proving_key_when_its_bytes_are_wrong() {
    let bytes = KEY.to_bytes().unwrap();
    let longer = [bytes.as_slice(), &[0]].concat();
    let other_version = [&[2], &bytes[1..]].concat();
    assert!(matches!(ProvingKey::from_bytes(&[]), Err(MalformedProvingKey::BadLength { length: 0 })));
    assert!(matches!(ProvingKey::from_bytes(&[1]), Err(MalformedProvingKey::BadLength { length: 1 })));
    assert!(matches!(ProvingKey::from_bytes(&longer), Err(MalformedProvingKey::BadLength { .. })));
    assert!(matches!(ProvingKey::from_bytes(&other_version), Err(MalformedProvingKey::UnknownVersion(2))));
    for length in [2, 100, bytes.len() / 2, bytes.len() - 1] {
        let refused = ProvingKey::from_bytes(&bytes[..length]);
        assert!(matches!(refused, Err(MalformedProvingKey::Undecodable(_))), "{length} bytes");
    }
}
