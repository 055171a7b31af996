//! Every zero-knowledge convention of CaliSEC, once: field encodings, Poseidon, Merkle trees, statements, Groth16, Pedersen
//! commitments.
//!
//! Canister, SDK and tests share this crate, so that a public input means the same thing to whoever proves it and
//! to whoever checks it.

pub mod field;
pub mod groth16;
pub mod merkle;
pub mod pedersen;
pub mod poseidon;
pub mod statement;
