//! Handing a note's key to one recipient: X25519, HKDF-SHA256, AES-256-GCM.
//!
//! # Envelope
//!
//! | bytes | what |
//! |---|---|
//! | 1 | version, 1 |
//! | 32 | ephemeral X25519 public key |
//! | 64 | AES-256-GCM ciphertext of [`NoteKey::to_bytes`] |
//! | 16 | tag |
//!
//! AES key (32) and nonce (12) are HKDF-SHA256 of the X25519 shared secret, without salt, with
//! `info = "calisec.envelope.v1\0" || context (32) || note (8, big-endian) || epoch (8, big-endian) || recipient key (32) ||
//! ephemeral key (32)`; `info` is the associated data as well. Opening for another context, note, epoch or recipient
//! therefore fails, and so does any change.
//!
//! The sender is not authenticated: the registry accepts envelopes from a note's owner only, and a key that does not fit
//! the note does not open it.

#[cfg(test)]
mod tests;

use crate::{Random, identity::Identity, note::NoteKey};
use aes_gcm::{
    Aes256Gcm,
    aead::{Aead, KeyInit, Payload},
};
use calisec_types::ids::{ContextId, Epoch, KemKey, NoteId};
use hkdf::Hkdf;
use sha2::Sha256;
use x25519_dalek::{PublicKey, SharedSecret, StaticSecret};
use zeroize::Zeroizing;

/// Bytes of an envelope.
pub const ENVELOPE_BYTES: usize = 1 + 32 + NoteKey::BYTES + 16;

const VERSION: u8 = 1;

/// For whom, and for what, a key is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The note's context.
    pub context: ContextId,
    /// The note.
    pub note: NoteId,
    /// The note's key epoch.
    pub epoch: Epoch,
    /// The recipient's X25519 key. It must be known to be theirs.
    pub key: KemKey,
}

impl Recipient {
    fn info(&self, ephemeral: &PublicKey) -> Vec<u8> {
        [
            b"calisec.envelope.v1\0".as_slice(),
            &self.context.0,
            &self.note.0.to_be_bytes(),
            &self.epoch.0.to_be_bytes(),
            &self.key.0,
            ephemeral.as_bytes(),
        ]
        .concat()
    }
}

/// Why a key cannot be sealed or an envelope opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The recipient's key, or the envelope's, is one of the few with which every secret is the same.
    #[error("the X25519 key is of low order: a secret shared with it is no secret")]
    LowOrderKey,
    /// The recipient names another key than the one that is to open the envelope.
    #[error("the envelope is for another recipient")]
    OtherRecipient,
    /// Not as long as an envelope.
    #[error("an envelope has {ENVELOPE_BYTES} bytes, not {length}")]
    BadLength {
        /// Bytes that were given.
        length: usize,
    },
    /// Another version made it.
    #[error("envelope version {0} is unknown, this library knows version {VERSION}")]
    UnknownVersion(u8),
    /// Sealed for another context, note, epoch or recipient, or changed since.
    #[error("the envelope does not open: it is for another note, epoch or recipient, or it was changed")]
    NotAuthentic,
}

/// Seals a note's key to a recipient.
///
/// ```
/// use calisec_sdk::{Random, envelope::{self, EnvelopeError, Recipient}, identity::Identity, note};
/// use calisec_types::ids::{ContextId, Epoch, NoteId};
///
/// let mut random = Random::from_seed([7; 32]);
/// let context = ContextId([1; 32]);
/// let key = note::encrypt(&context, b"note", &mut random)?.key;
/// let reader = Identity::from_seed([2; 32]);
///
/// let to = Recipient { context, note: NoteId(1), epoch: Epoch(0), key: reader.kem_key() };
/// let sealed = envelope::seal(&key, &to, &mut random)?;
/// assert!(envelope::open(&sealed, &to, &reader)? == key);
///
/// let next_epoch = Recipient { epoch: Epoch(1), ..to };
/// assert_eq!(envelope::open(&sealed, &next_epoch, &reader), Err(EnvelopeError::NotAuthentic));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EnvelopeError::LowOrderKey`].
pub fn seal(key: &NoteKey, to: &Recipient, random: &mut Random) -> Result<[u8; ENVELOPE_BYTES], EnvelopeError> {
    let secret = StaticSecret::from(random.bytes::<32>());
    let ephemeral = PublicKey::from(&secret);
    let info = to.info(&ephemeral);
    let (cipher, nonce) = cipher(&secret.diffie_hellman(&to.key.0.into()), &info)?;
    let message = key.to_bytes();
    let sealed = cipher
        .encrypt(&(*nonce).into(), Payload { msg: message.as_slice(), aad: &info })
        .map_err(|_| EnvelopeError::NotAuthentic)?;
    let bytes = [&[VERSION], ephemeral.as_bytes().as_slice(), &sealed].concat();
    let length = bytes.len();
    bytes.try_into().map_err(|_| EnvelopeError::BadLength { length })
}

/// Opens an envelope that was sealed to this identity for this note and epoch.
///
/// # Errors
/// [`EnvelopeError`], never a part of the key.
pub fn open(envelope: &[u8], to: &Recipient, identity: &Identity) -> Result<NoteKey, EnvelopeError> {
    if to.key != identity.kem_key() {
        return Err(EnvelopeError::OtherRecipient);
    }
    let bad_length = EnvelopeError::BadLength { length: envelope.len() };
    let envelope: &[u8; ENVELOPE_BYTES] = envelope.try_into().map_err(|_| bad_length)?;
    let (version, rest) = envelope.split_first().ok_or(bad_length)?;
    if *version != VERSION {
        return Err(EnvelopeError::UnknownVersion(*version));
    }
    let (ephemeral, sealed) = rest.split_first_chunk::<32>().ok_or(bad_length)?;
    let ephemeral = PublicKey::from(*ephemeral);
    let info = to.info(&ephemeral);
    let (cipher, nonce) = cipher(&identity.agree(&ephemeral), &info)?;
    let message = cipher
        .decrypt(&(*nonce).into(), Payload { msg: sealed, aad: &info })
        .map(Zeroizing::new)
        .map_err(|_| EnvelopeError::NotAuthentic)?;
    message.first_chunk().map(NoteKey::from_bytes).ok_or(EnvelopeError::NotAuthentic)
}

/// The ephemeral key is fresh per envelope, so key and nonce are used once.
fn cipher(shared: &SharedSecret, info: &[u8]) -> Result<(Aes256Gcm, Zeroizing<[u8; 12]>), EnvelopeError> {
    if !shared.was_contributory() {
        return Err(EnvelopeError::LowOrderKey);
    }
    let mut derived = Zeroizing::new([0; 44]);
    Hkdf::<Sha256>::new(None, shared.as_bytes())
        .expand(info, derived.as_mut())
        .expect("44 bytes are within what HKDF-SHA256 can expand");
    let mut key = Zeroizing::new([0; 32]);
    let mut nonce = Zeroizing::new([0; 12]);
    key.copy_from_slice(&derived[..32]);
    nonce.copy_from_slice(&derived[32..]);
    Ok((Aes256Gcm::new(&(*key).into()), nonce))
}
