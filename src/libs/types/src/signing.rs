//! What is signed off-chain, byte for byte.
//!
//! Every payload binds protocol and version, network, canister, purpose and expiry, so that a signature for one of them
//! is worthless in another. Variable-length parts carry their length, so no two payloads share an encoding.

use crate::ids::{AccountId, ContextId, Digest32, Timestamp};
use crate::membership::Request;
use candid::Principal;

/// Domain tag of [`ContextRegistration`].
pub const CONTEXT_REGISTRATION_TAG: &[u8] = b"calisec.context-registration.v1\0";

/// Domain tag of [`AdministratorRecovery`].
pub const ADMINISTRATOR_RECOVERY_TAG: &[u8] = b"calisec.administrator-recovery.v1\0";
/// Domain tag of [`RequestPayload`].
pub const SIGNED_REQUEST_TAG: &[u8] = b"calisec.signed-request.v1\0";

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
        let mut bytes = CONTEXT_REGISTRATION_TAG.to_vec();
        bytes.extend_from_slice(&self.network.0);
        push_principal(&mut bytes, &self.canister);
        bytes.extend_from_slice(&self.context.0);
        push_principal(&mut bytes, &self.administrator);
        bytes.extend_from_slice(&self.expires_at.0.to_be_bytes());
        bytes
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
        let mut bytes = ADMINISTRATOR_RECOVERY_TAG.to_vec();
        bytes.extend_from_slice(&self.network.0);
        push_principal(&mut bytes, &self.canister);
        bytes.extend_from_slice(&self.context.0);
        push_principal(&mut bytes, &self.administrator);
        bytes.extend_from_slice(&self.expires_at.0.to_be_bytes());
        bytes
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
        let mut bytes = SIGNED_REQUEST_TAG.to_vec();
        bytes.extend_from_slice(&self.network.0);
        push_principal(&mut bytes, &self.canister);
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

/// Appends one length byte (principals have at most 29) and the principal's bytes.
pub fn push_principal(bytes: &mut Vec<u8>, principal: &Principal) {
    let principal = principal.as_slice();
    bytes.push(u8::try_from(principal.len()).unwrap_or(u8::MAX));
    bytes.extend_from_slice(principal);
}
