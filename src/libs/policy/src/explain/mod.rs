//! What a request lacks, clause by clause and in words.
//!
//! Every policy is taken apart into the constraints of its scope and the conditions it joins, as they were parsed, and each
//! part is evaluated by itself. The words follow from the parts that do not hold, so they fit any policy set, not only the
//! one a context starts with.

mod needs;

use crate::policies::shortened;
use crate::{Facts, action_name};
use calisec_types::membership::{Action, ClauseExplanation, Effect, Need, PolicyExplanation};
use cedar_policy::Policy;
use cedar_policy_core::ast::{self, ActionConstraint, Eid, EntityUID, Expr, ExprKind, Literal, UnaryOp};
use cedar_policy_core::evaluator::EvaluationError;
use std::cell::OnceCell;

/// Sentences at the most.
const MAX_SENTENCES: usize = 8;

/// The policies of a set, in parts.
#[derive(Debug)]
pub struct Clauses(Vec<TakenApart>);

#[derive(Debug)]
struct TakenApart {
    name: String,
    effect: Effect,
    action: ActionConstraint,
    parts: Vec<Part>,
}

/// What must hold with all other parts for a policy to apply.
#[derive(Debug)]
struct Part {
    condition: Expr,
    /// What it asks for: one of these is enough. Only made when it is told.
    needs: OnceCell<Vec<Need>>,
}

impl Clauses {
    /// Takes named policies apart.
    #[must_use]
    pub fn of(policies: &[(&str, &Policy)]) -> Self {
        Self(policies.iter().map(|(name, policy)| TakenApart::of(name, (*policy).as_ref())).collect())
    }

    /// Every policy with its parts.
    pub fn explain(
        &self,
        holds: impl Fn(&Expr) -> Result<bool, Box<EvaluationError>>,
        action: Action,
    ) -> Vec<PolicyExplanation> {
        let clause = |part: &Part| {
            let (holds, error) = match holds(&part.condition) {
                Ok(holds) => (holds, None),
                Err(error) => (false, Some(shortened(&error.to_string()))),
            };
            ClauseExplanation { holds, needs: part.needs().to_vec(), error }
        };
        let explain = |policy: &TakenApart| {
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
        self.0.iter().map(explain).collect()
    }

    /// What is missing when only some parts hold. If no policy forbids what is denied, then no permit applies, and the only part of
    /// a permit need not be evaluated to know that it does not hold.
    pub fn missing(
        &self,
        holds: impl Fn(&Expr) -> Result<bool, Box<EvaluationError>>,
        is_forbidden: bool,
        facts: &Facts<'_>,
    ) -> Vec<String> {
        let relevant = |policy: &&TakenApart| policy.effect == Effect::Permit && policy.is_about(facts.action);
        let lacks = |part: &&Part| !holds(&part.condition).unwrap_or(false);
        let (mut permits, mut sentences, mut more) = (0, Vec::new(), 0);
        for permit in self.0.iter().filter(relevant) {
            permits += 1;
            if sentences.len() == MAX_SENTENCES {
                more += usize::from(!is_forbidden || permit.parts.iter().any(|part| lacks(&part)));
                continue;
            }
            let is_known = !is_forbidden && permit.parts.len() == 1;
            let lacking = permit.parts.iter().filter(|part| is_known || lacks(part));
            let lacking: Vec<_> = lacking.map(|part| needs::in_words(part.needs(), facts)).collect();
            if !lacking.is_empty() {
                sentences.push(shortened(&format!("{}: {}", permit.name, lacking.join("; and "))));
            }
        }
        if permits == 0 {
            return vec![format!("no policy permits anyone to {}", needs::verb(facts.action))];
        }
        if more > 0 {
            sentences.push(format!("or what one of {more} more policies asks for"));
        }
        sentences
    }
}

impl TakenApart {
    fn of(name: &str, policy: &ast::Policy) -> Self {
        let effect = match policy.effect() {
            ast::Effect::Permit => Effect::Permit,
            ast::Effect::Forbid => Effect::Forbid,
        };
        let scope = [policy.principal_constraint().as_expr(), policy.resource_constraint().as_expr()];
        let unconstrained = Expr::val(true);
        let constraints = scope.iter().filter(|constraint| **constraint != unconstrained);
        let mut conditions = Vec::new();
        for condition in constraints.chain(policy.non_scope_constraints()) {
            take_apart(condition, &mut conditions);
        }
        let parts = conditions.into_iter().map(|condition| Part { condition, needs: OnceCell::new() }).collect();
        Self { name: name.to_owned(), effect, action: policy.action_constraint().clone(), parts }
    }

    fn is_about(&self, action: Action) -> bool {
        let is_it = |uid: &EntityUID| id_of(uid) == action_name(action);
        match &self.action {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(uid) => is_it(uid),
            ActionConstraint::In(uids) => uids.iter().any(|uid| is_it(uid)),
        }
    }
}

impl Part {
    fn needs(&self) -> &[Need] {
        self.needs.get_or_init(|| {
            let mut alternatives = Vec::new();
            alternatives_of(&self.condition, &mut alternatives);
            alternatives.into_iter().map(needs::of).collect()
        })
    }
}

/// The conditions that a condition joins; all must hold. It is recursive as evaluating is, no deeper than policies may nest.
fn take_apart(condition: &Expr, parts: &mut Vec<Expr>) {
    match condition.expr_kind() {
        ExprKind::And { left, right } => {
            take_apart(left, parts);
            take_apart(right, parts);
        }
        ExprKind::UnaryApp { op: UnaryOp::Not, arg } => {
            let mut excluded = Vec::new();
            alternatives_of(arg, &mut excluded);
            parts.extend(excluded.into_iter().map(|one| Expr::not(one.clone())));
        }
        _ => parts.push(condition.clone()),
    }
}

/// The conditions of which one is enough.
fn alternatives_of<'a>(condition: &'a Expr, alternatives: &mut Vec<&'a Expr>) {
    match condition.expr_kind() {
        ExprKind::Or { left, right } => {
            alternatives_of(left, alternatives);
            alternatives_of(right, alternatives);
        }
        _ => alternatives.push(condition),
    }
}

fn id_of(uid: &EntityUID) -> &str {
    let id: &Eid = uid.eid();
    id.as_ref()
}

/// The text, if that is what it is.
fn text_of(expression: &Expr) -> Option<&str> {
    match expression.expr_kind() {
        ExprKind::Lit(Literal::String(text)) => Some(text),
        _ => None,
    }
}
