//! Installation and upgrade. Everything is in stable structures, so an upgrade has nothing to save and little to load.

use crate::state::{State, set_state};
use crate::storage::Config;
use calisec_types::note_registry::NoteRegistryInit;
use candid::Principal;
use ic_stable_structures::DefaultMemoryImpl;

/// Why an install argument was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidInit {
    /// A principal that no canister has.
    #[error("{field} must be the id of a canister, not {value}")]
    NotACanister {
        /// Which field.
        field: &'static str,
        /// What it was.
        value: Principal,
    },
}

/// Starts with an empty registry in this memory.
///
/// # Errors
/// [`InvalidInit`] when the argument cannot work.
pub fn init(memory: DefaultMemoryImpl, arg: &NoteRegistryInit) -> Result<(), InvalidInit> {
    for (field, value) in [("membership", arg.membership), ("proof_verifier", arg.proof_verifier)] {
        if value == Principal::anonymous() || value == Principal::management_canister() {
            return Err(InvalidInit::NotACanister { field, value });
        }
    }
    let config =
        Config { membership: arg.membership, proof_verifier: arg.proof_verifier, mint_circuit: arg.mint_circuit };
    set_state(State::new(memory, config));
    Ok(())
}

/// Goes on with the registry in this memory.
pub fn post_upgrade(memory: DefaultMemoryImpl) {
    set_state(State::load(memory));
}
