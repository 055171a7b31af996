//! Four field elements: what is hashed, and what a hash is.

use crate::options::Felt;
use std::fmt;
use winter_verifier::{
    crypto::{Hasher, hashers::Rp64_256},
    math::{FieldElement, StarkField},
};

/// Elements of a word.
pub const ELEMENTS: usize = 4;
const BYTES: usize = 32;
const ELEMENT_BYTES: usize = BYTES / ELEMENTS;

/// The bytes are not those of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the canonical encoding of a word")]
pub struct NotCanonical;

/// Four elements of the field. Encoded as 32 bytes, each element little-endian and below the modulus.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Word(pub(crate) [Felt; ELEMENTS]);

impl Word {
    /// Of small integers: for constants.
    #[must_use]
    pub const fn constant(value: u32) -> Self {
        Self([Felt::new(value as u64), Felt::ZERO, Felt::ZERO, Felt::ZERO])
    }

    /// Of a 248-bit number, big-endian with a leading zero byte, as `h248` makes them: 62 bits per element, so that no
    /// two numbers share a word.
    ///
    /// ```
    /// use calisec_stark::Word;
    ///
    /// let mut tag = [7; 32];
    /// assert!(Word::of_h248(&tag).is_err());
    /// tag[0] = 0;
    /// assert!(Word::of_h248(&tag).is_ok());
    /// ```
    ///
    /// # Errors
    /// [`NotCanonical`] when the number is 2^248 or more.
    pub fn of_h248(bytes: &[u8; BYTES]) -> Result<Self, NotCanonical> {
        const LIMB_BITS: u32 = 62;
        if bytes[0] != 0 {
            return Err(NotCanonical);
        }
        let (mut elements, mut filled) = ([Felt::ZERO; ELEMENTS], 0);
        let (mut pending, mut bits) = (0u128, 0);
        for byte in bytes.iter().skip(1).rev() {
            pending |= u128::from(*byte) << bits;
            bits += 8;
            if bits >= LIMB_BITS {
                elements[filled] = Felt::new((pending & ((1 << LIMB_BITS) - 1)) as u64);
                filled += 1;
                pending >>= LIMB_BITS;
                bits -= LIMB_BITS;
            }
        }
        Ok(Self(elements))
    }

    /// Four uniformly random elements of 64 random bytes: the bias is below 2^-62.
    #[must_use]
    pub fn of_random(bytes: &[u8; 2 * BYTES]) -> Self {
        Self(std::array::from_fn(|element| {
            let at = element * 2 * ELEMENT_BYTES;
            felt_of_random(bytes[at..at + 2 * ELEMENT_BYTES].try_into().unwrap_or_default())
        }))
    }

    /// Decodes.
    ///
    /// # Errors
    /// [`NotCanonical`] when an element is not below the modulus.
    pub fn from_bytes(bytes: &[u8; BYTES]) -> Result<Self, NotCanonical> {
        let mut elements = [Felt::ZERO; ELEMENTS];
        for (element, chunk) in elements.iter_mut().zip(bytes.as_chunks::<ELEMENT_BYTES>().0) {
            let value = u64::from_le_bytes(*chunk);
            if value >= Felt::MODULUS {
                return Err(NotCanonical);
            }
            *element = Felt::new(value);
        }
        Ok(Self(elements))
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        for (chunk, element) in bytes.as_chunks_mut::<ELEMENT_BYTES>().0.iter_mut().zip(&self.0) {
            *chunk = element.as_int().to_le_bytes();
        }
        bytes
    }

    /// Rescue-Prime of two words: `Rp64_256::merge` of winter-crypto.
    #[must_use]
    pub fn hash(left: Self, right: Self) -> Self {
        let digest = Rp64_256::merge(&[left.0.into(), right.0.into()]);
        Self(digest.into())
    }
}

/// Of 128 random bits.
pub(crate) fn felt_of_random(bytes: [u8; 2 * ELEMENT_BYTES]) -> Felt {
    let reduced = u128::from_le_bytes(bytes) % u128::from(Felt::MODULUS);
    Felt::new(reduced as u64)
}

impl fmt::Debug for Word {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_bytes().iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}
