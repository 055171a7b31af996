//! What is signed off-chain, byte for byte.
//!
//! Every payload binds protocol and version, network, canister, purpose and expiry, so that a signature for one of them
//! is worthless in another. Variable-length parts carry their length, so no two payloads share an encoding.

use crate::ids::{ContextId, Digest32, Timestamp};
use candid::Principal;

/// Domain tag of [`ContextRegistration`].
pub const CONTEXT_REGISTRATION_TAG: &[u8] = b"calisec.context-registration.v1\0";

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

/// Appends one length byte (principals have at most 29) and the principal's bytes.
pub fn push_principal(bytes: &mut Vec<u8>, principal: &Principal) {
    let principal = principal.as_slice();
    bytes.push(u8::try_from(principal.len()).unwrap_or(u8::MAX));
    bytes.extend_from_slice(principal);
}
