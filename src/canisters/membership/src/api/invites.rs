//! Joining by what a member signed.

use super::consent::check_key;
use super::{Authority, authorise, known_group, process, process_free};
use crate::keys::{self, Refusal};
use crate::state::{Event, InviteChange, Joiner, State};
use crate::storage::{StoredContext, StoredInvite};
use calisec_runtime::{ActingFor, Env};
use calisec_types::ids::{Digest32, Timestamp};
use calisec_types::membership::{
    Capability, Invite, InviteState, Invitee, InvitesArg, InvitesPage, MAX_INVITE_SECONDS, MAX_INVITE_USES,
    MAX_MEMBERS, MAX_ROLE_BYTES, MembershipError, MembershipReason, RedeemInviteArg, RevokeInviteArg, Written,
    redemption_bytes,
};
use calisec_types::page::page_length;
use candid::Principal;

/// Joins a group by an invite. Only the account that joins; the inviter must be able to add it, now.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn redeem_invite<E: Env>(env: &E, state: &mut State, arg: RedeemInviteArg) -> Result<Written, MembershipError> {
    check_caller(env, &arg)?;
    check_terms(&arg.invite, env.now())?;
    let context = known_group(state, arg.invite.context)?.0;
    let id = check_signatures(env, &arg)?;
    check_uses(state.invite(context.group, id), &arg.invite)?;
    check_inviter(env, state, &arg, &context)?;
    let RedeemInviteArg { invite, account, kem_key, .. } = arg;
    let Invite { context, inviter, role, expires_at, .. } = invite;
    let joiner = Some(Joiner { inviter, account, role, kem_key });
    let outcome = process(env, state, context, Event::Invite(InviteChange { invite: id, expires_at, joiner }), None)?;
    Ok(Written { seq: outcome.seq, revision: known_group(state, context)?.1.revision })
}

/// Revokes an invite, used or not. Who manages members.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn revoke_invite<E: Env>(
    env: &E,
    state: &mut State,
    arg: &RevokeInviteArg,
) -> Result<InviteState, MembershipError> {
    let RevokeInviteArg { invite } = arg;
    check_terms(invite, env.now())?;
    let group = authorise(env, state, invite.context, Capability::ManageMembers)?.context.group;
    let (id, expires_at) = (invite.id(env.network(), env.canister_self()), invite.expires_at);
    if state.invite(group, id).is_some_and(|known| known.is_revoked) {
        return Err(MembershipReason::InviteRevoked.into());
    }
    let event = Event::Invite(InviteChange { invite: id, expires_at, joiner: None });
    // One that nobody used is remembered because of this call only, and anybody can make up others.
    if state.invite(group, id).is_some() {
        process_free(env, state, invite.context, event, None);
    } else {
        process(env, state, invite.context, event, None)?;
    }
    let revoked = state.invite(group, id).unwrap_or(StoredInvite { used: 0, is_revoked: true, expires_at });
    Ok(to_api(id, revoked))
}

/// A page of a group's invites that were used or revoked.
///
/// # Errors
/// [`MembershipReason::UnknownContext`].
pub fn invites(state: &State, arg: &InvitesArg) -> Result<InvitesPage, MembershipError> {
    let group = known_group(state, arg.context)?.0.group;
    let mut found = state.invites_after(group, arg.after);
    let invites: Vec<_> = found.by_ref().take(page_length(arg.limit)).map(|(id, known)| to_api(id, known)).collect();
    let next = found.next().and(invites.last()).map(|last| last.invite);
    Ok(InvitesPage { invites, next })
}

fn check_caller<E: Env>(env: &E, arg: &RedeemInviteArg) -> Result<(), MembershipError> {
    let caller = env.caller();
    if caller == Principal::anonymous() {
        return Err(MembershipReason::Anonymous.into());
    }
    keys::acceptable_key(arg.account.as_bytes()).map_err(|_| MembershipReason::InvalidKey)?;
    if !keys::is_acceptable_kem_key(&arg.kem_key) {
        return Err(MembershipReason::InvalidKemKey.into());
    }
    let is_invited = match arg.invite.invitee {
        Invitee::Account(account) => account == arg.account,
        Invitee::Holder(_) => true,
    };
    if is_invited && caller == arg.account.principal() { Ok(()) } else { Err(MembershipReason::NotInvited.into()) }
}

fn check_terms(invite: &Invite, now: Timestamp) -> Result<(), MembershipError> {
    if invite.role.len() > MAX_ROLE_BYTES {
        return Err(MembershipReason::InvalidRole.into());
    }
    let latest = now.plus_seconds(MAX_INVITE_SECONDS);
    if invite.expires_at <= now || invite.expires_at > latest {
        return Err(MembershipReason::ExpiryOutOfWindow { now, latest }.into());
    }
    if !(1..=MAX_INVITE_USES).contains(&invite.max_uses) {
        return Err(MembershipReason::InvalidUses { limit: MAX_INVITE_USES }.into());
    }
    Ok(())
}

/// The inviter's signature, and for an open invite the one that binds it to whoever joins.
fn check_signatures<E: Env>(env: &E, arg: &RedeemInviteArg) -> Result<Digest32, MembershipError> {
    let (network, canister) = (env.network(), env.canister_self());
    let of = |refusal| match refusal {
        Refusal::Key => MembershipReason::InvalidKey,
        Refusal::Signature => MembershipReason::InvalidSignature,
    };
    let signed = arg.invite.to_signed_bytes(network, canister);
    keys::verify(arg.invite.inviter.as_bytes(), &signed, &arg.signature).map_err(of)?;
    let id = arg.invite.id(network, canister);
    match (arg.invite.invitee, &arg.proof) {
        (Invitee::Account(_), None) => {}
        (Invitee::Account(_), Some(_)) | (Invitee::Holder(_), None) => {
            return Err(MembershipReason::NotInvited.into());
        }
        (Invitee::Holder(key), Some(proof)) => {
            keys::verify(key.as_bytes(), &redemption_bytes(id, arg.account), proof).map_err(of)?;
        }
    }
    Ok(id)
}

fn check_uses(known: Option<StoredInvite>, invite: &Invite) -> Result<(), MembershipError> {
    match known {
        Some(known) if known.is_revoked => Err(MembershipReason::InviteRevoked.into()),
        Some(known) if known.used >= invite.max_uses => Err(MembershipReason::InviteUsedUp.into()),
        Some(_) | None => Ok(()),
    }
}

/// Whether the inviter could add the account itself, now, and nothing happened since that voids the invite.
fn check_inviter<E: Env>(
    env: &E,
    state: &State,
    arg: &RedeemInviteArg,
    context: &StoredContext,
) -> Result<(), MembershipError> {
    let RedeemInviteArg { invite, account, .. } = arg;
    if state.member(context.group, *account).is_some() {
        return Err(MembershipReason::AlreadyMember(*account).into());
    }
    check_key(state, context.group, account.principal())?;
    let inviter = ActingFor::new(env, invite.inviter.principal());
    let authority: Authority = authorise(&inviter, state, invite.context, Capability::ManageMembers)?;
    let group = &authority.group;
    let is_void = invite.revision > group.revision
        || authority.since > invite.revision
        || state.last_change_of(context.group, *account).is_some_and(|left| left > invite.revision);
    if is_void {
        return Err(MembershipReason::InviteVoid.into());
    }
    let unknown = || MembershipReason::UnknownRole(invite.role.clone());
    let of_role = group.role(&invite.role).ok_or_else(unknown)?.capabilities;
    authority.may_touch_role(&invite.role)?;
    authority.may_give(of_role)?;
    if group.member_count >= MAX_MEMBERS {
        return Err(MembershipReason::TooManyMembers { limit: MAX_MEMBERS }.into());
    }
    Ok(())
}

fn to_api(invite: Digest32, known: StoredInvite) -> InviteState {
    let StoredInvite { used, is_revoked, expires_at } = known;
    InviteState { invite, used, is_revoked, expires_at }
}
