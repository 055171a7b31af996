//! Installing and upgrading. There is no `pre_upgrade`: everything lies in stable memory already.

use crate::rules;
use crate::state::{State, set_state};
use crate::storage::{Config, StoredCircuits};
use calisec_types::governance::{CircuitsInit, GovernanceInit, GovernanceSetting};
use candid::Principal;

/// Installs the canister.
///
/// # Panics
/// When a rule is out of its limits, or nobody could be the verifier of circuits: there is no canister that could answer with an
/// error yet.
pub fn init(arg: &GovernanceInit) {
    if let Err(refusal) = rules::validate(&arg.rules) {
        panic!("cannot install governance: {refusal}");
    }
    let config = Config {
        membership: arg.membership,
        rules: arg.rules.into(),
        circuits: arg.circuits.map(circuits_of_a_canister),
    };
    set_state(|memory| State::install(memory, config));
}

/// Goes on with what stable memory holds, after setting what the upgrade names.
///
/// # Panics
/// When a setting cannot be: the upgrade is undone.
pub fn post_upgrade(settings: &[GovernanceSetting]) {
    set_state(|memory| {
        let mut state = State::load(memory);
        for setting in settings {
            match *setting {
                GovernanceSetting::Circuits(circuits) => state.set_circuits(circuits_of_a_canister(circuits)),
            }
        }
        state
    });
}

fn circuits_of_a_canister(circuits: CircuitsInit) -> StoredCircuits {
    let nobody = [Principal::anonymous(), Principal::management_canister()];
    assert!(!nobody.contains(&circuits.proof_verifier), "the proof_verifier of circuits must be the id of a canister");
    circuits.into()
}

#[cfg(test)]
mod tests {
    use super::{init, post_upgrade};
    use crate::api;
    use crate::test_fixtures::{CONTEXT, MEMBERSHIP, RULES, VERIFIER};
    use calisec_types::governance::{CircuitsInit, GovernanceInit, GovernanceSetting, Rules};
    use calisec_types::ids::ContextId;
    use candid::Principal;

    const CIRCUITS: CircuitsInit = CircuitsInit { proof_verifier: VERIFIER, context: CONTEXT };

    fn install(circuits: Option<CircuitsInit>) {
        init(&GovernanceInit { membership: MEMBERSHIP, rules: RULES, circuits });
    }

    #[test]
    fn should_keep_what_was_set_when_an_upgrade_names_nothing() {
        for circuits in [None, Some(CIRCUITS)] {
            install(circuits);
            post_upgrade(&[]);
            assert_eq!((api::rules(), api::circuits()), (RULES, circuits));
        }
    }

    #[test]
    fn should_set_who_decides_about_circuits_when_an_upgrade_names_it() {
        install(None);
        let elsewhere = CircuitsInit { context: ContextId([8; 32]), ..CIRCUITS };
        for circuits in [CIRCUITS, CIRCUITS, elsewhere] {
            post_upgrade(&[GovernanceSetting::Circuits(circuits)]);
            assert_eq!((api::rules(), api::circuits()), (RULES, Some(circuits)));
        }
        post_upgrade(&[GovernanceSetting::Circuits(elsewhere), GovernanceSetting::Circuits(CIRCUITS)]);
        assert_eq!(api::circuits(), Some(CIRCUITS), "the last one counts");
    }

    #[test]
    fn should_trap_when_nobody_could_have_the_circuits() {
        for nobody in [Principal::anonymous(), Principal::management_canister()] {
            let circuits = CircuitsInit { proof_verifier: nobody, ..CIRCUITS };
            std::panic::catch_unwind(|| install(Some(circuits))).expect_err("installed");
            install(Some(CIRCUITS));
            let upgrade = || post_upgrade(&[GovernanceSetting::Circuits(circuits)]);
            std::panic::catch_unwind(upgrade).expect_err("upgraded");
            assert_eq!(api::circuits(), Some(CIRCUITS));
        }
    }

    #[test]
    #[should_panic(expected = "cannot install governance: quorum_percent is 0, but must be between 1 and 100")]
    fn should_trap_with_the_rule_when_it_is_not_acceptable() {
        init(&GovernanceInit { membership: MEMBERSHIP, rules: Rules { quorum_percent: 0, ..RULES }, circuits: None });
    }
}
