//! Why the verifier refuses.

use super::circuits::{CircuitStatus, Curve};
use crate::error::{ApiError, ErrorKind, Reason};
use crate::ids::{CircuitId, ReceiptId, RoundId, Timestamp};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

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
    /// The key is not one of this statement.
    #[error("the key is of another statement: {0}")]
    OtherStatement(String),
    /// Not on this curve.
    #[error(
        "not on {0:?}: statements that the verifier checks are of Bn254, and so are batches; register the circuit as Raw and submit its proofs one by one"
    )]
    CurveNotSupported(Curve),
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
    #[error(
        "only the owner of a circuit and governance deprecate it, only governance revokes it, and nobody changes it after that"
    )]
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
    /// The public inputs are not such a statement.
    #[error("the public inputs are not of this statement: {0}")]
    MalformedStatement(String),
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
    /// The nullifier is for another network, canister, context, consumer or topic.
    #[error(
        "the scope among the public inputs does not bind this network, canister, context, consumer and topic (the purpose up to #)"
    )]
    WrongScope,
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
    /// No such round.
    #[error("round {0} does not exist")]
    UnknownRound(RoundId),
    /// A round that cannot be opened so.
    #[error("the round cannot be opened: {0}")]
    InvalidRound(String),
    /// Too many rounds.
    #[error("a publisher may open {limit} rounds")]
    TooManyRounds {
        /// The limit.
        limit: u64,
    },
    /// Another one publishes the aggregate.
    #[error("only {0}, who opened the round, posts its aggregate")]
    NotPublisher(Principal),
    /// The round does not name the caller.
    #[error("the caller is no contributor of this round: its publisher names them when it is opened")]
    NotContributor,
    /// It is too late to commit.
    #[error("the round took commitments until {0}: ask its publisher for another round")]
    RoundClosed(Timestamp),
    /// The round has its aggregate.
    #[error("the round has its aggregate")]
    RoundAggregated,
    /// It is too early for the aggregate, or too few committed.
    #[error(
        "{committed} of {contributors} committed: post the aggregate when all have, or from {closes_at} on when {quorum} have"
    )]
    RoundOpen {
        /// How many committed.
        committed: u32,
        /// How many may.
        contributors: u32,
        /// How many must.
        quorum: u32,
        /// Until when they may.
        closes_at: Timestamp,
    },
    /// The contributor committed to something else.
    #[error("the contributor committed already, to something else: a commitment is final")]
    AlreadyCommitted,
    /// Another contributor has this commitment.
    #[error("this commitment, or its negative, is that of {0}: commit with a random blinding of your own")]
    CommitmentTaken(Principal),
    /// The bytes are not a commitment.
    #[error("the commitment is refused: {0}")]
    InvalidCommitment(String),
    /// The blinding is not canonical.
    #[error("the blinding is not below the order of the group of BLS12-381: reduce it")]
    InvalidBlinding,
    /// The aggregate has another number of values than the round.
    #[error("the round is about {expected} values, {actual} were given")]
    WrongDimension {
        /// What the round has.
        expected: u32,
        /// What was given.
        actual: u32,
    },
    /// The aggregate is not the sum of what was committed to.
    #[error(
        "the aggregate is not the weighted sum of the commitments: sum what was committed to, and the blindings, with the round's weights"
    )]
    WrongAggregate,
    /// The round has no aggregate yet.
    #[error("round {0} has no aggregate yet")]
    NotAggregated(RoundId),
    /// Checking costs, and a query does not.
    #[error("`verify` answers queries only: call it as a query, or submit the proof")]
    QueryOnly,
    /// Less is attached than the proofs cost.
    #[error(
        "these proofs cost {needed} cycles and {attached} are attached: attach as many, or none to use your budget"
    )]
    TooFewCycles {
        /// The price of all of them.
        needed: u64,
        /// What the message carries.
        attached: u64,
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
