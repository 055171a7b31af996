//! Reading vectors that other implementations made.

use super::{Domain, Purpose};
use crate::field::{Fr, parse_be32};
use calisec_types::ids::{ContextId, Digest32};
use candid::Principal;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct DomainVector {
    network_root_key_hash: String,
    proof_verifier: String,
    context_id: String,
    consumer: String,
    submitter: String,
    purpose: String,
}

impl DomainVector {
    pub(super) fn domain(&self) -> Domain<'_> {
        Domain {
            network_root_key_hash: Digest32(bytes32(&self.network_root_key_hash)),
            proof_verifier: principal(&self.proof_verifier),
            context_id: ContextId(bytes32(&self.context_id)),
            consumer: principal(&self.consumer),
            submitter: principal(&self.submitter),
            purpose: Purpose::new(&self.purpose).unwrap(),
        }
    }
}

pub(super) fn bytes32(text: &str) -> [u8; 32] {
    hex::decode(text).unwrap().try_into().unwrap()
}

pub(super) fn element(text: &str) -> Fr {
    parse_be32(&bytes32(text)).unwrap()
}

pub(super) fn elements(texts: &[String]) -> Vec<Fr> {
    texts.iter().map(|text| element(text)).collect()
}

pub(super) fn principal(text: &str) -> Principal {
    Principal::from_slice(&hex::decode(text).unwrap())
}
