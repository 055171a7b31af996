//! The constraints hold for true claims, and for nothing near them.

use super::NoteCommitmentCircuit;
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use ark_relations::{
    gr1cs::{
        ConstraintSynthesizer, ConstraintSystem, ConstraintSystemRef,
        predicate::polynomial_constraint::R1CS_PREDICATE_LABEL,
    },
    utils::matrix::Matrix,
};
use calisec_types::ids::{ContextId, Digest32};
use calisec_zk::statement::{
    Domain, Purpose,
    note_commitment::{NoteCommitment, Opening},
};
use candid::Principal;
use proptest::{prelude::ProptestConfig, proptest};

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

fn opening() -> Opening {
    Opening { content_hash: Digest32([9; 32]), owner_secret: Fr::from(5u64), salt: -Fr::from(6u64) }
}

fn circuit() -> NoteCommitmentCircuit {
    NoteCommitmentCircuit::new(NoteCommitment::of(&opening(), &domain()), &opening())
}

fn synthesize(circuit: NoteCommitmentCircuit) -> ConstraintSystemRef<Fr> {
    let cs = ConstraintSystem::new_ref();
    circuit.generate_constraints(cs.clone()).unwrap();
    cs
}

fn is_satisfied(circuit: NoteCommitmentCircuit) -> bool {
    synthesize(circuit).is_satisfied().unwrap()
}

/// The constraints as matrices, to be checked with any assignment, not just an honestly computed one.
struct Constraints {
    matrices: Vec<Matrix<Fr>>,
    /// One, the public inputs, then the witnesses.
    assignment: Vec<Fr>,
    public: usize,
}

impl Constraints {
    fn new(circuit: NoteCommitmentCircuit) -> Self {
        let cs = synthesize(circuit);
        cs.finalize();
        let assignment = [cs.instance_assignment().unwrap(), cs.witness_assignment().unwrap()].concat();
        let matrices = cs.to_matrices().unwrap().remove(R1CS_PREDICATE_LABEL).unwrap();
        Self { matrices, assignment, public: cs.num_instance_variables() }
    }

    fn hold_for(&self, assignment: &[Fr]) -> bool {
        let value = |row: &[(Fr, usize)]| -> Fr { row.iter().map(|(factor, at)| *factor * assignment[*at]).sum() };
        let [a, b, c] = self.matrices.as_slice() else { panic!("three matrices") };
        a.iter().zip(b).zip(c).all(|((a, b), c)| value(a) * value(b) == value(c))
    }
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
    let (blank, real) = (Constraints::new(NoteCommitmentCircuit::blank()), Constraints::new(circuit()));
    assert_eq!(blank.matrices, real.matrices);
}

#[test]
fn should_fail_when_any_single_variable_is_another() {
    let constraints = Constraints::new(circuit());
    assert!(constraints.hold_for(&constraints.assignment));
    assert_eq!(constraints.public, 5);
    for index in 1..constraints.assignment.len() {
        for shift in [Fr::ONE, -Fr::ONE, -constraints.assignment[index]] {
            let mut assignment = constraints.assignment.clone();
            assignment[index] += shift;
            let unchanged = assignment[index] == constraints.assignment[index];
            assert_eq!(constraints.hold_for(&assignment), unchanged, "variable {index}");
        }
    }
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
