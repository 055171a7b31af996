//! What a request lacks, clause by clause and in words.
//!
//! Every policy is taken apart into the constraints of its scope and the conditions it joins. Each part becomes a policy
//! of its own, and one more evaluation over all of them shows which parts hold. The words follow from the parts that do
//! not, so they fit any policy set, not only the one a context starts with.

mod needs;

use crate::policies::{Policies, shortened};
use crate::{Facts, action_name};
use calisec_types::membership::{Action, ClauseExplanation, Effect, Need, PolicyExplanation};
use cedar_policy::pst::{
    ActionConstraint, BinaryOp, Clause, Effect as PstEffect, EntityUID, Expr, PrincipalConstraint, ResourceConstraint,
    StaticPolicy, Template,
};
use cedar_policy::{Policy, PolicyId, PolicySet, pst};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Sentences at the most.
const MAX_SENTENCES: usize = 16;

/// The policies of a set, in parts.
#[derive(Debug)]
pub struct Clauses {
    policies: Vec<TakenApart>,
    parts: PolicySet,
}

/// Which parts hold, and which cannot be evaluated.
#[derive(Debug)]
pub struct Explained {
    /// Those that hold.
    pub holding: BTreeSet<PolicyId>,
    /// Those that cannot be evaluated, and why.
    pub failed: BTreeMap<PolicyId, String>,
}

#[derive(Debug)]
struct TakenApart {
    name: String,
    effect: Effect,
    action: ActionConstraint,
    /// With what each asks for: one of these is enough.
    parts: Vec<(PolicyId, Vec<Need>)>,
}

impl Clauses {
    /// Takes a policy set apart.
    #[must_use]
    pub fn of(policies: &Policies) -> Self {
        let mut taken_apart = Self { policies: Vec::new(), parts: PolicySet::new() };
        for (name, policy) in policies.by_name() {
            // Every static policy that was parsed has such a tree; one that had not could not be explained.
            if let Ok(pst::Policy::Static(policy)) = policy.to_pst() {
                taken_apart.add(name, policy.body());
            }
        }
        taken_apart
    }

    fn add(&mut self, name: &str, body: &Template) {
        let mut parts = Vec::new();
        for (principal, resource, clause, needs) in split(body) {
            let id = format!("{}/{}", self.policies.len(), parts.len());
            let part = Template::new(id.as_str(), PstEffect::Permit, principal, ActionConstraint::Any, resource);
            let part = part
                .try_with_clauses(clause)
                .and_then(|part| Ok(StaticPolicy::try_from(part)?))
                .and_then(|part| Policy::from_pst(pst::Policy::Static(part)));
            if let Ok(part) = part {
                let id = part.id().clone();
                if self.parts.add(part).is_ok() {
                    parts.push((id, needs));
                }
            }
        }
        let effect = if body.effect == PstEffect::Permit { Effect::Permit } else { Effect::Forbid };
        self.policies.push(TakenApart { name: name.to_owned(), effect, action: body.action.clone(), parts });
    }

    /// A policy per part; each permits exactly when its part holds.
    #[must_use]
    pub const fn parts(&self) -> &PolicySet {
        &self.parts
    }

    /// Every policy with its parts.
    #[must_use]
    pub fn explain(&self, explained: &Explained, action: Action) -> Vec<PolicyExplanation> {
        let explain = |policy: &TakenApart| {
            let clause = |(id, needs): &(PolicyId, Vec<Need>)| ClauseExplanation {
                holds: explained.holding.contains(id),
                needs: needs.clone(),
                error: explained.failed.get(id).map(|error| shortened(error)),
            };
            let clauses: Vec<_> = policy.parts.iter().map(clause).collect();
            let concerns = policy.is_about(action);
            PolicyExplanation {
                policy: policy.name.clone(),
                effect: policy.effect,
                concerns,
                applies: concerns && clauses.iter().all(|clause| clause.holds),
                clauses,
            }
        };
        self.policies.iter().map(explain).collect()
    }

    /// What is missing when only these parts hold.
    #[must_use]
    pub fn missing(&self, holding: &BTreeSet<PolicyId>, facts: &Facts<'_>) -> Vec<String> {
        let relevant = |policy: &&TakenApart| policy.effect == Effect::Permit && policy.is_about(facts.action);
        let relevant: Vec<_> = self.policies.iter().filter(relevant).collect();
        if relevant.is_empty() {
            return vec![format!("no policy permits anyone to {}", needs::verb(facts.action))];
        }
        let mut sentences: Vec<_> = relevant
            .iter()
            .filter_map(|permit| {
                let lacking: Vec<_> = permit.parts.iter().filter(|(id, _)| !holding.contains(id)).collect();
                let lacking: Vec<_> = lacking.iter().map(|(_, needs)| needs::in_words(needs, facts)).collect();
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

impl TakenApart {
    fn is_about(&self, action: Action) -> bool {
        let is_it = |uid: &EntityUID| uid.eid == action_name(action);
        match &self.action {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(uid) => is_it(uid),
            ActionConstraint::In(uids) => uids.iter().any(is_it),
        }
    }
}

type Part = (PrincipalConstraint, ResourceConstraint, Option<Clause>, Vec<Need>);

/// The parts of a policy that must all hold, the action aside.
fn split(body: &Template) -> Vec<Part> {
    let mut parts = Vec::new();
    if body.principal != PrincipalConstraint::Any {
        let need = needs::of_principal(&body.principal);
        parts.push((body.principal.clone(), ResourceConstraint::Any, None, vec![need]));
    }
    if body.resource != ResourceConstraint::Any {
        let need = Need::Condition(shortened(&format!("resource {}", body.resource)));
        parts.push((PrincipalConstraint::Any, body.resource.clone(), None, vec![need]));
    }
    for clause in body.clauses() {
        match clause {
            Clause::When(expression) => {
                for conjunct in joined_by(BinaryOp::And, expression) {
                    let clause = Clause::When(Arc::clone(conjunct));
                    let alternatives = joined_by(BinaryOp::Or, conjunct);
                    let needs = alternatives.into_iter().map(|each| needs::of(each)).collect();
                    parts.push((PrincipalConstraint::Any, ResourceConstraint::Any, Some(clause), needs));
                }
            }
            Clause::Unless(expression) => {
                for alternative in joined_by(BinaryOp::Or, expression) {
                    let clause = Clause::Unless(Arc::clone(alternative));
                    let need = Need::Condition(shortened(&format!("not {alternative}")));
                    parts.push((PrincipalConstraint::Any, ResourceConstraint::Any, Some(clause), vec![need]));
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
