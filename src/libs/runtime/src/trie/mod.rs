//! An ordered map in stable memory whose calls hardly cost more with a million entries than with a thousand.
//!
//! It is a binary trie over keys of a fixed length: a fork for every bit at which keys begin to differ. A call reads ten bytes per
//! fork on its way, about log2(n) of them where keys are spread and never more than a key has bits, then one entry;
//! a change writes one entry and two links. A B-tree is a fifth as high, but reads and decodes a node of up to eleven keys per
//! level and writes whole nodes back: twenty times as much per level (ADR 51).
//!
//! Keys stand in their own order, so that ranges can be read from both ends.

mod key;
mod range;
mod slots;
#[cfg(test)]
mod tests;

pub use key::FixedKey;
pub use range::{Keys, Range};

use ic_stable_structures::{Memory, Storable};
use key::{KeyBytes, bytes_of};
use slots::{Fork, Link, Side, Slots, side_at};
use std::marker::PhantomData;
use std::ops::RangeBounds;

/// A map of which each entry has room for `INLINE` bytes of its value beside the key; what is longer takes further slots of
/// the same size. `INLINE` is fixed for ever once something is stored.
pub struct TrieMap<K, V, const INLINE: usize, M: Memory = crate::Memory> {
    slots: Slots<M>,
    entries: PhantomData<fn() -> (K, V)>,
}

/// A fork on the way to a key.
struct Step {
    slot: u32,
    fork: Fork,
    side: Side,
}

impl<K: FixedKey, V: Storable, const INLINE: usize, M: Memory> TrieMap<K, V, INLINE, M> {
    /// Opens what is in the memory, or starts afresh. Reads one record, however much is stored.
    ///
    /// # Panics
    /// When the memory holds something else, or entries of another size.
    #[must_use]
    pub fn init(memory: M) -> Self {
        Self { slots: Slots::init(memory, K::BYTES, INLINE), entries: PhantomData }
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

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<V> {
        let key = bytes_of(key);
        let leaf = self.slots.leaf(self.nearest(&key)?);
        (leaf.key() == key.as_slice()).then(|| V::from_bytes(self.slots.value(&leaf)))
    }

    /// Whether a key has a value.
    #[must_use]
    pub fn contains_key(&self, key: &K) -> bool {
        let key = bytes_of(key);
        self.nearest(&key).is_some_and(|slot| self.slots.leaf(slot).key() == key.as_slice())
    }

    /// Sets the value of a key.
    ///
    /// # Panics
    /// When the value has more than 65,535 bytes.
    pub fn insert(&mut self, key: K, value: V) {
        let (key, value) = (bytes_of(&key), value.to_bytes());
        let Some((steps, nearest)) = self.way_to(&key) else {
            let slot = self.slots.claim();
            self.slots.write_leaf(slot, key.as_slice(), &value);
            self.slots.set_root(Link::leaf(slot), 1);
            return;
        };
        let found = self.slots.leaf(nearest);
        let Some(bit) = first_difference(key.as_slice(), found.key()) else {
            self.slots.free_overflow(&found);
            self.slots.write_leaf(nearest, key.as_slice(), &value);
            self.slots.write_header();
            return;
        };
        let above = &steps[..forks_above(&steps, bit)];
        let there = self.part_below(above);
        // The entry's slot holds the fork above it as well.
        let slot = self.slots.claim();
        self.slots.write_leaf(slot, key.as_slice(), &value);
        self.slots.write_fork(slot, &Fork::new(bit, side_at(key.as_slice(), bit), Link::leaf(slot), there));
        let root = self.attach(above, Link::fork(slot));
        self.slots.set_root(root, self.len() + 1);
    }

    /// Removes a key; answers its value.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let key = bytes_of(key);
        let (steps, slot) = self.way_to(&key)?;
        let leaf = self.slots.leaf(slot);
        if leaf.key() != key.as_slice() {
            return None;
        }
        let value = V::from_bytes(self.slots.value(&leaf));
        self.slots.free_overflow(&leaf);
        let root = match steps.split_last() {
            None => Link::NONE,
            Some((last, above)) => {
                let mut root = self.attach(above, last.fork.link(last.side.other()));
                // The fork of a slot always stands above its entry, so the one that is in the way is above this entry as
                // well, and above the entry whose slot it moves to.
                if let Some(place) = above.iter().position(|step| step.slot == slot) {
                    self.slots.write_fork(last.slot, &self.slots.fork(slot));
                    let moved = self.attach(&above[..place], Link::fork(last.slot));
                    if place == 0 {
                        root = moved;
                    }
                }
                root
            }
        };
        self.slots.free(slot);
        self.slots.set_root(root, self.len() - 1);
        Some(value)
    }

    /// Entries within bounds, in the order of keys; from either end.
    pub fn range(&self, bounds: impl RangeBounds<K>) -> Range<'_, K, V, INLINE, M> {
        Range::new(self, bounds)
    }

    /// Keys within bounds, in their order; from either end.
    pub fn keys_range(&self, bounds: impl RangeBounds<K>) -> Keys<'_, K, V, INLINE, M> {
        Keys::new(self, bounds)
    }

    /// All entries, in the order of keys.
    pub fn iter(&self) -> Range<'_, K, V, INLINE, M> {
        self.range(..)
    }

    /// The slot of the entry that shares all bits with the key that forks ask for: the key's, if it is there.
    fn nearest(&self, key: &KeyBytes) -> Option<u32> {
        let mut at = self.slots.root()?;
        while !at.is_leaf() {
            let fork = self.slots.fork(at.slot());
            at = fork.link(side_at(key.as_slice(), fork.bit()));
        }
        Some(at.slot())
    }

    /// The forks on the way to where the key would be, and the slot of the entry at the end; `None` when the map is empty.
    fn way_to(&self, key: &KeyBytes) -> Option<(Vec<Step>, u32)> {
        let mut at = self.slots.root()?;
        let mut steps = Vec::with_capacity(48);
        while !at.is_leaf() {
            let (slot, fork) = (at.slot(), self.slots.fork(at.slot()));
            let side = side_at(key.as_slice(), fork.bit());
            steps.push(Step { slot, fork, side });
            at = fork.link(side);
        }
        Some((steps, at.slot()))
    }

    /// What hangs below the last of these forks, or is the root.
    fn part_below(&self, steps: &[Step]) -> Link {
        match steps.last() {
            Some(step) => step.fork.link(step.side),
            None => self.slots.root().expect("BUG: an empty map has no place to look at"),
        }
    }

    /// Hangs something else below the last of these forks; answers the root, which it is itself below none.
    fn attach(&mut self, steps: &[Step], part: Link) -> Link {
        match (steps.first(), steps.last()) {
            (Some(first), Some(last)) => {
                self.slots.write_link(last.slot, last.side, part);
                Link::fork(first.slot)
            }
            _ => part,
        }
    }
}

/// How many forks on a way ask for a bit before this one.
fn forks_above(steps: &[Step], bit: u16) -> usize {
    steps.partition_point(|step| step.fork.bit() < bit)
}

/// The first bit at which two keys differ.
fn first_difference(one: &[u8], other: &[u8]) -> Option<u16> {
    let byte = one.iter().zip(other).position(|(one, other)| one != other)?;
    let bit = 8 * byte + (one[byte] ^ other[byte]).leading_zeros() as usize;
    Some(u16::try_from(bit).expect("BUG: keys are short"))
}
