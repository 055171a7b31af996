//! A step of a proposal.

use calisec_types::ids::{AccountId, GrantId, NoteId, Timestamp};
use calisec_types::membership::{Action, Change, GrantTerms};
use candid::Principal;
use minicbor::{Decode, Encode};

/// A change of access rules; see [`Change`].
#[derive(Encode, Decode, Clone, Debug, PartialEq, Eq)]
pub enum StoredChange {
    /// Lets a member do something to a note.
    #[n(0)]
    Grant {
        /// Who may.
        #[n(0)]
        account: AccountId,
        /// Do what.
        #[n(1)]
        action: StoredAction,
        /// To which note.
        #[n(2)]
        note: NoteId,
        /// Kept by which canister.
        #[cbor(n(3), with = "calisec_runtime::principal_cbor")]
        registry: Principal,
        /// When, how often and what for it counts.
        #[n(4)]
        terms: StoredTerms,
    },
    /// Takes a grant back.
    #[n(1)]
    Revoke {
        /// Which.
        #[n(0)]
        grant: GrantId,
    },
    /// Replaces the policy set.
    #[n(2)]
    SetPolicy {
        /// The policies.
        #[n(0)]
        cedar: String,
    },
}

/// When, how often and what for a grant counts; see [`GrantTerms`].
#[derive(Encode, Decode, Clone, Debug, PartialEq, Eq)]
pub struct StoredTerms {
    /// From when on.
    #[n(0)]
    pub not_before: Option<Timestamp>,
    /// Until when.
    #[n(1)]
    pub not_after: Option<Timestamp>,
    /// How often.
    #[n(2)]
    pub max_uses: Option<u64>,
    /// What for.
    #[n(3)]
    pub purpose: Option<String>,
}

impl From<GrantTerms> for StoredTerms {
    fn from(terms: GrantTerms) -> Self {
        let GrantTerms { not_before, not_after, max_uses, purpose } = terms;
        Self { not_before, not_after, max_uses, purpose }
    }
}

impl From<StoredTerms> for GrantTerms {
    fn from(terms: StoredTerms) -> Self {
        let StoredTerms { not_before, not_after, max_uses, purpose } = terms;
        Self { not_before, not_after, max_uses, purpose }
    }
}

/// What a grant allows.
#[derive(Encode, Decode, Clone, Copy, Debug, PartialEq, Eq)]
#[cbor(index_only)]
pub enum StoredAction {
    /// Read a note.
    #[n(0)]
    Read,
    /// Mint a note.
    #[n(1)]
    Mint,
}

impl From<Change> for StoredChange {
    fn from(change: Change) -> Self {
        match change {
            Change::Grant { account, action, note, registry, terms } => {
                Self::Grant { account, action: action.into(), note, registry, terms: terms.into() }
            }
            Change::Revoke { grant } => Self::Revoke { grant },
            Change::SetPolicy { cedar } => Self::SetPolicy { cedar },
        }
    }
}

impl From<StoredChange> for Change {
    fn from(change: StoredChange) -> Self {
        match change {
            StoredChange::Grant { account, action, note, registry, terms } => {
                Self::Grant { account, action: action.into(), note, registry, terms: terms.into() }
            }
            StoredChange::Revoke { grant } => Self::Revoke { grant },
            StoredChange::SetPolicy { cedar } => Self::SetPolicy { cedar },
        }
    }
}

impl From<Action> for StoredAction {
    fn from(action: Action) -> Self {
        match action {
            Action::Read => Self::Read,
            Action::Mint => Self::Mint,
        }
    }
}

impl From<StoredAction> for Action {
    fn from(action: StoredAction) -> Self {
        match action {
            StoredAction::Read => Self::Read,
            StoredAction::Mint => Self::Mint,
        }
    }
}
