//! Contexts and their registration.

use super::claims::Origin;
use crate::ids::{ContextId, GroupId, PolicyVersion, Revision, Timestamp};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Registers a context by a signature of its key; see [`crate::signing::ContextRegistration`].
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RegisterContextArg {
    /// The context: the Ed25519 public key that signed.
    pub context: ContextId,
    /// Who will administer it; part of what is signed, so anyone may relay. Neither the anonymous principal nor aaaaa-aa.
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
    /// The group whose members are its members.
    pub group: GroupId,
    /// Who administers the group.
    pub administrator: Principal,
    /// The group's revision: rises with every change of members, roles, devices, links or administrator.
    pub revision: Revision,
    /// Members of the group now.
    pub member_count: u64,
    /// Version of the policy set in force.
    pub policy_version: PolicyVersion,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// What it is in Calimero, and whose claim its group stands for.
    pub origin: Origin,
}

/// Asks for a page of a group's contexts.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContextsArg {
    /// Which group.
    pub group: GroupId,
    /// The last context of the page before; `null` for the first page.
    pub after: Option<ContextId>,
    /// Page length.
    pub limit: Option<u32>,
}

/// A page of a group's contexts, ordered by id.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ContextsPage {
    /// The contexts.
    pub contexts: Vec<ContextId>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<ContextId>,
}
