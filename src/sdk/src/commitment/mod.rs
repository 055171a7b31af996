//! What the owner must remember to prove anything about a note: the *opening* of its commitment.
//!
//! ```
//! use calisec_sdk::{Random, commitment::{NoteOpening, OwnerSecret}};
//! use calisec_types::ids::Digest32;
//!
//! let mut random = Random::from_seed([7; 32]);
//! let owner = OwnerSecret::random(&mut random);
//! let opening = NoteOpening::new(Digest32([1; 32]), &owner, &mut random);
//! assert!(NoteOpening::from_bytes(opening.to_bytes().as_slice())? == opening);
//! # Ok::<(), calisec_sdk::commitment::MalformedOpening>(())
//! ```

#[cfg(test)]
mod tests;

use crate::Random;
use ark_bn254::Fr;
use calisec_types::ids::Digest32;
use calisec_zk::{
    field::{NonCanonical, parse_be32, to_be32},
    statement::{
        Domain,
        note_commitment::{NoteCommitment, Opening},
    },
};
use core::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const VERSION: u8 = 1;

/// An owner's secret, one for all notes. Whoever has it can compute the nullifiers of contents they know, and so learn
/// which notes of a context the owner minted.
///
/// Erased when dropped; `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct OwnerSecret(Fr);

impl OwnerSecret {
    /// A uniformly random one.
    #[must_use]
    pub fn random(random: &mut Random) -> Self {
        Self(random.field_element())
    }

    /// 32 bytes big-endian, below the field's modulus.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(to_be32(&self.0))
    }

    /// The inverse of [`OwnerSecret::to_bytes`].
    ///
    /// # Errors
    /// [`NonCanonical`] when the bytes are not below the modulus.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, NonCanonical> {
        parse_be32(bytes).map(Self)
    }
}

impl fmt::Debug for OwnerSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnerSecret(..)")
    }
}

/// The bytes are no opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedOpening {
    /// Not as long as one.
    #[error("an opening has {} bytes, not {length}", NoteOpening::BYTES)]
    BadLength {
        /// Bytes that were given.
        length: usize,
    },
    /// Another version made it.
    #[error("opening version {0} is unknown, this library knows version {VERSION}")]
    UnknownVersion(u8),
    /// Owner secret or salt.
    #[error("owner secret or salt: {0}")]
    NonCanonical(#[from] NonCanonical),
}

/// The opening of one note's commitment: content hash, owner secret, and a salt of its own.
///
/// Erased when dropped; `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct NoteOpening {
    content_hash: [u8; 32],
    owner_secret: Fr,
    salt: Fr,
}

impl NoteOpening {
    /// Bytes of an opening's encoding.
    pub const BYTES: usize = 97;

    /// For a note with this content, with a fresh salt.
    #[must_use]
    pub fn new(content_hash: Digest32, owner_secret: &OwnerSecret, random: &mut Random) -> Self {
        Self { content_hash: content_hash.0, owner_secret: owner_secret.0, salt: random.field_element() }
    }

    /// SHA-256 of the note.
    #[must_use]
    pub fn content_hash(&self) -> Digest32 {
        Digest32(self.content_hash)
    }

    /// What the owner of this opening claims in a domain: the public inputs of its proof.
    #[must_use]
    pub fn claim(&self, domain: &Domain<'_>) -> NoteCommitment {
        NoteCommitment::of(&self.to_statement(), domain)
    }

    /// Version (1), content hash (32), owner secret (32, big-endian), salt (32, big-endian).
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(Self::BYTES));
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.content_hash);
        bytes.extend_from_slice(&to_be32(&self.owner_secret));
        bytes.extend_from_slice(&to_be32(&self.salt));
        bytes
    }

    /// The inverse of [`NoteOpening::to_bytes`].
    ///
    /// # Errors
    /// [`MalformedOpening`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedOpening> {
        let bad_length = MalformedOpening::BadLength { length: bytes.len() };
        let bytes: &[u8; Self::BYTES] = bytes.try_into().map_err(|_| bad_length)?;
        let (version, rest) = bytes.split_first().ok_or(bad_length)?;
        if *version != VERSION {
            return Err(MalformedOpening::UnknownVersion(*version));
        }
        let ([content_hash, owner_secret, salt], []) = rest.as_chunks::<32>() else {
            return Err(bad_length);
        };
        Ok(Self { content_hash: *content_hash, owner_secret: parse_be32(owner_secret)?, salt: parse_be32(salt)? })
    }

    pub(crate) fn to_statement(&self) -> Opening {
        Opening { content_hash: self.content_hash(), owner_secret: self.owner_secret, salt: self.salt }
    }
}

impl fmt::Debug for NoteOpening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoteOpening(..)")
    }
}
