//! Calimero's hash of a group, checked.

use super::known_context;
use crate::group_state::{GroupFacts, group_state_hash, in_order};
use crate::state::State;
use crate::storage::StoredContext;
use calisec_types::ids::{AccountId, Digest32};
use calisec_types::membership::{
    CheckGroupStateArg, GroupStateCheck, MAX_LISTED_MEMBERS, MembershipError, MembershipReason, calimero_account,
};
use calisec_types::page::page_length;

/// Whether a list of members has the hash that a Calimero node shows, and how it differs from a page of the registered
/// members, who may be listed by account or, as before there were accounts, by key.
///
/// # Errors
/// [`MembershipReason::TooManyListed`], [`MembershipReason::ListedTwice`] and [`MembershipReason::UnknownContext`].
pub fn check_group_state(state: &State, arg: CheckGroupStateArg) -> Result<GroupStateCheck, MembershipError> {
    let CheckGroupStateArg { context, admin_account, owner_account, target_application, members, .. } = arg;
    if members.len() > MAX_LISTED_MEMBERS {
        return Err(MembershipReason::TooManyListed { limit: MAX_LISTED_MEMBERS as u64 }.into());
    }
    let StoredContext { group, origin, .. } = known_context(state, context)?;
    let listed = in_order(members).map_err(MembershipReason::ListedTwice)?;
    let facts = GroupFacts { group: origin.calimero_group, admin_account, owner_account, target_application };
    let hash = group_state_hash(&facts, &listed);
    let matches = hash == arg.claimed_hash;
    let (mut missing, mut found) = (Vec::new(), Vec::new());
    if arg.limit == Some(0) {
        return Ok(GroupStateCheck { hash, matches, missing, found, next: None });
    }
    let mut registered = state.members_after(group, arg.after).map(|(account, _)| account);
    let page: Vec<AccountId> = registered.by_ref().take(page_length(arg.limit)).collect();
    let next = registered.next().and(page.last().copied());
    for account in page {
        let is_listed = |id: &Digest32| listed.binary_search_by_key(id, |member| member.account).is_ok();
        let found_before = found.len();
        found.extend([calimero_account(account), Digest32(account.0)].into_iter().filter(is_listed));
        if found.len() == found_before {
            missing.push(account);
        }
    }
    Ok(GroupStateCheck { hash, matches, missing, found, next })
}
