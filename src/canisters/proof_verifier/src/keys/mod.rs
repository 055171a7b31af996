//! Prepared verifying keys, kept in the heap.
//!
//! Preparing a key costs about as much as verifying a proof with it. The cache is lost at an upgrade and refills on
//! demand; what a query adds to it is discarded with the query.

#[cfg(test)]
mod tests;

use crate::curve::CircuitKey;
use calisec_types::ids::CircuitId;
use std::collections::BTreeMap;

/// Keys in the cache at the most. A key takes 40 KiB with 4 public inputs and 280 KiB with 64.
pub const CAPACITY: usize = 64;

/// The keys used last.
#[derive(Default)]
pub struct PreparedKeys {
    entries: BTreeMap<CircuitId, Entry>,
    uses: u64,
}

struct Entry {
    key: CircuitKey,
    last_use: u64,
}

impl PreparedKeys {
    /// The prepared key of a circuit, prepared by `prepare` if it is not there.
    ///
    /// # Errors
    /// Those of `prepare`; nothing is kept then.
    pub fn get_or_prepare<E>(
        &mut self,
        circuit: CircuitId,
        prepare: impl FnOnce() -> Result<CircuitKey, E>,
    ) -> Result<CircuitKey, E> {
        self.uses += 1;
        if let Some(entry) = self.entries.get_mut(&circuit) {
            entry.last_use = self.uses;
            return Ok(entry.key.clone());
        }
        let key = prepare()?;
        if self.entries.len() >= CAPACITY {
            self.evict();
        }
        self.entries.insert(circuit, Entry { key: key.clone(), last_use: self.uses });
        Ok(key)
    }

    fn evict(&mut self) {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.last_use).map(|(circuit, _)| *circuit);
        if let Some(circuit) = oldest {
            self.entries.remove(&circuit);
        }
    }
}
