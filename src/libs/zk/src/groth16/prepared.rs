//! Verification with everything precomputed that depends on the key alone.

use super::inputs::{InputTables, PublicInputs};
use super::key::VerifyingKey;
use super::lines::{Lines, NormalisedLines, NormalisedPoint};
use super::miller::pairing_product;
use super::points::{PointError, PointFault, PointName};
use super::proof::DecodedProof;
use crate::field::{Fr, Scalar};
use crate::statement::receipt_id;
use ark_bn254::{Fq12, G1Affine, G2Affine};
use ark_ff::Field;
use calisec_types::ids::{CircuitId, ReceiptId};

/// Why a proof does not verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Another number of inputs than the circuit takes.
    #[error("the circuit takes {expected} public inputs, {actual} were given")]
    WrongInputCount {
        /// What the circuit takes.
        expected: usize,
        /// What was given.
        actual: usize,
    },
    /// The verification equation does not hold.
    #[error("the proof does not verify for these public inputs")]
    Rejected,
}

/// A verifying key with its precomputed parts. Worth keeping: making one costs more than verifying a proof with it.
pub struct PreparedKey {
    circuit: CircuitId,
    /// `e(alpha, beta)`.
    pub(super) alpha_beta: Fq12,
    pub(super) negated_gamma: NormalisedLines,
    pub(super) negated_delta: NormalisedLines,
    pub(super) inputs: InputTables,
}

/// A proof that verifies: for this circuit, somebody knew a witness for these inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedProof<F = Fr> {
    circuit: CircuitId,
    inputs: PublicInputs<F>,
}

impl PreparedKey {
    /// Precomputes. Finding the lines repeats the subgroup checks, so that this fails for a key whose stored bytes were
    /// damaged; it never fails for a key from [`super::RawVerifyingKey::decode`].
    pub fn new(key: &VerifyingKey) -> Result<Self, PointError> {
        let lines = |name: PointName, point: G2Affine| {
            Lines::of_subgroup_point(&point).ok_or_else(|| name.is(PointFault::NotInSubgroup))
        };
        let beta = lines(PointName::Beta, key.beta)?;
        let (constant, points) =
            key.inputs.split_first().ok_or_else(|| PointName::Input(0).is(PointFault::Undecodable))?;
        Ok(Self {
            circuit: key.circuit_id(),
            alpha_beta: pairing_product(&key.alpha, &beta, &[])
                .ok_or_else(|| PointName::Alpha.is(PointFault::Infinity))?,
            negated_gamma: lines(PointName::Gamma, -key.gamma)?.normalise(),
            negated_delta: lines(PointName::Delta, -key.delta)?.normalise(),
            inputs: InputTables::new(*constant, points),
        })
    }

    /// The circuit this key verifies.
    pub fn circuit(&self) -> CircuitId {
        self.circuit
    }

    /// How many public inputs the circuit takes.
    pub fn input_count(&self) -> usize {
        self.inputs.input_count()
    }

    /// Checks `e(A, B) = e(alpha, beta) e(IC(inputs), gamma) e(C, delta)`.
    pub fn verify(&self, inputs: PublicInputs, proof: &DecodedProof) -> Result<VerifiedProof, VerifyError> {
        self.check_input_count(&inputs)?;
        if !self.equation_holds(&inputs, proof) {
            return Err(VerifyError::Rejected);
        }
        Ok(VerifiedProof::new(self.circuit, inputs))
    }

    /// ark-groth16 0.6 zips inputs and points: it ignores inputs in excess and takes missing ones for zero.
    pub(super) fn check_input_count(&self, inputs: &PublicInputs) -> Result<(), VerifyError> {
        if inputs.len() != self.input_count() {
            return Err(VerifyError::WrongInputCount { expected: self.input_count(), actual: inputs.len() });
        }
        Ok(())
    }

    /// The caller has checked the number of inputs.
    pub(super) fn equation_holds(&self, inputs: &PublicInputs, proof: &DecodedProof) -> bool {
        let mut pairs = Vec::with_capacity(2);
        if let Some(combined) = self.inputs.combine(inputs) {
            pairs.push((combined, &self.negated_gamma));
        }
        pairs.push((proof.c, &self.negated_delta));
        pairing_product(&proof.a, &proof.b_lines, &normalise(&pairs)) == Some(self.alpha_beta)
    }
}

impl<F: Scalar> VerifiedProof<F> {
    /// For who has established it: [`PreparedKey::verify`], that of the other curve, and the batch.
    pub(super) fn new(circuit: CircuitId, inputs: PublicInputs<F>) -> Self {
        Self { circuit, inputs }
    }

    /// The circuit it was verified for.
    pub fn circuit(&self) -> CircuitId {
        self.circuit
    }

    /// The public inputs it was verified for.
    pub fn inputs(&self) -> &PublicInputs<F> {
        &self.inputs
    }

    /// What it stands for; equal for every proof of the same statement.
    pub fn receipt_id(&self) -> ReceiptId {
        receipt_id(&self.circuit, self.inputs.elements())
    }
}

/// Divides by the ordinates. No point of G1 but infinity, which is excluded, has a zero one: the order is odd.
pub(super) fn normalise<'a>(pairs: &[(G1Affine, &'a NormalisedLines)]) -> Vec<(NormalisedPoint, &'a NormalisedLines)> {
    pairs
        .iter()
        .map(|(point, lines)| {
            let one_over_y = point.y.inverse().unwrap_or_default();
            let normalised = NormalisedPoint { x_over_y: point.x * one_over_y, one_over_y };
            (normalised, *lines)
        })
        .collect()
}
