//! Who pays for checking: the caller's budget, or the cycles that the message carries.

use super::errors::from_budget;
use crate::state::State;
use crate::statement::Inputs;
use crate::storage::{StoredCircuit, StoredCurve, StoredStatement};
use calisec_runtime::Env;
use calisec_types::ids::CircuitId;
use calisec_types::proof_verifier::{
    PRICE_BLS12_381_CYCLES, PRICE_BN254_CYCLES, PRICE_STARK_CYCLES, Price, ProofReason, SubmitArg,
};
use std::collections::BTreeMap;

/// What proofs cost.
#[must_use]
pub const fn price() -> Price {
    Price { bn254: PRICE_BN254_CYCLES, bls12_381: PRICE_BLS12_381_CYCLES, stark: PRICE_STARK_CYCLES }
}

/// Who pays for a message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Payer {
    /// The caller's budget.
    Budget,
    /// The cycles that are attached, which no budget limits.
    Cycles,
}

impl Payer {
    /// Who pays for these submissions. Before anything is checked: when cycles are attached, they must be enough for all.
    pub(super) fn of(state: &State, env: &impl Env, submissions: &[SubmitArg]) -> Result<Self, ProofReason> {
        let attached = env.cycles_available();
        if attached == 0 {
            return Ok(Self::Budget);
        }
        let mut prices: BTreeMap<CircuitId, u64> = BTreeMap::new();
        let mut needed = 0;
        for SubmitArg { circuit, .. } in submissions {
            // Those of no circuit are refused, and cost nothing.
            let price = prices
                .entry(*circuit)
                .or_insert_with(|| state.circuit(circuit).map_or(0, |placed| price_of_circuit(&placed.circuit)));
            needed += *price;
        }
        if attached < u128::from(needed) {
            return Err(ProofReason::TooFewCycles { needed, attached: u64::try_from(attached).unwrap_or(u64::MAX) });
        }
        Ok(Self::Cycles)
    }

    /// Takes what checking this proof costs, good or bad. Not before all that costs nothing was checked.
    pub(super) fn charge(self, state: &mut State, env: &impl Env, inputs: &Inputs) -> Result<(), ProofReason> {
        match self {
            Self::Budget => state.charge(env.caller(), inputs.charge(), env.now()).map_err(from_budget),
            Self::Cycles => {
                let price = u128::from(price_of(inputs));
                let accepted = env.accept_cycles(price);
                if accepted == price {
                    return Ok(());
                }
                Err(ProofReason::Internal(format!("{accepted} cycles were accepted where {price} are the price")))
            }
        }
    }
}

const fn price_of(inputs: &Inputs) -> u64 {
    match inputs {
        Inputs::Stark(_) => PRICE_STARK_CYCLES,
        Inputs::Groth16(inputs) => price_on(inputs.curve()),
    }
}

fn price_of_circuit(circuit: &StoredCircuit) -> u64 {
    match circuit.statement {
        StoredStatement::StarkNoteCommitment | StoredStatement::StarkMembership => PRICE_STARK_CYCLES,
        StoredStatement::NoteCommitment
        | StoredStatement::Raw
        | StoredStatement::ContextMembership
        | StoredStatement::AnonymousSignal { .. }
        | StoredStatement::OwnKeySignal
        | StoredStatement::CredentialRange
        | StoredStatement::CredentialSet => price_on(circuit.curve()),
    }
}

const fn price_on(curve: StoredCurve) -> u64 {
    match curve {
        StoredCurve::Bn254 => PRICE_BN254_CYCLES,
        StoredCurve::Bls12_381 => PRICE_BLS12_381_CYCLES,
    }
}
