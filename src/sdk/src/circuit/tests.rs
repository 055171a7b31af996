//! The constraints hold for true claims, and for nothing near them.

mod credential;
mod membership;
mod signal;

use super::{
    BadDepth, Circuit, Depth, NoteCommitmentCircuit,
    test_fixtures::{Constraints, domain, is_satisfied, synthesize},
};
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use calisec_types::ids::{ContextId, Digest32};
use calisec_zk::statement::{
    Domain,
    note_commitment::{NoteCommitment, Opening},
};
use proptest::{prelude::ProptestConfig, proptest};

fn opening() -> Opening {
    Opening { content_hash: Digest32([9; 32]), owner_secret: Fr::from(5u64), salt: -Fr::from(6u64) }
}

fn circuit() -> NoteCommitmentCircuit {
    NoteCommitmentCircuit::new(NoteCommitment::of(&opening(), &domain()), &opening())
}

#[test]
fn should_refuse_a_depth_when_no_tree_is_that_deep() {
    for levels in [0, 33, u8::MAX] {
        assert_eq!(Depth::new(levels), Err(BadDepth { levels }));
    }
    assert_eq!(Depth::new(32).map(Depth::levels), Ok(32));
}

#[test]
fn should_be_satisfied_when_the_claim_is_true() {
    let cs = synthesize(circuit());
    assert!(cs.is_satisfied().unwrap());
    // Three per S-box but the first, whose input is constant; two equalities, one square.
    let (over_four, over_two) = (3 * (8 * 5 + 60 - 1), 3 * (8 * 3 + 57 - 1));
    assert_eq!(cs.num_constraints(), over_four + 2 * over_two + 2 + 1);
    assert_eq!(cs.num_instance_variables(), 1 + 4);
}

#[test]
fn should_have_the_same_constraints_when_only_values_differ() {
    let (blank, real) = (Constraints::new(NoteCommitmentCircuit::blank([])), Constraints::new(circuit()));
    assert_eq!(blank.matrices, real.matrices);
}

#[test]
fn should_fail_when_any_single_variable_is_another() {
    Constraints::new(circuit()).assert_rigid();
}

#[test]
fn should_fail_when_the_claim_is_of_another_opening_or_context() {
    let (truth, opening) = (NoteCommitment::of(&opening(), &domain()), opening());
    let one = Fr::ONE;
    let false_claims = [
        ("commitment", NoteCommitment { commitment: truth.commitment + one, ..truth }),
        ("nullifier", NoteCommitment { nullifier: truth.nullifier + one, ..truth }),
        ("zero nullifier", NoteCommitment { nullifier: Fr::ZERO, ..truth }),
        ("context", NoteCommitment { context_tag: truth.context_tag + one, ..truth }),
        ("swapped", NoteCommitment { commitment: truth.nullifier, nullifier: truth.commitment, ..truth }),
    ];
    for (desc, claim) in false_claims {
        assert!(!is_satisfied(NoteCommitmentCircuit::new(claim, &opening)), "{desc}");
    }
    let false_openings = [
        ("content", Opening { content_hash: Digest32([8; 32]), ..opening }),
        ("owner", Opening { owner_secret: opening.owner_secret + one, ..opening }),
        ("salt", Opening { salt: opening.salt + one, ..opening }),
        ("owner and salt swapped", Opening { owner_secret: opening.salt, salt: opening.owner_secret, ..opening }),
    ];
    for (desc, opening) in false_openings {
        assert!(!is_satisfied(NoteCommitmentCircuit::new(truth, &opening)), "{desc}");
    }
}

#[test]
fn should_not_let_a_nullifier_vary_when_only_the_salt_is_changed() {
    let salted = Opening { salt: Fr::from(77u64), ..opening() };
    let claim = NoteCommitment::of(&salted, &domain());
    assert!(is_satisfied(NoteCommitmentCircuit::new(claim, &salted)));
    let other_nullifier = NoteCommitment { nullifier: claim.nullifier + Fr::ONE, ..claim };
    assert!(!is_satisfied(NoteCommitmentCircuit::new(other_nullifier, &salted)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn should_agree_with_the_native_statement_when_values_are_random(
        content: [u8; 32], context: [u8; 32], owner: u64, salt: u64,
    ) {
        let opening = Opening {
            content_hash: Digest32(content),
            owner_secret: Fr::from(owner).square(),
            salt: -Fr::from(salt).square(),
        };
        let claim = NoteCommitment::of(&opening, &Domain { context_id: ContextId(context), ..domain() });
        assert!(is_satisfied(NoteCommitmentCircuit::new(claim, &opening)));
    }
}
