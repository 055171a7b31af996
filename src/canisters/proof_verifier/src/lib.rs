//! `proof_verifier`: registers circuits, checks zero-knowledge proofs, issues receipts and lets each be consumed once.
//!
//! | module | what |
//! |---|---|
//! | [`api`] | one function per method: limits, authorisation, mapping of errors |
//! | [`receipt`] | when a statement earns a receipt, and when a receipt is consumed: pure decisions |
//! | [`statement`] | what public inputs claim, and whether that is about this domain |
//! | [`stark`] | the statements whose circuits are built in |
//! | [`aggregate`] | rounds of commitments to updates, and when an aggregate of them is due |
//! | [`budget`] | what each caller may cost |
//! | [`mod@curve`] | keys, inputs and proofs of either curve |
//! | [`keys`] | prepared verifying keys, a cache in the heap |
//! | [`state`] | everything durable, changed by [`state::State::apply`] only |
//! | [`storage`] | what lies where in stable memory |
//! | [`lifecycle`] | install and upgrade |

pub mod aggregate;
pub mod api;
pub mod budget;
pub mod curve;
pub mod keys;
pub mod lifecycle;
pub mod receipt;
pub mod stark;
pub mod state;
pub mod statement;
pub mod storage;
