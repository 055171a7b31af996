//! The statements as constraints.
//!
//! | circuit | statement |
//! |---|---|
//! | [`NoteCommitmentCircuit`] | [`calisec_zk::statement::note_commitment`] |
//! | [`ContextMembershipCircuit`] | [`calisec_zk::statement::context_membership`] |
//! | [`AnonymousSignalCircuit`] | [`calisec_zk::statement::anonymous_signal`] |
//! | [`CredentialRangeCircuit`], [`CredentialSetCircuit`] | [`calisec_zk::statement::credential`] |
//!
//! The relations are the `derive` functions of those modules, which canisters and clients compute with: here their elements
//! are variables. Only the S-boxes of Poseidon cost constraints (three each), everything between them is linear. Signals also
//! multiply on a curve, two bits of the secret at a time.

mod credential;
mod membership;
mod note_commitment;
mod path;
mod range;
mod signal;
#[cfg(test)]
pub(crate) mod test_fixtures;
#[cfg(test)]
mod tests;
mod variable;

pub use self::{
    credential::{CredentialRangeCircuit, CredentialSetCircuit},
    membership::ContextMembershipCircuit,
    note_commitment::NoteCommitmentCircuit,
    path::PathTooLong,
    signal::AnonymousSignalCircuit,
};

use ark_bn254::Fr;
use ark_relations::gr1cs::ConstraintSynthesizer;
use calisec_types::proof_verifier::StatementKind;
use calisec_zk::{merkle, statement::Statement};

/// A circuit with a claim and what proves it.
pub trait Circuit: ConstraintSynthesizer<Fr> + Clone {
    /// What it proves.
    type Claim: Statement;

    /// What `proof_verifier` calls it.
    const KIND: StatementKind;

    /// How deep the trees in it may be, one [`Depth`] each: an array.
    type Depths: Copy + AsRef<[Depth]> + for<'a> TryFrom<&'a [Depth]>;

    /// For setting up: the constraints depend on the depths, not on values.
    fn blank(depths: Self::Depths) -> Self;

    /// What is claimed.
    fn claim(&self) -> Self::Claim;
}

/// How many levels a circuit has for a tree, between 1 and 32: trees may be as deep or less.
///
/// A level costs 246 constraints, so choose no more than the tree will need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth(u8);

/// No circuit is that deep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a circuit has between 1 and {} levels, not {levels}", merkle::MAX_DEPTH)]
pub struct BadDepth {
    /// What was asked for.
    pub levels: u8,
}

impl Depth {
    /// Checks the number of levels.
    ///
    /// # Errors
    /// [`BadDepth`].
    pub fn new(levels: u8) -> Result<Self, BadDepth> {
        if (1..=merkle::MAX_DEPTH).contains(&levels) { Ok(Self(levels)) } else { Err(BadDepth { levels }) }
    }

    /// How many levels.
    #[must_use]
    pub fn levels(self) -> u8 {
        self.0
    }
}
