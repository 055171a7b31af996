//! When a statement earns a receipt, and when a receipt may be consumed.

#[cfg(test)]
mod tests;

use crate::storage::StoredReceipt;
use calisec_types::ids::{Digest32, ReceiptId, Timestamp};
use calisec_types::proof_verifier::ExpectedReceipt;
use candid::Principal;

/// Why a statement earns no receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdmissionError {
    /// The same statement has a receipt.
    AlreadyProven(ReceiptId),
    /// Another statement used the nullifier.
    NullifierUsed(ReceiptId),
}

/// Decides whether the statement may earn a receipt, given the receipt which its nullifier belongs to.
///
/// A receipt that expired before it was consumed can never be consumed, so it gives its nullifier free: whoever missed
/// the deadline proves again. At any time at most one receipt of a nullifier is consumed or can be.
///
/// # Errors
/// When the nullifier belongs to a receipt that is consumed or still can be.
pub fn admit(
    statement: ReceiptId,
    holder: Option<(ReceiptId, &StoredReceipt)>,
    now: Timestamp,
) -> Result<(), AdmissionError> {
    match holder {
        None => Ok(()),
        Some((_, receipt)) if receipt.consumption.is_none() && is_expired(receipt, now) => Ok(()),
        Some((id, _)) if id == statement => Err(AdmissionError::AlreadyProven(id)),
        Some((id, _)) => Err(AdmissionError::NullifierUsed(id)),
    }
}

/// What a valid wish to consume leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consumption {
    /// It is consumed now.
    First,
    /// It was consumed with the same key: the answer is repeated.
    Repeated,
}

/// Why a receipt is not consumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsumptionError {
    /// Only this canister may.
    NotConsumer(Principal),
    /// It differs from what the consumer expects, in this field.
    Mismatch(&'static str),
    /// It was consumed with another key.
    Consumed,
    /// It is too late since then.
    Expired(Timestamp),
}

/// Decides whether the caller may consume the receipt.
///
/// # Errors
/// When the caller is not its consumer, expects something else, comes second, or comes too late.
pub fn consume(
    receipt: &StoredReceipt,
    caller: Principal,
    expected: &ExpectedReceipt,
    key: Digest32,
    now: Timestamp,
) -> Result<Consumption, ConsumptionError> {
    if caller != receipt.consumer {
        return Err(ConsumptionError::NotConsumer(receipt.consumer));
    }
    let comparisons = [
        ("circuit", expected.circuit == receipt.circuit),
        ("context", expected.context == receipt.context),
        ("submitter", expected.submitter == receipt.submitter),
        ("purpose", expected.purpose == receipt.purpose),
    ];
    if let Some((field, _)) = comparisons.iter().find(|(_, equal)| !equal) {
        return Err(ConsumptionError::Mismatch(field));
    }
    match receipt.consumption {
        // Before the deadline is looked at: a repeated call gets its answer however late it comes.
        Some(consumption) if consumption.key == key => Ok(Consumption::Repeated),
        Some(_) => Err(ConsumptionError::Consumed),
        None if is_expired(receipt, now) => Err(ConsumptionError::Expired(receipt.expires_at)),
        None => Ok(Consumption::First),
    }
}

fn is_expired(receipt: &StoredReceipt, now: Timestamp) -> bool {
    now >= receipt.expires_at
}
