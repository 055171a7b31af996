//! Checking proofs, with and without a receipt.

use super::errors::{from_admission, from_budget, from_decode, from_input, from_purpose, from_verify};
use super::{certify, check_length, refuse_anonymous, refuse_revoked};
use crate::receipt::admit;
use crate::state::{Event, State};
use crate::storage::{PlacedCircuit, StoredReceipt, StoredStatement, StoredStatus};
use calisec_runtime::Env;
use calisec_types::ids::{CircuitId, FieldElement, ReceiptId, Timestamp};
use calisec_types::proof_verifier::{
    EncodedProof, MAX_PROOF_BYTES, MAX_PUBLIC_INPUTS, ProofError, ProofReason, RECEIPT_VALIDITY_SECONDS, Receipt,
    SubmitArg, VerifyArg,
};
use calisec_zk::field::to_be32;
use calisec_zk::groth16::{DecodedProof, PublicInputs, RawProof, VerifiedProof};
use calisec_zk::statement::note_commitment::{NoteCommitment, PUBLIC_INPUTS, context_tag};
use calisec_zk::statement::{Domain, Purpose, receipt_id};
use sha2::{Digest, Sha256};

/// Domain tag of the id of a raw statement's receipt.
const RAW_RECEIPT_TAG: &[u8] = b"calisec.raw-receipt.v1\0";

/// Checks a proof and keeps nothing.
///
/// # Errors
/// See the interface.
pub fn verify(state: &mut State, arg: &VerifyArg) -> Result<(), ProofError> {
    let (_, inputs) = read_claim(state, arg.circuit, &arg.public_inputs, &arg.proof)?;
    refuse_revoked(state, arg.circuit)?;
    let proof = RawProof::from(&arg.proof).decode().map_err(from_decode)?;
    let key = state.prepared_key(arg.circuit).map_err(ProofReason::Internal)?;
    key.verify(inputs, &proof).map_err(from_verify)?;
    Ok(())
}

/// Checks a proof and issues its receipt: nullifier check, verification and insertion happen in one message.
///
/// # Errors
/// See the interface.
pub fn submit(state: &mut State, env: &impl Env, arg: SubmitArg) -> Result<Receipt, ProofError> {
    refuse_anonymous(env.caller())?;
    let claim = claim(state, env, arg)?;
    // From here on it costs; so it does when the proof turns out to be a bad one.
    state.charge(env.caller(), env.now()).map_err(from_budget)?;
    let proof = RawProof::from(&claim.arg.proof).decode().map_err(from_decode)?;
    let key = state.prepared_key(claim.arg.circuit).map_err(ProofReason::Internal)?;
    let verified = key.verify(claim.inputs.clone(), &proof).map_err(from_verify)?;
    let receipt = issue(state, env, claim, &verified, &proof)?;
    certify(state, env);
    Ok(receipt)
}

/// What was submitted, after everything was checked that costs little.
pub(super) struct Claim {
    pub(super) arg: SubmitArg,
    pub(super) inputs: PublicInputs,
    statement: StoredStatement,
    id: ReceiptId,
    nullifier: FieldElement,
}

/// Checks everything about a submission but its proof.
pub(super) fn claim(state: &State, env: &impl Env, arg: SubmitArg) -> Result<Claim, ProofReason> {
    let purpose = Purpose::new(&arg.purpose).map_err(from_purpose)?;
    let (circuit, inputs) = read_claim(state, arg.circuit, &arg.public_inputs, &arg.proof)?;
    if circuit.status != StoredStatus::Active {
        return Err(ProofReason::CircuitNotActive { circuit: arg.circuit, status: circuit.status.into() });
    }
    let domain = Domain {
        network_root_key_hash: env.network(),
        proof_verifier: env.canister_self(),
        context_id: arg.context,
        consumer: arg.consumer,
        submitter: env.caller(),
        purpose,
    };
    let statement = circuit.circuit.statement;
    let (id, nullifier) = check_statement(statement, arg.circuit, &inputs, &domain)?;
    let claim = Claim { arg, inputs, statement, id, nullifier };
    check_admission(state, &claim, env.now())?;
    Ok(claim)
}

fn check_admission(state: &State, claim: &Claim, now: Timestamp) -> Result<(), ProofReason> {
    let holder = state.nullifier_holder(claim.arg.circuit, claim.nullifier);
    admit(claim.id, holder.as_ref().map(|(id, receipt)| (*id, receipt)), now).map_err(from_admission)
}

/// Issues the receipt of a claim whose proof verified. Of claims that were checked together, another may have come first
/// with the same nullifier. The caller certifies.
pub(super) fn issue(
    state: &mut State,
    env: &impl Env,
    claim: Claim,
    verified: &VerifiedProof,
    proof: &DecodedProof,
) -> Result<Receipt, ProofReason> {
    let now = env.now();
    check_admission(state, &claim, now)?;
    let Claim { arg, statement, id, nullifier, .. } = claim;
    let receipt = StoredReceipt {
        circuit: verified.circuit(),
        statement,
        public_inputs: arg.public_inputs,
        context: arg.context,
        consumer: arg.consumer,
        purpose: arg.purpose,
        submitter: env.caller(),
        issued_at: now,
        expires_at: now.plus_seconds(RECEIPT_VALIDITY_SECONDS),
        consumption: None,
    };
    let issued = receipt.to_api(id, false);
    state.apply(Event::ReceiptIssued { id, receipt, nullifier, proof: proof.to_compressed_bytes() });
    Ok(issued)
}

/// Everything about circuit and public inputs that can be checked without the proof.
fn read_claim(
    state: &State,
    circuit: CircuitId,
    public_inputs: &[FieldElement],
    proof: &EncodedProof,
) -> Result<(PlacedCircuit, PublicInputs), ProofReason> {
    check_length("public_inputs", public_inputs.len(), MAX_PUBLIC_INPUTS)?;
    check_length("proof", encoded_length(proof), MAX_PROOF_BYTES)?;
    let stored = state.circuit(&circuit).ok_or(ProofReason::UnknownCircuit(circuit))?;
    if public_inputs.len() != stored.circuit.public_inputs as usize {
        return Err(ProofReason::WrongInputCount {
            expected: stored.circuit.public_inputs,
            actual: super::errors::count(public_inputs.len()),
        });
    }
    let encodings: Vec<[u8; 32]> = public_inputs.iter().map(|input| input.0).collect();
    let inputs = PublicInputs::parse(&encodings).map_err(from_input)?;
    Ok((stored, inputs))
}

/// Checks that the statement is about this domain, and finds the receipt and the nullifier that are its own.
fn check_statement(
    statement: StoredStatement,
    circuit: CircuitId,
    inputs: &PublicInputs,
    domain: &Domain<'_>,
) -> Result<(ReceiptId, FieldElement), ProofReason> {
    match statement {
        StoredStatement::NoteCommitment => {
            let elements: [_; PUBLIC_INPUTS] =
                inputs.elements().try_into().map_err(|_| ProofReason::WrongInputCount {
                    expected: super::errors::count(PUBLIC_INPUTS),
                    actual: super::errors::count(inputs.len()),
                })?;
            let claim = NoteCommitment::from_public_inputs(elements);
            if claim.context_tag != context_tag(&domain.context_id) {
                return Err(ProofReason::WrongContext);
            }
            if claim.signal != domain.signal() {
                return Err(ProofReason::WrongDomain);
            }
            Ok((receipt_id(&circuit, inputs.elements()), FieldElement(to_be32(&claim.nullifier))))
        }
        StoredStatement::Raw => {
            // It has no nullifier that we know of: each statement is its own.
            let id = raw_receipt_id(&circuit, domain, inputs);
            Ok((id, FieldElement(id.0)))
        }
    }
}

/// The inputs of a raw statement need not bind the domain, so the id does: who sees a proof on its way can submit it, but
/// for a receipt that names them and keeps nobody else from theirs.
fn raw_receipt_id(circuit: &CircuitId, domain: &Domain<'_>, inputs: &PublicInputs) -> ReceiptId {
    let mut bytes = RAW_RECEIPT_TAG.to_vec();
    bytes.extend_from_slice(&circuit.0);
    bytes.extend_from_slice(&to_be32(&domain.signal()));
    for input in inputs.elements() {
        bytes.extend_from_slice(&to_be32(input));
    }
    ReceiptId(Sha256::digest(&bytes).into())
}

fn encoded_length(proof: &EncodedProof) -> usize {
    match proof {
        EncodedProof::SnarkjsJson(json) => json.len(),
        EncodedProof::ArkCompressed(bytes) | EncodedProof::ArkUncompressed(bytes) | EncodedProof::Evm(bytes) => {
            bytes.len()
        }
    }
}
