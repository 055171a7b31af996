//! What every endpoint of the story costs, measured by the engine and compared with the committed table.
//!
//! Instructions are deterministic, so a cost that differs by more than [`TOLERANCE_PERCENT`] is a change of the code. A
//! regression fails, and so does an improvement, until the table says so: `UPDATE_BENCHMARKS=1` rewrites it.

mod crowd;
mod endpoints;
mod flatness;
mod members;
mod membership;
mod metered;
mod policies;
mod proof_claims;
mod receipts;
mod table;

/// How far a cost may be from the table's, percent.
const TOLERANCE_PERCENT: u64 = 2;
