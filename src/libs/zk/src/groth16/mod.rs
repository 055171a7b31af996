//! Groth16 verification on BN254 and BLS12-381, hardened against what is known to go wrong.
//!
//! The types carry what has been established, and nothing but the function named makes them:
//!
//! | type | established | by |
//! |---|---|---|
//! | [`RawVerifyingKey`], [`RawProof`] | nothing | anybody |
//! | [`VerifyingKey`] | canonical, on curve, in subgroup, no degenerate or repeated points, arity in bounds | [`RawVerifyingKey::decode`] |
//! | [`DecodedProof`] | exact length, canonical, on curve, in subgroup, no infinity | [`RawProof::decode`] |
//! | [`PublicInputs`] | every scalar is below the modulus | [`PublicInputs::parse`] |
//! | [`VerifiedProof`] | the proof verifies for the circuit and the inputs, whose number is right | [`PreparedKey::verify`], [`batch::verify`] |
//!
//! `decode` reads what is on BN254; `decode_on::<Bls12_381>` what is on the other curve. A batch is of one curve.
//!
//! A Groth16 proof can be re-randomised by anyone who sees it. Replay protection therefore rests on the statement
//! ([`VerifiedProof::receipt_id`]) and on its nullifier, never on proof bytes.
//!
//! ```
//! use calisec_zk::groth16::{PreparedKey, PublicInputs, RawProof, RawVerifyingKey};
//!
//! # fn check(key_json: &str, inputs: &[[u8; 32]], proof: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
//! let key = PreparedKey::new(&RawVerifyingKey::SnarkjsJson(key_json).decode()?)?;
//! let inputs = PublicInputs::parse(inputs)?;
//! let verified = key.verify(inputs, &RawProof::Evm(proof).decode()?)?;
//! println!("receipt {}", verified.receipt_id());
//! # Ok(())
//! # }
//! ```

pub mod batch;
mod bls12_381;
#[cfg(test)]
mod bls12_381_tests;
mod bn254;
mod curve;
#[cfg(test)]
mod fuzz_tests;
mod gnark;
#[cfg(test)]
mod gnark_tests;
mod inputs;
mod key;
#[cfg(test)]
mod mutation_tests;
mod points;
mod prepared;
mod proof;
#[cfg(any(test, feature = "simulator"))]
pub mod simulator;
mod snarkjs;
#[cfg(test)]
mod test_encoders;
#[cfg(test)]
mod test_fixtures;
#[cfg(test)]
mod tests;

pub use bls12_381::Bls12_381;
pub use bn254::Bn254;
pub use curve::{Curve, GnarkFlags};
pub use inputs::PublicInputs;
pub use key::{KeyError, RawVerifyingKey, VerifyingKey};
pub(crate) use points::coordinate_from_be;
pub use points::{PointError, PointFault, PointName};
pub use prepared::{PreparedKey, VerifiedProof, VerifyError};
pub use proof::{DecodedProof, ProofError, RawProof};
pub use snarkjs::{JsonError, parse_public_json};
