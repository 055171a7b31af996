//! Statement `anonymous_signal`: Semaphore v4, "I am one of the group with this root, I say this, and this is my nullifier in
//! this scope", with message and scope bound to where the proof may be used.
//!
//! There are two kinds of circuits. Semaphore's own, with the keys of its ceremony ([`verifying_key()`]): proofs are made with its
//! JavaScript library, `generateProof(identity, group, message, scope)`, where message and scope are [`message()`] and [`scope()`]
//! as numbers. It takes depths of 1 to 32 and hides the leaf's place, not the depth. And those of the same relation with a key of
//! their own (`OwnKeySignal`), which prove as much as whoever made the key is trusted.

mod keys;
#[cfg(test)]
mod tests;

pub use self::keys::{DEPTHS, NoKey, canonical_key, circuit_id, verifying_key};

use super::{Domain, Malformed, Mismatch, Statement, exactly, expect};
use crate::field::{Fr, h248_of_digest, to_be32};
use crate::poseidon::{Element, Residue, hash2_in};
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

/// What goes into [`derive()`]: field elements, or the variables of a circuit that stand for them.
pub struct Private<E> {
    /// Public, in fact.
    pub scope_hash: E,
    /// The coordinates of `secret * Base8` on Baby Jubjub, as circomlib has them.
    pub public_key: [E; 2],
    /// The identity's secret scalar, below the order of the subgroup.
    pub secret: E,
}

/// What comes out of [`derive()`].
pub struct Derived<E> {
    /// The identity's commitment: what a path must lead from to the root.
    pub commitment: E,
    /// See [`AnonymousSignal::nullifier`].
    pub nullifier: E,
}

impl Derived<Fr> {
    /// [`derive()`] of field elements.
    #[must_use]
    pub fn of(private: Private<Fr>) -> Self {
        let Private { scope_hash, public_key, secret } = private;
        let Ok(Derived { commitment, nullifier }) = derive(Private {
            scope_hash: Residue::from(scope_hash),
            public_key: public_key.map(Into::into),
            secret: secret.into(),
        });
        Self { commitment: (&commitment).into(), nullifier: (&nullifier).into() }
    }
}

/// The relation itself but for the path and the multiplication on the curve, stated once for clients and the circuit.
///
/// # Errors
/// When a circuit cannot allocate a variable.
pub fn derive<E: Element>(private: Private<E>) -> Result<Derived<E>, E::Error> {
    let Private { scope_hash, public_key, secret } = private;
    Ok(Derived { commitment: hash2_in(public_key)?, nullifier: hash2_in([scope_hash, secret])? })
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
