//! A Merkle mountain range in stable memory: a list of values under one hash.
//!
//! Its nodes are hashed like those of the Internet Computer's hash trees, and value `i` is labelled with `i` as eight
//! big-endian bytes. A witness therefore is an ordinary hash tree, which every agent can look paths up in. What is a hash
//! already, of something that tells its own place, can stand for itself instead ([`MountainRange::push_hash`]).
//!
//! The nodes lie in post-order, so appending only writes at the end: value `i` of `n` brings one leaf and as many forks as
//! `i` ends in ones. The mountains are bagged from the oldest on, and the bags kept in the heap: what is appended changes the
//! last one only, so that appending costs two forks on average, and the root none. Replacing a value, a witness and opening
//! cost O(log n).

use crate::certified_map::fork_hash::fork_hash;
use crate::receipts::position_label;
use ic_certification::{HashTree, empty, fork, labeled, labeled_hash, leaf, leaf_hash, pruned};
use ic_stable_structures::{Memory, Vec as StableVec};

#[cfg(test)]
mod tests;

/// A node's hash.
pub type Hash = [u8; 32];

/// Values under one hash. Only their hashes are kept: the values are their owner's.
pub struct MountainRange<M: Memory> {
    nodes: StableVec<Hash, M>,
    /// For each mountain, the hash of it and all older ones.
    bags: Vec<Hash>,
}

/// On which side of what is proved a hash stands.
#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
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

fn fork_of(left: &Hash, right: &Hash) -> Hash {
    let mut parts = [0; 64];
    parts[..32].copy_from_slice(left);
    parts[32..].copy_from_slice(right);
    fork_hash(&parts)
}

impl<M: Memory> MountainRange<M> {
    /// Opens what is in the memory, or starts afresh.
    #[must_use]
    pub fn init(memory: M) -> Self {
        let mut range = Self { nodes: StableVec::init(memory), bags: Vec::new() };
        range.bag_from(0);
        range
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
        self.append(position, value_hash(position, value));
        position
    }

    /// Appends what is a hash of something that tells its own place, as it is, and tells its position.
    pub fn push_hash(&mut self, hash: Hash) -> u64 {
        let position = self.len();
        self.append(position, hash);
        position
    }

    fn append(&mut self, position: u64, mut hash: Hash) {
        self.nodes.push(&hash);
        for height in 0..position.trailing_ones() {
            // The top of the mountain to the left, which is as high as the one that the last node tops.
            let left = self.nodes.len() - 1 - Mountain { start: 0, height }.nodes();
            hash = fork_of(&self.node(left), &hash);
            self.nodes.push(&hash);
        }
        self.bags.truncate((position.count_ones() - position.trailing_ones()) as usize);
        self.bags.push(self.bags.last().map_or(hash, |older| fork_of(older, &hash)));
    }

    /// Replaces a value.
    ///
    /// # Panics
    /// When there is none at this position.
    pub fn set(&mut self, position: u64, value: &[u8]) {
        let path = self.path(position);
        let mut hash = value_hash(position, value);
        let mut above = path.iter().copied().rev();
        if let Some((bottom, _)) = above.next() {
            self.nodes.set(bottom.top(), &hash);
        }
        for (mountain, is_left) in above {
            hash = if is_left {
                fork_of(&hash, &self.node(mountain.right().top()))
            } else {
                fork_of(&self.node(mountain.left().top()), &hash)
            };
            self.nodes.set(mountain.top(), &hash);
        }
        let (own, _) = path[0];
        self.bag_from(self.mountains().iter().take_while(|mountain| mountain.start < own.start).count());
    }

    /// Bags this mountain and the later ones.
    fn bag_from(&mut self, first: usize) {
        self.bags.truncate(first);
        for mountain in self.mountains().into_iter().skip(first) {
            let top = self.node(mountain.top());
            self.bags.push(self.bags.last().map_or(top, |older| fork_of(older, &top)));
        }
    }

    /// The hash of everything.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.bags.last().copied().unwrap_or_else(|| empty().digest())
    }

    /// A tree with the same root, in which nothing but the value at this position is told. The value must be what was
    /// pushed or set there, otherwise the root is another.
    ///
    /// # Panics
    /// When there is none at this position.
    #[must_use]
    pub fn witness(&self, position: u64, value: &[u8]) -> HashTree {
        let own = labeled(position_label(position), leaf(value));
        self.siblings(position).into_iter().fold(own, |tree, (side, hash)| match side {
            Side::Left => fork(pruned(hash), tree),
            Side::Right => fork(tree, pruned(hash)),
        })
    }

    /// The hashes that lead from the one at this position up to the root. On which side each stands follows from the
    /// position and the number of values: within the mountain from the position's bits, then all older mountains in one bag
    /// on the left, then each later mountain on the right.
    ///
    /// # Panics
    /// When there is none at this position.
    #[must_use]
    pub fn path_from(&self, position: u64) -> Vec<Hash> {
        self.siblings(position).into_iter().map(|(_, hash)| hash).collect()
    }

    /// What stands beside the way from a position up to the root.
    fn siblings(&self, position: u64) -> Vec<(Side, Hash)> {
        let path = self.path(position);
        let (own, _) = path[0];
        let within = path.iter().rev().skip(1).map(|(mountain, is_left)| {
            if *is_left { (Side::Right, mountain.right()) } else { (Side::Left, mountain.left()) }
        });
        let mut siblings: Vec<_> = within.map(|(side, mountain)| (side, self.node(mountain.top()))).collect();
        let mountains = self.mountains();
        let older = mountains.iter().take_while(|mountain| mountain.start < own.start).count();
        siblings.extend(older.checked_sub(1).map(|last| (Side::Left, self.bags[last])));
        siblings.extend(mountains[older + 1..].iter().map(|mountain| (Side::Right, self.node(mountain.top()))));
        siblings
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
