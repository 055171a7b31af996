//! Questions about many members, many notes, or rules that are not in force.

use super::access::{Action, NoteResource, Subject};
use super::rules::Change;
use crate::ids::{AccountId, ContextId, GrantId, NoteId};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

/// What [`super::DecideArg`] asks, in a context that is named once.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Who.
    pub subject: Subject,
    /// Does what.
    pub action: Action,
    /// To which note; `null` for actions on the context itself.
    pub note: Option<NoteResource>,
    /// What for.
    pub purpose: Option<String>,
}

/// Asks many questions about one context.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct DecideBatchArg {
    /// Whose policies.
    pub context: ContextId,
    /// The questions, at most [`super::MAX_QUESTIONS`].
    pub questions: Vec<Question>,
}

/// Something that could be done, whoever does it.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// What.
    pub action: Action,
    /// To which note; `null` for actions on the context itself.
    pub note: Option<NoteResource>,
    /// What for.
    pub purpose: Option<String>,
}

/// Asks which members may do something.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ListSubjectsArg {
    /// Whose policies.
    pub context: ContextId,
    /// What.
    pub deed: Deed,
    /// `next` of the page before; `null` for the first page.
    pub after: Option<AccountId>,
    /// How many members to look at, at most [`super::MAX_LOOKED_AT`].
    pub limit: Option<u32>,
}

/// Those of a stretch of members who may.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SubjectsPage {
    /// Who may, ordered by account.
    pub subjects: Vec<AccountId>,
    /// How many members were looked at.
    pub looked_at: u32,
    /// Pass it as `after` for the next page; `null` when all members were looked at.
    pub next: Option<AccountId>,
}

/// Asks which notes a member may do something to, of those it was granted. The registry alone knows notes and their facts:
/// the notes are looked at as if nobody owned them.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ListResourcesArg {
    /// Whose policies.
    pub context: ContextId,
    /// Who.
    pub subject: Subject,
    /// What.
    pub action: Action,
    /// What for.
    pub purpose: Option<String>,
    /// `next` of the page before; `null` for the first page.
    pub after: Option<NoteRef>,
    /// How many notes to look at, at most [`super::MAX_LOOKED_AT`].
    pub limit: Option<u32>,
}

/// A note, by where it is kept.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoteRef {
    /// The canister that keeps it.
    pub registry: Principal,
    /// The note.
    pub note: NoteId,
}

/// A note that may be used, and the grant it rests on.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantedResource {
    /// The note.
    pub note: NoteRef,
    /// The grant that counts.
    pub grant: GrantId,
}

/// Those of a stretch of granted notes that may be used.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ResourcesPage {
    /// The notes, ordered by registry and number.
    pub resources: Vec<GrantedResource>,
    /// Pass it as `after` for the next page; `null` when all were looked at.
    pub next: Option<NoteRef>,
}

/// Asks whose access a change would change.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SimulateArg {
    /// Of which context.
    pub context: ContextId,
    /// The change; it must be one that could be applied now.
    pub change: Change,
    /// What to ask about every member, 1 to [`super::MAX_SAMPLES`].
    pub samples: Vec<Deed>,
    /// `next` of the page before; `null` for the first page.
    pub after: Option<AccountId>,
    /// How many members to look at, at most [`super::MAX_LOOKED_AT`].
    pub limit: Option<u32>,
}

/// A decision that a change would turn.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Who.
    pub account: AccountId,
    /// Which of the samples, from 0.
    pub sample: u32,
    /// Whether it is allowed now; after the change it is the other way round.
    pub allowed_now: bool,
}

/// The decisions about a stretch of members that a change would turn.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SimulationPage {
    /// The decisions, ordered by account.
    pub turns: Vec<Turn>,
    /// How many members were looked at.
    pub looked_at: u32,
    /// Pass it as `after` for the next page; `null` when all members were looked at.
    pub next: Option<AccountId>,
}
