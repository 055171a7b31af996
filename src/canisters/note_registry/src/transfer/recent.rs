//! Transfers that could be sent again.

use super::is_over;
use calisec_runtime::Memory;
use calisec_types::ids::{Digest32, Timestamp};
use ic_stable_structures::StableBTreeMap;

/// Transfers that are remembered at the most; more than the registry could make in a window at ten a second.
pub const MAX_RECENT_TRANSFERS: u64 = 1_000_000;

/// Entries forgotten with each one that is added: more than one, so that the map shrinks after a busy day, and few, so
/// that no transfer pays for the others.
const FORGOTTEN_AT_ONCE: usize = 4;

/// When a transfer was created, and the hash of the rest of it. Ordered by time, so that the oldest are first.
pub type TransferKey = (Timestamp, Digest32);

/// The transfers of the window that asked for deduplication.
pub struct RecentTransfers {
    transactions: StableBTreeMap<TransferKey, u64, Memory>,
    capacity: u64,
}

impl RecentTransfers {
    /// Those in this memory.
    pub fn load(memory: Memory, capacity: u64) -> Self {
        Self { transactions: StableBTreeMap::init(memory), capacity }
    }

    /// The transaction the same transfer was made with.
    pub fn find(&self, key: &TransferKey) -> Option<u64> {
        self.transactions.get(key)
    }

    /// Forgets a few that are over; whether there is room for one more then.
    pub fn make_room(&mut self, now: Timestamp) -> bool {
        for _ in 0..FORGOTTEN_AT_ONCE {
            match self.transactions.first_key_value() {
                Some(((created_at, _), _)) if is_over(created_at, now) => self.transactions.pop_first(),
                _ => break,
            };
        }
        self.transactions.len() < self.capacity
    }

    /// Remembers a transfer.
    pub fn remember(&mut self, key: TransferKey, transaction: u64) {
        self.transactions.insert(key, transaction);
    }

    /// How many are remembered.
    pub fn len(&self) -> u64 {
        self.transactions.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.transactions.is_empty()
    }
}
