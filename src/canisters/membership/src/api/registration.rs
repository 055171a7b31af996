//! Contexts.

use super::{known_group, process};
use crate::keys::{self, Refusal};
use crate::state::{Event, State};
use crate::storage::{StoredContext, StoredGroup};
use calisec_policy::DEFAULT_POLICIES;
use calisec_runtime::Env;
use calisec_types::ids::{ContextId, Timestamp};
use calisec_types::membership::{
    Context, ContextsArg, ContextsPage, MAX_CONTEXTS_PER_ADMINISTRATOR, MAX_REGISTRATION_WINDOW_SECONDS,
    MAX_RELAYED_CONTEXTS_PER_ADMINISTRATOR, MembershipError, MembershipReason, RegisterContextArg,
};
use calisec_types::page::page_length;
use calisec_types::signing::ContextRegistration;
use candid::Principal;

/// Registers a context by a signature of its key. The signature says who administers it, so anyone may relay it.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn register_context<E: Env>(
    env: &E,
    state: &mut State,
    arg: &RegisterContextArg,
) -> Result<Context, MembershipError> {
    let RegisterContextArg { context: id, administrator, expires_at, signature } = arg;
    if signature.len() != ed25519_dalek::SIGNATURE_LENGTH {
        return Err(MembershipReason::InvalidSignature.into());
    }
    if *administrator == Principal::anonymous() {
        return Err(MembershipReason::Anonymous.into());
    }
    check_window(env.now(), *expires_at)?;
    if state.context(*id).is_some() {
        return Err(MembershipReason::ContextExists(*id).into());
    }
    if state.group(id.own_group()).is_some() {
        return Err(MembershipReason::GroupExists(id.own_group()).into());
    }
    check_quota(state, *administrator, env.caller())?;
    let registration = ContextRegistration {
        network: env.network(),
        canister: env.canister_self(),
        context: *id,
        administrator: *administrator,
        expires_at: *expires_at,
    };
    keys::verify(id.as_bytes(), &registration.to_signed_bytes(), signature).map_err(|refusal| match refusal {
        Refusal::Key => MembershipReason::InvalidKey,
        Refusal::Signature => MembershipReason::InvalidSignature,
    })?;
    let event = Event::ContextRegistered {
        group: id.own_group(),
        administrator: *administrator,
        cedar: DEFAULT_POLICIES.to_owned(),
    };
    process(env, state, *id, event, None);
    context(state, *id)
}

/// A context.
///
/// # Errors
/// [`MembershipReason::UnknownContext`].
pub fn context(state: &State, id: ContextId) -> Result<Context, MembershipError> {
    let (StoredContext { group, policy_version, registered_at, .. }, members) = known_group(state, id)?;
    let StoredGroup { administrator, revision, member_count, .. } = members;
    Ok(Context { id, group, administrator, revision, member_count, policy_version, registered_at })
}

/// A page of a group's contexts.
///
/// # Errors
/// [`MembershipReason::UnknownGroup`].
pub fn contexts_of_group(state: &State, arg: &ContextsArg) -> Result<ContextsPage, MembershipError> {
    state.group(arg.group).ok_or(MembershipReason::UnknownGroup(arg.group))?;
    let mut found = state.contexts_after(arg.group, arg.after);
    let contexts: Vec<_> = found.by_ref().take(page_length(arg.limit)).collect();
    let next = found.next().and(contexts.last().copied());
    Ok(ContextsPage { contexts, next })
}

fn check_window(now: Timestamp, expires_at: Timestamp) -> Result<(), MembershipError> {
    let latest = now.plus_seconds(MAX_REGISTRATION_WINDOW_SECONDS);
    if expires_at <= now || expires_at > latest {
        return Err(MembershipReason::ExpiryOutOfWindow { now, latest }.into());
    }
    Ok(())
}

/// Anybody can make a context key and name somebody else as its administrator, so what others register may use up only
/// a part of the quota.
fn check_quota(state: &State, administrator: Principal, caller: Principal) -> Result<(), MembershipError> {
    let quota = state.quota(administrator);
    let limit = if quota.held >= MAX_CONTEXTS_PER_ADMINISTRATOR {
        MAX_CONTEXTS_PER_ADMINISTRATOR
    } else if caller != administrator && quota.relayed >= MAX_RELAYED_CONTEXTS_PER_ADMINISTRATOR {
        MAX_RELAYED_CONTEXTS_PER_ADMINISTRATOR
    } else {
        return Ok(());
    };
    Err(MembershipReason::TooManyContexts { limit }.into())
}
