//! The statement `anonymous_signal` (Semaphore v4) as constraints.

use super::{
    Circuit, Depth,
    path::{PathTooLong, PathWitness},
    range::Number,
    variable::{Variable, bind, inputs, witnesses},
};
use crate::semaphore::{
    Identity,
    curve::{SCALAR_BITS, base8_powers, to_circomlib},
};
use ark_bn254::Fr;
use ark_ed_on_bn254::{Fr as SecretScalar, constraints::EdwardsVar};
use ark_ff::{AdditiveGroup, Field, PrimeField};
use ark_r1cs_std::{boolean::Boolean, eq::EqGadget, groups::CurveVar};
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, SynthesisError};
use calisec_types::proof_verifier::StatementKind;
use calisec_zk::{
    merkle::Path,
    statement::anonymous_signal::{AnonymousSignal, Derived, Private, derive},
};

/// Proves that an identity is of a group, and signals in a scope, without saying which.
#[derive(Clone)]
pub struct AnonymousSignalCircuit {
    claim: AnonymousSignal,
    secret: Fr,
    path: PathWitness,
}

impl AnonymousSignalCircuit {
    /// For proving that the path leads from the identity's commitment to the claim's root.
    ///
    /// # Errors
    /// [`PathTooLong`] when the circuit has too few levels.
    pub fn new(depth: Depth, claim: AnonymousSignal, identity: &Identity, path: &Path) -> Result<Self, PathTooLong> {
        Ok(Self { claim, secret: identity.secret(), path: PathWitness::new(path, depth)? })
    }

    /// With a secret that no identity has, to see it refused.
    #[cfg(test)]
    pub(super) fn with_secret(self, secret: Fr) -> Self {
        Self { secret, ..self }
    }
}

impl Circuit for AnonymousSignalCircuit {
    type Claim = AnonymousSignal;
    const KIND: StatementKind = StatementKind::OwnKeySignal;
    type Depths = [Depth; 1];

    fn blank([depth]: Self::Depths) -> Self {
        let zero = Fr::ZERO;
        Self {
            claim: AnonymousSignal { root: zero, nullifier: zero, message_hash: zero, scope_hash: zero },
            secret: zero,
            path: PathWitness::blank(depth),
        }
    }

    fn claim(&self) -> AnonymousSignal {
        self.claim
    }
}

impl ConstraintSynthesizer<Fr> for AnonymousSignalCircuit {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let AnonymousSignal { root, nullifier, message_hash, scope_hash } = self.claim;
        let [root, nullifier, message_hash, scope_hash] = inputs(&cs, [root, nullifier, message_hash, scope_hash])?;
        let [secret] = witnesses(&cs, [self.secret])?;
        let bits = Number { variable: &secret, value: self.secret }.bits(&cs, SCALAR_BITS)?;
        // Otherwise an identity would have several secrets, hence several nullifiers in a scope.
        let largest = (-SecretScalar::ONE).into_bigint();
        Boolean::enforce_smaller_or_equal_than_le(&bits, largest)?;
        let Derived { commitment: Variable(commitment), nullifier: Variable(derived_nullifier) } = derive(Private {
            scope_hash: Variable(scope_hash),
            public_key: public_key(&bits)?,
            secret: Variable(secret),
        })?;
        derived_nullifier.enforce_equal(&nullifier)?;
        self.path.root_of(&cs, commitment)?.enforce_equal(&root)?;
        bind(&message_hash)
    }
}

/// The bits of a scalar times `Base8`, as circomlib has the coordinates.
fn public_key(bits: &[Boolean<Fr>]) -> Result<[Variable; 2], SynthesisError> {
    let powers = base8_powers();
    let mut point = EdwardsVar::zero();
    point.precomputed_base_scalar_mul_le(bits.iter().zip(&powers))?;
    Ok([Variable(to_circomlib(point.x)), Variable(point.y)])
}
