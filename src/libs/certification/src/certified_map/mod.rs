//! A certified map in stable memory: keys and values of 32 bytes under one hash, with proofs of presence and of absence.
//!
//! It is a binary trie: a fork for every bit at which keys begin to differ, so its shape follows from the keys alone and
//! not from their history. Forks, labels (the keys) and leaves (the values) are hashed like those of the Internet
//! Computer's hash trees and stand in the order of keys, so a witness is an ordinary hash tree: whoever can look a path up
//! in a certificate can look a key up in a witness, and be told `Found`, `Absent`, or `Unknown` when the witness does not
//! say.
//!
//! Several changes at once share the work on the forks above them. With evenly spread keys (hashes), inserting, replacing, removing and proving read and hash about log2(n) nodes. The root
//! is kept. Opening reads one record, so an upgrade costs nothing.

mod batch;
pub(crate) mod fork_hash;
mod hash;
mod slots;
#[cfg(test)]
mod tests;

pub use hash::Hash;

use fork_hash::fork_hash;
use hash::{labeled_hash, leaf_hash};
use ic_certification::{HashTree, empty, fork, labeled, leaf, pruned};
use ic_stable_structures::Memory;
use slots::{Fork, Link, Side, Slots, side_at};
use std::collections::BTreeMap;

/// A key. Whoever chooses keys freely could make the trie deep: use hashes.
pub type Key = [u8; 32];
/// A value: what is larger is kept elsewhere, and its hash here.
pub type Value = [u8; 32];

/// A map whose content has one hash.
pub struct CertifiedMap<M: Memory> {
    slots: Slots<M>,
}

/// A fork on the way to a key.
struct Step {
    link: Link,
    fork: Fork,
    side: Side,
}

/// What a witness tells about an entry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// That it is there: the neighbour of a key that is not.
    Key,
    /// Its value as well.
    Value,
}

impl<M: Memory> CertifiedMap<M> {
    /// Opens what is in the memory, or starts afresh.
    #[must_use]
    pub fn init(memory: M) -> Self {
        Self { slots: Slots::init(memory, empty().digest()) }
    }

    /// How many entries there are.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.slots.entries()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The hash of everything.
    #[must_use]
    pub const fn root(&self) -> Hash {
        self.slots.root_hash()
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<Value> {
        let mut at = self.slots.root()?;
        while !at.is_leaf() {
            let fork = self.slots.fork(at);
            at = fork.link(fork.side(key));
        }
        let (found, value) = self.slots.leaf(at);
        (found == *key).then_some(value)
    }

    /// Sets the value of a key; answers the value before.
    pub fn insert(&mut self, key: &Key, value: &Value) -> Option<Value> {
        let own_hash = labeled_hash(key, &leaf_hash(value));
        let Some((steps, leaf)) = self.way_to(key) else {
            let leaf = self.slots.add_leaf(key, value);
            self.slots.set_root(Some(leaf), own_hash, 1);
            return None;
        };
        let (found, before) = self.slots.leaf(leaf);
        let Some(bit) = first_difference(key, &found) else {
            if before != *value {
                self.slots.set_value(leaf, value);
                self.rehash(&steps, own_hash, self.len());
            }
            return Some(before);
        };
        let above = &steps[..forks_above(&steps, bit)];
        let there = self.part_below(above);
        let own = (self.slots.add_leaf(key, value), own_hash);
        let fork = Fork::new(bit, side_at(key, bit), own, there);
        let link = self.slots.add_fork(&fork);
        self.attach(above, (link, fork_hash(fork.hashes())), self.len() + 1);
        None
    }

    /// Removes a key; answers its value.
    pub fn remove(&mut self, key: &Key) -> Option<Value> {
        let (steps, leaf) = self.way_to(key)?;
        let (found, value) = self.slots.leaf(leaf);
        if found != *key {
            return None;
        }
        self.slots.free(leaf);
        let Some((last, above)) = steps.split_last() else {
            self.slots.set_root(None, empty().digest(), 0);
            return Some(value);
        };
        self.slots.free(last.link);
        let side = last.side.other();
        self.attach(above, (last.fork.link(side), last.fork.hash(side)), self.len() - 1);
        Some(value)
    }

    /// A tree with the same root that tells, of each of these keys, its value or that it is absent. Of other keys it tells
    /// nothing but the two next to each that is absent.
    #[must_use]
    pub fn witness(&self, keys: &[Key]) -> HashTree {
        let Some(root) = self.slots.root() else { return empty() };
        let mut told = BTreeMap::new();
        for key in keys {
            self.tell(key, &mut told);
        }
        let told: Vec<_> = told.into_iter().collect();
        self.told_tree(root, self.root(), &told)
    }

    /// Notes what a witness must show for this key.
    fn tell(&self, key: &Key, told: &mut BTreeMap<Key, Told>) {
        let Some((steps, leaf)) = self.way_to(key) else { return };
        let (found, _) = self.slots.leaf(leaf);
        let Some(bit) = first_difference(key, &found) else {
            told.insert(found, Told::Value);
            return;
        };
        // All keys below this place are on the same side of the key; the other neighbour is on the other side of the last
        // fork above that has anything there.
        let above = &steps[..forks_above(&steps, bit)];
        let (place, _) = self.part_below(above);
        let side = side_at(key, bit);
        told.entry(self.outermost(place, side)).or_insert(Told::Key);
        if let Some(step) = above.iter().rev().find(|step| step.side != side) {
            let beyond = self.outermost(step.fork.link(side), side.other());
            told.entry(beyond).or_insert(Told::Key);
        }
    }

    /// The last key on this side of a subtree.
    fn outermost(&self, mut at: Link, side: Side) -> Key {
        while !at.is_leaf() {
            at = self.slots.fork(at).link(side);
        }
        self.slots.leaf(at).0
    }

    /// A subtree, pruned where nothing is told; all of `told` is below it.
    fn told_tree(&self, at: Link, hash: Hash, told: &[(Key, Told)]) -> HashTree {
        let Some((_, what)) = told.first() else { return pruned(hash) };
        if at.is_leaf() {
            let (key, value) = self.slots.leaf(at);
            return match what {
                Told::Key => labeled(key, pruned(leaf_hash(&value))),
                Told::Value => labeled(key, leaf(value)),
            };
        }
        let node = self.slots.fork(at);
        let (left, right) = told.split_at(told.partition_point(|(key, _)| node.side(key) == Side::Left));
        fork(
            self.told_tree(node.link(Side::Left), node.hash(Side::Left), left),
            self.told_tree(node.link(Side::Right), node.hash(Side::Right), right),
        )
    }

    /// The forks on the way to where the key would be, and the leaf at the end; `None` when the map is empty.
    fn way_to(&self, key: &Key) -> Option<(Vec<Step>, Link)> {
        let mut at = self.slots.root()?;
        let mut steps = Vec::with_capacity(32);
        while !at.is_leaf() {
            let fork = self.slots.fork(at);
            let side = fork.side(key);
            steps.push(Step { link: at, fork, side });
            at = fork.link(side);
        }
        Some((steps, at))
    }

    /// What hangs below the last of these forks, or is the root.
    fn part_below(&self, steps: &[Step]) -> (Link, Hash) {
        match steps.last() {
            Some(step) => (step.fork.link(step.side), step.fork.hash(step.side)),
            None => (self.slots.root().expect("BUG: an empty map has no place to look at"), self.root()),
        }
    }

    /// Hangs something else below the last of these forks.
    fn attach(&mut self, steps: &[Step], part: (Link, Hash), entries: u64) {
        let Some((last, above)) = steps.split_last() else {
            self.slots.set_root(Some(part.0), part.1, entries);
            return;
        };
        let mut fork = last.fork;
        fork.set(last.side, part);
        self.slots.write_fork(last.link, &fork);
        let root = steps.first().map(|step| step.link);
        let hash = self.hashed_up(above, fork_hash(fork.hashes()));
        self.slots.set_root(root, hash, entries);
    }

    /// Takes the new hash of what hangs below the last of these forks up to the root.
    fn rehash(&mut self, steps: &[Step], hash: Hash, entries: u64) {
        let root = self.slots.root();
        let hash = self.hashed_up(steps, hash);
        self.slots.set_root(root, hash, entries);
    }

    fn hashed_up(&mut self, steps: &[Step], mut hash: Hash) -> Hash {
        for step in steps.iter().rev() {
            self.slots.write_hash(step.link, step.side, &hash);
            let mut fork = step.fork;
            fork.set_hash(step.side, &hash);
            hash = fork_hash(fork.hashes());
        }
        hash
    }
}

/// How many of these forks split before this bit.
fn forks_above(steps: &[Step], bit: u8) -> usize {
    steps.iter().take_while(|step| step.fork.bit() < bit).count()
}

/// The first bit in which two keys differ.
fn first_difference(one: &Key, other: &Key) -> Option<u8> {
    let (place, difference) =
        (0u8..).zip(one.iter().zip(other).map(|(one, other)| one ^ other)).find(|(_, d)| *d != 0)?;
    Some(place * 8 + difference.leading_zeros() as u8)
}
