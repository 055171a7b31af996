//! Many proofs in one message.

use crate::api::test_fixtures::{Fixture, START, alice, bob, opening, reason};
use crate::api::{receipt, submit_many};
use calisec_types::proof_verifier::{
    BUDGET_PROOFS, EncodedProof, MAX_SUBMISSIONS, ProofReason, SubmitArg, SubmitManyArg,
};
use candid::Principal;
use serde_bytes::ByteBuf;

#[test]
fn should_answer_for_each_when_many_are_submitted() {
    let mut fixture = Fixture::new();
    let item = |content, salt| fixture.submission(&fixture.claim(&opening(content, salt)), 1);
    let mut bad = item(2, 1);
    bad.proof = item(1, 1).proof;
    let malformed = SubmitArg { proof: EncodedProof::Evm(ByteBuf::from([0; 256])), ..item(3, 1) };
    let elsewhere = SubmitArg { consumer: bob(), ..item(4, 1) };
    let submissions = vec![item(1, 1), bad, item(1, 1), malformed, item(1, 2), elsewhere, item(5, 1), item(2, 1)];

    let arg = SubmitManyArg { submissions: submissions.clone() };
    let answers = submit_many(&mut fixture.state, &fixture.env, arg).expect("looked at");
    let issued = answers[0].clone().expect("issued");
    assert_eq!(issued.public_inputs, submissions[0].public_inputs);
    let reasons: Vec<Option<ProofReason>> = answers.iter().map(|a| a.clone().err().and_then(|e| e.reason)).collect();
    assert_eq!(reasons[1], Some(ProofReason::InvalidProof));
    assert_eq!(reasons[2], Some(ProofReason::AlreadyProven(issued.id)));
    assert!(matches!(reasons[3], Some(ProofReason::MalformedProof(_))));
    assert_eq!(reasons[4], Some(ProofReason::NullifierUsed(issued.id)));
    assert_eq!(reasons[5], Some(ProofReason::WrongDomain));
    assert_eq!((&reasons[0], &reasons[6], &reasons[7]), (&None, &None, &None));
    assert_eq!(fixture.env.certified.borrow().expect("certified"), fixture.state.certified_root());
    for answer in [&answers[0], &answers[6], &answers[7]] {
        let issued = answer.clone().expect("issued");
        assert_eq!(receipt(&fixture.state, issued.id), Ok(issued));
    }

    let before = fixture.image();
    for count in [0, MAX_SUBMISSIONS + 1] {
        let arg = SubmitManyArg { submissions: vec![submissions[0].clone(); count] };
        let refused = submit_many(&mut fixture.state, &fixture.env, arg);
        assert!(matches!(reason(refused), ProofReason::BadLength { .. }));
    }
    fixture.env.call_as(Principal::anonymous());
    let refused = submit_many(&mut fixture.state, &fixture.env, SubmitManyArg { submissions });
    assert_eq!(reason(refused), ProofReason::Anonymous);
    assert_eq!(fixture.image(), before);
}

#[test]
fn should_charge_for_every_proof_and_stop_when_many_are_bad() {
    let mut fixture = Fixture::new();
    let other = fixture.submission(&fixture.claim(&opening(1, 1)), 1).proof;
    let bad = SubmitArg { proof: other, ..fixture.submission(&fixture.claim(&opening(2, 1)), 1) };
    let before = fixture.image();
    let arg = SubmitManyArg { submissions: vec![bad; MAX_SUBMISSIONS] };

    let answers = submit_many(&mut fixture.state, &fixture.env, arg).expect("looked at");
    let count = |wanted: &ProofReason| {
        answers.iter().filter(|answer| answer.as_ref().err().and_then(|e| e.reason.as_ref()) == Some(wanted)).count()
    };
    let (checked, left) = (count(&ProofReason::InvalidProof), count(&ProofReason::BatchTooCostly));
    assert_eq!((checked, left), (384, MAX_SUBMISSIONS - 384));
    assert_eq!(fixture.image(), before);
    // All of it is charged, besides the registration of the circuit.
    for _ in 0..BUDGET_PROOFS - MAX_SUBMISSIONS as u64 - 1 {
        fixture.state.charge(alice(), 1, START).expect("in the budget");
    }
    assert!(fixture.state.charge(alice(), 1, START).is_err());
}

#[test]
fn should_answer_for_each_when_all_of_a_message_are_malformed() {
    let mut fixture = Fixture::new();
    let note = fixture.submission(&fixture.claim(&opening(1, 1)), 1);
    let malformed = SubmitArg { proof: EncodedProof::Evm(ByteBuf::from([1; 256])), ..note };
    let arg = SubmitManyArg { submissions: vec![malformed; MAX_SUBMISSIONS] };
    let answers = submit_many(&mut fixture.state, &fixture.env, arg).expect("looked at");
    assert!(answers.into_iter().all(|answer| matches!(reason(answer), ProofReason::MalformedProof(_))));
}
