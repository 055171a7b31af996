//! What the parts of a batch cost at most, in millions of instructions of wasm.
//!
//! The budget of the search is counted in these and not in instructions: the same batch is always searched in the same
//! way, wherever it is verified.

use crate::groth16::prepared::PreparedKey;

/// Scaling an item's `A` by its coefficient and weighting its `C`, and hashing it.
const ATTEMPT: u64 = 5;
/// One item in a Miller loop.
pub(super) const PAIR: u64 = 7;
/// One item in a check of a combined equation.
const WEIGHT: u64 = 1;
/// One check of a combined equation, with what depends on neither items nor keys.
const CHECK: u64 = 30;
/// A key, and each of its inputs, in such a check.
const KEY: u64 = 27;
const INPUT: u64 = 1;
/// Verifying an item alone, less its inputs.
const ALONE: u64 = 47;
/// What a search may spend on halving: per item of the batch, and on top.
const HALVING_PER_ITEM: u64 = 5;
const HALVING: u64 = 300;

/// One check of the combined equation of this many items with these keys.
pub(super) fn check<'a>(items: usize, keys: impl Iterator<Item = &'a PreparedKey>) -> u64 {
    let keys: u64 = keys.map(|key| KEY + INPUT * key.input_count() as u64).sum();
    CHECK + WEIGHT * items as u64 + keys
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
    ATTEMPT + PAIR
}
