//! `calisec node`.

use super::{reading, writing};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use calisec_sdk::types::ids::ContextId;
use calisec_sdk::types::membership::{FetchOutcome, FetchStateArg, SetNodeArg};
use clap::Subcommand;

/// What is done with a context's node.
#[derive(Subcommand)]
pub enum Verb {
    /// Say where the canister may ask the context's node for its state. The address is public. Only the administrator.
    ///
    /// Example: calisec node set <context> --url https://node.example.org
    Set {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// Its admin API behind a public TLS proxy: https://host[:port][/path].
        #[arg(long, required_unless_present = "none", conflicts_with = "none")]
        url: Option<String>,
        /// No node is asked any more.
        #[arg(long)]
        none: bool,
    },
    /// Show where the node is, when it was asked last, and what came of it.
    ///
    /// Example: calisec node show <context>
    Show {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
    },
    /// Let the canister ask the node for its state, and compare it with the highest final checkpoint. Exits with 6 when it
    /// differs, or nothing could be learned.
    ///
    /// Example: calisec node fetch <context>
    Fetch {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
    },
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::Set { context, url, none: _ } => writing(options, |session| {
            session.ask(session.membership()?.set_node(&SetNodeArg { context, url })).map(Answer::of)
        }),
        Verb::Show { context } => {
            reading(options, |session| session.ask(session.membership()?.node(context)).map(Answer::of))
        }
        Verb::Fetch { context } => writing(options, |session| {
            let fetched = session.ask(session.membership()?.fetch_state(&FetchStateArg { context }))?;
            let answer = Answer::of(&fetched);
            let why = match &fetched.outcome {
                FetchOutcome::Match { .. } | FetchOutcome::NothingToCompare => return Ok(answer),
                FetchOutcome::Mismatch { height, .. } => format!("the node differs from the final checkpoint {height}"),
                FetchOutcome::Failed(failure) => format!(
                    "nothing was learned from the node, and it is not asked again by itself: {}",
                    Answer::of(failure).to_text()
                ),
            };
            Err(Failure { reason: Some(answer.into_value()), ..Failure::no(why) })
        }),
    }
}
