//! The certified state tree and its signature.
//!
//! Source: interface specification, "Certification". A test network has one subnet that is its own root of trust, as
//! the NNS subnet is on mainnet: certificates carry no delegation and verify against [`RootKey::der`] directly.

mod node_key;
mod request_id;
mod tree;

#[cfg(test)]
mod tests;

use ic_certification::{Certificate, Hash, HashTree};
use ic_verify_bls_signature::PrivateKey;
use serde::Serialize;
use sha2::{Digest, Sha256};

pub use node_key::NodeKey;
pub use request_id::{MessageId, call_request_id};
pub use tree::{Labeled, Path};

/// Domain separator of a certificate's signature, with its length in front.
const STATE_ROOT_SEPARATOR: &[u8] = b"\x0Dic-state-root";

/// What stands before the 96 bytes of a BLS12-381 G2 public key in DER: the Internet Computer's two object ids.
const DER_PREFIX: &[u8; 37] = b"\x30\x81\x82\x30\x1d\x06\x0d\x2b\x06\x01\x04\x01\x82\xdc\x7c\x05\x03\x01\x02\x01\x06\x0c\x2b\x06\x01\x04\x01\x82\xdc\x7c\x05\x03\x02\x01\x03\x61\x00";

/// The self-describing CBOR tag 55799.
const CBOR_SELF_DESCRIBED: [u8; 3] = [0xd9, 0xd9, 0xf7];

/// The key that signs the state: a BLS12-381 key derived from the network's seed. Worthless outside tests and demos.
#[derive(Debug)]
pub struct RootKey {
    secret: PrivateKey,
    der: Vec<u8>,
    /// The last root hash signed: consecutive queries of an unchanged state share one signature.
    last: Option<(Hash, Vec<u8>)>,
}

impl RootKey {
    /// The key that belongs to `seed`, always the same.
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        let mut counter = 0_u64;
        let secret = loop {
            let mut digest = Sha256::new();
            digest.update(b"calisec-engine root key");
            digest.update(seed.to_be_bytes());
            digest.update(counter.to_be_bytes());
            let mut bytes: [u8; 32] = digest.finalize().into();
            // The group order has 255 bits: without this half of all candidates would be out of range.
            bytes[0] &= 0x7f;
            match PrivateKey::deserialize(&bytes) {
                Ok(secret) => break secret,
                Err(_) => counter += 1,
            }
        };
        let mut der = DER_PREFIX.to_vec();
        der.extend_from_slice(&secret.public_key().serialize());
        Self { secret, der, last: None }
    }

    /// The public key in DER, as agents and `root_key_copy` want it.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// A certificate for `tree`: CBOR with the self-describing tag.
    pub fn certify(&mut self, tree: HashTree) -> Vec<u8> {
        let root = tree.digest();
        let signature = match &self.last {
            Some((signed, signature)) if *signed == root => signature.clone(),
            _ => {
                let message = [STATE_ROOT_SEPARATOR, &root].concat();
                self.secret.sign(&message).serialize().to_vec()
            }
        };
        self.last = Some((root, signature.clone()));
        let certificate = Certificate { tree, signature, delegation: None };
        to_self_described_cbor(&certificate)
    }
}

/// CBOR with tag 55799 in front, as certificates and canister ranges are encoded.
pub(crate) fn to_self_described_cbor(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = CBOR_SELF_DESCRIBED.to_vec();
    ciborium::into_writer(value, &mut bytes).expect("BUG: writing CBOR to a vector cannot fail");
    bytes
}

/// Unsigned LEB128: how the tree holds times and numbers.
pub(crate) fn leb128(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}
