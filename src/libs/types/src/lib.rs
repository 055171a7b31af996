//! Candid types, typed errors and signed payloads shared by the four canisters and their clients.
//!
//! This crate knows nothing of `ic-cdk`: it compiles for canisters, native programs and browsers alike. Each canister's
//! module is the Rust side of its `candid/*.did`; where the two disagree a test fails.

pub mod aggregates;
pub mod error;
pub mod governance;
pub mod ids;
pub mod install;
pub mod membership;
pub mod names;
pub mod note_registry;
pub mod page;
pub mod proof_verifier;
pub mod signing;
