//! `proof_verifier`: circuits, proofs, receipts and nullifiers.

use crate::error::{ApiError, ErrorKind, Reason};
use crate::ids::{CircuitId, ContextId, Digest32, FieldElement, ReceiptId, Timestamp};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Public inputs of a circuit at the most.
pub const MAX_PUBLIC_INPUTS: usize = 64;
/// Bytes of an encoded verifying key at the most.
pub const MAX_VERIFYING_KEY_BYTES: usize = 64 * 1024;
/// Bytes of an encoded proof at the most.
pub const MAX_PROOF_BYTES: usize = 4 * 1024;
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
/// How long a receipt can be consumed, in seconds.
pub const RECEIPT_VALIDITY_SECONDS: u64 = 7 * 24 * 60 * 60;

/// What a circuit's public inputs mean.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// `[commitment, nullifier, context_tag, signal]`: the submitter knows the opening of a note commitment that is bound
    /// to one context and one domain.
    NoteCommitment,
    /// Whatever the app says. Nothing among the inputs is compared with context, consumer, submitter or purpose, so the app
    /// binds what it needs to bind by itself, and guards against replay by itself.
    Raw,
}

/// Whether proofs of a circuit still count.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum CircuitStatus {
    /// They earn receipts.
    Active,
    /// They earn no new receipts; those that were issued count. Set and unset by the circuit's owner.
    Deprecated,
    /// They are worth nothing, and receipts that were not consumed yet neither. Set by governance, for good.
    Revoked,
}

/// How the canister is installed.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ProofVerifierInit {
    /// Who may revoke circuits; nobody when absent.
    pub governance: Option<Principal>,
}

/// Changes a circuit's status.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SetCircuitStatusArg {
    /// Which circuit.
    pub circuit: CircuitId,
    /// What it shall be.
    pub status: CircuitStatus,
}

/// A verifying key as it comes.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum EncodedVerifyingKey {
    /// snarkjs `verification_key.json` (groth16, bn128).
    SnarkjsJson(String),
    /// arkworks `serialize_compressed` of `ark_groth16::VerifyingKey<Bn254>`.
    ArkCompressed(ByteBuf),
    /// arkworks `serialize_uncompressed` of the same.
    ArkUncompressed(ByteBuf),
}

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
}

/// Registers a circuit.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RegisterCircuitArg {
    /// A name for humans, 1 to [`MAX_CIRCUIT_NAME_BYTES`] bytes.
    pub name: String,
    /// What its public inputs mean.
    pub statement: StatementKind,
    /// Its verifying key.
    pub verifying_key: EncodedVerifyingKey,
}

/// A registered circuit; nothing but its status ever changes.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Circuit {
    /// Hash of its canonical verifying key.
    pub id: CircuitId,
    /// Its name.
    pub name: String,
    /// What its public inputs mean.
    pub statement: StatementKind,
    /// How many public inputs it takes.
    pub public_inputs: u32,
    /// Who registered it. Registering proves nothing: whoever relies on a circuit must know its id.
    pub owner: Principal,
    /// When.
    pub registered_at: Timestamp,
    /// Whether its proofs still count.
    pub status: CircuitStatus,
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

/// A kept proof.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct StoredProof {
    /// The receipt it earned.
    pub receipt: ReceiptId,
    /// arkworks compressed encoding, 128 bytes.
    pub proof: ByteBuf,
}

/// Asks for a page of receipts.
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

/// Asks for a page of circuits.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct CircuitsArg {
    /// The last circuit of the page before; `null` for the first page.
    pub after: Option<CircuitId>,
    /// Page length.
    pub limit: Option<u32>,
}

/// A page of circuits, ordered by id.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct CircuitsPage {
    /// The circuits.
    pub circuits: Vec<Circuit>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<CircuitId>,
}

/// Why the verifier refused.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofReason {
    /// The caller must sign in.
    #[error("the anonymous principal may not do this: call with an identity")]
    Anonymous,
    /// A field is longer than allowed.
    #[error("{field} has {length} bytes or items, at most {limit} are allowed and at least one is needed")]
    BadLength {
        /// Which field.
        field: String,
        /// Its length.
        length: u64,
        /// The limit.
        limit: u64,
    },
    /// The verifying key is unusable or unsafe.
    #[error("the verifying key is refused: {0}")]
    InvalidVerifyingKey(String),
    /// The circuit takes another number of public inputs than its statement has.
    #[error("the statement has {expected} public inputs, the verifying key {actual}")]
    StatementMismatch {
        /// What the statement needs.
        expected: u32,
        /// What the key takes.
        actual: u32,
    },
    /// The circuit exists.
    #[error("circuit {0} is registered already")]
    CircuitExists(CircuitId),
    /// Too many circuits.
    #[error("an owner may register {limit} circuits")]
    TooManyCircuits {
        /// The limit.
        limit: u64,
    },
    /// No such circuit.
    #[error("circuit {0} is not registered")]
    UnknownCircuit(CircuitId),
    /// Proofs of this circuit earn no receipts.
    #[error("circuit {circuit} earns no receipts: its status is {status:?}")]
    CircuitNotActive {
        /// The circuit.
        circuit: CircuitId,
        /// Its status.
        status: CircuitStatus,
    },
    /// Somebody else may change the status so.
    #[error("only the owner of a circuit deprecates it, only governance revokes it, and nobody changes it after that")]
    NotAuthorised,
    /// Another number of public inputs.
    #[error("the circuit takes {expected} public inputs, {actual} were given")]
    WrongInputCount {
        /// What the circuit takes.
        expected: u32,
        /// What was given.
        actual: u32,
    },
    /// A public input at or above the field's modulus.
    #[error("public input {index} is not below the field modulus")]
    NonCanonicalInput {
        /// Which, from 0.
        index: u32,
    },
    /// The proof's bytes are not a proof.
    #[error("the proof cannot be decoded: {0}")]
    MalformedProof(String),
    /// The proof does not verify.
    #[error("the proof does not verify for these public inputs")]
    InvalidProof,
    /// The proof is for another context.
    #[error("the context tag among the public inputs is not that of the given context")]
    WrongContext,
    /// The proof is for another network, canister, consumer, submitter or purpose.
    #[error(
        "the signal among the public inputs does not bind this network, canister, context, consumer, submitter and purpose"
    )]
    WrongDomain,
    /// This statement was proved before.
    #[error("this statement was proved already: receipt {0}")]
    AlreadyProven(ReceiptId),
    /// The nullifier was used with another commitment.
    #[error("the nullifier was used already: receipt {0}")]
    NullifierUsed(ReceiptId),
    /// No such receipt.
    #[error("receipt {0} does not exist")]
    UnknownReceipt(ReceiptId),
    /// Another canister may consume it.
    #[error("only {0} may consume this receipt")]
    NotConsumer(Principal),
    /// The receipt is not what the consumer expects.
    #[error("the receipt is for another {0}")]
    ReceiptMismatch(String),
    /// The receipt was consumed with another key.
    #[error("the receipt was consumed already")]
    ReceiptConsumed,
    /// Too late.
    #[error("the receipt expired at {0}")]
    ReceiptExpired(Timestamp),
    /// With so many bad proofs or circuits before it in the message, this proof was not checked.
    #[error("not checked: bad proofs or many circuits in the same message cost too much; submit this one again")]
    BatchTooCostly,
    /// The caller had as many proofs and keys checked as it may for now.
    #[error("too many proofs and keys in a short time: try again at {retry_at}")]
    BudgetExhausted {
        /// When the same request will be served.
        retry_at: Timestamp,
    },
    /// A defect.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Reason for ProofReason {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Internal(_) => ErrorKind::Internal,
            Self::BudgetExhausted { .. } | Self::BatchTooCostly => ErrorKind::Temporary,
            _ => ErrorKind::Request,
        }
    }
}

/// Error of the proof verifier's methods.
pub type ProofError = ApiError<ProofReason>;
