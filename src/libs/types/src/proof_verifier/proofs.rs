//! Proofs, and what is asked about them.

use crate::ids::{CircuitId, ContextId, FieldElement, ReceiptId};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// A proof as it comes.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum EncodedProof {
    /// snarkjs `proof.json`.
    SnarkjsJson(String),
    /// arkworks `serialize_compressed`, 128 bytes.
    ArkCompressed(ByteBuf),
    /// arkworks `serialize_uncompressed`, 256 bytes.
    ArkUncompressed(ByteBuf),
    /// Eight 32-byte big-endian words as an EVM verifier takes them: A.x A.y B.x1 B.x0 B.y1 B.y0 C.x C.y.
    Evm(ByteBuf),
    /// `WriteTo` of gnark's `groth16.Proof`, 128 or 164 bytes.
    GnarkCompressed(ByteBuf),
    /// `WriteRawTo` of the same, 256 or 324 bytes.
    GnarkRaw(ByteBuf),
    /// A STARK of `calisec-stark`, at most [`super::MAX_STARK_PROOF_BYTES`] bytes.
    Stark(ByteBuf),
}

/// A kept proof with all that is needed to check it again.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct StoredProof {
    /// The receipt it earned.
    pub receipt: ReceiptId,
    /// Of this circuit.
    pub circuit: CircuitId,
    /// What it is about.
    pub public_inputs: Vec<FieldElement>,
    /// The proof; a Groth16 proof compressed as arkworks does, whatever it came as.
    pub proof: EncodedProof,
}

/// A page of kept proofs, in the order of their receipts.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ProofsPage {
    /// The proofs. Fewer than asked for when they are long.
    pub proofs: Vec<StoredProof>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<u64>,
}

/// Submits a proof. The caller is the submitter that the proof's signal binds.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SubmitArg {
    /// Which circuit.
    pub circuit: CircuitId,
    /// The context the statement is about.
    pub context: ContextId,
    /// The canister that may consume the receipt.
    pub consumer: Principal,
    /// What for, e.g. `mint`.
    pub purpose: String,
    /// The public inputs in the circuit's order.
    pub public_inputs: Vec<FieldElement>,
    /// The proof.
    pub proof: EncodedProof,
}

/// Submissions in one message at the most.
pub const MAX_SUBMISSIONS: usize = 512;

/// Submits many proofs. They may be of several circuits, contexts, consumers and purposes.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SubmitManyArg {
    /// The proofs, between 1 and [`MAX_SUBMISSIONS`].
    pub submissions: Vec<SubmitArg>,
}

/// Checks a proof without keeping anything. Only the equation is checked, not the domain; and a query's answer comes from
/// one node, uncertified.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct VerifyArg {
    /// Which circuit.
    pub circuit: CircuitId,
    /// The public inputs in the circuit's order.
    pub public_inputs: Vec<FieldElement>,
    /// The proof.
    pub proof: EncodedProof,
}

/// What a proof costs who attaches cycles to `submit` or `submit_many`, in cycles, good or bad.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// Groth16 on BN254.
    pub bn254: u64,
    /// Groth16 on BLS12-381.
    pub bls12_381: u64,
    /// A STARK.
    pub stark: u64,
}
