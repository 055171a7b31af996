//! Which rules are acceptable.

use calisec_types::governance::Rules;
use std::fmt::Display;
use std::ops::RangeInclusive;

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

const VOTING_PERIOD_SECONDS: RangeInclusive<u64> = MINUTE..=30 * DAY;
const TIMELOCK_SECONDS: RangeInclusive<u64> = 0..=30 * DAY;
const EXECUTION_WINDOW_SECONDS: RangeInclusive<u64> = MINUTE..=90 * DAY;
const QUORUM_PERCENT: RangeInclusive<u8> = 1..=100;
/// From 50, so that adoption always needs more for than against; below 100, because the share must be exceeded.
const APPROVAL_PERCENT: RangeInclusive<u8> = 50..=99;

/// Checks every rule against its limits.
///
/// # Errors
/// Names the first rule that is out of its limits.
pub fn validate(rules: &Rules) -> Result<(), String> {
    within("voting_period_seconds", rules.voting_period_seconds, &VOTING_PERIOD_SECONDS)?;
    within("timelock_seconds", rules.timelock_seconds, &TIMELOCK_SECONDS)?;
    within("execution_window_seconds", rules.execution_window_seconds, &EXECUTION_WINDOW_SECONDS)?;
    within("quorum_percent", rules.quorum_percent, &QUORUM_PERCENT)?;
    within("approval_percent", rules.approval_percent, &APPROVAL_PERCENT)
}

fn within<N: PartialOrd + Display>(rule: &str, value: N, limits: &RangeInclusive<N>) -> Result<(), String> {
    if limits.contains(&value) {
        return Ok(());
    }
    Err(format!("{rule} is {value}, but must be between {} and {}", limits.start(), limits.end()))
}

#[cfg(test)]
mod tests {
    use super::{DAY, validate};
    use crate::test_fixtures::RULES;
    use calisec_types::governance::Rules;

    #[test]
    fn should_accept_rules_when_each_is_at_a_limit() {
        let lowest = Rules {
            voting_period_seconds: 60,
            timelock_seconds: 0,
            execution_window_seconds: 60,
            quorum_percent: 1,
            approval_percent: 50,
        };
        let highest = Rules {
            voting_period_seconds: 30 * DAY,
            timelock_seconds: 30 * DAY,
            execution_window_seconds: 90 * DAY,
            quorum_percent: 100,
            approval_percent: 99,
        };
        for rules in [lowest, highest, RULES] {
            assert_eq!(validate(&rules), Ok(()));
        }
    }

    #[test]
    fn should_name_the_rule_when_it_is_out_of_its_limits() {
        let cases = [
            ("voting_period_seconds", Rules { voting_period_seconds: 59, ..RULES }),
            ("voting_period_seconds", Rules { voting_period_seconds: 30 * DAY + 1, ..RULES }),
            ("timelock_seconds", Rules { timelock_seconds: 30 * DAY + 1, ..RULES }),
            ("execution_window_seconds", Rules { execution_window_seconds: 59, ..RULES }),
            ("execution_window_seconds", Rules { execution_window_seconds: 90 * DAY + 1, ..RULES }),
            ("quorum_percent", Rules { quorum_percent: 0, ..RULES }),
            ("quorum_percent", Rules { quorum_percent: 101, ..RULES }),
            ("approval_percent", Rules { approval_percent: 49, ..RULES }),
            ("approval_percent", Rules { approval_percent: 100, ..RULES }),
        ];
        for (rule, rules) in cases {
            let refusal = validate(&rules).expect_err(rule);
            assert!(refusal.starts_with(rule), "{rule}: {refusal}");
        }
    }
}
