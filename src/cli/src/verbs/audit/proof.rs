//! One entry and what proves it.

use super::file::ExportedHead;
use crate::evidence::{self, When};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::session::Session;
use crate::verbs::write_new;
use calisec_sdk::types::ids::{Digest32, Seq};
use calisec_sdk::types::membership::{AuditEntry, AuditEntryProof};
use calisec_sdk::verify::{self, Trust};
use candid::Principal;
use serde::{Deserialize, Serialize};
use serde_json::json;
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
}

/// The proof in this text, if it is one.
pub fn read(text: &str) -> Option<Kept> {
    serde_json::from_str(text).ok().filter(|kept: &Kept| kept.format == FORMAT)
}

/// Has an entry proved, and keeps the proof.
pub fn prove(session: &Session, seq: Seq, out: Option<&Path>) -> Result<Answer, Failure> {
    let membership = session.membership()?;
    let proof = session.ask(membership.audit_entry_proof(seq))?;
    let canister = membership.canister();
    session.trusting(|trust| check(&proof, canister, trust))?;
    if let Some(out) = out {
        let AuditEntryProof { entry, path, head } = &proof;
        let kept = Kept {
            format: FORMAT.to_owned(),
            membership: canister,
            entry: entry.clone(),
            path: path.clone(),
            head: ExportedHead::of(head),
        };
        let text = serde_json::to_string_pretty(&kept).map_err(|error| Failure::internal(error.to_string()))?;
        write_new(out, text.as_bytes())?;
    }
    Ok(Answer::of(json!({ "verified": true, "entry": proof.entry, "seq": proof.head.seq, "head": proof.head.hash })))
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
                "verified": true, "membership": membership, "entry": proof.entry, "seq": proof.head.seq,
                "head": proof.head.hash, "certified_at": evidence::certificate_time(&certificate).ok(),
            })))
        })
    }
}

fn check(proof: &AuditEntryProof, membership: Principal, trust: &Trust<'_>) -> Result<(), Failure> {
    verify::audit_entry(proof, membership, trust)
        .map(|_| ())
        .map_err(|error| Failure::no(format!("the entry is not proved: {error}")))
}
