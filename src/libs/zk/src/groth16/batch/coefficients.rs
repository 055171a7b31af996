//! The coefficients of the combination, fixed by everything they are to be independent of.

use super::BatchItem;
use crate::field::to_be32;
use crate::groth16::curve::Curve;
use sha2::{Digest, Sha256};

const TRANSCRIPT_DOMAIN: &[u8] = b"calisec.groth16.batch.v1\0";
const COEFFICIENT_DOMAIN: &[u8] = b"calisec.groth16.batch.coefficient.v1\0";

/// One coefficient per item, none of them zero.
///
/// Every item is hashed before any coefficient is derived: whoever changes one of them changes all coefficients. A
/// circuit's identifier fixes the number of inputs and proofs have one length, so that no two batches have one
/// transcript.
pub(super) fn derive<C: Curve>(items: &[&BatchItem<'_, C>]) -> Vec<u128> {
    let mut transcript = Sha256::new_with_prefix(TRANSCRIPT_DOMAIN);
    transcript.update((items.len() as u64).to_be_bytes());
    for item in items {
        transcript.update(item.key.circuit().0);
        for input in item.inputs.elements() {
            transcript.update(to_be32(input));
        }
        transcript.update(item.proof.to_uncompressed_bytes());
    }
    let transcript = transcript.finalize();

    (0..items.len() as u64)
        .map(|index| {
            let mut hash = Sha256::new_with_prefix(COEFFICIENT_DOMAIN);
            hash.update(transcript);
            hash.update(index.to_be_bytes());
            let digest: [u8; 32] = hash.finalize().into();
            let coefficient = digest[..16].iter().fold(0, |value, byte| (value << 8) | u128::from(*byte));
            // Nobody finds a hash that needs this; with it, no item is ever left out of the combination.
            coefficient.max(1)
        })
        .collect()
}
