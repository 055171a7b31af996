//! Several changes at once: a fork that more than one of them is below is hashed and written once.

use super::fork_hash::fork_hash;
use super::hash::{labeled_hash, leaf_hash};
use super::slots::{Link, Side};
use super::{CertifiedMap, Hash, Key, Value};
use ic_certification::empty;
use ic_stable_structures::Memory;
use std::collections::BTreeMap;

/// A key with its value from now on; `None` removes it.
type Change = (Key, Option<Value>);

/// What a pass over the entries leaves to be done.
#[derive(Default)]
struct Pass {
    /// Entries that are not there yet.
    new: Vec<(Key, Value)>,
    removed: u64,
}

impl<M: Memory> CertifiedMap<M> {
    /// Sets and removes the values of keys, with the same result as one after the other.
    pub fn change(&mut self, changes: &BTreeMap<Key, Option<Value>>) {
        let changes: Vec<Change> = changes.iter().map(|(key, value)| (*key, *value)).collect();
        if let [(key, change)] = &changes[..] {
            match change {
                Some(value) => self.insert(key, value),
                None => self.remove(key),
            };
            return;
        }
        let mut pass = Pass::default();
        if let Some(root) = self.slots.root() {
            let left = self.changed((root, self.root()), &changes, &mut pass);
            let (root, hash) = left.map_or_else(|| (None, empty().digest()), |(root, hash)| (Some(root), hash));
            self.slots.set_root(root, hash, self.len() - pass.removed);
        } else {
            pass.new = changes.iter().filter_map(|(key, change)| Some((*key, (*change)?))).collect();
        }
        for (key, value) in pass.new {
            self.insert(&key, &value);
        }
    }

    /// What a subtree becomes; `None` when nothing is left of it.
    fn changed(&mut self, part: (Link, Hash), changes: &[Change], pass: &mut Pass) -> Option<(Link, Hash)> {
        let (at, _) = part;
        if changes.is_empty() {
            return Some(part);
        }
        if at.is_leaf() {
            return self.changed_leaf(part, changes, pass);
        }
        let mut fork = self.slots.fork(at);
        // Keys that are not there may differ from those that are between two forks, so their order says nothing about the side.
        let (left, right): (Vec<_>, Vec<_>) =
            changes.iter().copied().partition(|(key, _)| fork.side(key) == Side::Left);
        let before = [Side::Left, Side::Right].map(|side| (fork.link(side), fork.hash(side)));
        let after = [self.changed(before[0], &left, pass), self.changed(before[1], &right, pass)];
        match after {
            [Some(left), Some(right)] if [left, right] == before => Some(part),
            [Some(left), Some(right)] => {
                fork.set(Side::Left, left);
                fork.set(Side::Right, right);
                self.slots.write_fork(at, &fork);
                Some((at, fork_hash(fork.hashes())))
            }
            [one, other] => {
                self.slots.free(at);
                one.or(other)
            }
        }
    }

    fn changed_leaf(&mut self, part: (Link, Hash), changes: &[Change], pass: &mut Pass) -> Option<(Link, Hash)> {
        let (at, _) = part;
        let (found, before) = self.slots.leaf(at);
        let mut left = Some(part);
        for (key, change) in changes {
            match change {
                Some(value) if *key != found => pass.new.push((*key, *value)),
                Some(value) if *value != before => {
                    self.slots.set_value(at, value);
                    left = Some((at, labeled_hash(key, &leaf_hash(value))));
                }
                None if *key == found => {
                    self.slots.free(at);
                    pass.removed += 1;
                    left = None;
                }
                Some(_) | None => {}
            }
        }
        left
    }
}
