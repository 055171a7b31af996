//! Contexts, groups and quotas.

use super::audit_rules::StoredAuditRules;
use super::members::StoredRole;
use calisec_runtime::principal_cbor;
use calisec_types::ids::{Digest32, GroupId, PolicyVersion, Revision, Timestamp, Weight};
use calisec_types::membership::Origin;
use candid::Principal;

/// A registered context.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredContext {
    /// The group whose members are its members.
    #[n(0)]
    pub group: GroupId,
    /// Version of the policy set in force.
    #[n(1)]
    pub policy_version: PolicyVersion,
    /// SHA-256 of its text: finds the parsed set without loading the text.
    #[n(2)]
    pub policy_hash: Digest32,
    /// When it was registered.
    #[n(3)]
    pub registered_at: Timestamp,
    /// What it is in Calimero, and whose claim its group stands for.
    #[n(4)]
    pub origin: Origin,
    /// What is written to its audit log; nothing special while `None`.
    #[n(5)]
    pub audit: Option<StoredAuditRules>,
}

/// A group: who belongs to its contexts.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredGroup {
    /// Who may do everything in it.
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
    /// Its roles, in the order of names; at most `MAX_ROLES`.
    #[n(4)]
    pub roles: Vec<StoredRole>,
    /// The revision since which it has this administrator.
    #[n(5)]
    #[cbor(default)]
    pub administered_since: Revision,
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
    /// Those that nobody paid for.
    #[n(2)]
    pub free: u64,
    /// Those that others registered for it, and nobody paid for.
    #[n(3)]
    pub free_relayed: u64,
}
