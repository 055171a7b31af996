//! The way from a leaf to the root.

use super::MAX_DEPTH;
use crate::{field::Fr, poseidon::hash2};

/// The siblings and sides are no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedPath {
    /// Longer than any tree is deep.
    #[error("a path has at most {MAX_DEPTH} siblings, not {siblings}")]
    TooLong {
        /// Siblings that were given.
        siblings: usize,
    },
    /// A bit beyond the last sibling is set: one path would have several encodings.
    #[error("sides {sides:#x} has a bit beyond the {siblings} siblings")]
    StraySide {
        /// What was given.
        sides: u64,
        /// Siblings that were given.
        siblings: usize,
    },
}

/// Siblings from the leaf upwards, and on which side each is. Levels where the node has no sibling are left out.
///
/// The same as the proofs of `@zk-kit/lean-imt`, whose `index` is [`Path::sides`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    sides: u64,
    siblings: Vec<Fr>,
}

impl Path {
    pub(super) const EMPTY: Self = Self { sides: 0, siblings: Vec::new() };

    /// Of what [`Path::sides`] and [`Path::siblings`] gave.
    ///
    /// # Errors
    /// [`MalformedPath`].
    pub fn new(sides: u64, siblings: Vec<Fr>) -> Result<Self, MalformedPath> {
        let length = siblings.len();
        if length > usize::from(MAX_DEPTH) {
            return Err(MalformedPath::TooLong { siblings: length });
        }
        if sides >> length != 0 {
            return Err(MalformedPath::StraySide { sides, siblings: length });
        }
        Ok(Self { sides, siblings })
    }

    /// Bit `k` is set when the `k`-th sibling is the left one. Where no level was left out, this is the leaf's index.
    #[must_use]
    pub fn sides(&self) -> u64 {
        self.sides
    }

    /// From the leaf upwards.
    #[must_use]
    pub fn siblings(&self) -> &[Fr] {
        &self.siblings
    }

    /// Each sibling, after whether it is the left one.
    pub fn steps(&self) -> impl Iterator<Item = (bool, Fr)> + '_ {
        self.siblings.iter().enumerate().map(|(level, sibling)| ((self.sides >> level) & 1 == 1, *sibling))
    }

    /// The root that the path leads to from a leaf.
    #[must_use]
    pub fn root_of(&self, leaf: Fr) -> Fr {
        self.steps().fold(
            leaf,
            |node, (sibling_is_left, sibling)| {
                if sibling_is_left { hash2(sibling, node) } else { hash2(node, sibling) }
            },
        )
    }

    /// Whether it leads from the leaf to the root.
    ///
    /// A path says nothing on what a leaf is: whoever accepts leaves must see to it that a leaf cannot be mistaken for an
    /// inner node, for instance by making leaves with a hash of four.
    #[must_use]
    pub fn leads(&self, leaf: Fr, root: Fr) -> bool {
        self.root_of(leaf) == root
    }

    pub(super) fn push(&mut self, sibling_is_left: bool, sibling: Fr) {
        self.sides |= u64::from(sibling_is_left) << self.siblings.len();
        self.siblings.push(sibling);
    }
}
