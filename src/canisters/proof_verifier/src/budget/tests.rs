use super::{Budgets, CAPACITY, Exhausted};
use calisec_types::ids::Timestamp;
use calisec_types::proof_verifier::{BUDGET_PROOFS, BUDGET_SECONDS_PER_PROOF};
use candid::Principal;
use proptest::{prop_assert_eq, proptest};

const START: Timestamp = Timestamp(1_000);

fn caller(number: usize) -> Principal {
    Principal::from_slice(&number.to_be_bytes())
}

#[test]
fn should_refuse_until_the_bucket_refills_when_it_is_empty() {
    let mut budgets = Budgets::default();
    for _ in 0..BUDGET_PROOFS {
        assert_eq!(budgets.charge(caller(1), 1, START), Ok(()));
    }
    let retry_at = START.plus_seconds(BUDGET_SECONDS_PER_PROOF);
    assert_eq!(budgets.charge(caller(1), 1, START), Err(Exhausted { retry_at }));
    // A refusal takes nothing, and others have buckets of their own.
    assert_eq!(budgets.charge(caller(1), 1, Timestamp(retry_at.0 - 1)), Err(Exhausted { retry_at }));
    assert_eq!(budgets.charge(caller(2), BUDGET_PROOFS, START), Ok(()));
    assert_eq!(budgets.charge(caller(1), 1, retry_at), Ok(()));
    let later = retry_at.plus_seconds(BUDGET_SECONDS_PER_PROOF);
    assert_eq!(budgets.charge(caller(1), 1, retry_at), Err(Exhausted { retry_at: later }));
}

#[test]
fn should_keep_no_more_entries_than_its_capacity_when_callers_come_and_go() {
    let mut budgets = Budgets::default();
    for number in 0..CAPACITY {
        assert_eq!(budgets.charge(caller(number), 1, START), Ok(()));
    }
    let retry_at = START.plus_seconds(BUDGET_SECONDS_PER_PROOF);
    assert_eq!(budgets.charge(caller(CAPACITY), 1, START), Err(Exhausted { retry_at }));
    // Who is known already is served, and once buckets are full again there is room.
    assert_eq!(budgets.charge(caller(0), 1, START), Ok(()));
    assert_eq!(budgets.charge(caller(CAPACITY), 1, retry_at), Ok(()));
    assert_eq!((budgets.full_at.len(), budgets.by_time.len()), (2, 2));
}

proptest! {
    /// Against a bucket that is counted in proofs, one by one.
    #[test]
    fn should_equal_a_counted_bucket_when_charged_at_any_times(
        steps in proptest::collection::vec((0..400u64, 0..600u64), 0..60),
    ) {
        let (mut budgets, mut now) = (Budgets::default(), START);
        let mut tokens = BUDGET_PROOFS;
        for (proofs, elapsed) in steps {
            now = now.plus_seconds(elapsed * BUDGET_SECONDS_PER_PROOF);
            tokens = (tokens + elapsed).min(BUDGET_PROOFS);
            let expected = proofs <= tokens;
            prop_assert_eq!(budgets.charge(caller(1), proofs, now).is_ok(), expected);
            if expected {
                tokens -= proofs;
            }
        }
    }
}
