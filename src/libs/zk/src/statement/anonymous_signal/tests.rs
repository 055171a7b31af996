//! `vectors.json` holds a proof made with npm `@semaphore-protocol/proof` 4.14.3 and the ceremony's artifacts 4.13.0, of
//! message and scope that Node computed from a domain: identity `member-2` in the group of `member-0` to `member-4`, depth 4.

use super::{AnonymousSignal, DEPTHS, NoKey, canonical_key, circuit_id, hash, message, scope, verifying_key};
use crate::{
    groth16::{PreparedKey, PublicInputs, RawProof, VerifyError},
    statement::{
        Domain, Mismatch, Purpose, Statement,
        test_fixtures::{DomainVector, bytes32, element, elements},
    },
};
use calisec_types::ids::ContextId;
use candid::Principal;
use serde::Deserialize;
use std::collections::HashSet;

#[derive(Deserialize)]
struct Vectors {
    domain: DomainVector,
    signal: String,
    scope: String,
    depth: u8,
    public_inputs: Vec<String>,
    evm_proof: String,
    hashes: Vec<Hash>,
}

#[derive(Deserialize)]
struct Hash {
    number: String,
    hash: String,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

#[test]
fn should_equal_semaphore_when_a_number_is_hashed() {
    let hashes = vectors().hashes;
    assert_eq!(hashes.len(), 4);
    for vector in hashes {
        assert_eq!(hash(&bytes32(&vector.number)), element(&vector.hash), "{}", vector.number);
    }
}

#[test]
fn should_equal_the_committed_vector_when_message_and_scope_are_of_its_domain() {
    let vectors = vectors();
    let domain = vectors.domain.domain();
    assert_eq!((message(&domain), scope(&domain)), (bytes32(&vectors.signal), bytes32(&vectors.scope)));
    let inputs = elements(&vectors.public_inputs);
    let claim = AnonymousSignal::parse(&inputs).unwrap();
    assert_eq!(claim, AnonymousSignal::new(inputs[0], inputs[1], &domain));
    assert_eq!((claim.inputs(), claim.nullifier()), (inputs.clone(), inputs[1]));
    assert_eq!(claim.check(&domain), Ok(()));
}

#[test]
fn should_verify_a_semaphore_proof_when_it_is_unchanged_and_for_its_depth() {
    let vectors = vectors();
    let proof = hex::decode(&vectors.evm_proof).unwrap();
    let proof = RawProof::Evm(&proof).decode().unwrap();
    let key = |depth| PreparedKey::new(&verifying_key(depth).unwrap()).unwrap();
    let inputs = PublicInputs::parse(&vectors.public_inputs.iter().map(|text| bytes32(text)).collect::<Vec<_>>());
    let verified = key(vectors.depth).verify(inputs.clone().unwrap(), &proof).unwrap();
    assert_eq!(Ok(verified.circuit()), circuit_id(vectors.depth));
    assert_eq!(key(5).verify(inputs.unwrap(), &proof).unwrap_err(), VerifyError::Rejected);
    for index in 0..4 {
        let mut changed: Vec<[u8; 32]> = vectors.public_inputs.iter().map(|text| bytes32(text)).collect();
        changed[index][31] ^= 1;
        let refused = key(vectors.depth).verify(PublicInputs::parse(&changed).unwrap(), &proof);
        assert_eq!(refused.unwrap_err(), VerifyError::Rejected, "input {index}");
    }
}

#[test]
fn should_have_a_distinct_valid_key_for_every_depth_and_no_other() {
    let mut ids = HashSet::new();
    for depth in DEPTHS {
        let key = verifying_key(depth).unwrap();
        assert_eq!(key.to_canonical_bytes(), canonical_key(depth).unwrap(), "{depth}");
        assert_eq!(Ok(key.circuit_id()), circuit_id(depth), "{depth}");
        assert!(ids.insert(key.circuit_id()), "{depth}");
    }
    assert_eq!(ids.len(), 32);
    for depth in [0, 33, u8::MAX] {
        assert_eq!(canonical_key(depth), Err(NoKey::Depth(depth)));
        assert_eq!(verifying_key(depth), Err(NoKey::Depth(depth)));
        assert_eq!(circuit_id(depth), Err(NoKey::Depth(depth)));
    }
}

#[test]
fn should_refuse_a_claim_when_it_is_of_another_domain() {
    let vectors = vectors();
    let domain = vectors.domain.domain();
    let claim = AnonymousSignal::parse(&elements(&vectors.public_inputs)).unwrap();
    let other = Principal::from_slice(&[9]);
    let others = [
        Domain { submitter: other, ..domain },
        Domain { consumer: other, ..domain },
        Domain { proof_verifier: other, ..domain },
        Domain { context_id: ContextId([7; 32]), ..domain },
        Domain { purpose: Purpose::new("poll/7#no").unwrap(), ..domain },
    ];
    for other in others {
        assert_eq!(claim.check(&other), Err(Mismatch::Signal));
    }
    let other_scope = AnonymousSignal { scope_hash: claim.message_hash, ..claim };
    assert_eq!(other_scope.check(&domain), Err(Mismatch::Scope));
}
