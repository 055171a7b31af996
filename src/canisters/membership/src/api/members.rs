//! Members.

use super::access::check_revision;
use super::consent::check_key;
use super::{authorise, known_group, process};
use crate::keys;
use crate::state::{Event, State, weight_of};
use crate::storage::{StoredGroup, StoredMember};
use calisec_runtime::Env;
use calisec_types::ids::{AccountId, ContextId};
use calisec_types::membership::{
    AddMemberArg, Capability, MAX_MEMBERS, MAX_ROLE_BYTES, Member, MembersArg, MembersPage, MembershipError,
    MembershipReason, PastMember, RemoveMemberArg, WasMemberArg, Written,
};
use calisec_types::names::is_name;
use calisec_types::page::page_length;

/// Adds a member, or changes its role or envelope key. Who manages members, in a role that can do no more than itself.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn add_member<E: Env>(env: &E, state: &mut State, arg: AddMemberArg) -> Result<Written, MembershipError> {
    let AddMemberArg { context: id, account, role, kem_key } = arg;
    if !is_role_name(&role) {
        return Err(MembershipReason::InvalidRole.into());
    }
    let authority = authorise(env, state, id, Capability::ManageMembers)?;
    let group = &authority.group;
    let of_role = group.role(&role).ok_or_else(|| MembershipReason::UnknownRole(role.clone()))?.capabilities;
    // A member's account key acts for it, and nobody else's does: one search tells both.
    let principal = account.principal();
    let member = state.identity(authority.context.group, principal);
    match member.and_then(|_| state.member(authority.context.group, account)) {
        Some(member) => {
            authority.may_touch(&member)?;
            if member.role == role && member.kem_key == kem_key {
                return Ok(Written { seq: state.seq(), revision: group.revision });
            }
        }
        None if group.member_count >= MAX_MEMBERS => {
            return Err(MembershipReason::TooManyMembers { limit: MAX_MEMBERS }.into());
        }
        None => {
            check_key(state, authority.context.group, principal)?;
            keys::acceptable_key(account.as_bytes()).map_err(|_| MembershipReason::InvalidKey)?;
        }
    }
    authority.may_touch_role(&role)?;
    authority.may_give(of_role)?;
    if !keys::is_acceptable_kem_key(&kem_key) {
        return Err(MembershipReason::InvalidKemKey.into());
    }
    let outcome = process(env, state, id, Event::MemberSet { account, role, kem_key }, None)?;
    Ok(Written { seq: outcome.seq, revision: known_group(state, id)?.1.revision })
}

/// Removes a member and everything it was granted. Who manages members.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn remove_member<E: Env>(env: &E, state: &mut State, arg: RemoveMemberArg) -> Result<Written, MembershipError> {
    let RemoveMemberArg { context: id, account } = arg;
    let authority = authorise(env, state, id, Capability::ManageMembers)?;
    let member = state.member(authority.context.group, account).ok_or(MembershipReason::UnknownMember(account))?;
    authority.may_touch(&member)?;
    let outcome = process(env, state, id, Event::MemberRemoved { account }, None)?;
    Ok(Written { seq: outcome.seq, revision: known_group(state, id)?.1.revision })
}

/// A member.
///
/// # Errors
/// [`MembershipReason::UnknownContext`] and [`MembershipReason::UnknownMember`].
pub fn member(state: &State, context: ContextId, account: AccountId) -> Result<Member, MembershipError> {
    let (context, group) = known_group(state, context)?;
    let member = state.member(context.group, account).ok_or(MembershipReason::UnknownMember(account))?;
    Ok(to_api(&group, account, member))
}

/// A page of members.
///
/// # Errors
/// [`MembershipReason::UnknownContext`].
pub fn members(state: &State, arg: &MembersArg) -> Result<MembersPage, MembershipError> {
    let (context, group) = known_group(state, arg.context)?;
    let mut found = state.members_after(context.group, arg.after);
    let page = found.by_ref().take(page_length(arg.limit));
    let members: Vec<_> = page.map(|(account, member)| to_api(&group, account, member)).collect();
    let next = found.next().and(members.last()).map(|last| last.account);
    Ok(MembersPage { members, next })
}

/// What an account, or the account of a device's key, was at a revision; `None` when it was no member then.
///
/// # Errors
/// [`MembershipReason::UnknownContext`] and [`MembershipReason::RevisionToCome`].
pub fn was_member(state: &State, arg: &WasMemberArg) -> Result<Option<PastMember>, MembershipError> {
    let (context, group) = known_group(state, arg.context)?;
    check_revision(&group, arg.revision)?;
    let account = state.holder_at(context.group, arg.key, arg.revision);
    let standing = state.standing_at((context.group, &group), account, arg.revision);
    Ok(standing.map(|standing| PastMember {
        account,
        weight: standing.weight(),
        capabilities: standing.rights.capabilities(),
        role: standing.role,
    }))
}

fn to_api(group: &StoredGroup, account: AccountId, member: StoredMember) -> Member {
    let rights = group.rights_of(&member);
    let StoredMember { role, kem_key, own, since, .. } = member;
    Member {
        account,
        principal: account.principal(),
        role,
        kem_key,
        capabilities: rights.capabilities(),
        own_capabilities: own.capabilities(),
        weight: weight_of(rights),
        since,
    }
}

/// Whether a role may be called so.
pub(super) fn is_role_name(name: &str) -> bool {
    is_name(name, MAX_ROLE_BYTES)
}
