//! The statement `note_commitment` v1 as constraints.
//!
//! The relation is [`calisec_zk::statement::note_commitment::derive`], the one that canisters and clients compute with:
//! here its elements are variables. Only the S-boxes cost constraints (three each), everything between them is linear.

#[cfg(test)]
mod tests;

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use ark_r1cs_std::{
    alloc::AllocVar,
    eq::EqGadget,
    fields::{
        FieldVar,
        fp::{AllocatedFp, FpVar},
    },
};
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, SynthesisError};
use calisec_zk::{
    poseidon::{Constant, Element},
    statement::note_commitment::{Derived, NoteCommitment, Opening, Private, content_tag, derive},
};

/// The circuit with a claim and what proves it. Set-up takes one whose values mean nothing.
#[derive(Clone)]
pub struct NoteCommitmentCircuit {
    claim: NoteCommitment,
    content_tag: Fr,
    owner_secret: Fr,
    salt: Fr,
}

impl NoteCommitmentCircuit {
    /// For proving that the opening is the claim's.
    ///
    /// ```
    /// use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystem};
    /// use calisec_sdk::{circuit::NoteCommitmentCircuit, zk::field::Fr, zk::statement::note_commitment::*};
    /// use calisec_types::ids::Digest32;
    ///
    /// let opening = Opening { content_hash: Digest32([1; 32]), owner_secret: Fr::from(2u64), salt: Fr::from(3u64) };
    /// let unrelated = NoteCommitment::from_public_inputs([5u64, 6, 7, 8].map(Fr::from));
    /// let constraints = ConstraintSystem::new_ref();
    /// NoteCommitmentCircuit::new(unrelated, &opening).generate_constraints(constraints.clone())?;
    /// assert!(!constraints.is_satisfied()?);
    /// # Ok::<(), ark_relations::gr1cs::SynthesisError>(())
    /// ```
    #[must_use]
    pub fn new(claim: NoteCommitment, opening: &Opening) -> Self {
        Self {
            claim,
            content_tag: content_tag(&opening.content_hash),
            owner_secret: opening.owner_secret,
            salt: opening.salt,
        }
    }

    /// For setting up: the constraints do not depend on values.
    pub(crate) fn blank() -> Self {
        let claim = NoteCommitment::from_public_inputs([Fr::ZERO; 4]);
        Self { claim, content_tag: Fr::ZERO, owner_secret: Fr::ZERO, salt: Fr::ZERO }
    }
}

impl ConstraintSynthesizer<Fr> for NoteCommitmentCircuit {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let public = self.claim.to_public_inputs();
        let [commitment, nullifier, context_tag, signal] =
            allocate(public, |value| FpVar::new_input(cs.clone(), || Ok(value)))?;
        let [content_tag, owner_secret, salt] = allocate([self.content_tag, self.owner_secret, self.salt], |value| {
            FpVar::new_witness(cs.clone(), || Ok(value))
        })?;
        let derived = derive(Private {
            context_tag: Variable(context_tag),
            content_tag: Variable(content_tag),
            owner_secret: Variable(owner_secret),
            salt: Variable(salt),
        })?;
        let Derived { commitment: Variable(derived_commitment), nullifier: Variable(derived_nullifier) } = derived;
        derived_commitment.enforce_equal(&commitment)?;
        derived_nullifier.enforce_equal(&nullifier)?;
        // An input in no constraint could be replaced in a finished proof, depending on how keys are made.
        let _ = signal.square()?;
        Ok(())
    }
}

fn allocate<const N: usize>(
    values: [Fr; N],
    mut variable: impl FnMut(Fr) -> Result<FpVar<Fr>, SynthesisError>,
) -> Result<[FpVar<Fr>; N], SynthesisError> {
    let mut variables = core::array::from_fn(|_| FpVar::Constant(Fr::ZERO));
    for (slot, value) in variables.iter_mut().zip(values) {
        *slot = variable(value)?;
    }
    Ok(variables)
}

/// A variable as an element of the Poseidon permutation.
#[derive(Clone)]
struct Variable(FpVar<Fr>);

impl Element for Variable {
    type Error = SynthesisError;

    fn constant(value: &Constant) -> Self {
        Self(FpVar::Constant(value.into()))
    }

    fn plus(self, value: &Constant) -> Self {
        Self(self.0 + Fr::from(value))
    }

    fn pow5(&self) -> Result<Self, SynthesisError> {
        Ok(Self(self.0.square()?.square()? * &self.0))
    }

    /// One linear combination, however long: adding products one by one would make one for each.
    fn affine<const N: usize>(constant: &Constant, coefficients: &[Constant; N], elements: &[Self; N]) -> Self {
        let mut constant = Fr::from(constant);
        let mut terms = Vec::with_capacity(N);
        let mut variables: Vec<AllocatedFp<Fr>> = Vec::with_capacity(N);
        for (coefficient, Self(element)) in coefficients.iter().zip(elements) {
            let coefficient = Fr::from(coefficient);
            match element {
                FpVar::Constant(value) => constant += coefficient * value,
                FpVar::Var(variable) => {
                    terms.push(coefficient);
                    variables.push(variable.clone());
                }
            }
        }
        Self(match AllocatedFp::linear_combination(&terms, &variables) {
            Some(sum) => FpVar::Var(sum.add_constant(constant)),
            None => FpVar::Constant(constant),
        })
    }
}
