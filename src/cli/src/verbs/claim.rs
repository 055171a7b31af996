//! `calisec claim`.

use super::{Page, reading, writing};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use calisec_sdk::types::ids::{AccountId, ContextId, ReceiptId};
use calisec_sdk::types::membership::{
    ClaimKindInForce, ClaimReceiptArg, ClaimsArg, ReviewClaimKindArg, claim_period, claim_period_bounds, claim_purpose,
};
use clap::Subcommand;
use serde_json::json;

/// What is done with claims. Proposals set and remove their kinds.
#[derive(Subcommand)]
pub enum Verb {
    /// List what members of a context can prove about themselves.
    ///
    /// Example: calisec claim kind-list <context>
    KindList {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
    },
    /// Show what must be proved for a claim, and the purposes to prove it for: of this period, and of the next.
    ///
    /// Example: calisec claim show <context> age-over-18
    Show {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The kind's name.
        name: String,
    },
    /// List the claims of a member that count now or will.
    ///
    /// Example: calisec claim list <context> --account <account> --all
    List {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The member.
        #[arg(long, value_parser = parse::account)]
        account: AccountId,
        #[command(flatten)]
        page: Page<ReceiptId>,
    },
    /// Make a receipt of a proof that you submitted a claim of your account.
    ///
    /// Example: calisec claim submit <context> <receipt>
    Submit {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The receipt.
        #[arg(value_parser = parse::receipt)]
        receipt: ReceiptId,
    },
    /// Void all claims of a kind whose circuit was revoked. Anybody may who notices.
    ///
    /// Example: calisec claim review <context> age-over-18
    Review {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The kind's name.
        name: String,
    },
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::KindList { context } => reading(options, |session| {
            let kinds = session.ask(session.membership()?.claim_kinds(context))?;
            Ok(Answer::of(json!({ "kinds": kinds })))
        }),
        Verb::Show { context, name } => reading(options, |session| {
            let kinds = session.ask(session.membership()?.claim_kinds(context))?;
            let found = kinds.into_iter().find(|kind| kind.kind.name == name);
            let ClaimKindInForce { kind, version, proposal } =
                found.ok_or_else(|| Failure::usage(format!("the context has no claims of the kind {name:?}")))?;
            let current = claim_period(session.now(), kind.period_seconds);
            let period = |number| {
                let (from, until) = claim_period_bounds(number, kind.period_seconds);
                json!({ "purpose": claim_purpose(&kind.name, version, number), "from": from, "until": until })
            };
            let periods = [period(current), period(current.saturating_add(1))];
            Ok(Answer::of(json!({ "kind": kind, "version": version, "proposal": proposal, "periods": periods })))
        }),
        Verb::List { context, account, page } => reading(options, |session| {
            let membership = session.membership()?;
            page.show("claims", |after, limit| {
                let page = session.ask(membership.claims(&ClaimsArg { context, account, after, limit }))?;
                Ok((page.claims, page.next))
            })
        }),
        Verb::Submit { context, receipt } => writing(options, |session| {
            let arg = ClaimReceiptArg { context, receipt };
            session.ask(session.membership()?.claim_receipt(&arg)).map(Answer::of)
        }),
        Verb::Review { context, name } => writing(options, |session| {
            let arg = ReviewClaimKindArg { context, name };
            session.ask(session.membership()?.review_claim_kind(&arg))?;
            Ok(Answer::of(json!({ "removed": arg.name })))
        }),
    }
}
