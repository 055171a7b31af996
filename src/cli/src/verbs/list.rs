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
    DecideBatchArg, Deed, ListResourcesArg, ListSubjectsArg, MAX_LOOKED_AT, NoteRef, NoteResource, Question, Subject,
};
use calisec_sdk::types::note_registry::{Note, NotesArg};
use clap::Subcommand;
use serde_json::{Value, json};

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
    /// List the notes that a member was granted and may read; not those that policies open without a grant, unless
    /// --permitted asks for them too.
    ///
    /// Example: calisec list resources <context> --account <account> --permitted --all
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
        /// Every note of the context in the note registry that the member may read, granted or not.
        #[arg(long)]
        permitted: bool,
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
        Verb::Resources { context, account, purpose, permitted: true, page } => reading(options, |session| {
            page.show("resources", |after, limit| {
                permitted(session, context, (account, purpose.as_deref()), after, limit)
            })
        }),
        Verb::Resources { context, account, purpose, permitted: false, page } => reading(options, |session| {
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

/// Of a page of the registry's notes those that the member may read, judged with what the registry says of each.
fn permitted(
    session: &Session,
    context: ContextId,
    (account, purpose): (AccountId, Option<&str>),
    after: Option<NoteRef>,
    limit: Option<u32>,
) -> Result<(Vec<Value>, Option<NoteRef>), Failure> {
    let registry = session.note_registry()?;
    let limit = limit.unwrap_or(MAX_LOOKED_AT).min(MAX_LOOKED_AT);
    let notes = NotesArg { context, after: after.map(|after| after.note), limit: Some(limit) };
    let page = session.ask(registry.notes(&notes))?;
    let question = |note: &Note| Question {
        subject: Subject::Account(account),
        action: ActionName::Read.into(),
        note: Some(said_of(note, registry.canister())),
        purpose: purpose.map(str::to_owned),
    };
    let arg = DecideBatchArg { context, questions: page.notes.iter().map(question).collect() };
    let mut allowed = Vec::new();
    for (note, decision) in page.notes.iter().zip(session.ask(session.membership()?.decide_batch(&arg))?) {
        let decision = decision.map_err(Failure::from)?;
        if decision.allowed {
            let note = NoteRef { registry: registry.canister(), note: note.id };
            allowed.push(json!({ "note": note, "grant": decision.grant, "policies": decision.determining_policies }));
        }
    }
    Ok((allowed, page.next.map(|note| NoteRef { registry: registry.canister(), note })))
}
