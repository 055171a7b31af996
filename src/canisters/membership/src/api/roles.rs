//! Roles of a group, and capabilities that members have beside them.

use super::members::is_role_name;
use super::{Authority, authorise, known_group, process};
use crate::state::{ADMINISTRATOR_ROLE, Event, State};
use crate::storage::{StoredMember, StoredRole};
use calisec_runtime::Env;
use calisec_types::ids::{AccountId, ContextId};
use calisec_types::membership::{
    Capability, CapabilityArg, MAX_ROLES, MembershipError, MembershipReason, RemoveRoleArg, Rights, Role, SetRoleArg,
    Written,
};

/// Defines a role, or changes what members in it may do. Who manages members, with capabilities it has itself.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn set_role<E: Env>(env: &E, state: &mut State, arg: &SetRoleArg) -> Result<Written, MembershipError> {
    let SetRoleArg { context: id, name, capabilities } = arg;
    if !is_role_name(name) {
        return Err(MembershipReason::InvalidRole.into());
    }
    let capabilities = Rights::of(capabilities);
    let authority = authorise(env, state, *id, Capability::ManageMembers)?;
    authority.may_touch_role(name)?;
    authority.may_give(capabilities)?;
    match authority.group.role(name) {
        Some(role) if role.capabilities == capabilities => return Ok(unchanged(state, &authority)),
        Some(_) => {}
        None if authority.group.roles.len() >= MAX_ROLES => {
            return Err(MembershipReason::TooManyRoles { limit: MAX_ROLES as u64 }.into());
        }
        None => {}
    }
    written(env, state, *id, Event::RoleSet { name: name.clone(), capabilities })
}

/// Removes a role that no member has. Who manages members.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn remove_role<E: Env>(env: &E, state: &mut State, arg: &RemoveRoleArg) -> Result<Written, MembershipError> {
    let RemoveRoleArg { context: id, name } = arg;
    if !is_role_name(name) {
        return Err(MembershipReason::InvalidRole.into());
    }
    let authority = authorise(env, state, *id, Capability::ManageMembers)?;
    let role = authority.group.role(name).ok_or_else(|| MembershipReason::UnknownRole(name.clone()))?;
    if name == ADMINISTRATOR_ROLE || role.members > 0 {
        return Err(MembershipReason::RoleInUse { members: role.members }.into());
    }
    written(env, state, *id, Event::RoleRemoved { name: name.clone() })
}

/// Gives a member a capability of its own. Who manages members and has the capability. Giving it again changes nothing.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn grant_capability<E: Env>(env: &E, state: &mut State, arg: &CapabilityArg) -> Result<Written, MembershipError> {
    let CapabilityArg { context: id, account, capability } = *arg;
    let (authority, member) = manages(env, state, id, account)?;
    authority.may_give(Rights::of(&[capability]))?;
    if member.own.contains(capability) {
        return Ok(unchanged(state, &authority));
    }
    written(env, state, id, Event::CapabilityGranted { account, capability })
}

/// Takes a capability of a member's own back. Who manages members. Taking what it has not changes nothing.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn revoke_capability<E: Env>(env: &E, state: &mut State, arg: &CapabilityArg) -> Result<Written, MembershipError> {
    let CapabilityArg { context: id, account, capability } = *arg;
    let (authority, member) = manages(env, state, id, account)?;
    if !member.own.contains(capability) {
        return Ok(unchanged(state, &authority));
    }
    written(env, state, id, Event::CapabilityRevoked { account, capability })
}

/// The roles of a context's group.
///
/// # Errors
/// [`MembershipReason::UnknownContext`].
pub fn roles(state: &State, id: ContextId) -> Result<Vec<Role>, MembershipError> {
    let (_, group) = known_group(state, id)?;
    Ok(group.roles.into_iter().map(to_api).collect())
}

fn to_api(role: StoredRole) -> Role {
    let StoredRole { name, capabilities, since, members, own_voters: _, own_attesters: _ } = role;
    Role { name, capabilities: capabilities.capabilities(), members, since }
}

/// The caller and a member, if the caller manages members and may touch this one.
pub(super) fn manages<E: Env>(
    env: &E,
    state: &State,
    id: ContextId,
    account: AccountId,
) -> Result<(Authority, StoredMember), MembershipError> {
    let authority = authorise(env, state, id, Capability::ManageMembers)?;
    let member = state.member(authority.context.group, account).ok_or(MembershipReason::UnknownMember(account))?;
    authority.may_touch(&member)?;
    Ok((authority, member))
}

fn unchanged(state: &State, authority: &Authority) -> Written {
    Written { seq: state.seq(), revision: authority.group.revision }
}

/// Lets an event happen that changes a group.
pub(super) fn written<E: Env>(
    env: &E,
    state: &mut State,
    id: ContextId,
    event: Event,
) -> Result<Written, MembershipError> {
    let outcome = process(env, state, id, event, None)?;
    Ok(Written { seq: outcome.seq, revision: known_group(state, id)?.1.revision })
}
