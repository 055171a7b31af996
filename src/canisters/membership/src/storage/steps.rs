//! Steps of proposals that were applied.

use super::rules::{StoredGrant, action_code};
use calisec_types::ids::{ContextId, Digest32, GrantId, ProposalId, Seq};
use calisec_types::membership::{Change, ClaimKind, Quorum};

/// A step of a proposal that was applied.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredStep {
    /// SHA-256 of what was applied, to which context.
    #[n(0)]
    pub content: Digest32,
    /// The write counter after it.
    #[n(1)]
    pub seq: Seq,
    /// The grant it made.
    #[n(2)]
    pub grant: Option<GrantId>,
}

/// What a step of a proposal is compared by: a [`Change`] with its context, in an encoding of its own, so that neither
/// a new kind of change nor another Candid library alters the hash of an old one.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode)]
pub struct StepContent<'a> {
    #[n(0)]
    context: ContextId,
    #[n(1)]
    change: StepChange<'a>,
}

#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode)]
enum StepChange<'a> {
    #[n(0)]
    Grant(#[n(0)] StoredGrant),
    #[n(1)]
    Revoke(#[n(0)] GrantId),
    #[n(2)]
    SetPolicy(#[n(0)] &'a str),
    #[n(3)]
    SetCheckpointQuorum(#[n(0)] Quorum),
    #[n(4)]
    SetClaimKind(#[n(0)] &'a ClaimKind),
    #[n(5)]
    RemoveClaimKind(#[n(0)] &'a str),
}

impl<'a> StepContent<'a> {
    /// What this step does.
    #[must_use]
    pub fn of(context: ContextId, proposal: ProposalId, change: &'a Change) -> Self {
        let change = match change {
            Change::Grant { account, action, note, registry, terms } => StepChange::Grant(StoredGrant {
                account: *account,
                action: action_code(*action),
                note: *note,
                registry: *registry,
                terms: terms.clone(),
                proposal,
                uses: 0,
            }),
            Change::Revoke { grant } => StepChange::Revoke(*grant),
            Change::SetPolicy { cedar } => StepChange::SetPolicy(cedar),
            Change::SetCheckpointQuorum { quorum } => StepChange::SetCheckpointQuorum(*quorum),
            Change::SetClaimKind { kind } => StepChange::SetClaimKind(kind),
            Change::RemoveClaimKind { name } => StepChange::RemoveClaimKind(name),
        };
        Self { context, change }
    }
}
