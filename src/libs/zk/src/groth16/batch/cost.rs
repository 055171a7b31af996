//! What the parts of a batch cost at most, in millions of instructions of wasm.
//!
//! The budget of the search is counted in these and not in instructions: the same batch is always searched in the same
//! way, wherever it is verified.

use crate::groth16::curve::Curve;
use crate::groth16::prepared::PreparedKey;

/// Millions of instructions on one curve.
#[derive(Clone, Copy, Debug)]
pub struct Costs {
    /// Hashing an item and scaling its `A`.
    pub(in crate::groth16) scale: u64,
    /// One item in a combined equation, and what such an equation takes however many there are.
    pub(in crate::groth16) item: u64,
    pub(in crate::groth16) part: u64,
    /// One check of a combined equation, with what does not depend on keys.
    pub(in crate::groth16) check: u64,
    /// A key, and each of its inputs, in such a check.
    pub(in crate::groth16) key: u64,
    pub(in crate::groth16) input: u64,
    /// Verifying an item alone, less its inputs.
    pub(in crate::groth16) alone: u64,
    /// What a search may spend on halving: per item of the batch, and on top.
    pub(in crate::groth16) halving_per_item: u64,
    pub(in crate::groth16) halving: u64,
}

/// One check of a combined equation with these keys.
pub(super) fn check<'a, C: Curve>(keys: impl Iterator<Item = &'a PreparedKey<C>>) -> u64 {
    C::COSTS.check + keys.map(|key| C::COSTS.key + C::COSTS.input * key.input_count() as u64).sum::<u64>()
}

/// Combining the equations of this many items.
pub(super) fn part<C: Curve>(items: usize) -> u64 {
    C::COSTS.part + C::COSTS.item * items as u64
}

/// What a search among this many items may spend on halving.
pub(super) fn halving<C: Curve>(items: usize) -> u64 {
    C::COSTS.halving + C::COSTS.halving_per_item * items as u64
}

/// Verifying one item alone.
pub(super) fn alone<C: Curve>(key: &PreparedKey<C>) -> u64 {
    C::COSTS.alone + C::COSTS.input * key.input_count() as u64
}

/// Combining an item with others.
pub(super) fn attempt<C: Curve>() -> u64 {
    C::COSTS.scale + C::COSTS.item
}
