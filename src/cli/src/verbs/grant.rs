//! `calisec grant`.

use super::{Page, reading};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use calisec_sdk::types::ids::{ContextId, GrantId};
use calisec_sdk::types::membership::GrantsArg;
use clap::Subcommand;

/// What is done with grants. Proposals make and revoke them.
#[derive(Subcommand)]
pub enum Verb {
    /// List the grants in force.
    ///
    /// Example: calisec grant list <context>
    List {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        #[command(flatten)]
        page: Page<GrantId>,
    },
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    let Verb::List { context, page } = verb;
    reading(options, |session| {
        let membership = session.membership()?;
        page.show("grants", |after, limit| {
            let page = session.ask(membership.grants(&GrantsArg { context, after, limit }))?;
            Ok((page.grants, page.next))
        })
    })
}
