//! Receipts of `proof_verifier`.

use super::certificate::{CertificateError, Trust, certified_data};
use calisec_certification::decode_tree;
use calisec_certification::receipts::{
    CIRCUITS_LABEL, RECEIPTS_LABEL, circuit_status_hash, position_label, receipt_hash,
};
use calisec_types::ids::Digest32;
use calisec_types::proof_verifier::{CircuitStatus, Receipt, ReceiptCertificate};
use candid::Principal;
use ic_certification::LookupResult;

/// Why a receipt is not believed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReceiptError {
    /// It was asked for in a way that gives no certificate.
    #[error("the receipt has no certificate: ask for it with a query, not from a canister or with an update")]
    NoCertificate,
    /// The certificate proves nothing.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The witness is no hash tree.
    #[error("the witness is malformed: {0}")]
    MalformedWitness(String),
    /// The witness belongs to other data than the canister certified.
    #[error("the root of the witness is not what the canister certified")]
    WrongRoot,
    /// The witness holds another receipt than the answer.
    #[error("the witness holds another receipt than the answer")]
    WrongReceipt,
    /// The witness holds another status of the circuit than the answer.
    #[error("the witness holds another status of the circuit than the answer")]
    WrongStatus,
}

/// Verifies that `proof_verifier` has this receipt, and that its circuit has this status, as of the certificate's time. Whether it is of a circuit that means
/// anything, and for the expected context, consumer, submitter and purpose, is for the caller to compare.
///
/// # Errors
/// [`ReceiptError`].
pub fn receipt<'a>(
    certified: &'a ReceiptCertificate,
    proof_verifier: Principal,
    trust: &Trust<'_>,
) -> Result<&'a Receipt, ReceiptError> {
    let certificate = certified.certificate.as_ref().ok_or(ReceiptError::NoCertificate)?;
    let root = certified_data(certificate, proof_verifier, trust)?;
    let witness = decode_tree(&certified.witness).map_err(ReceiptError::MalformedWitness)?;
    if witness.digest()[..] != root[..] {
        return Err(ReceiptError::WrongRoot);
    }
    let holds = |list: &str, position: u64, hash: Digest32| {
        let found = witness.lookup_path([list.as_bytes(), &position_label(position)]);
        matches!(found, LookupResult::Found(value) if value == hash.0)
    };
    let receipt = &certified.receipt;
    if !holds(RECEIPTS_LABEL, certified.position, receipt_hash(receipt)) {
        return Err(ReceiptError::WrongReceipt);
    }
    let status = circuit_status_hash(&receipt.circuit, certified.circuit_status);
    let is_revoked = certified.circuit_status == CircuitStatus::Revoked;
    if !holds(CIRCUITS_LABEL, certified.circuit_position, status) || receipt.is_revoked != is_revoked {
        return Err(ReceiptError::WrongStatus);
    }
    Ok(receipt)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NOW, Network, cbor, membership as verifier};
    use super::{ReceiptError, receipt};
    use calisec_certification::receipts::{circuit_status_hash, receipt_hash};
    use calisec_types::ids::{CircuitId, ContextId, FieldElement, ReceiptId, Timestamp};
    use calisec_types::proof_verifier::{CircuitStatus, Receipt, ReceiptCertificate, StatementKind};
    use candid::Principal;
    use ic_certification::{HashTree, fork, labeled, leaf, pruned};
    use serde_bytes::ByteBuf;

    fn certified(network: &Network) -> ReceiptCertificate {
        let receipt = Receipt {
            id: ReceiptId([1; 32]),
            circuit: CircuitId([2; 32]),
            statement: StatementKind::NoteCommitment,
            public_inputs: vec![FieldElement([3; 32]); 4],
            context: ContextId([4; 32]),
            consumer: Principal::from_slice(&[5]),
            purpose: "mint".to_owned(),
            submitter: Principal::from_slice(&[6]),
            issued_at: Timestamp(7),
            expires_at: Timestamp(8),
            consumed_at: None,
            is_revoked: false,
        };
        // Position 1 of 2.
        let own = labeled(1u64.to_be_bytes(), leaf(receipt_hash(&receipt).0));
        let status = leaf(circuit_status_hash(&receipt.circuit, CircuitStatus::Deprecated).0);
        let witness: HashTree = fork(
            labeled("circuits", labeled(0u64.to_be_bytes(), status)),
            labeled("receipts", fork(pruned([9; 32]), own)),
        );
        ReceiptCertificate {
            receipt,
            position: 1,
            circuit_status: CircuitStatus::Deprecated,
            circuit_position: 0,
            certificate: Some(ByteBuf::from(network.certificate(verifier(), &witness.digest(), NOW))),
            witness: ByteBuf::from(cbor(&witness)),
        }
    }

    #[test]
    fn should_accept_a_receipt_when_certificate_and_witness_agree() {
        let network = Network::new();
        let good = certified(&network);
        assert_eq!(receipt(&good, verifier(), &network.trust()).expect("verifies"), &good.receipt);
    }

    #[test]
    fn should_say_what_is_wrong_when_a_receipt_is_refused() {
        let network = Network::new();
        let good = certified(&network);
        let verify = |certified: &ReceiptCertificate| receipt(certified, verifier(), &network.trust()).map(|_| ());

        let without = ReceiptCertificate { certificate: None, ..good.clone() };
        assert!(matches!(verify(&without), Err(ReceiptError::NoCertificate)));
        let elsewhere = ReceiptCertificate { position: 0, ..good.clone() };
        assert!(matches!(verify(&elsewhere), Err(ReceiptError::WrongReceipt)));
        let consumed = Receipt { consumed_at: Some(NOW), ..good.receipt.clone() };
        let other = ReceiptCertificate { receipt: consumed, ..good.clone() };
        assert!(matches!(verify(&other), Err(ReceiptError::WrongReceipt)));
        let active = ReceiptCertificate { circuit_status: CircuitStatus::Active, ..good.clone() };
        assert!(matches!(verify(&active), Err(ReceiptError::WrongStatus)));
        let revoked = Receipt { is_revoked: true, ..good.receipt.clone() };
        let marked = ReceiptCertificate { receipt: revoked, ..good.clone() };
        assert!(matches!(verify(&marked), Err(ReceiptError::WrongStatus)));
        let garbage = ReceiptCertificate { witness: ByteBuf::from([0xff]), ..good.clone() };
        assert!(matches!(verify(&garbage), Err(ReceiptError::MalformedWitness(_))));
        for index in 0..good.witness.len() {
            let mut forged = good.clone();
            forged.witness[index] ^= 1;
            assert!(verify(&forged).is_err(), "byte {index} of the witness");
        }
        assert!(matches!(
            receipt(&good, Principal::from_slice(&[8]), &network.trust()),
            Err(ReceiptError::Certificate(_))
        ));
    }
}
