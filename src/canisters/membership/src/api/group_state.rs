//! Calimero's hash of a group, checked.

use super::known_context;
use crate::group_state::{GroupFacts, group_state_hash, in_order};
use crate::state::State;
use calisec_types::ids::AccountId;
use calisec_types::membership::{
    CheckGroupStateArg, GroupStateCheck, ListedMember, MAX_LISTED_MEMBERS, MembershipError, MembershipReason,
};
use calisec_types::page::page_length;
use std::collections::BTreeSet;

/// Whether a list of members has the hash that a Calimero node shows, and how it differs from a page of the registered
/// members.
///
/// # Errors
/// [`MembershipReason::TooManyListed`], [`MembershipReason::ListedTwice`] and [`MembershipReason::UnknownContext`].
pub fn check_group_state(state: &State, arg: CheckGroupStateArg) -> Result<GroupStateCheck, MembershipError> {
    let CheckGroupStateArg { context, admin_account, owner_account, target_application, members, .. } = arg;
    if members.len() > MAX_LISTED_MEMBERS {
        return Err(MembershipReason::TooManyListed { limit: MAX_LISTED_MEMBERS as u64 }.into());
    }
    let group = known_context(state, context)?.group;
    let listed = in_order(members).map_err(MembershipReason::ListedTwice)?;
    let hash = group_state_hash(&GroupFacts { group, admin_account, owner_account, target_application }, &listed);
    let matches = hash == arg.claimed_hash;
    if arg.limit == Some(0) {
        return Ok(GroupStateCheck { hash, matches, missing: Vec::new(), extra: Vec::new(), next: None });
    }
    let length = page_length(arg.limit);
    let mut found = state.members_after(group, arg.after).map(|(account, _)| account);
    let registered: BTreeSet<AccountId> = found.by_ref().take(length).collect();
    let next = found.next().and(registered.last().copied());
    let is_listed = |account: &AccountId| listed.binary_search_by_key(account, |member| member.account).is_ok();
    let missing = registered.iter().filter(|account| !is_listed(account)).copied().collect();
    // The last page goes up to the last account there could be.
    let in_range = |account: &AccountId| {
        arg.after.is_none_or(|after| *account > after) && next.is_none_or(|last| *account <= last)
    };
    let accounts = listed.iter().map(|ListedMember { account, .. }| *account);
    let extra = accounts.filter(|account| in_range(account) && !registered.contains(account)).take(length).collect();
    Ok(GroupStateCheck { hash, matches, missing, extra, next })
}
