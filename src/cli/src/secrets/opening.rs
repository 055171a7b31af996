//! What a contributor committed to: for the contributor and the publisher.

use super::Secret;
use crate::failure::Failure;
use calisec_sdk::aggregate::{self, Opening};
use serde::{Deserialize, Serialize};

/// An update and its blinding, in a file.
#[derive(Serialize, Deserialize)]
pub struct OpeningFile {
    format: String,
    opening: String,
}

impl Secret for OpeningFile {
    const FORMAT: &'static str = "calisec.update-opening.v1";
    const ABOUT: &'static str = "opening of an update: 'calisec aggregate commit' makes one";

    fn format(&self) -> &str {
        &self.format
    }
}

impl OpeningFile {
    /// Of an update.
    pub fn of(opening: &Opening) -> Self {
        Self { format: Self::FORMAT.to_owned(), opening: hex::encode(aggregate::encode(opening).as_slice()) }
    }

    /// The update and its blinding.
    pub fn opening(&self) -> Result<Opening, Failure> {
        let bytes = hex::decode(&self.opening).unwrap_or_default();
        aggregate::decode(&bytes)
            .map_err(|error| Failure::usage(format!("the opening in the file is malformed: {error}")))
    }
}
