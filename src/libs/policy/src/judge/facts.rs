//! What is known of a question.

use calisec_types::ids::{AccountId, CircuitId, ContextId, Revision, Timestamp};
use calisec_types::membership::{Action, NoteResource, Rights};
use candid::Principal;

/// A question about a member, and all that is known to answer it. What is `None` is an attribute that is absent.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Whose policies.
    pub context: ContextId,
    /// Who.
    pub account: AccountId,
    /// The principal its calls come from.
    pub identity: Principal,
    /// Its role.
    pub role: &'a str,
    /// The revision since which it is a member with these facts.
    pub since: Revision,
    /// What it may do by its own right or its role's. No policy gives it more.
    pub rights: Rights,
    /// What may be done for it with what it asks with; everything when the question is about the account as such.
    pub scope: Rights,
    /// What was proved about it and counts now.
    pub claims: &'a [HeldClaim],
    /// The key of the device that asks for it; `None` when the question is about the account as such.
    pub device: Option<AccountId>,
    /// Does what.
    pub action: Action,
    /// To which note; `None` for the context.
    pub note: Option<&'a NoteResource>,
    /// Whether a grant in force lets it do that to the note for that purpose.
    pub is_granted: bool,
    /// What for.
    pub purpose: Option<&'a str>,
    /// When.
    pub now: Timestamp,
}

/// Something that was proved about a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldClaim {
    /// What was proved, in a word.
    pub kind: String,
    /// By which circuit.
    pub circuit: CircuitId,
    /// When.
    pub since: Timestamp,
    /// Until when it counts.
    pub until: Timestamp,
}
