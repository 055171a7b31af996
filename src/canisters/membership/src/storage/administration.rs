//! Pending changes of administrators.

use calisec_runtime::principal_cbor;
use calisec_types::ids::Timestamp;
use calisec_types::membership::Handover;
use candid::Principal;

/// A pending change of a group's administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredHandover {
    /// Who may accept.
    #[cbor(n(0), with = "principal_cbor")]
    pub to: Principal,
    /// Whether the key behind the group started it.
    #[n(1)]
    pub is_recovery: bool,
    /// From when on.
    #[n(2)]
    pub not_before: Timestamp,
    /// Until when.
    #[n(3)]
    pub until: Timestamp,
}

impl From<StoredHandover> for Handover {
    fn from(StoredHandover { to, is_recovery, not_before, until }: StoredHandover) -> Self {
        Self { to, is_recovery, not_before, until }
    }
}

impl From<Handover> for StoredHandover {
    fn from(Handover { to, is_recovery, not_before, until }: Handover) -> Self {
        Self { to, is_recovery, not_before, until }
    }
}
