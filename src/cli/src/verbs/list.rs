//! `calisec list`.

use super::decide::{ActionName, said_of};
use super::{Page, reading};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use crate::session::Session;
use calisec_sdk::types::ids::{AccountId, ContextId, NoteId};
use calisec_sdk::types::membership::{
    Deed, ListResourcesArg, ListSubjectsArg, MAX_LOOKED_AT, NoteRef, NoteResource, Subject,
};
use clap::Subcommand;
use serde_json::json;

/// What is listed.
#[derive(Subcommand)]
pub enum Verb {
    /// List the members who may do something.
    ///
    /// Example: calisec list subjects <context> --action read --note 1 --all
    Subjects {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        #[command(flatten)]
        deed: DeedArguments,
        #[command(flatten)]
        page: Page<AccountId>,
    },
    /// List the notes that a member was granted and may read.
    ///
    /// Example: calisec list resources <context> --account <account> --all
    Resources {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The member.
        #[arg(long, value_parser = parse::account)]
        account: AccountId,
        /// What for.
        #[arg(long)]
        purpose: Option<String>,
        #[command(flatten)]
        page: Page<NoteRef>,
    },
}

/// Something that could be done.
#[derive(clap::Args)]
pub struct DeedArguments {
    /// What.
    #[arg(long)]
    action: ActionName,
    /// To which note; not for mint.
    #[arg(long, required_if_eq("action", "read"))]
    note: Option<u64>,
    /// What for.
    #[arg(long)]
    purpose: Option<String>,
}

impl DeedArguments {
    /// With what the note registry says of the note.
    pub fn to_deed(&self, session: &Session) -> Result<Deed, Failure> {
        self.action.check_note(self.note)?;
        let note = self.note.map(|note| facts(session, NoteId(note))).transpose()?;
        Ok(Deed { action: self.action.into(), note, purpose: self.purpose.clone() })
    }
}

fn facts(session: &Session, note: NoteId) -> Result<NoteResource, Failure> {
    let registry = session.note_registry()?;
    Ok(said_of(&session.ask(registry.note(note))?, registry.canister()))
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::Subjects { context, deed, page } => reading(options, |session| {
            let membership = session.membership()?;
            let deed = deed.to_deed(session)?;
            page.show("subjects", |after, limit| {
                let limit = limit.map(|limit| limit.min(MAX_LOOKED_AT));
                let page = session.ask(membership.list_subjects(&ListSubjectsArg {
                    context,
                    deed: deed.clone(),
                    after,
                    limit,
                }))?;
                Ok((page.subjects.iter().map(|account| json!({ "account": account })).collect(), page.next))
            })
        }),
        Verb::Resources { context, account, purpose, page } => reading(options, |session| {
            let membership = session.membership()?;
            page.show("resources", |after, limit| {
                let arg = ListResourcesArg {
                    context,
                    subject: Subject::Account(account),
                    action: ActionName::Read.into(),
                    purpose: purpose.clone(),
                    after,
                    limit: limit.map(|limit| limit.min(MAX_LOOKED_AT)),
                };
                let page = session.ask(membership.list_resources(&arg))?;
                Ok((page.resources, page.next))
            })
        }),
    }
}
