//! What `proof_verifier` certifies.
//!
//! Its certified data is the root of a tree in which path `receipts / position` holds the hash of a receipt and path
//! `circuits / position` the hash of a circuit's status; positions are eight big-endian bytes and count in the order of
//! issue and of registration.

use calisec_types::ids::{CircuitId, Digest32};
use calisec_types::proof_verifier::{CircuitStatus, Receipt, StatementKind};
use calisec_types::signing::push_principal;
use sha2::{Digest, Sha256};

/// Under which label the receipts stand.
pub const RECEIPTS_LABEL: &str = "receipts";
/// Under which label the circuits stand.
pub const CIRCUITS_LABEL: &str = "circuits";
/// Domain tag of a receipt's hash.
const RECEIPT_TAG: &[u8] = b"calisec.receipt-record.v1\0";

/// Domain tag of a circuit's status.
const CIRCUIT_STATUS_TAG: &[u8] = b"calisec.circuit-status.v1\0";

/// The hash of a circuit's status.
#[must_use]
pub fn circuit_status_hash(circuit: &CircuitId, status: CircuitStatus) -> Digest32 {
    let number = match status {
        CircuitStatus::Active => 0,
        CircuitStatus::Deprecated => 1,
        CircuitStatus::Revoked => 2,
    };
    let hash = Sha256::new().chain_update(CIRCUIT_STATUS_TAG).chain_update(circuit.0).chain_update([number]);
    Digest32(hash.finalize().into())
}

/// The label of the value at this position of a tree.
#[must_use]
pub const fn position_label(position: u64) -> [u8; 8] {
    position.to_be_bytes()
}

/// The hash of everything in a receipt but `is_revoked`, which the circuit's status tells. Every part of variable length carries its length, so no two receipts share one.
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
        is_revoked: _,
    } = receipt;
    let mut bytes = RECEIPT_TAG.to_vec();
    bytes.extend_from_slice(&id.0);
    bytes.extend_from_slice(&circuit.0);
    bytes.extend_from_slice(&statement_bytes(*statement));
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

/// A number, never reused for another kind, and the depth where the kind has one.
fn statement_bytes(statement: StatementKind) -> Vec<u8> {
    match statement {
        StatementKind::NoteCommitment => vec![0],
        StatementKind::Raw => vec![1],
        StatementKind::ContextMembership => vec![2],
        StatementKind::AnonymousSignal { depth } => vec![3, depth],
        StatementKind::CredentialRange => vec![4],
        StatementKind::CredentialSet => vec![5],
        StatementKind::StarkNoteCommitment => vec![6],
        StatementKind::StarkMembership => vec![7],
        StatementKind::OwnKeySignal => vec![8],
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
            is_revoked: false,
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
            Receipt { statement: StatementKind::Raw, ..receipt() },
            Receipt { statement: StatementKind::ContextMembership, ..receipt() },
            Receipt { statement: StatementKind::AnonymousSignal { depth: 0 }, ..receipt() },
            Receipt { statement: StatementKind::AnonymousSignal { depth: 1 }, ..receipt() },
            Receipt { statement: StatementKind::CredentialRange, ..receipt() },
            Receipt { statement: StatementKind::CredentialSet, ..receipt() },
            Receipt { statement: StatementKind::StarkNoteCommitment, ..receipt() },
            Receipt { statement: StatementKind::StarkMembership, ..receipt() },
            Receipt { statement: StatementKind::OwnKeySignal, ..receipt() },
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
