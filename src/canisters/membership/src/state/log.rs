//! The audit log: entries, and the range of their hashes.

use crate::audit::{self, LogHead};
use crate::storage::{AUDIT_DATA, AUDIT_INDEX, AUDIT_RANGE, EntryBody, Memories, StoredEntry};
use calisec_certification::mountains::MountainRange;
use calisec_runtime::{Cbor, Memory};
use calisec_types::ids::{Digest32, Seq};
use calisec_types::membership::AuditEntry;
use ic_stable_structures::StableLog;

/// The audit log.
pub struct AuditLog {
    entries: StableLog<Cbor<StoredEntry>, Memory, Memory>,
    range: MountainRange<Memory>,
    /// Of what is stored: every write needs it twice.
    head: LogHead,
}

impl AuditLog {
    pub(super) fn open(memories: &Memories) -> Self {
        let entries: StableLog<Cbor<StoredEntry>, _, _> =
            StableLog::init(memories.part(AUDIT_INDEX), memories.part(AUDIT_DATA));
        let range = MountainRange::init(memories.part(AUDIT_RANGE));
        let hash = entries.last().map_or(audit::NO_PARENT, |Cbor(entry)| entry.hash);
        let head = LogHead { seq: Seq(entries.len()), hash, root: Digest32(range.root()) };
        assert_eq!(range.len(), head.seq.0, "BUG: every entry must stand in the range");
        Self { entries, range, head }
    }

    /// Its end.
    #[must_use]
    pub const fn head(&self) -> &LogHead {
        &self.head
    }

    pub(super) fn append(&mut self, body: &EntryBody) {
        let entry = audit::seal(self.head.hash, body);
        let hash = entry.hash;
        self.entries.append(&Cbor(entry)).expect("BUG: no stable memory left for the audit log");
        self.range.push_hash(hash.0);
        self.head = LogHead { seq: self.head.seq.next(), hash, root: Digest32(self.range.root()) };
    }

    /// Entries from a number on.
    #[must_use]
    pub fn entries(&self, from: Seq, limit: usize) -> Vec<AuditEntry> {
        // Entries are numbered from 1, places in the log from 0.
        let first = from.0.max(1) - 1;
        let mut parent = match first.checked_sub(1) {
            Some(before) => self.entries.get(before).map(|Cbor(entry)| entry.hash),
            None => Some(audit::NO_PARENT),
        };
        let mut entries = Vec::new();
        for place in first..first.saturating_add(limit as u64) {
            let (Some(before), Some(Cbor(entry))) = (parent, self.entries.get(place)) else { break };
            entries.push(audit::to_api(&entry, before));
            parent = Some(entry.hash);
        }
        entries
    }

    /// An entry, and the hashes that lead from its own to the root.
    #[must_use]
    pub fn entry_with_path(&self, seq: Seq) -> Option<(AuditEntry, Vec<Digest32>)> {
        let place = seq.0.checked_sub(1)?;
        let entry = self.entries(seq, 1).pop()?;
        Some((entry, self.range.path_from(place).into_iter().map(Digest32).collect()))
    }
}
