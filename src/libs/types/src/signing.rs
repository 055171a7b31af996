//! What is signed off-chain, byte for byte.
//!
//! Every payload binds protocol and version, network, canister, purpose and expiry, so that a signature for one of them
//! is worthless in another. Variable-length parts carry their length, so no two payloads share an encoding.

use crate::ids::{AccountId, ContextId, DeviceKey, Digest32, GroupId, KemKey, Timestamp};
use crate::membership::{Request, Rights};
use candid::Principal;

/// Domain tag of [`ContextRegistration`].
pub const CONTEXT_REGISTRATION_TAG: &[u8] = b"calisec.context-registration.v1\0";

/// Domain tag of [`AdministratorRecovery`].
pub const ADMINISTRATOR_RECOVERY_TAG: &[u8] = b"calisec.administrator-recovery.v1\0";
/// Domain tag of [`RequestPayload`].
pub const SIGNED_REQUEST_TAG: &[u8] = b"calisec.signed-request.v1\0";

/// Domain tag of [`DeviceBinding`].
pub const DEVICE_BINDING_TAG: &[u8] = b"calisec.device-binding.v1\0";
/// Domain tag of [`DeviceRotation`].
pub const DEVICE_ROTATION_TAG: &[u8] = b"calisec.device-rotation.v1\0";
/// Domain tag of [`PrincipalLink`].
pub const PRINCIPAL_LINK_TAG: &[u8] = b"calisec.principal-link.v1\0";

/// A context key's statement that `administrator` may administer the context. Signed by the context's Ed25519 key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextRegistration {
    /// SHA-256 of the network's DER root key: mainnet, a local replica and a test network all differ.
    pub network: Digest32,
    /// The membership canister that shall accept the registration.
    pub canister: Principal,
    /// The context, whose id is the public key that signs.
    pub context: ContextId,
    /// Who will administer the context.
    pub administrator: Principal,
    /// When the signature stops being accepted.
    pub expires_at: Timestamp,
}

impl ContextRegistration {
    /// The signed bytes: tag, network (32), canister (length byte, bytes), context (32), administrator (length byte,
    /// bytes), expiry (8, big-endian nanoseconds).
    #[must_use]
    pub fn to_signed_bytes(&self) -> Vec<u8> {
        let Self { network, canister, context, administrator, expires_at } = self;
        names_administrator(CONTEXT_REGISTRATION_TAG, (*network, canister), (*context, administrator), *expires_at)
    }
}

/// A context key's statement that `administrator` shall administer a group whose administrator is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdministratorRecovery {
    /// SHA-256 of the network's DER root key.
    pub network: Digest32,
    /// The membership canister.
    pub canister: Principal,
    /// The context, whose id is the public key that signs.
    pub context: ContextId,
    /// Who shall administer its group.
    pub administrator: Principal,
    /// When the signature stops being accepted.
    pub expires_at: Timestamp,
}

impl AdministratorRecovery {
    /// The signed bytes: its own tag, and then what [`ContextRegistration`] has.
    #[must_use]
    pub fn to_signed_bytes(&self) -> Vec<u8> {
        let Self { network, canister, context, administrator, expires_at } = self;
        names_administrator(ADMINISTRATOR_RECOVERY_TAG, (*network, canister), (*context, administrator), *expires_at)
    }
}

/// What a key signs to have something done in its name, by whoever relays it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestPayload {
    /// SHA-256 of the network's DER root key.
    pub network: Digest32,
    /// The canister that shall do it.
    pub canister: Principal,
    /// The Ed25519 key that signs. Its self-authenticating principal is who does it.
    pub key: AccountId,
    /// Above every nonce of this key that the canister accepted before; gaps are fine.
    pub nonce: u64,
    /// When the signature stops being accepted.
    pub expires_at: Timestamp,
    /// What shall be done.
    pub request: Request,
}

impl RequestPayload {
    /// The signed bytes: tag, network (32), canister (length byte, bytes), key (32), scope (32), nonce and expiry (8 each,
    /// big-endian), method (length byte, bytes), and to the end the method's argument in Candid, as a direct call has it.
    #[must_use]
    pub fn to_signed_bytes(&self) -> Vec<u8> {
        let mut bytes = addressed(SIGNED_REQUEST_TAG, self.network, &self.canister);
        bytes.extend_from_slice(&self.key.0);
        bytes.extend_from_slice(&self.request.scope().0);
        bytes.extend_from_slice(&self.nonce.to_be_bytes());
        bytes.extend_from_slice(&self.expires_at.0.to_be_bytes());
        let method = self.request.method().as_bytes();
        bytes.push(u8::try_from(method.len()).unwrap_or(u8::MAX));
        bytes.extend_from_slice(method);
        bytes.extend_from_slice(&self.request.arg());
        bytes
    }
}

/// An account key's statement, and a device key's, that the device acts for the account. Both sign it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceBinding {
    /// SHA-256 of the network's DER root key.
    pub network: Digest32,
    /// The membership canister.
    pub canister: Principal,
    /// The group.
    pub group: GroupId,
    /// The account.
    pub account: AccountId,
    /// The device.
    pub device: DeviceKey,
    /// What the device may be used for, one byte: see [`Rights`].
    pub scope: Rights,
    /// Where key envelopes for it are sealed to.
    pub kem_key: KemKey,
    /// The last moment at which it counts.
    pub expires_at: Option<Timestamp>,
    /// After how many seconds it must have another key.
    pub rotate_every: Option<u64>,
    /// Above every nonce that either key used.
    pub nonce: u64,
    /// When the signatures stop being accepted.
    pub valid_until: Timestamp,
}

impl DeviceBinding {
    /// The signed bytes: tag, network (32), canister (length byte, bytes), group, account and device (32 each), scope (1),
    /// envelope key (32), expiry and seconds between keys (each a zero byte, or a one and 8 bytes), nonce and end of validity
    /// (8 each); numbers big-endian.
    #[must_use]
    pub fn to_signed_bytes(&self) -> Vec<u8> {
        let mut bytes = begin(DEVICE_BINDING_TAG, self.network, &self.canister, self.group, self.account);
        bytes.extend_from_slice(&self.device.0);
        bytes.push(self.scope.bits());
        bytes.extend_from_slice(&self.kem_key.0);
        push_optional(&mut bytes, self.expires_at.map(|time| time.0));
        push_optional(&mut bytes, self.rotate_every);
        push_consent(&mut bytes, self.nonce, self.valid_until);
        bytes
    }
}

/// The statement that a device has another key from now on: signed by the new key, and by the old one or the account key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRotation {
    /// SHA-256 of the network's DER root key.
    pub network: Digest32,
    /// The membership canister.
    pub canister: Principal,
    /// The group.
    pub group: GroupId,
    /// The account.
    pub account: AccountId,
    /// The key that is replaced.
    pub old: DeviceKey,
    /// The key that replaces it.
    pub new: DeviceKey,
    /// Where key envelopes for the device are sealed to from now on.
    pub kem_key: KemKey,
    /// Above every nonce that any of the keys which sign used.
    pub nonce: u64,
    /// When the signatures stop being accepted.
    pub valid_until: Timestamp,
}

impl DeviceRotation {
    /// The signed bytes: tag, network (32), canister (length byte, bytes), group, account, old and new key, envelope key (32
    /// each), nonce and end of validity (8 each, big-endian).
    #[must_use]
    pub fn to_signed_bytes(&self) -> Vec<u8> {
        let mut bytes = begin(DEVICE_ROTATION_TAG, self.network, &self.canister, self.group, self.account);
        for part in [self.old.0, self.new.0, self.kem_key.0] {
            bytes.extend_from_slice(&part);
        }
        push_consent(&mut bytes, self.nonce, self.valid_until);
        bytes
    }
}

/// The statement of an account key, or of a device, that a principal acts for the account. The principal agrees by calling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrincipalLink {
    /// SHA-256 of the network's DER root key.
    pub network: Digest32,
    /// The membership canister.
    pub canister: Principal,
    /// The group.
    pub group: GroupId,
    /// The account.
    pub account: AccountId,
    /// The device that signs; `None` when the account key does.
    pub device: Option<DeviceKey>,
    /// The principal.
    pub principal: Principal,
    /// Above every nonce that the key which signs used.
    pub nonce: u64,
    /// When the signature stops being accepted.
    pub valid_until: Timestamp,
}

impl PrincipalLink {
    /// The signed bytes: tag, network (32), canister (length byte, bytes), group and account (32 each), the key that signs
    /// (32), principal (length byte, bytes), nonce and end of validity (8 each, big-endian).
    #[must_use]
    pub fn to_signed_bytes(&self) -> Vec<u8> {
        let mut bytes = begin(PRINCIPAL_LINK_TAG, self.network, &self.canister, self.group, self.account);
        bytes.extend_from_slice(&self.device.map_or(self.account.0, |device| device.0));
        push_principal(&mut bytes, &self.principal);
        push_consent(&mut bytes, self.nonce, self.valid_until);
        bytes
    }
}

/// What every payload begins with: its tag, network (32) and canister (length byte, bytes).
pub(crate) fn addressed(tag: &[u8], network: Digest32, canister: &Principal) -> Vec<u8> {
    let mut bytes = tag.to_vec();
    bytes.extend_from_slice(&network.0);
    push_principal(&mut bytes, canister);
    bytes
}

/// Who shall administer a context: the tag alone says whether it is registered or recovered.
fn names_administrator(
    tag: &[u8],
    (network, canister): (Digest32, &Principal),
    (context, administrator): (ContextId, &Principal),
    expires_at: Timestamp,
) -> Vec<u8> {
    let mut bytes = addressed(tag, network, canister);
    bytes.extend_from_slice(&context.0);
    push_principal(&mut bytes, administrator);
    bytes.extend_from_slice(&expires_at.0.to_be_bytes());
    bytes
}

fn begin(tag: &[u8], network: Digest32, canister: &Principal, group: GroupId, account: AccountId) -> Vec<u8> {
    let mut bytes = addressed(tag, network, canister);
    bytes.extend_from_slice(&group.0);
    bytes.extend_from_slice(&account.0);
    bytes
}

fn push_optional(bytes: &mut Vec<u8>, number: Option<u64>) {
    match number {
        None => bytes.push(0),
        Some(number) => {
            bytes.push(1);
            bytes.extend_from_slice(&number.to_be_bytes());
        }
    }
}

fn push_consent(bytes: &mut Vec<u8>, nonce: u64, valid_until: Timestamp) {
    bytes.extend_from_slice(&nonce.to_be_bytes());
    bytes.extend_from_slice(&valid_until.0.to_be_bytes());
}

/// Appends one length byte (principals have at most 29) and the principal's bytes.
pub fn push_principal(bytes: &mut Vec<u8>, principal: &Principal) {
    let principal = principal.as_slice();
    bytes.push(u8::try_from(principal.len()).unwrap_or(u8::MAX));
    bytes.extend_from_slice(principal);
}
