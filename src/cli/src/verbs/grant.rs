//! `calisec grant`.

use super::{Page, reading};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use calisec_sdk::types::ids::{ContextId, GrantId};
use calisec_sdk::types::membership::GrantsArg;
use clap::Subcommand;
use serde_json::json;

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
        /// Go on after this grant.
        #[arg(long)]
        after: Option<u64>,
        #[command(flatten)]
        page: Page,
    },
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    let Verb::List { context, after, page } = verb;
    reading(options, |session| {
        let membership = session.membership()?;
        let (grants, next) = page.collect(after.map(GrantId), |after, limit| {
            let page = session.ask(membership.grants(&GrantsArg { context, after, limit }))?;
            Ok((page.grants, page.next))
        })?;
        Ok(Answer::of(json!({ "grants": grants, "next": next })))
    })
}
