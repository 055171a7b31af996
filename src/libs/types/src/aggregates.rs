//! `proof_verifier`: rounds in which contributors commit to updates, and aggregates that are checked against them.

use crate::ids::{ContextId, Digest32, FieldElement, RoundId, Timestamp};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Values of an update at the most.
pub const MAX_DIMENSION: usize = 1_024;
/// Contributors of a round at the most.
pub const MAX_CONTRIBUTORS: usize = 128;
/// Contributors of a round, and of an aggregate, at the least: the aggregate of one update is that update.
pub const MIN_CONTRIBUTORS: usize = 2;
/// Bytes of a round's label at the most.
pub const MAX_LABEL_BYTES: usize = 64;
/// How long a round can take commitments, in seconds.
pub const MAX_ROUND_SECONDS: u64 = 90 * 24 * 60 * 60;
/// Rounds that one publisher may open.
pub const MAX_ROUNDS_PER_PUBLISHER: u64 = 1_000;

/// Who may contribute to a round, and how much it counts.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Contributor {
    /// Who commits.
    pub contributor: Principal,
    /// What the update is multiplied by; at least 1.
    pub weight: u32,
}

/// Opens a round. The caller is its publisher.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct OpenRoundArg {
    /// The context it is about. Only a label to this canister.
    pub context: ContextId,
    /// For humans and programs, 1 to [`MAX_LABEL_BYTES`] bytes, e.g. `model-7/step-12`.
    pub label: String,
    /// How many values each update has, at most [`MAX_DIMENSION`].
    pub dimension: u32,
    /// Until when updates can be committed to, at most [`MAX_ROUND_SECONDS`] from now.
    pub closes_at: Timestamp,
    /// How many must commit, at least [`MIN_CONTRIBUTORS`].
    pub quorum: u32,
    /// Who may, each once: [`MIN_CONTRIBUTORS`] to [`MAX_CONTRIBUTORS`].
    pub contributors: Vec<Contributor>,
}

/// Commits to an update. The caller is the contributor.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct CommitUpdateArg {
    /// Which round.
    pub round: RoundId,
    /// 48 bytes: a point of G1 of BLS12-381, compressed.
    pub commitment: ByteBuf,
}

/// Posts the aggregate of a round. The caller is its publisher.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct PostAggregateArg {
    /// Which round.
    pub round: RoundId,
    /// The weighted sums of the values.
    pub values: Vec<i64>,
    /// The weighted sum of the blindings, modulo the order of the group.
    pub blinding: FieldElement,
}

/// A round.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// Its number.
    pub id: RoundId,
    /// See [`OpenRoundArg::context`].
    pub context: ContextId,
    /// See [`OpenRoundArg::label`].
    pub label: String,
    /// Who opened it.
    pub publisher: Principal,
    /// See [`OpenRoundArg::dimension`].
    pub dimension: u32,
    /// How many may commit.
    pub contributors: u32,
    /// How many must.
    pub quorum: u32,
    /// How many did.
    pub committed: u32,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Until when updates can be committed to.
    pub closes_at: Timestamp,
    /// When its aggregate was accepted.
    pub aggregated_at: Option<Timestamp>,
}

/// What an accepted aggregate stands for: its publisher knows the weighted sum of what the contributors committed to.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AggregateReceipt {
    /// The round.
    pub round: RoundId,
    /// Its context.
    pub context: ContextId,
    /// Its label.
    pub label: String,
    /// Who posted it.
    pub publisher: Principal,
    /// How many values it has.
    pub dimension: u32,
    /// How many committed, and are in the sum.
    pub contributors: u32,
    /// Hash of who committed to what with which weight: SHA-256 of `calisec.commitments.v1\0` and, in the order of their
    /// principals, of each contributor one byte of length and the principal, the weight in four big-endian bytes, and
    /// the commitment.
    pub commitments_hash: Digest32,
    /// Hash of the values: SHA-256 of `calisec.aggregate-values.v1\0` and each value in eight big-endian bytes.
    pub values_hash: Digest32,
    /// When it was accepted.
    pub accepted_at: Timestamp,
}

/// A receipt of an aggregate that can be verified offline, from the network's root key on.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AggregateCertificate {
    /// The receipt.
    pub receipt: AggregateReceipt,
    /// Its position among all, and its label in the witness.
    pub position: u64,
    /// The certificate of the canister's certified data. Only in answers to non-replicated queries.
    pub certificate: Option<ByteBuf>,
    /// The hash tree that leads from the certified data to the hash of the receipt; CBOR.
    pub witness: ByteBuf,
}

/// Asks for a page of the rounds of a context.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RoundsArg {
    /// Which context.
    pub context: ContextId,
    /// The last round of the page before; `null` for the first page.
    pub after: Option<RoundId>,
    /// Page length.
    pub limit: Option<u32>,
}

/// A page of rounds, oldest first.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RoundsPage {
    /// The rounds.
    pub rounds: Vec<Round>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<RoundId>,
}

/// Asks for a page of the contributors of a round.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ContributionsArg {
    /// Which round.
    pub round: RoundId,
    /// The last contributor of the page before; `null` for the first page.
    pub after: Option<Principal>,
    /// Page length.
    pub limit: Option<u32>,
}

/// Who may contribute, and what they committed to.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// Who.
    pub contributor: Principal,
    /// What the update is multiplied by.
    pub weight: u32,
    /// The commitment, 48 bytes, if there is one.
    pub commitment: Option<ByteBuf>,
}

/// A page of contributions, in the order of their principals.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ContributionsPage {
    /// The contributions.
    pub contributions: Vec<Contribution>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<Principal>,
}
