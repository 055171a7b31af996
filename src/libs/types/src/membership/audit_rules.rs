//! What is written to the audit log of a context, and how much of it everybody sees.

use super::audit::AuditEvent;
use crate::ids::{ContextId, Digest32, Seq};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

/// What everybody sees of a context's new entries. Entries that were written stay as they are.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuditMode {
    /// Everything.
    #[default]
    Full,
    /// Who called and what kind of event it was; of the rest, a commitment.
    Hashed,
    /// That something happened, and when; of the rest, the caller and the kind included, a commitment.
    Redacted,
}

/// Says what everybody sees of a context's entries from now on. Only the administrator.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetAuditModeArg {
    /// Which context.
    pub context: ContextId,
    /// What is seen.
    pub mode: AuditMode,
    /// Random bytes, fresh for every call, that nobody else knows: what hides is made of them and of what is left of earlier
    /// ones. Not for [`AuditMode::Full`]. Whoever relays a signed request with it reads it.
    pub seed: Option<Digest32>,
}

/// Says of which canisters every `decide_and_use` is recorded from now on. Only the administrator.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SetRecordedRegistriesArg {
    /// Which context.
    pub context: ContextId,
    /// The canisters, in the order of their ids, each once; at most [`super::MAX_RECORDED_REGISTRIES`].
    pub registries: Vec<Principal>,
}

/// What is written to the audit log of a context.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditRules {
    /// What everybody sees of it.
    pub mode: AuditMode,
    /// The canisters of which every `decide_and_use` is recorded.
    pub registries: Vec<Principal>,
}

/// What opens the commitment of a hidden entry.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AuditOpening {
    /// Which entry's.
    pub seq: Seq,
    /// What was hashed before the payload.
    pub salt: Digest32,
    /// Who called.
    pub caller: Principal,
    /// What happened.
    pub event: AuditEvent,
}

/// Asks for the openings of a context's hidden entries.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditOpeningsArg {
    /// Which context.
    pub context: ContextId,
    /// The last entry that the page before looked at.
    pub after: Option<Seq>,
    /// How many openings are looked at.
    pub limit: Option<u32>,
}

/// A page of openings.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AuditOpeningsPage {
    /// In the order of entries; of who does not administer the group, those of its own calls.
    pub openings: Vec<AuditOpening>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<Seq>,
}

/// Has the canister forget openings that were kept elsewhere. Only the administrator.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiscardOpeningsArg {
    /// Which context.
    pub context: ContextId,
    /// The last entry whose opening is forgotten.
    pub up_to: Seq,
}

/// What was forgotten.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiscardedOpenings {
    /// How many openings.
    pub discarded: u64,
    /// Whether there are more up to that entry: ask again.
    pub is_more: bool,
}
