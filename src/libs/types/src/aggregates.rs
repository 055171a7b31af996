//! `proof_verifier`: rounds in which contributors commit to updates, and aggregates that are checked against them.

/// Values of an update at the most.
pub const MAX_DIMENSION: usize = 1_024;
