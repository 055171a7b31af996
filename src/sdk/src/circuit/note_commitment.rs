//! The statement `note_commitment` v1 as constraints.

use super::{
    Circuit, Depth,
    variable::{Variable, bind, inputs, witnesses},
};
use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use ark_r1cs_std::eq::EqGadget;
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, SynthesisError};
use calisec_types::proof_verifier::StatementKind;
use calisec_zk::statement::note_commitment::{Derived, NoteCommitment, Opening, Private, content_tag, derive};

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
}

impl Circuit for NoteCommitmentCircuit {
    type Claim = NoteCommitment;
    const KIND: StatementKind = StatementKind::NoteCommitment;
    type Depths = [Depth; 0];

    fn blank([]: Self::Depths) -> Self {
        let claim = NoteCommitment::from_public_inputs([Fr::ZERO; 4]);
        Self { claim, content_tag: Fr::ZERO, owner_secret: Fr::ZERO, salt: Fr::ZERO }
    }

    fn claim(&self) -> NoteCommitment {
        self.claim
    }
}

impl ConstraintSynthesizer<Fr> for NoteCommitmentCircuit {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let public = self.claim.to_public_inputs();
        let [commitment, nullifier, context_tag, signal] = inputs(&cs, public)?;
        let [content_tag, owner_secret, salt] = witnesses(&cs, [self.content_tag, self.owner_secret, self.salt])?;
        let derived = derive(Private {
            context_tag: Variable(context_tag),
            content_tag: Variable(content_tag),
            owner_secret: Variable(owner_secret),
            salt: Variable(salt),
        })?;
        let Derived { commitment: Variable(derived_commitment), nullifier: Variable(derived_nullifier) } = derived;
        derived_commitment.enforce_equal(&commitment)?;
        derived_nullifier.enforce_equal(&nullifier)?;
        bind(&signal)
    }
}
