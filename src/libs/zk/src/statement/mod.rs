//! What proofs are about: public inputs, what they bind, and the receipts they earn.

pub mod anonymous_signal;
#[cfg(test)]
mod circom_tests;
mod circuit;
pub mod context_membership;
pub mod credential;
mod domain;
pub mod note_commitment;
#[cfg(test)]
mod test_fixtures;
#[cfg(test)]
mod tests;

pub use self::circuit::{KeyOfOtherStatement, circuit_id, stark_circuit_id};
pub use self::domain::{BadPurpose, Domain, Purpose};

use crate::field::{Fr, Scalar, to_be32};
use calisec_types::ids::{CircuitId, ReceiptId};
use core::fmt::Debug;
use sha2::{Digest, Sha256};

/// What a proof can claim: public inputs with names, in the circuit's order.
///
/// ```
/// use calisec_zk::{field::Fr, statement::{Malformed, Statement, note_commitment::NoteCommitment}};
///
/// let claim = NoteCommitment::parse(&[1u64, 2, 3, 4].map(Fr::from))?;
/// assert_eq!(claim.nullifier(), Fr::from(2u64));
/// let short = NoteCommitment::parse(&[Fr::from(1u64)]);
/// assert_eq!(short, Err(Malformed::WrongInputCount { expected: 4, actual: 1 }));
/// # Ok::<(), Malformed>(())
/// ```
pub trait Statement: Copy + Debug + Eq {
    /// How many public inputs it has.
    const INPUT_COUNT: usize;

    /// In the circuit's order.
    fn inputs(&self) -> Vec<Fr>;

    /// From the circuit's order.
    ///
    /// # Errors
    /// [`Malformed`].
    fn parse(inputs: &[Fr]) -> Result<Self, Malformed>;

    /// What can be used once; where, is for the statement to say.
    fn nullifier(&self) -> Fr;

    /// Whether everything that follows from the domain is what it should be. A proof whose statement was not checked may
    /// have been made for any other use.
    ///
    /// # Errors
    /// [`Mismatch`] names the first input that is not.
    fn check(&self, domain: &Domain<'_>) -> Result<(), Mismatch>;
}

/// Public inputs that are no such statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The statement has another number of public inputs.
    #[error("the statement has {expected} public inputs, not {actual}")]
    WrongInputCount {
        /// What the statement has.
        expected: usize,
        /// What was given.
        actual: usize,
    },
    /// A bound of a range does not fit in 64 bits.
    #[error("public input {index} is a bound that does not fit in 64 bits")]
    BoundTooLarge {
        /// Which input, from zero.
        index: usize,
    },
    /// Nothing lies in the range.
    #[error("the range from {low} to {high} is empty")]
    EmptyRange {
        /// Lower bound.
        low: u64,
        /// Upper bound.
        high: u64,
    },
}

/// A public input that does not follow from the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The proof is about another context.
    #[error("the proof is for another context")]
    Context,
    /// The proof was made for another network, verifier, context, consumer, submitter or purpose.
    #[error("the proof is for another domain")]
    Signal,
    /// The nullifier was made for another network, verifier, context, consumer or topic.
    #[error("the nullifier is for another scope")]
    Scope,
}

/// The inputs as an array, when there are as many as there should be.
fn exactly<const N: usize>(inputs: &[Fr]) -> Result<[Fr; N], Malformed> {
    inputs.try_into().map_err(|_| Malformed::WrongInputCount { expected: N, actual: inputs.len() })
}

fn expect(actual: Fr, expected: Fr, otherwise: Mismatch) -> Result<(), Mismatch> {
    if actual == expected { Ok(()) } else { Err(otherwise) }
}

/// Identifies a proved statement: the circuit and its public inputs, one of which binds the domain.
///
/// Never of proof bytes: anyone can turn a Groth16 proof into another valid one of the same statement.
///
/// ```
/// use calisec_types::ids::CircuitId;
/// use calisec_zk::{field::Fr, statement::receipt_id};
///
/// let (circuit, inputs) = (CircuitId([7; 32]), [Fr::from(1u64), Fr::from(2u64)]);
/// assert_eq!(receipt_id(&circuit, &inputs), receipt_id(&circuit, &inputs));
/// assert_ne!(receipt_id(&circuit, &inputs), receipt_id(&CircuitId([8; 32]), &inputs));
/// ```
#[must_use]
pub fn receipt_id<F: Scalar>(circuit: &CircuitId, public_inputs: &[F]) -> ReceiptId {
    receipt_id_of_encoded(circuit, public_inputs.iter().map(to_be32))
}

/// The same for public inputs in their one encoding of 32 bytes, of whichever field they are.
#[must_use]
pub fn receipt_id_of_encoded(circuit: &CircuitId, public_inputs: impl IntoIterator<Item = [u8; 32]>) -> ReceiptId {
    let mut hash = Sha256::new_with_prefix(b"calisec.receipt.v1\0");
    hash.update(circuit.0);
    for input in public_inputs {
        hash.update(input);
    }
    ReceiptId(hash.finalize().into())
}
