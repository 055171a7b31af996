//! Members.

use super::{administered_context, known_context, known_group, process};
use crate::keys;
use crate::state::{Event, State};
use crate::storage::StoredMember;
use calisec_runtime::Env;
use calisec_types::ids::{AccountId, ContextId};
use calisec_types::membership::{
    AddMemberArg, MAX_MEMBERS, MAX_ROLE_BYTES, Member, MembersArg, MembersPage, MembershipError, MembershipReason,
    RemoveMemberArg, Written,
};
use calisec_types::page::page_length;

/// Adds a member, or changes its role or envelope key. Only the administrator.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn add_member<E: Env>(env: &E, state: &mut State, arg: AddMemberArg) -> Result<Written, MembershipError> {
    let AddMemberArg { context: id, account, role, kem_key } = arg;
    if !is_role_name(&role) {
        return Err(MembershipReason::InvalidRole.into());
    }
    let (context, group) = administered_context(env, state, id)?;
    match state.member(context.group, account) {
        Some(member) if member.role == role && member.kem_key == kem_key => {
            return Ok(Written { seq: state.seq(), revision: group.revision });
        }
        Some(_) => {}
        None if group.member_count >= MAX_MEMBERS => {
            return Err(MembershipReason::TooManyMembers { limit: MAX_MEMBERS }.into());
        }
        None => {
            keys::acceptable_key(account.as_bytes()).map_err(|_| MembershipReason::InvalidKey)?;
        }
    }
    if !keys::is_acceptable_kem_key(&kem_key) {
        return Err(MembershipReason::InvalidKemKey.into());
    }
    let outcome = process(env, state, id, Event::MemberSet { account, role, kem_key }, None);
    Ok(Written { seq: outcome.seq, revision: known_group(state, id)?.1.revision })
}

/// Removes a member and everything it was granted. Only the administrator.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn remove_member<E: Env>(env: &E, state: &mut State, arg: RemoveMemberArg) -> Result<Written, MembershipError> {
    let RemoveMemberArg { context: id, account } = arg;
    let (context, _) = administered_context(env, state, id)?;
    if state.member(context.group, account).is_none() {
        return Err(MembershipReason::UnknownMember(account).into());
    }
    let outcome = process(env, state, id, Event::MemberRemoved { account }, None);
    Ok(Written { seq: outcome.seq, revision: known_group(state, id)?.1.revision })
}

/// A member.
///
/// # Errors
/// [`MembershipReason::UnknownContext`] and [`MembershipReason::UnknownMember`].
pub fn member(state: &State, context: ContextId, account: AccountId) -> Result<Member, MembershipError> {
    let group = known_context(state, context)?.group;
    let member = state.member(group, account).ok_or(MembershipReason::UnknownMember(account))?;
    Ok(to_api(account, member))
}

/// A page of members.
///
/// # Errors
/// [`MembershipReason::UnknownContext`].
pub fn members(state: &State, arg: &MembersArg) -> Result<MembersPage, MembershipError> {
    let group = known_context(state, arg.context)?.group;
    let length = page_length(arg.limit);
    let mut found = state.members_after(group, arg.after);
    let members: Vec<_> = found.by_ref().take(length).map(|(account, member)| to_api(account, member)).collect();
    let next = found.next().and(members.last()).map(|last| last.account);
    Ok(MembersPage { members, next })
}

fn to_api(account: AccountId, member: StoredMember) -> Member {
    let StoredMember { role, kem_key, weight, since, grants: _ } = member;
    Member { account, principal: account.principal(), role, kem_key, weight, since }
}

fn is_role_name(name: &str) -> bool {
    let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (1..=MAX_ROLE_BYTES).contains(&name.len()) && name.bytes().all(is_allowed)
}
