//! `calisec decide`.

use super::reading;
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use crate::session::Session;
use calisec_sdk::types::ids::{AccountId, ContextId, NoteId};
use calisec_sdk::types::membership::{Action, DecideArg, NoteResource, Subject};
use candid::Principal;
use clap::ValueEnum;

/// What `calisec decide` takes.
///
/// Example: calisec decide <context> --account <account> --action read --note 1
#[derive(clap::Args)]
pub struct Arguments {
    /// The context.
    #[arg(value_parser = parse::context)]
    context: ContextId,
    /// Who: an account.
    #[arg(long, value_parser = parse::account, required_unless_present = "principal", conflicts_with = "principal")]
    account: Option<AccountId>,
    /// Who: a principal.
    #[arg(long, value_parser = parse::principal)]
    principal: Option<Principal>,
    /// Does what.
    #[arg(long)]
    action: ActionName,
    /// To which note; not for mint.
    #[arg(long, required_if_eq("action", "read"))]
    note: Option<u64>,
    /// The note's owner [default: asked of the note registry].
    #[arg(long, requires = "note", value_parser = parse::principal)]
    owner: Option<Principal>,
    /// What the note is, in a word that policies know, e.g. dataset.
    #[arg(long, requires = "note")]
    kind: Option<String>,
    /// What for, in a word that policies and grants know.
    #[arg(long)]
    purpose: Option<String>,
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
    reading(options, |session| {
        let question = question(session, arguments)?;
        session.ask(session.membership()?.explain(&question)).map(Answer::of)
    })
}

fn question(session: &Session, arguments: &Arguments) -> Result<DecideArg, Failure> {
    let subject = match (arguments.account, arguments.principal) {
        (Some(account), _) => Subject::Account(account),
        (None, Some(principal)) => Subject::Principal(principal),
        (None, None) => return Err(Failure::usage("pass --account or --principal")),
    };
    let note = arguments.note.map(|note| resource(session, NoteId(note), arguments)).transpose()?;
    let (action, purpose) = (arguments.action.into(), arguments.purpose.clone());
    Ok(DecideArg { context: arguments.context, subject, action, note, purpose })
}

/// Asks.
pub fn run(arguments: &Arguments, options: &Options) -> Result<Answer, Failure> {
    reading(options, |session| {
        let arg = question(session, arguments)?;
        let decision = session.ask(session.membership()?.decide(&arg))?;
        if decision.allowed {
            return Ok(Answer::of(decision));
        }
        let missing = decision.missing.join("; ");
        Err(Failure {
            reason: Answer::of(&decision).into_value().into(),
            ..Failure::no(format!("denied: {}", if missing.is_empty() { "no policy permits it" } else { &missing }))
        })
    })
}

fn resource(session: &Session, note: NoteId, arguments: &Arguments) -> Result<NoteResource, Failure> {
    let registry = match arguments.registry {
        Some(registry) => registry,
        None => session.id("note_registry")?,
    };
    let (owner, epoch) = match arguments.owner {
        Some(owner) => (owner, None),
        None => {
            let note = session.ask(session.note_registry()?.note(note))?;
            (note.owner.owner, Some(note.key_epoch))
        }
    };
    Ok(NoteResource { registry, note, owner, kind: arguments.kind.clone(), epoch })
}
