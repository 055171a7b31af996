//! What a denied request lacks, in words.
//!
//! Every permit is taken apart into the constraints of its scope and the conditions it joins. Each part becomes a policy
//! of its own, and one more evaluation over all of them shows which parts hold. The words follow from the parts that do
//! not, so they fit any policy set, not only the one a context starts with.

use crate::policies::{Policies, shortened};
use crate::{Facts, action_name};
use calisec_types::membership::Action;
use cedar_policy::pst::{
    ActionConstraint, BinaryOp, Clause, Effect, EntityOrSlot, EntityUID, Expr, Literal, PrincipalConstraint,
    ResourceConstraint, StaticPolicy, Template, Var,
};
use cedar_policy::{Policy, PolicyId, PolicySet, pst};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Sentences at the most.
const MAX_SENTENCES: usize = 16;

/// The permits of a policy set, in parts.
#[derive(Debug)]
pub struct Clauses {
    permits: Vec<Permit>,
    parts: PolicySet,
}

#[derive(Debug)]
struct Permit {
    name: String,
    action: ActionConstraint,
    parts: Vec<(PolicyId, Requirement)>,
}

/// What a part asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Requirement {
    /// Having one of these roles.
    Role(Vec<String>),
    /// Owning the note.
    Ownership,
    /// Holding a grant in force.
    Grant,
    /// Something else, in Cedar syntax.
    Condition(String),
    /// One of several.
    AnyOf(Vec<Requirement>),
}

impl Clauses {
    /// Takes a policy set apart.
    #[must_use]
    pub fn of(policies: &Policies) -> Self {
        let mut taken_apart = Self { permits: Vec::new(), parts: PolicySet::new() };
        for (name, policy) in policies.by_name() {
            // Every static policy that was parsed has such a tree; one that had not could not be explained.
            if let Ok(pst::Policy::Static(policy)) = policy.to_pst()
                && policy.body().effect == Effect::Permit
            {
                taken_apart.add_permit(name, policy.body());
            }
        }
        taken_apart
    }

    fn add_permit(&mut self, name: &str, body: &Template) {
        let mut parts = Vec::new();
        for (principal, resource, clause, requirement) in split(body) {
            let id = format!("{}/{}", self.permits.len(), parts.len());
            let part = Template::new(id.as_str(), Effect::Permit, principal, ActionConstraint::Any, resource);
            let part = part
                .try_with_clauses(clause)
                .and_then(|part| Ok(StaticPolicy::try_from(part)?))
                .and_then(|part| Policy::from_pst(pst::Policy::Static(part)));
            if let Ok(part) = part {
                let id = part.id().clone();
                if self.parts.add(part).is_ok() {
                    parts.push((id, requirement));
                }
            }
        }
        self.permits.push(Permit { name: name.to_owned(), action: body.action.clone(), parts });
    }

    /// A policy per part; each permits exactly when its part holds.
    #[must_use]
    pub const fn parts(&self) -> &PolicySet {
        &self.parts
    }

    /// What is missing when only these parts hold.
    #[must_use]
    pub fn missing(&self, holding: &BTreeSet<PolicyId>, facts: &Facts<'_>) -> Vec<String> {
        let relevant: Vec<_> = self.permits.iter().filter(|permit| permit.is_about(facts.action)).collect();
        if relevant.is_empty() {
            return vec![format!("no policy permits anyone to {}", verb(facts.action))];
        }
        let mut sentences: Vec<_> = relevant
            .iter()
            .filter_map(|permit| {
                let lacking: Vec<_> = permit.parts.iter().filter(|(id, _)| !holding.contains(id)).collect();
                let lacking: Vec<_> = lacking.iter().map(|(_, requirement)| requirement.in_words(facts)).collect();
                (!lacking.is_empty()).then(|| shortened(&format!("{}: {}", permit.name, lacking.join("; and "))))
            })
            .collect();
        if sentences.len() > MAX_SENTENCES {
            let more = sentences.len() - MAX_SENTENCES;
            sentences.truncate(MAX_SENTENCES);
            sentences.push(format!("or what one of {more} more policies asks for"));
        }
        sentences
    }
}

impl Permit {
    fn is_about(&self, action: Action) -> bool {
        let is_it = |uid: &EntityUID| uid.eid == action_name(action);
        match &self.action {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(uid) => is_it(uid),
            ActionConstraint::In(uids) => uids.iter().any(is_it),
        }
    }
}

type Part = (PrincipalConstraint, ResourceConstraint, Option<Clause>, Requirement);

/// The parts of a permit that must all hold, the action aside.
fn split(body: &Template) -> Vec<Part> {
    let mut parts = Vec::new();
    if body.principal != PrincipalConstraint::Any {
        let requirement = match &body.principal {
            PrincipalConstraint::In(EntityOrSlot::Entity(role))
            | PrincipalConstraint::IsIn(_, EntityOrSlot::Entity(role))
                if is_role(role) =>
            {
                Requirement::Role(vec![role.eid.to_string()])
            }
            other => Requirement::Condition(format!("principal {other}")),
        };
        parts.push((body.principal.clone(), ResourceConstraint::Any, None, requirement));
    }
    if body.resource != ResourceConstraint::Any {
        let requirement = Requirement::Condition(format!("resource {}", body.resource));
        parts.push((PrincipalConstraint::Any, body.resource.clone(), None, requirement));
    }
    for clause in body.clauses() {
        match clause {
            Clause::When(expression) => {
                for conjunct in joined_by(BinaryOp::And, expression) {
                    let clause = Clause::When(Arc::clone(conjunct));
                    parts.push((PrincipalConstraint::Any, ResourceConstraint::Any, Some(clause), asked_by(conjunct)));
                }
            }
            Clause::Unless(expression) => {
                for alternative in joined_by(BinaryOp::Or, expression) {
                    let clause = Clause::Unless(Arc::clone(alternative));
                    let requirement = Requirement::Condition(format!("not {alternative}"));
                    parts.push((PrincipalConstraint::Any, ResourceConstraint::Any, Some(clause), requirement));
                }
            }
        }
    }
    parts
}

/// The operands of a chain of one operator.
fn joined_by(operator: BinaryOp, expression: &Arc<Expr>) -> Vec<&Arc<Expr>> {
    match &**expression {
        Expr::BinaryOp { op, left, right } if *op == operator => {
            let mut operands = joined_by(operator, left);
            operands.extend(joined_by(operator, right));
            operands
        }
        _ => vec![expression],
    }
}

fn asked_by(expression: &Arc<Expr>) -> Requirement {
    let alternatives = joined_by(BinaryOp::Or, expression);
    if alternatives.len() > 1 {
        return Requirement::AnyOf(alternatives.into_iter().map(asked_by).collect());
    }
    match &**expression {
        Expr::BinaryOp { op: BinaryOp::In, left, right } if is_principal(left) => roles(right).map(Requirement::Role),
        Expr::BinaryOp { op: BinaryOp::Eq, left, right } => {
            asked_by_equality(left, right).or_else(|| asked_by_equality(right, left))
        }
        Expr::BinaryOp { op: BinaryOp::Contains, left, .. } => {
            is_attribute(left, Var::Principal, "granted").then_some(Requirement::Grant)
        }
        _ => None,
    }
    .unwrap_or_else(|| Requirement::Condition(expression.to_string()))
}

fn asked_by_equality(left: &Expr, right: &Expr) -> Option<Requirement> {
    if is_attribute(left, Var::Resource, "owner") && is_attribute(right, Var::Principal, "identity") {
        return Some(Requirement::Ownership);
    }
    match right {
        Expr::Literal(Literal::String(role)) if is_attribute(left, Var::Principal, "role") => {
            Some(Requirement::Role(vec![role.to_string()]))
        }
        _ => None,
    }
}

/// The names, if the expression is a role or a set of roles.
fn roles(expression: &Expr) -> Option<Vec<String>> {
    match expression {
        Expr::Literal(Literal::EntityUID(uid)) if is_role(uid) => Some(vec![uid.eid.to_string()]),
        Expr::Set(elements) => {
            let names: Vec<_> = elements.iter().map(|element| roles(element)).collect::<Option<_>>()?;
            Some(names.into_iter().flatten().collect())
        }
        _ => None,
    }
}

fn is_role(uid: &EntityUID) -> bool {
    uid.ty.0.namespace.is_empty() && uid.ty.0.id.as_str() == "Role"
}

fn is_principal(expression: &Expr) -> bool {
    matches!(expression, Expr::Var(Var::Principal))
}

fn is_attribute(expression: &Expr, of: Var, name: &str) -> bool {
    matches!(expression, Expr::GetAttr { expr, attr } if **expr == Expr::Var(of) && attr == name)
}

const fn verb(action: Action) -> &'static str {
    match action {
        Action::Read => "read a note",
        Action::Mint => "mint a note",
    }
}

impl Requirement {
    fn in_words(&self, facts: &Facts<'_>) -> String {
        match self {
            Self::Role(roles) => {
                let verb = verb(facts.action);
                format!("role `{}` may not {verb} here: role `{}` is asked for", facts.role, roles.join("` or `"))
            }
            Self::Ownership => "the member does not own the note".to_owned(),
            Self::Grant => "no grant for this note is in force".to_owned(),
            Self::Condition(cedar) => format!("`{cedar}` does not hold"),
            Self::AnyOf(alternatives) => {
                let alternatives: Vec<_> = alternatives.iter().map(|each| each.in_words(facts)).collect();
                alternatives.join(", and ")
            }
        }
    }
}
