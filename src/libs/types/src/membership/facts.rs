//! What decisions rest on, as it is certified.

use crate::ids::{Digest32, GroupId, PolicyVersion};
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
