//! Why a decision came out as it did, clause by clause.

use super::access::Decision;
use super::rules::Grant;
use candid::CandidType;
use serde::{Deserialize, Serialize};

/// What a policy does where it applies.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It allows.
    Permit,
    /// It forbids, whatever others permit.
    Forbid,
}

/// What a clause of a policy asks for.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// Having one of these roles.
    Role(Vec<String>),
    /// Owning the note.
    Ownership,
    /// Holding a grant for the note that is in force.
    Grant,
    /// Holding a claim of this kind that is in force.
    Claim(String),
    /// Having this capability.
    Capability(String),
    /// Asking for this purpose.
    Purpose(String),
    /// Asking about a note of this kind.
    Kind(String),
    /// A fact that is absent from some questions, by its name in the schema.
    Fact(String),
    /// Something else, in Cedar syntax.
    Condition(String),
}

/// A clause of a policy: all of them must hold for the policy to apply.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ClauseExplanation {
    /// Whether it holds.
    pub holds: bool,
    /// What it asks for; one of these is enough.
    pub needs: Vec<Need>,
    /// Why it cannot be evaluated, e.g. which fact is absent.
    pub error: Option<String>,
}

/// A policy and its clauses.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct PolicyExplanation {
    /// Its `@id`, or `policy<n>`.
    pub policy: String,
    /// What it does where it applies.
    pub effect: Effect,
    /// Whether it is about the action that was asked for.
    pub concerns: bool,
    /// Whether it applies: it concerns the action, and every clause holds.
    pub applies: bool,
    /// Its clauses, in the order of its text.
    pub clauses: Vec<ClauseExplanation>,
}

/// Whether a grant counts for a question, and if not, why.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantState {
    /// It counts.
    InForce,
    /// Its time has not come.
    NotYet,
    /// Its time is over.
    Over,
    /// It was used as often as it may be.
    UsedUp,
    /// It is for another purpose than was named, or none was named.
    OtherPurpose,
}

/// A grant of the subject for the note, and whether it counts.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct GrantExplanation {
    /// The grant.
    pub grant: Grant,
    /// Whether it counts.
    pub state: GrantState,
}

/// A decision with its reasons.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The decision.
    pub decision: Decision,
    /// Every policy, by name. Empty when the subject is no member: then no policy was asked.
    pub policies: Vec<PolicyExplanation>,
    /// The subject's grants for the note, in force or not.
    pub grants: Vec<GrantExplanation>,
}
