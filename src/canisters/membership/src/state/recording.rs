//! What the audit log shows, and what opens what it hides.

use super::{Map, Occasion, State};
use crate::audit;
use crate::storage::{
    AUDIT_KEYS, AUDIT_OPENINGS, Memories, RECORDINGS, StoredAuditMode, StoredAuditRules, StoredContext, StoredEvent,
    StoredOpening, StoredPayload, StoredPrincipal,
};
use calisec_runtime::Cbor;
use calisec_types::ids::{AccountId, ContextId, Digest32, GroupId, Seq, Timestamp};
use calisec_types::membership::MAX_RECORDINGS_PER_DAY;
use candid::Principal;
use std::ops::Bound;

/// How long it takes until an account may have another decision recorded, in nanoseconds.
const RECORDING_INTERVAL: u64 = 24 * 60 * 60 * 1_000_000_000 / MAX_RECORDINGS_PER_DAY;

/// Something about the log itself.
#[derive(Clone, Debug)]
pub enum AuditChange {
    /// What everybody sees of entries changes, with the seed of what hides them.
    ModeSet {
        /// What is seen.
        mode: StoredAuditMode,
        /// The seed; `None` where nothing is hidden.
        seed: Option<Digest32>,
    },
    /// Decisions of other canisters are recorded.
    RegistriesSet {
        /// Of which.
        registries: Vec<StoredPrincipal>,
    },
    /// Openings are forgotten: of these entries.
    OpeningsDiscarded {
        /// Which, at least one, in their order.
        entries: Vec<Seq>,
    },
    /// A decision is recorded.
    Decided {
        /// The decision, as it is recorded.
        decided: StoredEvent,
        /// Who has it recorded.
        recorder: Recorder,
    },
}

/// Who has a decision recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorder {
    /// The administrator of the group.
    Administrator,
    /// A member.
    Member(AccountId),
    /// A canister that the administrator named.
    Registry,
}

/// What the log hides and who writes to it.
pub(super) struct Recording {
    keys: Map<ContextId, Digest32>,
    openings: Map<(ContextId, Seq), Cbor<StoredOpening>>,
    /// When as many decisions may be recorded as in a whole day.
    free_again_at: Map<(GroupId, AccountId), Timestamp>,
}

impl Recording {
    pub(super) fn open(memories: &Memories) -> Self {
        Self {
            keys: Map::init(memories.part(AUDIT_KEYS)),
            openings: Map::init(memories.part(AUDIT_OPENINGS)),
            free_again_at: Map::init(memories.part(RECORDINGS)),
        }
    }
}

impl State {
    /// When an account may have another decision recorded, if it may not now.
    #[must_use]
    pub fn recording_again_at(&self, group: GroupId, account: AccountId, now: Timestamp) -> Option<Timestamp> {
        let free_again_at = self.recording.free_again_at.get(&(group, account))?;
        let allowed = Timestamp(free_again_at.0.saturating_sub((MAX_RECORDINGS_PER_DAY - 1) * RECORDING_INTERVAL));
        (now < allowed).then_some(allowed)
    }

    /// What opens a context's hidden entries after one, in their order.
    pub fn openings_after(&self, context: ContextId, after: Option<Seq>) -> impl Iterator<Item = (Seq, StoredOpening)> {
        let first = after.map_or(Bound::Included((context, Seq(0))), |after| Bound::Excluded((context, after)));
        let range = (first, Bound::Included((context, Seq(u64::MAX))));
        self.recording.openings.range(range).map(|entry| {
            let ((_, seq), Cbor(opening)) = entry.into_pair();
            (seq, opening)
        })
    }

    pub(super) fn change_recording(&mut self, occasion: &Occasion, seq: Seq, change: AuditChange) -> StoredEvent {
        let context = occasion.context;
        match change {
            AuditChange::ModeSet { mode, seed } => {
                let before = self.recording.keys.remove(&context);
                if let Some(seed) = seed {
                    self.recording.keys.insert(context, audit::keyed(before, context, seq, seed));
                }
                self.set_audit_rules(context, |rules| rules.mode = mode);
                StoredEvent::AuditModeSet { mode }
            }
            AuditChange::RegistriesSet { registries } => {
                self.set_audit_rules(context, |rules| rules.registries.clone_from(&registries));
                StoredEvent::RecordedRegistriesSet { registries }
            }
            AuditChange::OpeningsDiscarded { entries } => {
                for entry in &entries {
                    self.recording.openings.remove(&(context, *entry));
                }
                let up_to = *entries.last().expect("BUG: at least one opening must be discarded");
                StoredEvent::OpeningsDiscarded { up_to, discarded: entries.len() as u64 }
            }
            AuditChange::Decided { decided, recorder } => {
                if let Recorder::Member(account) = recorder {
                    let key = (self.group_of(context), account);
                    let used = self.recording.free_again_at.get(&key).unwrap_or(occasion.at).max(occasion.at);
                    self.recording.free_again_at.insert(key, Timestamp(used.0.saturating_add(RECORDING_INTERVAL)));
                }
                decided
            }
        }
    }

    fn set_audit_rules(&mut self, id: ContextId, change: impl FnOnce(&mut StoredAuditRules)) {
        let mut context = self.known_context(id);
        change(context.audit.get_or_insert_default());
        self.contexts.insert(id, Cbor(context));
    }

    /// Caller and event of an entry as the context's mode shows them; what opens them is kept. What is about the log itself
    /// is never hidden: everybody sees from when on something is.
    pub(super) fn shown(
        &mut self,
        (id, context): (ContextId, &StoredContext),
        seq: Seq,
        caller: Principal,
        event: StoredEvent,
    ) -> (Principal, StoredEvent) {
        let mode = context.audit.as_ref().map_or(StoredAuditMode::Full, |rules| rules.mode);
        if mode == StoredAuditMode::Full || event.is_about_the_log() {
            return (caller, event);
        }
        let key = self.recording.keys.get(&id).expect("BUG: a mode that hides must have a key");
        let (salt, key) = audit::salt(key);
        self.recording.keys.insert(id, key);
        let (shown, opening) = audit::seal_payload(mode, salt, StoredPayload { caller, event });
        self.recording.openings.insert((id, seq), Cbor(opening));
        shown
    }
}
