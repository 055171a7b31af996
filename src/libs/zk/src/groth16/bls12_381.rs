//! Verification on BLS12-381, with arkworks' pairing and everything prepared that depends on the key alone.

use super::curve::Bls12_381;
use super::inputs::{InputTables, PublicInputs};
use super::key::VerifyingKey;
use super::points::{PointError, PointFault, PointName};
use super::prepared::{VerifiedProof, VerifyError};
use super::proof::DecodedProof;
use ark_bls12_381::{Bls12_381 as Engine, Config, Fr};
use ark_ec::models::bls12::{G1Prepared, G2Prepared};
use ark_ec::pairing::{Pairing, PairingOutput};
use calisec_types::ids::CircuitId;

/// As [`super::PreparedKey`], on BLS12-381.
pub struct PreparedBlsKey {
    circuit: CircuitId,
    /// `e(alpha, beta)`.
    alpha_beta: PairingOutput<Engine>,
    negated_gamma: G2Prepared<Config>,
    negated_delta: G2Prepared<Config>,
    inputs: InputTables<Bls12_381>,
}

impl PreparedBlsKey {
    /// Precomputes.
    ///
    /// # Errors
    /// For a key without points of inputs, which is never decoded.
    pub fn new(key: &VerifyingKey<Bls12_381>) -> Result<Self, PointError> {
        let (constant, points) =
            key.inputs.split_first().ok_or_else(|| PointName::Input(0).is(PointFault::Undecodable))?;
        Ok(Self {
            circuit: key.circuit_id(),
            alpha_beta: Engine::pairing(key.alpha, key.beta),
            negated_gamma: (-key.gamma).into(),
            negated_delta: (-key.delta).into(),
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

    /// As [`super::PreparedKey::verify`].
    ///
    /// # Errors
    /// When the number of inputs is another or the equation does not hold.
    pub fn verify(
        &self,
        inputs: PublicInputs<Fr>,
        proof: &DecodedProof<Bls12_381>,
    ) -> Result<VerifiedProof<Fr>, VerifyError> {
        if inputs.len() != self.input_count() {
            return Err(VerifyError::WrongInputCount { expected: self.input_count(), actual: inputs.len() });
        }
        let mut pairs: Vec<(G1Prepared<Config>, G2Prepared<Config>)> =
            vec![(proof.a.into(), proof.b.into()), (proof.c.into(), self.negated_delta.clone())];
        if let Some(combined) = self.inputs.combine(&inputs) {
            pairs.push((combined.into(), self.negated_gamma.clone()));
        }
        let (first, second): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        if Engine::multi_pairing(first, second) != self.alpha_beta {
            return Err(VerifyError::Rejected);
        }
        Ok(VerifiedProof::new(self.circuit, inputs))
    }
}
