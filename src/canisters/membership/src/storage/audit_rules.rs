//! What is written to the audit log of a context, and what opens what it hides.

use super::audit::StoredEvent;
use super::identities::StoredPrincipal;
use calisec_runtime::principal_cbor;
use calisec_types::ids::{ContextId, Digest32, Seq};
use calisec_types::membership::{AuditMode, AuditOpening, AuditRules};
use candid::Principal;

/// What everybody sees of an entry; see [`AuditMode`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum StoredAuditMode {
    /// Everything.
    #[default]
    #[n(0)]
    Full,
    /// Caller, kind and commitment.
    #[n(1)]
    Hashed,
    /// A commitment.
    #[n(2)]
    Redacted,
}

/// What is written to the audit log of a context.
#[derive(Clone, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredAuditRules {
    /// What everybody sees of it.
    #[n(0)]
    pub mode: StoredAuditMode,
    /// Of which canisters every decision is recorded.
    #[n(1)]
    pub registries: Vec<StoredPrincipal>,
}

/// What a commitment is to.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredPayload {
    /// Who called.
    #[cbor(n(0), with = "principal_cbor")]
    pub caller: Principal,
    /// What happened.
    #[n(1)]
    pub event: StoredEvent,
}

/// What opens a commitment.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredOpening {
    /// What was hashed before the payload.
    #[n(0)]
    pub salt: Digest32,
    /// What it is to.
    #[n(1)]
    pub payload: StoredPayload,
}

impl StoredOpening {
    /// The opening as the API shows it.
    #[must_use]
    pub fn into_api(self, context: ContextId, seq: Seq) -> AuditOpening {
        let Self { salt, payload: StoredPayload { caller, event } } = self;
        AuditOpening { seq, salt, caller, event: event.into_api(context) }
    }
}

impl From<AuditMode> for StoredAuditMode {
    fn from(mode: AuditMode) -> Self {
        match mode {
            AuditMode::Full => Self::Full,
            AuditMode::Hashed => Self::Hashed,
            AuditMode::Redacted => Self::Redacted,
        }
    }
}

impl From<StoredAuditMode> for AuditMode {
    fn from(mode: StoredAuditMode) -> Self {
        match mode {
            StoredAuditMode::Full => Self::Full,
            StoredAuditMode::Hashed => Self::Hashed,
            StoredAuditMode::Redacted => Self::Redacted,
        }
    }
}

impl From<StoredAuditRules> for AuditRules {
    fn from(StoredAuditRules { mode, registries }: StoredAuditRules) -> Self {
        Self {
            mode: mode.into(),
            registries: registries.into_iter().map(|StoredPrincipal(registry)| registry).collect(),
        }
    }
}
