//! Members and roles, and what they were.

use super::identities::StoredPrincipal;
use calisec_types::ids::{DeviceKey, Digest32, KemKey, Revision};
use calisec_types::membership::Rights;

/// A member.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredMember {
    /// Its role.
    #[n(0)]
    pub role: String,
    /// Its envelope key.
    #[n(1)]
    pub kem_key: KemKey,
    /// Capabilities it has beside its role's.
    #[n(2)]
    pub own: Rights,
    /// The revision at which it became a member with these facts.
    #[n(3)]
    pub since: Revision,
    /// Grants stored for it in all contexts, over or not.
    #[n(4)]
    pub grants: u32,
    /// Its devices, at most `MAX_DEVICES`.
    #[n(5)]
    pub devices: Vec<DeviceKey>,
    /// Principals linked to it, at most `MAX_LINKS`.
    #[n(6)]
    pub links: Vec<StoredPrincipal>,
    /// The invite that brought it.
    #[n(7)]
    pub invite: Option<Digest32>,
}

/// What a member was from a revision on, when it is not any more. What it is now is in [`StoredMember`] only.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredStanding {
    /// The first revision at which it was not so any more.
    #[n(0)]
    pub until: Revision,
    /// Its role.
    #[n(1)]
    pub role: String,
    /// Capabilities it had beside its role's.
    #[n(2)]
    pub own: Rights,
}

/// A role of a group.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredRole {
    /// Its name.
    #[n(0)]
    pub name: String,
    /// What members in it may do.
    #[n(1)]
    pub capabilities: Rights,
    /// The revision since which they may.
    #[n(2)]
    pub since: Revision,
    /// Members in it.
    #[n(3)]
    pub members: u64,
    /// Those of them that may vote whatever the role says.
    #[n(4)]
    pub own_voters: u64,
    /// Those of them that may attest checkpoints whatever the role says.
    #[n(5)]
    pub own_attesters: u64,
}

/// What members in a role were able to do from a revision on, when they are not any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredRoleEra {
    /// The first revision at which it was not so any more.
    #[n(0)]
    pub until: Revision,
    /// What they were able to do.
    #[n(1)]
    pub capabilities: Rights,
}
