//! The statement `context_membership` v1 as constraints.

use super::{
    Circuit, Depth,
    path::{PathTooLong, PathWitness},
    variable::{Variable, bind, inputs, witnesses},
};
use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use ark_r1cs_std::eq::EqGadget;
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, SynthesisError};
use calisec_types::proof_verifier::StatementKind;
use calisec_zk::{
    merkle::Path,
    statement::context_membership::{ContextMembership, Derived, Leaf, Private, derive},
};

/// Proves that a leaf is in a tree, without saying which.
#[derive(Clone)]
pub struct ContextMembershipCircuit {
    claim: ContextMembership,
    leaf: Leaf,
    path: PathWitness,
}

impl ContextMembershipCircuit {
    /// For proving that the path leads from the leaf to the claim's root.
    ///
    /// # Errors
    /// [`PathTooLong`] when the circuit has too few levels.
    pub fn new(depth: Depth, claim: ContextMembership, leaf: &Leaf, path: &Path) -> Result<Self, PathTooLong> {
        Ok(Self { claim, leaf: *leaf, path: PathWitness::new(path, depth)? })
    }
}

impl Circuit for ContextMembershipCircuit {
    type Claim = ContextMembership;
    const KIND: StatementKind = StatementKind::ContextMembership;
    type Depths = [Depth; 1];

    fn blank([depth]: Self::Depths) -> Self {
        let zero = Fr::ZERO;
        Self {
            claim: ContextMembership { root: zero, nullifier: zero, context_tag: zero, signal: zero, scope: zero },
            leaf: Leaf { content_tag: zero, owner_secret: zero, salt: zero },
            path: PathWitness::blank(depth),
        }
    }

    fn claim(&self) -> ContextMembership {
        self.claim
    }
}

impl ConstraintSynthesizer<Fr> for ContextMembershipCircuit {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let ContextMembership { root, nullifier, context_tag, signal, scope } = self.claim;
        let [root, nullifier, context_tag, signal, scope] = inputs(&cs, [root, nullifier, context_tag, signal, scope])?;
        let Leaf { content_tag, owner_secret, salt } = self.leaf;
        let [content_tag, owner_secret, salt] = witnesses(&cs, [content_tag, owner_secret, salt])?;
        let Derived { leaf: Variable(leaf), nullifier: Variable(derived_nullifier) } = derive(Private {
            context_tag: Variable(context_tag),
            scope: Variable(scope),
            content_tag: Variable(content_tag),
            owner_secret: Variable(owner_secret),
            salt: Variable(salt),
        })?;
        derived_nullifier.enforce_equal(&nullifier)?;
        self.path.root_of(&cs, leaf)?.enforce_equal(&root)?;
        bind(&signal)
    }
}
