//! Reading and consuming receipts.

use super::errors::from_consumption;
use super::proofs::encoded_length;
use super::{certify, check_length, refuse_anonymous, refuse_revoked};
use crate::receipt::{Consumption, consume as decide};
use crate::state::{Event, State};
use crate::storage::{StoredConsumption, StoredReceipt, StoredStatement};
use calisec_certification::encode_tree;
use calisec_runtime::Env;
use calisec_types::ids::ReceiptId;
use calisec_types::page::page_length;
use calisec_types::proof_verifier::{
    ConsumeArg, EncodedProof, MAX_PROOFS_PAGE_BYTES, MAX_PURPOSE_BYTES, ProofError, ProofReason, ProofsPage, Receipt,
    ReceiptCertificate, ReceiptsArg, ReceiptsPage, StoredProof,
};
use serde_bytes::ByteBuf;

/// Consumes a receipt, once. The same key again gets the same answer and changes nothing.
///
/// # Errors
/// See the interface.
pub fn consume(state: &mut State, env: &impl Env, arg: ConsumeArg) -> Result<Receipt, ProofError> {
    let (caller, now) = (env.caller(), env.now());
    refuse_anonymous(caller)?;
    check_length("expected.purpose", arg.expected.purpose.len(), MAX_PURPOSE_BYTES)?;
    let mut receipt = state.receipt(&arg.receipt).ok_or(ProofReason::UnknownReceipt(arg.receipt))?;

    match decide(&receipt, caller, &arg.expected, arg.idempotency_key, now).map_err(from_consumption)? {
        Consumption::Repeated => {}
        Consumption::First => {
            // What was consumed before the revocation stays so; nothing else is any more.
            refuse_revoked(state, receipt.circuit)?;
            let consumption = StoredConsumption::new(now, arg.idempotency_key);
            receipt.consumption = Some(consumption);
            state.apply(Event::ReceiptConsumed { id: arg.receipt, consumption });
            certify(state, env);
        }
    }
    Ok(shown(state, arg.receipt, &receipt))
}

/// A receipt.
///
/// # Errors
/// When there is none.
pub fn receipt(state: &State, id: ReceiptId) -> Result<Receipt, ProofError> {
    let receipt = state.receipt(&id).ok_or(ProofReason::UnknownReceipt(id))?;
    Ok(shown(state, id, &receipt))
}

/// A receipt with what proves it offline.
///
/// # Errors
/// When there is none.
pub fn receipt_certificate(state: &State, env: &impl Env, id: ReceiptId) -> Result<ReceiptCertificate, ProofError> {
    let (placed, circuit, witness) = state.receipt_witness(&id).ok_or(ProofReason::UnknownReceipt(id))?;
    Ok(ReceiptCertificate {
        receipt: shown(state, id, &placed.receipt),
        position: placed.position,
        circuit_status: circuit.status.into(),
        circuit_position: circuit.position,
        certificate: env.certificate().map(ByteBuf::from),
        witness: ByteBuf::from(encode_tree(&witness)),
    })
}

/// A page of the receipts of a context.
#[must_use]
pub fn receipts(state: &State, arg: &ReceiptsArg) -> ReceiptsPage {
    let length = page_length(arg.limit);
    let mut positions: Vec<(u64, ReceiptId)> = state.receipts_after(arg.context, arg.after).take(length + 1).collect();
    let has_more = positions.len() > length;
    positions.truncate(length);
    ReceiptsPage {
        next: positions.last().filter(|_| has_more).map(|(position, _)| *position),
        receipts: positions
            .into_iter()
            .filter_map(|(_, id)| state.receipt(&id).map(|receipt| shown(state, id, &receipt)))
            .collect(),
    }
}

/// The proof that earned a receipt.
///
/// # Errors
/// When there is no such receipt.
pub fn proof(state: &State, receipt: ReceiptId) -> Result<StoredProof, ProofError> {
    Ok(stored_proof(state, receipt).ok_or(ProofReason::UnknownReceipt(receipt))?)
}

/// A page of the proofs of a context's receipts: it ends early rather than have more than [`MAX_PROOFS_PAGE_BYTES`].
#[must_use]
pub fn proofs(state: &State, arg: &ReceiptsArg) -> ProofsPage {
    let length = page_length(arg.limit);
    let (mut proofs, mut bytes, mut last) = (Vec::new(), 0, None);
    for (position, id) in state.receipts_after(arg.context, arg.after) {
        let Some(proof) = stored_proof(state, id) else { continue };
        bytes += encoded_length(&proof.proof).0;
        let is_full = proofs.len() >= length || (bytes > MAX_PROOFS_PAGE_BYTES && !proofs.is_empty());
        if is_full {
            return ProofsPage { proofs, next: last };
        }
        proofs.push(proof);
        last = Some(position);
    }
    ProofsPage { proofs, next: None }
}

fn stored_proof(state: &State, id: ReceiptId) -> Option<StoredProof> {
    let (receipt, bytes) = state.proof(&id)?;
    let bytes = ByteBuf::from(bytes);
    let proof = match receipt.statement {
        StoredStatement::StarkNoteCommitment | StoredStatement::StarkMembership => EncodedProof::Stark(bytes),
        StoredStatement::NoteCommitment
        | StoredStatement::Raw
        | StoredStatement::ContextMembership
        | StoredStatement::AnonymousSignal { .. }
        | StoredStatement::OwnKeySignal
        | StoredStatement::CredentialRange
        | StoredStatement::CredentialSet => EncodedProof::ArkCompressed(bytes),
    };
    Some(StoredProof { receipt: id, circuit: receipt.circuit, public_inputs: receipt.public_inputs, proof })
}

fn shown(state: &State, id: ReceiptId, receipt: &StoredReceipt) -> Receipt {
    receipt.to_api(id, state.is_revoked(&receipt.circuit))
}
