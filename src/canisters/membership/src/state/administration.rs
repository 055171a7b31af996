//! Who administers a group, and who may become it.

use super::{Map, Occasion, State};
use crate::storage::{HANDOVERS, Memories, StoredEvent, StoredHandover};
use calisec_runtime::Cbor;
use calisec_types::ids::GroupId;
use candid::Principal;

/// A change that is about the administrator of a group.
#[derive(Clone, Copy, Debug)]
pub enum Administration {
    /// Somebody may become the administrator, by an offer or a recovery. What was pending is not any more.
    HandoverStarted(StoredHandover),
    /// The pending handover is taken back.
    HandoverCancelled,
    /// The pending handover is accepted.
    HandoverAccepted,
}

/// The pending handovers.
pub(super) struct Handovers(Map<GroupId, Cbor<StoredHandover>>);

impl Handovers {
    pub(super) fn open(memories: &Memories) -> Self {
        Self(Map::init(memories.part(HANDOVERS)))
    }
}

impl State {
    /// The handover of a group that is pending, or over without having been accepted.
    #[must_use]
    pub fn handover(&self, group: GroupId) -> Option<StoredHandover> {
        self.handovers.0.get(&group).map(|Cbor(handover)| handover)
    }

    /// How many contexts a group has: no more than an administrator may hold.
    #[must_use]
    pub fn count_contexts(&self, group: GroupId) -> u64 {
        self.contexts_after(group, None).count() as u64
    }

    pub(super) fn administer(&mut self, occasion: &Occasion, change: Administration) -> StoredEvent {
        let group = self.known_context(occasion.context).group;
        match change {
            Administration::HandoverStarted(handover) => {
                self.handovers.0.insert(group, Cbor(handover));
                StoredEvent::HandoverStarted(handover)
            }
            Administration::HandoverCancelled => {
                let Cbor(handover) = self.handovers.0.remove(&group).expect("BUG: a handover must be pending");
                StoredEvent::HandoverCancelled { to: handover.to }
            }
            Administration::HandoverAccepted => {
                let Cbor(handover) = self.handovers.0.remove(&group).expect("BUG: a handover must be pending");
                let from = self.set_administrator(group, handover.to);
                StoredEvent::AdministratorChanged { from, to: handover.to }
            }
        }
    }

    /// Free contexts stay used up with whom they were registered for.
    fn set_administrator(&mut self, id: GroupId, to: Principal) -> Principal {
        let contexts = self.count_contexts(id);
        let mut group = self.group(id).expect("BUG: the group of a context must be stored");
        let from = group.administrator;
        group.administrator = to;
        group.revision = group.revision.next();
        group.administered_since = group.revision;
        self.groups.insert(id, Cbor(group));
        let mut quota = self.quota(from);
        quota.held -= contexts;
        quota.relayed = quota.relayed.min(quota.held);
        self.quotas.insert(from, Cbor(quota));
        let mut quota = self.quota(to);
        quota.held += contexts;
        self.quotas.insert(to, Cbor(quota));
        from
    }
}
