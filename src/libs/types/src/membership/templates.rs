//! Policies for common cases, with parameters.

use candid::CandidType;
use serde::{Deserialize, Serialize};

/// What a parameter of a template may be given.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// What the policy is called.
    PolicyName,
    /// The name of a role.
    Role,
    /// A purpose.
    Purpose,
    /// The kind of a note.
    NoteKind,
    /// The kind of a claim.
    Claim,
    /// Kinds of claims, with commas between.
    Claims,
    /// A number below 2^63.
    Number,
    /// An account id in base58.
    Account,
    /// The text of a principal.
    Principal,
}

/// A parameter of a template.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct TemplateParameter {
    /// Its name; it stands in the text in braces.
    pub name: String,
    /// What it may be given.
    pub kind: ParameterKind,
}

/// A policy with parameters.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct PolicyTemplate {
    /// Its name.
    pub name: String,
    /// What the policy does.
    pub about: String,
    /// Its parameters.
    pub parameters: Vec<TemplateParameter>,
    /// The policy in Cedar syntax. `{choices}` stands for every choice of k of the claims.
    pub cedar: String,
}
