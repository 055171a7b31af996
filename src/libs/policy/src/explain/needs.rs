//! What the parts of policies ask for, recognised, and put into words.

use crate::Facts;
use crate::policies::shortened;
use calisec_types::membership::{Action, Need};
use cedar_policy::pst::{BinaryOp, EntityOrSlot, EntityUID, Expr, Literal, PrincipalConstraint, Var};

/// What a condition asks for.
pub fn of(expression: &Expr) -> Need {
    match expression {
        Expr::BinaryOp { op: BinaryOp::In, left, right } if **left == Expr::Var(Var::Principal) => {
            roles(right).map(Need::Role)
        }
        Expr::BinaryOp { op: BinaryOp::Eq, left, right } => {
            of_equality(left, right).or_else(|| of_equality(right, left))
        }
        Expr::BinaryOp { op: BinaryOp::Contains, left, right } => of_containment(left, right),
        Expr::BinaryOp { op: BinaryOp::HasTag, left, right } if **left == Expr::Var(Var::Principal) => {
            string(right).map(Need::Claim)
        }
        Expr::HasAttr { attrs, .. } => Some(Need::Fact(attrs.last().to_string())),
        _ => None,
    }
    .unwrap_or_else(|| Need::Condition(shortened(&expression.to_string())))
}

/// What the scope asks of the principal.
pub fn of_principal(constraint: &PrincipalConstraint) -> Need {
    match constraint {
        PrincipalConstraint::In(EntityOrSlot::Entity(role))
        | PrincipalConstraint::IsIn(_, EntityOrSlot::Entity(role))
            if is_role(role) =>
        {
            Need::Role(vec![role.eid.to_string()])
        }
        other => Need::Condition(shortened(&format!("principal {other}"))),
    }
}

fn of_equality(left: &Expr, right: &Expr) -> Option<Need> {
    if is_attribute(left, Var::Resource, "owner") && is_attribute(right, Var::Principal, "identity") {
        return Some(Need::Ownership);
    }
    let value = string(right)?;
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
        string(element).map(Need::Claim)
    } else if is_attribute(set, Var::Principal, "capabilities") {
        string(element).map(Need::Capability)
    } else {
        None
    }
}

fn string(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Literal(Literal::String(value)) => Some(value.to_string()),
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

fn is_attribute(expression: &Expr, of: Var, name: &str) -> bool {
    matches!(expression, Expr::GetAttr { expr, attr } if **expr == Expr::Var(of) && attr == name)
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
