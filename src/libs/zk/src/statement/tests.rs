//! `vectors.json` was computed by another implementation: Node's SHA-256 and npm `poseidon-lite`.

use super::{
    BadPurpose, Domain, Mismatch, Purpose, Statement,
    note_commitment::{NoteCommitment, Opening, content_tag},
    receipt_id,
    test_fixtures::{DomainVector, bytes32, element},
};
use crate::field::{Fr, to_be32};
use ark_ff::Field;
use calisec_types::ids::{CircuitId, ContextId, Digest32};
use candid::Principal;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::HashSet;

#[derive(Deserialize)]
struct Vector {
    name: String,
    #[serde(flatten)]
    domain: DomainVector,
    note: String,
    owner_secret: String,
    salt: String,
    circuit_id: String,
    content_tag: String,
    public_inputs: Vec<String>,
    receipt_id: String,
}

#[test]
fn should_equal_the_committed_vectors_when_computed() {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("vectors.json")).unwrap();
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let opening = Opening {
            content_hash: Digest32(Sha256::digest(hex::decode(&vector.note).unwrap()).into()),
            owner_secret: element(&vector.owner_secret),
            salt: element(&vector.salt),
        };
        let domain = vector.domain.domain();
        let claim = NoteCommitment::of(&opening, &domain);
        let inputs = claim.to_public_inputs();
        let encoded: Vec<String> = inputs.iter().map(|input| hex::encode(to_be32(input))).collect();
        let receipt = receipt_id(&CircuitId(bytes32(&vector.circuit_id)), &inputs);

        assert_eq!(content_tag(&opening.content_hash), element(&vector.content_tag), "{}", vector.name);
        assert_eq!(encoded, vector.public_inputs, "{}", vector.name);
        assert_eq!(receipt.0, bytes32(&vector.receipt_id), "{}", vector.name);
        assert_eq!(NoteCommitment::from_public_inputs(inputs), claim);
        assert_eq!(NoteCommitment::parse(&claim.inputs()), Ok(claim));
        assert_eq!(claim.check(&domain), Ok(()));
        let other_context = NoteCommitment { context_tag: claim.context_tag + Fr::ONE, ..claim };
        assert_eq!(other_context.check(&domain), Err(Mismatch::Context));
        let other_signal = NoteCommitment { signal: claim.signal + Fr::ONE, ..claim };
        assert_eq!(other_signal.check(&domain), Err(Mismatch::Signal));
    }
}

#[test]
fn should_refuse_a_purpose_when_it_is_empty_or_too_long() {
    assert_eq!(Purpose::new(""), Err(BadPurpose { length: 0 }));
    assert_eq!(Purpose::new(&"x".repeat(65)), Err(BadPurpose { length: 65 }));
    assert_eq!(Purpose::new("mint"), Ok(Purpose::MINT));
    assert_eq!(Purpose::new(&"x".repeat(64)).unwrap().as_str().len(), 64);
}

#[test]
fn should_change_the_signal_when_any_part_of_the_domain_changes() {
    let domain = Domain {
        network_root_key_hash: Digest32([1; 32]),
        proof_verifier: Principal::from_slice(&[1, 2]),
        context_id: ContextId([2; 32]),
        consumer: Principal::from_slice(&[3]),
        submitter: Principal::from_slice(&[4]),
        purpose: Purpose::MINT,
    };
    let other = Principal::from_slice(&[9]);
    let variants = [
        domain,
        Domain { network_root_key_hash: Digest32([2; 32]), ..domain },
        Domain { proof_verifier: other, ..domain },
        Domain { context_id: ContextId([3; 32]), ..domain },
        Domain { consumer: other, ..domain },
        Domain { submitter: other, ..domain },
        Domain { consumer: domain.submitter, submitter: domain.consumer, ..domain },
        Domain { purpose: Purpose::new("vote").unwrap(), ..domain },
    ];
    let signals: HashSet<[u8; 32]> = variants.iter().map(|domain| to_be32(&domain.signal())).collect();
    assert_eq!(signals.len(), variants.len());
}

#[test]
fn should_keep_the_scope_when_only_submitter_or_choice_changes() {
    let domain = Domain {
        network_root_key_hash: Digest32([1; 32]),
        proof_verifier: Principal::from_slice(&[1, 2]),
        context_id: ContextId([2; 32]),
        consumer: Principal::from_slice(&[3]),
        submitter: Principal::from_slice(&[4]),
        purpose: Purpose::new("poll/7#yes").unwrap(),
    };
    let other = Principal::from_slice(&[9]);
    let purpose = |text| Domain { purpose: Purpose::new(text).unwrap(), ..domain };
    for same in [Domain { submitter: other, ..domain }, purpose("poll/7#no"), purpose("poll/7"), purpose("poll/7##")] {
        assert_eq!(same.scope(), domain.scope());
        assert_ne!(same.signal(), domain.signal());
    }
    let variants = [
        domain,
        Domain { network_root_key_hash: Digest32([2; 32]), ..domain },
        Domain { proof_verifier: other, ..domain },
        Domain { context_id: ContextId([3; 32]), ..domain },
        Domain { consumer: other, ..domain },
        purpose("poll/8#yes"),
        purpose("#poll/7"),
    ];
    let scopes: HashSet<[u8; 32]> = variants.iter().map(|domain| to_be32(&domain.scope())).collect();
    assert_eq!(scopes.len(), variants.len());
}
