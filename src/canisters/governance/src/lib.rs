//! Proposals, votes, timelocks and their execution.
//!
//! A message goes from `main.rs` to [`api`], which checks who calls and asks membership; then the domain decides
//! ([`ballot`], [`rules`], the tally and the status of a proposal) and [`state`] remembers. [`execution`] applies what was
//! adopted, for callers and for the timer alike.

pub mod api;
pub mod ballot;
pub mod clients;
pub mod execution;
pub mod lifecycle;
pub mod rules;
pub mod state;
mod status;
pub mod storage;
mod tally;
#[cfg(test)]
mod test_fixtures;
