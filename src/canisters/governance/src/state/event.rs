//! What can happen to the state.

use crate::storage::{AutomaticExecution, StoredBallot, StoredChange, StoredContent, StoredOutcome, StoredProposal};
use calisec_types::ids::{AccountId, ProposalId, Timestamp};

/// A change of the state that was checked: applying it cannot be refused.
#[derive(Clone, Debug)]
pub enum Event {
    /// A proposal was made, with [`super::State::next_proposal`] as its id.
    Proposed {
        /// What votes and executions change.
        proposal: Box<StoredProposal>,
        /// What it says.
        content: StoredContent,
        /// What it does.
        steps: Vec<StoredChange>,
    },
    /// An account that had not voted yet voted while votes were taken.
    Voted {
        /// On which proposal.
        proposal: ProposalId,
        /// Who.
        voter: AccountId,
        /// How.
        ballot: StoredBallot,
    },
    /// A ballot that counted does not any more, because who cast it may not vote any more.
    BallotStruck {
        /// Of which proposal, the execution of which has not begun.
        proposal: ProposalId,
        /// Whose.
        voter: AccountId,
        /// When.
        at: Timestamp,
    },
    /// The execution of an adopted proposal begins.
    ExecutionBegun {
        /// Which.
        proposal: ProposalId,
    },
    /// The next step of a proposal in execution came to an end.
    StepFinished {
        /// Of which proposal.
        proposal: ProposalId,
        /// What became of it.
        outcome: StoredOutcome,
    },
    /// The timer's plan for a proposal changed.
    AutomaticExecutionPlanned {
        /// For which proposal.
        proposal: ProposalId,
        /// The plan; `None` leaves it to `execute`.
        plan: Option<AutomaticExecution>,
    },
}
