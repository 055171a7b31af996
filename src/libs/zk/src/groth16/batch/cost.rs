//! What the parts of a batch cost at most, in millions of instructions of wasm.
//!
//! The budget of the search is counted in these and not in instructions: the same batch is always searched in the same
//! way, wherever it is verified.

use crate::groth16::prepared::PreparedKey;

/// Hashing an item and scaling its `A`.
const SCALE: u64 = 4;
/// One item in a combined equation, and what such an equation takes however many there are.
const ITEM: u64 = 8;
const PART: u64 = 7;
/// One check of a combined equation, with what does not depend on keys.
const CHECK: u64 = 30;
/// A key, and each of its inputs, in such a check.
const KEY: u64 = 27;
const INPUT: u64 = 1;
/// Verifying an item alone, less its inputs.
const ALONE: u64 = 47;
/// What a search may spend on halving: per item of the batch, and on top.
const HALVING_PER_ITEM: u64 = 7;
const HALVING: u64 = 300;

/// One check of a combined equation with these keys.
pub(super) fn check<'a>(keys: impl Iterator<Item = &'a PreparedKey>) -> u64 {
    CHECK + keys.map(|key| KEY + INPUT * key.input_count() as u64).sum::<u64>()
}

/// Combining the equations of this many items.
pub(super) fn part(items: usize) -> u64 {
    PART + ITEM * items as u64
}

/// What a search among this many items may spend on halving.
pub(super) fn halving(items: usize) -> u64 {
    HALVING + HALVING_PER_ITEM * items as u64
}

/// Verifying one item alone.
pub(super) fn alone(key: &PreparedKey) -> u64 {
    ALONE + INPUT * key.input_count() as u64
}

/// Combining an item with others.
pub(super) const fn attempt() -> u64 {
    SCALE + ITEM
}
