//! What only its owner may know, in files that only the owner can read.

mod credential;
mod note;
mod opening;
mod person;

pub use credential::{CredentialFile, CredentialValue};
pub use note::NoteSecret;
pub use opening::OpeningFile;
pub use person::{HolderSecret, MemberSecret, SignalSecret, StarkSecret};

use crate::failure::Failure;
use crate::keyfile;
use calisec_sdk::zk::field::{Fr, parse_be32};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{Read, Write};
use std::path::Path;

/// Far more than any secret has.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Something kept in a file, which begins with what it is.
pub trait Secret: Serialize + DeserializeOwned {
    /// What the file's `format` says.
    const FORMAT: &'static str;
    /// What it is, and which verb makes it.
    const ABOUT: &'static str;

    /// What this file says.
    fn format(&self) -> &str;
}

/// Writes a new file.
pub fn write<S: Secret>(secret: &S, path: &Path) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(secret).map_err(|error| Failure::internal(error.to_string()))?;
    keyfile::create_private(path)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                Failure::usage(format!("{} exists: files are never overwritten, choose another --out", path.display()))
            }
            _ => Failure::usage(format!("cannot write {}: {error}", path.display())),
        })
}

/// From a file that only its owner can read.
pub fn read<S: Secret>(path: &Path) -> Result<S, Failure> {
    read_if(path)?.ok_or_else(|| Failure::usage(format!("{} is no {}", path.display(), S::ABOUT)))
}

/// The same, or nothing if the file holds something else.
pub fn read_if<S: Secret>(path: &Path) -> Result<Option<S>, Failure> {
    let failed = |error: std::io::Error| Failure::usage(format!("cannot read the secret {}: {error}", path.display()));
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut text = String::new();
    (&file).take(MAX_FILE_BYTES).read_to_string(&mut text).map_err(failed)?;
    let secret = serde_json::from_str(&text).ok().filter(|secret: &S| secret.format() == S::FORMAT);
    if secret.is_some() {
        keyfile::require_private(&file, path)?;
    }
    Ok(secret)
}

/// 32 bytes in hex in a secret.
fn bytes32(text: &str) -> Result<[u8; 32], Failure> {
    let bytes = hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| Failure::usage("a number in the secret is not 64 hex digits"))
}

/// An element of the field in a secret.
fn element(text: &str) -> Result<Fr, Failure> {
    parse_be32(&bytes32(text)?)
        .map_err(|_| Failure::usage("a number in the secret is not below the modulus of the field"))
}
