//! Poseidon over the BN254 scalar field with circomlib's parameters: [`hash2`] and [`hash4`].
//!
//! # Why not the textbook rounds
//!
//! In a canister a field multiplication is what costs. A textbook partial round multiplies a whole `t x t`
//! matrix by the state although only one element went through the S-box. Between two partial rounds the other
//! `t - 1` elements evolve linearly, so they can be eliminated: by Cayley-Hamilton, the next S-box input is
//! one fixed linear combination of the last `t` S-box outputs and the last `t - 1` S-box inputs, plus a round
//! constant. That is `2t - 1` products per partial round, summed before they are reduced, with the *same*
//! coefficients in every round. The test module `derivation` states the algebra step by step.
//!
//! # Where the constants come from
//!
//! `tables/` is generated: the test module `derivation` runs the Grain LFSR of the Poseidon paper (the same as
//! `generate_parameters_grain.sage 1 0 254 t 8 R_P r`, which circomlib used), derives the coefficients above
//! and compares every committed number. `CALISEC_BLESS=1 cargo test -p calisec-zk poseidon` rewrites the files.
//! Independently, tests compare the hashes with `light-poseidon` and with values published by circomlib.
//!
//! # Arithmetic
//!
//! Elements are nine limbs of 29 bits, which in wasm takes half the instructions of arkworks' four words
//! of 64 bits: products of limbs are summed without carries, and a sum is reduced once, not at every product. Compiled for
//! wasm32 at `opt-level = 3`, [`hash2`] takes 0.39 M instructions and [`hash4`] 0.67 M (textbook rounds over arkworks: 1.42 M
//! for two inputs).
//!
//! The tables are evaluated by the compiler: nothing is parsed, allocated or cached at run time.

#[cfg(test)]
mod derivation;
mod limbs;
mod permutation;
mod tables;
#[cfg(test)]
mod tests;

pub(crate) use self::limbs::Residue;
pub use self::{limbs::Constant, permutation::Element};

use ark_bn254::Fr;

/// Poseidon of two field elements (`t = 3`: 8 full and 57 partial rounds).
///
/// ```
/// use calisec_zk::poseidon::hash2;
/// use ark_bn254::Fr;
///
/// let circomlib = "7853200120776062878684798364095072458815029376092732009249414926327459813530";
/// assert_eq!(hash2(Fr::from(1u64), Fr::from(2u64)).to_string(), circomlib);
/// ```
#[must_use]
pub fn hash2(left: Fr, right: Fr) -> Fr {
    let Ok(digest) = hash2_in([left, right].map(Residue::from));
    Fr::from(&digest)
}

/// Poseidon of four field elements (`t = 5`: 8 full and 60 partial rounds).
///
/// ```
/// use calisec_zk::poseidon::hash4;
/// use ark_bn254::Fr;
///
/// let circomlib = "18821383157269793795438455681495246036402687001665670618754263018637548127333";
/// assert_eq!(hash4([1u64, 2, 3, 4].map(Fr::from)).to_string(), circomlib);
/// ```
#[must_use]
pub fn hash4(inputs: [Fr; 4]) -> Fr {
    let Ok(digest) = hash4_in(inputs.map(Residue::from));
    Fr::from(&digest)
}

/// [`hash2`] over any [`Element`], for instance a variable of a circuit.
///
/// # Errors
/// Whatever [`Element::pow5`] fails with.
pub fn hash2_in<E: Element>([left, right]: [E; 2]) -> Result<E, E::Error> {
    permutation::first_element(&tables::WIDTH_3, [E::constant(&Constant::ZERO), left, right])
}

/// [`hash4`] over any [`Element`], for instance a variable of a circuit.
///
/// # Errors
/// Whatever [`Element::pow5`] fails with.
pub fn hash4_in<E: Element>([a, b, c, d]: [E; 4]) -> Result<E, E::Error> {
    permutation::first_element(&tables::WIDTH_5, [E::constant(&Constant::ZERO), a, b, c, d])
}
