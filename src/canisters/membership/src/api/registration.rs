//! Contexts.

use super::{known_group, process_free};
use crate::keys::{self, Refusal};
use crate::state::{Charge, Event, NewContext, State};
use crate::storage::{StoredContext, StoredGroup};
use calisec_policy::DEFAULT_POLICIES;
use calisec_runtime::Env;
use calisec_types::ids::{AccountId, ContextId, Timestamp};
use calisec_types::membership::{
    Context, ContextsArg, ContextsPage, FREE_CONTEXTS_PER_ADMINISTRATOR, FREE_RELAYED_CONTEXTS_PER_ADMINISTRATOR,
    MAX_CONTEXTS_PER_ADMINISTRATOR, MAX_REGISTRATION_WINDOW_SECONDS, MAX_RELAYED_CONTEXTS_PER_ADMINISTRATOR,
    MembershipError, MembershipReason, Origin, REGISTRATION_CYCLES, RegisterContextArg,
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
    if *administrator == Principal::management_canister() {
        return Err(MembershipReason::InvalidSuccessor.into());
    }
    check_window(env.now(), *expires_at)?;
    if state.context(*id).is_some() {
        return Err(MembershipReason::ContextExists(*id).into());
    }
    if state.group(id.own_group()).is_some() {
        return Err(MembershipReason::GroupExists(id.own_group()).into());
    }
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
    let group = id.own_group();
    let charge = charge(env, state, *administrator, Some(AccountId(id.0)))?;
    let (origin, cedar) = (Origin::own(group), DEFAULT_POLICIES.to_owned());
    let new = NewContext { group, administrator: *administrator, origin, cedar, charge };
    process_free(env, state, *id, Event::ContextRegistered(new), None);
    context(state, *id)
}

/// A context.
///
/// # Errors
/// [`MembershipReason::UnknownContext`].
pub fn context(state: &State, id: ContextId) -> Result<Context, MembershipError> {
    let (StoredContext { group, policy_version, registered_at, origin, .. }, members) = known_group(state, id)?;
    let StoredGroup { administrator, revision, member_count, .. } = members;
    Ok(Context { id, group, administrator, revision, member_count, policy_version, registered_at, origin })
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

pub(super) fn check_window(now: Timestamp, expires_at: Timestamp) -> Result<(), MembershipError> {
    let latest = now.plus_seconds(MAX_REGISTRATION_WINDOW_SECONDS);
    if expires_at <= now || expires_at > latest {
        return Err(MembershipReason::ExpiryOutOfWindow { now, latest }.into());
    }
    Ok(())
}

/// How the next context of an administrator counts; if it is not free, its price is taken from the cycles of the message. The
/// last check of a registration. Anybody can make a key and name somebody else as its administrator, so what others register
/// may use up only a part of the quota. Others are those who neither call as the administrator nor signed with its key.
///
/// # Errors
/// [`MembershipReason::TooManyContexts`] and [`MembershipReason::RegistrationCosts`].
pub(super) fn charge<E: Env>(
    env: &E,
    state: &State,
    administrator: Principal,
    signer: Option<AccountId>,
) -> Result<Charge, MembershipError> {
    let quota = state.quota(administrator);
    let is_by_itself = [Some(env.caller()), signer.map(|key| key.principal())].contains(&Some(administrator));
    let is_relayed = !is_by_itself;
    if quota.held >= MAX_CONTEXTS_PER_ADMINISTRATOR {
        return Err(MembershipReason::TooManyContexts { limit: MAX_CONTEXTS_PER_ADMINISTRATOR }.into());
    }
    if is_relayed && quota.relayed >= MAX_RELAYED_CONTEXTS_PER_ADMINISTRATOR {
        return Err(MembershipReason::TooManyContexts { limit: MAX_RELAYED_CONTEXTS_PER_ADMINISTRATOR }.into());
    }
    let is_free = quota.free < FREE_CONTEXTS_PER_ADMINISTRATOR
        && !(is_relayed && quota.free_relayed >= FREE_RELAYED_CONTEXTS_PER_ADMINISTRATOR)
        && state.has_free_registration(env.now());
    if !is_free {
        let cycles = REGISTRATION_CYCLES;
        if env.cycles_available() < cycles || env.accept_cycles(cycles) < cycles {
            return Err(MembershipReason::RegistrationCosts { cycles }.into());
        }
    }
    Ok(Charge { is_free, is_relayed })
}
