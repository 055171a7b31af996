//! The statements `credential_range` and `credential_set` v1 as constraints.

use super::{
    Circuit, Depth,
    path::{PathTooLong, PathWitness},
    range::{Number, enforce_between},
    variable::{Variable, bind, inputs, witnesses},
};
use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use ark_r1cs_std::{eq::EqGadget, fields::fp::FpVar};
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, SynthesisError};
use calisec_types::proof_verifier::StatementKind;
use calisec_zk::{
    merkle::Path,
    poseidon::hash2_in,
    statement::credential::{
        Attested, Credential, CredentialRange, CredentialSet, Derived, Private, Range, derive, holder_tag, set_tag,
    },
};

/// Proves that the value of an attested attribute lies in a range.
#[derive(Clone)]
pub struct CredentialRangeCircuit {
    attestation: Attestation,
    bounds: [Fr; 2],
    claim: CredentialRange,
}

/// Proves that the value of an attested attribute is one of a set.
#[derive(Clone)]
pub struct CredentialSetCircuit {
    attestation: Attestation,
    claim: CredentialSet,
    path_in_set: PathWitness,
}

impl CredentialRangeCircuit {
    /// For proving that the path leads from the credential to the issuer's root, and that its value lies in the range.
    ///
    /// # Errors
    /// [`PathTooLong`] when the circuit has too few levels.
    pub fn new(
        depth: Depth,
        claim: CredentialRange,
        credential: &Credential,
        path: &Path,
    ) -> Result<Self, PathTooLong> {
        let bounds = [claim.range.low(), claim.range.high()].map(Fr::from);
        Ok(Self { attestation: Attestation::new(depth, claim.attested, credential, path)?, bounds, claim })
    }

    /// With bounds that no [`Range`] has, to see them refused.
    #[cfg(test)]
    pub(super) fn with_bounds(self, bounds: [Fr; 2]) -> Self {
        Self { bounds, ..self }
    }
}

impl CredentialSetCircuit {
    /// For proving that the one path leads from the credential to the issuer's root, and the other from its value to the set's.
    ///
    /// # Errors
    /// [`PathTooLong`] when the circuit has too few levels.
    pub fn new(
        [issuer_depth, set_depth]: [Depth; 2],
        claim: CredentialSet,
        credential: &Credential,
        path: &Path,
        path_in_set: &Path,
    ) -> Result<Self, PathTooLong> {
        Ok(Self {
            attestation: Attestation::new(issuer_depth, claim.attested, credential, path)?,
            claim,
            path_in_set: PathWitness::new(path_in_set, set_depth)?,
        })
    }
}

impl Circuit for CredentialRangeCircuit {
    type Claim = CredentialRange;
    const KIND: StatementKind = StatementKind::CredentialRange;
    type Depths = [Depth; 1];

    fn blank([depth]: Self::Depths) -> Self {
        let attestation = Attestation::blank(depth);
        let claim = CredentialRange { attested: attestation.attested, range: Range::at_most(0) };
        Self { attestation, bounds: [Fr::ZERO; 2], claim }
    }

    fn claim(&self) -> CredentialRange {
        self.claim
    }
}

impl Circuit for CredentialSetCircuit {
    type Claim = CredentialSet;
    const KIND: StatementKind = StatementKind::CredentialSet;
    type Depths = [Depth; 2];

    fn blank([issuer_depth, set_depth]: Self::Depths) -> Self {
        let attestation = Attestation::blank(issuer_depth);
        let claim = CredentialSet { attested: attestation.attested, set_root: Fr::ZERO };
        Self { attestation, claim, path_in_set: PathWitness::blank(set_depth) }
    }

    fn claim(&self) -> CredentialSet {
        self.claim
    }
}

impl ConstraintSynthesizer<Fr> for CredentialRangeCircuit {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let common = inputs(&cs, self.attestation.attested.to_inputs())?;
        let [low, high] = inputs(&cs, self.bounds)?;
        let value = self.attestation.value(&cs, common)?;
        enforce_between(
            &cs,
            &Number { variable: &value, value: self.attestation.credential.value },
            &Number { variable: &low, value: self.bounds[0] },
            &Number { variable: &high, value: self.bounds[1] },
        )
    }
}

impl ConstraintSynthesizer<Fr> for CredentialSetCircuit {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let common = inputs(&cs, self.attestation.attested.to_inputs())?;
        let [set_root] = inputs(&cs, [self.claim.set_root])?;
        let value = self.attestation.value(&cs, common)?;
        let Variable(leaf) = hash2_in([Variable(FpVar::Constant(set_tag())), Variable(value)])?;
        self.path_in_set.root_of(&cs, leaf)?.enforce_equal(&set_root)
    }
}

/// What both circuits have in common.
#[derive(Clone)]
struct Attestation {
    attested: Attested,
    credential: Credential,
    path: PathWitness,
}

impl Attestation {
    fn new(depth: Depth, attested: Attested, credential: &Credential, path: &Path) -> Result<Self, PathTooLong> {
        Ok(Self { attested, credential: *credential, path: PathWitness::new(path, depth)? })
    }

    fn blank(depth: Depth) -> Self {
        let zero = Fr::ZERO;
        Self {
            attested: Attested {
                issuer_root: zero,
                nullifier: zero,
                context_tag: zero,
                signal: zero,
                scope: zero,
                attribute_tag: zero,
            },
            credential: Credential { holder_secret: zero, attribute_tag: zero, value: zero, salt: zero },
            path: PathWitness::blank(depth),
        }
    }

    /// The value, of which it is enforced that the issuer attested it for the attribute and the nullifier's holder.
    fn value(&self, cs: &ConstraintSystemRef<Fr>, public: [FpVar<Fr>; 6]) -> Result<FpVar<Fr>, SynthesisError> {
        let [issuer_root, nullifier, context_tag, signal, scope, attribute_tag] = public;
        // The attribute's tag in the leaf is the public one.
        let Credential { holder_secret, value, salt, attribute_tag: _ } = self.credential;
        let [holder_secret, value, salt] = witnesses(cs, [holder_secret, value, salt])?;
        let Derived { leaf: Variable(leaf), nullifier: Variable(derived_nullifier) } = derive(Private {
            holder_tag: Variable(FpVar::Constant(holder_tag())),
            scope: Variable(scope),
            attribute_tag: Variable(attribute_tag),
            holder_secret: Variable(holder_secret),
            value: Variable(value.clone()),
            salt: Variable(salt),
        })?;
        derived_nullifier.enforce_equal(&nullifier)?;
        self.path.root_of(cs, leaf)?.enforce_equal(&issuer_root)?;
        bind(&context_tag)?;
        bind(&signal)?;
        Ok(value)
    }
}
