//! The key of the network's only node, which signs the answers of queries.

use candid::Principal;
use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha256};

/// What stands before the 32 bytes of an Ed25519 key in DER.
const DER_PREFIX: [u8; 12] = *b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";

/// An Ed25519 key derived from the network's seed. Worthless outside tests and demos.
#[derive(Debug)]
pub struct NodeKey {
    secret: SigningKey,
    der: Vec<u8>,
}

impl NodeKey {
    /// The key that belongs to `seed`, always the same.
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        let digest = Sha256::new_with_prefix(b"calisec-engine node key").chain_update(seed.to_be_bytes()).finalize();
        let secret = SigningKey::from_bytes(&digest.into());
        let der = [&DER_PREFIX[..], secret.verifying_key().as_bytes()].concat();
        Self { secret, der }
    }

    /// The public key in DER, 44 bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The node's id.
    #[must_use]
    pub fn id(&self) -> Principal {
        Principal::self_authenticating(&self.der)
    }

    /// Signs, 64 bytes.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.secret.sign(message).to_bytes()
    }
}
