//! One function per method: limits first, then who may, then what; errors become those of the interface here.

mod aggregates;
mod batch;
mod circuits;
mod errors;
mod payment;
mod proofs;
mod receipts;
#[cfg(test)]
mod test_fixtures;
#[cfg(test)]
mod tests;

pub use aggregates::{aggregate_certificate, commit_update, contributions, open_round, post_aggregate, round, rounds};
pub use batch::submit_many;
pub use circuits::{circuit, circuits, register_circuit, set_circuit_status};
pub use payment::price;
pub use proofs::{submit, verify};
pub use receipts::{consume, proof, proofs, receipt, receipt_certificate, receipts};

use crate::state::State;
use calisec_runtime::Env;
use calisec_types::ids::CircuitId;
use calisec_types::proof_verifier::{CircuitStatus, ProofReason};
use candid::Principal;

/// Sets the certified data to what the state is now. After every change of a receipt, and after an upgrade.
pub fn certify(state: &State, env: &impl Env) {
    env.certify(&state.certified_root());
}

fn refuse_revoked(state: &State, circuit: CircuitId) -> Result<(), ProofReason> {
    if state.is_revoked(&circuit) {
        return Err(ProofReason::CircuitNotActive { circuit, status: CircuitStatus::Revoked });
    }
    Ok(())
}

fn refuse_anonymous(caller: Principal) -> Result<(), ProofReason> {
    if caller == Principal::anonymous() { Err(ProofReason::Anonymous) } else { Ok(()) }
}

/// Refuses what is empty or longer than allowed, before any work is spent on it.
fn check_length(field: &str, length: usize, limit: usize) -> Result<(), ProofReason> {
    if length == 0 || length > limit {
        return Err(ProofReason::BadLength { field: field.to_owned(), length: length as u64, limit: limit as u64 });
    }
    Ok(())
}
