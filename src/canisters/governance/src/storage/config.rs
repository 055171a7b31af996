//! What the canister was installed with, and upgrades set.

use calisec_types::governance::{CircuitsInit, Rules};
use calisec_types::ids::ContextId;
use candid::Principal;
use minicbor::{Decode, Encode};

/// What the canister was installed with, and upgrades set.
#[derive(Encode, Decode, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The canister that knows the members and applies what is decided.
    #[cbor(n(0), with = "calisec_runtime::principal_cbor")]
    pub membership: Principal,
    /// The rules new proposals freeze.
    #[n(1)]
    pub rules: StoredRules,
    /// Who decides about circuits.
    #[n(2)]
    pub circuits: Option<StoredCircuits>,
}

/// Who decides about circuits.
#[derive(Encode, Decode, Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredCircuits {
    /// Whose circuits.
    #[cbor(n(0), with = "calisec_runtime::principal_cbor")]
    pub proof_verifier: Principal,
    /// The context whose members decide.
    #[n(1)]
    pub context: ContextId,
}

impl From<CircuitsInit> for StoredCircuits {
    fn from(CircuitsInit { proof_verifier, context }: CircuitsInit) -> Self {
        Self { proof_verifier, context }
    }
}

impl From<StoredCircuits> for CircuitsInit {
    fn from(StoredCircuits { proof_verifier, context }: StoredCircuits) -> Self {
        Self { proof_verifier, context }
    }
}

/// The rules of a proposal.
#[derive(Encode, Decode, Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredRules {
    /// How long votes are taken.
    #[n(0)]
    pub voting_period_seconds: u64,
    /// How long an adopted proposal waits.
    #[n(1)]
    pub timelock_seconds: u64,
    /// How long after that it may be executed.
    #[n(2)]
    pub execution_window_seconds: u64,
    /// Share of the electorate that must vote.
    #[n(3)]
    pub quorum_percent: u8,
    /// Share of adopt among adopt and reject that must be exceeded.
    #[n(4)]
    pub approval_percent: u8,
}

impl From<Rules> for StoredRules {
    fn from(rules: Rules) -> Self {
        let Rules {
            voting_period_seconds,
            timelock_seconds,
            execution_window_seconds,
            quorum_percent,
            approval_percent,
        } = rules;
        Self { voting_period_seconds, timelock_seconds, execution_window_seconds, quorum_percent, approval_percent }
    }
}

impl From<StoredRules> for Rules {
    fn from(rules: StoredRules) -> Self {
        let StoredRules {
            voting_period_seconds,
            timelock_seconds,
            execution_window_seconds,
            quorum_percent,
            approval_percent,
        } = rules;
        Self { voting_period_seconds, timelock_seconds, execution_window_seconds, quorum_percent, approval_percent }
    }
}
