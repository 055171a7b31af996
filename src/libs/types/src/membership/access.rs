//! Questions to the policies, and their answers.

use crate::ids::{AccountId, ContextId, Digest32, Epoch, GrantId, NoteId, PolicyVersion, Revision, Seq, Timestamp};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

/// Who a decision is about.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An account.
    Account(AccountId),
    /// A principal; resolved to the account it is linked to in the context.
    Principal(Principal),
}

/// What the subject wants to do.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "storage", derive(minicbor::Encode, minicbor::Decode))]
#[cfg_attr(feature = "storage", cbor(index_only))]
pub enum Action {
    /// Read a note: be handed its key.
    #[cfg_attr(feature = "storage", n(0))]
    Read,
    /// Mint a note in the context.
    #[cfg_attr(feature = "storage", n(1))]
    Mint,
}

/// What it wants to do it to. The facts come from the caller of `decide`, who answers for them.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct NoteResource {
    /// The canister that keeps the note.
    pub registry: Principal,
    /// The note.
    pub note: NoteId,
    /// Its owner.
    pub owner: Principal,
    /// What it is, in a word, e.g. `dataset`: 1 to [`super::MAX_KIND_BYTES`] bytes of `a-z`, `0-9`, `-`.
    pub kind: Option<String>,
    /// The epoch of its key.
    pub epoch: Option<Epoch>,
}

/// A question to the policies.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct DecideArg {
    /// Whose policies.
    pub context: ContextId,
    /// Who.
    pub subject: Subject,
    /// Does what.
    pub action: Action,
    /// To which note; `null` for actions on the context itself.
    pub note: Option<NoteResource>,
    /// What for: 1 to [`super::MAX_PURPOSE_BYTES`] bytes of `a-z`, `0-9`, `-`. A grant for a purpose counts for no other.
    pub purpose: Option<String>,
}

/// Asks what [`DecideArg`] asks, and counts a use if the answer is an allow that rests on a grant with limited uses. Only the
/// canister that keeps the note, when it releases the note's key.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct DecideAndUseArg {
    /// The question, about a note of the caller's.
    pub question: DecideArg,
    /// Idempotency key: the same key again counts nothing again. Chosen by the caller, for each release.
    pub key: Digest32,
}

/// The answer. Default deny: no matching permit is a deny, and so is any error while evaluating.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Allow or deny.
    pub allowed: bool,
    /// The account the subject resolved to, if it is a member.
    pub account: Option<AccountId>,
    /// The policies (`@id` or `policy<n>`) that decided; empty for a default deny.
    pub determining_policies: Vec<String>,
    /// What would have to be true for an allow, in words.
    pub missing: Vec<String>,
    /// The grant that was put to the policies, if one counts; the first to end of those with limited uses, unless another
    /// has none.
    pub grant: Option<GrantId>,
    /// The policy set it was decided under.
    pub policy_version: PolicyVersion,
    /// The membership revision it was decided at.
    pub revision: Revision,
    /// The canister's write counter at the decision.
    pub seq: Seq,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// How long it may be relied upon.
    pub valid_until: Timestamp,
}
