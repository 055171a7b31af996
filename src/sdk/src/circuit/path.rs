//! A path in a LeanIMT as constraints.

use super::{
    Depth,
    variable::{Variable, witnesses},
};
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use ark_r1cs_std::{
    alloc::AllocVar,
    boolean::Boolean,
    fields::{FieldVar, fp::FpVar},
};
use ark_relations::gr1cs::{ConstraintSystemRef, SynthesisError};
use calisec_zk::{merkle::Path, poseidon::hash2_in};

/// The tree is deeper than the circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the path has {length} siblings, the circuit has only {levels} levels")]
pub struct PathTooLong {
    /// Siblings of the path.
    pub length: usize,
    /// Levels of the circuit.
    pub levels: u8,
}

/// A path, filled up to the depth of the circuit with levels at which nothing is hashed.
#[derive(Clone)]
pub(super) struct PathWitness {
    steps: Vec<Step>,
}

#[derive(Clone, Copy)]
struct Step {
    is_present: bool,
    sibling_is_left: bool,
    sibling: Fr,
}

impl Step {
    const ABSENT: Self = Self { is_present: false, sibling_is_left: false, sibling: Fr::ZERO };
}

impl PathWitness {
    pub(super) fn new(path: &Path, depth: Depth) -> Result<Self, PathTooLong> {
        let (length, levels) = (path.siblings().len(), depth.levels());
        if length > usize::from(levels) {
            return Err(PathTooLong { length, levels });
        }
        let mut steps: Vec<Step> = path
            .steps()
            .map(|(sibling_is_left, sibling)| Step { is_present: true, sibling_is_left, sibling })
            .collect();
        steps.resize(usize::from(levels), Step::ABSENT);
        Ok(Self { steps })
    }

    pub(super) fn blank(depth: Depth) -> Self {
        Self { steps: vec![Step::ABSENT; usize::from(depth.levels())] }
    }

    /// The root that the path leads to from a leaf.
    pub(super) fn root_of(&self, cs: &ConstraintSystemRef<Fr>, leaf: FpVar<Fr>) -> Result<FpVar<Fr>, SynthesisError> {
        self.steps.iter().try_fold(leaf, |node, step| step.parent_of(cs, node))
    }
}

impl Step {
    fn parent_of(self, cs: &ConstraintSystemRef<Fr>, node: FpVar<Fr>) -> Result<FpVar<Fr>, SynthesisError> {
        let is_present = FpVar::from(Boolean::new_witness(cs.clone(), || Ok(self.is_present))?);
        let sibling_is_left = FpVar::from(Boolean::new_witness(cs.clone(), || Ok(self.sibling_is_left))?);
        let [sibling] = witnesses(cs, [self.sibling])?;
        // An absent level has one form only, so that a proof has one witness per path.
        let is_absent = FpVar::Constant(Fr::ONE) - &is_present;
        let nothing = FpVar::Constant(Fr::ZERO);
        is_absent.mul_equals(&sibling, &nothing)?;
        is_absent.mul_equals(&sibling_is_left, &nothing)?;
        let exchanged = sibling_is_left * (&sibling - &node);
        let (left, right) = (&node + &exchanged, sibling - exchanged);
        let Variable(parent) = hash2_in([Variable(left), Variable(right)])?;
        Ok(&node + is_present * (parent - &node))
    }
}
