//! What the owner of a note must keep.

use super::Secret;
use crate::failure::Failure;
use calisec_sdk::commitment::NoteOpening;
use calisec_sdk::note::NoteKey;
use calisec_sdk::types::ids::ContextId;
use serde::{Deserialize, Serialize};

/// The key of a note, and the opening of its commitment.
#[derive(Serialize, Deserialize)]
pub struct NoteSecret {
    format: String,
    /// The context the note was encrypted for.
    pub context: ContextId,
    key: String,
    opening: String,
}

impl Secret for NoteSecret {
    const FORMAT: &'static str = "calisec.note-secret.v1";
    const ABOUT: &'static str = "secret of a note: 'calisec prove note' makes one";

    fn format(&self) -> &str {
        &self.format
    }
}

impl NoteSecret {
    /// Of a note.
    pub fn new(context: ContextId, key: &NoteKey, opening: &NoteOpening) -> Self {
        let (key, opening) = (hex::encode(key.to_bytes().as_slice()), hex::encode(opening.to_bytes().as_slice()));
        Self { format: Self::FORMAT.to_owned(), context, key, opening }
    }

    /// The note's key.
    pub fn key(&self) -> Result<NoteKey, Failure> {
        let bytes = hex::decode(&self.key).ok().and_then(|bytes| <[u8; NoteKey::BYTES]>::try_from(bytes).ok());
        bytes
            .map(|bytes| NoteKey::from_bytes(&bytes))
            .ok_or_else(|| Failure::usage("the key in the secret is malformed"))
    }

    /// The opening of its commitment.
    pub fn opening(&self) -> Result<NoteOpening, Failure> {
        let bytes = hex::decode(&self.opening).unwrap_or_default();
        NoteOpening::from_bytes(&bytes)
            .map_err(|error| Failure::usage(format!("the opening in the secret is malformed: {error}")))
    }
}
