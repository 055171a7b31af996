//! `calisec identity`.

use crate::failure::Failure;
use crate::keyfile;
use crate::options::Options;
use crate::output::Answer;
use calisec_sdk::Random;
use calisec_sdk::identity::Identity;
use clap::Subcommand;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What is done with identities.
#[derive(Subcommand)]
pub enum Verb {
    /// Make a new key from this computer's randomness, readable by you alone.
    ///
    /// Example: calisec identity new --out alice.pem
    New {
        /// The file to make [default: identity.pem in your configuration directory].
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Show the account, the principal and the envelope key of an identity; never the secret.
    ///
    /// Example: calisec identity show --identity alice.pem
    Show,
    /// Take over a key: PEM (PKCS#8, Ed25519), 64 hex digits, or base58 as Calimero keeps private keys.
    ///
    /// Example: calisec identity import key.txt --out bob.pem
    Import {
        /// The file with the key; '-' for standard input, so that it stands in no shell history.
        file: PathBuf,
        /// The file to make [default: identity.pem in your configuration directory].
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

#[derive(Serialize)]
struct Shown {
    file: String,
    account: String,
    principal: String,
    kem_key: String,
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::New { out } => {
            let mut random = Random::from_os().map_err(|error| Failure::internal(error.to_string()))?;
            keep(&Identity::random(&mut random), out)
        }
        Verb::Show => {
            let (file, _) = options.identity_file();
            Ok(shown(&keyfile::load(&file)?, &file))
        }
        Verb::Import { file, out } => {
            let text = super::read_text(&file, 4_096)?;
            let identity = keyfile::parse(&text)
                .map_err(|why| Failure::usage(format!("cannot take over {}: {why}", file.display())))?;
            keep(&identity, out)
        }
    }
}

fn keep(identity: &Identity, out: Option<PathBuf>) -> Result<Answer, Failure> {
    let file = out.unwrap_or_else(keyfile::default_path);
    keyfile::save(identity, &file)?;
    Ok(shown(identity, &file))
}

fn shown(identity: &Identity, file: &Path) -> Answer {
    Answer::of(Shown {
        file: file.display().to_string(),
        account: identity.account().to_string(),
        principal: identity.principal().to_text(),
        kem_key: identity.kem_key().to_string(),
    })
}
