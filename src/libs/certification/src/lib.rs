//! What canisters certify and verifiers check: hash trees in the encoding of the Internet Computer's interface
//! specification, and the hashes of the records in them.
//!
//! | module | what |
//! |---|---|
//! | [`aggregates`] | what `proof_verifier` certifies of aggregates |
//! | [`certified_map`] | a map in stable memory with proofs of presence and of absence (feature `storage`) |
//! | [`facts`] | what `membership` certifies of what decisions rest on |
//! | [`mountains`] | a tree in stable memory that grows and changes at logarithmic cost (feature `storage`) |
//! | [`questions`] | which question a recorded decision answers |
//! | [`receipts`] | what `proof_verifier` certifies about a receipt |

pub mod aggregates;
#[cfg(feature = "storage")]
pub mod certified_map;
mod encoding;
pub mod facts;
#[cfg(feature = "storage")]
pub mod mountains;
pub mod questions;
pub mod receipts;

pub use encoding::{MAX_BYTES, decode_certificate, decode_tree, encode_tree};
