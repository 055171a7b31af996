//! Registering and reading circuits.

use super::errors::{count, from_key};
use super::{check_length, refuse_anonymous};
use crate::state::{Event, State};
use crate::storage::StoredCircuit;
use calisec_runtime::Env;
use calisec_types::ids::CircuitId;
use calisec_types::page::page_length;
use calisec_types::proof_verifier::{
    Circuit, CircuitsArg, CircuitsPage, EncodedVerifyingKey, MAX_CIRCUIT_NAME_BYTES, MAX_CIRCUITS_PER_OWNER,
    MAX_VERIFYING_KEY_BYTES, ProofError, ProofReason, RegisterCircuitArg, StatementKind,
};
use calisec_zk::groth16::RawVerifyingKey;
use calisec_zk::statement::note_commitment;

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

    let key = RawVerifyingKey::from(&arg.verifying_key).decode().map_err(from_key)?;
    let expected = input_count(arg.statement);
    if key.input_count() != expected {
        let actual = count(key.input_count());
        return Err(ProofReason::StatementMismatch { expected: count(expected), actual }.into());
    }
    let id = key.circuit_id();
    if state.circuit(&id).is_some() {
        return Err(ProofReason::CircuitExists(id).into());
    }

    let circuit = StoredCircuit {
        name: arg.name,
        statement: arg.statement.into(),
        public_inputs: count(key.input_count()),
        owner: caller,
        registered_at: env.now(),
    };
    state.apply(Event::CircuitRegistered { id, circuit: circuit.clone(), verifying_key: key.to_canonical_bytes() });
    Ok(to_circuit(id, circuit))
}

/// A circuit.
///
/// # Errors
/// When it is not registered.
pub fn circuit(state: &State, id: CircuitId) -> Result<Circuit, ProofError> {
    let circuit = state.circuit(&id).ok_or(ProofReason::UnknownCircuit(id))?;
    Ok(to_circuit(id, circuit))
}

/// A page of circuits.
#[must_use]
pub fn circuits(state: &State, arg: &CircuitsArg) -> CircuitsPage {
    let length = page_length(arg.limit);
    let mut circuits: Vec<Circuit> =
        state.circuits_after(arg.after).take(length + 1).map(|(id, circuit)| to_circuit(id, circuit)).collect();
    let has_more = circuits.len() > length;
    circuits.truncate(length);
    let next = circuits.last().filter(|_| has_more).map(|last| last.id);
    CircuitsPage { circuits, next }
}

fn input_count(statement: StatementKind) -> usize {
    match statement {
        StatementKind::NoteCommitment => note_commitment::PUBLIC_INPUTS,
    }
}

fn encoded_length(key: &EncodedVerifyingKey) -> usize {
    match key {
        EncodedVerifyingKey::SnarkjsJson(json) => json.len(),
        EncodedVerifyingKey::ArkCompressed(bytes) | EncodedVerifyingKey::ArkUncompressed(bytes) => bytes.len(),
    }
}

fn to_circuit(id: CircuitId, circuit: StoredCircuit) -> Circuit {
    Circuit {
        id,
        name: circuit.name,
        statement: circuit.statement.into(),
        public_inputs: circuit.public_inputs,
        owner: circuit.owner,
        registered_at: circuit.registered_at,
    }
}
