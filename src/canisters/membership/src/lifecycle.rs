//! Installation and upgrade. There is no `pre_upgrade`: everything that must survive is in stable memory already.

use crate::api::certify;
use crate::state::State;
use crate::storage::Memories;
use calisec_runtime::Env;
use calisec_types::membership::MembershipInit;
use candid::Principal;
use ic_stable_structures::DefaultMemoryImpl;

/// Installs the canister.
///
/// # Panics
/// When nobody could ever be `governance` or `proof_verifier`: the installation is refused.
pub fn init<E: Env>(env: &E, memory: DefaultMemoryImpl, arg: &MembershipInit) -> State {
    let nobody = [Principal::anonymous(), Principal::management_canister()];
    assert!(!nobody.contains(&arg.governance), "governance must be the id of a canister");
    let proves_nothing = arg.proof_verifier.is_some_and(|verifier| nobody.contains(&verifier));
    assert!(!proves_nothing, "proof_verifier must be the id of a canister, or null");
    let state = State::new(&Memories::of(memory), arg);
    ready(env, state)
}

/// Goes on with the state of the version before. Certified data does not survive an upgrade, so it is set again.
///
/// # Panics
/// When there is no state of a version before: the upgrade is refused.
pub fn post_upgrade<E: Env>(env: &E, memory: DefaultMemoryImpl) -> State {
    let state = State::open(&Memories::of(memory));
    assert!(state.governance() != Principal::anonymous(), "BUG: no state to go on with");
    ready(env, state)
}

fn ready<E: Env>(env: &E, state: State) -> State {
    state.policy_cache().warm_up();
    certify(env, &state);
    state
}
