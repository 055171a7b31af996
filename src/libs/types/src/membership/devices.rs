//! Devices of an account, and principals linked to it.

use super::roles::{Capability, Rights};
use crate::ids::{AccountId, ContextId, DeviceKey, KemKey, Revision, Timestamp, Weight};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// What a device may be used for: of what its account may do, no more than this.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Whether it is handed keys of notes.
    pub read: bool,
    /// Which of the account's capabilities it may use.
    pub capabilities: Vec<Capability>,
}

impl Scope {
    /// As one byte, which is what is signed.
    #[must_use]
    pub fn rights(&self) -> Rights {
        let capabilities = Rights::of(&self.capabilities);
        if self.read { capabilities.or(Rights::READ) } else { capabilities }
    }
}

impl From<Rights> for Scope {
    fn from(rights: Rights) -> Self {
        Self { read: rights.reads(), capabilities: rights.capabilities() }
    }
}

/// How somebody shows that they agree: signatures over one payload, relayed by anyone.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Above every nonce that the keys which sign have used, in signed requests as well.
    pub nonce: u64,
    /// When the signatures stop being accepted; at most [`super::MAX_REQUEST_WINDOW_SECONDS`] ahead.
    pub valid_until: Timestamp,
}

/// Adds a device to an account; see [`crate::signing::DeviceBinding`].
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AddDeviceArg {
    /// A context of the group.
    pub context: ContextId,
    /// The account.
    pub account: AccountId,
    /// The device's Ed25519 public key, which nobody in the group has or had.
    pub key: DeviceKey,
    /// What it may be used for.
    pub scope: Scope,
    /// Where key envelopes for it are sealed to.
    pub kem_key: KemKey,
    /// The last moment at which it counts; `null` for until revoked.
    pub expires_at: Option<Timestamp>,
    /// After how many seconds it must have been given another key; `null` for never.
    pub rotate_every: Option<u64>,
    /// Nonce and expiry of the signatures.
    pub consent: Consent,
    /// The account key's signature over the binding, 64 bytes; `null` when the account key calls.
    pub account_signature: Option<ByteBuf>,
    /// The device key's signature over the same bytes: it is somebody's who agrees.
    pub device_signature: ByteBuf,
}

/// Who signs for a device's key to be replaced.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum RotationSignature {
    /// The key that is replaced, while it is live.
    Device(ByteBuf),
    /// The account key.
    Account(ByteBuf),
    /// The one or the other calls.
    Caller,
}

/// Replaces a device's key; see [`crate::signing::DeviceRotation`]. Scope and expiry stay as they are.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RotateDeviceArg {
    /// A context of the group.
    pub context: ContextId,
    /// The account.
    pub account: AccountId,
    /// The key that is replaced, and never comes back.
    pub old: DeviceKey,
    /// The key that replaces it.
    pub new: DeviceKey,
    /// Where key envelopes for it are sealed to from now on.
    pub kem_key: KemKey,
    /// Nonce and expiry of the signatures.
    pub consent: Consent,
    /// The old key's or the account key's signature over the rotation.
    pub signature: RotationSignature,
    /// The new key's signature over the same bytes.
    pub new_signature: ByteBuf,
}

/// Revokes a device for ever. The account key, the device itself, or who manages members.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokeDeviceArg {
    /// A context of the group.
    pub context: ContextId,
    /// The account.
    pub account: AccountId,
    /// The device.
    pub key: DeviceKey,
}

/// Revokes an account for ever, with all its devices, links, capabilities and grants. The account key, or who manages
/// members.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokeAccountArg {
    /// A context of the group.
    pub context: ContextId,
    /// The account.
    pub account: AccountId,
}

/// Links the principal that calls to an account; see [`crate::signing::PrincipalLink`].
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct LinkPrincipalArg {
    /// A context of the group.
    pub context: ContextId,
    /// The account.
    pub account: AccountId,
    /// The live device that signed, whose scope the principal then has, as long as the device is live; `null` when the
    /// account key signed.
    pub device: Option<DeviceKey>,
    /// Nonce and expiry of the signature.
    pub consent: Consent,
    /// The signature over the link, 64 bytes.
    pub signature: ByteBuf,
}

/// Unlinks a principal. The principal itself, the account key, the device that linked it, or who manages members.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnlinkPrincipalArg {
    /// A context of the group.
    pub context: ContextId,
    /// The principal.
    pub principal: Principal,
}

/// A device.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its key.
    pub key: DeviceKey,
    /// The principal its calls come from.
    pub principal: Principal,
    /// What it may be used for.
    pub scope: Scope,
    /// Where key envelopes for it are sealed to.
    pub kem_key: KemKey,
    /// When it was added.
    pub added_at: Timestamp,
    /// The last moment at which it counts.
    pub expires_at: Option<Timestamp>,
    /// After how many seconds it must have been given another key.
    pub rotate_every: Option<u64>,
    /// When it was given this key.
    pub rotated_at: Timestamp,
    /// Whether it counts now: neither expired nor overdue for another key.
    pub is_live: bool,
}

/// A linked principal.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The principal.
    pub principal: Principal,
    /// The device it was linked by, and counts with; `null` for the account key.
    pub device: Option<DeviceKey>,
    /// When.
    pub linked_at: Timestamp,
}

/// What acts for an account beside the account key, which may always do everything that the account may.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Identities {
    /// Its devices.
    pub devices: Vec<Device>,
    /// Its linked principals.
    pub links: Vec<Link>,
}

/// Asks for devices that need attention.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaleDevicesArg {
    /// A context of the group.
    pub context: ContextId,
    /// Those that do not count any more at this time; `null` for now.
    pub at: Option<Timestamp>,
    /// The last of the page before; `null` for the first page.
    pub after: Option<DueDevice>,
    /// Page length.
    pub limit: Option<u32>,
}

/// A device, and the last moment at which it counts unless it is given another key.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueDevice {
    /// The moment: it expires, or must have been given another key.
    pub due: Timestamp,
    /// The device.
    pub key: DeviceKey,
    /// Whose it is.
    pub account: AccountId,
}

/// A page of devices, those that have been due for longest first.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct StaleDevicesPage {
    /// The devices.
    pub devices: Vec<DueDevice>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<DueDevice>,
}

/// Asks what somebody was at a revision.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct WasMemberArg {
    /// A context of the group.
    pub context: ContextId,
    /// An account, or the key of one of its devices, live, rotated or revoked.
    pub key: AccountId,
    /// When.
    pub revision: Revision,
}

/// What an account was at a revision.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct PastMember {
    /// The account.
    pub account: AccountId,
    /// Its role.
    pub role: String,
    /// What it was able to do.
    pub capabilities: Vec<Capability>,
    /// What it weighed in a vote.
    pub weight: Weight,
}
