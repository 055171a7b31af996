//! What is kept of the log in files: all of it, or its head alone.

use crate::evidence::When;
use crate::failure::Failure;
use crate::verbs::{read_text, write_new};
use calisec_sdk::types::ids::{Digest32, Seq};
use calisec_sdk::types::membership::{AuditEntry, AuditHead};
use calisec_sdk::verify::{Head, Trust};
use candid::Principal;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What an exported log begins with.
const LOG_FORMAT: &str = "calisec.audit-export.v1";
/// What a head in a file begins with.
const HEAD_FORMAT: &str = "calisec.audit-head.v1";
/// Larger exports are refused.
pub const MAX_EXPORT_BYTES: u64 = 1 << 30;

/// A log in a file, or its head alone.
#[derive(Serialize, Deserialize)]
pub struct File {
    format: String,
    membership: Principal,
    /// For information: what is trusted is the root key that the verifier has.
    network: Digest32,
    head: ExportedHead,
    /// Absent where only the head is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<Vec<AuditEntry>>,
}

/// A head with its certificate and witness in hex.
#[derive(Serialize, Deserialize)]
pub struct ExportedHead {
    seq: Seq,
    hash: Digest32,
    root: Digest32,
    certificate: String,
    witness: String,
}

impl File {
    /// Of a head, and of the entries that end in it if those shall be kept.
    pub fn of(membership: Principal, network: Digest32, head: &AuditHead, entries: Option<Vec<AuditEntry>>) -> Self {
        let format = if entries.is_some() { LOG_FORMAT } else { HEAD_FORMAT };
        Self { format: format.to_owned(), membership, network, head: ExportedHead::of(head), entries }
    }

    /// Keeps it in a new file.
    pub fn write(&self, out: &Path) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Failure::internal(error.to_string()))?;
        write_new(out, text.as_bytes())
    }

    /// Of either format, if the text is one.
    fn read(text: &str) -> Option<Self> {
        let file: Self = serde_json::from_str(text).ok()?;
        let format = if file.entries.is_some() { LOG_FORMAT } else { HEAD_FORMAT };
        (file.format == format).then_some(file)
    }
}

/// The log in this text, if it is one.
pub fn log(text: &str) -> Result<Option<(AuditHead, Vec<AuditEntry>)>, Failure> {
    let Some(File { head, entries: Some(entries), .. }) = File::read(text) else { return Ok(None) };
    Ok(Some((head.to_head()?, entries)))
}

/// The head in a file that was kept earlier: certified when it was kept, of this canister; and of a whole log, if that was
/// kept with it.
pub fn kept(path: &Path, membership: Principal, trust: &Trust<'_>) -> Result<Head, Failure> {
    let file = File::read(&read_text(path, MAX_EXPORT_BYTES)?).ok_or_else(|| {
        Failure::usage(format!(
            "{} is no exported log and no head: 'calisec audit export' and 'calisec audit head --out' make them",
            path.display()
        ))
    })?;
    let head = file.head.to_head()?;
    let certificate = head.certificate.as_ref().map(|bytes| bytes.to_vec()).unwrap_or_default();
    // It may be as old as it likes: what it proves is what was certified then.
    let then = Trust { root_key: trust.root_key, now: When::ANY_AGE.now(trust.now, &certificate)? };
    let checked = match &file.entries {
        Some(entries) => super::check_whole(&head, entries, membership, &then),
        None => super::check_head(&head, membership, &then),
    };
    checked.map_err(|failure| Failure { message: format!("{}: {}", path.display(), failure.message), ..failure })
}

impl ExportedHead {
    /// Of what the canister answered.
    pub fn of(head: &AuditHead) -> Self {
        Self {
            seq: head.seq,
            hash: head.hash,
            root: head.root,
            certificate: hex::encode(head.certificate.as_deref().map_or(&[][..], |bytes| bytes)),
            witness: hex::encode(&head.witness),
        }
    }

    /// As the canister answered it.
    pub fn to_head(&self) -> Result<AuditHead, Failure> {
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
