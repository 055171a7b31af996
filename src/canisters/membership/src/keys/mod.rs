//! Keys that are accepted: one encoding per key, and none that lets a stranger in.

use calisec_types::ids::KemKey;
use ed25519_dalek::{Signature, VerifyingKey};

/// Why a signature was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The key is off the curve, not canonical, or of small order.
    Key,
    /// The signature is malformed or does not verify.
    Signature,
}

/// An Ed25519 public key that may stand for somebody: on the curve, in its one canonical encoding, and not of small
/// order (under such a key, signatures of other messages verify).
///
/// # Errors
/// [`Refusal::Key`].
pub fn acceptable_key(bytes: &[u8; 32]) -> Result<VerifyingKey, Refusal> {
    // Decompression takes coordinates above the modulus, which would give one key several ids. The other encoding that is not
    // canonical, a sign for x = 0, is of a point of small order.
    if !is_reduced(bytes) {
        return Err(Refusal::Key);
    }
    let key = VerifyingKey::from_bytes(bytes).map_err(|_| Refusal::Key)?;
    if key.is_weak() { Err(Refusal::Key) } else { Ok(key) }
}

/// Whether the y-coordinate is below the modulus, 2^255 - 19: the bytes little-endian, the top bit being the sign of x.
fn is_reduced(bytes: &[u8; 32]) -> bool {
    let [first, middle @ .., last] = bytes;
    last & 0x7f != 0x7f || middle.iter().any(|byte| *byte != 0xff) || *first < 0xed
}

/// Verifies strictly: acceptable key, canonical scalar, no part of small order.
///
/// # Errors
/// [`Refusal`].
pub fn verify(key: &[u8; 32], message: &[u8], signature: &[u8]) -> Result<(), Refusal> {
    let signature = Signature::from_slice(signature).map_err(|_| Refusal::Signature)?;
    acceptable_key(key)?.verify_strict(message, &signature).map_err(|_| Refusal::Signature)
}

/// The u-coordinates of small order on Curve25519 and its twist, little-endian, canonical and not (RFC 7748, section 7;
/// Bernstein's list). With any of them the shared secret is zero whatever the other key is.
const SMALL_ORDER: [[u8; 32]; 7] = [
    [0; 32],
    u_coordinate(1, 0, 0),
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09,
        0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44,
        0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
    ],
    u_coordinate(0xec, 0xff, 0x7f),
    u_coordinate(0xed, 0xff, 0x7f),
    u_coordinate(0xee, 0xff, 0x7f),
];

/// 32 bytes with this first byte, these middle ones and this last one.
const fn u_coordinate(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    bytes[0] = first;
    bytes[31] = last;
    bytes
}

/// Whether something can be sealed to this X25519 key.
#[must_use]
pub fn is_acceptable_kem_key(key: &KemKey) -> bool {
    let mut masked = key.0;
    // X25519 ignores the top bit (RFC 7748, section 5).
    masked[31] &= 0x7f;
    !SMALL_ORDER.contains(&masked)
}

#[cfg(test)]
mod tests;
