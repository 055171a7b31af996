//! Contexts and quotas.

use calisec_runtime::principal_cbor;
use calisec_types::ids::{Digest32, PolicyVersion, Revision, Timestamp, Weight};
use candid::Principal;

/// A registered context.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredContext {
    /// Who adds and removes members.
    #[cbor(n(0), with = "principal_cbor")]
    pub administrator: Principal,
    /// Membership revision.
    #[n(1)]
    pub revision: Revision,
    /// Members now.
    #[n(2)]
    pub member_count: u64,
    /// Weight of all members now.
    #[n(3)]
    pub total_weight: Weight,
    /// Version of the policy set in force.
    #[n(4)]
    pub policy_version: PolicyVersion,
    /// SHA-256 of its text: finds the parsed set without loading the text.
    #[n(5)]
    pub policy_hash: Digest32,
    /// When it was registered.
    #[n(6)]
    pub registered_at: Timestamp,
}

/// How many contexts an administrator holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredQuota {
    /// All of them.
    #[n(0)]
    pub held: u64,
    /// Those that others registered for it.
    #[n(1)]
    pub relayed: u64,
}
