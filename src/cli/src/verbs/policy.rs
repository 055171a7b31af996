//! `calisec policy`.

use super::list::DeedArguments;
use super::{Page, read_text, reading};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use calisec_policy::{template, templates};
use calisec_sdk::types::ids::{AccountId, ContextId};
use calisec_sdk::types::membership::{
    Change, MAX_LOOKED_AT, MAX_POLICY_BYTES, PolicyTemplate, SimulateArg, ValidateChangeArg,
};
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::PathBuf;

/// What is done with policies.
#[derive(Subcommand)]
pub enum Verb {
    /// Show the policies in force.
    ///
    /// Example: calisec policy show <context>
    Show {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
    },
    /// Show the Cedar schema that policies are validated against.
    ///
    /// Example: calisec policy schema
    Schema,
    /// List policies for common cases, with their parameters.
    ///
    /// Example: calisec policy templates
    Templates,
    /// Fill in a template: prints a policy in Cedar, for a file that is checked, simulated and proposed.
    ///
    /// Example: calisec policy template role-reads --param id=readers --param role=reader
    Template {
        /// Which: 'calisec policy templates' lists them.
        name: String,
        /// A parameter and its value; may be repeated.
        #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
        parameters: Vec<(String, String)>,
    },
    /// Check whether policies could be set: their syntax, types and names. A proposal sets them.
    ///
    /// Example: calisec policy check <context> rules.cedar
    Check {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// A file with policies in Cedar; '-' for standard input.
        file: PathBuf,
    },
    /// Show whose access policies would change if they were set. Nothing is set.
    ///
    /// Example: calisec policy simulate <context> rules.cedar --action mint --all
    Simulate {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// A file with policies in Cedar; '-' for standard input.
        file: PathBuf,
        #[command(flatten)]
        deed: DeedArguments,
        #[command(flatten)]
        page: Page<AccountId>,
    },
}

fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("'{text}' is not NAME=VALUE"))?;
    Ok((name.to_owned(), value.to_owned()))
}

/// The same everywhere: nothing is asked.
fn fill_in(name: &str, parameters: &[(String, String)]) -> Result<Answer, Failure> {
    let values: Vec<_> = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let cedar = template(name, &values).map_err(|error| {
        let known = templates();
        let names = || known.iter().map(|template| template.name.as_str()).collect::<Vec<_>>().join(", ");
        Failure::usage(match known.iter().find(|template| template.name == name) {
            None => format!("{error}; there are: {}", names()),
            Some(known) => {
                let parameters: Vec<_> =
                    known.parameters.iter().map(|one| format!("--param {}=...", one.name)).collect();
                format!("{error}; {name} takes {}", parameters.join(" "))
            }
        })
    })?;
    Ok(Answer::of(json!({ "cedar": cedar })).with_text(cedar))
}

fn listed(template: &PolicyTemplate) -> Value {
    let parameters: Vec<_> = template.parameters.iter().map(|one| one.name.as_str()).collect();
    json!({ "name": template.name, "parameters": parameters, "about": template.about })
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::Show { context } => reading(options, |session| {
            let policy = session.ask(session.membership()?.policy(context))?;
            let by = policy.proposal.map_or("set at registration".to_owned(), |id| format!("set by proposal {id}"));
            let text = format!("// version {}, {by}\n{}", policy.version, policy.cedar);
            Ok(Answer::of(policy).with_text(text))
        }),
        Verb::Schema => reading(options, |session| {
            let schema = session.wait(session.membership()?.policy_schema())?;
            Ok(Answer::of(json!({ "schema": schema })).with_text(schema))
        }),
        Verb::Templates => {
            let rows: Vec<_> = templates().iter().map(listed).collect();
            Ok(Answer::page("templates", &rows, None::<&u64>))
        }
        Verb::Template { name, parameters } => fill_in(&name, &parameters),
        Verb::Simulate { context, file, deed, page } => {
            let cedar = read_text(&file, MAX_POLICY_BYTES as u64)?;
            reading(options, |session| {
                let membership = session.membership()?;
                let mut arg = SimulateArg {
                    context,
                    change: Change::SetPolicy { cedar },
                    samples: vec![deed.to_deed(session)?],
                    after: None,
                    limit: None,
                };
                page.show("turns", |after, limit| {
                    (arg.after, arg.limit) = (after, limit.map(|limit| limit.min(MAX_LOOKED_AT)));
                    let page = session.ask(membership.simulate(&arg))?;
                    Ok((page.turns, page.next))
                })
            })
        }
        Verb::Check { context, file } => {
            let cedar = read_text(&file, MAX_POLICY_BYTES as u64)?;
            reading(options, |session| {
                let change = Change::SetPolicy { cedar };
                session.ask(session.membership()?.validate_change(&ValidateChangeArg { context, change }))?;
                Ok(Answer::of(json!({ "valid": true })).with_text("the policies can be set"))
            })
        }
    }
}
