//! `calisec proposal`.

use super::circuit::Status;
use super::{Page, read_text, reading, writing};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use crate::session::Session;
use calisec_sdk::types::governance::{Choice, Measure, Proposal, ProposalsArg, ProposeArg, StrikeBallotArg, VoteArg};
use calisec_sdk::types::ids::{AccountId, CircuitId, ContextId, GrantId, NoteId, ProposalId};
use calisec_sdk::types::membership::{Action, Change, ClaimKind, GrantTerms, MAX_POLICY_BYTES};
use calisec_sdk::types::proof_verifier::SetCircuitStatusArg;
use clap::{ArgGroup, Subcommand, ValueEnum};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Larger files are no kind of claims.
const MAX_CLAIM_KIND_FILE_BYTES: u64 = 16 * 1024;

/// What is done with proposals.
#[derive(Subcommand)]
pub enum Verb {
    /// Propose one measure: a grant, a revocation, new policies, what members can prove, or the status of a circuit. Only
    /// members.
    ///
    /// Example: calisec proposal create <context> --title "Bob reads 1" --grant <account> --note 1 --for 7d
    Create {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// Up to 128 bytes.
        #[arg(long)]
        title: String,
        /// Up to 4,096 bytes.
        #[arg(long, default_value = "")]
        summary: String,
        #[command(flatten)]
        measure: Box<MeasureArguments>,
    },
    /// Show a proposal.
    ///
    /// Example: calisec proposal show 1
    Show {
        /// Its number.
        proposal: u64,
    },
    /// List the proposals of a context.
    ///
    /// Example: calisec proposal list <context>
    List {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        #[command(flatten)]
        page: Page<ProposalId>,
    },
    /// Vote. Once, for good.
    ///
    /// Example: calisec proposal vote 1 adopt
    Vote {
        /// The proposal.
        proposal: u64,
        /// For, against, or neither.
        choice: ChoiceName,
    },
    /// Take the ballot of an account out of the count that may not vote any more.
    ///
    /// Example: calisec proposal strike 1 --voter <account>
    Strike {
        /// The proposal.
        proposal: u64,
        /// Whose ballot.
        #[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
        voter: AccountId,
    },
    /// Execute an adopted proposal after its timelock.
    ///
    /// Example: calisec proposal execute 1
    Execute {
        /// The proposal.
        proposal: u64,
    },
}

/// What is proposed: one of these, with what belongs to it.
#[derive(clap::Args)]
#[group(skip)]
#[command(group = ArgGroup::new("measure").required(true).args([
    "grant", "revoke", "set_policy", "set_claim_kind", "remove_claim_kind", "set_circuit",
]))]
pub struct MeasureArguments {
    /// Let this member read --note.
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::account, requires = "note")]
    grant: Option<AccountId>,
    /// The note of a grant.
    #[arg(long, requires = "grant")]
    note: Option<u64>,
    /// How long the grant counts [default: until it is revoked].
    #[arg(long = "for", value_name = "DURATION", value_parser = parse::duration, requires = "grant")]
    duration: Option<Duration>,
    /// How often the grant may be used [default: any number of times].
    #[arg(long, value_name = "USES", requires = "grant")]
    uses: Option<u64>,
    /// The purpose that the grant counts for [default: any].
    #[arg(long, requires = "grant")]
    purpose: Option<String>,
    /// Take this grant back.
    #[arg(long, value_name = "GRANT")]
    revoke: Option<u64>,
    /// Replace the policies by those in this file.
    #[arg(long, value_name = "FILE")]
    set_policy: Option<PathBuf>,
    /// Let members prove what this file says: JSON, see docs/proof-claims.md.
    #[arg(long, value_name = "FILE")]
    set_claim_kind: Option<PathBuf>,
    /// Let nobody prove this any more, and void the claims of this kind.
    #[arg(long, value_name = "NAME")]
    remove_claim_kind: Option<String>,
    /// Set the --status of this circuit, whoever registered it. Only in the context that decides about circuits: 'calisec
    /// circuit decided-by' tells which.
    #[arg(long, value_name = "CIRCUIT", value_parser = parse::circuit, requires = "status")]
    set_circuit: Option<CircuitId>,
    /// The new status of the circuit.
    #[arg(long, requires = "set_circuit")]
    status: Option<Status>,
}

/// A vote.
#[derive(ValueEnum, Clone, Copy)]
pub enum ChoiceName {
    /// For.
    Adopt,
    /// Against.
    Reject,
    /// Counts for the quorum only.
    Abstain,
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::Create { context, title, summary, measure } => {
            let cedar = measure.set_policy.as_deref().map(read_policy).transpose()?;
            writing(options, |session| {
                let steps = vec![measure.to_measure(session, cedar)?];
                session
                    .ask(session.governance()?.propose(&ProposeArg { context, title, summary, steps }))
                    .map(Answer::of)
            })
        }
        Verb::Show { proposal } => reading(options, |session| {
            session.ask(session.governance()?.proposal(ProposalId(proposal))).map(Answer::of)
        }),
        Verb::List { context, page } => reading(options, |session| {
            let governance = session.governance()?;
            page.show("proposals", |after, limit| {
                let page = session.ask(governance.proposals(&ProposalsArg { context, after, limit }))?;
                Ok((page.proposals.iter().map(row).collect(), page.next))
            })
        }),
        Verb::Vote { proposal, choice } => writing(options, |session| {
            let choice = match choice {
                ChoiceName::Adopt => Choice::Adopt,
                ChoiceName::Reject => Choice::Reject,
                ChoiceName::Abstain => Choice::Abstain,
            };
            let arg = VoteArg { proposal: ProposalId(proposal), choice };
            session.ask(session.governance()?.vote(&arg)).map(Answer::of)
        }),
        Verb::Strike { proposal, voter } => writing(options, |session| {
            let arg = StrikeBallotArg { proposal: ProposalId(proposal), voter };
            session.ask(session.governance()?.strike_ballot(&arg)).map(Answer::of)
        }),
        Verb::Execute { proposal } => {
            writing(options, |session| session.ask(session.governance()?.execute(ProposalId(proposal))).map(Answer::of))
        }
    }
}

/// A proposal in a list.
fn row(proposal: &Proposal) -> Value {
    json!({
        "id": proposal.id, "title": proposal.title, "status": proposal.status, "tally": proposal.tally,
        "proposer": proposal.proposer, "voting_ends_at": proposal.voting_ends_at,
    })
}

fn read_policy(file: &Path) -> Result<String, Failure> {
    read_text(file, MAX_POLICY_BYTES as u64)
}

fn read_claim_kind(file: &Path) -> Result<ClaimKind, Failure> {
    let text = read_text(file, MAX_CLAIM_KIND_FILE_BYTES)?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::usage(format!("{} is no kind of claims: {error}", file.display())))
}

impl MeasureArguments {
    fn to_measure(&self, session: &Session, cedar: Option<String>) -> Result<Measure, Failure> {
        if let (Some(circuit), Some(status)) = (self.set_circuit, self.status) {
            return Ok(Measure::Circuit(SetCircuitStatusArg { circuit, status: status.into() }));
        }
        self.to_change(session, cedar).map(Into::into)
    }

    fn to_change(&self, session: &Session, cedar: Option<String>) -> Result<Change, Failure> {
        if let Some(file) = &self.set_claim_kind {
            return Ok(Change::SetClaimKind { kind: read_claim_kind(file)? });
        }
        if let Some(name) = self.remove_claim_kind.clone() {
            return Ok(Change::RemoveClaimKind { name });
        }
        match (self.grant, self.note, self.revoke, cedar) {
            (Some(account), Some(note), None, None) => Ok(Change::Grant {
                account,
                action: Action::Read,
                note: NoteId(note),
                registry: session.id("note_registry")?,
                terms: GrantTerms {
                    not_before: None,
                    not_after: self.duration.map(|duration| parse::later(session.now(), duration)),
                    max_uses: self.uses,
                    purpose: self.purpose.clone(),
                },
            }),
            (None, None, Some(grant), None) => Ok(Change::Revoke { grant: GrantId(grant) }),
            (None, None, None, Some(cedar)) => Ok(Change::SetPolicy { cedar }),
            _ => Err(Failure::usage(
                "pass one of --grant with --note, --revoke, --set-policy, --set-claim-kind, --remove-claim-kind, --set-circuit \
                 with --status",
            )),
        }
    }
}
