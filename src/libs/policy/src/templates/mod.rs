//! Policies for common cases, with parameters.
//!
//! A value is put into a policy only if it is of its parameter's kind, and no kind allows a character that could end the
//! string or the number it stands in. What comes out is one policy that strictly validates, whatever the values.

use calisec_types::ids::AccountId;
use calisec_types::membership::{
    MAX_KIND_BYTES, MAX_PURPOSE_BYTES, MAX_ROLE_BYTES, ParameterKind, PolicyTemplate, TemplateParameter,
};
use calisec_types::names::is_name;
use candid::Principal;
use std::str::FromStr;

#[cfg(test)]
mod tests;

/// Bytes of a policy's name at the most.
const MAX_ID_BYTES: usize = 64;
/// Bytes of the kind of a claim at the most.
const MAX_CLAIM_BYTES: usize = 64;
/// Claims that a policy may choose from: it names every choice.
const MAX_CLAIMS: usize = 5;

/// Why a template gives no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// There is no such template.
    #[error("there is no template '{0}'")]
    UnknownTemplate(String),
    /// A parameter has no value.
    #[error("the parameter '{0}' is missing")]
    Missing(String),
    /// The template has no such parameter, or it is given twice.
    #[error("the parameter '{0}' is unknown or given twice")]
    Unexpected(String),
    /// The value is not of its parameter's kind.
    #[error("the value of '{parameter}' must be {expected}")]
    BadValue {
        /// Which parameter.
        parameter: String,
        /// What it must be.
        expected: &'static str,
    },
}

struct Template {
    name: &'static str,
    about: &'static str,
    parameters: &'static [(&'static str, ParameterKind)],
    cedar: &'static str,
}

const ID: (&str, ParameterKind) = ("id", ParameterKind::PolicyName);
const ROLE: (&str, ParameterKind) = ("role", ParameterKind::Role);

const TEMPLATES: [Template; 10] = [
    Template {
        name: "role-reads",
        about: "Members in a role read every note of the context.",
        parameters: &[ID, ROLE],
        cedar: r#"@id("{id}")
permit (principal in Role::"{role}", action == Action::"read", resource);
"#,
    },
    Template {
        name: "role-mints",
        about: "Members in a role mint notes.",
        parameters: &[ID, ROLE],
        cedar: r#"@id("{id}")
permit (principal in Role::"{role}", action == Action::"mint", resource);
"#,
    },
    Template {
        name: "holder-reads",
        about: "Who owns a note reads it.",
        parameters: &[ID],
        cedar: r#"@id("{id}")
permit (principal, action == Action::"read", resource)
when { resource.owner == principal.identity };
"#,
    },
    Template {
        name: "grantee-reads",
        about: "Who was granted a note by a proposal reads it, on the grant's terms.",
        parameters: &[ID],
        cedar: r#"@id("{id}")
permit (principal, action == Action::"read", resource)
when { principal.granted.contains(resource) };
"#,
    },
    Template {
        name: "claim-reads",
        about: "Who has proved something, for example an age, reads every note of a kind.",
        parameters: &[ID, ("claim", ParameterKind::Claim), ("kind", ParameterKind::NoteKind)],
        cedar: r#"@id("{id}")
permit (principal, action == Action::"read", resource)
when { principal.claims.contains("{claim}") }
when { resource has kind && resource.kind == "{kind}" };
"#,
    },
    Template {
        name: "grantee-with-claims-reads",
        about: "Who was granted a note reads it after proving at least k of n things.",
        parameters: &[ID, ("k", ParameterKind::Number), ("claims", ParameterKind::Claims)],
        cedar: r#"@id("{id}")
permit (principal, action == Action::"read", resource)
when { principal.granted.contains(resource) }
when { {choices} };
"#,
    },
    Template {
        name: "role-reads-between",
        about: "Members in a role read between two times (seconds since 1970 UTC), the second excluded.",
        parameters: &[ID, ROLE, ("from", ParameterKind::Number), ("until", ParameterKind::Number)],
        cedar: r#"@id("{id}")
permit (principal in Role::"{role}", action == Action::"read", resource)
when { context.now >= {from} && context.now < {until} };
"#,
    },
    Template {
        name: "role-reads-for",
        about: "Members in a role read for a purpose, which they must name.",
        parameters: &[ID, ROLE, ("purpose", ParameterKind::Purpose)],
        cedar: r#"@id("{id}")
permit (principal in Role::"{role}", action == Action::"read", resource)
when { context has purpose && context.purpose == "{purpose}" };
"#,
    },
    Template {
        name: "nobody-reads",
        about: "Nobody reads notes of a registry, whatever else permits it.",
        parameters: &[ID, ("registry", ParameterKind::Principal)],
        cedar: r#"@id("{id}")
forbid (principal, action == Action::"read", resource)
when { resource.registry == Principal::"{registry}" };
"#,
    },
    Template {
        name: "account-is-barred",
        about: "One member does nothing, whatever else permits it.",
        parameters: &[ID, ("account", ParameterKind::Account)],
        cedar: r#"@id("{id}")
forbid (principal == Account::"{account}", action, resource);
"#,
    },
];

/// The templates there are.
#[must_use]
pub fn templates() -> Vec<PolicyTemplate> {
    let described = |template: &Template| PolicyTemplate {
        name: template.name.to_owned(),
        about: template.about.to_owned(),
        parameters: template
            .parameters
            .iter()
            .map(|(name, kind)| TemplateParameter { name: (*name).to_owned(), kind: *kind })
            .collect(),
        cedar: template.cedar.to_owned(),
    };
    TEMPLATES.iter().map(described).collect()
}

/// The policy that a template gives for these values.
///
/// # Errors
/// [`TemplateError`]: what is wrong with the name or with a value.
pub fn template(name: &str, values: &[(&str, &str)]) -> Result<String, TemplateError> {
    let template = TEMPLATES
        .iter()
        .find(|template| template.name == name)
        .ok_or_else(|| TemplateError::UnknownTemplate(name.to_owned()))?;
    for (place, (given, _)) in values.iter().enumerate() {
        let is_known = template.parameters.iter().any(|(parameter, _)| parameter == given);
        if !is_known || values[..place].iter().any(|(before, _)| before == given) {
            return Err(TemplateError::Unexpected((*given).to_owned()));
        }
    }
    let mut cedar = template.cedar.to_owned();
    for (parameter, kind) in template.parameters {
        let value = value_of(parameter, values)?;
        check(parameter, *kind, value)?;
        // A checked value holds no brace, so what is put in is never taken for a parameter.
        cedar = cedar.replace(&format!("{{{parameter}}}"), value);
    }
    if cedar.contains("{choices}") {
        cedar = cedar.replace("{choices}", &choices(value_of("k", values)?, value_of("claims", values)?)?);
    }
    Ok(cedar)
}

fn value_of<'a>(parameter: &str, values: &[(&str, &'a str)]) -> Result<&'a str, TemplateError> {
    let found = values.iter().find(|(name, _)| *name == parameter).map(|(_, value)| *value);
    found.ok_or_else(|| TemplateError::Missing(parameter.to_owned()))
}

fn check(parameter: &str, kind: ParameterKind, value: &str) -> Result<(), TemplateError> {
    let (is_good, expected) = match kind {
        ParameterKind::PolicyName => (is_name(value, MAX_ID_BYTES), "1 to 64 characters of a-z, 0-9 and '-'"),
        ParameterKind::Role => (is_name(value, MAX_ROLE_BYTES), "the name of a role: 1 to 32 of a-z, 0-9 and '-'"),
        ParameterKind::Purpose => (is_name(value, MAX_PURPOSE_BYTES), "1 to 64 characters of a-z, 0-9 and '-'"),
        ParameterKind::NoteKind => (is_name(value, MAX_KIND_BYTES), "1 to 32 characters of a-z, 0-9 and '-'"),
        ParameterKind::Claim => (is_name(value, MAX_CLAIM_BYTES), "1 to 64 characters of a-z, 0-9 and '-'"),
        ParameterKind::Claims => (claims(value).is_some(), "1 to 5 different kinds of claims, with commas between"),
        ParameterKind::Number => (number(value).is_some(), "a number below 2^63, in plain digits"),
        ParameterKind::Account => {
            // One text per account: another spelling of it would not be equal in a policy.
            (AccountId::from_str(value).is_ok_and(|id| id.to_string() == value), "an account id in base58")
        }
        ParameterKind::Principal => {
            (Principal::from_text(value).is_ok_and(|id| id.to_text() == value), "the text of a principal")
        }
    };
    if is_good { Ok(()) } else { Err(TemplateError::BadValue { parameter: parameter.to_owned(), expected }) }
}

fn number(text: &str) -> Option<u64> {
    let number = text.parse::<u64>().ok().filter(|number| *number <= i64::MAX as u64)?;
    (number.to_string() == text).then_some(number)
}

fn claims(text: &str) -> Option<Vec<&str>> {
    let kinds: Vec<_> = text.split(',').collect();
    let is_good = kinds.len() <= MAX_CLAIMS
        && kinds.iter().enumerate().all(|(at, kind)| is_name(kind, MAX_CLAIM_BYTES) && !kinds[..at].contains(kind));
    is_good.then_some(kinds)
}

/// Every choice of k claims, as a condition.
fn choices(k: &str, kinds: &str) -> Result<String, TemplateError> {
    let bad = |parameter: &str, expected| TemplateError::BadValue { parameter: parameter.to_owned(), expected };
    let kinds = claims(kinds).ok_or_else(|| bad("claims", "kinds of claims"))?;
    let k = number(k).and_then(|k| usize::try_from(k).ok()).filter(|k| (1..=kinds.len()).contains(k));
    let k = k.ok_or_else(|| bad("k", "between 1 and the number of claims"))?;
    let all = (0..1_u32 << kinds.len()).filter(|choice| choice.count_ones() as usize == k).map(|choice| {
        let chosen = kinds.iter().enumerate().filter(|(at, _)| choice & (1 << at) != 0);
        let chosen: Vec<_> = chosen.map(|(_, kind)| format!("\"{kind}\"")).collect();
        format!("principal.claims.containsAll([{}])", chosen.join(", "))
    });
    Ok(all.collect::<Vec<_>>().join(" || "))
}
