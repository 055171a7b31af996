//! Statement `anonymous_signal`: Semaphore v4, "I am one of the group with this root, I say this, and this is my nullifier in
//! this scope", with message and scope bound to where the proof may be used.
//!
//! The circuit is Semaphore's own, with the keys of its ceremony ([`verifying_key()`]): proofs are made with its JavaScript
//! library, `generateProof(identity, group, message, scope)`, where message and scope are [`message()`] and [`scope()`] as
//! numbers. Note that its circuit takes depths of 1 to 32 and hides the leaf's place, not the depth.

mod keys;
#[cfg(test)]
mod tests;

pub use self::keys::{DEPTHS, NoKey, canonical_key, circuit_id, verifying_key};

use super::{Domain, Malformed, Mismatch, Statement, exactly, expect};
use crate::field::{Fr, h248_of_digest, to_be32};
use sha3::{Digest, Keccak256};

/// How many public inputs the statement has.
pub const PUBLIC_INPUTS: usize = 4;

/// The public inputs, named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnonymousSignal {
    /// Of the group, a LeanIMT of identity commitments. Whether it is, or recently was, the group's is for the consumer to
    /// check.
    pub root: Fr,
    /// Poseidon of the hashed scope and the identity's secret: one per identity and scope.
    pub nullifier: Fr,
    /// [`hash`] of the message.
    pub message_hash: Fr,
    /// [`hash`] of the scope.
    pub scope_hash: Fr,
}

impl AnonymousSignal {
    /// What a member of the group claims in a domain.
    ///
    /// ```
    /// # use calisec_types::ids::{ContextId, Digest32};
    /// # use calisec_zk::{field::Fr, statement::{Domain, Purpose, Statement, anonymous_signal::AnonymousSignal}};
    /// # use candid::Principal;
    /// # let domain = Domain {
    /// #     network_root_key_hash: Digest32([1; 32]),
    /// #     proof_verifier: Principal::from_slice(&[1]),
    /// #     context_id: ContextId([2; 32]),
    /// #     consumer: Principal::from_slice(&[3]),
    /// #     submitter: Principal::from_slice(&[4]),
    /// #     purpose: Purpose::new("poll/7#yes")?,
    /// # };
    /// let claim = AnonymousSignal::new(Fr::from(1u64), Fr::from(2u64), &domain);
    /// assert_eq!(claim.check(&domain), Ok(()));
    /// assert!(claim.check(&Domain { purpose: Purpose::new("poll/7#no")?, ..domain }).is_err());
    /// # Ok::<(), calisec_zk::statement::BadPurpose>(())
    /// ```
    #[must_use]
    pub fn new(root: Fr, nullifier: Fr, domain: &Domain<'_>) -> Self {
        Self { root, nullifier, message_hash: hash(&message(domain)), scope_hash: hash(&scope(domain)) }
    }
}

impl Statement for AnonymousSignal {
    const INPUT_COUNT: usize = PUBLIC_INPUTS;

    fn inputs(&self) -> Vec<Fr> {
        vec![self.root, self.nullifier, self.message_hash, self.scope_hash]
    }

    fn parse(inputs: &[Fr]) -> Result<Self, Malformed> {
        let [root, nullifier, message_hash, scope_hash] = exactly(inputs)?;
        Ok(Self { root, nullifier, message_hash, scope_hash })
    }

    fn nullifier(&self) -> Fr {
        self.nullifier
    }

    fn check(&self, domain: &Domain<'_>) -> Result<(), Mismatch> {
        expect(self.message_hash, hash(&message(domain)), Mismatch::Signal)?;
        expect(self.scope_hash, hash(&scope(domain)), Mismatch::Scope)
    }
}

/// The message to sign, 32 bytes big-endian: [`Domain::signal`]. What is said goes into the purpose, after a `#`.
#[must_use]
pub fn message(domain: &Domain<'_>) -> [u8; 32] {
    to_be32(&domain.signal())
}

/// The scope to sign in, 32 bytes big-endian: [`Domain::scope`].
#[must_use]
pub fn scope(domain: &Domain<'_>) -> [u8; 32] {
    to_be32(&domain.scope())
}

/// How Semaphore v4 makes a field element of a 256-bit number: Keccak-256 of its 32 bytes, shifted right by eight bits.
///
/// The number need not be below the field's modulus.
#[must_use]
pub fn hash(number: &[u8; 32]) -> Fr {
    h248_of_digest(Keccak256::digest(number).into())
}
