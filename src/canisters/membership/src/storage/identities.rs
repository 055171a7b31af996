//! Principals that act for accounts.

use calisec_runtime::principal_cbor;
use calisec_types::ids::{AccountId, DeviceKey, KemKey, Revision, Timestamp};
use calisec_types::membership::Rights;
use candid::Principal;

/// What a principal is in a group.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum StoredIdentity {
    /// The account key of a member.
    #[n(0)]
    Account(#[n(0)] AccountId),
    /// A device of a member, live or stale.
    #[n(1)]
    Device(#[n(0)] StoredDevice),
    /// A principal that a member linked.
    #[n(2)]
    Link(#[n(0)] StoredLink),
    /// A key that was given up for ever: it acts for nobody, and nobody may have it.
    #[n(3)]
    Dead(#[n(0)] StoredDead),
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredDevice {
    /// Whose.
    #[n(0)]
    pub account: AccountId,
    /// Its key.
    #[n(1)]
    pub key: DeviceKey,
    /// What it may be used for.
    #[n(2)]
    pub scope: Rights,
    /// Its envelope key.
    #[n(3)]
    pub kem_key: KemKey,
    /// When it was added.
    #[n(4)]
    pub added_at: Timestamp,
    /// The last moment at which it counts.
    #[n(5)]
    pub expires_at: Option<Timestamp>,
    /// After how many seconds it must have another key.
    #[n(6)]
    pub rotate_every: Option<u64>,
    /// When it was given this key.
    #[n(7)]
    pub rotated_at: Timestamp,
    /// The revision since which the account has this key.
    #[n(8)]
    pub since: Revision,
}

impl StoredDevice {
    /// The last moment at which it counts, unless it is given another key: it expires, or its key is overdue.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        let overdue = self.rotate_every.map(|seconds| self.rotated_at.plus_seconds(seconds));
        match (self.expires_at, overdue) {
            (Some(expiry), Some(overdue)) => Some(expiry.min(overdue)),
            (one, other) => one.or(other),
        }
    }

    /// Whether it counts at this time.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.due().is_none_or(|due| now <= due)
    }
}

/// A linked principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredLink {
    /// To which account.
    #[n(0)]
    pub account: AccountId,
    /// The device it counts with; `None` when the account key linked it.
    #[n(1)]
    pub device: Option<DeviceKey>,
    /// When it was linked.
    #[n(2)]
    pub linked_at: Timestamp,
    /// The revision since which it is.
    #[n(3)]
    #[cbor(default)]
    pub since: Revision,
}

/// A key that was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredDead {
    /// Whose it was.
    #[n(0)]
    pub account: AccountId,
    /// The revision since which it was.
    #[n(1)]
    pub since: Revision,
    /// The revision since which it is not.
    #[n(2)]
    pub until: Revision,
}

/// A principal inside a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct StoredPrincipal(#[cbor(n(0), with = "principal_cbor")] pub Principal);
