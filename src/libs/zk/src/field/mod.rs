//! Elements of scalar fields and their one encoding: 32 bytes, big-endian, strictly below the modulus. [`Fr`] is that of
//! BN254, in which statements live.

pub use ark_bn254::Fr;

use ark_ff::{BigInt, BigInteger, PrimeField};
use sha2::{Digest, Sha256};

#[cfg(test)]
mod tests;

/// A scalar field whose elements fit in 32 bytes: that of BN254 or of BLS12-381.
pub trait Scalar: PrimeField<BigInt = BigInt<4>> {}

impl<F: PrimeField<BigInt = BigInt<4>>> Scalar for F {}

/// The bytes are not the canonical encoding of a field element: the integer is not below the modulus.
///
/// Reducing instead would give one element several encodings, and a nullifier could be spent once per encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value is not below the modulus of the scalar field")]
pub struct NonCanonical;

/// Some encoding in a list is not canonical.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("value {index} is not below the modulus of the scalar field")]
pub struct NonCanonicalAt {
    /// Position of the first such encoding, from zero.
    pub index: usize,
}

/// Reads a field element; anything at or above the modulus is refused, never reduced.
pub fn parse_be32<F: Scalar>(bytes: &[u8; 32]) -> Result<F, NonCanonical> {
    F::from_bigint(integer_from_be(bytes)).ok_or(NonCanonical)
}

/// Reads a list of field elements; the error names the first one that is not canonical.
pub fn parse_all_be32<F: Scalar>(encodings: &[[u8; 32]]) -> Result<Vec<F>, NonCanonicalAt> {
    encodings
        .iter()
        .enumerate()
        .map(|(index, bytes)| parse_be32(bytes).map_err(|NonCanonical| NonCanonicalAt { index }))
        .collect()
}

/// The canonical encoding: [`parse_be32`] of it gives the element back.
pub fn to_be32<F: Scalar>(element: &F) -> [u8; 32] {
    let mut bytes = [0u8; 32];
    bytes.copy_from_slice(&element.into_bigint().to_bytes_be());
    bytes
}

/// SHA-256 shifted right by eight bits: 248 bits always fit below the modulus, so nothing is reduced.
pub fn h248(message: &[u8]) -> Fr {
    h248_of_digest(Sha256::digest(message).into())
}

/// As [`h248`], for a message that was hashed piece by piece.
pub fn h248_of_digest(digest: [u8; 32]) -> Fr {
    let mut shifted = [0u8; 32];
    shifted[1..].copy_from_slice(&digest[..31]);
    // 248 bits are below the 254-bit modulus.
    Fr::new(integer_from_be(&shifted))
}

fn integer_from_be(bytes: &[u8; 32]) -> BigInt<4> {
    let mut limbs = [0u64; 4];
    for (limb, chunk) in limbs.iter_mut().rev().zip(bytes.chunks_exact(8)) {
        *limb = chunk.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte));
    }
    BigInt::new(limbs)
}
