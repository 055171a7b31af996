//! What `proof_verifier` certifies of aggregates: path `aggregates / position` of the tree of [`crate::receipts`] holds the hash
//! of an aggregate's receipt.

use calisec_types::aggregates::{AggregateReceipt, Contribution};
use calisec_types::ids::Digest32;
use calisec_types::signing::push_principal;
use sha2::{Digest, Sha256};

/// Under which label the receipts of aggregates stand.
pub const AGGREGATES_LABEL: &str = "aggregates";

const RECEIPT_TAG: &[u8] = b"calisec.aggregate-record.v1\0";
const COMMITMENTS_TAG: &[u8] = b"calisec.commitments.v1\0";
const VALUES_TAG: &[u8] = b"calisec.aggregate-values.v1\0";

/// The hash of everything in a receipt. Every part of variable length carries its length, so no two receipts share one.
#[must_use]
pub fn aggregate_hash(receipt: &AggregateReceipt) -> Digest32 {
    let AggregateReceipt {
        round,
        context,
        label,
        publisher,
        dimension,
        contributors,
        commitments_hash,
        values_hash,
        accepted_at,
    } = receipt;
    let mut bytes = RECEIPT_TAG.to_vec();
    bytes.extend_from_slice(&round.0.to_be_bytes());
    bytes.extend_from_slice(&context.0);
    push_principal(&mut bytes, publisher);
    bytes.extend_from_slice(&(label.len() as u64).to_be_bytes());
    bytes.extend_from_slice(label.as_bytes());
    bytes.extend_from_slice(&dimension.to_be_bytes());
    bytes.extend_from_slice(&contributors.to_be_bytes());
    bytes.extend_from_slice(&commitments_hash.0);
    bytes.extend_from_slice(&values_hash.0);
    bytes.extend_from_slice(&accepted_at.0.to_be_bytes());
    Digest32(Sha256::digest(&bytes).into())
}

/// [`AggregateReceipt::commitments_hash`]; whoever did not commit is left out.
#[must_use]
pub fn commitments_hash<'a>(contributions: impl IntoIterator<Item = &'a Contribution>) -> Digest32 {
    let mut bytes = COMMITMENTS_TAG.to_vec();
    for contribution in contributions {
        if let Some(commitment) = &contribution.commitment {
            push_principal(&mut bytes, &contribution.contributor);
            bytes.extend_from_slice(&contribution.weight.to_be_bytes());
            bytes.extend_from_slice(commitment);
        }
    }
    Digest32(Sha256::digest(&bytes).into())
}

/// [`AggregateReceipt::values_hash`].
#[must_use]
pub fn values_hash(values: &[i64]) -> Digest32 {
    let mut hash = Sha256::new_with_prefix(VALUES_TAG);
    for value in values {
        hash.update(value.to_be_bytes());
    }
    Digest32(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::{aggregate_hash, commitments_hash, values_hash};
    use calisec_types::aggregates::{AggregateReceipt, Contribution};
    use calisec_types::ids::{ContextId, Digest32, RoundId, Timestamp};
    use candid::Principal;
    use serde_bytes::ByteBuf;
    use std::collections::BTreeSet;

    fn receipt() -> AggregateReceipt {
        AggregateReceipt {
            round: RoundId(1),
            context: ContextId([2; 32]),
            label: "step".to_owned(),
            publisher: Principal::from_slice(&[3]),
            dimension: 4,
            contributors: 5,
            commitments_hash: Digest32([6; 32]),
            values_hash: Digest32([7; 32]),
            accepted_at: Timestamp(8),
        }
    }

    /// Verifiers elsewhere compute the same: these lines are never edited.
    #[test]
    fn should_have_the_pinned_hashes_when_the_code_changes() {
        let contribution = Contribution {
            contributor: Principal::from_slice(&[1]),
            weight: 2,
            commitment: Some(ByteBuf::from([3; 48])),
        };
        assert_eq!(
            aggregate_hash(&receipt()).to_string(),
            "0a3a4269acf7ddf118e5dd8aa28ac1836c8ad46263869d04a9b1dd502fc3b011"
        );
        assert_eq!(
            commitments_hash([&contribution]).to_string(),
            "efb5944cb771f570a12cadf580537069a5b3604eff6fd1bda6d4769f17ddf72f"
        );
        assert_eq!(
            values_hash(&[1, -2]).to_string(),
            "669d0f911e90daf0021d8bc2e88608b1d32a7eb0add53ed60b967d553ff06606"
        );
    }

    #[test]
    fn should_have_another_hash_when_any_field_is_another() {
        let receipts = [
            receipt(),
            AggregateReceipt { round: RoundId(9), ..receipt() },
            AggregateReceipt { context: ContextId([9; 32]), ..receipt() },
            AggregateReceipt { label: "steps".to_owned(), ..receipt() },
            AggregateReceipt { publisher: Principal::from_slice(&[9]), ..receipt() },
            AggregateReceipt { dimension: 9, ..receipt() },
            AggregateReceipt { contributors: 9, ..receipt() },
            AggregateReceipt { commitments_hash: Digest32([9; 32]), ..receipt() },
            AggregateReceipt { values_hash: Digest32([9; 32]), ..receipt() },
            AggregateReceipt { accepted_at: Timestamp(9), ..receipt() },
        ];
        let hashes: BTreeSet<_> = receipts.iter().map(|receipt| aggregate_hash(receipt).0).collect();
        assert_eq!(hashes.len(), receipts.len());
    }
}
