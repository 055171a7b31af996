//! `calisec role`.

use super::{confirm, reading, writing};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use calisec_sdk::types::ids::ContextId;
use calisec_sdk::types::membership::{Capability, RemoveRoleArg, SetRoleArg};
use clap::Subcommand;
use serde_json::json;

/// What is done with roles.
#[derive(Subcommand)]
pub enum Verb {
    /// Define a role, or change what members in it may do from now on.
    ///
    /// Example: calisec role set <context> auditor --can vote,checkpoint
    Set {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// 1 to 32 of a-z, 0-9 and '-'.
        name: String,
        /// What members in it may do, with commas between: manage-application, manage-members, proxy, mint, vote,
        /// checkpoint; left out: nothing.
        #[arg(long, value_name = "CAPABILITIES", value_delimiter = ',', value_parser = parse::capability)]
        can: Vec<Capability>,
    },
    /// Remove a role that no member has.
    ///
    /// Example: calisec role remove <context> auditor --yes
    Remove {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The role.
        name: String,
    },
    /// List the roles, what members in them may do, and how many have them.
    ///
    /// Example: calisec role list <context>
    List {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
    },
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::Set { context, name, can: capabilities } => writing(options, |session| {
            session.ask(session.membership()?.set_role(&SetRoleArg { context, name, capabilities })).map(Answer::of)
        }),
        Verb::Remove { context, name } => {
            confirm(options, &format!("this removes the role {name:?}"))?;
            writing(options, |session| {
                session.ask(session.membership()?.remove_role(&RemoveRoleArg { context, name })).map(Answer::of)
            })
        }
        Verb::List { context } => reading(options, |session| {
            let roles = session.ask(session.membership()?.roles(context))?;
            Ok(Answer::of(json!({ "roles": roles })))
        }),
    }
}
