//! `calisec principal`.

use super::{confirm, writing};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::{keyfile, parse};
use calisec_sdk::types::ids::ContextId;
use calisec_sdk::types::membership::{Consent, LinkPrincipalArg, UnlinkPrincipalArg};
use calisec_sdk::types::signing::PrincipalLink;
use candid::Principal;
use clap::Subcommand;
use std::path::PathBuf;

/// What is done with linked principals.
#[derive(Subcommand)]
pub enum Verb {
    /// Let the principal that calls act for the account whose key you name: the account's key agrees.
    ///
    /// Example: calisec principal link <context> --key account.pem --identity other.pem
    Link {
        /// A context of the group.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The account's key, a file as 'calisec identity new' makes it.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Take a link back: the principal itself, the account, or who manages members.
    ///
    /// Example: calisec principal unlink <context> --principal <principal> --yes
    Unlink {
        /// A context of the group.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The principal.
        #[arg(long, value_parser = parse::principal)]
        principal: Principal,
    },
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::Link { context, key } => {
            let key = keyfile::load(&key)?;
            writing(options, |session| {
                let membership = session.membership()?;
                let group = session.ask(membership.context(context))?.group;
                let consent = Consent { nonce: session.now().0, valid_until: session.now().plus_seconds(60 * 60) };
                let link = PrincipalLink {
                    network: session.network_hash(),
                    canister: membership.canister(),
                    group,
                    account: key.account(),
                    principal: session.identity()?.principal(),
                    device: None,
                    nonce: consent.nonce,
                    valid_until: consent.valid_until,
                };
                let signature = key.sign_principal_link(&link).map_err(|error| Failure::usage(error.to_string()))?;
                let signature = signature.to_vec().into();
                let arg = LinkPrincipalArg { context, account: key.account(), device: None, consent, signature };
                session.ask(membership.link_principal(&arg)).map(Answer::of)
            })
        }
        Verb::Unlink { context, principal } => {
            confirm(options, &format!("{principal} will not act for its account any more"))?;
            writing(options, |session| {
                let arg = UnlinkPrincipalArg { context, principal };
                session.ask(session.membership()?.unlink_principal(&arg)).map(Answer::of)
            })
        }
    }
}
