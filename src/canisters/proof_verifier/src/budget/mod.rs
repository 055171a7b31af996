//! What each caller may cost: a bucket of proofs that refills with time.
//!
//! A caller's bucket is told by one time, that at which it is full again (the "generic cell rate algorithm"); a full bucket
//! needs no entry, so entries whose time has come are dropped. All of it is in the heap: a budget is worth minutes, a refused
//! call leaves stable memory as it was, and an upgrade fills every bucket.

#[cfg(test)]
mod tests;

use calisec_types::ids::Timestamp;
use calisec_types::proof_verifier::{BUDGET_PROOFS, BUDGET_SECONDS_PER_PROOF};
use candid::Principal;
use std::collections::{BTreeMap, BTreeSet};

/// Callers whose bucket is not full, at the most. They bound what all callers together may cost.
pub const CAPACITY: usize = 10_000;

const NANOSECONDS_PER_PROOF: u64 = BUDGET_SECONDS_PER_PROOF * 1_000_000_000;
const NANOSECONDS_PER_BUCKET: u64 = BUDGET_PROOFS * NANOSECONDS_PER_PROOF;

/// The caller has to wait until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted {
    /// When the same request will be served.
    pub retry_at: Timestamp,
}

/// The buckets of all callers.
#[derive(Default)]
pub struct Budgets {
    full_at: BTreeMap<Principal, Timestamp>,
    by_time: BTreeSet<(Timestamp, Principal)>,
}

impl Budgets {
    /// Takes this many proofs, at most [`BUDGET_PROOFS`], out of the caller's bucket.
    ///
    /// # Errors
    /// When there are not so many in it, or too many callers have one that is not full; nothing is taken then.
    pub fn charge(&mut self, caller: Principal, proofs: u64, now: Timestamp) -> Result<(), Exhausted> {
        self.drop_full(now);
        let old = self.full_at.get(&caller).copied();
        if let (None, true, Some((first, _))) = (old, self.full_at.len() >= CAPACITY, self.by_time.first()) {
            return Err(Exhausted { retry_at: *first });
        }
        let cost = proofs.saturating_mul(NANOSECONDS_PER_PROOF);
        let full_at = old.unwrap_or(now).0.saturating_add(cost);
        if full_at > now.0.saturating_add(NANOSECONDS_PER_BUCKET) {
            return Err(Exhausted { retry_at: Timestamp(full_at - NANOSECONDS_PER_BUCKET) });
        }
        if let Some(old) = old {
            self.by_time.remove(&(old, caller));
        }
        self.full_at.insert(caller, Timestamp(full_at));
        self.by_time.insert((Timestamp(full_at), caller));
        Ok(())
    }

    /// Each entry is dropped once, so this costs no more than its insertion did.
    fn drop_full(&mut self, now: Timestamp) {
        while let Some((_, caller)) = self.by_time.first().filter(|(full_at, _)| *full_at <= now).copied() {
            self.by_time.pop_first();
            self.full_at.remove(&caller);
        }
    }
}
