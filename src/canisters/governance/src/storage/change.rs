//! A step of a proposal.

use calisec_types::governance::Measure;
use calisec_types::ids::{AccountId, CircuitId, GrantId, NoteId};
use calisec_types::membership::{Action, Change, ClaimKind, GrantTerms, Quorum};
use calisec_types::proof_verifier::{CircuitStatus, SetCircuitStatusArg};
use candid::Principal;
use minicbor::{Decode, Encode};

/// What a step does; see [`Measure`].
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
        action: Action,
        /// To which note.
        #[n(2)]
        note: NoteId,
        /// Kept by which canister.
        #[cbor(n(3), with = "calisec_runtime::principal_cbor")]
        registry: Principal,
        /// When, how often and what for it counts.
        #[n(4)]
        terms: GrantTerms,
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
    /// Says how much agreement makes a checkpoint final.
    #[n(3)]
    SetCheckpointQuorum {
        /// How much.
        #[n(0)]
        quorum: Quorum,
    },
    /// Says what members can prove.
    #[n(4)]
    SetClaimKind {
        /// The kind.
        #[n(0)]
        kind: ClaimKind,
    },
    /// Says that something cannot be proved any more.
    #[n(5)]
    RemoveClaimKind {
        /// The kind's name.
        #[n(0)]
        name: String,
    },
    /// Changes the status of a circuit.
    #[n(6)]
    SetCircuitStatus {
        /// Which circuit.
        #[n(0)]
        circuit: CircuitId,
        /// What it shall be.
        #[n(1)]
        status: CircuitStatus,
    },
}

impl From<Change> for StoredChange {
    fn from(change: Change) -> Self {
        match change {
            Change::Grant { account, action, note, registry, terms } => {
                Self::Grant { account, action, note, registry, terms }
            }
            Change::Revoke { grant } => Self::Revoke { grant },
            Change::SetPolicy { cedar } => Self::SetPolicy { cedar },
            Change::SetCheckpointQuorum { quorum } => Self::SetCheckpointQuorum { quorum },
            Change::SetClaimKind { kind } => Self::SetClaimKind { kind },
            Change::RemoveClaimKind { name } => Self::RemoveClaimKind { name },
        }
    }
}

impl From<Measure> for StoredChange {
    fn from(measure: Measure) -> Self {
        match measure {
            Measure::Rules(change) => change.into(),
            Measure::Circuit(SetCircuitStatusArg { circuit, status }) => Self::SetCircuitStatus { circuit, status },
        }
    }
}

impl From<StoredChange> for Measure {
    fn from(change: StoredChange) -> Self {
        Self::Rules(match change {
            StoredChange::Grant { account, action, note, registry, terms } => {
                Change::Grant { account, action, note, registry, terms }
            }
            StoredChange::Revoke { grant } => Change::Revoke { grant },
            StoredChange::SetPolicy { cedar } => Change::SetPolicy { cedar },
            StoredChange::SetCheckpointQuorum { quorum } => Change::SetCheckpointQuorum { quorum },
            StoredChange::SetClaimKind { kind } => Change::SetClaimKind { kind },
            StoredChange::RemoveClaimKind { name } => Change::RemoveClaimKind { name },
            StoredChange::SetCircuitStatus { circuit, status } => {
                return Self::Circuit(SetCircuitStatusArg { circuit, status });
            }
        })
    }
}
