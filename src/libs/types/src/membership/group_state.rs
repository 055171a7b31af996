//! Calimero's hash of a group's members, recomputed.

use crate::ids::{AccountId, ApplicationId, ContextId, Digest32};
use candid::CandidType;
use serde::{Deserialize, Serialize};

/// What somebody is in a Calimero group.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupRole {
    /// Administers the group.
    Admin,
    /// Reads and writes.
    Member,
    /// Reads.
    ReadOnly,
    /// Reads, as an attested enclave.
    ReadOnlyTee,
}

impl GroupRole {
    /// The byte it is hashed as.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Admin => 0,
            Self::Member => 1,
            Self::ReadOnly => 2,
            Self::ReadOnlyTee => 3,
        }
    }
}

/// A member as Calimero lists it.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedMember {
    /// The account.
    pub account: AccountId,
    /// Its role in the Calimero group.
    pub role: GroupRole,
}

/// Asks whether a list of members has the hash that a Calimero node shows, and how it differs from the registered ones.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct CheckGroupStateArg {
    /// A context of the group.
    pub context: ContextId,
    /// The group's administrator in Calimero.
    pub admin_account: AccountId,
    /// The group's owner in Calimero.
    pub owner_account: AccountId,
    /// The application that the group's contexts shall run (`targetApplicationId`).
    pub target_application: ApplicationId,
    /// All members, in any order, at most [`super::MAX_LISTED_MEMBERS`].
    pub members: Vec<ListedMember>,
    /// What the node shows as `groupStateHash`.
    pub claimed_hash: Digest32,
    /// Compare with the registered members whose accounts come after this one; `null` for the first page.
    pub after: Option<AccountId>,
    /// How many registered members to compare with; 0 for none.
    pub limit: Option<u32>,
}

/// How a list of members compares. Whoever asks has brought the list: nothing here says that it is true.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct GroupStateCheck {
    /// The hash of the list.
    pub hash: Digest32,
    /// Whether it is the claimed one.
    pub matches: bool,
    /// Registered members of this page that the list lacks.
    pub missing: Vec<AccountId>,
    /// Accounts in the list, in the range of this page, that are not registered; at most a page of them.
    pub extra: Vec<AccountId>,
    /// Pass it as `after` for the next page of the comparison; `null` on the last one.
    pub next: Option<AccountId>,
}
