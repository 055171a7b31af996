//! Entries in the order of keys.

use super::key::{FixedKey, bytes_of};
use super::slots::{Leaf, Link, Side, side_at};
use super::{TrieMap, first_difference, forks_above};
use ic_stable_structures::{Memory, Storable};
use std::cmp::Ordering;
use std::ops::{Bound, RangeBounds};

/// Entries of a map within bounds.
pub struct Range<'a, K, V, const INLINE: usize, M: Memory>(Walk<'a, K, V, INLINE, M>);

/// Keys of a map within bounds.
pub struct Keys<'a, K, V, const INLINE: usize, M: Memory>(Walk<'a, K, V, INLINE, M>);

/// A walk over leaves from both ends. What either end has passed becomes the bound of the other.
struct Walk<'a, K, V, const INLINE: usize, M: Memory> {
    map: &'a TrieMap<K, V, INLINE, M>,
    lower: Bound<K>,
    upper: Bound<K>,
    /// From each end, the subtrees still to be visited, the next one last; `None` before the first step.
    ahead: [Option<Vec<Link>>; 2],
}

impl<'a, K: FixedKey, V: Storable, const INLINE: usize, M: Memory> Walk<'a, K, V, INLINE, M> {
    fn new(map: &'a TrieMap<K, V, INLINE, M>, bounds: impl RangeBounds<K>) -> Self {
        let (lower, upper) = (bounds.start_bound().cloned(), bounds.end_bound().cloned());
        Self { map, lower, upper, ahead: [None, None] }
    }

    /// The next leaf from this end.
    fn step(&mut self, from: Side) -> Option<(K, Leaf)> {
        let (near, far) = match from {
            Side::Left => (&self.lower, &self.upper),
            Side::Right => (&self.upper, &self.lower),
        };
        let ahead = self.ahead[from.index()].get_or_insert_with(|| self.map.beyond(near, from));
        let mut at = ahead.pop()?;
        while !at.is_leaf() {
            let fork = self.map.slots.fork(at.slot());
            ahead.push(fork.link(from.other()));
            at = fork.link(from);
        }
        let leaf = self.map.slots.leaf(at.slot());
        let key = K::read(leaf.key());
        if !is_before(&key, far, from) {
            ahead.clear();
            return None;
        }
        let passed = Bound::Excluded(key.clone());
        match from {
            Side::Left => self.lower = passed,
            Side::Right => self.upper = passed,
        }
        Some((key, leaf))
    }
}

/// Whether a walk from this end has not passed the bound at the other.
fn is_before<K: Ord>(key: &K, bound: &Bound<K>, from: Side) -> bool {
    let ahead = match from {
        Side::Left => Ordering::Less,
        Side::Right => Ordering::Greater,
    };
    match bound {
        Bound::Unbounded => true,
        Bound::Included(bound) => key == bound || key.cmp(bound) == ahead,
        Bound::Excluded(bound) => key.cmp(bound) == ahead,
    }
}

impl<K: FixedKey, V: Storable, const INLINE: usize, M: Memory> TrieMap<K, V, INLINE, M> {
    /// The subtrees beyond a bound, seen from this end, the next one last.
    fn beyond(&self, bound: &Bound<K>, from: Side) -> Vec<Link> {
        let (key, is_included) = match bound {
            Bound::Unbounded => return self.slots.root().into_iter().collect(),
            Bound::Included(key) => (bytes_of(key), true),
            Bound::Excluded(key) => (bytes_of(key), false),
        };
        let Some((steps, nearest)) = self.way_to(&key) else { return Vec::new() };
        let difference = first_difference(key.as_slice(), self.slots.leaf(nearest).key());
        let above = &steps[..difference.map_or(steps.len(), |bit| forks_above(&steps, bit))];
        let aside = above.iter().filter(|step| step.side == from).map(|step| step.fork.link(from.other()));
        let mut ahead: Vec<_> = aside.collect();
        match difference {
            None => ahead.extend(is_included.then_some(Link::leaf(nearest))),
            // All keys below this place are on the same side of the bound.
            Some(bit) if side_at(key.as_slice(), bit) == from => ahead.push(self.part_below(above)),
            Some(_) => {}
        }
        ahead
    }
}

impl<'a, K: FixedKey, V: Storable, const INLINE: usize, M: Memory> Range<'a, K, V, INLINE, M> {
    pub(super) fn new(map: &'a TrieMap<K, V, INLINE, M>, bounds: impl RangeBounds<K>) -> Self {
        Self(Walk::new(map, bounds))
    }

    fn entry(&self, (key, leaf): (K, Leaf)) -> (K, V) {
        (key, V::from_bytes(self.0.map.slots.value(&leaf)))
    }
}

impl<'a, K: FixedKey, V: Storable, const INLINE: usize, M: Memory> Keys<'a, K, V, INLINE, M> {
    pub(super) fn new(map: &'a TrieMap<K, V, INLINE, M>, bounds: impl RangeBounds<K>) -> Self {
        Self(Walk::new(map, bounds))
    }
}

impl<K: FixedKey, V: Storable, const INLINE: usize, M: Memory> Iterator for Range<'_, K, V, INLINE, M> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        self.0.step(Side::Left).map(|found| self.entry(found))
    }
}

impl<K: FixedKey, V: Storable, const INLINE: usize, M: Memory> DoubleEndedIterator for Range<'_, K, V, INLINE, M> {
    fn next_back(&mut self) -> Option<(K, V)> {
        self.0.step(Side::Right).map(|found| self.entry(found))
    }
}

impl<K: FixedKey, V: Storable, const INLINE: usize, M: Memory> Iterator for Keys<'_, K, V, INLINE, M> {
    type Item = K;

    fn next(&mut self) -> Option<K> {
        self.0.step(Side::Left).map(|(key, _)| key)
    }
}

impl<K: FixedKey, V: Storable, const INLINE: usize, M: Memory> DoubleEndedIterator for Keys<'_, K, V, INLINE, M> {
    fn next_back(&mut self) -> Option<K> {
        self.0.step(Side::Right).map(|(key, _)| key)
    }
}
