//! Whether a proof is one.

use crate::{
    chain::{ChainAir, PublicInputs},
    format::{self, Layout},
    options::{Coin, Commitment, Hash, options},
    statement::Statement,
};
use winter_air::proof::Proof;
use winter_verifier::{
    AcceptableOptions,
    crypto::{Digest, ElementHasher},
};

/// A longer proof is not looked at. Honest ones have 40 KiB at most.
pub const MAX_PROOF_BYTES: usize = 65_536;

/// Why a proof is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// More than [`MAX_PROOF_BYTES`].
    #[error("{length} bytes are more than a proof has")]
    Oversized {
        /// Bytes that were given.
        length: usize,
    },
    /// It begins with other parameters than the ones that this statement is proved with: another statement, a weaker
    /// protocol, or not a proof.
    #[error("not made with the parameters of this statement")]
    Parameters,
    /// A part is missing, has another length than it must have, or something follows the last one.
    #[error("malformed: {part}")]
    Malformed {
        /// Which.
        part: &'static str,
    },
    /// The last polynomial is not the one that was committed to.
    #[error("the remainder is not the committed one")]
    Remainder,
    /// It does not prove this statement.
    #[error("invalid: {reason}")]
    Invalid {
        /// What failed first.
        reason: String,
    },
}

/// Checks that `proof` proves `statement`. The work is bounded by the length of an honest proof.
///
/// # Errors
/// [`Refusal`], and never a panic, whatever the bytes.
pub fn verify<S: Statement>(statement: &S, proof: &[u8]) -> Result<(), Refusal> {
    if proof.len() > MAX_PROOF_BYTES {
        return Err(Refusal::Oversized { length: proof.len() });
    }
    let parts = format::check(&Layout::of(&ChainAir::of(statement)), proof)?;
    // `winter-verifier` 0.13 takes whichever remainder fits the queries, which a prover knows by then. Without this
    // check it could be interpolated through them, and anything could be proved.
    if Hash::hash_elements(&parts.remainder).as_bytes() != parts.remainder_commitment {
        return Err(Refusal::Remainder);
    }
    let proof = Proof::from_bytes(proof).map_err(|_| Refusal::Malformed { part: "encoding" })?;
    let accepted = AcceptableOptions::OptionSet(vec![options(S::PROGRAM.length)]);
    winter_verifier::verify::<ChainAir, Hash, Coin, Commitment>(proof, PublicInputs::of(statement), &accepted)
        .map_err(|error| Refusal::Invalid { reason: error.to_string() })
}
