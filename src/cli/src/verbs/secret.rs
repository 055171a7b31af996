//! `calisec secret`: what proofs are made with, beside an identity.

use super::read_text;
use crate::failure::Failure;
use crate::output::Answer;
use crate::parse;
use crate::secrets::{self, HolderSecret, MemberSecret, SignalSecret, StarkSecret};
use calisec_sdk::Random;
use calisec_sdk::semaphore::Identity;
use calisec_sdk::types::ids::ContextId;
use calisec_sdk::zk::field::{Fr, to_be32};
use calisec_sdk::zk::groth16::parse_public_json;
use clap::Subcommand;
use serde_json::json;
use std::path::{Path, PathBuf};

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
    /// Make a secret for anonymous signals, or take one over from Semaphore. The leaf goes to whoever keeps the group.
    ///
    /// Example: calisec secret signal --out me.signal.json;
    /// calisec secret signal --scalar scalar.txt --out me.signal.json
    Signal {
        /// The identity.secretScalar of an identity of @semaphore-protocol/identity, in decimal; '-' for standard input.
        #[arg(long, value_name = "FILE")]
        scalar: Option<PathBuf>,
        #[command(flatten)]
        out: Out,
    },
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
        Verb::Signal { scalar, out: Out { out } } => {
            let identity = scalar.map_or_else(|| Ok(Identity::random(&mut random)), |scalar| read_scalar(&scalar))?;
            let commitment = identity.commitment();
            secrets::write(&SignalSecret::of(&identity), &out)?;
            Ok(Answer::of(json!({
                "secret": out, "leaf": hex::encode(to_be32(&commitment)), "commitment": commitment.to_string(),
            })))
        }
        Verb::Stark(Out { out }) => {
            let secret = StarkSecret::random(&mut random);
            let leaf = hex::encode(secret.leaf()?.to_bytes());
            secrets::write(&secret, &out)?;
            Ok(Answer::of(json!({ "secret": out, "leaf": leaf })))
        }
    }
}

/// Semaphore's secret scalar of an identity, in decimal.
fn read_scalar(path: &Path) -> Result<Identity, Failure> {
    let wrong = |why: String| Failure::usage(format!("{} has no secret scalar in decimal: {why}", path.display()));
    let text = read_text(path, 4_096)?;
    let scalar =
        parse_public_json::<Fr>(&json!([text.trim()]).to_string()).map_err(|error| wrong(error.to_string()))?;
    let [scalar] = scalar.elements() else { return Err(Failure::internal("one number was read")) };
    Identity::from_bytes(&to_be32(scalar)).map_err(|error| wrong(error.to_string()))
}
