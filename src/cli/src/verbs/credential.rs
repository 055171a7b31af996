//! `calisec credential`.

use crate::failure::Failure;
use crate::leaves::{self, Leaves};
use crate::output::Answer;
use crate::parse;
use crate::secrets::{self, CredentialFile, CredentialValue};
use calisec_sdk::Random;
use calisec_sdk::zk::field::to_be32;
use clap::Subcommand;
use serde_json::json;
use std::path::{Path, PathBuf};

/// What is done with credentials.
#[derive(Subcommand)]
pub enum Verb {
    /// Attest something of a holder: makes the credential, which is the holder's to keep, and adds its leaf to your tree.
    ///
    /// Example: calisec credential issue --holder <holder> --attribute age --number 41 --leaves issuer.leaves --out age.json
    Issue {
        /// Whom: what 'calisec secret holder' printed there.
        #[arg(long, value_name = "HOLDER", value_parser = parse::element)]
        holder: [u8; 32],
        /// What about.
        #[arg(long)]
        attribute: String,
        /// A number, for ranges.
        #[arg(long, required_unless_present = "text", conflicts_with = "text")]
        number: Option<u64>,
        /// A text.
        #[arg(long)]
        text: Option<String>,
        /// Your tree: a file with a leaf on each line, made if it is missing.
        #[arg(long, value_name = "FILE")]
        leaves: PathBuf,
        /// The credential to make, readable by you alone.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Show what a credential says.
    ///
    /// Example: calisec credential show age.json
    Show {
        /// The credential.
        file: PathBuf,
    },
}

/// Does it.
pub fn run(verb: Verb) -> Result<Answer, Failure> {
    match verb {
        Verb::Issue { holder, attribute, number, text, leaves, out } => {
            let value = match (number, text) {
                (Some(number), _) => CredentialValue::Number(number),
                (None, Some(text)) => CredentialValue::Text(text),
                (None, None) => return Err(Failure::usage("pass --number or --text")),
            };
            let mut random = Random::from_os().map_err(|error| Failure::internal(error.to_string()))?;
            let credential = CredentialFile::new(holder, attribute, value, &mut random)?;
            issue(&credential, &leaves, &out)
        }
        Verb::Show { file } => {
            let credential: CredentialFile = secrets::read(&file)?;
            let leaf = hex::encode(to_be32(&credential.leaf()?));
            Ok(Answer::of(json!({ "says": credential.says(), "leaf": leaf })))
        }
    }
}

fn issue(credential: &CredentialFile, file: &Path, out: &Path) -> Result<Answer, Failure> {
    let leaf = to_be32(&credential.leaf()?);
    // A tree that cannot be read is found out before a credential is made that is not in it.
    if file.exists() {
        Leaves::read(file)?;
    }
    secrets::write(credential, out)?;
    leaves::append(file, &[leaf])?;
    let root = hex::encode(to_be32(&Leaves::read(file)?.head().root()));
    Ok(Answer::of(json!({
        "credential": out, "says": credential.says(), "leaf": hex::encode(leaf), "issuer_root": root,
    })))
}
