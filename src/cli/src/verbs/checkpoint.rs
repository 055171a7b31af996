//! `calisec checkpoint`.

use super::{Page, reading, writing};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use crate::session::Session;
use calisec_sdk::types::ids::{AccountId, ContextId, Digest32, Height, Seq, StateRoot};
use calisec_sdk::types::membership::{
    AttestArg, AttestationsArg, CheckpointsArg, Claim, DivergencesArg, FinalCheckpointArg, Quorum,
    SetCheckpointQuorumArg,
};
use calisec_sdk::verify;
use clap::Subcommand;
use serde_json::json;

/// What is done with checkpoints.
#[derive(Subcommand)]
pub enum Verb {
    /// Attest what a context's state was. Takes the capability checkpoint; once for each height.
    ///
    /// Example: calisec checkpoint attest <context> --height 7 --root <context> --hash <digest>
    Attest {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// When, in the context's own counting.
        #[arg(long)]
        height: u64,
        /// The Merkle root of the state, in base58: contextStateHash of the node.
        #[arg(long, value_parser = parse::state_root)]
        root: StateRoot,
        /// SHA-256 of the application's module.
        #[arg(long, value_parser = parse::digest)]
        hash: Digest32,
    },
    /// Show a final checkpoint, verified against the network's root key. Exits with 6 when it is not final.
    ///
    /// Example: calisec checkpoint show <context> --height 7
    Show {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// Which [default: the highest that is final].
        #[arg(long)]
        height: Option<u64>,
    },
    /// List the checkpoints, final and open ones.
    ///
    /// Example: calisec checkpoint list <context>
    List {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        #[command(flatten)]
        page: Page<Height>,
    },
    /// List who attested what of one height.
    ///
    /// Example: calisec checkpoint attestations <context> --height 7
    Attestations {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// Which height.
        #[arg(long)]
        height: u64,
        #[command(flatten)]
        page: Page<AccountId>,
    },
    /// List where states differ. Exits with 6 if any do, so that a scheduler can raise the alarm.
    ///
    /// Example: calisec checkpoint divergences <context> --all
    Divergences {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        #[command(flatten)]
        page: Page<Seq>,
    },
    /// Show how much agreement makes a checkpoint final, or set it. Only the administrator sets it.
    ///
    /// Example: calisec checkpoint quorum <context> --basis-points 6700
    Quorum {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// So many attestations.
        #[arg(long, conflicts_with = "basis_points")]
        count: Option<u64>,
        /// More than this part of those who may attest, in hundredths of a percent.
        #[arg(long)]
        basis_points: Option<u16>,
    },
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::Attest { context, height, root: state_root, hash: app_hash } => writing(options, |session| {
            let arg = AttestArg { context, height: Height(height), claim: Claim { state_root, app_hash } };
            session.ask(session.membership()?.attest(&arg)).map(Answer::of)
        }),
        Verb::Show { context, height } => reading(options, |session| show(session, context, height.map(Height))),
        Verb::List { context, page } => reading(options, |session| {
            let membership = session.membership()?;
            page.show("checkpoints", |after, limit| {
                let page = session.ask(membership.checkpoints(&CheckpointsArg { context, after, limit }))?;
                Ok((page.checkpoints, page.next))
            })
        }),
        Verb::Attestations { context, height, page } => reading(options, |session| {
            let membership = session.membership()?;
            page.show("attestations", |after, limit| {
                let arg = AttestationsArg { context, height: Height(height), after, limit };
                let page = session.ask(membership.attestations(&arg))?;
                Ok((page.attestations, page.next))
            })
        }),
        Verb::Divergences { context, page } => reading(options, |session| {
            let membership = session.membership()?;
            let (divergences, next) = page.collect(|after, limit| {
                let page = session.ask(membership.divergences(&DivergencesArg { context, after, limit }))?;
                Ok((page.divergences, page.next))
            })?;
            let count = divergences.len();
            let answer = Answer::page("divergences", &divergences, next.as_ref());
            if count == 0 {
                return Ok(answer.with_text("no divergences"));
            }
            let message = format!("{count} divergences:\n{}", answer.to_text());
            Err(Failure { reason: Some(answer.into_value()), ..Failure::no(message) })
        }),
        Verb::Quorum { context, count: None, basis_points: None } => reading(options, |session| {
            let quorum = session.ask(session.membership()?.checkpoint_quorum(context))?;
            Ok(Answer::of(json!({ "quorum": quorum })))
        }),
        Verb::Quorum { context, count, basis_points } => writing(options, |session| {
            let quorum = match (count, basis_points) {
                (Some(count), _) => Quorum::Count(count),
                (None, points) => Quorum::BasisPoints(points.unwrap_or_default()),
            };
            let arg = SetCheckpointQuorumArg { context, quorum };
            session
                .ask(session.membership()?.set_checkpoint_quorum(&arg))
                .map(|quorum| Answer::of(json!({ "quorum": quorum })))
        }),
    }
}

fn show(session: &Session, context: ContextId, height: Option<Height>) -> Result<Answer, Failure> {
    let membership = session.membership()?;
    let certified = session.ask(membership.final_checkpoint(&FinalCheckpointArg { context, height }))?;
    let checkpoint = session
        .trusting(|trust| verify::final_checkpoint(&certified, membership.canister(), (&context, height), trust))
        .map_err(|error| Failure::no(format!("the checkpoint is not certified: {error}")))?;
    checkpoint.map(Answer::of).ok_or_else(|| {
        Failure::no("there is no such final checkpoint: 'calisec checkpoint list' shows those that are open")
    })
}
