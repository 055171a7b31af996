//! Handing a group over, and recovering it when its administrator is lost.

use super::claims::verified;
use super::registration::check_window;
use super::{known_group, process, process_free};
use crate::claim::Claim;
use crate::keys::{self, Refusal};
use crate::state::{Administration, Event, State};
use crate::storage::{StoredContext, StoredGroup, StoredHandover};
use calisec_runtime::Env;
use calisec_types::ids::{ContextId, Digest32, Timestamp};
use calisec_types::membership::{
    Context, Handover, KeyRecovery, MAX_CONTEXTS_PER_ADMINISTRATOR, MembershipError, MembershipReason, OFFER_SECONDS,
    OfferAdministrationArg, RECOVERY_SECONDS, RECOVERY_WAIT_SECONDS, RecoverAdministrationArg,
};
use calisec_types::signing::AdministratorRecovery;
use candid::Principal;
use sha2::{Digest, Sha256};

/// Before the principal in the subject of a claim that starts a recovery.
const RECOVER: &str = "recover";

/// Offers the administration of a group; what was pending is not any more, a recovery included. Only the administrator.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn offer_administration<E: Env>(
    env: &E,
    state: &mut State,
    arg: &OfferAdministrationArg,
) -> Result<Handover, MembershipError> {
    let OfferAdministrationArg { context, to } = *arg;
    let (_, group) = administered(env, state, context)?;
    check_successor(&group, to)?;
    let now = env.now();
    let offer = StoredHandover { to, is_recovery: false, not_before: now, until: now.plus_seconds(OFFER_SECONDS) };
    start(env, state, context, offer)
}

/// Accepts the administration of a group. Only who was offered it, or was named by a recovery that nobody vetoed in time.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn accept_administration<E: Env>(env: &E, state: &mut State, id: ContextId) -> Result<Context, MembershipError> {
    let caller = env.caller();
    if caller == Principal::anonymous() {
        return Err(MembershipReason::Anonymous.into());
    }
    let (context, _) = known_group(state, id)?;
    let StoredHandover { to, not_before, until, .. } =
        state.handover(context.group).ok_or(MembershipReason::NoHandover)?;
    if caller != to {
        return Err(MembershipReason::NotTheSuccessor(to).into());
    }
    if env.now() < not_before || until < env.now() {
        return Err(MembershipReason::HandoverWindow { not_before, until }.into());
    }
    let limit = MAX_CONTEXTS_PER_ADMINISTRATOR;
    if state.quota(to).held + state.count_contexts(context.group) > limit {
        return Err(MembershipReason::TooManyContexts { limit }.into());
    }
    process_free(env, state, id, Event::Administration(Administration::HandoverAccepted), None);
    super::context(state, id)
}

/// Takes an offer back, or vetoes a recovery. Only the administrator.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn cancel_handover<E: Env>(env: &E, state: &mut State, id: ContextId) -> Result<Handover, MembershipError> {
    let (context, _) = administered(env, state, id)?;
    let handover = state.handover(context.group).ok_or(MembershipReason::NoHandover)?;
    process_free(env, state, id, Event::Administration(Administration::HandoverCancelled), None);
    Ok(handover.into())
}

/// Starts a recovery by a signature of the key behind the group. Anyone relays it.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn recover_administration<E: Env>(
    env: &E,
    state: &mut State,
    arg: &RecoverAdministrationArg,
) -> Result<Handover, MembershipError> {
    let (id, to, statement, end) = match arg {
        RecoverAdministrationArg::Key(recovery) => signed_by_key(env, state, recovery)?,
        RecoverAdministrationArg::Claim(claim) => {
            let claim = verified(env, state, claim)?;
            let to = claim.principal_for(RECOVER).ok_or_else(|| MembershipReason::ClaimSubject(RECOVER.to_owned()))?;
            let Claim { expires_at, .. } = claim;
            (claim.context(), to, claim.nonce_hash(), expires_at)
        }
    };
    let (context, group) = known_group(state, id)?;
    check_successor(&group, to)?;
    let now = env.now();
    if let Some(pending) = state.handover(context.group).filter(|pending| now <= pending.until) {
        return Err(MembershipReason::HandoverPending { to: pending.to, until: pending.until }.into());
    }
    let not_before = now.plus_seconds(RECOVERY_WAIT_SECONDS);
    let until = not_before.plus_seconds(RECOVERY_SECONDS);
    let recovery = start(env, state, id, StoredHandover { to, is_recovery: true, not_before, until })?;
    state.use_claim(statement, end, now);
    Ok(recovery)
}

/// The handover of a context's group that is pending, or over without having been accepted.
///
/// # Errors
/// [`MembershipReason::UnknownContext`].
pub fn handover(state: &State, id: ContextId) -> Result<Option<Handover>, MembershipError> {
    let (context, _) = known_group(state, id)?;
    Ok(state.handover(context.group).map(Handover::from))
}

fn start<E: Env>(
    env: &E,
    state: &mut State,
    id: ContextId,
    handover: StoredHandover,
) -> Result<Handover, MembershipError> {
    process(env, state, id, Event::Administration(Administration::HandoverStarted(handover)), None)?;
    Ok(handover.into())
}

pub(super) fn administered<E: Env>(
    env: &E,
    state: &State,
    id: ContextId,
) -> Result<(StoredContext, StoredGroup), MembershipError> {
    if env.caller() == Principal::anonymous() {
        return Err(MembershipReason::Anonymous.into());
    }
    let (context, group) = known_group(state, id)?;
    if group.administrator != env.caller() {
        return Err(MembershipReason::NotAdministrator.into());
    }
    Ok((context, group))
}

fn check_successor(group: &StoredGroup, to: Principal) -> Result<(), MembershipError> {
    let nobody = [Principal::anonymous(), Principal::management_canister(), group.administrator];
    if nobody.contains(&to) { Err(MembershipReason::InvalidSuccessor.into()) } else { Ok(()) }
}

/// The context, who shall administer, what the statement is remembered by, and until when it must be.
fn signed_by_key<E: Env>(
    env: &E,
    state: &State,
    recovery: &KeyRecovery,
) -> Result<(ContextId, Principal, Digest32, Timestamp), MembershipError> {
    let KeyRecovery { context, administrator, expires_at, signature } = recovery;
    check_window(env.now(), *expires_at)?;
    let payload = AdministratorRecovery {
        network: env.network(),
        canister: env.canister_self(),
        context: *context,
        administrator: *administrator,
        expires_at: *expires_at,
    };
    let signed = payload.to_signed_bytes();
    keys::verify(context.as_bytes(), &signed, signature).map_err(|refusal| match refusal {
        Refusal::Key => MembershipReason::InvalidKey,
        Refusal::Signature => MembershipReason::InvalidSignature,
    })?;
    let statement = Digest32(Sha256::digest(&signed).into());
    if state.is_claim_used(statement) {
        return Err(MembershipReason::ClaimUsed.into());
    }
    Ok((*context, *administrator, statement, *expires_at))
}
