//! Randomness, always passed in.

use ark_bn254::Fr;
use ark_std::{
    UniformRand,
    rand::{CryptoRng, Error, RngCore},
};
use core::fmt;
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{RngCore as _, SeedableRng},
};
use zeroize::Zeroizing;

/// A cryptographic generator (ChaCha20) with a seed of 32 bytes.
///
/// The same seed gives the same keys, notes and proofs on every platform: seed it with anything but true randomness only
/// to reproduce something.
///
/// ```
/// use calisec_sdk::Random;
///
/// assert_eq!(Random::from_seed([1; 32]).bytes::<8>(), Random::from_seed([1; 32]).bytes::<8>());
/// # #[cfg(feature = "os-random")]
/// assert_ne!(Random::from_os()?.bytes::<32>(), Random::from_os()?.bytes::<32>());
/// # #[cfg(feature = "os-random")]
/// # Ok::<(), calisec_sdk::OsRandomUnavailable>(())
/// ```
pub struct Random(ChaCha20Rng);

/// The operating system gave no randomness.
#[cfg(feature = "os-random")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no randomness: {0}")]
pub struct OsRandomUnavailable(getrandom::Error);

impl Random {
    /// From 32 random bytes.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let seed = Zeroizing::new(seed);
        Self(ChaCha20Rng::from_seed(*seed))
    }

    /// Seeded by the operating system.
    ///
    /// # Errors
    /// [`OsRandomUnavailable`] when it cannot.
    #[cfg(feature = "os-random")]
    pub fn from_os() -> Result<Self, OsRandomUnavailable> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut()).map_err(OsRandomUnavailable)?;
        Ok(Self(ChaCha20Rng::from_seed(*seed)))
    }

    /// The next `N` bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// A uniformly random field element.
    #[must_use]
    pub fn field_element(&mut self) -> Fr {
        Fr::rand(self)
    }
}

impl Drop for Random {
    /// The generator's state would let everything it made be made again.
    fn drop(&mut self) {
        self.0 = ChaCha20Rng::from_seed([0; 32]);
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random(..)")
    }
}

/// arkworks takes generators of an earlier `rand`.
impl RngCore for Random {
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }
    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }
    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Random {}
