//! Whether decisions stay what they are for as long as they say.

use crate::test_fixtures::{NOW, facts, note, stranger};
use crate::{Facts, Judge, PolicyValidator};
use calisec_types::ids::{Epoch, Timestamp};
use calisec_types::membership::{Action, DECISION_VALIDITY_SECONDS, NoteResource};
use proptest::prop_oneof;
use proptest::strategy::{Just, Strategy};
use std::ops::RangeInclusive;

const SECOND: u64 = 1_000_000_000;
/// Seconds around those at which a decision can be relied upon.
const AROUND: RangeInclusive<u64> = NOW.0 / SECOND - 2..=NOW.0 / SECOND + DECISION_VALIDITY_SECONDS + 2;

fn operator() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("<"), Just("<="), Just(">"), Just(">="), Just("=="), Just("!=")]
}

/// A number, written or computed, that the time may be compared with.
fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => AROUND.prop_map(|second| second.to_string()),
        1 => (AROUND, 0..9_u64).prop_map(|(second, more)| format!("({second} + {more})")),
        1 => (AROUND, 0..9_u64).prop_map(|(second, less)| format!("(0 - {less} + {second})")),
        1 => AROUND.prop_map(|second| format!("(if context.now < {second} then {second} else principal.since)")),
        1 => Just("(if resource has epoch then resource.epoch else 0)".to_owned()),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    let one = prop_oneof![
        4 => (operator(), number()).prop_map(|(operator, number)| format!("context.now {operator} {number}")),
        2 => (number(), operator()).prop_map(|(number, operator)| format!("{number} {operator} context[\"now\"]")),
        1 => (operator(), number()).prop_map(|(operator, number)| format!("context.now * 2 {operator} 2 * {number}")),
        1 => (AROUND, AROUND).prop_map(|(one, other)| format!("[{one}, {other}].contains(context.now)")),
        1 => AROUND.prop_map(|second| format!("{{a: context.now}} == {{a: {second}}}")),
        1 => Just("context has purpose".to_owned()),
    ];
    one.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| format!("!({one})")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one}) && ({other})")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one}) || ({other})")),
            (inner.clone(), inner).prop_map(|(one, other)| format!("if {one} then {other} else true")),
        ]
    })
}

proptest::proptest! {
    #[test]
    fn should_decide_the_same_at_every_second_until_a_decision_ends_when_policies_are_about_time(
        permitted in condition(),
        forbidden in condition(),
        epoch in AROUND,
    ) {
        let cedar = format!(
            "permit (principal, action == Action::\"read\", resource) when {{ {permitted} }};
             forbid (principal, action == Action::\"read\", resource) when {{ {forbidden} }};"
        );
        let policies = PolicyValidator::default().accept(&cedar).expect("strictly valid");
        let resource = NoteResource { epoch: Some(Epoch(epoch)), ..note(1, stranger()) };
        let asked = facts(Action::Read, Some(&resource), false);
        let judge = Judge::default();
        let decide = |now: Timestamp| judge.decide(&policies, &Facts { now, ..asked });
        let until = policies.steady_until(NOW, NOW.plus_seconds(DECISION_VALIDITY_SECONDS));
        let first = decide(NOW);
        for second in NOW.0 / SECOND..=until.0 / SECOND {
            let now = Timestamp((second * SECOND).max(NOW.0));
            let verdict = decide(now);
            proptest::prop_assert_eq!(
                (verdict.allowed, &verdict.determining_policies),
                (first.allowed, &first.determining_policies),
                "at {} under {}, said to hold until {}", now, cedar, until
            );
        }
    }
}
