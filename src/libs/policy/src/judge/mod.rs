//! Asks the policies. Only the entities that the question names are built; nothing is scanned.

use crate::policies::Policies;
use calisec_types::ids::{AccountId, ContextId};
use calisec_types::membership::{Action, NoteResource};
use candid::Principal;
use cedar_policy::{
    AuthorizationError, Authorizer, Context as CedarContext, Decision, Entities, Entity, EntityId, EntityTypeName,
    EntityUid, Request, RestrictedExpression,
};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::str::FromStr;

/// A question about a member, and all that is known to answer it.
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
    /// Does what.
    pub action: Action,
    /// To which note; `None` for the context.
    pub note: Option<&'a NoteResource>,
    /// Whether a grant in force lets it do that to the note.
    pub is_granted: bool,
}

/// What the policies say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Allow or deny.
    pub allowed: bool,
    /// The policies that decided, by name.
    pub determining_policies: Vec<String>,
    /// What would have to be true for an allow.
    pub missing: Vec<String>,
}

/// Names of the schema, parsed once: parsing a name costs more than evaluating a policy.
pub struct Judge {
    authorizer: Authorizer,
    account: EntityTypeName,
    context: EntityTypeName,
    note: EntityTypeName,
    principal: EntityTypeName,
    role: EntityTypeName,
    action: EntityTypeName,
}

impl Default for Judge {
    fn default() -> Self {
        let named = |name| EntityTypeName::from_str(name).expect("BUG: a type of the schema must parse");
        Self {
            authorizer: Authorizer::new(),
            account: named("Account"),
            context: named("Context"),
            note: named("Note"),
            principal: named("Principal"),
            role: named("Role"),
            action: named("Action"),
        }
    }
}

/// What an action is called in policies.
#[must_use]
pub const fn action_name(action: Action) -> &'static str {
    match action {
        Action::Read => "read",
        Action::Mint => "mint",
    }
}

fn uid(of: &EntityTypeName, id: impl AsRef<str>) -> EntityUid {
    EntityUid::from_type_name_and_id(of.clone(), EntityId::new(id))
}

impl Judge {
    /// Evaluates the policies. No matching permit is a deny, and so is any error: a forbid that cannot be evaluated must
    /// not be taken for one that does not apply.
    #[must_use]
    pub fn decide(&self, policies: &Policies, facts: &Facts<'_>) -> Verdict {
        let Some((request, entities)) = self.pose(facts) else {
            return Verdict {
                allowed: false,
                determining_policies: Vec::new(),
                missing: vec!["the facts cannot be put to the policies".to_owned()],
            };
        };
        let response = self.authorizer.is_authorized(&request, policies.set(), &entities);
        let failed: BTreeSet<_> = response
            .diagnostics()
            .errors()
            .map(|AuthorizationError::PolicyEvaluationError(error)| policies.name(error.policy_id()))
            .collect();
        if !failed.is_empty() {
            let missing = failed.iter().map(|name| format!("{name} cannot be evaluated, so nothing is allowed"));
            return Verdict { allowed: false, determining_policies: Vec::new(), missing: missing.collect() };
        }
        let determining: BTreeSet<_> = response.diagnostics().reason().map(|id| policies.name(id)).collect();
        let allowed = response.decision() == Decision::Allow;
        let missing =
            if allowed { Vec::new() } else { self.missing(policies, facts, &determining, &request, &entities) };
        Verdict { allowed, determining_policies: determining.into_iter().collect(), missing }
    }

    fn missing(
        &self,
        policies: &Policies,
        facts: &Facts<'_>,
        forbidding: &BTreeSet<String>,
        request: &Request,
        entities: &Entities,
    ) -> Vec<String> {
        let clauses = policies.clauses();
        let parts = self.authorizer.is_authorized(request, clauses.parts(), entities);
        let holding = parts.diagnostics().reason().cloned().collect();
        let mut missing: Vec<_> = forbidding.iter().map(|name| format!("{name} forbids it")).collect();
        missing.extend(clauses.missing(&holding, facts));
        missing
    }

    /// The question in Cedar's terms: a request, and the member, its role and the note as entities.
    fn pose(&self, facts: &Facts<'_>) -> Option<(Request, Entities)> {
        let account = uid(&self.account, facts.account.to_string());
        let note = facts.note.map(|note| uid(&self.note, format!("{}/{}", note.registry, note.note)));
        let granted = note.iter().filter(|_| facts.is_granted).cloned().map(RestrictedExpression::new_entity_uid);
        let attributes = HashMap::from([
            ("identity".to_owned(), self.principal_expression(facts.identity)),
            ("role".to_owned(), RestrictedExpression::new_string(facts.role.to_owned())),
            ("granted".to_owned(), RestrictedExpression::new_set(granted)),
        ]);
        let mut entities =
            vec![Entity::new(account.clone(), attributes, HashSet::from([uid(&self.role, facts.role)])).ok()?];
        if let (Some(uid), Some(note)) = (&note, facts.note) {
            let attributes = HashMap::from([
                ("owner".to_owned(), self.principal_expression(note.owner)),
                ("registry".to_owned(), self.principal_expression(note.registry)),
            ]);
            entities.push(Entity::new(uid.clone(), attributes, HashSet::new()).ok()?);
        }
        let resource = note.unwrap_or_else(|| uid(&self.context, facts.context.to_string()));
        let action = uid(&self.action, action_name(facts.action));
        let request = Request::new(account, action, resource, CedarContext::empty(), None).ok()?;
        Some((request, Entities::from_entities(entities, None).ok()?))
    }

    fn principal_expression(&self, principal: Principal) -> RestrictedExpression {
        RestrictedExpression::new_entity_uid(uid(&self.principal, principal.to_text()))
    }
}

#[cfg(test)]
mod tests;
