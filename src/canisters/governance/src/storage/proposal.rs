//! Proposals and ballots.

use crate::storage::StoredRules;
use calisec_types::governance::{Ballot, Choice, StepOutcome, Tally};
use calisec_types::ids::{AccountId, ContextId, GrantId, Revision, Seq, Timestamp, Weight};
use minicbor::{Decode, Encode};

/// Everything about a proposal that its votes and its execution read or write.
#[derive(Encode, Decode, Clone, Debug, PartialEq, Eq)]
pub struct StoredProposal {
    /// The context.
    #[n(0)]
    pub context: ContextId,
    /// Who made it.
    #[n(1)]
    pub proposer: AccountId,
    /// The rules it is decided by.
    #[n(2)]
    pub rules: StoredRules,
    /// The membership revision its electorate is frozen at.
    #[n(3)]
    pub revision: Revision,
    /// The running count.
    #[n(4)]
    pub tally: StoredTally,
    /// When it was made.
    #[n(5)]
    pub created_at: Timestamp,
    /// When voting ends, unless it is decided earlier.
    #[n(6)]
    pub voting_ends_at: Timestamp,
    /// How many steps it has, at least one.
    #[n(7)]
    pub step_count: u32,
    /// The decision, when a vote made it certain before voting ended.
    #[n(8)]
    pub early_decision: Option<Decision>,
    /// Outcomes of its first steps in order; present from when execution begins. A refused step is the last one.
    #[n(9)]
    pub journal: Option<Vec<StoredOutcome>>,
    /// When the timer looks at it next, if it does at all.
    #[n(10)]
    pub automatic: Option<AutomaticExecution>,
}

/// How a proposal was decided.
#[derive(Encode, Decode, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Adopted or rejected.
    #[n(0)]
    pub adopted: bool,
    /// When.
    #[n(1)]
    pub at: Timestamp,
}

/// The timer's plan for a proposal.
#[derive(Encode, Decode, Clone, Copy, Debug, PartialEq, Eq)]
pub struct AutomaticExecution {
    /// When it tries.
    #[n(0)]
    pub at: Timestamp,
    /// How often it tried before.
    #[n(1)]
    pub attempts: u8,
}

/// The running count; see [`Tally`].
#[derive(Encode, Decode, Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredTally {
    /// Weight for it.
    #[n(0)]
    pub adopt: Weight,
    /// Weight against it.
    #[n(1)]
    pub reject: Weight,
    /// Weight abstaining.
    #[n(2)]
    pub abstain: Weight,
    /// Weight of the whole electorate.
    #[n(3)]
    pub electorate: Weight,
}

impl From<StoredTally> for Tally {
    fn from(tally: StoredTally) -> Self {
        let StoredTally { adopt, reject, abstain, electorate } = tally;
        Self { adopt, reject, abstain, electorate }
    }
}

impl From<Tally> for StoredTally {
    fn from(tally: Tally) -> Self {
        let Tally { adopt, reject, abstain, electorate } = tally;
        Self { adopt, reject, abstain, electorate }
    }
}

/// What became of a step that was tried to the end.
#[derive(Encode, Decode, Clone, Debug, PartialEq, Eq)]
pub enum StoredOutcome {
    /// Applied.
    #[n(0)]
    Applied {
        /// Membership's write counter after it.
        #[n(0)]
        seq: Seq,
        /// The grant it made, if it made one.
        #[n(1)]
        grant: Option<GrantId>,
    },
    /// Refused for good.
    #[n(1)]
    Refused {
        /// Why.
        #[n(0)]
        message: String,
    },
    /// Done by `proof_verifier`.
    #[n(2)]
    CircuitSet,
}

impl From<StoredOutcome> for StepOutcome {
    fn from(outcome: StoredOutcome) -> Self {
        match outcome {
            StoredOutcome::Applied { seq, grant } => Self::Applied { seq, grant },
            StoredOutcome::Refused { message } => Self::Refused { message },
            StoredOutcome::CircuitSet => Self::CircuitSet,
        }
    }
}

/// What a proposal says.
#[derive(Encode, Decode, Clone, Debug, PartialEq, Eq)]
pub struct StoredContent {
    /// Title.
    #[n(0)]
    pub title: String,
    /// Summary.
    #[n(1)]
    pub summary: String,
}

/// A cast vote; who cast it is its key.
#[derive(Encode, Decode, Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredBallot {
    /// How.
    #[n(0)]
    pub choice: StoredChoice,
    /// With which weight.
    #[n(1)]
    pub weight: Weight,
    /// When.
    #[n(2)]
    pub at: Timestamp,
    /// When it was struck: it does not count any more, and is still the account's only one.
    #[n(3)]
    pub struck_at: Option<Timestamp>,
}

impl StoredBallot {
    /// The ballot of this voter.
    #[must_use]
    pub fn cast_by(self, voter: AccountId) -> Ballot {
        let Self { choice, weight, at, struck_at } = self;
        Ballot { voter, choice: choice.into(), weight, at, struck_at }
    }
}

/// A vote; see [`Choice`].
#[derive(Encode, Decode, Clone, Copy, Debug, PartialEq, Eq)]
#[cbor(index_only)]
pub enum StoredChoice {
    /// For it.
    #[n(0)]
    Adopt,
    /// Against it.
    #[n(1)]
    Reject,
    /// Counts for the quorum only.
    #[n(2)]
    Abstain,
}

impl From<Choice> for StoredChoice {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Adopt => Self::Adopt,
            Choice::Reject => Self::Reject,
            Choice::Abstain => Self::Abstain,
        }
    }
}

impl From<StoredChoice> for Choice {
    fn from(choice: StoredChoice) -> Self {
        match choice {
            StoredChoice::Adopt => Self::Adopt,
            StoredChoice::Reject => Self::Reject,
            StoredChoice::Abstain => Self::Abstain,
        }
    }
}
