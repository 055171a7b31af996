//! A Merkle mountain range in stable memory: a list of values under one hash.
//!
//! Its nodes are hashed like those of the Internet Computer's hash trees, and value `i` is labelled with `i` as eight
//! big-endian bytes. A witness therefore is an ordinary hash tree, which every agent can look paths up in.
//!
//! The nodes lie in post-order, so appending only writes at the end: value `i` of `n` brings one leaf and as many forks as
//! `i` ends in ones. Appending, replacing a value, the root and a witness cost O(log n); opening costs nothing.

use crate::receipts::position_label;
use ic_certification::{HashTree, empty, fork, fork_hash, labeled, labeled_hash, leaf, leaf_hash, pruned};
use ic_stable_structures::{Memory, Vec as StableVec};

#[cfg(test)]
mod tests;

/// A node's hash.
pub type Hash = [u8; 32];

/// Values under one hash. Only their hashes are kept: the values are their owner's.
pub struct MountainRange<M: Memory> {
    nodes: StableVec<Hash, M>,
}

/// A perfect subtree among the nodes.
#[derive(Clone, Copy)]
struct Mountain {
    /// Its first node.
    start: u64,
    /// It has `2^height` values.
    height: u32,
}

impl Mountain {
    const fn values(self) -> u64 {
        1 << self.height
    }
    const fn nodes(self) -> u64 {
        2 * self.values() - 1
    }
    /// In post-order the top comes last.
    const fn top(self) -> u64 {
        self.start + self.nodes() - 1
    }
    const fn left(self) -> Self {
        Self { start: self.start, height: self.height - 1 }
    }
    const fn right(self) -> Self {
        Self { start: self.start + self.left().nodes(), height: self.height - 1 }
    }
}

fn value_hash(position: u64, value: &[u8]) -> Hash {
    labeled_hash(&position_label(position), &leaf_hash(value))
}

impl<M: Memory> MountainRange<M> {
    /// Opens what is in the memory, or starts afresh.
    #[must_use]
    pub fn init(memory: M) -> Self {
        Self { nodes: StableVec::init(memory) }
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.mountains().iter().map(|mountain| mountain.values()).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Appends a value and tells its position.
    pub fn push(&mut self, value: &[u8]) -> u64 {
        let position = self.len();
        let mut hash = value_hash(position, value);
        self.nodes.push(&hash);
        for height in 0..position.trailing_ones() {
            // The top of the mountain to the left, which is as high as the one that the last node tops.
            let left = self.nodes.len() - 1 - Mountain { start: 0, height }.nodes();
            hash = fork_hash(&self.node(left), &hash);
            self.nodes.push(&hash);
        }
        position
    }

    /// Replaces a value.
    ///
    /// # Panics
    /// When there is none at this position.
    pub fn set(&mut self, position: u64, value: &[u8]) {
        let path = self.path(position);
        let mut hash = value_hash(position, value);
        let mut above = path.into_iter().rev();
        if let Some((bottom, _)) = above.next() {
            self.nodes.set(bottom.top(), &hash);
        }
        for (mountain, is_left) in above {
            hash = if is_left {
                fork_hash(&hash, &self.node(mountain.right().top()))
            } else {
                fork_hash(&self.node(mountain.left().top()), &hash)
            };
            self.nodes.set(mountain.top(), &hash);
        }
    }

    /// The hash of everything.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mountains = self.mountains();
        let mut tops = mountains.iter().rev().map(|mountain| self.node(mountain.top()));
        tops.next().map_or_else(|| empty().digest(), |last| tops.fold(last, |right, left| fork_hash(&left, &right)))
    }

    /// A tree with the same root, in which nothing but the value at this position is told. The value must be what was
    /// pushed or set there, otherwise the root is another.
    ///
    /// # Panics
    /// When there is none at this position.
    #[must_use]
    pub fn witness(&self, position: u64, value: &[u8]) -> HashTree {
        let path = self.path(position);
        let mut tree = labeled(position_label(position), leaf(value));
        for (mountain, is_left) in path.iter().rev().skip(1) {
            tree =
                if *is_left { fork(tree, self.told(mountain.right())) } else { fork(self.told(mountain.left()), tree) };
        }
        let Some((own, _)) = path.first() else { return tree };
        let mountains = self.mountains();
        let later = mountains.iter().rev().take_while(|mountain| mountain.start > own.start);
        let right = later.map(|mountain| self.node(mountain.top())).reduce(|right, left| fork_hash(&left, &right));
        if let Some(right) = right {
            tree = fork(tree, pruned(right));
        }
        let earlier = mountains.iter().rev().filter(|mountain| mountain.start < own.start);
        earlier.fold(tree, |tree, mountain| fork(self.told(*mountain), tree))
    }

    /// A mountain of which only the hash is told.
    fn told(&self, mountain: Mountain) -> HashTree {
        pruned(self.node(mountain.top()))
    }

    /// The mountains, from the highest and oldest on. `2 n - popcount(n)` nodes have `n` values: greedily, the largest
    /// perfect tree that fits is the next mountain.
    fn mountains(&self) -> Vec<Mountain> {
        let mut found = Vec::new();
        let (mut start, mut rest) = (0, self.nodes.len());
        while rest > 0 {
            // The largest height with 2^(height + 1) - 1 <= rest.
            let mountain = Mountain { start, height: (rest + 1).ilog2() - 1 };
            found.push(mountain);
            start += mountain.nodes();
            rest -= mountain.nodes();
        }
        found
    }

    /// The subtrees that hold the value, from its mountain down to itself; with each, whether the next is its left part.
    fn path(&self, position: u64) -> Vec<(Mountain, bool)> {
        let mut offset = position;
        let own = self.mountains().into_iter().find(|mountain| {
            let is_inside = offset < mountain.values();
            if !is_inside {
                offset -= mountain.values();
            }
            is_inside
        });
        let mut mountain = own.unwrap_or_else(|| panic!("BUG: there is no value at position {position}"));
        let mut path = Vec::new();
        while mountain.height > 0 {
            let half = mountain.left().values();
            let is_left = offset < half;
            path.push((mountain, is_left));
            mountain = if is_left { mountain.left() } else { mountain.right() };
            offset %= half;
        }
        path.push((mountain, false));
        path
    }

    fn node(&self, index: u64) -> Hash {
        self.nodes.get(index).unwrap_or_else(|| panic!("BUG: the tree has no node {index}"))
    }
}
