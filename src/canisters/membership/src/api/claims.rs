//! Registration by what Calimero's nodes sign, and by who administers a group.

use super::registration::charge;
use super::{authorise, context, process_free};
use crate::claim::{Claim, Here, Refused};
use crate::keys::Refusal;
use crate::state::{Event, NewContext, State};
use calisec_policy::DEFAULT_POLICIES;
use calisec_runtime::Env;
use calisec_types::ids::{AccountId, ContextId, GroupId};
use calisec_types::membership::{
    AddContextArg, Capability, Context, MembershipError, MembershipReason, Origin, OwnershipClaim, RegistrationsArg,
    RegistrationsPage, context_in_group,
};
use calisec_types::page::page_length;
use candid::Principal;

/// Before the principal in the subject of a claim that registers.
const BIND: &str = "bind";

/// Registers a context, and its group if that is new, by a claim of a Calimero node. The claim says who administers the group,
/// so anyone may relay it.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn register_claim<E: Env>(env: &E, state: &mut State, arg: &OwnershipClaim) -> Result<Context, MembershipError> {
    let claim = verified(env, state, arg)?;
    let administrator = claim.principal_for(BIND).ok_or_else(|| MembershipReason::ClaimSubject(BIND.to_owned()))?;
    let group = claim.group();
    if let Some(existing) = state.group(group).filter(|existing| existing.administrator != administrator) {
        return Err(MembershipReason::GroupAdministeredBy(existing.administrator).into());
    }
    let Claim { issuer, calimero_group, calimero_context, .. } = claim;
    let origin = Origin { issuer: Some(issuer), calimero_group, calimero_context };
    register(env, state, claim.context(), (group, administrator), origin, Some(issuer))?;
    state.use_claim(claim.nonce_hash(), claim.expires_at, env.now());
    context(state, claim.context())
}

/// Adds a context to a group, on the account of its administrator. Takes [`Capability::ManageApplication`].
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn add_context<E: Env>(env: &E, state: &mut State, arg: &AddContextArg) -> Result<Context, MembershipError> {
    let AddContextArg { group, context: calimero_context } = *arg;
    let any_context = state.contexts_after(group, None).next().ok_or(MembershipReason::UnknownGroup(group))?;
    let administrator = authorise(env, state, any_context, Capability::ManageApplication)?.group.administrator;
    let id = context_in_group(group, calimero_context);
    let origin = Origin { calimero_context: Some(calimero_context), ..state.origin_of(group) };
    register(env, state, id, (group, administrator), origin, None)?;
    context(state, id)
}

/// A page of the contexts of which a group's or context's id in Calimero is this: everybody's.
#[must_use]
pub fn registrations(state: &State, arg: &RegistrationsArg) -> RegistrationsPage {
    let mut found = state.registrations_of(arg.calimero_id, arg.after);
    let registrations: Vec<_> = found.by_ref().take(page_length(arg.limit)).collect();
    let next = found.next().and(registrations.last()).map(|last| last.context);
    RegistrationsPage { registrations, next }
}

fn register<E: Env>(
    env: &E,
    state: &mut State,
    id: ContextId,
    (group, administrator): (GroupId, Principal),
    origin: Origin,
    signer: Option<AccountId>,
) -> Result<(), MembershipError> {
    if state.context(id).is_some() {
        return Err(MembershipReason::ContextExists(id).into());
    }
    let charge = charge(env, state, administrator, signer)?;
    let new = NewContext { group, administrator, origin, cedar: DEFAULT_POLICIES.to_owned(), charge };
    process_free(env, state, id, Event::ContextRegistered(new), None);
    Ok(())
}

pub(super) fn verified<E: Env>(env: &E, state: &State, arg: &OwnershipClaim) -> Result<Claim, MembershipError> {
    let here = Here { network: env.network(), canister: env.canister_self(), now: env.now() };
    let claim = Claim::verify(arg, &here).map_err(|refused| match refused {
        Refused::Malformed(why) => MembershipReason::MalformedClaim(why),
        Refused::Audience => MembershipReason::ClaimForElsewhere(format!("icp:{}", here.canister)),
        Refused::Window { issued_at, expires_at } => {
            MembershipReason::ClaimOutOfWindow { now: here.now, issued_at, expires_at }
        }
        Refused::Signature(Refusal::Key) => MembershipReason::InvalidKey,
        Refused::Signature(Refusal::Signature) => MembershipReason::InvalidSignature,
    })?;
    if state.is_claim_used(claim.nonce_hash()) {
        return Err(MembershipReason::ClaimUsed.into());
    }
    Ok(claim)
}
