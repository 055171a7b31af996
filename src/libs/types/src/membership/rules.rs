//! Grants, policy sets and how governance changes them.

use super::access::Action;
use super::checkpoints::Quorum;
use super::proof_claims::ClaimKind;
use crate::ids::{AccountId, ContextId, GrantId, NoteId, PolicyVersion, ProposalId, Seq, Timestamp};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

/// When, how often and what for a grant counts. By default always, until it is revoked.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "storage", derive(minicbor::Encode, minicbor::Decode))]
pub struct GrantTerms {
    /// From when on; `null` for at once.
    #[cfg_attr(feature = "storage", n(0))]
    pub not_before: Option<Timestamp>,
    /// The last moment at which it counts; `null` for until revoked.
    #[cfg_attr(feature = "storage", n(1))]
    pub not_after: Option<Timestamp>,
    /// How often it may be used, at most [`super::MAX_GRANT_USES`]; `null` for any number of times. Only
    /// `decide_and_use` counts.
    #[cfg_attr(feature = "storage", n(2))]
    pub max_uses: Option<u64>,
    /// The purpose that it counts for; `null` for any, named or not.
    #[cfg_attr(feature = "storage", n(3))]
    pub purpose: Option<String>,
}

impl GrantTerms {
    /// For any purpose and any number of times, until `not_after`.
    #[must_use]
    pub const fn until(not_after: Option<Timestamp>) -> Self {
        Self { not_before: None, not_after, max_uses: None, purpose: None }
    }
}

/// A permission given by a proposal.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The context.
    pub context: ContextId,
    /// Who may.
    pub account: AccountId,
    /// Do what.
    pub action: Action,
    /// To which note.
    pub note: NoteId,
    /// Kept by which canister.
    pub registry: Principal,
    /// When, how often and what for it counts.
    pub terms: GrantTerms,
    /// How often it was used.
    pub uses: u64,
    /// The proposal that gave it.
    pub proposal: ProposalId,
}

/// A change of access rules.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Lets a member do something to a note.
    Grant {
        /// Who may; must be a member.
        account: AccountId,
        /// Do what.
        action: Action,
        /// To which note.
        note: NoteId,
        /// Kept by which canister.
        registry: Principal,
        /// When, how often and what for it counts.
        terms: GrantTerms,
    },
    /// Takes a grant back.
    Revoke {
        /// Which.
        grant: GrantId,
    },
    /// Replaces the context's Cedar policy set.
    SetPolicy {
        /// The policies in Cedar syntax, valid against the schema.
        cedar: String,
    },
    /// Says how much agreement makes a checkpoint of the context final.
    SetCheckpointQuorum {
        /// How much.
        quorum: Quorum,
    },
    /// Says what members can prove about themselves, or says so anew: claims that were made under the kind before count for
    /// nothing.
    SetClaimKind {
        /// The kind.
        kind: ClaimKind,
    },
    /// Says that something cannot be proved any more: claims of that kind count for nothing.
    RemoveClaimKind {
        /// The kind's name.
        name: String,
    },
}

/// Asks whether a change could be applied now.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ValidateChangeArg {
    /// Which context.
    pub context: ContextId,
    /// The change.
    pub change: Change,
}

/// Applies one step of an executed proposal. Only governance.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ApplyArg {
    /// Which context.
    pub context: ContextId,
    /// The proposal, first half of the idempotency key.
    pub proposal: ProposalId,
    /// The step, second half of the idempotency key.
    pub step: u32,
    /// The change.
    pub change: Change,
}

/// What a step did. Repeating the step answers the same again and does nothing.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The canister's write counter after it.
    pub seq: Seq,
    /// The grant it made, if it made one.
    pub grant: Option<GrantId>,
}

/// Asks for a page of grants.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct GrantsArg {
    /// Which context.
    pub context: ContextId,
    /// The last grant of the page before; `null` for the first page.
    pub after: Option<GrantId>,
    /// Page length.
    pub limit: Option<u32>,
}

/// A page of grants that are neither over nor used up, ordered by id.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct GrantsPage {
    /// The grants.
    pub grants: Vec<Grant>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<GrantId>,
}

/// The policy set in force.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct PolicySet {
    /// Its version.
    pub version: PolicyVersion,
    /// The policies in Cedar syntax.
    pub cedar: String,
    /// The proposal that set it; `null` for the set a context is registered with.
    pub proposal: Option<ProposalId>,
}
