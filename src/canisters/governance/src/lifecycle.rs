//! Installing and upgrading. There is no `pre_upgrade`: everything lies in stable memory already.

use crate::rules;
use crate::state::{State, set_state};
use crate::storage::Config;
use calisec_types::governance::GovernanceInit;

/// Installs the canister.
///
/// # Panics
/// When a rule is out of its limits: there is no canister that could answer with an error yet.
pub fn init(arg: &GovernanceInit) {
    if let Err(refusal) = rules::validate(&arg.rules) {
        panic!("cannot install governance: {refusal}");
    }
    let config = Config::from(arg);
    set_state(|memory| State::install(memory, config));
}

/// Goes on with what stable memory holds.
pub fn post_upgrade() {
    set_state(State::load);
}

#[cfg(test)]
mod tests {
    use super::{init, post_upgrade};
    use crate::api;
    use crate::test_fixtures::{MEMBERSHIP, RULES};
    use calisec_types::governance::{GovernanceInit, Rules};

    #[test]
    fn should_keep_the_rules_when_the_canister_is_upgraded() {
        init(&GovernanceInit { membership: MEMBERSHIP, rules: RULES, circuits: None });
        post_upgrade();
        assert_eq!(api::rules(), RULES);
    }

    #[test]
    #[should_panic(expected = "cannot install governance: quorum_percent is 0, but must be between 1 and 100")]
    fn should_trap_with_the_rule_when_it_is_not_acceptable() {
        init(&GovernanceInit { membership: MEMBERSHIP, rules: Rules { quorum_percent: 0, ..RULES }, circuits: None });
    }
}
