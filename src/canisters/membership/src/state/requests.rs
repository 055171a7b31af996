//! Which signed requests were used.

use super::State;
use crate::storage::{Memories, REQUEST_NONCES, RequestNonces};
use calisec_types::ids::AccountId;

/// The nonces of signed requests.
pub(super) struct Requests {
    nonces: RequestNonces,
}

impl Requests {
    pub(super) fn open(memories: &Memories) -> Self {
        Self { nonces: RequestNonces::init(memories.part(REQUEST_NONCES)) }
    }
}

impl State {
    /// The highest nonce of a signed request by this key; 0 before the first.
    #[must_use]
    pub fn last_nonce(&self, key: AccountId) -> u64 {
        self.requests.nonces.get(&key).unwrap_or(0)
    }

    /// A key used a nonce. Not an event: it guards against replay, and changes nothing about a context.
    pub fn use_nonce(&mut self, key: AccountId, nonce: u64) {
        let highest = self.last_nonce(key).max(nonce);
        self.requests.nonces.insert(key, highest);
    }
}
