//! What groups may add in a day for nothing.
//!
//! Counted in the heap: an upgrade forgets it, which gives a day's writes back and loses nothing. It holds the groups that were
//! written to today.

use calisec_types::ids::{GroupId, Timestamp};
use calisec_types::membership::FREE_WRITES_PER_GROUP_AND_DAY;
use std::collections::BTreeMap;

const NANOSECONDS_PER_DAY: u64 = 24 * 60 * 60 * 1_000_000_000;

/// A group, and whether it is governance that writes: each has its own share.
type Share = (GroupId, bool);

/// Writes of a day, by share.
#[derive(Debug, Default)]
pub struct WriteCredit {
    day: u64,
    spent: BTreeMap<Share, u32>,
}

impl WriteCredit {
    /// When more may be written for nothing, if nothing may now.
    #[must_use]
    pub fn spent_until(&self, share: Share, now: Timestamp) -> Option<Timestamp> {
        let day = now.0 / NANOSECONDS_PER_DAY;
        let spent = self.spent.get(&share).filter(|_| self.day == day).copied().unwrap_or(0);
        (spent >= FREE_WRITES_PER_GROUP_AND_DAY).then(|| Timestamp((day + 1).saturating_mul(NANOSECONDS_PER_DAY)))
    }

    /// Counts writes.
    pub fn spend(&mut self, share: Share, weight: u32, now: Timestamp) {
        let day = now.0 / NANOSECONDS_PER_DAY;
        if self.day != day {
            *self = Self { day, spent: BTreeMap::new() };
        }
        let spent = self.spent.entry(share).or_default();
        *spent = spent.saturating_add(weight);
    }
}
