//! `calisec audit`.

mod hidden;
mod proof;

use super::{Page, read_text, reading, write_new, writing};
use crate::binding::Consumer;
use crate::evidence::{self, When};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use crate::session::Session;
use calisec_sdk::types::ids::{ContextId, Digest32, Seq};
use calisec_sdk::types::membership::{AuditArg, AuditEntry, AuditHead, SetRecordedRegistriesArg};
use calisec_sdk::verify::{self, AuditChain, Head, Trust};
use candid::Principal;
use clap::Subcommand;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What an exported log begins with.
const FORMAT: &str = "calisec.audit-export.v1";
/// Larger exports are refused.
const MAX_EXPORT_BYTES: u64 = 1 << 30;

/// What is done with the audit log.
#[derive(Subcommand)]
pub enum Verb {
    /// Show entries, oldest first.
    ///
    /// Example: calisec audit log --context <context> --all
    Log {
        /// Only those of this context.
        #[arg(long, value_parser = parse::context)]
        context: Option<ContextId>,
        #[command(flatten)]
        page: Page<Seq>,
    },
    /// Show the head: the number and hash of the newest entry, verified against the network's root key.
    ///
    /// Example: calisec audit head
    Head,
    /// Write the whole log with its certified head to a file that can be verified without a network.
    ///
    /// Example: calisec audit export --out audit-2026-11.json
    Export {
        /// The file to make.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Prove that one entry is in the log; --out keeps the proof, to be verified without a network.
    ///
    /// Example: calisec audit prove 12 --out entry-12.json
    Prove {
        /// The entry's number.
        seq: u64,
        /// The file to make.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Show what is written to a context's log, or set of which canisters every use of a grant is: a registry's are its
    /// releases of keys. Only the administrator sets it.
    ///
    /// Example: calisec audit registries <context> --set note_registry
    Registries {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// A canister: an id, or note_registry; may be repeated. Those that are not named are recorded no longer.
        #[arg(long, value_name = "CANISTER", value_parser = parse::consumer)]
        set: Vec<Consumer>,
        /// Of no canister.
        #[arg(long, conflicts_with = "set")]
        none: bool,
    },
    /// Show what everybody sees of a context's entries, or set it. Only the administrator sets it.
    ///
    /// Example: calisec audit mode <context> --set redacted
    Mode {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// What is seen of new entries; what hides the rest is drawn at random.
        #[arg(long, value_enum)]
        set: Option<hidden::Mode>,
    },
    /// Keep what opens a context's hidden entries, checked against the log: all of it for the administrator, of your own
    /// calls otherwise.
    ///
    /// Example: calisec audit openings <context> --out openings.json
    Openings {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The file to make.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Have the canister forget them then. Only the administrator.
        #[arg(long)]
        discard: bool,
    },
    /// Verify the log: every entry's hash, the chain, and that it ends in the certified head; or the proof of one entry.
    /// Exits with 6 if it does not.
    ///
    /// Example: calisec audit verify --file audit-2026-11.json --root-key mainnet.der --any-age
    Verify {
        /// A file of 'calisec audit export' or 'calisec audit prove' [default: the log as the canister has it now].
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// The membership canister whose log it must be [default: as for every verb].
        #[arg(long, value_parser = parse::principal)]
        membership: Option<Principal>,
        #[command(flatten)]
        when: When,
    },
}

/// A log in a file.
#[derive(Serialize, Deserialize)]
struct Export {
    format: String,
    membership: Principal,
    /// For information: what is trusted is the root key that the verifier has.
    network: Digest32,
    head: ExportedHead,
    entries: Vec<AuditEntry>,
}

#[derive(Serialize, Deserialize)]
struct ExportedHead {
    seq: Seq,
    hash: Digest32,
    root: Digest32,
    certificate: String,
    witness: String,
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::Log { context, page } => reading(options, |session| log(session, context, page)),
        Verb::Head => reading(options, |session| {
            let membership = session.membership()?;
            let head = session.wait(membership.audit_head())?;
            let head = session.trusting(|trust| check_head(&head, membership.canister(), trust))?;
            Ok(Answer::of(json!({ "seq": head.seq, "hash": head.hash, "certified": true })))
        }),
        Verb::Export { out } => reading(options, |session| export(session, &out)),
        Verb::Prove { seq, out } => reading(options, |session| proof::prove(session, Seq(seq), out.as_deref())),
        Verb::Registries { context, set, none: false } if set.is_empty() => {
            reading(options, |session| hidden::rules(session, context))
        }
        Verb::Registries { context, set, .. } => writing(options, |session| set_registries(session, context, &set)),
        Verb::Mode { context, set: None } => reading(options, |session| hidden::rules(session, context)),
        Verb::Mode { context, set: Some(mode) } => writing(options, |session| hidden::set_mode(session, context, mode)),
        Verb::Openings { context, out, discard } => {
            writing(options, |session| hidden::keep(session, context, (&out, discard), options))
        }
        Verb::Verify { file: None, membership: None, .. } => reading(options, |session| {
            let (head, entries) = whole_log(session)?;
            session.trusting(|trust| check(&head, &entries, session.id("membership")?, trust))
        }),
        Verb::Verify { file: None, .. } => Err(Failure::usage("--membership is for a log in a --file")),
        Verb::Verify { file: Some(file), membership, when } => {
            let text = read_text(&file, MAX_EXPORT_BYTES)?;
            if let Some(kept) = proof::read(&text) {
                return kept.verify(options, membership, when);
            }
            let export: Export = serde_json::from_str(&text)
                .map_err(|error| Failure::usage(format!("{} is no exported log: {error}", file.display())))?;
            if export.format != FORMAT {
                return Err(Failure::usage(format!("{} is no exported log of this version", file.display())));
            }
            let head = export.head.to_head()?;
            let certificate = head.certificate.as_ref().map(|bytes| bytes.to_vec()).unwrap_or_default();
            evidence::trusting(options, when, &certificate, |trust, session| {
                let membership = match membership {
                    Some(membership) => membership,
                    None => evidence::canister(options, session, "membership")?,
                };
                check(&head, &export.entries, membership, trust)
            })
        }
    }
}

/// Sets of which canisters every `decide_and_use` is recorded.
fn set_registries(session: &Session, context: ContextId, canisters: &[Consumer]) -> Result<Answer, Failure> {
    let ids: BTreeSet<Principal> = canisters.iter().map(|canister| canister.id(session)).collect::<Result<_, _>>()?;
    let arg = SetRecordedRegistriesArg { context, registries: ids.into_iter().collect() };
    session.ask(session.membership()?.set_recorded_registries(&arg)).map(Answer::of)
}

fn log(session: &Session, context: Option<ContextId>, page: Page<Seq>) -> Result<Answer, Failure> {
    let membership = session.membership()?;
    let (entries, next) = page.collect_log(
        |entry: &AuditEntry| entry.seq,
        |from, limit| Ok(session.wait(membership.audit_log(&AuditArg { from, limit }))?),
    )?;
    let entries: Vec<_> = entries.into_iter().filter(|entry| context.is_none_or(|id| id == entry.context)).collect();
    let answer = Answer::page("entries", &entries, next.as_ref());
    let mut lines: Vec<String> = entries.iter().map(line).collect();
    if lines.is_empty() {
        lines.push("no entries".to_owned());
    }
    lines.extend(next.map(|next| format!("more with --after {next}, everything with --all")));
    Ok(answer.with_text(lines.join("\n")))
}

fn line(entry: &AuditEntry) -> String {
    let event = Answer::of(&entry.event).to_line();
    format!(
        "{:>6}  {}  {}  by {}\n        {event}",
        entry.seq,
        crate::output::moment(entry.at.0),
        entry.context,
        entry.caller
    )
}

fn whole_log(session: &Session) -> Result<(AuditHead, Vec<AuditEntry>), Failure> {
    let membership = session.membership()?;
    let head = session.wait(membership.audit_head())?;
    let mut entries: Vec<AuditEntry> = Vec::new();
    while (entries.len() as u64) < head.seq.0 {
        session.progress.says(&format!("reading entry {} of {} ...", entries.len(), head.seq));
        let from = entries.last().map_or(Seq(1), |last| last.seq.next());
        let page = session.wait(membership.audit_log(&AuditArg { from, limit: Some(200) }))?;
        if page.is_empty() {
            break;
        }
        entries.extend(page);
    }
    // What was written after the head was read is not certified by it.
    entries.retain(|entry| entry.seq <= head.seq);
    Ok((head, entries))
}

fn export(session: &Session, out: &Path) -> Result<Answer, Failure> {
    let (head, entries) = whole_log(session)?;
    let membership = session.id("membership")?;
    session.trusting(|trust| check(&head, &entries, membership, trust))?;
    let count = entries.len();
    let export = Export {
        format: FORMAT.to_owned(),
        membership,
        network: session.network_hash(),
        head: ExportedHead::of(&head),
        entries,
    };
    let text = serde_json::to_string_pretty(&export).map_err(|error| Failure::internal(error.to_string()))?;
    write_new(out, text.as_bytes())?;
    Ok(Answer::of(json!({ "file": out, "entries": count, "head": export.head.hash, "verified": true })))
}

impl ExportedHead {
    fn of(head: &AuditHead) -> Self {
        Self {
            seq: head.seq,
            hash: head.hash,
            root: head.root,
            certificate: hex::encode(head.certificate.as_deref().map_or(&[][..], |bytes| bytes)),
            witness: hex::encode(&head.witness),
        }
    }

    fn to_head(&self) -> Result<AuditHead, Failure> {
        let bytes = |text: &str| {
            hex::decode(text).map_err(|_| Failure::usage("the certificate or the witness in the file is not in hex"))
        };
        Ok(AuditHead {
            seq: self.seq,
            hash: self.hash,
            root: self.root,
            certificate: Some(bytes(&self.certificate)?.into()),
            witness: bytes(&self.witness)?.into(),
        })
    }
}

fn check_head(head: &AuditHead, membership: Principal, trust: &Trust<'_>) -> Result<Head, Failure> {
    verify::audit_head(head, membership, trust)
        .map_err(|error| Failure::no(format!("the head is not certified: {error}")))
}

fn check(
    head: &AuditHead,
    entries: &[AuditEntry],
    membership: Principal,
    trust: &Trust<'_>,
) -> Result<Answer, Failure> {
    let certified = check_head(head, membership, trust)?;
    let mut chain = AuditChain::default();
    let broken = |error: verify::ChainError| Failure::no(format!("the log is not what was certified: {error}"));
    chain.extend(entries).map_err(broken)?;
    chain.ends_in(certified).map_err(broken)?;
    Ok(Answer::of(json!({
        "verified": true, "membership": membership, "entries": entries.len(), "seq": certified.seq, "head": certified.hash,
        "certified_at": evidence::certificate_time(head.certificate.as_ref().map_or(&[], |bytes| bytes.as_slice())).ok(),
    })))
}
