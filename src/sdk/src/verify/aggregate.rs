//! Receipts of aggregates.

use super::certificate::{Trust, certified_data};
use super::receipt::ReceiptError;
use calisec_certification::aggregates::{AGGREGATES_LABEL, aggregate_hash};
use calisec_certification::decode_tree;
use calisec_certification::receipts::position_label;
use calisec_types::aggregates::{AggregateCertificate, AggregateReceipt};
use candid::Principal;
use ic_certification::LookupResult;

/// Verifies that `proof_verifier` accepted this aggregate. Whether its round had the contributors, weights and context that
/// the reader has in mind, is for the reader to compare.
///
/// # Errors
/// [`ReceiptError`].
pub fn aggregate<'a>(
    certified: &'a AggregateCertificate,
    proof_verifier: Principal,
    trust: &Trust<'_>,
) -> Result<&'a AggregateReceipt, ReceiptError> {
    let certificate = certified.certificate.as_ref().ok_or(ReceiptError::NoCertificate)?;
    let root = certified_data(certificate, proof_verifier, trust)?;
    let witness = decode_tree(&certified.witness).map_err(ReceiptError::MalformedWitness)?;
    if witness.digest()[..] != root[..] {
        return Err(ReceiptError::WrongRoot);
    }
    let hash = aggregate_hash(&certified.receipt).0;
    match witness.lookup_path([AGGREGATES_LABEL.as_bytes(), &position_label(certified.position)]) {
        LookupResult::Found(value) if value == hash => Ok(&certified.receipt),
        _ => Err(ReceiptError::WrongReceipt),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NOW, Network, cbor, membership as verifier};
    use super::{AggregateCertificate, AggregateReceipt, ReceiptError, aggregate, aggregate_hash};
    use calisec_types::ids::{ContextId, Digest32, RoundId};
    use candid::Principal;
    use ic_certification::{HashTree, fork, labeled, leaf, pruned};
    use serde_bytes::ByteBuf;

    #[test]
    fn should_accept_the_receipt_of_an_aggregate_when_nothing_of_it_was_changed() {
        let network = Network::new();
        let receipt = AggregateReceipt {
            round: RoundId(1),
            context: ContextId([2; 32]),
            label: "step".to_owned(),
            publisher: Principal::from_slice(&[3]),
            dimension: 4,
            contributors: 5,
            commitments_hash: Digest32([6; 32]),
            values_hash: Digest32([7; 32]),
            accepted_at: NOW,
        };
        let own = labeled(0u64.to_be_bytes(), leaf(aggregate_hash(&receipt).0));
        let witness: HashTree = fork(labeled("aggregates", own), pruned([9; 32]));
        let good = AggregateCertificate {
            receipt,
            position: 0,
            certificate: Some(ByteBuf::from(network.certificate(verifier(), &witness.digest(), NOW))),
            witness: ByteBuf::from(cbor(&witness)),
        };
        let verify = |certified: &AggregateCertificate| aggregate(certified, verifier(), &network.trust()).map(|_| ());
        assert!(verify(&good).is_ok());

        let without = AggregateCertificate { certificate: None, ..good.clone() };
        assert!(matches!(verify(&without), Err(ReceiptError::NoCertificate)));
        let elsewhere = AggregateCertificate { position: 1, ..good.clone() };
        assert!(matches!(verify(&elsewhere), Err(ReceiptError::WrongReceipt)));
        let mut other = good.clone();
        other.receipt.values_hash = Digest32([8; 32]);
        assert!(matches!(verify(&other), Err(ReceiptError::WrongReceipt)));
        for index in 0..good.witness.len() {
            let mut forged = good.clone();
            forged.witness[index] ^= 1;
            assert!(verify(&forged).is_err(), "byte {index} of the witness");
        }
        let canister = Principal::from_slice(&[8]);
        assert!(matches!(aggregate(&good, canister, &network.trust()), Err(ReceiptError::Certificate(_))));
    }
}
