//! What may go wrong between canisters does, at every call, and nothing is lost, done twice or stuck.
//!
//! On the embedded engine only: it lets tests strike single messages.

mod calls;
mod outcalls;
mod races;
mod repetition;
mod storms;
mod timer;
mod verifier;

use calisec_sdk::Random;
use calisec_testkit::backend::{Backend, LocalBackend};
use calisec_testkit::modules;
use calisec_testkit::setup::STORY_RULES;
use calisec_testkit::{Deployment, Setup};
use calisec_types::governance::Rules;
use candid::Principal;
use std::time::Duration;

/// Rules without a timelock: what is adopted can be executed before the canister's own timer does.
const IMMEDIATE: Rules = Rules { timelock_seconds: 0, ..STORY_RULES };

/// Cycles that a canister is given back after it had to go without.
const REFILL: u128 = 100_000_000_000_000;

fn deploy(rules: Rules) -> Deployment<LocalBackend> {
    Setup::default().rules(rules).on(LocalBackend::new(1)).expect("the four canisters install")
}

fn random() -> Random {
    Random::from_seed([5; 32])
}

/// The name of the canister's module.
fn module_of(deployment: &Deployment<LocalBackend>, canister: Principal) -> Vec<u8> {
    let ids = deployment.ids;
    let canisters = [ids.membership, ids.proof_verifier, ids.note_registry, ids.governance];
    let index = canisters.iter().position(|id| *id == canister).expect("one of the four");
    modules::load(modules::CANISTERS[index]).expect("built")
}

/// Ends all faults, and undoes what they did to canisters: everybody runs, and has cycles. Lets pass what was delayed.
fn heal(deployment: &Deployment<LocalBackend>) {
    let ids = deployment.ids;
    {
        let mut network = deployment.backend.network();
        network.faults_mut().clear();
        for canister in [ids.membership, ids.proof_verifier, ids.note_registry, ids.governance] {
            network.start(deployment.backend.deployer(), canister).expect("starts");
            if network.cycles(canister).expect("exists") < REFILL / 2 {
                network.add_cycles(canister, REFILL).expect("exists");
            }
        }
    }
    deployment.backend.advance(Duration::from_secs(150));
}
