//! What decisions rest on, as it is certified.

use super::roles::Capability;
use crate::ids::{AccountId, Digest32, GroupId, KemKey, PolicyVersion, Revision};
use candid::CandidType;
use serde::{Deserialize, Serialize};

/// What is certified about a context. Not its membership revision: a member who comes or goes changes nothing here.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContextFact {
    /// The group whose members are its members.
    pub group: GroupId,
    /// Version of the policy set in force.
    pub policy_version: PolicyVersion,
    /// SHA-256 of its text.
    pub policy_hash: Digest32,
}

/// What is certified about a member of a group.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct MemberFact {
    /// Who.
    pub account: AccountId,
    /// Its role.
    pub role: String,
    /// Capabilities it has beside its role's.
    pub capabilities: Vec<Capability>,
    /// The revision since which it is a member with these facts.
    pub since: Revision,
    /// Where key envelopes for it are sealed to.
    pub kem_key: KemKey,
}

/// What is certified about a role of a group.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RoleFact {
    /// Its name.
    pub name: String,
    /// What members in it may do.
    pub capabilities: Vec<Capability>,
}
