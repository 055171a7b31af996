//! What was executed and what it cost.

use candid::Principal;
use std::collections::VecDeque;

/// Executions remembered; the oldest go first.
const KEPT: usize = 100_000;

/// The kind of a message, as in the System API's contexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MessageKind {
    /// `canister_init` of an install or reinstall.
    Init,
    /// `canister_pre_upgrade`.
    PreUpgrade,
    /// `canister_post_upgrade`.
    PostUpgrade,
    /// `canister_inspect_message`.
    InspectMessage,
    /// An update.
    Update,
    /// A query executed as an update.
    ReplicatedQuery,
    /// A query.
    Query,
    /// A composite query.
    CompositeQuery,
    /// A reply callback.
    ReplyCallback,
    /// A reject callback.
    RejectCallback,
    /// A cleanup callback.
    Cleanup,
    /// A heartbeat.
    Heartbeat,
    /// The global timer.
    GlobalTimer,
}

/// One execution of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// The round in which it ran.
    pub round: u64,
    /// The network's time.
    pub time_ns: u64,
    /// Where.
    pub canister: Principal,
    /// Who called; for callbacks, who called the method that waits.
    pub caller: Principal,
    /// What.
    pub kind: MessageKind,
    /// The method; for callbacks the method they belong to; empty for system tasks.
    pub method: String,
    /// Instructions, as the replica counts them.
    pub instructions: u64,
    /// Cycles charged for the execution; 0 for queries.
    pub cycles_charged: u128,
    /// Why it trapped, if it did.
    pub trap: Option<String>,
}

/// The last executions, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Records {
    kept: VecDeque<Execution>,
}

impl Records {
    pub(crate) fn push(&mut self, execution: Execution) {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(execution);
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Execution> {
        self.kept.iter()
    }

    pub(crate) fn take(&mut self) -> Vec<Execution> {
        self.kept.drain(..).collect()
    }
}
