//! One receipt per statement and nullifier, one place per proof.

use crate::api::test_fixtures::{CONTEXT, Fixture, alice, bob, opening, reason, registration, registry};
use crate::api::{consume, receipts, register_circuit, submit};
use calisec_runtime::Env;
use calisec_types::ids::{Digest32, FieldElement};
use calisec_types::proof_verifier::{
    ConsumeArg, EncodedProof, ExpectedReceipt, ProofReason, RECEIPT_VALIDITY_SECONDS, ReceiptsArg, RegisterCircuitArg,
    StatementKind, SubmitArg,
};
use calisec_zk::field::{Fr, to_be32};
use calisec_zk::groth16::simulator::Trapdoor;
use candid::Principal;
use serde_bytes::ByteBuf;

#[test]
fn should_refuse_the_proof_when_somebody_else_submits_it() {
    let mut fixture = Fixture::new();
    let seen = fixture.submission(&fixture.claim(&opening(1, 1)), 1);
    let before = fixture.image();

    fixture.env.call_as(bob());
    assert_eq!(reason(submit(&mut fixture.state, &fixture.env, seen.clone())), ProofReason::WrongDomain);
    fixture.env.call_as(Principal::anonymous());
    assert_eq!(reason(submit(&mut fixture.state, &fixture.env, seen.clone())), ProofReason::Anonymous);
    assert_eq!(fixture.image(), before);

    fixture.env.call_as(alice());
    assert!(submit(&mut fixture.state, &fixture.env, seen).is_ok());
}

#[test]
fn should_refuse_the_proof_when_it_was_made_for_another_network_or_canister() {
    let mut fixture = Fixture::new();
    let arg = fixture.submission(&fixture.claim(&opening(1, 1)), 1);

    fixture.env.network = Digest32([8; 32]);
    assert_eq!(reason(submit(&mut fixture.state, &fixture.env, arg.clone())), ProofReason::WrongDomain);
    fixture.env.network = Fixture::new().env.network;
    fixture.env.canister = bob();
    assert_eq!(reason(submit(&mut fixture.state, &fixture.env, arg)), ProofReason::WrongDomain);
}

#[test]
fn should_issue_one_receipt_when_a_statement_is_proved_twice() {
    let mut fixture = Fixture::new();
    let claim = fixture.claim(&opening(1, 1));
    let (first, second) = (fixture.submission(&claim, 1), fixture.submission(&claim, 2));
    // As with re-randomisation: other bytes, the same statement.
    assert_ne!(first.proof, second.proof);
    let issued = submit(&mut fixture.state, &fixture.env, first.clone()).expect("issued");
    let before = fixture.image();

    for again in [first, second] {
        let refused = submit(&mut fixture.state, &fixture.env, again);
        assert_eq!(reason(refused), ProofReason::AlreadyProven(issued.id));
    }
    assert_eq!(fixture.image(), before);
}

#[test]
fn should_refuse_the_statement_when_its_nullifier_was_used() {
    let mut fixture = Fixture::new();
    let issued = fixture.submit(&opening(1, 1)).expect("issued");
    let before = fixture.image();

    // Another salt, so another commitment, of the same content by the same owner.
    assert_eq!(reason(fixture.submit(&opening(1, 2))), ProofReason::NullifierUsed(issued.id));
    assert_eq!(fixture.image(), before);
    assert!(fixture.submit(&opening(2, 1)).is_ok());
}

#[test]
fn should_not_use_up_a_nullifier_when_it_is_proved_in_another_circuit() {
    let mut fixture = Fixture::new();
    let attackers = Trapdoor::new(4, 66);
    register_circuit(&mut fixture.state, &fixture.env, registration(&attackers)).expect("registered");
    let claim = fixture.claim(&opening(1, 1));
    let inputs = claim.to_public_inputs();
    let burning = SubmitArg {
        circuit: attackers.verifying_key().circuit_id(),
        proof: EncodedProof::ArkCompressed(ByteBuf::from(attackers.simulate(&inputs, 1).to_compressed_bytes())),
        ..fixture.submission(&claim, 1)
    };

    let burned = submit(&mut fixture.state, &fixture.env, burning).expect("issued");
    let issued = fixture.submit(&opening(1, 1)).expect("issued");

    assert_ne!(burned.id, issued.id);
    // The consumer names the circuit it trusts.
    fixture.env.call_as(registry());
    let arg = ConsumeArg { receipt: burned.id, expected: fixture.expected(), idempotency_key: Digest32([1; 32]) };
    let refused = consume(&mut fixture.state, &fixture.env, arg);
    assert_eq!(reason(refused), ProofReason::ReceiptMismatch("circuit".to_owned()));
}

#[test]
fn should_free_the_nullifier_when_the_receipt_expired_unconsumed() {
    let mut fixture = Fixture::new();
    let first = fixture.submit(&opening(1, 1)).expect("issued");
    fixture.env.advance_seconds(RECEIPT_VALIDITY_SECONDS - 1);
    assert_eq!(reason(fixture.submit(&opening(1, 2))), ProofReason::NullifierUsed(first.id));

    fixture.env.advance_seconds(1);
    let second = fixture.submit(&opening(1, 2)).expect("issued for the other salt");
    assert_eq!(reason(fixture.submit(&opening(1, 1))), ProofReason::NullifierUsed(second.id));

    fixture.env.advance_seconds(RECEIPT_VALIDITY_SECONDS);
    let renewed = fixture.submit(&opening(1, 1)).expect("issued anew");
    assert_eq!(renewed.id, first.id);
    assert_eq!(renewed.issued_at, fixture.env.now());
    // It keeps its place: no receipt is listed twice.
    let page = receipts(&fixture.state, &ReceiptsArg { context: CONTEXT, after: None, limit: None });
    assert_eq!(page.receipts.iter().map(|receipt| receipt.id).collect::<Vec<_>>(), vec![first.id, second.id]);
}

#[test]
fn should_never_free_the_nullifier_when_the_receipt_was_consumed() {
    let mut fixture = Fixture::new();
    let issued = fixture.submit(&opening(1, 1)).expect("issued");
    fixture.env.call_as(registry());
    let arg = ConsumeArg { receipt: issued.id, expected: fixture.expected(), idempotency_key: Digest32([1; 32]) };
    consume(&mut fixture.state, &fixture.env, arg).expect("consumed");

    fixture.env.call_as(alice()).advance_seconds(10 * RECEIPT_VALIDITY_SECONDS);
    assert_eq!(reason(fixture.submit(&opening(1, 1))), ProofReason::AlreadyProven(issued.id));
    assert_eq!(reason(fixture.submit(&opening(1, 2))), ProofReason::NullifierUsed(issued.id));
}

#[test]
fn should_issue_one_receipt_per_domain_when_a_statement_is_raw() {
    let mut fixture = Fixture::new();
    let trapdoor = Trapdoor::new(7, 5);
    let arg = RegisterCircuitArg { statement: StatementKind::Raw, ..registration(&trapdoor) };
    let registered = register_circuit(&mut fixture.state, &fixture.env, arg).expect("any number of inputs");
    assert_eq!((registered.statement, registered.public_inputs), (StatementKind::Raw, 7));
    let inputs: Vec<Fr> = (1..=7u64).map(Fr::from).collect();
    let raw = |seed| SubmitArg {
        circuit: registered.id,
        context: CONTEXT,
        consumer: registry(),
        purpose: "anything".to_owned(),
        public_inputs: inputs.iter().map(|input| FieldElement(to_be32(input))).collect(),
        proof: EncodedProof::ArkCompressed(ByteBuf::from(trapdoor.simulate(&inputs, seed).to_compressed_bytes())),
    };

    let mut changed = raw(1);
    changed.public_inputs[6] = FieldElement([0; 32]);
    assert_eq!(reason(submit(&mut fixture.state, &fixture.env, changed)), ProofReason::InvalidProof);
    // Whoever sees the proof first keeps nobody from their receipt.
    fixture.env.call_as(bob());
    let copied = submit(&mut fixture.state, &fixture.env, raw(1)).expect("bob's own");
    fixture.env.call_as(alice());
    let issued = submit(&mut fixture.state, &fixture.env, raw(1)).expect("alice's own");
    let other = submit(&mut fixture.state, &fixture.env, SubmitArg { purpose: "else".to_owned(), ..raw(1) });
    let other = other.expect("for another purpose");
    assert_eq!((copied.submitter, issued.submitter), (bob(), alice()));
    assert!(issued.id != copied.id && issued.id != other.id && copied.id != other.id);
    // In its domain it earns one, whatever the bytes of the proof.
    let again = submit(&mut fixture.state, &fixture.env, raw(2));
    assert_eq!(reason(again), ProofReason::AlreadyProven(issued.id));
    // A consumer that expects its own circuit is not confused.
    fixture.env.call_as(registry());
    let arg = ConsumeArg {
        receipt: issued.id,
        expected: ExpectedReceipt { purpose: "anything".to_owned(), ..fixture.expected() },
        idempotency_key: Digest32([1; 32]),
    };
    let refused = consume(&mut fixture.state, &fixture.env, arg);
    assert_eq!(reason(refused), ProofReason::ReceiptMismatch("circuit".to_owned()));
}
