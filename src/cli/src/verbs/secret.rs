//! `calisec secret`: what proofs are made with, beside an identity.

use crate::failure::Failure;
use crate::output::Answer;
use crate::parse;
use crate::secrets::{self, HolderSecret, MemberSecret, StarkSecret};
use calisec_sdk::Random;
use calisec_sdk::types::ids::ContextId;
use calisec_sdk::zk::field::to_be32;
use clap::Subcommand;
use serde_json::json;
use std::path::PathBuf;

/// What is made.
#[derive(Subcommand)]
pub enum Verb {
    /// Make a member's secret for one context. The leaf goes to whoever keeps the tree of members.
    ///
    /// Example: calisec secret member --context <context> --out me.secret.json
    Member {
        /// Where it counts.
        #[arg(long, value_parser = parse::context)]
        context: ContextId,
        #[command(flatten)]
        out: Out,
    },
    /// Make a holder's secret for credentials. The holder id goes to issuers.
    ///
    /// Example: calisec secret holder --out holder.secret.json
    Holder(Out),
    /// Make a secret for STARKs, which may become known when its proofs do. The leaf goes to whoever keeps the tree.
    ///
    /// Example: calisec secret stark --out me.stark.json
    Stark(Out),
}

/// Where to.
#[derive(clap::Args)]
pub struct Out {
    /// The file to make, readable by you alone.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Does it.
pub fn run(verb: Verb) -> Result<Answer, Failure> {
    let mut random = Random::from_os().map_err(|error| Failure::internal(error.to_string()))?;
    match verb {
        Verb::Member { context, out: Out { out } } => {
            let secret = MemberSecret::random(context, &mut random);
            let leaf = hex::encode(to_be32(&secret.leaf()?.commitment(&context)));
            secrets::write(&secret, &out)?;
            Ok(Answer::of(json!({ "secret": out, "leaf": leaf })))
        }
        Verb::Holder(Out { out }) => {
            let secret = HolderSecret::random(&mut random);
            let holder = hex::encode(to_be32(&secret.id()?));
            secrets::write(&secret, &out)?;
            Ok(Answer::of(json!({ "secret": out, "holder": holder })))
        }
        Verb::Stark(Out { out }) => {
            let secret = StarkSecret::random(&mut random);
            let leaf = hex::encode(secret.leaf()?.to_bytes());
            secrets::write(&secret, &out)?;
            Ok(Answer::of(json!({ "secret": out, "leaf": leaf })))
        }
    }
}
