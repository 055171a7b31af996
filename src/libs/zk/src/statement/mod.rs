//! What proofs are about: public inputs, what they bind, and the receipts they earn.

mod domain;
pub mod note_commitment;
#[cfg(test)]
mod tests;

pub use self::domain::{BadPurpose, Domain, Purpose};

use crate::field::{Fr, to_be32};
use calisec_types::ids::{CircuitId, ReceiptId};
use sha2::{Digest, Sha256};

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
pub fn receipt_id(circuit: &CircuitId, public_inputs: &[Fr]) -> ReceiptId {
    let mut hash = Sha256::new_with_prefix(b"calisec.receipt.v1\0");
    hash.update(circuit.0);
    for input in public_inputs {
        hash.update(to_be32(input));
    }
    ReceiptId(hash.finalize().into())
}
