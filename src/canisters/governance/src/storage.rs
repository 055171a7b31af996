//! What lies in stable memory. Indices and memory ids are never reused; later versions only add optional ones.

mod change;
mod config;
mod proposal;
#[cfg(test)]
mod tests;

pub use change::StoredChange;
pub use config::{Config, StoredCircuits, StoredRules};
pub use proposal::{
    AutomaticExecution, Decision, StoredBallot, StoredChoice, StoredContent, StoredOutcome, StoredProposal, StoredTally,
};

use ic_stable_structures::memory_manager::MemoryId;

/// Pages that a memory grows by: 1 MiB, so that eight small memories take 8 MiB. There may be 32,768 such pieces, 32 GiB in
/// all. Fixed for as long as the canister lives.
pub const BUCKET_PAGES: u16 = 16;

/// What the canister was installed with, and upgrades set: `Config`.
pub const CONFIG: MemoryId = MemoryId::new(0);
/// `ProposalId` to `StoredProposal`: what votes and executions rewrite, small whatever the proposal says.
pub const PROPOSALS: MemoryId = MemoryId::new(1);
/// `ProposalId` to `StoredContent`: title and summary, written once.
pub const CONTENTS: MemoryId = MemoryId::new(2);
/// `(ProposalId, step)` to `StoredChange`, written once.
pub const STEPS: MemoryId = MemoryId::new(3);
/// `(ProposalId, AccountId)` to `StoredBallot`, written once.
pub const BALLOTS: MemoryId = MemoryId::new(4);
/// Set of `(ContextId, ProposalId)`: the pages of a context.
pub const PROPOSALS_OF_CONTEXT: MemoryId = MemoryId::new(5);
/// Set of `((ContextId, AccountId), (end of voting, ProposalId))`: open proposals of a proposer; an entry whose time is
/// over counts no more and is removed by the proposer's next proposal.
pub const OPEN_OF_PROPOSER: MemoryId = MemoryId::new(6);
/// Set of `(time, ProposalId)`: when the timer looks at a proposal next.
pub const AUTOMATIC_EXECUTIONS: MemoryId = MemoryId::new(7);
