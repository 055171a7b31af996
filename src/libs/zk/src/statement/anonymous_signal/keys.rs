//! The verifying keys of Semaphore's ceremony, see `semaphore/README.md`.

use crate::groth16::{Bn254, Curve, KeyError, RawVerifyingKey, VerifyingKey};
use calisec_types::ids::CircuitId;
use core::ops::RangeInclusive;
use sha2::{Digest, Sha256};

/// The depths for which there are keys.
pub const DEPTHS: RangeInclusive<u8> = 1..=32;

static KEYS: &[u8] = include_bytes!("semaphore/keys.bin");

/// Alpha, beta and gamma, which all depths share.
const SHARED_BYTES: usize = 64 + 128 + 128;
const DELTA_BYTES: usize = 128;
const INPUT_POINTS: usize = super::PUBLIC_INPUTS + 1;
const BYTES_PER_DEPTH: usize = DELTA_BYTES + INPUT_POINTS * 64;

/// Why there is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoKey {
    /// Semaphore has none for this depth.
    #[error("there are keys for the depths 1 to 32, not for {0}")]
    Depth(u8),
    /// The key is refused, so this build is damaged.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// The key for groups of a depth, in the canonical encoding (arkworks' uncompressed one), ready to be registered.
///
/// # Errors
/// [`NoKey::Depth`].
pub fn canonical_key(depth: u8) -> Result<Vec<u8>, NoKey> {
    let parts = || {
        let (shared, keys) = KEYS.split_at_checked(SHARED_BYTES)?;
        let key = keys.chunks_exact(BYTES_PER_DEPTH).nth(usize::from(depth).checked_sub(1)?)?;
        let (delta, inputs) = key.split_at_checked(DELTA_BYTES)?;
        Some([shared, delta, &(INPUT_POINTS as u64).to_le_bytes(), inputs].concat())
    };
    parts().ok_or(NoKey::Depth(depth))
}

/// The key for groups of a depth, with every point checked.
///
/// ```
/// use calisec_zk::statement::anonymous_signal::{circuit_id, verifying_key};
///
/// let key = verifying_key(20)?;
/// assert_eq!(key.input_count(), 4);
/// assert_eq!(Ok(key.circuit_id()), circuit_id(20));
/// assert!(verifying_key(33).is_err());
/// # Ok::<(), calisec_zk::statement::anonymous_signal::NoKey>(())
/// ```
///
/// # Errors
/// [`NoKey`].
pub fn verifying_key(depth: u8) -> Result<VerifyingKey, NoKey> {
    Ok(RawVerifyingKey::ArkUncompressed(&canonical_key(depth)?).decode()?)
}

/// The id that the key for a depth has as a circuit, without decoding the key.
///
/// # Errors
/// [`NoKey::Depth`].
pub fn circuit_id(depth: u8) -> Result<CircuitId, NoKey> {
    let mut hash = Sha256::new_with_prefix(Bn254::CIRCUIT_DOMAIN);
    hash.update(canonical_key(depth)?);
    Ok(CircuitId(hash.finalize().into()))
}
