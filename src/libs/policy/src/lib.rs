//! Who may do what: the schema of the facts, the Cedar policies of a context, their evaluation and its explanation.
//!
//! Pure functions of facts and policies, without clock, storage or network: the `membership` canister decides with them,
//! and whoever holds the same facts decides the same, anywhere.
//!
//! | name | what |
//! |---|---|
//! | [`SCHEMA`], [`DEFAULT_POLICIES`] | what policies may speak of, and what a context starts with |
//! | [`Policies`], [`PolicyValidator`] | a policy set, parsed within limits and checked strictly |
//! | [`Facts`], [`Judge`], [`Verdict`] | a question with all that is known, who answers it, and the answer |
//! | [`grants`] | when a grant counts, and which of several does |
//! | [`HeldClaims`] | which of a member's claims count |
//! | [`Asking`], [`Ruling`] | a member's certified facts, and the decision that they lead to |
//! | [`template`], [`templates`] | policies for common cases, filled in safely |
//! | [`PolicyCache`] | parsed sets by their hash |

mod cache;
mod claims;
mod explain;
pub mod grants;
mod judge;
mod policies;
mod ruling;
mod templates;
#[cfg(test)]
mod test_fixtures;

pub use cache::PolicyCache;
pub use claims::HeldClaims;
pub use judge::{Facts, HeldClaim, Judge, Verdict, action_name};
pub use policies::{
    DEFAULT_POLICIES, Fact, MAX_PATTERN_CHARS, MAX_POLICY_NAME_BYTES, MAX_STRING_BYTES, Policies, PolicyValidator,
    SCHEMA, policy_hash,
};
pub use ruling::{Asking, Ruling};
pub use templates::{TemplateError, template, templates};
