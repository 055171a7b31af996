//! `calisec audit`.

mod file;
mod hidden;
mod proof;

use super::{Page, read_text, reading, writing};
use crate::binding::Consumer;
use crate::evidence::{self, When};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use crate::session::Session;
use calisec_sdk::types::ids::{ContextId, Seq};
use calisec_sdk::types::membership::{AuditArg, AuditEntry, AuditHead, SetRecordedRegistriesArg};
use calisec_sdk::verify::{self, AuditChain, ChainError, Head, Trust};
use candid::Principal;
use clap::Subcommand;
use file::File;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

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
    /// Show the head: the number and hash of the newest entry, verified against the network's root key; --out keeps it, to be
    /// compared with the log of a later day.
    ///
    /// Example: calisec audit head --out head-2026-11.json
    Head {
        /// The file to make.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
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
        /// What opens the entry, if it hides something: a file of 'calisec audit openings'. Of all that is in it only what
        /// this entry hides is shown, and kept with the proof.
        #[arg(long, value_name = "FILE")]
        opening: Option<PathBuf>,
        /// The file to make.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Show what is written to a context's log, or set of which canisters the decisions about keys are: a registry's requests
    /// for keys, allowed or not; not its questions who may mint. Only the administrator sets it.
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
    /// Verify the log: every entry's hash, the chain, and that it ends in the certified head; or that it continues the log of
    /// an earlier day; or the proof of one entry. Exits with 6 if it does not.
    ///
    /// Example: calisec audit verify --since head-2026-11.json
    Verify {
        /// A file of 'calisec audit export' or 'calisec audit prove' [default: the log as the canister has it now].
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// The membership canister whose log it must be [default: as for every verb].
        #[arg(long, value_parser = parse::principal)]
        membership: Option<Principal>,
        /// What it must continue: a file of 'calisec audit head --out' or 'calisec audit export', of any age. Only what was
        /// written since is read from the canister.
        #[arg(long, value_name = "FILE")]
        since: Option<PathBuf>,
        #[command(flatten)]
        when: When,
    },
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::Log { context, page } => reading(options, |session| log(session, context, page)),
        Verb::Head { out } => reading(options, |session| head(session, out.as_deref())),
        Verb::Export { out } => reading(options, |session| export(session, &out)),
        Verb::Prove { seq, opening, out } => {
            let opening = opening.map(|file| hidden::opening(&file, Seq(seq))).transpose()?;
            reading(options, |session| proof::prove(session, Seq(seq), opening, out.as_deref()))
        }
        Verb::Registries { context, set, none: false } if set.is_empty() => {
            reading(options, |session| hidden::rules(session, context))
        }
        Verb::Registries { context, set, .. } => writing(options, |session| set_registries(session, context, &set)),
        Verb::Mode { context, set: None } => reading(options, |session| hidden::rules(session, context)),
        Verb::Mode { context, set: Some(mode) } => writing(options, |session| hidden::set_mode(session, context, mode)),
        Verb::Openings { context, out, discard } => {
            writing(options, |session| hidden::keep(session, context, (&out, discard), options))
        }
        Verb::Verify { file: None, membership: None, since, .. } => reading(options, |session| {
            let membership = session.id("membership")?;
            let since = since.map(|path| session.trusting(|trust| file::kept(&path, membership, trust))).transpose()?;
            let (head, entries) = log_after(session, since.map_or(Seq(0), |since| since.seq))?;
            session.trusting(|trust| check(since, &head, &entries, membership, trust))
        }),
        Verb::Verify { file: None, .. } => Err(Failure::usage("--membership is for a log in a --file")),
        Verb::Verify { file: Some(path), membership, since, when } => {
            let text = read_text(&path, file::MAX_EXPORT_BYTES)?;
            if let Some(kept) = proof::read(&text) {
                if since.is_some() {
                    return Err(Failure::usage("one entry continues nothing: --since is for a log"));
                }
                return kept.verify(options, membership, when);
            }
            let (head, entries) = file::log(&text)?.ok_or_else(|| {
                Failure::usage(format!(
                    "{} is no exported log and no proof of an entry: 'calisec audit export' and 'calisec audit prove' make them",
                    path.display()
                ))
            })?;
            let certificate = head.certificate.as_ref().map(|bytes| bytes.to_vec()).unwrap_or_default();
            evidence::trusting(options, when, &certificate, |trust, session| {
                let membership = match membership {
                    Some(membership) => membership,
                    None => evidence::canister(options, session, "membership")?,
                };
                let whole = check(None, &head, &entries, membership, trust)?;
                match since {
                    None => Ok(whole),
                    Some(since) => {
                        let since = file::kept(&since, membership, trust)?;
                        let newer: Vec<AuditEntry> =
                            entries.into_iter().filter(|entry| entry.seq > since.seq).collect();
                        check(Some(since), &head, &newer, membership, trust)
                    }
                }
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

/// The head, and the entries that follow one.
fn log_after(session: &Session, after: Seq) -> Result<(AuditHead, Vec<AuditEntry>), Failure> {
    let membership = session.membership()?;
    let head = session.wait(membership.audit_head())?;
    let (mut entries, mut last): (Vec<AuditEntry>, Seq) = (Vec::new(), after);
    while last < head.seq {
        session.progress.says(&format!("reading entry {last} of {} ...", head.seq));
        let page = session.wait(membership.audit_log(&AuditArg { from: last.next(), limit: Some(200) }))?;
        let Some(newest) = page.last().filter(|newest| newest.seq > last) else { break };
        last = newest.seq;
        entries.extend(page);
    }
    // What was written after the head was read is not certified by it.
    entries.retain(|entry| entry.seq <= head.seq);
    Ok((head, entries))
}

fn head(session: &Session, out: Option<&Path>) -> Result<Answer, Failure> {
    let membership = session.membership()?;
    let head = session.wait(membership.audit_head())?;
    let certified = session.trusting(|trust| check_head(&head, membership.canister(), trust))?;
    if let Some(out) = out {
        File::of(membership.canister(), session.network_hash(), &head, None).write(out)?;
    }
    Ok(Answer::of(json!({ "seq": certified.seq, "hash": certified.hash, "certified": true, "file": out })))
}

fn export(session: &Session, out: &Path) -> Result<Answer, Failure> {
    let (head, entries) = log_after(session, Seq(0))?;
    let membership = session.id("membership")?;
    session.trusting(|trust| check_whole(&head, &entries, membership, trust))?;
    let count = entries.len();
    File::of(membership, session.network_hash(), &head, Some(entries)).write(out)?;
    Ok(Answer::of(json!({ "file": out, "entries": count, "head": head.hash, "verified": true })))
}

fn check_head(head: &AuditHead, membership: Principal, trust: &Trust<'_>) -> Result<Head, Failure> {
    verify::audit_head(head, membership, trust)
        .map_err(|error| Failure::no(format!("the head is not certified: {error}")))
}

/// That these are the entries since a kept head, or all there are.
fn check(
    since: Option<Head>,
    head: &AuditHead,
    entries: &[AuditEntry],
    membership: Principal,
    trust: &Trust<'_>,
) -> Result<Answer, Failure> {
    let certified = match since {
        None => check_whole(head, entries, membership, trust)?,
        Some(since) => check_since(since, head, entries, membership, trust)?,
    };
    Ok(Answer::of(json!({
        "verified": true, "membership": membership, "entries": entries.len(), "since": since.map(|since| since.seq),
        "seq": certified.seq, "head": certified.hash,
        "certified_at": evidence::certificate_time(head.certificate.as_ref().map_or(&[], |bytes| bytes.as_slice())).ok(),
    })))
}

/// That these are all entries, from the first to the certified head.
fn check_whole(
    head: &AuditHead,
    entries: &[AuditEntry],
    membership: Principal,
    trust: &Trust<'_>,
) -> Result<Head, Failure> {
    let certified = check_head(head, membership, trust)?;
    follow(AuditChain::default(), entries, certified)
        .map_err(|error| Failure::no(format!("the log is not what was certified: {error}")))?;
    Ok(certified)
}

/// That these entries lead from a head that was kept to the certified one: if they do, all before are the same, because each
/// entry holds the hash of the one before.
fn check_since(
    since: Head,
    head: &AuditHead,
    entries: &[AuditEntry],
    membership: Principal,
    trust: &Trust<'_>,
) -> Result<Head, Failure> {
    let certified = check_head(head, membership, trust)?;
    let another = |what: String| {
        Failure::no(format!(
            "the log is not the one that ended in entry {} with hash {}: {what}",
            since.seq, since.hash
        ))
    };
    if certified.seq < since.seq {
        return Err(another(format!("it ends at entry {}", certified.seq)));
    }
    if certified.seq == since.seq && certified.hash != since.hash {
        return Err(another(format!("this entry has the hash {} now", certified.hash)));
    }
    follow(AuditChain::after(since), entries, certified).map_err(|error| another(error.to_string()))?;
    Ok(certified)
}

fn follow(mut chain: AuditChain, entries: &[AuditEntry], head: Head) -> Result<(), ChainError> {
    chain.extend(entries)?;
    chain.ends_in(head)
}
