//! Keys as bytes of a fixed length.

use calisec_types::ids::{
    AccountId, ContextId, DeviceKey, Digest32, GrantId, GroupId, Height, NoteId, ProposalId, ReceiptId, Revision, Seq,
    StateRoot, Timestamp,
};
use candid::Principal;

/// Bytes of a key at the most.
pub(super) const MAX_KEY_BYTES: usize = 192;

/// Something that is written as so many bytes, which stand in the same order as what they are of.
pub trait FixedKey: Ord + Clone {
    /// How many.
    const BYTES: usize;

    /// Writes them. The buffer is exactly so long, and zeroed.
    fn write(&self, to: &mut [u8]);

    /// What has these bytes: exactly so many, and written by [`FixedKey::write`].
    fn read(from: &[u8]) -> Self;
}

/// A key's bytes.
pub(super) struct KeyBytes {
    bytes: [u8; MAX_KEY_BYTES],
    length: usize,
}

impl KeyBytes {
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

pub(super) fn bytes_of<K: FixedKey>(key: &K) -> KeyBytes {
    const { assert!(K::BYTES <= MAX_KEY_BYTES, "a key must fit") };
    let mut bytes = [0; MAX_KEY_BYTES];
    key.write(&mut bytes[..K::BYTES]);
    KeyBytes { bytes, length: K::BYTES }
}

macro_rules! keys_of_32_bytes {
    ($($id:ident),*) => {$(
        impl FixedKey for $id {
            const BYTES: usize = 32;
            fn write(&self, to: &mut [u8]) {
                to.copy_from_slice(&self.0);
            }
            fn read(from: &[u8]) -> Self {
                let mut bytes = [0; 32];
                bytes.copy_from_slice(from);
                Self(bytes)
            }
        }
    )*};
}

macro_rules! keys_of_a_number {
    ($($id:ident),*) => {$(
        impl FixedKey for $id {
            const BYTES: usize = 8;
            fn write(&self, to: &mut [u8]) {
                self.0.write(to);
            }
            fn read(from: &[u8]) -> Self {
                Self(u64::read(from))
            }
        }
    )*};
}

keys_of_32_bytes!(AccountId, ContextId, DeviceKey, Digest32, GroupId, ReceiptId, StateRoot);
keys_of_a_number!(GrantId, Height, NoteId, ProposalId, Revision, Seq, Timestamp);

impl FixedKey for u64 {
    const BYTES: usize = 8;
    fn write(&self, to: &mut [u8]) {
        to.copy_from_slice(&self.to_be_bytes());
    }
    fn read(from: &[u8]) -> Self {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(from);
        Self::from_be_bytes(bytes)
    }
}

impl FixedKey for u32 {
    const BYTES: usize = 4;
    fn write(&self, to: &mut [u8]) {
        to.copy_from_slice(&self.to_be_bytes());
    }
    fn read(from: &[u8]) -> Self {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(from);
        Self::from_be_bytes(bytes)
    }
}

impl FixedKey for u8 {
    const BYTES: usize = 1;
    fn write(&self, to: &mut [u8]) {
        to[0] = *self;
    }
    fn read(from: &[u8]) -> Self {
        from[0]
    }
}

/// The length comes first, as it does in their order, and zeros fill what is left.
impl FixedKey for Principal {
    const BYTES: usize = 1 + Self::MAX_LENGTH_IN_BYTES;
    fn write(&self, to: &mut [u8]) {
        let own = self.as_slice();
        // At most 29.
        to[0] = own.len() as u8;
        to[1..=own.len()].copy_from_slice(own);
    }
    fn read(from: &[u8]) -> Self {
        Self::from_slice(&from[1..=usize::from(from[0])])
    }
}

impl<A: FixedKey, B: FixedKey> FixedKey for (A, B) {
    const BYTES: usize = A::BYTES + B::BYTES;
    fn write(&self, to: &mut [u8]) {
        let (first, second) = to.split_at_mut(A::BYTES);
        self.0.write(first);
        self.1.write(second);
    }
    fn read(from: &[u8]) -> Self {
        let (first, second) = from.split_at(A::BYTES);
        (A::read(first), B::read(second))
    }
}

impl<A: FixedKey, B: FixedKey, C: FixedKey> FixedKey for (A, B, C) {
    const BYTES: usize = A::BYTES + B::BYTES + C::BYTES;
    fn write(&self, to: &mut [u8]) {
        let (first, rest) = to.split_at_mut(A::BYTES);
        let (second, third) = rest.split_at_mut(B::BYTES);
        self.0.write(first);
        self.1.write(second);
        self.2.write(third);
    }
    fn read(from: &[u8]) -> Self {
        let (first, rest) = from.split_at(A::BYTES);
        let (second, third) = rest.split_at(B::BYTES);
        (A::read(first), B::read(second), C::read(third))
    }
}
