//! Checking proofs, with and without a receipt.

use super::errors::{
    count, from_admission, from_budget, from_decode, from_input, from_purpose, from_unclaimed, from_verify,
};
use super::{certify, check_length, refuse_anonymous, refuse_revoked};
use crate::curve::{Inputs, Proof};
use crate::receipt::admit;
use crate::state::{Event, State};
use crate::statement::{Claimed, claimed};
use crate::storage::{PlacedCircuit, StoredCurve, StoredReceipt, StoredStatement, StoredStatus};
use calisec_runtime::Env;
use calisec_types::ids::{CircuitId, FieldElement, Timestamp};
use calisec_types::proof_verifier::{
    EncodedProof, MAX_PROOF_BYTES, MAX_PUBLIC_INPUTS, ProofError, ProofReason, RECEIPT_VALIDITY_SECONDS, Receipt,
    SubmitArg, VerifyArg,
};
use calisec_zk::statement::{Domain, Purpose};

/// Checks a proof and keeps nothing.
///
/// # Errors
/// See the interface.
pub fn verify(state: &mut State, arg: &VerifyArg) -> Result<(), ProofError> {
    let (circuit, inputs) = read_claim(state, arg.circuit, &arg.public_inputs, &arg.proof)?;
    refuse_revoked(state, arg.circuit)?;
    let proof = Proof::decode(circuit.circuit.curve(), &arg.proof).map_err(from_decode)?;
    let key = state.prepared_key(arg.circuit).map_err(ProofReason::Internal)?;
    key.verify(&inputs, &proof).map_err(from_verify)?;
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
    state.charge(env.caller(), claim.curve.charge(), env.now()).map_err(from_budget)?;
    let proof = Proof::decode(claim.curve, &claim.arg.proof).map_err(from_decode)?;
    let key = state.prepared_key(claim.arg.circuit).map_err(ProofReason::Internal)?;
    key.verify(&claim.inputs, &proof).map_err(from_verify)?;
    let receipt = issue(state, env, claim, proof.to_compressed_bytes())?;
    certify(state, env);
    Ok(receipt)
}

/// What was submitted, after everything was checked that costs little.
pub(super) struct Claim {
    pub(super) arg: SubmitArg,
    pub(super) curve: StoredCurve,
    pub(super) inputs: Inputs,
    statement: StoredStatement,
    claimed: Claimed,
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
    let claimed = claimed(statement, arg.circuit, &inputs, &domain).map_err(from_unclaimed)?;
    let claim = Claim { arg, curve: circuit.circuit.curve(), inputs, statement, claimed };
    check_admission(state, &claim, env.now())?;
    Ok(claim)
}

fn check_admission(state: &State, claim: &Claim, now: Timestamp) -> Result<(), ProofReason> {
    let holder = state.nullifier_holder(&claim.claimed.nullifier);
    admit(claim.claimed.receipt, holder.as_ref().map(|(id, receipt)| (*id, receipt)), now).map_err(from_admission)
}

/// Issues the receipt of a claim whose proof, given in its compressed encoding, verified. Of claims that were checked together, another may have come first
/// with the same nullifier. The caller certifies.
pub(super) fn issue(state: &mut State, env: &impl Env, claim: Claim, proof: Vec<u8>) -> Result<Receipt, ProofReason> {
    let now = env.now();
    check_admission(state, &claim, now)?;
    let Claim { arg, statement, claimed: Claimed { receipt: id, nullifier }, .. } = claim;
    let receipt = StoredReceipt {
        circuit: arg.circuit,
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
    state.apply(Event::ReceiptIssued { id, receipt, nullifier, proof });
    Ok(issued)
}

/// Everything about circuit and public inputs that can be checked without the proof.
fn read_claim(
    state: &State,
    circuit: CircuitId,
    public_inputs: &[FieldElement],
    proof: &EncodedProof,
) -> Result<(PlacedCircuit, Inputs), ProofReason> {
    check_length("public_inputs", public_inputs.len(), MAX_PUBLIC_INPUTS)?;
    check_length("proof", encoded_length(proof), MAX_PROOF_BYTES)?;
    let stored = state.circuit(&circuit).ok_or(ProofReason::UnknownCircuit(circuit))?;
    if public_inputs.len() != stored.circuit.public_inputs as usize {
        return Err(ProofReason::WrongInputCount {
            expected: stored.circuit.public_inputs,
            actual: count(public_inputs.len()),
        });
    }
    let encodings: Vec<[u8; 32]> = public_inputs.iter().map(|input| input.0).collect();
    let inputs = Inputs::parse(stored.circuit.curve(), &encodings).map_err(from_input)?;
    Ok((stored, inputs))
}

fn encoded_length(proof: &EncodedProof) -> usize {
    match proof {
        EncodedProof::SnarkjsJson(json) => json.len(),
        EncodedProof::ArkCompressed(bytes)
        | EncodedProof::ArkUncompressed(bytes)
        | EncodedProof::Evm(bytes)
        | EncodedProof::GnarkCompressed(bytes)
        | EncodedProof::GnarkRaw(bytes) => bytes.len(),
    }
}
