//! Variables of a circuit: allocating them, and computing with them as the statements do.

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use ark_r1cs_std::{
    alloc::AllocVar,
    fields::{
        FieldVar,
        fp::{AllocatedFp, FpVar},
    },
};
use ark_relations::gr1cs::{ConstraintSystemRef, SynthesisError};
use calisec_zk::poseidon::{Constant, Element};

/// Public inputs, in this order.
pub(super) fn inputs<const N: usize>(
    cs: &ConstraintSystemRef<Fr>,
    values: [Fr; N],
) -> Result<[FpVar<Fr>; N], SynthesisError> {
    allocate(values, |value| FpVar::new_input(cs.clone(), || Ok(value)))
}

/// Values that only the prover knows.
pub(super) fn witnesses<const N: usize>(
    cs: &ConstraintSystemRef<Fr>,
    values: [Fr; N],
) -> Result<[FpVar<Fr>; N], SynthesisError> {
    allocate(values, |value| FpVar::new_witness(cs.clone(), || Ok(value)))
}

/// Puts an input that nothing is computed from into a constraint. Otherwise it could be replaced in a finished proof,
/// depending on how keys are made.
pub(super) fn bind(input: &FpVar<Fr>) -> Result<(), SynthesisError> {
    input.square().map(|_| ())
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
pub(super) struct Variable(pub(super) FpVar<Fr>);

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
