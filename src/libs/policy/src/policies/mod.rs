//! Cedar policies of a context: what is accepted.

mod bounds;
mod depth;
mod mentions;

pub use mentions::Fact;

use crate::explain::Clauses;
use calisec_types::ids::{Digest32, Timestamp};
use calisec_types::membership::{MAX_POLICIES, MAX_POLICY_BYTES, MAX_POLICY_DEPTH};
use cedar_policy::{Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator};
use mentions::Mentions;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::str::FromStr;

/// The schema that policies are validated against, in Cedar syntax.
pub const SCHEMA: &str = include_str!("../schema.cedarschema");
/// The policy set a context is registered with.
pub const DEFAULT_POLICIES: &str = include_str!("../default.cedar");

/// Bytes of a policy's name at the most: decisions carry names.
pub const MAX_POLICY_NAME_BYTES: usize = 64;
/// Bytes of a string in a policy at the most. Facts that are texts have 64 at the most.
pub const MAX_STRING_BYTES: usize = 128;
/// Characters of a pattern of `like` at the most.
pub const MAX_PATTERN_CHARS: usize = 64;

/// Bytes of an explanation of Cedar's that are passed on.
const MAX_EXPLANATION_BYTES: usize = 1024;

/// SHA-256 of a policy text.
#[must_use]
pub fn policy_hash(cedar: &str) -> Digest32 {
    Digest32(Sha256::digest(cedar).into())
}

/// A policy set, parsed.
#[derive(Debug)]
pub struct Policies {
    set: PolicySet,
    names: BTreeMap<PolicyId, String>,
    mentions: Mentions,
    clauses: Clauses,
}

impl Policies {
    /// Parses a policy set within the limits on its length, number and nesting and on what evaluating it takes. It may still be
    /// invalid for the schema.
    ///
    /// # Errors
    /// Why it is refused, for humans.
    pub fn parse(cedar: &str) -> Result<Self, String> {
        if cedar.len() > MAX_POLICY_BYTES {
            return Err(format!("{} bytes are too long: {MAX_POLICY_BYTES} are accepted", cedar.len()));
        }
        let shape = depth::measure(cedar);
        if shape.depth > MAX_POLICY_DEPTH {
            return Err(format!(
                "operators and brackets nest {} deep: {MAX_POLICY_DEPTH} are accepted; write a set or several policies \
                 instead of a chain",
                shape.depth
            ));
        }
        if shape.policies > MAX_POLICIES {
            return Err(format!("{} policies are too many: {MAX_POLICIES} are accepted", shape.policies));
        }
        let set = PolicySet::from_str(cedar).map_err(|error| shortened(&error.to_string()))?;
        if set.num_of_templates() > 0 {
            return Err("a template needs values for its slots: write policies without ?principal and ?resource".into());
        }
        set.policies().try_for_each(bounds::check)?;
        let names = names(&set)?;
        let clauses = Clauses::of(&by_name(&set, &names));
        Ok(Self { set, names, mentions: Mentions::of(cedar), clauses })
    }

    /// The policies.
    #[must_use]
    pub const fn set(&self) -> &PolicySet {
        &self.set
    }

    /// Whether some policy may be about this fact. What none is about need not be looked up: nothing depends on it.
    #[must_use]
    pub const fn mentions(&self, fact: Fact) -> bool {
        self.mentions.has(fact)
    }

    /// Until when the passing of time alone changes nothing of what is decided `now`; at most until `latest`.
    #[must_use]
    pub fn steady_until(&self, now: Timestamp, latest: Timestamp) -> Timestamp {
        self.mentions.steady_until(now, latest)
    }

    /// What a policy is called in decisions: its `@id`, or `policy<n>` by its place.
    #[must_use]
    pub fn name(&self, id: &PolicyId) -> String {
        self.names.get(id).cloned().unwrap_or_else(|| id.to_string())
    }

    /// The conditions of the policies, one by one.
    #[must_use]
    pub(crate) const fn clauses(&self) -> &Clauses {
        &self.clauses
    }
}

/// The policies in the order of their names, so that every replica says the same.
fn by_name<'a>(set: &'a PolicySet, names: &'a BTreeMap<PolicyId, String>) -> Vec<(&'a str, &'a Policy)> {
    let named = names.iter().filter_map(|(id, name)| set.policy(id).map(|policy| (name.as_str(), policy)));
    let mut policies: Vec<_> = named.collect();
    policies.sort_by_key(|(name, _)| *name);
    policies
}

/// Names every policy; two of one name could not be told apart in a decision.
fn names(set: &PolicySet) -> Result<BTreeMap<PolicyId, String>, String> {
    let mut taken = BTreeMap::new();
    for policy in set.policies() {
        let name = policy.annotation("id").filter(|id| !id.is_empty()).unwrap_or(policy.id().as_ref());
        if taken.insert(name.to_owned(), policy.id().clone()).is_some() {
            return Err(format!("two policies are called {}", shortened(name)));
        }
    }
    Ok(taken.into_iter().map(|(name, id)| (id, name)).collect())
}

/// Checks policies against the schema.
#[derive(Debug)]
pub struct PolicyValidator(Validator);

impl Default for PolicyValidator {
    fn default() -> Self {
        let schema = Schema::from_str(SCHEMA).expect("BUG: the published schema must parse");
        Self(Validator::new(schema))
    }
}

impl PolicyValidator {
    /// Parses a policy set and validates it strictly.
    ///
    /// # Errors
    /// Why it is refused, for humans.
    pub fn accept(&self, cedar: &str) -> Result<Policies, String> {
        let policies = Policies::parse(cedar)?;
        let result = self.0.validate(&policies.set, ValidationMode::Strict);
        if result.validation_passed() {
            return Ok(policies);
        }
        let mut errors: Vec<_> = result.validation_errors().map(ToString::to_string).collect();
        errors.sort();
        Err(shortened(&errors.join("; ")))
    }
}

/// The beginning of a text, at a character's boundary.
pub(crate) fn shortened(text: &str) -> String {
    if text.len() <= MAX_EXPLANATION_BYTES {
        return text.to_owned();
    }
    format!("{}...", &text[..text.floor_char_boundary(MAX_EXPLANATION_BYTES)])
}

#[cfg(test)]
mod steady_tests;
#[cfg(test)]
mod tests;
