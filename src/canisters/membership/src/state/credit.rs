//! What groups may add in a day for nothing.
//!
//! Counted in the heap: an upgrade forgets it, which gives a day's writes back and loses nothing. It holds the groups and accounts
//! that something was written for today.

use calisec_types::ids::{AccountId, GroupId, Timestamp};
use calisec_types::membership::{FREE_WRITES_PER_ACCOUNT_AND_DAY, FREE_WRITES_PER_GROUP_AND_DAY};
use std::collections::BTreeMap;

const NANOSECONDS_PER_DAY: u64 = 24 * 60 * 60 * 1_000_000_000;

/// Who writes to a group. Each has a purse of its own: nobody spends another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Writer {
    /// Who manages or administers it.
    Manager,
    /// Members, for themselves.
    Member,
    /// Governance.
    Governance,
    /// The key behind the group, which recovers it.
    Recovery,
    /// Registries, whose decisions are recorded.
    Registry,
}

/// A writer's purse, and the account that has no more than a share of it.
pub type Purse = (Writer, Option<AccountId>);

/// Writes of a day.
#[derive(Debug, Default)]
pub struct WriteCredit {
    day: u64,
    /// By purse as a whole, and by share.
    spent: BTreeMap<(GroupId, Purse), u32>,
}

impl WriteCredit {
    /// When more may be written for nothing, if nothing may now.
    #[must_use]
    pub fn spent_until(&self, group: GroupId, purse: Purse, now: Timestamp) -> Option<Timestamp> {
        let day = now.0 / NANOSECONDS_PER_DAY;
        let is_spent = self.day == day
            && counters(purse).any(|(counter, limit)| self.spent.get(&(group, counter)).is_some_and(|n| *n >= limit));
        is_spent.then(|| Timestamp((day + 1).saturating_mul(NANOSECONDS_PER_DAY)))
    }

    /// Counts writes.
    pub fn spend(&mut self, group: GroupId, purse: Purse, weight: u32, now: Timestamp) {
        let day = now.0 / NANOSECONDS_PER_DAY;
        if self.day != day {
            *self = Self { day, spent: BTreeMap::new() };
        }
        for (counter, _) in counters(purse) {
            let spent = self.spent.entry((group, counter)).or_default();
            *spent = spent.saturating_add(weight);
        }
    }
}

/// What a write is counted by, and up to where: the purse, and the share of an account.
fn counters((writer, account): Purse) -> impl Iterator<Item = (Purse, u32)> {
    let share = account.map(|account| ((writer, Some(account)), FREE_WRITES_PER_ACCOUNT_AND_DAY));
    std::iter::once(((writer, None), FREE_WRITES_PER_GROUP_AND_DAY)).chain(share)
}
