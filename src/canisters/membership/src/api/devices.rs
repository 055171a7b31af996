//! Devices of an account: keys that act for it, within a scope, until they expire, are overdue for another key or revoked.

use super::consent::{Signer, check_key, check_window, consume, verify};
use super::known_context;
use super::roles::{manages, written};
use crate::keys;
use crate::state::{Event, State};
use crate::storage::{StoredDevice, StoredIdentity, StoredPrincipal};
use calisec_runtime::Env;
use calisec_types::ids::{AccountId, ContextId, DeviceKey, GroupId, Revision, Timestamp};
use calisec_types::membership::{
    AddDeviceArg, Device, Identities, Link, MAX_DEVICES, MembershipError, MembershipReason, RevokeAccountArg,
    RevokeDeviceArg, RotateDeviceArg, RotationSignature, StaleDevicesArg, StaleDevicesPage, Written,
};
use calisec_types::page::page_length;
use calisec_types::signing::{DeviceBinding, DeviceRotation};

/// Seconds that may lie between two keys of a device.
const ROTATION_SECONDS: std::ops::RangeInclusive<u64> = 60..=10 * 365 * 24 * 60 * 60;

/// Adds a device: the account key signs or calls, and the device key signs. Anyone may relay the signatures.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn add_device<E: Env>(env: &E, state: &mut State, arg: &AddDeviceArg) -> Result<Written, MembershipError> {
    let AddDeviceArg { context, account, key, kem_key, expires_at, rotate_every, consent, .. } = arg;
    let (group, now) = (known_context(state, *context)?.group, env.now());
    check_window(now, consent)?;
    if expires_at.is_some_and(|end| end <= now) {
        return Err(MembershipReason::AlreadyOver.into());
    }
    if rotate_every.is_some_and(|seconds| !ROTATION_SECONDS.contains(&seconds)) {
        return Err(MembershipReason::InvalidRotation.into());
    }
    if !keys::is_acceptable_kem_key(kem_key) {
        return Err(MembershipReason::InvalidKemKey.into());
    }
    let member = state.member(group, *account).ok_or(MembershipReason::UnknownMember(*account))?;
    if member.devices.len() >= MAX_DEVICES {
        return Err(MembershipReason::TooManyDevices { limit: MAX_DEVICES as u64 }.into());
    }
    is_new(state, group, *key)?;
    let binding = DeviceBinding {
        network: env.network(),
        canister: env.canister_self(),
        group,
        account: *account,
        device: *key,
        scope: arg.scope.rights(),
        kem_key: *kem_key,
        expires_at: *expires_at,
        rotate_every: *rotate_every,
        nonce: consent.nonce,
        valid_until: consent.valid_until,
    };
    let signed = binding.to_signed_bytes();
    let mut signers = vec![Signer { key: key.0, signature: &arg.device_signature }];
    match &arg.account_signature {
        Some(signature) => signers.push(Signer { key: account.0, signature }),
        None if env.caller() == account.principal() => {}
        None => return Err(MembershipReason::NotYours.into()),
    }
    verify(state, &signed, consent.nonce, &signers)?;
    let device = StoredDevice {
        account: *account,
        key: *key,
        scope: binding.scope,
        kem_key: *kem_key,
        added_at: now,
        expires_at: *expires_at,
        rotate_every: *rotate_every,
        rotated_at: now,
        since: Revision(0),
    };
    let done = written(env, state, *context, Event::DeviceAdded(device))?;
    consume(state, consent.nonce, &signers);
    Ok(done)
}

/// Gives a device another key: the new key signs, and so does the old one while it is live, or the account key.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn rotate_device<E: Env>(env: &E, state: &mut State, arg: &RotateDeviceArg) -> Result<Written, MembershipError> {
    let RotateDeviceArg { context, account, old, new, kem_key, consent, .. } = arg;
    let (group, now) = (known_context(state, *context)?.group, env.now());
    check_window(now, consent)?;
    if !keys::is_acceptable_kem_key(kem_key) {
        return Err(MembershipReason::InvalidKemKey.into());
    }
    let device = known_device(state, group, *account, *old)?;
    is_new(state, group, *new)?;
    let signed = DeviceRotation {
        network: env.network(),
        canister: env.canister_self(),
        group,
        account: *account,
        old: *old,
        new: *new,
        kem_key: *kem_key,
        nonce: consent.nonce,
        valid_until: consent.valid_until,
    }
    .to_signed_bytes();
    let mut signers = vec![Signer { key: new.0, signature: &arg.new_signature }];
    let by_the_device = match &arg.signature {
        RotationSignature::Device(signature) => {
            signers.push(Signer { key: old.0, signature });
            true
        }
        RotationSignature::Account(signature) => {
            signers.push(Signer { key: account.0, signature });
            false
        }
        RotationSignature::Caller if env.caller() == account.principal() => false,
        RotationSignature::Caller if env.caller() == old.principal() => true,
        RotationSignature::Caller => return Err(MembershipReason::NotYours.into()),
    };
    if by_the_device && !device.is_live(now) {
        return Err(MembershipReason::DeviceNotLive(*old).into());
    }
    verify(state, &signed, consent.nonce, &signers)?;
    let done = written(
        env,
        state,
        *context,
        Event::DeviceRotated { account: *account, old: *old, new: *new, kem_key: *kem_key },
    )?;
    consume(state, consent.nonce, &signers);
    Ok(done)
}

/// Revokes a device for ever, and what it linked. The account key, the device itself, or who manages members.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn revoke_device<E: Env>(env: &E, state: &mut State, arg: &RevokeDeviceArg) -> Result<Written, MembershipError> {
    let RevokeDeviceArg { context, account, key } = *arg;
    let group = known_context(state, context)?.group;
    let caller = env.caller();
    if caller != account.principal() && caller != key.principal() {
        manages(env, state, context, account)?;
    }
    known_device(state, group, account, key)?;
    written(env, state, context, Event::DeviceRevoked { key })
}

/// Removes a member for ever: its account key and its devices never come back. The account key, or who manages members.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn revoke_account<E: Env>(env: &E, state: &mut State, arg: &RevokeAccountArg) -> Result<Written, MembershipError> {
    let RevokeAccountArg { context, account } = *arg;
    let group = known_context(state, context)?.group;
    if env.caller() != account.principal() {
        manages(env, state, context, account)?;
    }
    state.member(group, account).ok_or(MembershipReason::UnknownMember(account))?;
    written(env, state, context, Event::AccountRevoked { account })
}

/// What acts for an account beside its own key.
///
/// # Errors
/// [`MembershipReason::UnknownContext`] and [`MembershipReason::UnknownMember`].
pub fn identities<E: Env>(
    env: &E,
    state: &State,
    context: ContextId,
    account: AccountId,
) -> Result<Identities, MembershipError> {
    let group = known_context(state, context)?.group;
    let member = state.member(group, account).ok_or(MembershipReason::UnknownMember(account))?;
    let now = env.now();
    let devices = member.devices.iter().filter_map(|key| state.device(group, *key));
    let links =
        member.links.iter().filter_map(|StoredPrincipal(principal)| match state.identity(group, *principal)? {
            StoredIdentity::Link(link) => {
                Some(Link { principal: *principal, device: link.device, linked_at: link.linked_at })
            }
            StoredIdentity::Account(_) | StoredIdentity::Device(_) | StoredIdentity::Dead(_) => None,
        });
    Ok(Identities { devices: devices.map(|device| to_api(device, now)).collect(), links: links.collect() })
}

/// A page of devices that do not count any more at a time, those that have been due for longest first.
///
/// # Errors
/// [`MembershipReason::UnknownContext`].
pub fn stale_devices<E: Env>(
    env: &E,
    state: &State,
    arg: &StaleDevicesArg,
) -> Result<StaleDevicesPage, MembershipError> {
    let group = known_context(state, arg.context)?.group;
    // A device still counts at the moment it is due.
    let at = Timestamp(arg.at.unwrap_or_else(|| env.now()).0.saturating_sub(1));
    let mut found = state.due_devices(group, at, arg.after.map(|after| (after.due, after.key)));
    let devices: Vec<_> = found.by_ref().take(page_length(arg.limit)).collect();
    let next = found.next().and(devices.last().copied());
    Ok(StaleDevicesPage { devices, next })
}

fn to_api(device: StoredDevice, now: Timestamp) -> Device {
    let is_live = device.is_live(now);
    let StoredDevice { key, scope, kem_key, added_at, expires_at, rotate_every, rotated_at, .. } = device;
    Device {
        key,
        principal: key.principal(),
        scope: scope.into(),
        kem_key,
        added_at,
        expires_at,
        rotate_every,
        rotated_at,
        is_live,
    }
}

fn known_device(
    state: &State,
    group: GroupId,
    account: AccountId,
    key: DeviceKey,
) -> Result<StoredDevice, MembershipError> {
    let device = state.device(group, key).filter(|device| device.account == account);
    device.ok_or_else(|| MembershipReason::UnknownDevice(key).into())
}

/// A key is one account's only, and never comes back.
fn is_new(state: &State, group: GroupId, key: DeviceKey) -> Result<(), MembershipError> {
    check_key(state, group, key.principal())
}
