//! Checking proofs, with and without a receipt.

use super::errors::{from_admission, from_decode, from_inputs, from_purpose, from_unclaimed, from_verify};
use super::payment::Payer;
use super::{certify, check_length, refuse_anonymous, refuse_revoked};
use crate::curve::{Kept, Proof, Unverified};
use crate::receipt::admit;
use crate::state::{Event, State};
use crate::statement::{Claimed, Inputs};
use crate::storage::{PlacedCircuit, StoredReceipt, StoredStatement, StoredStatus};
use calisec_runtime::Env;
use calisec_types::ids::{CircuitId, FieldElement, Timestamp};
use calisec_types::proof_verifier::{
    EncodedProof, MAX_PROOF_BYTES, MAX_PUBLIC_INPUTS, MAX_STARK_PROOF_BYTES, ProofError, ProofReason,
    RECEIPT_VALIDITY_SECONDS, Receipt, SubmitArg, VerifyArg,
};
use calisec_zk::statement::{Domain, Purpose};

/// Checks a proof and keeps nothing. In a query only: executed by all nodes it would cost the canister cycles, and nobody else.
///
/// # Errors
/// See the interface.
pub fn verify(state: &mut State, env: &impl Env, arg: &VerifyArg) -> Result<(), ProofError> {
    if env.in_replicated_execution() {
        return Err(ProofReason::QueryOnly.into());
    }
    let (_, inputs) = read_claim(state, arg.circuit, &arg.public_inputs, &arg.proof)?;
    refuse_revoked(state, arg.circuit)?;
    check(state, arg.circuit, &inputs, &arg.proof)?;
    Ok(())
}

/// Checks a proof and issues its receipt: nullifier check, verification and insertion happen in one message.
///
/// # Errors
/// See the interface.
pub fn submit(state: &mut State, env: &impl Env, arg: SubmitArg) -> Result<Receipt, ProofError> {
    refuse_anonymous(env.caller())?;
    let payer = Payer::of(state, env, std::slice::from_ref(&arg))?;
    let claim = claim(state, env, arg)?;
    // From here on it costs; so it does when the proof turns out to be a bad one.
    payer.charge(state, env, &claim.inputs)?;
    let verified = check(state, claim.arg.circuit, &claim.inputs, &claim.arg.proof)?;
    let receipt = issue(state, env, claim, verified)?;
    certify(state, env);
    Ok(receipt)
}

/// A proof that verifies, as it is kept.
pub(super) struct Verified {
    kept: Vec<u8>,
}

impl From<Kept> for Verified {
    fn from(kept: Kept) -> Self {
        Self { kept: kept.into_bytes() }
    }
}

/// Checks a proof of whichever system the circuit is.
pub(super) fn check(
    state: &mut State,
    circuit: CircuitId,
    inputs: &Inputs,
    proof: &EncodedProof,
) -> Result<Verified, ProofReason> {
    match (inputs, proof) {
        (Inputs::Groth16(inputs), proof) => {
            let proof = Proof::decode(inputs.curve(), proof).map_err(from_decode)?;
            let key = state.prepared_key(circuit).map_err(ProofReason::Internal)?;
            let kept = Unverified::new(key, inputs.clone(), proof).and_then(Unverified::verify);
            kept.map(Verified::from).map_err(from_verify)
        }
        (Inputs::Stark(claim), EncodedProof::Stark(bytes)) => {
            claim.verify(bytes)?;
            Ok(Verified { kept: bytes.to_vec() })
        }
        (Inputs::Stark(_), _) => {
            Err(ProofReason::MalformedProof("the circuit takes STARKs, this is a Groth16 proof".to_owned()))
        }
    }
}

/// What was submitted, after everything was checked that costs little.
pub(super) struct Claim {
    pub(super) arg: SubmitArg,
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
    let claimed = inputs.claimed(statement, arg.circuit, &domain).map_err(from_unclaimed)?;
    let claim = Claim { arg, inputs, statement, claimed };
    check_admission(state, &claim, env.now())?;
    Ok(claim)
}

fn check_admission(state: &State, claim: &Claim, now: Timestamp) -> Result<(), ProofReason> {
    let holder = state.nullifier_holder(&claim.claimed.nullifier);
    admit(claim.claimed.receipt, holder.as_ref().map(|(id, receipt)| (*id, receipt)), now).map_err(from_admission)
}

/// Issues the receipt of a claim whose proof verified. Of claims that were checked together, another may have come first
/// with the same nullifier. The caller certifies.
pub(super) fn issue(
    state: &mut State,
    env: &impl Env,
    claim: Claim,
    verified: Verified,
) -> Result<Receipt, ProofReason> {
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
    state.apply(Event::ReceiptIssued { id, receipt, nullifier, proof: verified.kept });
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
    let (length, limit) = encoded_length(proof);
    check_length("proof", length, limit)?;
    let stored = state.circuit(&circuit).ok_or(ProofReason::UnknownCircuit(circuit))?;
    let inputs = Inputs::parse(&stored.circuit, public_inputs).map_err(from_inputs)?;
    Ok((stored, inputs))
}

/// A proof's length, and what it may be.
pub(super) fn encoded_length(proof: &EncodedProof) -> (usize, usize) {
    match proof {
        EncodedProof::SnarkjsJson(json) => (json.len(), MAX_PROOF_BYTES),
        EncodedProof::ArkCompressed(bytes)
        | EncodedProof::ArkUncompressed(bytes)
        | EncodedProof::Evm(bytes)
        | EncodedProof::GnarkCompressed(bytes)
        | EncodedProof::GnarkRaw(bytes) => (bytes.len(), MAX_PROOF_BYTES),
        EncodedProof::Stark(bytes) => (bytes.len(), MAX_STARK_PROOF_BYTES),
    }
}
