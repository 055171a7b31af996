//! Members, and what they were.

use calisec_types::ids::{KemKey, Revision, Weight};

/// A member.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredMember {
    /// Its role.
    #[n(0)]
    pub role: String,
    /// Its envelope key.
    #[n(1)]
    pub kem_key: KemKey,
    /// Its voting weight.
    #[n(2)]
    pub weight: Weight,
    /// The revision at which it became a member with these facts.
    #[n(3)]
    pub since: Revision,
    /// Grants stored for it, over or not.
    #[n(4)]
    pub grants: u32,
}

/// What an account was from a revision on.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredStanding {
    /// Its voting weight; `None` when it was no member any more.
    #[n(0)]
    pub weight: Option<Weight>,
    /// Its role, while a member.
    #[n(1)]
    pub role: Option<String>,
}
