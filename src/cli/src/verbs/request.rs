//! `calisec request`.

use super::{Noun, read_text, reading};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use calisec_sdk::types::membership::{
    Application, Attested, AuditRules, Context, Decision, DiscardedOpenings, FetchedState, Handover, InviteState,
    MAX_REQUEST_BYTES, Node, ProofClaim, Quorum, SignedRequest, Written,
};
use calisec_sdk::types::signing::SIGNED_REQUEST_TAG;
use candid::{CandidType, decode_one};
use clap::{FromArgMatches, Subcommand};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
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
                let method = method_of(&signed.payload);
                let answer = method.and_then(reader_of).and_then(|read| read(&reply));
                let answer = answer.unwrap_or_else(|| json!(hex::encode(&reply)));
                Ok(Answer::of(json!({ "done": true, "method": method, "answer": answer })))
            })
        }
    }
}

/// The method that signed bytes name: what the file says beside them is for information.
fn method_of(payload: &[u8]) -> Option<&str> {
    let network_and_on = payload.strip_prefix(SIGNED_REQUEST_TAG)?;
    let (length, rest) = network_and_on.get(32..)?.split_first()?;
    // Canister, key, scope, nonce, expiry.
    let (length, rest) = rest.get(usize::from(*length) + 32 + 32 + 8 + 8..)?.split_first()?;
    std::str::from_utf8(rest.get(..usize::from(*length))?).ok()
}

/// Reads what a method answers from Candid.
type Reader = fn(&[u8]) -> Option<Value>;

fn reader_of(method: &str) -> Option<Reader> {
    let reader: Reader = match method {
        "add_member" | "redeem_invite" | "remove_member" | "set_role" | "remove_role" | "grant_capability"
        | "revoke_capability" | "add_device" | "rotate_device" | "revoke_device" | "revoke_account"
        | "link_principal" | "unlink_principal" => shown::<Written>,
        "add_context" | "accept_administration" => shown::<Context>,
        "offer_administration" | "cancel_handover" => shown::<Handover>,
        "revoke_invite" => shown::<InviteState>,
        "set_application" => shown::<Application>,
        "attest" => shown::<Attested>,
        "set_checkpoint_quorum" => shown::<Quorum>,
        "set_node" => shown::<Node>,
        "fetch_state" => shown::<FetchedState>,
        "claim_receipt" => shown::<ProofClaim>,
        "review_claim_kind" => shown::<()>,
        "record_decision" => shown::<Decision>,
        "set_recorded_registries" | "set_audit_mode" => shown::<AuditRules>,
        "discard_openings" => shown::<DiscardedOpenings>,
        _ => return None,
    };
    Some(reader)
}

fn shown<T: CandidType + DeserializeOwned + Serialize>(reply: &[u8]) -> Option<Value> {
    decode_one::<T>(reply).ok().map(|answer| Answer::of(answer).into_value())
}

#[cfg(test)]
mod tests {
    use super::{method_of, reader_of};
    use calisec_sdk::types::ids::{AccountId, ContextId, Digest32, Timestamp};
    use calisec_sdk::types::membership::Request;
    use calisec_sdk::types::signing::RequestPayload;
    use candid::Principal;

    #[test]
    fn should_know_the_answer_of_every_method_that_can_be_signed_for() {
        for method in Request::METHODS {
            assert!(reader_of(method).is_some(), "{method}");
        }
    }

    #[test]
    fn should_find_the_method_in_what_was_signed() {
        let payload = RequestPayload {
            network: Digest32([1; 32]),
            canister: Principal::from_slice(&[2; 10]),
            key: AccountId([3; 32]),
            nonce: 4,
            expires_at: Timestamp(5),
            request: Request::CancelHandover(ContextId([6; 32])),
        }
        .to_signed_bytes();
        assert_eq!(method_of(&payload), Some("cancel_handover"));
        for length in 0..payload.len() {
            let is_whole = method_of(&payload[..length]) == Some("cancel_handover");
            assert!(is_whole || method_of(&payload[..length]).is_none(), "{length}");
        }
    }
}
