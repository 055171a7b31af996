//! One entry and what proves it.

use super::file::ExportedHead;
use crate::evidence::{self, When};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::session::Session;
use crate::verbs::write_new;
use calisec_sdk::types::ids::{Digest32, Seq};
use calisec_sdk::types::membership::{AuditEntry, AuditEntryProof, AuditOpening};
use calisec_sdk::verify::{self, Trust};
use candid::Principal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::Path;

/// What a proof in a file begins with.
const FORMAT: &str = "calisec.audit-entry-proof.v1";

/// A proof in a file.
#[derive(Serialize, Deserialize)]
pub struct Kept {
    format: String,
    membership: Principal,
    entry: AuditEntry,
    path: Vec<Digest32>,
    head: ExportedHead,
    /// What the entry hides, if that is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    opening: Option<AuditOpening>,
}

/// The proof in this text, if it is one.
pub fn read(text: &str) -> Option<Kept> {
    serde_json::from_str(text).ok().filter(|kept: &Kept| kept.format == FORMAT)
}

/// Has an entry proved, and keeps the proof, with what opens the entry.
pub fn prove(
    session: &Session,
    seq: Seq,
    opening: Option<AuditOpening>,
    out: Option<&Path>,
) -> Result<Answer, Failure> {
    let membership = session.membership()?;
    let proof = session.ask(membership.audit_entry_proof(seq))?;
    let canister = membership.canister();
    session.trusting(|trust| check(&proof, canister, trust))?;
    let opened = opened(&proof.entry, opening.as_ref())?;
    if let Some(out) = out {
        let AuditEntryProof { entry, path, head } = &proof;
        let kept = Kept {
            format: FORMAT.to_owned(),
            membership: canister,
            entry: entry.clone(),
            path: path.clone(),
            head: ExportedHead::of(head),
            opening,
        };
        let text = serde_json::to_string_pretty(&kept).map_err(|error| Failure::internal(error.to_string()))?;
        write_new(out, text.as_bytes())?;
    }
    Ok(Answer::of(json!({
        "verified": true, "entry": proof.entry, "opened": opened, "seq": proof.head.seq, "head": proof.head.hash,
    })))
}

impl Kept {
    /// Verifies it for this canister, or the one that every verb takes.
    pub fn verify(self, options: &Options, membership: Option<Principal>, when: When) -> Result<Answer, Failure> {
        let proof = AuditEntryProof { entry: self.entry, path: self.path, head: self.head.to_head()? };
        let certificate = proof.head.certificate.as_ref().map(|bytes| bytes.to_vec()).unwrap_or_default();
        evidence::trusting(options, when, &certificate, |trust, session| {
            let membership = match membership {
                Some(membership) => membership,
                None => evidence::canister(options, session, "membership")?,
            };
            check(&proof, membership, trust)?;
            Ok(Answer::of(json!({
                "verified": true, "membership": membership, "entry": proof.entry,
                "opened": opened(&proof.entry, self.opening.as_ref())?, "seq": proof.head.seq, "head": proof.head.hash,
                "certified_at": evidence::certificate_time(&certificate).ok(),
            })))
        })
    }
}

/// What the entry hides, if its commitment is to that.
fn opened(entry: &AuditEntry, opening: Option<&AuditOpening>) -> Result<Option<Value>, Failure> {
    let Some(opening) = opening else { return Ok(None) };
    let event = verify::disclosure(entry, opening).map_err(|error| Failure::no(error.to_string()))?;
    Ok(Some(json!({ "caller": opening.caller, "event": event })))
}

fn check(proof: &AuditEntryProof, membership: Principal, trust: &Trust<'_>) -> Result<(), Failure> {
    verify::audit_entry(proof, membership, trust)
        .map(|_| ())
        .map_err(|error| Failure::no(format!("the entry is not proved: {error}")))
}
