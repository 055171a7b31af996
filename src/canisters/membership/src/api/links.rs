//! Principals that a member links to its account, such as those of Internet Identity.

use super::consent::{Signer, check_key, check_window, consume, verify};
use super::known_context;
use super::roles::{manages, written};
use crate::state::{Event, State};
use crate::storage::{StoredIdentity, StoredLink};
use calisec_runtime::Env;
use calisec_types::ids::Revision;
use calisec_types::membership::{
    LinkPrincipalArg, MAX_LINKS, MembershipError, MembershipReason, UnlinkPrincipalArg, Written,
};
use calisec_types::signing::PrincipalLink;
use candid::Principal;

/// Links the caller to an account that signed for it: by its own key, or by a live device, whose scope the caller then has
/// and with which it stops counting.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn link_principal<E: Env>(env: &E, state: &mut State, arg: &LinkPrincipalArg) -> Result<Written, MembershipError> {
    let LinkPrincipalArg { context, account, device, consent, signature } = arg;
    let (caller, now) = (env.caller(), env.now());
    if caller == Principal::anonymous() {
        return Err(MembershipReason::Anonymous.into());
    }
    let group = known_context(state, *context)?.group;
    check_window(now, consent)?;
    let member = state.member(group, *account).ok_or(MembershipReason::UnknownMember(*account))?;
    if let Some(key) = device {
        let device = state.device(group, *key).filter(|device| device.account == *account);
        if !device.ok_or(MembershipReason::UnknownDevice(*key))?.is_live(now) {
            return Err(MembershipReason::DeviceNotLive(*key).into());
        }
    }
    check_key(state, group, caller)?;
    if member.links.len() >= MAX_LINKS {
        return Err(MembershipReason::TooManyLinks { limit: MAX_LINKS as u64 }.into());
    }
    let payload = PrincipalLink {
        network: env.network(),
        canister: env.canister_self(),
        group,
        account: *account,
        device: *device,
        principal: caller,
        nonce: consent.nonce,
        valid_until: consent.valid_until,
    };
    let signers = [Signer { key: device.map_or(account.0, |device| device.0), signature }];
    verify(state, &payload.to_signed_bytes(), consent.nonce, &signers)?;
    let link = StoredLink { account: *account, device: *device, linked_at: now, since: Revision(0) };
    let done = written(env, state, *context, Event::PrincipalLinked { principal: caller, link })?;
    consume(state, consent.nonce, &signers);
    Ok(done)
}

/// Unlinks a principal: itself, the account key, the device that linked it, or who manages members.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn unlink_principal<E: Env>(
    env: &E,
    state: &mut State,
    arg: &UnlinkPrincipalArg,
) -> Result<Written, MembershipError> {
    let UnlinkPrincipalArg { context, principal } = *arg;
    let caller = env.caller();
    let group = known_context(state, context)?.group;
    let Some(StoredIdentity::Link(link)) = state.identity(group, principal) else {
        return Err(MembershipReason::NotLinked(principal).into());
    };
    let by_its_device = || {
        let resolved = state.resolve(group, caller, env.now());
        link.device.is_some_and(|key| key.principal() == caller) && resolved.is_some()
    };
    if caller != principal && caller != link.account.principal() && !by_its_device() {
        manages(env, state, context, link.account)?;
    }
    written(env, state, context, Event::PrincipalUnlinked { principal })
}
