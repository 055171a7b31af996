//! When a grant counts, and which of several does.

use crate::storage::{GrantStanding, StoredTerms};
use calisec_types::ids::{GrantId, Timestamp};
use calisec_types::membership::{GrantState, GrantTerms, MAX_GRANT_USES, MAX_PURPOSE_BYTES, MembershipReason};

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
pub fn state_of(standing: &GrantStanding, now: Timestamp, purpose: Option<&str>) -> GrantState {
    let StoredTerms { not_before, not_after, max_uses: _, purpose: only_for } = &standing.terms;
    if is_spent(standing, now) {
        return if not_after.is_some_and(|end| end < now) { GrantState::Over } else { GrantState::UsedUp };
    }
    if not_before.is_some_and(|start| now < start) {
        GrantState::NotYet
    } else if only_for.as_deref().is_some_and(|only| purpose != Some(only)) {
        GrantState::OtherPurpose
    } else {
        GrantState::InForce
    }
}

/// Whether a grant will never count again.
#[must_use]
pub fn is_spent(standing: &GrantStanding, now: Timestamp) -> bool {
    let GrantStanding { terms, uses } = standing;
    terms.not_after.is_some_and(|end| end < now) || terms.max_uses.is_some_and(|most| *uses >= most)
}

/// Whether a grant may not count although it is not over: it begins later, is for one purpose, or can be used up.
#[must_use]
pub const fn is_conditional(terms: &StoredTerms) -> bool {
    terms.not_before.is_some() || terms.max_uses.is_some() || terms.purpose.is_some()
}

/// Which grant counts: one without limited uses if there is one, and of those the one that lasts longest; else the one
/// that ends first, so that little is wasted.
#[must_use]
pub fn choose(
    longest_first: impl IntoIterator<Item = (GrantId, GrantStanding)>,
    now: Timestamp,
    purpose: Option<&str>,
) -> Option<Counting> {
    let mut chosen: Option<Counting> = None;
    for (id, standing) in longest_first {
        if state_of(&standing, now, purpose) != GrantState::InForce {
            continue;
        }
        let is_limited = standing.terms.max_uses.is_some();
        chosen = Some(Counting { id, until: standing.terms.not_after, is_limited });
        if !is_limited {
            break;
        }
    }
    chosen
}

/// Checks what a grant is to be given with.
///
/// # Errors
/// [`MembershipReason::InvalidName`], [`MembershipReason::AlreadyOver`] and [`MembershipReason::NeverInForce`].
pub fn check_terms(terms: &GrantTerms, now: Timestamp) -> Result<(), MembershipReason> {
    let GrantTerms { not_before, not_after, max_uses, purpose } = terms;
    if let Some(purpose) = purpose {
        check_name("purpose", purpose, MAX_PURPOSE_BYTES)?;
    }
    if not_after.is_some_and(|end| end <= now) {
        return Err(MembershipReason::AlreadyOver);
    }
    let never = matches!((not_before, not_after), (Some(start), Some(end)) if start >= end);
    if never || max_uses.is_some_and(|most| !(1..=MAX_GRANT_USES).contains(&most)) {
        return Err(MembershipReason::NeverInForce { max_uses: MAX_GRANT_USES });
    }
    Ok(())
}

/// Whether a text is 1 to `limit` bytes of `a-z`, `0-9` and `-`: what a policy can name without quoting it.
///
/// # Errors
/// [`MembershipReason::InvalidName`].
pub fn check_name(field: &str, name: &str, limit: usize) -> Result<(), MembershipReason> {
    if is_name(name, limit) {
        return Ok(());
    }
    Err(MembershipReason::InvalidName { field: field.to_owned(), limit: limit as u64 })
}

/// Whether a text is 1 to `limit` bytes of `a-z`, `0-9` and `-`.
#[must_use]
pub fn is_name(name: &str, limit: usize) -> bool {
    let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (1..=limit).contains(&name.len()) && name.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests;
