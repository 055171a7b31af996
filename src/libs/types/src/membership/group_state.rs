//! Calimero's hash of a group's members, recomputed.

use crate::ids::{AccountId, ApplicationId, ContextId, Digest32};
use candid::CandidType;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Domain of the hash that is an account's id in Calimero.
const GENESIS_DOMAIN: &[u8] = b"calimero.account.genesis.v1";
/// Version of what is hashed: accounts with one root key and no salt.
const GENESIS_VERSION: u8 = 2;

/// An account's id in Calimero, 32 bytes. There an account is the hash of its first root key; here it is that key, which
/// signs. Members of before accounts (merod 0.10) are listed by their key instead.
///
/// SHA-256 over domain and genesis, each after its length as 8 bytes, little-endian; the genesis is a version byte and the key.
/// Source: `AccountGenesis` in `crates/account` of calimero-network/core.
#[must_use]
pub fn calimero_account(account: AccountId) -> Digest32 {
    let length = |bytes: usize| (bytes as u64).to_le_bytes();
    let hash = Sha256::new()
        .chain_update(length(GENESIS_DOMAIN.len()))
        .chain_update(GENESIS_DOMAIN)
        .chain_update(length(1 + account.0.len()))
        .chain_update([GENESIS_VERSION])
        .chain_update(account.0);
    Digest32(hash.finalize().into())
}

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
    /// The account's id in Calimero; see [`calimero_account`].
    pub account: Digest32,
    /// Its role in the Calimero group.
    pub role: GroupRole,
}

/// Asks whether a list of members has the hash that a Calimero node shows, and how it differs from the registered ones.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct CheckGroupStateArg {
    /// A context of the group.
    pub context: ContextId,
    /// The account of the group's administrator in Calimero.
    pub admin_account: Digest32,
    /// The account of the group's owner in Calimero.
    pub owner_account: Digest32,
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
    /// Accounts in the list that are registered members of this page. What is on no page's is not registered.
    pub found: Vec<Digest32>,
    /// Pass it as `after` for the next page of the comparison; `null` on the last one.
    pub next: Option<AccountId>,
}
