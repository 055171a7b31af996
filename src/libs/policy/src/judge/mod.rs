//! Asks the policies. Only the entities that the question names are built; nothing is scanned.

mod facts;

pub use facts::{Facts, HeldClaim};

use crate::policies::{Fact, Policies};
use calisec_types::ids::{CircuitId, Timestamp};
use calisec_types::membership::{Action, Capability, PolicyExplanation, Rights};
use candid::Principal;
use cedar_policy::{
    AuthorizationError, Authorizer, Context as CedarContext, Decision, Entities, Entity, EntityId, EntityTypeName,
    EntityUid, Request, RestrictedExpression,
};
use cedar_policy_core::ast::{Expr, Literal, SlotEnv, ValueKind};
use cedar_policy_core::entities::{Entities as CoreEntities, NoEntitiesSchema, TCComputation};
use cedar_policy_core::evaluator::{EvaluationError, Evaluator};
use cedar_policy_core::extensions::Extensions;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::str::FromStr;

const NANOSECONDS_PER_SECOND: u64 = 1_000_000_000;

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

/// Evaluates conditions of policies, one by one.
fn evaluation(request: &Request, entities: &Entities) -> impl Fn(&Expr) -> Result<bool, Box<EvaluationError>> {
    // No function of an extension is accepted in policies.
    let evaluator = Evaluator::new(request.as_ref().clone(), entities.as_ref(), Extensions::none());
    move |condition| {
        let value = evaluator.interpret(condition, &SlotEnv::new())?;
        Ok(matches!(value.value_kind(), ValueKind::Lit(Literal::Bool(true))))
    }
}

/// The entities as they are. Computing what each is a descendant of would cost more than evaluating twenty policies, and there is
/// nothing to compute: a member is in its role, and a role is in nothing.
fn closed(entities: Vec<Entity>) -> Option<Entities> {
    let entities = entities.into_iter().map(|entity| entity.as_ref().clone());
    let schema = None::<&NoEntitiesSchema>;
    let entities =
        CoreEntities::from_entities(entities, schema, TCComputation::AssumeAlreadyComputed, Extensions::none());
    entities.ok().map(Entities::from)
}

type Attributes = HashMap<String, RestrictedExpression>;

impl Judge {
    /// Evaluates the policies. No matching permit is a deny, and so is any error: a forbid that cannot be evaluated must
    /// not be taken for one that does not apply. What is not among the member's rights is denied whatever they say.
    #[must_use]
    pub fn decide(&self, policies: &Policies, facts: &Facts<'_>) -> Verdict {
        within_rights(self.evaluate(policies, facts), facts)
    }

    fn evaluate(&self, policies: &Policies, facts: &Facts<'_>) -> Verdict {
        let Some((request, entities)) = self.pose(policies, facts) else {
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
        let mut missing = Vec::new();
        if !allowed {
            missing.extend(determining.iter().map(|name| format!("{name} forbids it")));
            let holds = evaluation(&request, &entities);
            missing.extend(policies.clauses().missing(holds, !determining.is_empty(), facts));
        }
        Verdict { allowed, determining_policies: determining.into_iter().collect(), missing }
    }

    /// Whether the policies allow it, without saying why.
    #[must_use]
    pub fn allows(&self, policies: &Policies, facts: &Facts<'_>) -> bool {
        let (is_in, _) = asked_right(facts.action);
        is_in(facts.rights.and(facts.scope))
            && self.pose(policies, facts).is_some_and(|(request, entities)| {
                let response = self.authorizer.is_authorized(&request, policies.set(), &entities);
                response.decision() == Decision::Allow && response.diagnostics().errors().next().is_none()
            })
    }

    /// Every policy in parts, and which of them hold.
    #[must_use]
    pub fn explain(&self, policies: &Policies, facts: &Facts<'_>) -> Vec<PolicyExplanation> {
        let Some((request, entities)) = self.pose(policies, facts) else { return Vec::new() };
        policies.clauses().explain(evaluation(&request, &entities), facts.action)
    }

    /// The question in Cedar's terms: a request, and the member, its role and the note as entities. Facts that no policy
    /// mentions are left out.
    fn pose(&self, policies: &Policies, facts: &Facts<'_>) -> Option<(Request, Entities)> {
        let account = uid(&self.account, facts.account.to_string());
        let note = facts.note.map(|note| uid(&self.note, format!("{}/{}", note.registry, note.note)));
        let mut entities = vec![self.member(policies, facts, account.clone(), note.as_ref())?];
        if let (Some(uid), Some(note)) = (&note, facts.note) {
            let mut attributes = Attributes::new();
            let mut put = |fact, name: &str, value: &dyn Fn() -> RestrictedExpression| {
                if policies.mentions(fact) {
                    attributes.insert(name.to_owned(), value());
                }
            };
            put(Fact::Owner, "owner", &|| self.principal_expression(note.owner));
            put(Fact::Registry, "registry", &|| self.principal_expression(note.registry));
            if let Some(kind) = &note.kind {
                put(Fact::Kind, "kind", &|| RestrictedExpression::new_string(kind.clone()));
            }
            if let Some(epoch) = note.epoch {
                put(Fact::Epoch, "epoch", &|| number(epoch.0));
            }
            if !attributes.is_empty() {
                entities.push(Entity::new(uid.clone(), attributes, HashSet::new()).ok()?);
            }
        }
        let resource = note.unwrap_or_else(|| uid(&self.context, facts.context.to_string()));
        let action = uid(&self.action, action_name(facts.action));
        let circumstances =
            if policies.mentions(Fact::Circumstances) { circumstances(facts)? } else { CedarContext::empty() };
        let request = Request::new(account, action, resource, circumstances, None).ok()?;
        Some((request, closed(entities)?))
    }

    fn member(
        &self,
        policies: &Policies,
        facts: &Facts<'_>,
        account: EntityUid,
        note: Option<&EntityUid>,
    ) -> Option<Entity> {
        let mut attributes = Attributes::new();
        let mut put = |fact, name: &str, value: &dyn Fn() -> RestrictedExpression| {
            if policies.mentions(fact) {
                attributes.insert(name.to_owned(), value());
            }
        };
        put(Fact::Identity, "identity", &|| self.principal_expression(facts.identity));
        put(Fact::RoleName, "role", &|| text(facts.role));
        put(Fact::Since, "since", &|| number(facts.since.0));
        put(Fact::Capabilities, "capabilities", &|| set(names(facts.rights).map(text)));
        put(Fact::Granted, "granted", &|| {
            set(note.filter(|_| facts.is_granted).cloned().map(RestrictedExpression::new_entity_uid))
        });
        put(Fact::Claims, "claims", &|| set(facts.claims.iter().map(|claim| text(&claim.kind))));
        if let Some(key) = facts.device {
            put(Fact::Device, "device", &|| {
                record([("key", text(&key.to_string())), ("scope", set(names(facts.scope).map(text)))])
            });
        }
        let role = policies.mentions(Fact::RoleGroup).then(|| uid(&self.role, facts.role));
        let tags: Vec<_> = if policies.mentions(Fact::ClaimTags) {
            facts
                .claims
                .iter()
                .map(|claim| (claim.kind.clone(), tag(claim.circuit, claim.since, claim.until)))
                .collect()
        } else {
            Vec::new()
        };
        Entity::new_with_tags(account, attributes, role, tags).ok()
    }

    fn principal_expression(&self, principal: Principal) -> RestrictedExpression {
        RestrictedExpression::new_entity_uid(uid(&self.principal, principal.to_text()))
    }
}

/// What rights are called in policies.
fn names(rights: Rights) -> impl Iterator<Item = &'static str> {
    let capabilities = rights.capabilities().into_iter().map(Capability::name);
    capabilities.chain(rights.reads().then_some("read"))
}

/// Policies say what of its rights a member may use; no policy gives it more.
fn within_rights(mut verdict: Verdict, facts: &Facts<'_>) -> Verdict {
    let (is_in, what) = asked_right(facts.action);
    if !is_in(facts.rights) {
        verdict.missing.push(format!("neither the member nor its role has {what}"));
    }
    if !is_in(facts.scope) {
        verdict.missing.push(format!("the device may not be used for {what}"));
    }
    if !is_in(facts.rights.and(facts.scope)) {
        verdict.allowed = false;
        verdict.determining_policies.clear();
    }
    verdict
}

fn asked_right(action: Action) -> (fn(Rights) -> bool, &'static str) {
    match action {
        Action::Read => (Rights::reads, "reading"),
        Action::Mint => (|rights| rights.contains(Capability::Mint), "the capability mint"),
    }
}

fn circumstances(facts: &Facts<'_>) -> Option<CedarContext> {
    let mut known = vec![("now".to_owned(), seconds(facts.now))];
    known.extend(facts.purpose.map(|purpose| ("purpose".to_owned(), text(purpose))));
    CedarContext::from_pairs(known).ok()
}

fn tag(circuit: CircuitId, since: Timestamp, until: Timestamp) -> RestrictedExpression {
    record([("circuit", text(&circuit.to_string())), ("since", seconds(since)), ("until", seconds(until))])
}

fn record<const N: usize>(fields: [(&str, RestrictedExpression); N]) -> RestrictedExpression {
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    RestrictedExpression::new_record(fields).expect("BUG: the fields of a record must have names of their own")
}

fn set(elements: impl IntoIterator<Item = RestrictedExpression>) -> RestrictedExpression {
    RestrictedExpression::new_set(elements)
}

fn text(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}

/// Cedar's numbers are signed; what is beyond them is as far away as they go.
fn number(value: u64) -> RestrictedExpression {
    RestrictedExpression::new_long(i64::try_from(value).unwrap_or(i64::MAX))
}

fn seconds(at: Timestamp) -> RestrictedExpression {
    number(at.0 / NANOSECONDS_PER_SECOND)
}

#[cfg(test)]
mod tests;
