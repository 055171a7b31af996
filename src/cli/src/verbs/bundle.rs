//! `calisec bundle`: decisions that are checked without asking anybody.

use super::decide::denied;
use super::{read_text, write_new};
use crate::evidence::{self, When};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::session::Session;
use calisec_sdk::types::membership::{DecideArg, DecisionBundle};
use calisec_sdk::verify::{self, Trust, VerifiedDecision};
use candid::Principal;
use clap::Subcommand;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a bundle in a file begins with.
const FORMAT: &str = "calisec.decision-bundle.v1";
/// Larger files are refused.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// What is raw bytes in a bundle, and hex in a file.
const BYTES: [&str; 2] = ["witness", "certificate"];

/// What is done with bundles.
#[derive(Subcommand)]
pub enum Verb {
    /// Decide by a bundle from a file, without asking any canister. Exits with 6 on a deny, and when it does not verify.
    ///
    /// Example: calisec bundle verify decision.json --network ic --max-age 1h
    Verify {
        /// A file of 'calisec decide --bundle'.
        file: PathBuf,
        #[command(flatten)]
        when: When,
    },
}

/// A bundle in a file, with what was asked.
#[derive(Serialize, Deserialize)]
struct Kept {
    format: String,
    /// For information: which canister it must be of, the verifier knows.
    membership: Principal,
    question: DecideArg,
    bundle: Value,
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    let Verb::Verify { file, when } = verb;
    let wrong = || Failure::usage(format!("{} is no bundle: 'calisec decide --bundle' makes one", file.display()));
    let text = read_text(&file, MAX_FILE_BYTES)?;
    let kept: Kept = serde_json::from_str(&text).ok().filter(|kept: &Kept| kept.format == FORMAT).ok_or_else(wrong)?;
    let bundle = from_json(kept.bundle).ok_or_else(wrong)?;
    let certificate = bundle.certificate.as_ref().map(|bytes| bytes.to_vec()).unwrap_or_default();
    evidence::trusting_as_of(options, when, &certificate, |trust, max_age, session| {
        let membership = evidence::canister(options, session, "membership")?;
        let decision = decide(&bundle, &kept.question, membership, (trust, max_age))?;
        let answer = told(&decision, &kept.question, &bundle);
        if decision.allowed { Ok(answer) } else { Err(denied(answer, &decision.missing)) }
    })
}

/// Asks for the bundle of a question and keeps it, if it verifies.
pub fn keep(session: &Session, question: &DecideArg, out: &Path) -> Result<(Answer, VerifiedDecision), Failure> {
    let membership = session.membership()?;
    let mut bundle = session.ask(membership.decision_bundle(question))?;
    if bundle.policy.is_none() {
        bundle.policy = Some(session.ask(membership.policy(question.context))?.cedar);
    }
    let age = evidence::RECOMMENDED_AGE;
    let decision = session.trusting(|trust| decide(&bundle, question, membership.canister(), (trust, age)))?;
    let kept = Kept {
        format: FORMAT.to_owned(),
        membership: membership.canister(),
        question: question.clone(),
        bundle: to_json(&bundle),
    };
    let text = serde_json::to_string_pretty(&kept).map_err(|error| Failure::internal(error.to_string()))?;
    write_new(out, text.as_bytes())?;
    Ok((told(&decision, question, &bundle), decision))
}

fn decide(
    bundle: &DecisionBundle,
    question: &DecideArg,
    membership: Principal,
    (trust, max_age): (&Trust<'_>, Duration),
) -> Result<VerifiedDecision, Failure> {
    verify::decision(bundle, question, membership, trust, max_age)
        .map_err(|error| Failure::no(format!("the bundle decides nothing: {error}")))
}

/// The decision, and the facts it follows from.
fn told(decision: &VerifiedDecision, question: &DecideArg, bundle: &DecisionBundle) -> Answer {
    let mut facts = Answer::of(bundle).into_value();
    for hidden in ["witness", "certificate", "policy"] {
        if let Some(facts) = facts.as_object_mut() {
            facts.remove(hidden);
        }
    }
    Answer::of(json!({
        "verified": true, "allowed": decision.allowed, "account": decision.account,
        "determining_policies": decision.determining_policies, "missing": decision.missing, "grant": decision.grant,
        "policy_version": decision.policy_version, "seq": decision.seq, "certified_at": decision.certified_at,
        "valid_until": decision.valid_until, "question": question, "facts": facts,
    }))
}

fn to_json(bundle: &DecisionBundle) -> Value {
    let mut value = Answer::of(bundle).into_value();
    for name in BYTES {
        let bytes: Option<Vec<u8>> = serde_json::from_value(value[name].take()).unwrap_or_default();
        value[name] = json!(bytes.map(hex::encode));
    }
    value
}

fn from_json(mut value: Value) -> Option<DecisionBundle> {
    for name in BYTES {
        value[name] = json!(value.get(name)?.as_str().map(hex::decode).transpose().ok()?);
    }
    serde_json::from_value(value).ok()
}
