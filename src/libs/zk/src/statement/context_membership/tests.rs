//! `vectors.json` was computed by another implementation: Node's SHA-256, npm `poseidon-lite` 0.3.0 and
//! `@semaphore-protocol/group` 4.14.3.

use super::{ContextMembership, Leaf, PUBLIC_INPUTS, member_tag};
use crate::{
    field::{Fr, to_be32},
    merkle::{Head, Path},
    statement::{
        Domain, Malformed, Mismatch, Purpose, Statement,
        note_commitment::{NoteCommitment, Opening, content_tag},
        test_fixtures::{DomainVector, bytes32, element, elements},
    },
};
use ark_ff::Field;
use calisec_types::ids::{ContextId, Digest32};
use candid::Principal;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Vectors {
    domain: DomainVector,
    scope: String,
    leaves: Vec<String>,
    claims: Vec<ClaimVector>,
}

#[derive(Deserialize)]
struct ClaimVector {
    index: u64,
    content_hash: Option<String>,
    owner_secret: String,
    salt: String,
    sides: u64,
    siblings: Vec<String>,
    public_inputs: Vec<String>,
}

impl ClaimVector {
    fn leaf(&self) -> Leaf {
        Leaf {
            content_tag: match &self.content_hash {
                Some(hash) => content_tag(&Digest32(bytes32(hash))),
                None => member_tag(),
            },
            owner_secret: element(&self.owner_secret),
            salt: element(&self.salt),
        }
    }
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

#[test]
fn should_equal_the_committed_vectors_when_computed() {
    let vectors = vectors();
    let domain = vectors.domain.domain();
    let (mut nodes, mut tree) = (BTreeMap::new(), Head::EMPTY);
    tree.append_all(&mut nodes, &elements(&vectors.leaves)).unwrap();
    assert_eq!(domain.scope(), element(&vectors.scope));
    assert_eq!(vectors.claims.len(), 2);
    for vector in &vectors.claims {
        let leaf = vector.leaf();
        assert_eq!(leaf.commitment(&domain.context_id), element(&vectors.leaves[vector.index as usize]));
        let path = tree.path(&nodes, vector.index).unwrap();
        assert_eq!(path, Path::new(vector.sides, elements(&vector.siblings)).unwrap());
        let claim = ContextMembership::of(&leaf, &path, &domain);
        assert_eq!(claim.root, tree.root());
        assert_eq!(claim.inputs(), elements(&vector.public_inputs), "{}", vector.index);
        assert_eq!(ContextMembership::parse(&claim.inputs()), Ok(claim));
        assert_eq!(claim.nullifier(), claim.nullifier);
    }
}

#[test]
fn should_have_the_leaf_that_minting_published_but_another_nullifier() {
    let vectors = vectors();
    let domain = Domain { purpose: Purpose::MINT, ..vectors.domain.domain() };
    let opening = Opening { content_hash: Digest32([9; 32]), owner_secret: Fr::from(5u64), salt: Fr::from(6u64) };
    let leaf = Leaf {
        content_tag: content_tag(&opening.content_hash),
        owner_secret: opening.owner_secret,
        salt: opening.salt,
    };
    let minted = NoteCommitment::of(&opening, &domain);
    let claim = ContextMembership::of(&leaf, &Path::new(0, Vec::new()).unwrap(), &domain);
    assert_eq!(leaf.commitment(&domain.context_id), minted.commitment);
    assert_eq!(claim.root, minted.commitment);
    assert_ne!(claim.nullifier, minted.nullifier);
}

#[test]
fn should_have_one_nullifier_per_owner_and_scope() {
    let vectors = vectors();
    let domain = vectors.domain.domain();
    let leaf = vectors.claims[0].leaf();
    let path = Path::new(0, vec![Fr::ONE]).unwrap();
    let nullifier = |leaf: &Leaf, domain: &Domain<'_>| to_be32(&ContextMembership::of(leaf, &path, domain).nullifier);
    let mine = nullifier(&leaf, &domain);
    let same_owner = Leaf { content_tag: Fr::from(1u64), salt: Fr::from(2u64), ..leaf };
    let other_submitter = Domain { submitter: Principal::from_slice(&[9]), ..domain };
    let other_choice = Domain { purpose: Purpose::new("poll/7#no").unwrap(), ..domain };
    for again in [nullifier(&same_owner, &domain), nullifier(&leaf, &other_submitter), nullifier(&leaf, &other_choice)]
    {
        assert_eq!(again, mine);
    }
    let other_owner = Leaf { owner_secret: leaf.owner_secret + Fr::ONE, ..leaf };
    let other_topic = Domain { purpose: Purpose::new("poll/8#yes").unwrap(), ..domain };
    let other_context = Domain { context_id: ContextId([7; 32]), ..domain };
    for other in [nullifier(&other_owner, &domain), nullifier(&leaf, &other_topic), nullifier(&leaf, &other_context)] {
        assert_ne!(other, mine);
    }
}

#[test]
fn should_refuse_a_claim_when_it_is_of_another_domain_or_length() {
    let vectors = vectors();
    let domain = vectors.domain.domain();
    let inputs = elements(&vectors.claims[0].public_inputs);
    let claim = ContextMembership::parse(&inputs).unwrap();
    assert_eq!(claim.check(&domain), Ok(()));
    let one = Fr::ONE;
    let changed = [
        (Mismatch::Context, ContextMembership { context_tag: claim.context_tag + one, ..claim }),
        (Mismatch::Signal, ContextMembership { signal: claim.signal + one, ..claim }),
        (Mismatch::Scope, ContextMembership { scope: claim.scope + one, ..claim }),
    ];
    for (mismatch, claim) in changed {
        assert_eq!(claim.check(&domain), Err(mismatch));
    }
    for length in [0, 4] {
        let refused = ContextMembership::parse(&inputs[..length]);
        assert_eq!(refused, Err(Malformed::WrongInputCount { expected: PUBLIC_INPUTS, actual: length }));
    }
}
