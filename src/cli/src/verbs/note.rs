//! `calisec note`.

use super::{Page, reading, write_new, writing};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use crate::secrets::{self, NoteSecret};
use calisec_sdk::Random;
use calisec_sdk::envelope::{self, Recipient};
use calisec_sdk::note;
use calisec_sdk::types::ids::{AccountId, ContextId, NoteId, ReceiptId, Seq};
use calisec_sdk::types::note_registry::{
    DepositEnvelopeArg, MAX_CIPHERTEXT_BYTES, MintArg, Note, NoteMetadata, NotesArg, Release, ReleasesArg,
};
use clap::Subcommand;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

/// What is done with notes.
#[derive(Subcommand)]
pub enum Verb {
    /// Mint a note with the receipt of its proof.
    ///
    /// Example: calisec note mint <context> --receipt <receipt> --ciphertext letter.ciphertext --title "A letter"
    Mint {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The receipt, as 'calisec submit' printed its id.
        #[arg(long, value_parser = parse::receipt)]
        receipt: ReceiptId,
        /// The encrypted note, as 'calisec prove note' made it.
        #[arg(long, value_name = "FILE")]
        ciphertext: PathBuf,
        /// Public: up to 128 bytes.
        #[arg(long)]
        title: String,
        /// Public: up to 64 bytes.
        #[arg(long, default_value = "application/octet-stream")]
        content_type: String,
        /// What the note is, in a word that policies know, e.g. dataset. Public, and never changed.
        #[arg(long)]
        kind: Option<String>,
    },
    /// Show a note.
    ///
    /// Example: calisec note show 1
    Show {
        /// Its number.
        note: u64,
    },
    /// List the notes of a context.
    ///
    /// Example: calisec note list <context>
    List {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        #[command(flatten)]
        page: Page<NoteId>,
    },
    /// Seal the note's key to a member, who gets it once the policies allow it. Only the owner.
    ///
    /// Example: calisec note seal 1 --to <account> --secret letter.secret.json
    Seal {
        /// The note.
        note: u64,
        /// The member.
        #[arg(long, value_parser = parse::account)]
        to: AccountId,
        /// The secret of the note, as 'calisec prove note' made it.
        #[arg(long, value_name = "FILE")]
        secret: PathBuf,
    },
    /// Ask for the key that was sealed to you, and decrypt the note.
    ///
    /// Example: calisec note read 1 --out letter.txt
    Read {
        /// The note.
        note: u64,
        /// The file to make.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Show to whom keys were released, and by which policies.
    ///
    /// Example: calisec note releases --all
    Releases {
        #[command(flatten)]
        page: Page<Seq>,
    },
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::Mint { context, receipt, ciphertext, title, content_type, kind } => {
            let length = fs::metadata(&ciphertext).map(|file| file.len());
            let bytes = fs::read(&ciphertext).map_err(|error| {
                Failure::usage(format!("cannot read the ciphertext {}: {error}", ciphertext.display()))
            })?;
            if length.is_ok_and(|length| length > MAX_CIPHERTEXT_BYTES as u64) {
                return Err(Failure::usage(format!(
                    "{} has more than {MAX_CIPHERTEXT_BYTES} bytes: keep it elsewhere, and mint a note that says where",
                    ciphertext.display()
                )));
            }
            writing(options, |session| {
                let metadata = NoteMetadata { title, content_type, kind };
                let arg = MintArg { context, receipt, metadata, ciphertext: bytes.into() };
                session.ask(session.note_registry()?.mint(&arg)).map(|note| Answer::of(shown(&note)))
            })
        }
        Verb::Show { note } => reading(options, |session| {
            session.ask(session.note_registry()?.note(NoteId(note))).map(|note| Answer::of(shown(&note)))
        }),
        Verb::List { context, page } => reading(options, |session| {
            let registry = session.note_registry()?;
            page.show("notes", |after, limit| {
                let page = session.ask(registry.notes(&NotesArg { context, after, limit }))?;
                Ok((page.notes.iter().map(shown).collect(), page.next))
            })
        }),
        Verb::Seal { note, to, secret } => {
            let secret: NoteSecret = secrets::read(&secret)?;
            writing(options, |session| {
                let registry = session.note_registry()?;
                let note = session.ask(registry.note(NoteId(note)))?;
                if secret.context != note.context {
                    return Err(Failure::usage("the secret is of a note of another context"));
                }
                let member = session.ask(session.membership()?.member(note.context, to))?;
                let recipient =
                    Recipient { context: note.context, note: note.id, epoch: note.key_epoch, key: member.kem_key };
                let mut random = Random::from_os().map_err(|error| Failure::internal(error.to_string()))?;
                let envelope = envelope::seal(&secret.key()?, &recipient, &mut random)
                    .map_err(|error| Failure::usage(format!("the member's envelope key cannot be used: {error}")))?;
                let arg = DepositEnvelopeArg { note: note.id, recipient: to, envelope: envelope.to_vec().into() };
                session.ask(registry.deposit_envelope(&arg))?;
                Ok(Answer::of(json!({ "note": note.id, "sealed_to": to, "key_epoch": note.key_epoch })))
            })
        }
        Verb::Read { note, out } => writing(options, |session| {
            let identity = session.identity()?;
            let registry = session.note_registry()?;
            let released = session.ask(registry.request_key(NoteId(note)))?;
            let note = session.ask(registry.note(NoteId(note)))?;
            let ciphertext = session.ask(registry.ciphertext(note.id))?;
            let recipient =
                Recipient { context: note.context, note: note.id, epoch: released.key_epoch, key: identity.kem_key() };
            let unreadable = |error: &dyn std::error::Error| Failure::no(format!("the note cannot be read: {error}"));
            let key = envelope::open(&released.envelope, &recipient, identity).map_err(|error| unreadable(&error))?;
            let plaintext = note::decrypt(&note.context, &key, &ciphertext).map_err(|error| unreadable(&error))?;
            write_new(&out, &plaintext)?;
            Ok(Answer::of(json!({ "file": out, "bytes": plaintext.len(), "release": released.release })))
        }),
        Verb::Releases { page } => reading(options, |session| {
            let registry = session.note_registry()?;
            let (releases, next) = page.collect_log(
                |release: &Release| release.seq,
                |from, limit| Ok(session.wait(registry.releases(&ReleasesArg { from, limit }))?),
            )?;
            Ok(Answer::page("releases", &releases, next.as_ref()))
        }),
    }
}

/// Owners of notes are accounts of ICRC-7, which have no JSON form of their own worth reading.
fn shown(note: &Note) -> Value {
    json!({
        "id": note.id, "context": note.context, "owner": note.owner.owner, "title": note.metadata.title,
        "content_type": note.metadata.content_type, "kind": note.metadata.kind, "commitment": note.commitment,
        "receipt": note.receipt,
        "ciphertext_hash": note.ciphertext_hash, "ciphertext_length": note.ciphertext_length, "key_epoch": note.key_epoch,
        "minter": note.minter, "minted_at": note.minted_at,
    })
}
