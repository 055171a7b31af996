//! Questions to the policies, and their answers.

use crate::ids::{AccountId, ContextId, NoteId, PolicyVersion, Revision, Seq, Timestamp};
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
pub enum Action {
    /// Read a note: be handed its key.
    Read,
    /// Mint a note in the context.
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
