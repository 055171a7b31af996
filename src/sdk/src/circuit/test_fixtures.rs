//! Constraints as matrices, and a domain to make claims in.

use super::Circuit;
use ark_bn254::Fr;
use ark_ff::Field;
use ark_relations::{
    gr1cs::{ConstraintSystem, ConstraintSystemRef, predicate::polynomial_constraint::R1CS_PREDICATE_LABEL},
    utils::matrix::Matrix,
};
use calisec_types::ids::{ContextId, Digest32};
use calisec_zk::statement::{Domain, Purpose, Statement};
use candid::Principal;

pub(crate) fn domain() -> Domain<'static> {
    Domain {
        network_root_key_hash: Digest32([1; 32]),
        proof_verifier: Principal::from_slice(&[1]),
        context_id: ContextId([2; 32]),
        consumer: Principal::from_slice(&[3]),
        submitter: Principal::from_slice(&[4]),
        purpose: Purpose::MINT,
    }
}

pub(super) fn synthesize(circuit: impl Circuit) -> ConstraintSystemRef<Fr> {
    let cs = ConstraintSystem::new_ref();
    circuit.generate_constraints(cs.clone()).unwrap();
    cs
}

pub(super) fn is_satisfied(circuit: impl Circuit) -> bool {
    synthesize(circuit).is_satisfied().unwrap()
}

/// The constraints as matrices, to be checked with any assignment, not just an honestly computed one.
pub(super) struct Constraints {
    pub(super) matrices: Vec<Matrix<Fr>>,
    /// One, the public inputs, then the witnesses.
    assignment: Vec<Fr>,
    /// The constraints that each variable is in.
    rows_of: Vec<Vec<usize>>,
}

impl Constraints {
    pub(super) fn new<C: Circuit>(circuit: C) -> Self {
        let claim = circuit.claim().inputs();
        let cs = synthesize(circuit);
        cs.finalize();
        assert_eq!(cs.num_instance_variables(), 1 + C::Claim::INPUT_COUNT);
        let assignment = [cs.instance_assignment().unwrap(), cs.witness_assignment().unwrap()].concat();
        assert_eq!(assignment[1..1 + claim.len()], claim, "inputs are allocated in the statement's order");
        let matrices = cs.to_matrices().unwrap().remove(R1CS_PREDICATE_LABEL).unwrap();
        let mut rows_of = vec![Vec::new(); assignment.len()];
        for matrix in &matrices {
            for (row, terms) in matrix.iter().enumerate() {
                terms.iter().for_each(|(_, variable)| rows_of[*variable].push(row));
            }
        }
        Self { matrices, assignment, rows_of }
    }

    fn holds(&self, row: usize, assignment: &[Fr]) -> bool {
        let [a, b, c] = self.matrices.as_slice() else { panic!("three matrices") };
        let value = |row: &[(Fr, usize)]| -> Fr { row.iter().map(|(factor, at)| *factor * assignment[*at]).sum() };
        value(&a[row]) * value(&b[row]) == value(&c[row])
    }

    /// That the assignment satisfies the constraints, and that none does which differs in one variable.
    pub(super) fn assert_rigid(&self) {
        assert!((0..self.matrices[0].len()).all(|row| self.holds(row, &self.assignment)));
        let mut assignment = self.assignment.clone();
        for index in 1..assignment.len() {
            let honest = assignment[index];
            for other in [honest + Fr::ONE, honest - Fr::ONE, honest + Fr::from(2u64), Fr::from(0u64), Fr::from(1u64)] {
                assignment[index] = other;
                let survives = self.rows_of[index].iter().all(|row| self.holds(*row, &assignment));
                assert_eq!(survives, other == honest, "variable {index}");
            }
            assignment[index] = honest;
        }
    }
}
