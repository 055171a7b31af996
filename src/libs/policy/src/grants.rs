//! When a grant counts, and which of several does.

use calisec_types::ids::{GrantId, Timestamp};
use calisec_types::membership::{GrantFact, GrantState, GrantTerms};

/// What a grant was given with, and how often it was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms<'a> {
    /// From when on.
    pub not_before: Option<Timestamp>,
    /// The last moment at which it counts.
    pub not_after: Option<Timestamp>,
    /// How often it may be used.
    pub max_uses: Option<u64>,
    /// What for.
    pub purpose: Option<&'a str>,
    /// How often it was used.
    pub uses: u64,
}

/// A grant in some form.
pub trait OnTerms {
    /// What it was given with, and how often it was used.
    fn terms(&self) -> Terms<'_>;
}

impl OnTerms for GrantFact {
    fn terms(&self) -> Terms<'_> {
        let Self { id: _, terms: GrantTerms { not_before, not_after, max_uses, purpose }, uses } = self;
        Terms {
            not_before: *not_before,
            not_after: *not_after,
            max_uses: *max_uses,
            purpose: purpose.as_deref(),
            uses: *uses,
        }
    }
}

impl<T: OnTerms> OnTerms for &T {
    fn terms(&self) -> Terms<'_> {
        (*self).terms()
    }
}

/// A grant that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counting {
    /// Which.
    pub id: GrantId,
    /// The last moment at which it counts, if there is one.
    pub until: Option<Timestamp>,
    /// Whether using it uses it up.
    pub is_limited: bool,
}

/// Whether a grant counts for a question, and if not, why.
#[must_use]
pub fn state_of(grant: &impl OnTerms, now: Timestamp, purpose: Option<&str>) -> GrantState {
    let Terms { not_before, not_after, purpose: only_for, .. } = grant.terms();
    if is_spent(grant, now) {
        return if not_after.is_some_and(|end| end < now) { GrantState::Over } else { GrantState::UsedUp };
    }
    if not_before.is_some_and(|start| now < start) {
        GrantState::NotYet
    } else if only_for.is_some_and(|only| purpose != Some(only)) {
        GrantState::OtherPurpose
    } else {
        GrantState::InForce
    }
}

/// Whether a grant will never count again.
#[must_use]
pub fn is_spent(grant: &impl OnTerms, now: Timestamp) -> bool {
    let Terms { not_after, max_uses, uses, .. } = grant.terms();
    not_after.is_some_and(|end| end < now) || max_uses.is_some_and(|most| uses >= most)
}

/// Which grant counts: one without limited uses if there is one, and of those the one that lasts longest; else the one
/// that ends first, so that little is wasted.
#[must_use]
pub fn choose<T: OnTerms>(
    longest_first: impl IntoIterator<Item = (GrantId, T)>,
    now: Timestamp,
    purpose: Option<&str>,
) -> Option<Counting> {
    let mut chosen: Option<Counting> = None;
    for (id, grant) in longest_first {
        if state_of(&grant, now, purpose) != GrantState::InForce {
            continue;
        }
        let Terms { not_after, max_uses, .. } = grant.terms();
        let is_limited = max_uses.is_some();
        chosen = Some(Counting { id, until: not_after, is_limited });
        if !is_limited {
            break;
        }
    }
    chosen
}
