//! STARK proofs of two statements: a note commitment opened as a hash chain, and membership in a context's tree.
//!
//! Both run on one small machine ([`chain`]) that hashes with Rescue-Prime, so that a verifier in a canister needs
//! no trusted setup and nothing that a quantum computer breaks. The proofs are **not zero-knowledge**: see
//! `docs/stark.md` for what they leak, what they are good for, and where the security level comes from.
//!
//! [`verify`] takes bytes from anyone: every length is checked before anything is decoded, and it does not panic.

pub mod chain;
mod format;
pub mod merkle;
pub mod options;
#[cfg(feature = "prover")]
pub mod prove;
pub mod statement;
#[cfg(all(test, feature = "prover"))]
mod tests;
mod verifier;
pub mod word;

pub use self::{
    statement::{Membership, NoteCommitment, Statement},
    verifier::{MAX_PROOF_BYTES, Refusal, verify},
    word::Word,
};
