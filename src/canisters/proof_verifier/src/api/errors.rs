//! Domain errors as reasons of the interface.

use crate::budget::Exhausted;
use crate::receipt::{AdmissionError, ConsumptionError};
use crate::statement::{BadInputs, Unclaimed};
use calisec_types::proof_verifier::{Curve, MAX_PURPOSE_BYTES, ProofReason};
use calisec_zk::field::NonCanonicalAt;
use calisec_zk::groth16::{KeyError, ProofError as DecodeError, VerifyError};
use calisec_zk::pedersen::PedersenError;
use calisec_zk::statement::{BadPurpose, KeyOfOtherStatement, Malformed, Mismatch};

/// A count as the interface has it; no collection here comes near the limit.
pub(super) fn count(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

pub(super) fn from_key(error: KeyError) -> ProofReason {
    ProofReason::InvalidVerifyingKey(error.to_string())
}

pub(super) fn from_key_of_other_statement(error: KeyOfOtherStatement) -> ProofReason {
    match error {
        KeyOfOtherStatement::InputCount { expected, actual } => {
            ProofReason::StatementMismatch { expected: count(expected), actual: count(actual) }
        }
        KeyOfOtherStatement::NoSuchDepth(_)
        | KeyOfOtherStatement::NotSemaphore(_)
        | KeyOfOtherStatement::BuiltIn
        | KeyOfOtherStatement::Semaphore(_) => ProofReason::OtherStatement(error.to_string()),
    }
}

pub(super) fn from_unclaimed(error: Unclaimed) -> ProofReason {
    match error {
        Unclaimed::Malformed(Malformed::WrongInputCount { expected, actual }) => {
            ProofReason::WrongInputCount { expected: count(expected), actual: count(actual) }
        }
        Unclaimed::Malformed(error @ (Malformed::BoundTooLarge { .. } | Malformed::EmptyRange { .. })) => {
            ProofReason::MalformedStatement(error.to_string())
        }
        Unclaimed::Mismatch(Mismatch::Context) => ProofReason::WrongContext,
        Unclaimed::Mismatch(Mismatch::Signal) => ProofReason::WrongDomain,
        Unclaimed::Mismatch(Mismatch::Scope) => ProofReason::WrongScope,
        Unclaimed::OtherCurve => ProofReason::CurveNotSupported(Curve::Bls12_381),
    }
}

pub(super) fn from_inputs(error: BadInputs) -> ProofReason {
    match error {
        BadInputs::Count { expected, actual } => ProofReason::WrongInputCount { expected, actual: count(actual) },
        BadInputs::NonCanonical(NonCanonicalAt { index }) => ProofReason::NonCanonicalInput { index: count(index) },
    }
}

pub(super) fn from_decode(error: DecodeError) -> ProofReason {
    ProofReason::MalformedProof(error.to_string())
}

pub(super) fn from_verify(error: VerifyError) -> ProofReason {
    match error {
        VerifyError::WrongInputCount { expected, actual } => {
            ProofReason::WrongInputCount { expected: count(expected), actual: count(actual) }
        }
        VerifyError::Rejected => ProofReason::InvalidProof,
    }
}

pub(super) fn from_purpose(BadPurpose { length }: BadPurpose) -> ProofReason {
    ProofReason::BadLength { field: "purpose".to_owned(), length: length as u64, limit: MAX_PURPOSE_BYTES as u64 }
}

pub(super) fn from_admission(error: AdmissionError) -> ProofReason {
    match error {
        AdmissionError::AlreadyProven(receipt) => ProofReason::AlreadyProven(receipt),
        AdmissionError::NullifierUsed(receipt) => ProofReason::NullifierUsed(receipt),
    }
}

pub(super) fn from_budget(Exhausted { retry_at }: Exhausted) -> ProofReason {
    ProofReason::BudgetExhausted { retry_at }
}

pub(super) fn from_consumption(error: ConsumptionError) -> ProofReason {
    match error {
        ConsumptionError::NotConsumer(consumer) => ProofReason::NotConsumer(consumer),
        ConsumptionError::Mismatch(field) => ProofReason::ReceiptMismatch(field.to_owned()),
        ConsumptionError::Consumed => ProofReason::ReceiptConsumed,
        ConsumptionError::Expired(at) => ProofReason::ReceiptExpired(at),
    }
}

pub(super) fn from_opening(error: PedersenError) -> ProofReason {
    match error {
        PedersenError::Blinding => ProofReason::InvalidBlinding,
        other => ProofReason::InvalidCommitment(other.to_string()),
    }
}
