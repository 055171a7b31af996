//! Identities of Semaphore v4: who is in a group, and what makes its anonymous signals.
//!
//! ```
//! use calisec_sdk::{Random, semaphore::Identity};
//!
//! let identity = Identity::random(&mut Random::from_seed([7; 32]));
//! let same = Identity::from_bytes(&identity.to_bytes())?;
//! // The commitment goes into the group; it tells nothing of the identity.
//! assert_eq!(same.commitment(), identity.commitment());
//! # Ok::<(), calisec_sdk::semaphore::BadSecret>(())
//! ```

pub(crate) mod curve;
#[cfg(test)]
pub(crate) mod tests;

use crate::Random;
use ark_bn254::Fr;
use ark_ed_on_bn254::Fr as SecretScalar;
use ark_ff::{AdditiveGroup, PrimeField};
use ark_std::UniformRand;
use calisec_zk::field::{parse_be32, to_be32};
use calisec_zk::merkle::Path;
use calisec_zk::statement::Domain;
use calisec_zk::statement::anonymous_signal::{AnonymousSignal, Derived, Private, hash, scope};
use core::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// An identity as its secret scalar: `identity.secretScalar` of npm `@semaphore-protocol/identity`, version 4. Whoever has it can
/// signal in its place, and find out which signals are its.
///
/// Erased when dropped; `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Identity(SecretScalar);

/// The number is no secret scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a secret scalar lies between 1 and 2736030358979909402780800718157159386076813972158567259200215660948447373040: take \
     identity.secretScalar, not the private key"
)]
pub struct BadSecret;

impl Identity {
    /// A uniformly random one.
    #[must_use]
    pub fn random(random: &mut Random) -> Self {
        Self(SecretScalar::rand(random))
    }

    /// Of its secret scalar, 32 bytes big-endian, above zero and below the order of the curve's subgroup.
    ///
    /// # Errors
    /// [`BadSecret`].
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, BadSecret> {
        let secret: SecretScalar = parse_be32(bytes).map_err(|_| BadSecret)?;
        // Everybody knows zero.
        if secret == SecretScalar::ZERO { Err(BadSecret) } else { Ok(Self(secret)) }
    }

    /// The inverse of [`Identity::from_bytes`].
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(to_be32(&self.0))
    }

    /// What stands for it in a group: Poseidon of the public key.
    #[must_use]
    pub fn commitment(&self) -> Fr {
        self.derive(Fr::ZERO).commitment
    }

    /// What it claims in a domain, as one of the group that the path from its commitment leads to the root of.
    #[must_use]
    pub fn claim(&self, path: &Path, domain: &Domain<'_>) -> AnonymousSignal {
        let Derived { commitment, nullifier } = self.derive(hash(&scope(domain)));
        AnonymousSignal::new(path.root_of(commitment), nullifier, domain)
    }

    /// The secret as the circuit has it.
    pub(crate) fn secret(&self) -> Fr {
        // The subgroup's order is below the modulus, so nothing is reduced.
        Fr::new(self.0.into_bigint())
    }

    fn derive(&self, scope_hash: Fr) -> Derived<Fr> {
        Derived::of(Private { scope_hash, public_key: curve::public_key(self.0), secret: self.secret() })
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(..)")
    }
}
