//! Checkpoints: what members attest of a context's state, and where they differ.

use crate::ids::{AccountId, ContextId, Digest32, Height, Seq, StateRoot, Timestamp};
use candid::CandidType;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// What a context's state is said to be.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim {
    /// The Merkle root of the state.
    pub state_root: StateRoot,
    /// SHA-256 of the application's wasm module that made it.
    pub app_hash: Digest32,
}

/// How much agreement makes a checkpoint final.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "storage", derive(minicbor::Encode, minicbor::Decode))]
pub enum Quorum {
    /// So many attestations.
    #[cfg_attr(feature = "storage", n(0))]
    Count(#[cfg_attr(feature = "storage", n(0))] u64),
    /// More than this part of the members who may attest, in hundredths of a percent (5,000: more than half), or all of
    /// them (10,000).
    #[cfg_attr(feature = "storage", n(1))]
    BasisPoints(#[cfg_attr(feature = "storage", n(0))] u16),
}

/// Says how much agreement makes a checkpoint final from now on. Only the administrator; governance does it by
/// `Change::SetCheckpointQuorum`.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetCheckpointQuorumArg {
    /// Which context.
    pub context: ContextId,
    /// The quorum. The default is more than half.
    pub quorum: Quorum,
}

/// Attests what a context's state was. A member who may attest checkpoints; once for each height.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttestArg {
    /// Which context.
    pub context: ContextId,
    /// When, in the context's own counting.
    pub height: Height,
    /// What.
    pub claim: Claim,
}

/// What became of an attestation.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It counts.
    Counted,
    /// The account had attested the same before.
    Repeated,
    /// The checkpoint was final already, with this claim.
    Confirmed,
    /// The checkpoint was final already, with another claim, and stays as it is.
    Contradicted,
    /// The account had attested something else for this height: neither counts, and both are on record.
    Equivocated,
}

/// The answer to an attestation.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attested {
    /// The canister's write counter after it.
    pub seq: Seq,
    /// What became of it.
    pub verdict: Verdict,
    /// Attestations of the same claim that count.
    pub count: u64,
    /// How many make the checkpoint final; for a final one, how many did.
    pub required: u64,
    /// Whether the checkpoint is final, with whichever claim.
    pub is_final: bool,
    /// The divergence that it raised.
    pub divergence: Option<Seq>,
}

/// Where a checkpoint stands.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckpointStatus {
    /// Attestations are being counted.
    Open,
    /// Enough members agreed. It never changes.
    Final,
    /// It was not final in time, or who may attest was decided anew meanwhile. It takes no more attestations.
    Lapsed,
}

/// A checkpoint.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its height.
    pub height: Height,
    /// Where it stands.
    pub status: CheckpointStatus,
    /// What it says: the claim that is final; before, the claim that was attested first.
    pub claim: Claim,
    /// Attestations of this claim that count.
    pub count: u64,
    /// How many make it final now; for a final one, how many did.
    pub required: u64,
    /// Different claims that were attested.
    pub claims: u64,
    /// When it was attested first.
    pub opened_at: Timestamp,
    /// When it became final.
    pub final_at: Option<Timestamp>,
    /// The audit entry of the attestation that made it final.
    pub final_seq: Option<Seq>,
}

/// A final checkpoint, as it is certified.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinalCheckpoint {
    /// Its height.
    pub height: Height,
    /// What it says.
    pub claim: Claim,
    /// How many attestations were required.
    pub required: u64,
    /// When it became final.
    pub final_at: Timestamp,
    /// The audit entry of the attestation that made it final.
    pub seq: Seq,
}

/// Asks for a final checkpoint with a proof.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinalCheckpointArg {
    /// Which context.
    pub context: ContextId,
    /// Which height; `null` for the highest that is final.
    pub height: Option<Height>,
}

/// A final checkpoint, or that there is none, with the proof.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct CertifiedCheckpoint {
    /// The checkpoint; `null` when it is not final.
    pub checkpoint: Option<FinalCheckpoint>,
    /// The certificate, CBOR; `null` when called in replicated mode. Its certified data is the root of `witness`.
    pub certificate: Option<ByteBuf>,
    /// Hash tree, CBOR, that tells the hash of the checkpoint or that there is none.
    pub witness: ByteBuf,
}

/// Asks for a page of checkpoints.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct CheckpointsArg {
    /// Which context.
    pub context: ContextId,
    /// The last height of the page before; `null` for the first page.
    pub after: Option<Height>,
    /// Page length.
    pub limit: Option<u32>,
}

/// A page of checkpoints, ordered by height.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct CheckpointsPage {
    /// The checkpoints.
    pub checkpoints: Vec<Checkpoint>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<Height>,
}

/// Whether an attestation counts.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttestationStatus {
    /// It counts, or did when the checkpoint became final.
    Counts,
    /// The account was removed, or may not attest any more.
    Withdrawn,
    /// The account attested something else as well.
    Equivocated,
    /// It came when the checkpoint was final.
    Late,
}

/// What an account said of one height.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// Who.
    pub account: AccountId,
    /// What.
    pub claim: Claim,
    /// When.
    pub at: Timestamp,
    /// The audit entry.
    pub seq: Seq,
    /// Whether it counts.
    pub status: AttestationStatus,
}

/// Asks for a page of the attestations of one height.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AttestationsArg {
    /// Which context.
    pub context: ContextId,
    /// Which height.
    pub height: Height,
    /// The last account of the page before; `null` for the first page.
    pub after: Option<AccountId>,
    /// Page length.
    pub limit: Option<u32>,
}

/// A page of attestations, ordered by account.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AttestationsPage {
    /// The attestations.
    pub attestations: Vec<Attestation>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<AccountId>,
}

/// What two witnesses disagree in.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DivergenceKind {
    /// Two accounts, before the checkpoint was final.
    Attestations,
    /// An account, and the final checkpoint.
    AfterFinal,
    /// An account, and the same account before.
    Equivocation,
    /// A node's admin API, and the final checkpoint.
    NodeState,
}

/// Who says something of a state.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum Witness {
    /// An account.
    Account(AccountId),
    /// The node at this address, whatever the canister was answered by it.
    Node(String),
}

/// One side of a divergence.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Who.
    pub by: Witness,
    /// The state root.
    pub state_root: StateRoot,
    /// The application's hash; `null` from a node, which does not tell it.
    pub app_hash: Option<Digest32>,
    /// When.
    pub at: Timestamp,
    /// The audit entry.
    pub seq: Seq,
}

/// Two different claims about one height. Each new claim about a height raises one.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// Its number: that of the audit entry which raised it.
    pub seq: Seq,
    /// The height.
    pub height: Height,
    /// Between whom.
    pub kind: DivergenceKind,
    /// What was there: the final claim, or the one attested first.
    pub expected: Evidence,
    /// What differs.
    pub found: Evidence,
}

/// Asks for a page of divergences.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct DivergencesArg {
    /// Which context.
    pub context: ContextId,
    /// The last divergence of the page before; `null` for the first page.
    pub after: Option<Seq>,
    /// Page length.
    pub limit: Option<u32>,
}

/// A page of divergences, the oldest first.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct DivergencesPage {
    /// The divergences.
    pub divergences: Vec<Divergence>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<Seq>,
}
