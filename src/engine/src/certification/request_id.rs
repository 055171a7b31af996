//! Request ids: the representation-independent hash of a call request.

use candid::Principal;
use sha2::{Digest, Sha256};
use std::fmt;

/// The id of an ingress message, as in `request_status/<id>`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(pub [u8; 32]);

impl AsRef<[u8]> for MessageId {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({self})")
    }
}

/// The id of a call request. Source: interface specification, "Request ids".
#[must_use]
pub fn call_request_id(
    sender: Principal,
    canister: Principal,
    method: &str,
    arg: &[u8],
    ingress_expiry_ns: u64,
    nonce: &[u8],
) -> MessageId {
    let expiry = super::leb128(ingress_expiry_ns);
    let fields: [(&str, &[u8]); 7] = [
        ("request_type", b"call"),
        ("canister_id", canister.as_slice()),
        ("method_name", method.as_bytes()),
        ("arg", arg),
        ("sender", sender.as_slice()),
        ("ingress_expiry", &expiry),
        ("nonce", nonce),
    ];
    let mut hashes: Vec<[u8; 64]> = fields
        .iter()
        .map(|(name, value)| {
            let mut pair = [0; 64];
            pair[..32].copy_from_slice(&Sha256::digest(name.as_bytes()));
            pair[32..].copy_from_slice(&Sha256::digest(value));
            pair
        })
        .collect();
    hashes.sort_unstable();
    MessageId(Sha256::digest(hashes.concat()).into())
}
