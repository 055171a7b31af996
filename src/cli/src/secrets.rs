//! What the owner of a note must keep, in a file that only the owner can read.

use crate::failure::Failure;
use crate::keyfile;
use calisec_sdk::commitment::NoteOpening;
use calisec_sdk::note::NoteKey;
use calisec_sdk::types::ids::ContextId;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::Path;

/// What the file begins with.
const FORMAT: &str = "calisec.note-secret.v1";

/// The key of a note, and the opening of its commitment.
#[derive(Serialize, Deserialize)]
pub struct NoteSecret {
    format: String,
    /// The context the note was encrypted for.
    pub context: ContextId,
    key: String,
    opening: String,
}

impl NoteSecret {
    /// Of a note.
    pub fn new(context: ContextId, key: &NoteKey, opening: &NoteOpening) -> Self {
        let (key, opening) = (hex::encode(key.to_bytes().as_slice()), hex::encode(opening.to_bytes().as_slice()));
        Self { format: FORMAT.to_owned(), context, key, opening }
    }

    /// Writes a new file.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Failure::internal(error.to_string()))?;
        keyfile::create_private(path)
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
            .map_err(|error| Failure::internal(format!("cannot write {}: {error}", path.display())))
    }

    /// From a file that only its owner can read.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let file = std::fs::File::open(path)
            .map_err(|error| Failure::usage(format!("cannot read the secret {}: {error}", path.display())))?;
        keyfile::require_private(&file, path)?;
        let secret: Option<Self> = serde_json::from_reader(file).ok();
        secret.filter(|secret| secret.format == FORMAT).ok_or_else(|| {
            Failure::usage(format!("{} is no secret of a note: 'calisec prove note' makes one", path.display()))
        })
    }

    /// The note's key.
    pub fn key(&self) -> Result<NoteKey, Failure> {
        let bytes = hex::decode(&self.key).ok().and_then(|bytes| <[u8; NoteKey::BYTES]>::try_from(bytes).ok());
        bytes
            .map(|bytes| NoteKey::from_bytes(&bytes))
            .ok_or_else(|| Failure::usage("the key in the secret is malformed"))
    }
}
