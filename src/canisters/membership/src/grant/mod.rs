//! Grants as they are stored: their terms, and whether those can be met.

pub use calisec_policy::grants::{Counting, choose, is_spent, state_of};

use crate::storage::GrantStanding;
use calisec_policy::grants::{OnTerms, Terms};
use calisec_types::ids::Timestamp;
use calisec_types::membership::{GrantTerms, MAX_GRANT_USES, MAX_PURPOSE_BYTES, MembershipReason};
use calisec_types::names::is_name;

impl OnTerms for GrantStanding {
    fn terms(&self) -> Terms<'_> {
        let Self { terms: GrantTerms { not_before, not_after, max_uses, purpose }, uses } = self;
        Terms {
            not_before: *not_before,
            not_after: *not_after,
            max_uses: *max_uses,
            purpose: purpose.as_deref(),
            uses: *uses,
        }
    }
}

/// Whether a grant may not count although it is not over: it begins later, is for one purpose, or can be used up.
#[must_use]
pub const fn is_conditional(terms: &GrantTerms) -> bool {
    terms.not_before.is_some() || terms.max_uses.is_some() || terms.purpose.is_some()
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

#[cfg(test)]
mod tests;
