//! Verification with everything precomputed that depends on the key alone.

use super::bn254::Bn254;
use super::curve::{Curve, G2};
use super::inputs::{InputTables, PublicInputs};
use super::key::VerifyingKey;
use super::points::{PointError, PointFault, PointName};
use super::proof::DecodedProof;
use crate::field::{Fr, Scalar};
use crate::statement::{KeyOfOtherStatement, circuit_id, receipt_id};
use calisec_types::ids::{CircuitId, ReceiptId};
use calisec_types::proof_verifier::StatementKind;

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
pub struct PreparedKey<C: Curve = Bn254> {
    /// Hash of the key.
    key: CircuitId,
    circuit: CircuitId,
    /// `e(alpha, beta)`.
    pub(super) alpha_beta: C::Target,
    pub(super) negated_gamma: C::KeyLines,
    pub(super) negated_delta: C::KeyLines,
    pub(super) inputs: InputTables<C>,
}

/// A proof that verifies: for this circuit, somebody knew a witness for these inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedProof<F = Fr> {
    circuit: CircuitId,
    inputs: PublicInputs<F>,
}

impl<C: Curve> PreparedKey<C> {
    /// Precomputes. Fails for a key whose stored bytes were damaged, where finding the lines repeats the subgroup checks;
    /// never for a key from [`super::RawVerifyingKey::decode`].
    pub fn new(key: &VerifyingKey<C>) -> Result<Self, PointError> {
        let outside = |name: PointName| name.is(PointFault::NotInSubgroup);
        let lines = |name: PointName, point: G2<C>| C::key_lines(&point).ok_or_else(|| outside(name));
        let beta = C::lines(&key.beta).ok_or_else(|| outside(PointName::Beta))?;
        let (constant, points) =
            key.inputs.split_first().ok_or_else(|| PointName::Input(0).is(PointFault::Undecodable))?;
        Ok(Self {
            key: key.circuit_id(),
            circuit: key.circuit_id(),
            alpha_beta: C::final_exponentiation(C::miller_loop(&[(key.alpha, &beta)], &[]))
                .ok_or_else(|| PointName::Alpha.is(PointFault::Infinity))?,
            negated_gamma: lines(PointName::Gamma, -key.gamma)?,
            negated_delta: lines(PointName::Delta, -key.delta)?,
            inputs: InputTables::new(*constant, points),
        })
    }

    /// The same key as that of a statement's circuit, which may have another id than the hash of the key.
    ///
    /// # Errors
    /// [`KeyOfOtherStatement`].
    pub fn of_statement(self, statement: StatementKind) -> Result<Self, KeyOfOtherStatement> {
        let circuit = circuit_id(statement, self.key, self.input_count())?;
        Ok(Self { circuit, ..self })
    }

    /// The circuit this key verifies: the hash of the key, unless [`PreparedKey::of_statement`] says of which statement it is.
    pub fn circuit(&self) -> CircuitId {
        self.circuit
    }

    /// How many public inputs the circuit takes.
    pub fn input_count(&self) -> usize {
        self.inputs.input_count()
    }

    /// Checks `e(A, B) = e(alpha, beta) e(IC(inputs), gamma) e(C, delta)`.
    pub fn verify(
        &self,
        inputs: PublicInputs<C::Scalar>,
        proof: &DecodedProof<C>,
    ) -> Result<VerifiedProof<C::Scalar>, VerifyError> {
        self.check_input_count(&inputs)?;
        if !self.equation_holds(&inputs, proof) {
            return Err(VerifyError::Rejected);
        }
        Ok(VerifiedProof::new(self.circuit, inputs))
    }

    /// ark-groth16 0.6 zips inputs and points: it ignores inputs in excess and takes missing ones for zero.
    pub(super) fn check_input_count(&self, inputs: &PublicInputs<C::Scalar>) -> Result<(), VerifyError> {
        if inputs.len() != self.input_count() {
            return Err(VerifyError::WrongInputCount { expected: self.input_count(), actual: inputs.len() });
        }
        Ok(())
    }

    /// The caller has checked the number of inputs.
    pub(super) fn equation_holds(&self, inputs: &PublicInputs<C::Scalar>, proof: &DecodedProof<C>) -> bool {
        let mut pairs = Vec::with_capacity(2);
        if let Some(combined) = self.inputs.combine(inputs) {
            pairs.push((combined, &self.negated_gamma));
        }
        pairs.push((proof.c, &self.negated_delta));
        let product = C::miller_loop(&[(proof.a, &proof.b_lines)], &pairs);
        C::final_exponentiation(product) == Some(self.alpha_beta)
    }
}

impl<F: Scalar> VerifiedProof<F> {
    /// For who has established it: [`PreparedKey::verify`] and the batch.
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
