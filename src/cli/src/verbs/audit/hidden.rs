//! What the log of a context hides, and what opens it.

use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::session::Session;
use crate::verbs::{confirm, read_text, write_new};
use calisec_sdk::Random;
use calisec_sdk::types::ids::{ContextId, Digest32, Seq};
use calisec_sdk::types::membership::{
    AuditArg, AuditMode, AuditOpening, AuditOpeningsArg, DiscardOpeningsArg, SetAuditModeArg,
};
use calisec_sdk::verify;
use candid::Principal;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::Path;

/// What openings in a file begin with.
const FORMAT: &str = "calisec.audit-openings.v1";
/// Openings on one page.
const PAGE: u32 = 200;
/// Larger files are refused.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// What everybody sees of a context's new entries.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everything.
    Full,
    /// Who called, what kind of event it was, and a commitment to the rest.
    Hashed,
    /// A commitment.
    Redacted,
}

/// Openings in a file.
#[derive(Serialize, Deserialize)]
struct Kept {
    format: String,
    membership: Principal,
    context: ContextId,
    openings: Vec<AuditOpening>,
}

/// What is written to the log of a context.
pub fn rules(session: &Session, context: ContextId) -> Result<Answer, Failure> {
    session.ask(session.membership()?.audit_rules(context)).map(Answer::of)
}

/// Sets the mode, with a seed that is drawn here and kept nowhere: openings hold all that is needed of it.
pub fn set_mode(session: &Session, context: ContextId, mode: Mode) -> Result<Answer, Failure> {
    let draw = || {
        Random::from_os().map(|mut random| Digest32(random.bytes())).map_err(|error| Failure::setup(error.to_string()))
    };
    let (mode, seed) = match mode {
        Mode::Full => (AuditMode::Full, None),
        Mode::Hashed => (AuditMode::Hashed, Some(draw()?)),
        Mode::Redacted => (AuditMode::Redacted, Some(draw()?)),
    };
    session.ask(session.membership()?.set_audit_mode(&SetAuditModeArg { context, mode, seed })).map(Answer::of)
}

/// Keeps the openings of a context's hidden entries in a file, each checked against its entry; and has the canister forget
/// what was kept, if that is wanted.
pub fn keep(
    session: &Session,
    context: ContextId,
    (out, discard): (&Path, bool),
    options: &Options,
) -> Result<Answer, Failure> {
    if discard {
        confirm(options, "the canister will forget the openings: the file will be the only copy")?;
    }
    let membership = session.membership()?;
    let (mut openings, mut after): (Vec<AuditOpening>, Option<Seq>) = (Vec::new(), None);
    loop {
        let page = session.ask(membership.audit_openings(&AuditOpeningsArg { context, after, limit: Some(PAGE) }))?;
        for opening in &page.openings {
            let arg = AuditArg { from: opening.seq, limit: Some(1) };
            let entry = session.wait(membership.audit_log(&arg))?.pop();
            let entry = entry.ok_or_else(|| Failure::no(format!("the log has no entry {}", opening.seq)))?;
            verify::disclosure(&entry, opening).map_err(|error| Failure::no(error.to_string()))?;
        }
        openings.extend(page.openings);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let last = openings.last().map(|opening| opening.seq);
    let kept = Kept { format: FORMAT.to_owned(), membership: membership.canister(), context, openings };
    let text = serde_json::to_string_pretty(&kept).map_err(|error| Failure::internal(error.to_string()))?;
    write_new(out, text.as_bytes())?;
    let mut discarded = 0;
    if let (true, Some(up_to)) = (discard, last) {
        loop {
            let arg = DiscardOpeningsArg { context, up_to };
            let forgotten = session.ask(membership.discard_openings(&arg))?;
            discarded += forgotten.discarded;
            if !forgotten.is_more {
                break;
            }
        }
    }
    Ok(Answer::of(json!({ "file": out, "openings": kept.openings.len(), "verified": true, "discarded": discarded })))
}

/// The opening of one entry, from a file of them.
pub fn opening(file: &Path, seq: Seq) -> Result<AuditOpening, Failure> {
    let text = read_text(file, MAX_FILE_BYTES)?;
    let kept: Option<Kept> = serde_json::from_str(&text).ok().filter(|kept: &Kept| kept.format == FORMAT);
    let kept = kept.ok_or_else(|| {
        Failure::usage(format!("{} holds no openings: 'calisec audit openings' keeps them", file.display()))
    })?;
    let opening = kept.openings.into_iter().find(|opening| opening.seq == seq);
    opening.ok_or_else(|| Failure::usage(format!("{} does not open entry {seq}", file.display())))
}
