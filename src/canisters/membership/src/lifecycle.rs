//! Installation and upgrade. There is no `pre_upgrade`: everything that must survive is in stable memory already.

use crate::api::certify;
use crate::state::State;
use crate::storage::Memories;
use calisec_runtime::Env;
use calisec_types::membership::{MembershipInit, MembershipSetting};
use candid::Principal;
use ic_stable_structures::DefaultMemoryImpl;

/// Installs the canister.
///
/// # Panics
/// When nobody could ever be `governance` or `proof_verifier`: the installation is refused.
pub fn init<E: Env>(env: &E, memory: DefaultMemoryImpl, arg: &MembershipInit) -> State {
    assert!(!NOBODY.contains(&arg.governance), "governance must be the id of a canister");
    if let Some(verifier) = arg.proof_verifier {
        assert_is_a_verifier(verifier);
    }
    let state = State::new(&Memories::of(memory), arg);
    ready(env, state)
}

/// Goes on with the state of the version before, after setting what the upgrade names. Certified data does not survive an
/// upgrade, so it is set again.
///
/// # Panics
/// When there is no state of a version before, or a setting cannot be: the upgrade is undone.
pub fn post_upgrade<E: Env>(env: &E, memory: DefaultMemoryImpl, settings: &[MembershipSetting]) -> State {
    let mut state = State::open(&Memories::of(memory));
    assert!(state.governance() != Principal::anonymous(), "BUG: no state to go on with");
    for setting in settings {
        match *setting {
            MembershipSetting::ProofVerifier(verifier) => name_verifier(&mut state, verifier),
        }
    }
    ready(env, state)
}

/// Names whose receipts become claims. Never another one than before: claims that count were made from its receipts, their kinds
/// name its circuits, and it would not be asked any more whether those were revoked.
fn name_verifier(state: &mut State, verifier: Principal) {
    assert_is_a_verifier(verifier);
    match state.proof_verifier() {
        None => state.set_proof_verifier(verifier),
        Some(named) => assert!(
            named == verifier,
            "proof_verifier is {named} already, and claims rest on it: leave the setting out to keep it"
        ),
    }
}

const NOBODY: [Principal; 2] = [Principal::anonymous(), Principal::management_canister()];

fn assert_is_a_verifier(verifier: Principal) {
    assert!(!NOBODY.contains(&verifier), "proof_verifier must be the id of a canister");
}

fn ready<E: Env>(env: &E, state: State) -> State {
    state.policy_cache().warm_up();
    certify(env, &state);
    state
}
