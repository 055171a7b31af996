//! Contexts and their registration.

use crate::ids::{ContextId, PolicyVersion, Revision, Timestamp};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Registers a context by a signature of its key; see [`crate::signing::ContextRegistration`].
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RegisterContextArg {
    /// The context: the Ed25519 public key that signed.
    pub context: ContextId,
    /// Who will administer it; part of what is signed, so anyone may relay.
    pub administrator: Principal,
    /// When the signature stops being accepted; at most [`super::MAX_REGISTRATION_WINDOW_SECONDS`] ahead.
    pub expires_at: Timestamp,
    /// Ed25519 signature, 64 bytes.
    pub signature: ByteBuf,
}

/// A registered context.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Its id.
    pub id: ContextId,
    /// Who adds and removes members.
    pub administrator: Principal,
    /// Rises with every change of members.
    pub revision: Revision,
    /// Members now.
    pub member_count: u64,
    /// Version of the policy set in force.
    pub policy_version: PolicyVersion,
    /// When it was registered.
    pub registered_at: Timestamp,
}
