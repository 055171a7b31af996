//! Who pays for checking, and that nobody gets it for nothing.

use crate::api::test_fixtures::{Fixture, START, alice, bob, opening, reason, verify_arg};
use crate::api::{price, submit, submit_many, verify};
use calisec_types::ids::CircuitId;
use calisec_types::proof_verifier::{
    BUDGET_PROOFS, MAX_SUBMISSIONS, PRICE_BN254_CYCLES, ProofReason, SubmitArg, SubmitManyArg,
};
use candid::Principal;

const PRICE: u128 = PRICE_BN254_CYCLES as u128;

fn submissions(fixture: &Fixture, count: u8) -> Vec<SubmitArg> {
    (0..count).map(|content| fixture.submission(&fixture.claim(&opening(content, 1)), 1)).collect()
}

/// The attack: `verify` as an update is executed by every node, at the canister's cost.
#[test]
fn should_refuse_to_verify_when_all_nodes_execute_it() {
    let mut fixture = Fixture::new();
    let arg = verify_arg(&submissions(&fixture, 1)[0]);
    let before = fixture.image();
    for caller in [alice(), Principal::anonymous()] {
        fixture.env.call_as(caller);
        let refused = verify(&mut fixture.state, &fixture.env, &arg);
        assert_eq!(reason(refused), ProofReason::QueryOnly);
    }
    assert_eq!(fixture.image(), before);
    assert_eq!(fixture.verify(&arg), Ok(()));
}

#[test]
fn should_take_the_price_and_not_the_budget_when_cycles_are_attached() {
    let mut fixture = Fixture::new();
    assert_eq!(u128::from(price().bn254), PRICE);
    let mut submissions = submissions(&fixture, 4);
    // What is refused before it is checked costs nothing; a bad proof costs like a good one.
    submissions[1].purpose = "burn".to_owned();
    submissions[2].proof = submissions[0].proof.clone();
    while fixture.state.charge(alice(), 1, START).is_ok() {}
    fixture.env.cycles.set(4 * PRICE + 5);

    let answers = submit_many(&mut fixture.state, &fixture.env, SubmitManyArg { submissions: submissions.clone() });
    let reasons: Vec<_> =
        answers.expect("paid").into_iter().map(|answer| answer.err().and_then(|error| error.reason)).collect();
    assert_eq!(reasons, [None, Some(ProofReason::WrongDomain), Some(ProofReason::InvalidProof), None]);
    assert_eq!(fixture.env.cycles.get(), PRICE + 5, "what was not accepted goes back");

    // One alone, too; and without cycles the budget is as exhausted as it was.
    submissions[2] = fixture.submission(&fixture.claim(&opening(2, 1)), 1);
    assert!(submit(&mut fixture.state, &fixture.env, submissions[2].clone()).is_ok());
    assert_eq!(fixture.env.cycles.get(), 5);
    fixture.env.cycles.set(0);
    assert!(matches!(reason(fixture.submit(&opening(9, 1))), ProofReason::BudgetExhausted { .. }));
}

#[test]
fn should_say_the_price_and_take_nothing_when_too_few_cycles_are_attached() {
    let mut fixture = Fixture::new();
    let submissions = submissions(&fixture, 3);
    let before = fixture.image();
    for attached in [1, PRICE, 3 * PRICE - 1] {
        fixture.env.cycles.set(attached);
        let arg = SubmitManyArg { submissions: submissions.clone() };
        let refused = submit_many(&mut fixture.state, &fixture.env, arg);
        let needed = 3 * PRICE_BN254_CYCLES;
        let attached = attached.try_into().expect("few");
        assert_eq!(reason(refused), ProofReason::TooFewCycles { needed, attached });
    }
    fixture.env.cycles.set(PRICE - 1);
    let refused = submit(&mut fixture.state, &fixture.env, submissions[0].clone());
    let attached = PRICE_BN254_CYCLES - 1;
    assert_eq!(reason(refused), ProofReason::TooFewCycles { needed: PRICE_BN254_CYCLES, attached });
    assert_eq!((fixture.env.cycles.get(), fixture.image()), (PRICE - 1, before));

    // Those of circuits that nobody registered cost nothing, and are told so.
    let unknown = CircuitId([9; 32]);
    let arg = SubmitManyArg {
        submissions: vec![SubmitArg { circuit: unknown, ..submissions[0].clone() }, submissions[1].clone()],
    };
    fixture.env.cycles.set(PRICE);
    let answers = submit_many(&mut fixture.state, &fixture.env, arg).expect("paid");
    assert_eq!(reason(answers[0].clone()), ProofReason::UnknownCircuit(unknown));
    assert!(answers[1].is_ok());
    assert_eq!(fixture.env.cycles.get(), 0);
}

/// The attack: bad proofs, which cost more to find than good ones to check, at the cost of others.
#[test]
fn should_charge_for_every_bad_proof_when_cycles_are_attached() {
    let mut fixture = Fixture::new();
    let [good, other] = submissions(&fixture, 2).try_into().expect("two");
    let bad = SubmitArg { proof: good.proof, ..other };
    let attached = PRICE * MAX_SUBMISSIONS as u128;
    fixture.env.cycles.set(attached);
    let arg = SubmitManyArg { submissions: vec![bad; MAX_SUBMISSIONS] };
    let answers = submit_many(&mut fixture.state, &fixture.env, arg).expect("looked at");
    assert!(answers.iter().all(Result::is_err));
    assert_eq!(fixture.env.cycles.get(), 0);
    // Alice's budget is whole, less what the registration of the circuit took.
    for _ in 1..BUDGET_PROOFS {
        fixture.state.charge(alice(), 1, START).expect("in the budget");
    }
    // Cycles do not make a caller of the anonymous principal, nor a submitter of somebody else.
    fixture.env.cycles.set(attached);
    let submission = fixture.submission(&fixture.claim(&opening(3, 1)), 1);
    for (caller, expected) in [(Principal::anonymous(), ProofReason::Anonymous), (bob(), ProofReason::WrongDomain)] {
        fixture.env.call_as(caller);
        assert_eq!(reason(submit(&mut fixture.state, &fixture.env, submission.clone())), expected);
    }
    assert_eq!(fixture.env.cycles.get(), attached);
}
