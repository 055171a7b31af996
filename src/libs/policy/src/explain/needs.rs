//! What the parts of policies ask for, recognised, and put into words.

use super::{id_of, text_of};
use crate::Facts;
use crate::policies::shortened;
use calisec_types::membership::{Action, Need};
use cedar_policy_core::ast::{BinaryOp, EntityUID, Expr, ExprKind, Literal, UnaryOp, Var};

/// What a condition asks for.
pub fn of(condition: &Expr) -> Need {
    match condition.expr_kind() {
        ExprKind::BinaryApp { op: BinaryOp::In, arg1, arg2 } if is_variable(arg1, Var::Principal) => {
            roles(arg2).map(Need::Role)
        }
        ExprKind::BinaryApp { op: BinaryOp::Eq, arg1, arg2 } => {
            of_equality(arg1, arg2).or_else(|| of_equality(arg2, arg1))
        }
        ExprKind::BinaryApp { op: BinaryOp::Contains, arg1, arg2 } => of_containment(arg1, arg2),
        ExprKind::BinaryApp { op: BinaryOp::HasTag, arg1, arg2 } if is_variable(arg1, Var::Principal) => {
            text_of(arg2).map(|kind| Need::Claim(kind.to_owned()))
        }
        ExprKind::HasAttr { attr, .. } => Some(Need::Fact(attr.to_string())),
        ExprKind::ExtHasAttr { attrs, .. } => Some(Need::Fact(attrs.last().to_string())),
        _ => None,
    }
    .unwrap_or_else(|| Need::Condition(shortened(&in_cedar(condition))))
}

/// A condition as somebody would write it: Cedar's parser knows greater and unequal only as negations of their opposites.
fn in_cedar(condition: &Expr) -> String {
    let ExprKind::UnaryApp { op: UnaryOp::Not, arg } = condition.expr_kind() else { return condition.to_string() };
    let opposite = match arg.expr_kind() {
        ExprKind::BinaryApp { op: BinaryOp::LessEq, arg1, arg2 } => Some((arg1, ">", arg2)),
        ExprKind::BinaryApp { op: BinaryOp::Less, arg1, arg2 } => Some((arg1, ">=", arg2)),
        ExprKind::BinaryApp { op: BinaryOp::Eq, arg1, arg2 } => Some((arg1, "!=", arg2)),
        _ => None,
    };
    opposite.map_or_else(|| format!("not {arg}"), |(left, operator, right)| format!("{left} {operator} {right}"))
}

fn of_equality(left: &Expr, right: &Expr) -> Option<Need> {
    if is_attribute(left, Var::Resource, "owner") && is_attribute(right, Var::Principal, "identity") {
        return Some(Need::Ownership);
    }
    let value = text_of(right)?.to_owned();
    if is_attribute(left, Var::Principal, "role") {
        Some(Need::Role(vec![value]))
    } else if is_attribute(left, Var::Context, "purpose") {
        Some(Need::Purpose(value))
    } else if is_attribute(left, Var::Resource, "kind") {
        Some(Need::Kind(value))
    } else {
        None
    }
}

fn of_containment(set: &Expr, element: &Expr) -> Option<Need> {
    if is_attribute(set, Var::Principal, "granted") {
        Some(Need::Grant)
    } else if is_attribute(set, Var::Principal, "claims") {
        text_of(element).map(|kind| Need::Claim(kind.to_owned()))
    } else if is_attribute(set, Var::Principal, "capabilities") {
        text_of(element).map(|name| Need::Capability(name.to_owned()))
    } else {
        None
    }
}

/// The names, if the expression is a role or a set of roles.
fn roles(expression: &Expr) -> Option<Vec<String>> {
    match expression.expr_kind() {
        ExprKind::Lit(Literal::EntityUID(uid)) if is_role(uid) => Some(vec![id_of(uid).to_owned()]),
        ExprKind::Set(elements) => {
            let names: Vec<_> = elements.iter().map(roles).collect::<Option<_>>()?;
            Some(names.into_iter().flatten().collect())
        }
        _ => None,
    }
}

fn is_role(uid: &EntityUID) -> bool {
    uid.entity_type().to_string() == "Role"
}

fn is_variable(expression: &Expr, variable: Var) -> bool {
    matches!(expression.expr_kind(), ExprKind::Var(found) if *found == variable)
}

fn is_attribute(expression: &Expr, of: Var, name: &str) -> bool {
    matches!(expression.expr_kind(), ExprKind::GetAttr { expr, attr } if is_variable(expr, of) && attr == name)
}

/// What is done, in words.
pub const fn verb(action: Action) -> &'static str {
    match action {
        Action::Read => "read a note",
        Action::Mint => "mint a note",
    }
}

/// What is missing when none of these is met.
pub fn in_words(needs: &[Need], facts: &Facts<'_>) -> String {
    let alternatives: Vec<_> = needs.iter().map(|need| one_in_words(need, facts)).collect();
    alternatives.join(", and ")
}

fn one_in_words(need: &Need, facts: &Facts<'_>) -> String {
    match need {
        Need::Role(roles) => {
            let verb = verb(facts.action);
            format!("role `{}` may not {verb} here: role `{}` is asked for", facts.role, roles.join("` or `"))
        }
        Need::Ownership => "the member does not own the note".to_owned(),
        Need::Grant => match facts.purpose {
            Some(purpose) => format!("no grant for this note and the purpose `{purpose}` is in force"),
            None => "no grant for this note is in force".to_owned(),
        },
        Need::Claim(kind) => format!("no claim `{kind}` of the member is in force: prove it and claim its receipt"),
        Need::Capability(name) => format!("the member does not have the capability `{name}`"),
        Need::Purpose(purpose) => match facts.purpose {
            Some(other) => format!("it is for the purpose `{purpose}`, not for `{other}`"),
            None => format!("the purpose `{purpose}` must be named"),
        },
        Need::Kind(kind) => format!("the note is no `{kind}`"),
        Need::Fact(name) => format!("the fact `{name}` is not known"),
        Need::Condition(cedar) => format!("`{cedar}` does not hold"),
    }
}
