//! `governance`: proposals, votes, timelocks and their execution.

use crate::error::{ApiError, ErrorKind, Reason};
use crate::ids::{AccountId, ContextId, GrantId, ProposalId, Revision, Seq, Timestamp, Weight};
use crate::install::InstallArg;
use crate::membership::Change;
use crate::proof_verifier::SetCircuitStatusArg;
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

/// Bytes of a title at the most.
pub const MAX_TITLE_BYTES: usize = 128;
/// Bytes of a summary at the most.
pub const MAX_SUMMARY_BYTES: usize = 4096;
/// Steps of one proposal at the most.
pub const MAX_STEPS: usize = 10;
/// Open proposals of one proposer in one context at the most.
pub const MAX_OPEN_PER_PROPOSER: u64 = 10;

/// The rules proposals are decided by; frozen into each proposal when it is made.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long votes are taken, seconds; 60 to 30 days.
    pub voting_period_seconds: u64,
    /// How long an adopted proposal waits before it may execute, seconds; at most 30 days.
    pub timelock_seconds: u64,
    /// How long after the timelock it may still execute, seconds; 60 to 90 days.
    pub execution_window_seconds: u64,
    /// Share of the electorate's weight that must vote (adopt or reject or abstain), percent, 1 to 100.
    pub quorum_percent: u8,
    /// Share of adopt among adopt and reject that must be *exceeded*, percent, 50 to 99.
    pub approval_percent: u8,
}

/// Install and upgrade argument.
pub type GovernanceArg = InstallArg<GovernanceInit, GovernanceSetting>;

/// What an installation sets.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct GovernanceInit {
    /// Applies what is decided, and knows who may vote.
    pub membership: Principal,
    /// The rules.
    pub rules: Rules,
    /// Who decides about circuits; nobody when absent.
    pub circuits: Option<CircuitsInit>,
}

/// What an upgrade can set.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum GovernanceSetting {
    /// Who decides about circuits from now on. Proposals of who did before fail when they are executed.
    Circuits(CircuitsInit),
}

/// Who decides about circuits. Anybody can register a context of its own and decide there alone, and circuits are everybody's: so
/// one context does, that is named by who installs or upgrades the canister.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitsInit {
    /// Whose circuits; it must have been installed with this canister as its governance.
    pub proof_verifier: Principal,
    /// The context whose members decide.
    pub context: ContextId,
}

/// Something that a proposal does.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Changes access rules of the context.
    Rules(Change),
    /// Deprecates a circuit of `proof_verifier`, takes that back, or revokes it for good. Only proposals of the context that
    /// decides about circuits.
    Circuit(SetCircuitStatusArg),
}

impl From<Change> for Measure {
    fn from(change: Change) -> Self {
        Self::Rules(change)
    }
}

/// Makes a proposal. Only members of the context.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ProposeArg {
    /// Which context.
    pub context: ContextId,
    /// 1 to [`MAX_TITLE_BYTES`] bytes.
    pub title: String,
    /// At most [`MAX_SUMMARY_BYTES`] bytes.
    pub summary: String,
    /// 1 to [`MAX_STEPS`] measures, taken in this order.
    pub steps: Vec<Measure>,
}

/// A vote.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// For it.
    Adopt,
    /// Against it.
    Reject,
    /// Counts for the quorum only.
    Abstain,
}

/// Casts a vote. Only members at the frozen revision who still are members; once, for good.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoteArg {
    /// Which proposal.
    pub proposal: ProposalId,
    /// How.
    pub choice: Choice,
}

/// Has a ballot taken out of the count because who cast it may not vote any more. Anyone with an identity.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct StrikeBallotArg {
    /// Of which proposal.
    pub proposal: ProposalId,
    /// Whose.
    pub voter: AccountId,
}

/// The running count.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Weight for it.
    pub adopt: Weight,
    /// Weight against it.
    pub reject: Weight,
    /// Weight abstaining.
    pub abstain: Weight,
    /// Weight of the whole electorate.
    pub electorate: Weight,
}

/// Where a proposal stands.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Votes are taken until the deadline.
    Open,
    /// Adopted; executable from this time on.
    Adopted {
        /// End of the timelock.
        executable_at: Timestamp,
    },
    /// Rejected: too few votes, or not enough of them for it.
    Rejected,
    /// Execution began in time; what is left can be gone on with.
    Executing,
    /// All steps are applied.
    Executed,
    /// A step was refused for good; later steps were not tried.
    Failed {
        /// Which step, from 0.
        step: u32,
        /// Why.
        message: String,
    },
    /// Adopted, but not executed in time.
    Expired,
}

/// What became of a step.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    /// Not tried yet, or not known to have arrived.
    Pending,
    /// Applied.
    Applied {
        /// Membership's write counter after it.
        seq: Seq,
        /// The grant it made, if it made one.
        grant: Option<GrantId>,
    },
    /// Done by `proof_verifier`.
    CircuitSet,
    /// Refused for good.
    Refused {
        /// Why.
        message: String,
    },
}

/// A step and what became of it.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub measure: Measure,
    /// What became of it.
    pub outcome: StepOutcome,
}

/// A proposal.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its id.
    pub id: ProposalId,
    /// The context.
    pub context: ContextId,
    /// Who made it.
    pub proposer: AccountId,
    /// Title.
    pub title: String,
    /// Summary.
    pub summary: String,
    /// Steps in order.
    pub steps: Vec<Step>,
    /// The rules it is decided by.
    pub rules: Rules,
    /// The membership revision its electorate is frozen at.
    pub revision: Revision,
    /// The running count.
    pub tally: Tally,
    /// Where it stands now.
    pub status: Status,
    /// When it was made.
    pub created_at: Timestamp,
    /// When voting ends.
    pub voting_ends_at: Timestamp,
}

/// Asks for a page of proposals.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ProposalsArg {
    /// Which context.
    pub context: ContextId,
    /// The last proposal of the page before; `null` for the first page.
    pub after: Option<ProposalId>,
    /// Page length.
    pub limit: Option<u32>,
}

/// A page of proposals, ordered by id.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ProposalsPage {
    /// The proposals.
    pub proposals: Vec<Proposal>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<ProposalId>,
}

/// A cast vote.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// Who.
    pub voter: AccountId,
    /// How.
    pub choice: Choice,
    /// With which weight.
    pub weight: Weight,
    /// When.
    pub at: Timestamp,
    /// When it was struck; from then on it does not count.
    pub struck_at: Option<Timestamp>,
}

/// Asks for a page of ballots.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct BallotsArg {
    /// Which proposal.
    pub proposal: ProposalId,
    /// The last voter of the page before; `null` for the first page.
    pub after: Option<AccountId>,
    /// Page length.
    pub limit: Option<u32>,
}

/// A page of ballots, ordered by voter.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct BallotsPage {
    /// The ballots.
    pub ballots: Vec<Ballot>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<AccountId>,
}

/// Why governance refused.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GovernanceReason {
    /// The caller must sign in.
    #[error("the anonymous principal may not do this: call with an identity")]
    Anonymous,
    /// A field is longer than allowed, or empty where it must not be.
    #[error("{field} has {length} bytes or items, between {minimum} and {limit} are allowed")]
    BadLength {
        /// Which field.
        field: String,
        /// Its length.
        length: u64,
        /// The least.
        minimum: u64,
        /// The most.
        limit: u64,
    },
    /// Membership does not know the caller as somebody who may propose or vote.
    #[error("not entitled: {0}")]
    NotEntitled(String),
    /// A step could not be applied.
    #[error("step {step} is not valid: {message}")]
    InvalidStep {
        /// Which, from 0.
        step: u32,
        /// Why.
        message: String,
    },
    /// Too many open proposals.
    #[error("a member may have {limit} open proposals in a context")]
    TooManyOpen {
        /// The limit.
        limit: u64,
    },
    /// No such proposal.
    #[error("proposal {0} does not exist")]
    UnknownProposal(ProposalId),
    /// Votes are not taken any more.
    #[error("voting on the proposal is over")]
    VotingOver,
    /// The vote was cast.
    #[error("this account voted already")]
    AlreadyVoted,
    /// There is nothing to strike.
    #[error("this account has no ballot that counts")]
    NoBallot,
    /// Whoever cast the ballot may still vote.
    #[error("who cast the ballot may still vote: it counts")]
    StillEntitled,
    /// What the ballots decided cannot change any more.
    #[error("the ballots are final: the proposal was rejected, expired, or its execution began")]
    BallotsFinal,
    /// The same caller's proposal or vote, or the same execution, is being processed right now.
    #[error("the same request is being processed: retry when it is done")]
    InProgress,
    /// The proposal cannot be executed as it stands.
    #[error("the proposal cannot be executed: it is {0}")]
    NotExecutable(String),
    /// The timelock runs.
    #[error("the timelock ends at {0}")]
    Timelocked(Timestamp),
    /// Another canister did not answer; nothing is lost, the same call can be repeated.
    #[error("canister {canister} did not answer: {message}; repeat the call")]
    Unavailable {
        /// Which canister.
        canister: Principal,
        /// What came instead.
        message: String,
    },
    /// A defect.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Reason for GovernanceReason {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::InProgress | Self::Timelocked(_) | Self::Unavailable { .. } => ErrorKind::Temporary,
            Self::Internal(_) => ErrorKind::Internal,
            Self::Anonymous
            | Self::BadLength { .. }
            | Self::NotEntitled(_)
            | Self::InvalidStep { .. }
            | Self::TooManyOpen { .. }
            | Self::UnknownProposal(_)
            | Self::VotingOver
            | Self::AlreadyVoted
            | Self::NoBallot
            | Self::StillEntitled
            | Self::BallotsFinal
            | Self::NotExecutable(_) => ErrorKind::Request,
        }
    }
}

/// Error of the governance methods.
pub type GovernanceError = ApiError<GovernanceReason>;
