//! Install and upgrade. Nothing is saved before an upgrade: everything durable is in stable structures already.

use crate::api::certify;
use crate::stark;
use crate::state::{Event, State};
use calisec_runtime::Env;
use calisec_types::proof_verifier::ProofVerifierInit;
use candid::Principal;

/// Lays out stable memory.
///
/// # Panics
/// When everybody could revoke circuits: the installation is refused.
pub fn init(state: &mut State, env: &impl Env, arg: Option<ProofVerifierInit>) {
    let governance = arg.and_then(|arg| arg.governance);
    assert!(governance != Some(Principal::anonymous()), "governance must be the id of a canister");
    state.apply(Event::Installed { governance: governance.unwrap_or(Principal::anonymous()) });
    register_built_in(state, env);
    certify(state, env);
}

/// Opens stable memory, at a cost that depends on how much it holds by its logarithm only. Traps, and so undoes the
/// upgrade, when a version with another layout wrote it. Prepared keys come back on demand; certified data does not survive
/// an upgrade and is set again.
pub fn post_upgrade(state: &mut State, env: &impl Env) {
    register_built_in(state, env);
    certify(state, env);
}

/// Circuits that this version has and an earlier one had not.
fn register_built_in(state: &mut State, env: &impl Env) {
    for (id, circuit) in stark::built_in(env.canister_self(), env.now()) {
        if state.circuit(&id).is_none() {
            state.apply(Event::CircuitRegistered { id, circuit, verifying_key: None });
        }
    }
}
