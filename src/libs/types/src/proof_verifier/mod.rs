//! `proof_verifier`: circuits, proofs, receipts and nullifiers.

mod circuits;
mod error;
mod proofs;
mod receipts;

pub use self::circuits::{
    Circuit, CircuitStatus, CircuitsArg, CircuitsPage, Curve, EncodedVerifyingKey, ProofVerifierInit,
    RegisterCircuitArg, SetCircuitStatusArg, StatementKind,
};
pub use self::error::{ProofError, ProofReason};
pub use self::proofs::{
    EncodedProof, MAX_SUBMISSIONS, Price, ProofsPage, StoredProof, SubmitArg, SubmitManyArg, VerifyArg,
};
pub use self::receipts::{ConsumeArg, ExpectedReceipt, Receipt, ReceiptCertificate, ReceiptsArg, ReceiptsPage};

/// Public inputs of a circuit at the most.
pub const MAX_PUBLIC_INPUTS: usize = 64;
/// Bytes of an encoded verifying key at the most.
pub const MAX_VERIFYING_KEY_BYTES: usize = 64 * 1024;
/// Bytes of an encoded Groth16 proof at the most.
pub const MAX_PROOF_BYTES: usize = 4 * 1024;
/// Bytes of a STARK at the most; honest ones have half.
pub const MAX_STARK_PROOF_BYTES: usize = 64 * 1024;
/// Bytes of the proofs of a page at the most; a page has at least one.
pub const MAX_PROOFS_PAGE_BYTES: usize = 1024 * 1024;
/// Bytes of a circuit's name at the most.
pub const MAX_CIRCUIT_NAME_BYTES: usize = 64;
/// Bytes of a purpose at the most.
pub const MAX_PURPOSE_BYTES: usize = 64;
/// Circuits that one owner may register.
pub const MAX_CIRCUITS_PER_OWNER: u64 = 100;
/// Proofs that a caller may have checked at once.
pub const BUDGET_PROOFS: u64 = 1_024;
/// How long it takes until a caller may have one more checked.
pub const BUDGET_SECONDS_PER_PROOF: u64 = 5;
/// What checking a proof on BN254 costs who attaches cycles: its worst case, found among bad ones, on a subnet of 13 nodes.
pub const PRICE_BN254_CYCLES: u64 = 200_000_000;
/// The same on BLS12-381.
pub const PRICE_BLS12_381_CYCLES: u64 = 400_000_000;
/// The same for a STARK: checking it, and keeping its 30 kB for some years.
pub const PRICE_STARK_CYCLES: u64 = 1_000_000_000;
/// How long a receipt can be consumed, in seconds.
pub const RECEIPT_VALIDITY_SECONDS: u64 = 7 * 24 * 60 * 60;
