//! Receipts: what proofs earn.

use super::circuits::{CircuitStatus, StatementKind};
use crate::ids::{CircuitId, ContextId, Digest32, FieldElement, ReceiptId, Timestamp};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// What a verified proof stands for.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Hash of circuit and public inputs.
    pub id: ReceiptId,
    /// The circuit.
    pub circuit: CircuitId,
    /// What the public inputs mean.
    pub statement: StatementKind,
    /// The public inputs.
    pub public_inputs: Vec<FieldElement>,
    /// The context.
    pub context: ContextId,
    /// The canister that may consume it.
    pub consumer: Principal,
    /// What for.
    pub purpose: String,
    /// Who submitted the proof.
    pub submitter: Principal,
    /// When.
    pub issued_at: Timestamp,
    /// Until when it can be consumed.
    pub expires_at: Timestamp,
    /// When it was consumed.
    pub consumed_at: Option<Timestamp>,
    /// Whether the circuit is revoked. Then the receipt cannot be consumed any more.
    pub is_revoked: bool,
}

/// A receipt that can be verified offline, from the network's root key on.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ReceiptCertificate {
    /// The receipt.
    pub receipt: Receipt,
    /// Its position among all receipts, and its label in the witness.
    pub position: u64,
    /// The circuit's status.
    pub circuit_status: CircuitStatus,
    /// The circuit's position among all circuits, and its label in the witness.
    pub circuit_position: u64,
    /// The certificate of the canister's certified data. Only in answers to non-replicated queries.
    pub certificate: Option<ByteBuf>,
    /// The hash tree that leads from the certified data to the hashes of the receipt and of the circuit's status; CBOR.
    pub witness: ByteBuf,
}

/// What the consumer expects of a receipt; a receipt that differs is refused and stays unconsumed.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ExpectedReceipt {
    /// The circuit.
    pub circuit: CircuitId,
    /// The context.
    pub context: ContextId,
    /// Who submitted the proof.
    pub submitter: Principal,
    /// What for.
    pub purpose: String,
}

/// Consumes a receipt. Only the canister it names.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ConsumeArg {
    /// Which.
    pub receipt: ReceiptId,
    /// What it must be.
    pub expected: ExpectedReceipt,
    /// The same key again answers the same again; another key is refused.
    pub idempotency_key: Digest32,
}

/// Asks for a page of receipts, or of the proofs that earned them.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ReceiptsArg {
    /// Which context.
    pub context: ContextId,
    /// `next` of the page before; `null` for the first page.
    pub after: Option<u64>,
    /// Page length.
    pub limit: Option<u32>,
}

/// A page of receipts, oldest first.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ReceiptsPage {
    /// The receipts.
    pub receipts: Vec<Receipt>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<u64>,
}
