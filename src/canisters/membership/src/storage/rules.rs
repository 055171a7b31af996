//! Grants and policy sets.

use calisec_runtime::principal_cbor;
use calisec_types::ids::{AccountId, ContextId, GrantId, GroupId, NoteId, ProposalId, Timestamp};
use calisec_types::membership::{Action, Grant, GrantTerms};
use candid::Principal;

/// Key of [`super::GRANTS_BY_HOLDER`]: (group, account), (context, registry, action, note), (end, grant). A grant without an end has
/// [`NO_END`], so that the last key of a prefix is the grant that lasts longest.
pub type GrantKey = ((GroupId, AccountId), (ContextId, Principal, ActionNote), (Timestamp, GrantId));

/// What is done to which note: the last part of what a [`GrantKey`] is for.
pub type ActionNote = (u8, NoteId);

/// The end of a grant that lasts until it is revoked.
pub const NO_END: Timestamp = Timestamp(u64::MAX);

/// A grant.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredGrant {
    /// Who may.
    #[n(0)]
    pub account: AccountId,
    /// Do what: [`action_code`].
    #[n(1)]
    pub action: u8,
    /// To which note.
    #[n(2)]
    pub note: NoteId,
    /// Kept by which canister.
    #[cbor(n(3), with = "principal_cbor")]
    pub registry: Principal,
    /// When, how often and what for it counts.
    #[n(4)]
    pub terms: GrantTerms,
    /// The proposal that gave it.
    #[n(5)]
    pub proposal: ProposalId,
    /// How often it was used.
    #[n(6)]
    pub uses: u64,
}

/// What a decision needs of a grant, beside its key, so that it need not look the grant up.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct GrantStanding {
    /// When, how often and what for it counts.
    #[n(0)]
    pub terms: GrantTerms,
    /// How often it was used.
    #[n(1)]
    pub uses: u64,
}

impl StoredGrant {
    /// The grant as the API shows it.
    #[must_use]
    pub fn to_api(&self, context: ContextId, id: GrantId) -> Grant {
        Grant {
            id,
            context,
            account: self.account,
            action: action_of(self.action),
            note: self.note,
            registry: self.registry,
            terms: self.terms.clone(),
            uses: self.uses,
            proposal: self.proposal,
        }
    }

    /// What stands at its key in [`super::GRANTS_BY_HOLDER`].
    #[must_use]
    pub fn standing(&self) -> GrantStanding {
        GrantStanding { terms: self.terms.clone(), uses: self.uses }
    }

    /// Its place in [`super::GRANTS_BY_HOLDER`].
    #[must_use]
    pub fn key(&self, group: GroupId, context: ContextId, id: GrantId) -> GrantKey {
        let end = self.terms.not_after.unwrap_or(NO_END);
        ((group, self.account), (context, self.registry, (self.action, self.note)), (end, id))
    }
}

/// A policy set.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredPolicySet {
    /// The policies in Cedar syntax.
    #[n(0)]
    pub cedar: String,
    /// The proposal that set it.
    #[n(1)]
    pub proposal: Option<ProposalId>,
}

/// The number an action is stored by.
#[must_use]
pub const fn action_code(action: Action) -> u8 {
    match action {
        Action::Read => 0,
        Action::Mint => 1,
    }
}

/// The action with this number.
///
/// # Panics
/// On a number that [`action_code`] never gave.
#[must_use]
pub fn action_of(code: u8) -> Action {
    match code {
        0 => Action::Read,
        1 => Action::Mint,
        other => panic!("BUG: no action is stored as {other}"),
    }
}
