//! What `proof_verifier` certifies.
//!
//! Its certified data is the root of a tree in which path `receipts / position` holds the hash of a receipt; positions are
//! eight big-endian bytes and count receipts in the order in which they were first issued.

use calisec_types::ids::Digest32;
use calisec_types::proof_verifier::{Receipt, StatementKind};
use calisec_types::signing::push_principal;
use sha2::{Digest, Sha256};

/// Under which label the receipts stand.
pub const RECEIPTS_LABEL: &str = "receipts";
/// Domain tag of a receipt's hash.
const RECEIPT_TAG: &[u8] = b"calisec.receipt-record.v1\0";

/// The label of the value at this position of a tree.
#[must_use]
pub const fn position_label(position: u64) -> [u8; 8] {
    position.to_be_bytes()
}

/// The hash of everything in a receipt. Every part of variable length carries its length, so no two receipts share one.
#[must_use]
pub fn receipt_hash(receipt: &Receipt) -> Digest32 {
    let Receipt {
        id,
        circuit,
        statement,
        public_inputs,
        context,
        consumer,
        purpose,
        submitter,
        issued_at,
        expires_at,
        consumed_at,
    } = receipt;
    let mut bytes = RECEIPT_TAG.to_vec();
    bytes.extend_from_slice(&id.0);
    bytes.extend_from_slice(&circuit.0);
    bytes.push(statement_number(*statement));
    bytes.extend_from_slice(&context.0);
    push_principal(&mut bytes, consumer);
    push_principal(&mut bytes, submitter);
    bytes.extend_from_slice(&(purpose.len() as u64).to_be_bytes());
    bytes.extend_from_slice(purpose.as_bytes());
    for time in [issued_at, expires_at] {
        bytes.extend_from_slice(&time.0.to_be_bytes());
    }
    bytes.push(u8::from(consumed_at.is_some()));
    bytes.extend_from_slice(&consumed_at.unwrap_or_default().0.to_be_bytes());
    for input in public_inputs {
        bytes.extend_from_slice(&input.0);
    }
    Digest32(Sha256::digest(&bytes).into())
}

/// Never reused for another kind.
const fn statement_number(statement: StatementKind) -> u8 {
    match statement {
        StatementKind::NoteCommitment => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::receipt_hash;
    use calisec_types::ids::{CircuitId, ContextId, FieldElement, ReceiptId, Timestamp};
    use calisec_types::proof_verifier::{Receipt, StatementKind};
    use candid::Principal;

    fn receipt() -> Receipt {
        Receipt {
            id: ReceiptId([1; 32]),
            circuit: CircuitId([2; 32]),
            statement: StatementKind::NoteCommitment,
            public_inputs: vec![FieldElement([3; 32]); 4],
            context: ContextId([4; 32]),
            consumer: Principal::from_slice(&[5]),
            purpose: "mint".to_owned(),
            submitter: Principal::from_slice(&[6]),
            issued_at: Timestamp(7),
            expires_at: Timestamp(8),
            consumed_at: None,
        }
    }

    /// Verifiers elsewhere compute the same: this line is never edited.
    #[test]
    fn should_have_the_pinned_hash_when_the_code_changes() {
        let hash = receipt_hash(&receipt()).to_string();
        assert_eq!(hash, "639216e69d725f05fcc4f5506031afa71acc307189b59092c5970b5929b05c38");
    }

    #[test]
    fn should_have_another_hash_when_any_field_is_another() {
        let consumer = Principal::from_slice(&[9]);
        let mut hashes: Vec<_> = [
            receipt(),
            Receipt { id: ReceiptId([9; 32]), ..receipt() },
            Receipt { circuit: CircuitId([9; 32]), ..receipt() },
            Receipt { public_inputs: vec![FieldElement([3; 32]); 3], ..receipt() },
            Receipt { context: ContextId([9; 32]), ..receipt() },
            Receipt { consumer, ..receipt() },
            Receipt { submitter: consumer, ..receipt() },
            Receipt { purpose: "burn".to_owned(), ..receipt() },
            Receipt { issued_at: Timestamp(9), ..receipt() },
            Receipt { expires_at: Timestamp(9), ..receipt() },
            Receipt { consumed_at: Some(Timestamp(0)), ..receipt() },
            Receipt { consumed_at: Some(Timestamp(9)), ..receipt() },
        ]
        .iter()
        .map(receipt_hash)
        .collect();
        let count = hashes.len();
        hashes.sort_by_key(|hash| hash.0);
        hashes.dedup();
        assert_eq!(hashes.len(), count);
    }
}
