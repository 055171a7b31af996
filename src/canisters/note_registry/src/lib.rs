//! Secret notes as ICRC-7 tokens, their ciphertexts and key envelopes.
//!
//! Endpoints and lifecycle attributes live in `main.rs`, which only marshals. [`api`] parses, authorises and maps
//! errors; [`transfer`] and [`account`] hold the rules of ICRC-7; [`state`] is the one place that mutates; [`storage`]
//! is the table of the stable memory; [`clients`] says how other canisters are called.

pub mod account;
pub mod api;
pub mod clients;
pub mod lifecycle;
pub mod state;
pub mod storage;
#[cfg(test)]
mod test_fixtures;
pub mod transfer;
