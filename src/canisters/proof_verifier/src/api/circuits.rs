//! Registering and reading circuits.

use super::errors::{count, from_budget, from_key, from_key_of_other_statement};
use super::{certify, check_length, refuse_anonymous};
use crate::curve::decode_key;
use crate::state::{Event, State};
use crate::storage::{StoredCircuit, StoredCurve, StoredStatus};
use calisec_runtime::Env;
use calisec_types::ids::CircuitId;
use calisec_types::page::page_length;
use calisec_types::proof_verifier::{
    Circuit, CircuitStatus, CircuitsArg, CircuitsPage, EncodedVerifyingKey, MAX_CIRCUIT_NAME_BYTES,
    MAX_CIRCUITS_PER_OWNER, MAX_VERIFYING_KEY_BYTES, ProofError, ProofReason, RegisterCircuitArg, SetCircuitStatusArg,
    StatementKind,
};
use calisec_zk::statement::circuit_id;
use candid::Principal;

/// Registers a circuit by its verifying key. Anybody with an identity may; the id says which circuit it is.
///
/// # Errors
/// See the interface.
pub fn register_circuit(state: &mut State, env: &impl Env, arg: RegisterCircuitArg) -> Result<Circuit, ProofError> {
    let caller = env.caller();
    refuse_anonymous(caller)?;
    check_length("name", arg.name.len(), MAX_CIRCUIT_NAME_BYTES)?;
    check_length("verifying_key", encoded_length(&arg.verifying_key), MAX_VERIFYING_KEY_BYTES)?;
    if state.circuit_count(&caller) >= MAX_CIRCUITS_PER_OWNER {
        return Err(ProofReason::TooManyCircuits { limit: MAX_CIRCUITS_PER_OWNER }.into());
    }

    let curve = StoredCurve::from(arg.curve);
    if curve != StoredCurve::Bn254 && arg.statement != StatementKind::Raw {
        return Err(ProofReason::CurveNotSupported(arg.curve).into());
    }

    state.charge(caller, curve.charge(), env.now()).map_err(from_budget)?;
    let key = decode_key(curve, &arg.verifying_key).map_err(from_key)?;
    let id = circuit_id(arg.statement, key.id, key.input_count).map_err(from_key_of_other_statement)?;
    if state.circuit(&id).is_some() {
        return Err(ProofReason::CircuitExists(id).into());
    }

    let circuit = StoredCircuit {
        name: arg.name,
        statement: arg.statement.into(),
        public_inputs: count(key.input_count),
        owner: owner(arg.statement, env),
        registered_at: env.now(),
        curve: Some(curve),
        ceremony: arg.ceremony,
    };
    state.apply(Event::CircuitRegistered { id, circuit: circuit.clone(), verifying_key: Some(key.canonical) });
    certify(state, env);
    Ok(to_circuit(id, circuit, CircuitStatus::Active))
}

/// A circuit.
///
/// # Errors
/// When it is not registered.
pub fn circuit(state: &State, id: CircuitId) -> Result<Circuit, ProofError> {
    let placed = state.circuit(&id).ok_or(ProofReason::UnknownCircuit(id))?;
    Ok(to_circuit(id, placed.circuit, placed.status.into()))
}

/// Changes a circuit's status. The same status again changes nothing.
///
/// # Errors
/// See the interface.
pub fn set_circuit_status(state: &mut State, env: &impl Env, arg: SetCircuitStatusArg) -> Result<Circuit, ProofError> {
    let caller = env.caller();
    refuse_anonymous(caller)?;
    let placed = state.circuit(&arg.circuit).ok_or(ProofReason::UnknownCircuit(arg.circuit))?;
    let may = match arg.status {
        CircuitStatus::Revoked => caller == state.governance(),
        CircuitStatus::Active | CircuitStatus::Deprecated => {
            caller == placed.circuit.owner || caller == state.governance()
        }
    };
    let (is_revoked, is_same) = (placed.status == StoredStatus::Revoked, placed.status == arg.status.into());
    if !may || (is_revoked && !is_same) {
        return Err(ProofReason::NotAuthorised.into());
    }
    if !is_same {
        state.apply(Event::CircuitStatusSet { id: arg.circuit, status: arg.status.into() });
        certify(state, env);
    }
    Ok(to_circuit(arg.circuit, placed.circuit, arg.status))
}

/// A page of circuits.
#[must_use]
pub fn circuits(state: &State, arg: &CircuitsArg) -> CircuitsPage {
    let length = page_length(arg.limit);
    let mut circuits: Vec<Circuit> = state
        .circuits_after(arg.after)
        .take(length + 1)
        .map(|(id, placed)| to_circuit(id, placed.circuit, placed.status.into()))
        .collect();
    let has_more = circuits.len() > length;
    circuits.truncate(length);
    let next = circuits.last().filter(|_| has_more).map(|last| last.id);
    CircuitsPage { circuits, next }
}

/// Semaphore's keys are everybody's: were their circuits owned by who registers them first, that one could deprecate them.
fn owner(statement: StatementKind, env: &impl Env) -> Principal {
    match statement {
        StatementKind::AnonymousSignal { .. } => env.canister_self(),
        StatementKind::NoteCommitment
        | StatementKind::Raw
        | StatementKind::ContextMembership
        | StatementKind::OwnKeySignal
        | StatementKind::CredentialRange
        | StatementKind::CredentialSet
        | StatementKind::StarkNoteCommitment
        | StatementKind::StarkMembership => env.caller(),
    }
}

fn encoded_length(key: &EncodedVerifyingKey) -> usize {
    match key {
        EncodedVerifyingKey::SnarkjsJson(json) => json.len(),
        EncodedVerifyingKey::ArkCompressed(bytes)
        | EncodedVerifyingKey::ArkUncompressed(bytes)
        | EncodedVerifyingKey::GnarkCompressed(bytes)
        | EncodedVerifyingKey::GnarkRaw(bytes) => bytes.len(),
    }
}

fn to_circuit(id: CircuitId, circuit: StoredCircuit, status: CircuitStatus) -> Circuit {
    Circuit {
        id,
        name: circuit.name,
        statement: circuit.statement.into(),
        curve: circuit.curve.map(Into::into),
        public_inputs: circuit.public_inputs,
        ceremony: circuit.ceremony,
        owner: circuit.owner,
        registered_at: circuit.registered_at,
        status,
    }
}
