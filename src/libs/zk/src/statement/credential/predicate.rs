//! What can be claimed of a value without telling it.

use super::{Malformed, text};
use crate::{
    field::{Fr, h248},
    merkle::{Head, NodeId, Path, TreeError},
    poseidon::hash2,
};
use ark_ff::{BigInt, PrimeField};
use std::collections::BTreeMap;

/// Numbers from `low` to `high`, both included; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    low: u64,
    high: u64,
}

impl Range {
    /// `value >= low`.
    #[must_use]
    pub const fn at_least(low: u64) -> Self {
        Self { low, high: u64::MAX }
    }

    /// `value <= high`.
    #[must_use]
    pub const fn at_most(high: u64) -> Self {
        Self { low: 0, high }
    }

    /// `low <= value <= high`.
    ///
    /// # Errors
    /// [`Malformed::EmptyRange`].
    pub const fn between(low: u64, high: u64) -> Result<Self, Malformed> {
        if low > high {
            return Err(Malformed::EmptyRange { low, high });
        }
        Ok(Self { low, high })
    }

    /// The least number in it.
    #[must_use]
    pub const fn low(&self) -> u64 {
        self.low
    }

    /// The greatest number in it.
    #[must_use]
    pub const fn high(&self) -> u64 {
        self.high
    }

    /// Whether a number lies in it.
    #[must_use]
    pub const fn contains(&self, value: u64) -> bool {
        self.low <= value && value <= self.high
    }

    pub(super) fn to_inputs(self) -> [Fr; 2] {
        [self.low, self.high].map(Fr::from)
    }

    /// `first` is the position of the lower bound among all inputs.
    pub(super) fn from_inputs([low, high]: [Fr; 2], first: usize) -> Result<Self, Malformed> {
        let bound = |element: Fr, index| match element.into_bigint() {
            BigInt([bound, 0, 0, 0]) => Ok(bound),
            _ => Err(Malformed::BoundTooLarge { index }),
        };
        Self::between(bound(low, first)?, bound(high, first + 1)?)
    }
}

/// Why there is no path to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetMembershipError {
    /// It is not one of the set.
    #[error("the value is not in the set")]
    NotInSet,
    /// Too many values, or lost nodes.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// Values of which one is claimed: a LeanIMT of them in the given order. Its root is public, and so should be the set.
#[derive(Clone, Debug)]
pub struct AllowedSet {
    values: Vec<Fr>,
    nodes: BTreeMap<NodeId, Fr>,
    tree: Head,
}

impl AllowedSet {
    /// Of values as [`super::number`] and [`text`] make them.
    ///
    /// # Errors
    /// [`TreeError::Full`] in theory.
    pub fn new(values: Vec<Fr>) -> Result<Self, TreeError> {
        let (mut nodes, mut tree) = (BTreeMap::new(), Head::EMPTY);
        let leaves: Vec<Fr> = values.iter().map(|value| set_leaf(*value)).collect();
        tree.append_all(&mut nodes, &leaves)?;
        Ok(Self { values, nodes, tree })
    }

    /// Of texts.
    ///
    /// # Errors
    /// Those of [`AllowedSet::new`].
    pub fn of_texts(values: &[&str]) -> Result<Self, TreeError> {
        Self::new(values.iter().map(|value| text(value)).collect())
    }

    /// Of the tree; zero, which nothing can be proved against, when the set is empty.
    #[must_use]
    pub fn root(&self) -> Fr {
        self.tree.root()
    }

    /// From [`set_leaf`] of the value to the root.
    ///
    /// # Errors
    /// [`SetMembershipError::NotInSet`].
    pub fn path(&self, value: Fr) -> Result<Path, SetMembershipError> {
        let at = self.values.iter().position(|one| *one == value).ok_or(SetMembershipError::NotInSet)?;
        Ok(self.tree.path(&self.nodes, at as u64)?)
    }
}

/// A value as a leaf of a set.
///
/// With the tag on the left, no inner node of such a tree can be passed off as a leaf: its left child is a hash too.
#[must_use]
pub fn set_leaf(value: Fr) -> Fr {
    hash2(set_tag(), value)
}

/// Sets leaves of sets apart from inner nodes.
#[must_use]
pub fn set_tag() -> Fr {
    h248(b"calisec.set.v1\0")
}
