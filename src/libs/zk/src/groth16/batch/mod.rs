//! Many proofs at once, of one circuit or of several on one curve, for a fraction of what each costs alone.
//!
//! The verification equations are multiplied together, each raised to a coefficient of its own: one Miller loop and one
//! final exponentiation serve all of them, and the terms of `alpha`, `gamma` and `delta` are collected per key. Invalid
//! proofs whose errors cancel are no way around it: the coefficients have 128 bits and come from a hash of every key,
//! input and proof, so that they are fixed only after all of these are. A batch with an invalid proof in it passes with
//! probability `2^-128`; one of valid proofs always passes.
//!
//! When the product is not one, halving finds the proofs that are at fault. What that may cost is bounded, whatever an
//! attacker hands in: see [`verify`].

mod coefficients;
mod combination;
mod cost;
mod search;
#[cfg(test)]
mod tests;

use super::bn254::Bn254;
use super::curve::Curve;
use super::inputs::PublicInputs;
use super::prepared::{PreparedKey, VerifiedProof, VerifyError};
use super::proof::DecodedProof;
use calisec_types::ids::CircuitId;
use combination::Combination;
pub use cost::Costs;
use std::collections::{BTreeMap, BTreeSet};

/// How many proofs one batch may have.
pub const MAX_BATCH_ITEMS: usize = 512;
/// How many different circuits they may be of; each costs about as much as two proofs.
pub const MAX_BATCH_CIRCUITS: usize = 64;

/// A proof and what it is to be verified against.
pub struct BatchItem<'a, C: Curve = Bn254> {
    /// The circuit.
    pub key: &'a PreparedKey<C>,
    /// What the proof is about.
    pub inputs: PublicInputs<C::Scalar>,
    /// The proof.
    pub proof: &'a DecodedProof<C>,
}

/// What verifying an item came to.
pub type Verified<C> = Result<VerifiedProof<<C as Curve>::Scalar>, VerifyError>;

/// Why a batch is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// More proofs than [`MAX_BATCH_ITEMS`].
    #[error("{items} proofs are more than the {limit} a batch may have")]
    TooManyItems {
        /// Proofs given.
        items: usize,
        /// Proofs allowed.
        limit: usize,
    },
    /// More circuits than [`MAX_BATCH_CIRCUITS`].
    #[error("{circuits} circuits are more than the {limit} a batch may have")]
    TooManyCircuits {
        /// Circuits of the proofs given.
        circuits: usize,
        /// Circuits allowed.
        limit: usize,
    },
}

/// The most instructions, in wasm, that [`verify`] takes for proofs of these circuits, one key per proof, however many
/// of the proofs are invalid: the attempt at all of them, halving, and verifying each alone. Decoding comes on top.
///
/// Who has to stay within a limit, or wants to be paid before the work, can ask before a proof is decoded.
pub fn instruction_bound<'a, C: Curve>(keys: impl IntoIterator<Item = &'a PreparedKey<C>>) -> u64 {
    let mut circuits = BTreeMap::new();
    let mut items = 0;
    let mut millions = 0;
    for key in keys {
        circuits.insert(key.circuit(), key);
        items += 1;
        millions += cost::attempt::<C>() + cost::alone(key);
    }
    // Items are combined in blocks, each of which has a fixed cost.
    millions +=
        cost::check(circuits.into_values()) + cost::halving::<C>(items) + search::blocks(items) * cost::part::<C>(0);
    millions * 1_000_000
}

/// Verifies every item, as [`PreparedKey::verify`] does, and answers in their order.
///
/// Invalid items are found by halving, and no sender of bad proofs is searched for without limit: halving ends when it has
/// cost 7 M instructions per item and 300 M on top, on BLS12-381 10 M and
/// 500 M. What is undecided then is verified one by
/// one. [`instruction_bound`] says what all of it takes at most. An empty batch has an empty answer.
///
/// # Errors
/// [`BatchError`] when there are too many items or circuits; nothing is verified then.
pub fn verify<C: Curve>(items: Vec<BatchItem<'_, C>>) -> Result<Vec<Verified<C>>, BatchError> {
    if items.len() > MAX_BATCH_ITEMS {
        return Err(BatchError::TooManyItems { items: items.len(), limit: MAX_BATCH_ITEMS });
    }
    let circuits = items.iter().map(|item| item.key.circuit()).collect::<BTreeSet<CircuitId>>().len();
    if circuits > MAX_BATCH_CIRCUITS {
        return Err(BatchError::TooManyCircuits { circuits, limit: MAX_BATCH_CIRCUITS });
    }

    // An item with another number of inputs than its circuit takes has no equation to contribute.
    let counted: Vec<&BatchItem<'_, C>> =
        items.iter().filter(|item| item.key.check_input_count(&item.inputs).is_ok()).collect();
    let mut valid = validity(&counted).into_iter();
    Ok(items
        .into_iter()
        .map(|BatchItem { key, inputs, .. }| {
            key.check_input_count(&inputs)?;
            match valid.next() {
                Some(true) => Ok(VerifiedProof::new(key.circuit(), inputs)),
                _ => Err(VerifyError::Rejected),
            }
        })
        .collect())
}

/// For items whose number of inputs is right.
fn validity<C: Curve>(items: &[&BatchItem<'_, C>]) -> Vec<bool> {
    match items {
        [] => Vec::new(),
        // Alone it is cheaper without a coefficient.
        [item] => vec![item.key.equation_holds(&item.inputs, item.proof)],
        _ => search::validity(&Combination::new(items, &coefficients::derive(items))),
    }
}
