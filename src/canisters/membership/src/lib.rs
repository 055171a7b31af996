//! Contexts, members, roles, policies and access decisions.
//!
//! Who administers a context adds and removes members; only governance changes what members may do; anybody may ask.
//! [`state::State::apply`] is the one place that changes anything, and it writes the audit log.

pub mod api;
pub mod application;
pub mod audit;
pub mod checkpoint;
pub mod claim;
pub mod clients;
pub mod decision;
pub mod grant;
pub mod group_state;
pub mod keys;
pub mod lifecycle;
pub mod node;
pub mod proof_claim;
pub mod request;
pub mod state;
pub mod storage;
#[cfg(test)]
mod test_fixtures;
