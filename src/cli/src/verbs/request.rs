//! `calisec request`.

use super::{Noun, read_text, reading};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use calisec_sdk::types::membership::{MAX_REQUEST_BYTES, SignedRequest};
use clap::{FromArgMatches, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

/// What a request in a file begins with.
const FORMAT: &str = "calisec.signed-request.v1";

/// What is done with signed requests.
#[derive(Subcommand)]
pub enum Verb {
    /// Sign what a verb would do, instead of doing it; whoever has the file can relay it, once.
    ///
    /// Example: calisec request sign --out add.json -- member add <context> --account <account> --kem-key <key>
    Sign {
        /// The file to make.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// How long it may be relayed; at most 24h.
        #[arg(long, default_value = "24h", value_parser = crate::parse::duration)]
        expires: Duration,
        /// The verb with its arguments, after '--'.
        #[arg(last = true, required = true, value_name = "VERB")]
        verb: Vec<String>,
    },
    /// Relay a request. It is done in the name of whoever signed it; no identity is needed.
    ///
    /// Example: calisec request submit add.json
    Submit {
        /// A file of 'calisec request sign'.
        file: PathBuf,
    },
}

/// A request in a file.
#[derive(Serialize, Deserialize)]
pub struct RequestFile {
    format: String,
    /// For information: what counts stands in the payload.
    method: String,
    payload: String,
    signature: String,
}

impl RequestFile {
    /// Of what was signed.
    pub fn of(method: &str, request: &SignedRequest) -> Self {
        Self {
            format: FORMAT.to_owned(),
            method: method.to_owned(),
            payload: hex::encode(&request.payload),
            signature: hex::encode(&request.signature),
        }
    }
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::Sign { out, expires, verb } => {
            let command = Noun::augment_subcommands(clap::Command::new("calisec request sign --").no_binary_name(true));
            let noun = command
                .try_get_matches_from(&verb)
                .and_then(|matches| Noun::from_arg_matches(&matches))
                .map_err(|error| Failure::usage(error.to_string().trim().trim_start_matches("error: ").to_owned()))?;
            if matches!(noun, Noun::Request(_)) {
                return Err(Failure::usage("a request cannot be signed inside of a request"));
            }
            let options = Options { sign: Some((out, expires)), ..options.clone() };
            super::run(noun, &options)?
                .filter(|answer| answer.is_signed_request())
                .ok_or_else(|| Failure::usage("that verb only reads: there is nothing to sign"))
        }
        Verb::Submit { file } => {
            let text = read_text(&file, 4 * MAX_REQUEST_BYTES as u64)?;
            let wrong =
                || Failure::usage(format!("{} is no signed request: 'calisec request sign' makes one", file.display()));
            let request: RequestFile = serde_json::from_str(&text).map_err(|_| wrong())?;
            let bytes = |text: &str| hex::decode(text).map_err(|_| wrong());
            if request.format != FORMAT {
                return Err(wrong());
            }
            let signed = SignedRequest {
                payload: bytes(&request.payload)?.into(),
                signature: bytes(&request.signature)?.into(),
            };
            reading(options, |session| {
                let reply = session.ask(session.membership()?.submit_request(&signed))?;
                Ok(Answer::of(json!({ "done": true, "reply": hex::encode(reply) })))
            })
        }
    }
}
