//! `calisec aggregate`: training together.

mod receipt;

use super::page::{Amount, Page};
use super::{read_text, reading, write_new, writing};
use crate::evidence::When;
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use crate::secrets::{self, OpeningFile};
use crate::session::Session;
use calisec_sdk::Random;
use calisec_sdk::aggregate;
use calisec_sdk::types::aggregates::{
    CommitUpdateArg, Contribution, ContributionsArg, Contributor, OpenRoundArg, RoundsArg,
};
use calisec_sdk::types::ids::{ContextId, RoundId};
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Larger files are refused.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// What is done in a round.
#[derive(Subcommand)]
pub enum Verb {
    /// Open a round: who contributes, with which weight, until when. You publish its aggregate.
    ///
    /// Example: calisec aggregate open <context> --label model-7/step-1 --dimension 3
    /// --contributor <principal>=1 --contributor <principal>=2 --closes 7d
    Open {
        /// The context it is about.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// For humans and programs, e.g. model-7/step-12.
        #[arg(long)]
        label: String,
        /// How many values each update has.
        #[arg(long)]
        dimension: u32,
        /// Who may contribute, and what the update is multiplied by; at least two.
        #[arg(long = "contributor", required = true, value_name = "PRINCIPAL=WEIGHT", value_parser = contributor)]
        contributors: Vec<Contributor>,
        /// How many must contribute [default: all].
        #[arg(long)]
        quorum: Option<u32>,
        /// How long contributions are taken, at most 90d.
        #[arg(long, default_value = "7d", value_parser = parse::duration)]
        closes: Duration,
    },
    /// Commit to an update, on this computer: makes NAME.commitment, which is public, and NAME.opening.json, which is for
    /// the publisher only. Nothing is sent.
    ///
    /// Example: calisec aggregate commit update.json --out alice
    Commit {
        /// The update: a list of whole numbers in JSON.
        file: PathBuf,
        /// What the files that are made begin with.
        #[arg(long, value_name = "NAME")]
        out: PathBuf,
    },
    /// Send a commitment to a round. Once.
    ///
    /// Example: calisec aggregate contribute 1 alice.commitment
    Contribute {
        /// The round.
        round: u64,
        /// A file of 'calisec aggregate commit'.
        file: PathBuf,
    },
    /// Sum the updates of all who contributed, and post the sum with its opening, for a receipt. Only the publisher.
    ///
    /// Example: calisec aggregate post 1 alice.opening.json bob.opening.json
    Post {
        /// The round.
        round: u64,
        /// The openings, in any order: files of 'calisec aggregate commit'.
        #[arg(required = true, value_name = "OPENING")]
        openings: Vec<PathBuf>,
    },
    /// Show a round, who contributed, and the receipt of its aggregate; --out keeps the receipt with its certificate.
    ///
    /// Example: calisec aggregate show 1 --out aggregate.json
    Show {
        /// The round.
        round: u64,
        /// A file to make, for 'calisec aggregate check'.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Verify the receipt of an aggregate from a file. Exits with 6 if it does not verify.
    ///
    /// Example: calisec aggregate check aggregate.json --any-age
    Check {
        /// A file of 'calisec aggregate show --out'.
        file: PathBuf,
        #[command(flatten)]
        when: When,
    },
    /// List the rounds of a context.
    ///
    /// Example: calisec aggregate list <context>
    List {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        #[command(flatten)]
        page: Page<RoundId>,
    },
}

fn contributor(text: &str) -> Result<Contributor, String> {
    let wrong = || format!("'{text}' is not PRINCIPAL=WEIGHT, with a whole number from 1 to {}", u32::MAX);
    let (id, weight) = text.split_once('=').ok_or_else(wrong)?;
    let weight = weight.parse().map_err(|_| wrong())?;
    Ok(Contributor { contributor: parse::principal(id)?, weight })
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::Open { context, label, dimension, contributors, quorum, closes } => writing(options, |session| {
            let quorum = quorum.unwrap_or_else(|| u32::try_from(contributors.len()).unwrap_or(u32::MAX));
            let closes_at = parse::later(session.now(), closes);
            let arg = OpenRoundArg { context, label, dimension, closes_at, quorum, contributors };
            session.ask(session.proof_verifier()?.open_round(&arg)).map(Answer::of)
        }),
        Verb::Commit { file, out } => commit(&file, &out),
        Verb::Contribute { round, file } => {
            let text = read_text(&file, MAX_FILE_BYTES)?;
            let commitment = hex::decode(text.trim()).map_err(|_| {
                Failure::usage(format!("{} is no commitment: 'calisec aggregate commit' makes one", file.display()))
            })?;
            writing(options, |session| {
                let arg = CommitUpdateArg { round: RoundId(round), commitment: commitment.into() };
                session.ask(session.proof_verifier()?.commit_update(&arg)).map(Answer::of)
            })
        }
        Verb::Post { round, openings } => {
            let openings = openings
                .iter()
                .map(|path| Ok((path, secrets::read::<OpeningFile>(path)?)))
                .collect::<Result<Vec<_>, Failure>>()?;
            writing(options, |session| post(session, RoundId(round), &openings))
        }
        Verb::Show { round, out } => reading(options, |session| show(session, RoundId(round), out.as_deref())),
        Verb::Check { file, when } => receipt::check(&file, when, options),
        Verb::List { context, page } => reading(options, |session| {
            let verifier = session.proof_verifier()?;
            page.show("rounds", |after, limit| {
                let page = session.ask(verifier.rounds(&RoundsArg { context, after, limit }))?;
                Ok((page.rounds, page.next))
            })
        }),
    }
}

fn commit(file: &Path, out: &Path) -> Result<Answer, Failure> {
    let text = read_text(file, MAX_FILE_BYTES)?;
    let values: Vec<i64> = serde_json::from_str(&text).map_err(|error| {
        Failure::usage(format!(
            "{} is no update: a list of whole numbers in JSON is expected, e.g. [3, -1, 4]: {error}; scale fractions up",
            file.display()
        ))
    })?;
    let named = |suffix: &str| {
        let mut name = out.to_owned().into_os_string();
        name.push(suffix);
        PathBuf::from(name)
    };
    let (commitment_file, opening_file) = (named(".commitment"), named(".opening.json"));
    let mut random = Random::from_os().map_err(|error| Failure::internal(error.to_string()))?;
    let (opening, commitment) =
        aggregate::commit(values, &mut random).map_err(|error| Failure::usage(error.to_string()))?;
    secrets::write(&OpeningFile::of(&opening), &opening_file)?;
    write_new(&commitment_file, hex::encode(commitment).as_bytes())?;
    Ok(Answer::of(json!({
        "commitment": commitment_file, "opening": opening_file, "values": opening.values().len(),
    })))
}

fn contributions(session: &Session, round: RoundId) -> Result<Vec<Contribution>, Failure> {
    let verifier = session.proof_verifier()?;
    let (contributions, _) = Amount::ALL.collect(None, |after, limit| {
        let page = session.ask(verifier.contributions(&ContributionsArg { round, after, limit }))?;
        Ok((page.contributions, page.next))
    })?;
    Ok(contributions)
}

/// Which opening is whose, the commitments tell.
fn post(session: &Session, round: RoundId, files: &[(&PathBuf, OpeningFile)]) -> Result<Answer, Failure> {
    let contributions = contributions(session, round)?;
    let mut openings = Vec::new();
    for (path, file) in files {
        let opening = file.opening()?;
        let commitment = opening.commit().map_err(|error| Failure::usage(error.to_string()))?.to_bytes();
        let of =
            contributions.iter().find(|one| one.commitment.as_deref().is_some_and(|bytes| bytes[..] == commitment));
        let Some(of) = of else {
            return Err(Failure::usage(format!(
                "{} opens no commitment of round {round}: its contributor committed to something else, or not yet",
                path.display()
            )));
        };
        openings.push((of.contributor, of.weight, opening));
    }
    let is_missing = |one: &&Contribution| {
        one.commitment.is_some() && !openings.iter().any(|(contributor, _, _)| *contributor == one.contributor)
    };
    let missing: Vec<String> = contributions.iter().filter(is_missing).map(|one| one.contributor.to_text()).collect();
    if !missing.is_empty() {
        return Err(Failure::usage(format!("the openings of these contributors are missing: {}", missing.join(", "))));
    }
    let weighed: Vec<_> = openings.iter().map(|(_, weight, opening)| (*weight, opening)).collect();
    let posted = aggregate::sum(round, &weighed).map_err(|error| Failure::usage(error.to_string()))?;
    let receipt = session.ask(session.proof_verifier()?.post_aggregate(&posted))?;
    Ok(Answer::of(json!({ "values": posted.values, "receipt": receipt })))
}

fn show(session: &Session, id: RoundId, out: Option<&Path>) -> Result<Answer, Failure> {
    let verifier = session.proof_verifier()?;
    let round = session.ask(verifier.round(id))?;
    let rows: Vec<Value> = contributions(session, id)?
        .iter()
        .map(|one| {
            let commitment = one.commitment.as_deref().map(hex::encode);
            json!({ "contributor": one.contributor, "weight": one.weight, "commitment": commitment })
        })
        .collect();
    let mut accepted = None;
    if round.aggregated_at.is_some() {
        let certified = session.ask(verifier.aggregate_certificate(id))?;
        session.trusting(|trust| receipt::verified(&certified, verifier.canister(), trust).map(|_| ()))?;
        if let Some(out) = out {
            receipt::write(&certified, verifier.canister(), out)?;
        }
        accepted = Some(certified.receipt);
    } else if out.is_some() {
        return Err(Failure::no(format!("round {id} has no aggregate yet, so there is no receipt to keep")));
    }
    Ok(Answer::of(json!({ "round": round, "receipt": accepted, "contributions": rows })))
}
