//! What a context's node says when the canister asks it.

use crate::ids::{ApplicationId, ContextId, Height, Seq, StateRoot, Timestamp};
use candid::CandidType;
use serde::{Deserialize, Serialize};

/// Says where a node of the context can be asked. Only the administrator.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SetNodeArg {
    /// Which context.
    pub context: ContextId,
    /// `https://host[:port][/path]`, at most [`super::MAX_NODE_URL_BYTES`] bytes, without user, query or fragment;
    /// `null` for none.
    pub url: Option<String>,
}

/// Asks the context's node for its state. Who attests checkpoints or manages the application.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchStateArg {
    /// Which context.
    pub context: ContextId,
}

/// Why nothing could be learned from a node.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum FetchFailure {
    /// The request was not made, or no node of the subnet got an agreed response: unreachable, timed out, too large.
    NoResponse(String),
    /// The node answered with another status than 200.
    Status(u16),
    /// The answer is not the JSON of `GET /admin-api/contexts/:id`.
    Malformed,
    /// The answer is about another context.
    OtherContext(ContextId),
    /// While the node was asked, its address was changed: the answer of the old one does not count.
    AddressChanged,
}

/// How a node's state compares with the newest final checkpoint.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum FetchOutcome {
    /// It is the checkpoint's.
    Match {
        /// The checkpoint.
        height: Height,
    },
    /// It is another one. A node that went on after the checkpoint differs too.
    Mismatch {
        /// The checkpoint.
        height: Height,
        /// Whether this raised a divergence, of this audit entry's number; not when the same answer raised one before.
        raised: bool,
    },
    /// No checkpoint of the context is final yet.
    NothingToCompare,
    /// Nothing was learned.
    Failed(FetchFailure),
}

/// What a node said.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeState {
    /// The root of its state.
    pub state_root: StateRoot,
    /// The application it runs.
    pub application: ApplicationId,
}

/// A node that was asked.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct FetchedState {
    /// When it was asked.
    pub asked_at: Timestamp,
    /// What it said; `null` when nothing was learned.
    pub state: Option<NodeState>,
    /// How that compares.
    pub outcome: FetchOutcome,
    /// Whether it runs the application on record; `null` when there is none, or nothing was learned.
    pub application_matches: Option<bool>,
    /// The audit entry.
    pub seq: Seq,
}

/// A context's node.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where it can be asked; `null` for none.
    pub url: Option<String>,
    /// When it was asked last, answered or not.
    pub asked_at: Option<Timestamp>,
    /// What came of it; `null` while it is being asked, and when the canister was upgraded meanwhile.
    pub last: Option<FetchedState>,
    /// Cycles spent on it in the present day.
    pub spent_cycles: u64,
}
