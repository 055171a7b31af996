//! `calisec decide` and `calisec explain`.

mod batch;

use super::{bundle, reading, writing};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use crate::session::Session;
use calisec_sdk::types::ids::{AccountId, ContextId, NoteId};
use calisec_sdk::types::membership::{Action, DecideArg, NoteResource, Subject};
use calisec_sdk::types::note_registry::Note;
use candid::Principal;
use clap::ValueEnum;
use std::path::PathBuf;

/// What `calisec decide` takes.
///
/// Example: calisec decide <context> --account <account> --action read --note 1
#[derive(clap::Args)]
pub struct DecideArguments {
    #[command(flatten)]
    question: Arguments,
    /// Many questions at once: a list in JSON, '-' for standard input, of {"account": "...", "action": "read", "note": 1};
    /// "principal", "purpose", "owner", "kind" and "registry" too. Exits with 6 if any is denied.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["account", "principal", "action", "note", "purpose"])]
    batch: Option<PathBuf>,
    /// Keep what the decision rests on in this file, for 'calisec bundle verify'.
    #[arg(long, value_name = "FILE", conflicts_with = "batch")]
    bundle: Option<PathBuf>,
    /// Have the decision written to the audit log, whatever it is: a member's about itself, or anybody's by who may. Takes an
    /// identity.
    #[arg(long, conflicts_with_all = ["batch", "bundle"])]
    record: bool,
}

/// What is asked.
///
/// Example: calisec explain <context> --account <account> --action mint
#[derive(clap::Args)]
pub struct Arguments {
    /// The context.
    #[arg(value_parser = parse::context)]
    context: ContextId,
    /// Who: an account.
    #[arg(long, value_parser = parse::account, conflicts_with = "principal")]
    account: Option<AccountId>,
    /// Who: a principal.
    #[arg(long, value_parser = parse::principal)]
    principal: Option<Principal>,
    /// Does what.
    #[arg(long)]
    action: Option<ActionName>,
    /// To which note; not for mint.
    #[arg(long, required_if_eq("action", "read"))]
    note: Option<u64>,
    #[command(flatten)]
    kept: Kept,
    /// What for, in a word that policies and grants know.
    #[arg(long)]
    purpose: Option<String>,
}

/// What is said of a note, instead of asking the note registry.
#[derive(clap::Args)]
struct Kept {
    /// The note's owner [default: asked of the note registry].
    #[arg(long, requires = "note", value_parser = parse::principal)]
    owner: Option<Principal>,
    /// What the note is, in a word that policies know, e.g. dataset [default: asked of the note registry with the owner].
    #[arg(long, requires = "note")]
    kind: Option<String>,
    /// The canister that keeps the note [default: the note registry].
    #[arg(long, requires = "owner", value_parser = parse::principal)]
    registry: Option<Principal>,
}

/// What is done.
#[derive(ValueEnum, Clone, Copy)]
pub enum ActionName {
    /// Be handed the key of a note.
    Read,
    /// Mint a note.
    Mint,
}

impl ActionName {
    /// Refuses a note where none is taken, and none where one is.
    pub fn check_note(self, note: Option<u64>) -> Result<(), Failure> {
        match (self, note) {
            (Self::Read, Some(_)) | (Self::Mint, None) => Ok(()),
            (Self::Read, None) => Err(Failure::usage("reading is done to a note: say which one")),
            (Self::Mint, Some(_)) => {
                Err(Failure::usage("minting is done to the context, and takes no note: leave the note out"))
            }
        }
    }
}

impl From<ActionName> for Action {
    fn from(name: ActionName) -> Self {
        match name {
            ActionName::Read => Self::Read,
            ActionName::Mint => Self::Mint,
        }
    }
}

/// Which policies were looked at, and what each of them says.
pub fn explain(arguments: &Arguments, options: &Options) -> Result<Answer, Failure> {
    let asked = arguments.asked()?;
    reading(options, |session| {
        let question = arguments.question(session, asked)?;
        session.ask(session.membership()?.explain(&question)).map(Answer::of)
    })
}

/// Asks.
pub fn run(arguments: &DecideArguments, options: &Options) -> Result<Answer, Failure> {
    let DecideArguments { question, batch, bundle, record } = arguments;
    if let Some(file) = batch {
        return reading(options, |session| batch::run(session, question.context, file));
    }
    let asked = question.asked()?;
    if *record {
        return writing(options, |session| {
            let arg = question.question(session, asked)?;
            let decision = session.ask(session.membership()?.record_decision(&arg))?;
            told(Answer::of(&decision), decision.allowed, &decision.missing)
        });
    }
    reading(options, |session| {
        let arg = question.question(session, asked)?;
        let (answer, allowed, missing) = match bundle {
            Some(out) => {
                let (answer, decision) = bundle::keep(session, &arg, out)?;
                (answer, decision.allowed, decision.missing)
            }
            None => {
                let decision = session.ask(session.membership()?.decide(&arg))?;
                (Answer::of(&decision), decision.allowed, decision.missing)
            }
        };
        told(answer, allowed, &missing)
    })
}

fn told(answer: Answer, allowed: bool, missing: &[String]) -> Result<Answer, Failure> {
    if allowed { Ok(answer) } else { Err(denied(answer, missing)) }
}

/// A deny is an answer, with all that it says as the reason.
pub fn denied(answer: Answer, missing: &[String]) -> Failure {
    let why = if missing.is_empty() { "no policy permits it".to_owned() } else { missing.join("; ") };
    Failure { reason: Some(answer.into_value()), ..Failure::no(format!("denied: {why}")) }
}

impl Arguments {
    /// Who and what; said before anything is asked.
    fn asked(&self) -> Result<(Subject, Action), Failure> {
        let subject = match (self.account, self.principal) {
            (Some(account), _) => Subject::Account(account),
            (None, Some(principal)) => Subject::Principal(principal),
            (None, None) => {
                return Err(Failure::usage(
                    "who is it about? Pass --account or --principal, or many questions to decide with --batch",
                ));
            }
        };
        let action = self.action.ok_or_else(|| Failure::usage("what is done? Pass --action read or --action mint"))?;
        action.check_note(self.note)?;
        Ok((subject, action.into()))
    }

    fn question(&self, session: &Session, (subject, action): (Subject, Action)) -> Result<DecideArg, Failure> {
        let note = self.note.map(|note| resource(session, NoteId(note), &self.kept)).transpose()?;
        Ok(DecideArg { context: self.context, subject, action, note, purpose: self.purpose.clone() })
    }
}

fn resource(session: &Session, note: NoteId, kept: &Kept) -> Result<NoteResource, Failure> {
    let registry = match kept.registry {
        Some(registry) => registry,
        None => session.id("note_registry")?,
    };
    match kept.owner {
        Some(owner) => Ok(NoteResource { registry, note, owner, kind: kept.kind.clone(), epoch: None }),
        None => {
            let said = said_of(&session.ask(session.note_registry()?.note(note))?, registry);
            Ok(NoteResource { kind: kept.kind.clone().or(said.kind), ..said })
        }
    }
}

/// What a registry says of a note of its, when it asks about it.
pub fn said_of(note: &Note, registry: Principal) -> NoteResource {
    let kind = note.metadata.kind.clone();
    NoteResource { registry, note: note.id, owner: note.owner.owner, kind, epoch: Some(note.key_epoch) }
}
