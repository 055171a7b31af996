//! A step of a proposal.

use calisec_types::ids::{AccountId, GrantId, NoteId, Timestamp};
use calisec_types::membership::{Action, Change};
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
        /// Until when.
        #[n(4)]
        not_after: Option<Timestamp>,
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
            Change::Grant { account, action, note, registry, not_after } => {
                Self::Grant { account, action: action.into(), note, registry, not_after }
            }
            Change::Revoke { grant } => Self::Revoke { grant },
            Change::SetPolicy { cedar } => Self::SetPolicy { cedar },
        }
    }
}

impl From<StoredChange> for Change {
    fn from(change: StoredChange) -> Self {
        match change {
            StoredChange::Grant { account, action, note, registry, not_after } => {
                Self::Grant { account, action: action.into(), note, registry, not_after }
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
