//! Nodes of contexts, and what they said.

use calisec_types::ids::{ApplicationId, ContextId, Height, Seq, StateRoot, Timestamp};
use calisec_types::membership::{FetchFailure, FetchOutcome, FetchedState, Node, NodeState};

/// A context's node.
#[derive(Clone, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredNode {
    /// Where it can be asked. What was spent stays when the address goes.
    #[n(0)]
    pub url: Option<String>,
    /// When it was asked last.
    #[n(1)]
    pub asked_at: Option<Timestamp>,
    /// What was spent on it.
    #[n(2)]
    pub spending: StoredSpending,
    /// What came of the last question.
    #[n(3)]
    pub last: Option<StoredFetch>,
}

/// Cycles spent in a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredSpending {
    /// Days since 1970.
    #[n(0)]
    pub day: u64,
    /// Cycles.
    #[n(1)]
    pub cycles: u64,
}

const NANOS_PER_DAY: u64 = 24 * 60 * 60 * 1_000_000_000;

impl StoredSpending {
    /// What was spent in the day of `now`.
    #[must_use]
    pub const fn on_day_of(&self, now: Timestamp) -> u64 {
        if self.day == now.0 / NANOS_PER_DAY { self.cycles } else { 0 }
    }

    /// With this much more spent now.
    #[must_use]
    pub const fn plus(&self, now: Timestamp, cycles: u64) -> Self {
        Self { day: now.0 / NANOS_PER_DAY, cycles: self.on_day_of(now).saturating_add(cycles) }
    }

    /// When the day of `now` is over.
    #[must_use]
    pub const fn end_of_day(now: Timestamp) -> Timestamp {
        Timestamp((now.0 / NANOS_PER_DAY + 1) * NANOS_PER_DAY)
    }
}

/// What a node said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredNodeState {
    /// The root of its state.
    #[n(0)]
    pub state_root: StateRoot,
    /// The application it runs.
    #[n(1)]
    pub application: ApplicationId,
}

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum StoredOutcome {
    /// It is the checkpoint's.
    #[n(0)]
    Match(#[n(0)] Height),
    /// It is another, and whether that raised a divergence.
    #[n(1)]
    Mismatch(#[n(0)] Height, #[n(1)] bool),
    /// Nothing is final.
    #[n(2)]
    NothingToCompare,
    /// No response.
    #[n(3)]
    NoResponse(#[n(0)] String),
    /// Another status.
    #[n(4)]
    Status(#[n(0)] u16),
    /// Not the JSON.
    #[n(5)]
    Malformed,
    /// Another context.
    #[n(6)]
    OtherContext(#[n(0)] ContextId),
    /// Another address meanwhile.
    #[n(7)]
    AddressChanged,
}

/// A question to a node and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredFetch {
    /// When it was asked.
    #[n(0)]
    pub asked_at: Timestamp,
    /// What it said.
    #[n(1)]
    pub state: Option<StoredNodeState>,
    /// How that compares.
    #[n(2)]
    pub outcome: StoredOutcome,
    /// Whether it runs the application on record.
    #[n(3)]
    pub application_matches: Option<bool>,
    /// The audit entry.
    #[n(4)]
    pub seq: Seq,
}

impl StoredNode {
    /// The node as the API shows it.
    #[must_use]
    pub fn into_api(self, now: Timestamp) -> Node {
        let Self { url, asked_at, spending, last } = self;
        Node { url, asked_at, last: last.map(StoredFetch::into_api), spent_cycles: spending.on_day_of(now) }
    }
}

impl StoredFetch {
    /// The question as the API shows it.
    #[must_use]
    pub fn into_api(self) -> FetchedState {
        let Self { asked_at, state, outcome, application_matches, seq } = self;
        FetchedState { asked_at, state: state.map(NodeState::from), outcome: outcome.into(), application_matches, seq }
    }
}

impl From<NodeState> for StoredNodeState {
    fn from(NodeState { state_root, application }: NodeState) -> Self {
        Self { state_root, application }
    }
}

impl From<StoredNodeState> for NodeState {
    fn from(StoredNodeState { state_root, application }: StoredNodeState) -> Self {
        Self { state_root, application }
    }
}

impl From<FetchOutcome> for StoredOutcome {
    fn from(outcome: FetchOutcome) -> Self {
        match outcome {
            FetchOutcome::Match { height } => Self::Match(height),
            FetchOutcome::Mismatch { height, raised } => Self::Mismatch(height, raised),
            FetchOutcome::NothingToCompare => Self::NothingToCompare,
            FetchOutcome::Failed(FetchFailure::NoResponse(why)) => Self::NoResponse(why),
            FetchOutcome::Failed(FetchFailure::Status(status)) => Self::Status(status),
            FetchOutcome::Failed(FetchFailure::Malformed) => Self::Malformed,
            FetchOutcome::Failed(FetchFailure::OtherContext(context)) => Self::OtherContext(context),
            FetchOutcome::Failed(FetchFailure::AddressChanged) => Self::AddressChanged,
        }
    }
}

impl From<StoredOutcome> for FetchOutcome {
    fn from(outcome: StoredOutcome) -> Self {
        match outcome {
            StoredOutcome::Match(height) => Self::Match { height },
            StoredOutcome::Mismatch(height, raised) => Self::Mismatch { height, raised },
            StoredOutcome::NothingToCompare => Self::NothingToCompare,
            StoredOutcome::NoResponse(why) => Self::Failed(FetchFailure::NoResponse(why)),
            StoredOutcome::Status(status) => Self::Failed(FetchFailure::Status(status)),
            StoredOutcome::Malformed => Self::Failed(FetchFailure::Malformed),
            StoredOutcome::OtherContext(context) => Self::Failed(FetchFailure::OtherContext(context)),
            StoredOutcome::AddressChanged => Self::Failed(FetchFailure::AddressChanged),
        }
    }
}
