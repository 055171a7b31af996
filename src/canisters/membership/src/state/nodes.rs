//! Nodes of contexts: where they are, what asking them cost, and what they said.

use super::{Map, Occasion, State};
use crate::storage::{
    FETCH_POOL, Memories, NODES, StoredDivergence, StoredDivergenceKind, StoredEvent, StoredEvidence, StoredFetch,
    StoredNode, StoredNodeState, StoredOutcome, StoredSpending,
};
use calisec_runtime::{Cbor, InFlight, Memory};
use calisec_types::ids::{ContextId, Seq, Timestamp};
use calisec_types::membership::{FetchOutcome, NodeState};
use ic_stable_structures::StableCell;

/// Nodes, and what all of them cost.
pub struct NodeStore {
    nodes: Map<ContextId, Cbor<StoredNode>>,
    pool: StableCell<Cbor<StoredSpending>, Memory>,
    /// Contexts whose node is being asked.
    pub asking: InFlight<ContextId>,
}

/// What came of asking a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFetch {
    /// The address that was asked.
    pub url: String,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// What it said.
    pub state: Option<NodeState>,
    /// How that compares.
    pub outcome: FetchOutcome,
    /// Whether it runs the application on record.
    pub application_matches: Option<bool>,
}

impl NodeStore {
    /// What is in these memories.
    #[must_use]
    pub fn open(memories: &Memories) -> Self {
        Self {
            nodes: Map::init(memories.part(NODES)),
            pool: StableCell::init(memories.part(FETCH_POOL), Cbor(StoredSpending::default())),
            asking: InFlight::default(),
        }
    }

    /// A context's node, also one without an address.
    #[must_use]
    pub fn node(&self, context: ContextId) -> Option<StoredNode> {
        self.nodes.get(&context).map(|Cbor(node)| node)
    }

    /// What was spent on all nodes.
    #[must_use]
    pub fn spending(&self) -> StoredSpending {
        self.pool.get().0
    }
}

impl State {
    /// Nodes of contexts.
    #[must_use]
    pub const fn nodes(&self) -> &NodeStore {
        &self.nodes
    }

    pub(super) fn set_node(&mut self, context: ContextId, url: Option<String>) -> StoredEvent {
        // What was spent, and when it was asked, stay: a new address makes no new budget.
        let before = self.nodes.node(context).unwrap_or_default();
        let node = StoredNode { url: url.clone(), last: None, ..before };
        self.nodes.nodes.insert(context, Cbor(node));
        StoredEvent::NodeSet { url }
    }

    pub(super) fn ask_node(&mut self, occasion: &Occasion, cycles: u64) -> StoredEvent {
        let Occasion { at, context, .. } = *occasion;
        let node = self.nodes.node(context).expect("BUG: a node that is asked must be there");
        let spending = node.spending.plus(at, cycles);
        self.nodes.nodes.insert(context, Cbor(StoredNode { asked_at: Some(at), spending, last: None, ..node }));
        let pool = self.nodes.spending().plus(at, cycles);
        self.nodes.pool.set(Cbor(pool));
        StoredEvent::NodeAsked { cycles }
    }

    pub(super) fn hear_node(&mut self, occasion: &Occasion, seq: Seq, new: NewFetch) -> StoredEvent {
        let Occasion { at, context, .. } = *occasion;
        let NewFetch { url, asked_at, state, outcome, application_matches } = new;
        if let (FetchOutcome::Mismatch { height, raised: true }, Some(state)) = (&outcome, state) {
            let finality = self.checkpoints.height((context, *height)).and_then(|height| height.finality);
            let expected = finality.expect("BUG: what is compared with must be final").by.evidence();
            let found = StoredEvidence {
                account: None,
                node: Some(url),
                state_root: state.state_root,
                app_hash: None,
                at,
                seq,
            };
            let kind = StoredDivergenceKind::NodeState;
            self.checkpoints.add_divergence(context, seq, StoredDivergence { height: *height, kind, expected, found });
        }
        let (state, outcome) = (state.map(StoredNodeState::from), StoredOutcome::from(outcome));
        let last = StoredFetch { asked_at, state, outcome: outcome.clone(), application_matches, seq };
        if let Some(node) = self.nodes.node(context) {
            self.nodes.nodes.insert(context, Cbor(StoredNode { last: Some(last), ..node }));
        }
        StoredEvent::NodeAnswered { state, outcome }
    }
}
