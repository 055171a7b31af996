//! Encrypting notes: AES-256-GCM under a random data key per note.
//!
//! # Ciphertext
//!
//! | bytes | what |
//! |---|---|
//! | 1 | version, 1 |
//! | 12 | nonce |
//! | any | AES-256-GCM ciphertext, as long as the note |
//! | 16 | tag |
//!
//! The associated data is `"calisec.note.v1\0" || context id (32) || SHA-256 of the plaintext (32)`, so a ciphertext cannot
//! be moved to another context or passed off as another content. The length of the note is not hidden.

#[cfg(test)]
mod tests;

use crate::Random;
use aes_gcm::{
    Aes256Gcm,
    aead::{Aead, KeyInit, Payload},
};
use calisec_types::{
    ids::{ContextId, Digest32},
    note_registry::MAX_CIPHERTEXT_BYTES,
};
use core::fmt;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Bytes by which a ciphertext is longer than its note: version, nonce, tag.
pub const OVERHEAD_BYTES: usize = 1 + NONCE_BYTES + TAG_BYTES;
/// Bytes of a note at the most: its ciphertext must be accepted by the registry.
pub const MAX_NOTE_BYTES: usize = MAX_CIPHERTEXT_BYTES - OVERHEAD_BYTES;

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// Why a note cannot be encrypted or decrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The note is too long.
    #[error("the note has {length} bytes, at most {MAX_NOTE_BYTES} are allowed")]
    TooLong {
        /// Bytes of the note.
        length: usize,
    },
    /// The ciphertext cannot be one: too short or too long.
    #[error("a ciphertext has between {OVERHEAD_BYTES} and {MAX_CIPHERTEXT_BYTES} bytes, not {length}")]
    BadLength {
        /// Its bytes.
        length: usize,
    },
    /// Another version made it.
    #[error("ciphertext version {0} is unknown, this library knows version {VERSION}")]
    UnknownVersion(u8),
    /// Wrong key, wrong context, or the ciphertext was changed; which, cannot be told.
    #[error("the note does not decrypt: wrong key, wrong context, or a changed ciphertext")]
    NotAuthentic,
}

/// Everything that reading a note takes: its data key, and the hash that its plaintext must have.
///
/// Erased when dropped; `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct NoteKey {
    data_key: [u8; 32],
    content_hash: [u8; 32],
}

impl NoteKey {
    /// Bytes of a key's encoding.
    pub const BYTES: usize = 64;

    /// SHA-256 of the plaintext. Secret: whoever knows it can test guesses of a short note.
    #[must_use]
    pub fn content_hash(&self) -> Digest32 {
        Digest32(self.content_hash)
    }

    /// Data key (32), content hash (32).
    ///
    /// ```
    /// use calisec_sdk::{Random, note::{self, NoteKey}};
    /// use calisec_types::ids::ContextId;
    ///
    /// let encrypted = note::encrypt(&ContextId([1; 32]), b"note", &mut Random::from_seed([7; 32]))?;
    /// assert!(NoteKey::from_bytes(&encrypted.key.to_bytes()) == encrypted.key);
    /// # Ok::<(), note::NoteError>(())
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; Self::BYTES]> {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        bytes[..32].copy_from_slice(&self.data_key);
        bytes[32..].copy_from_slice(&self.content_hash);
        bytes
    }

    /// The inverse of [`NoteKey::to_bytes`].
    #[must_use]
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let mut key = Self { data_key: [0; 32], content_hash: [0; 32] };
        key.data_key.copy_from_slice(&bytes[..32]);
        key.content_hash.copy_from_slice(&bytes[32..]);
        key
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&self.data_key.into())
    }

    fn associated_data(&self, context: &ContextId) -> Vec<u8> {
        [b"calisec.note.v1\0".as_slice(), &context.0, &self.content_hash].concat()
    }
}

impl fmt::Debug for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoteKey(..)")
    }
}

/// An encrypted note and the key to it.
#[derive(Clone, Debug)]
pub struct EncryptedNote {
    /// For the registry; see the module's layout.
    pub ciphertext: Vec<u8>,
    /// For the owner, and in envelopes for readers.
    pub key: NoteKey,
}

/// Encrypts a note for a context under a fresh data key.
///
/// ```
/// use calisec_sdk::{Random, note};
/// use calisec_types::ids::ContextId;
///
/// let context = ContextId([1; 32]);
/// let encrypted = note::encrypt(&context, b"my note", &mut Random::from_seed([7; 32]))?;
/// assert_eq!(encrypted.ciphertext.len(), 7 + note::OVERHEAD_BYTES);
/// assert_eq!(note::decrypt(&context, &encrypted.key, &encrypted.ciphertext)?.as_slice(), b"my note");
///
/// let elsewhere = ContextId([2; 32]);
/// assert_eq!(note::decrypt(&elsewhere, &encrypted.key, &encrypted.ciphertext), Err(note::NoteError::NotAuthentic));
/// # Ok::<(), note::NoteError>(())
/// ```
///
/// # Errors
/// [`NoteError::TooLong`].
pub fn encrypt(context: &ContextId, plaintext: &[u8], random: &mut Random) -> Result<EncryptedNote, NoteError> {
    let too_long = NoteError::TooLong { length: plaintext.len() };
    if plaintext.len() > MAX_NOTE_BYTES {
        return Err(too_long);
    }
    let key = NoteKey { data_key: random.bytes(), content_hash: Sha256::digest(plaintext).into() };
    let nonce: [u8; NONCE_BYTES] = random.bytes();
    let payload = Payload { msg: plaintext, aad: &key.associated_data(context) };
    // AES-GCM refuses nothing below 64 GiB.
    let encrypted = key.cipher().encrypt(&nonce.into(), payload).map_err(|_| too_long)?;
    let ciphertext = [&[VERSION], nonce.as_slice(), &encrypted].concat();
    Ok(EncryptedNote { ciphertext, key })
}

/// Decrypts a note; what comes out has the content hash that the key names, and is erased when dropped.
///
/// # Errors
/// [`NoteError`], never a part of the plaintext.
pub fn decrypt(context: &ContextId, key: &NoteKey, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, NoteError> {
    let bad_length = NoteError::BadLength { length: ciphertext.len() };
    if ciphertext.len() > MAX_CIPHERTEXT_BYTES || ciphertext.len() < OVERHEAD_BYTES {
        return Err(bad_length);
    }
    let (version, rest) = ciphertext.split_first().ok_or(bad_length)?;
    if *version != VERSION {
        return Err(NoteError::UnknownVersion(*version));
    }
    let (nonce, encrypted) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(bad_length)?;
    let payload = Payload { msg: encrypted, aad: &key.associated_data(context) };
    let plaintext = key.cipher().decrypt(nonce.into(), payload).map_err(|_| NoteError::NotAuthentic)?;
    let plaintext = Zeroizing::new(plaintext);
    // AES-GCM does not commit to its key: two keys may open one ciphertext to two notes, but not to one hash.
    if Sha256::digest(plaintext.as_slice())[..] != key.content_hash {
        return Err(NoteError::NotAuthentic);
    }
    Ok(plaintext)
}
