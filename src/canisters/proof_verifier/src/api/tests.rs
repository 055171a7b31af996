use super::test_fixtures::{CONTEXT, Fixture, START, alice, bob, open, opening, reason, registration, registry};
use super::{
    circuit, circuits, consume, proof, receipt, receipt_certificate, receipts, register_circuit, set_circuit_status,
    submit, submit_many, verify,
};
use crate::lifecycle::{init, post_upgrade};
use crate::state::Event;
use crate::storage::StoredStatus;
use calisec_certification::decode_tree;
use calisec_certification::receipts::{RECEIPTS_LABEL, position_label, receipt_hash};
use calisec_runtime::Env;
use calisec_types::error::ErrorKind;
use calisec_types::ids::{CircuitId, ContextId, Digest32, FieldElement, ReceiptId};
use calisec_types::proof_verifier::{
    BUDGET_PROOFS, BUDGET_SECONDS_PER_PROOF, MAX_SUBMISSIONS, ProofVerifierInit, SubmitManyArg,
};
use calisec_types::proof_verifier::{
    CircuitStatus, CircuitsArg, ConsumeArg, EncodedProof, EncodedVerifyingKey, ExpectedReceipt, MAX_CIRCUITS_PER_OWNER,
    MAX_PROOF_BYTES, MAX_VERIFYING_KEY_BYTES, ProofReason, RECEIPT_VALIDITY_SECONDS, ReceiptsArg, RegisterCircuitArg,
    SetCircuitStatusArg, StatementKind, SubmitArg, VerifyArg,
};
use calisec_zk::field::{Fr, to_be32};
use calisec_zk::groth16::RawProof;
use calisec_zk::groth16::simulator::Trapdoor;
use candid::Principal;
use ic_certification::LookupResult;
use serde_bytes::ByteBuf;

/// The scalar field's modulus: the smallest number that is not canonical.
const MODULUS: [u8; 32] = [
    0x30, 0x64, 0x4e, 0x72, 0xe1, 0x31, 0xa0, 0x29, 0xb8, 0x50, 0x45, 0xb6, 0x81, 0x81, 0x58, 0x5d, 0x28, 0x33, 0xe8,
    0x48, 0x79, 0xb9, 0x70, 0x91, 0x43, 0xe1, 0xf5, 0x93, 0xf0, 0x00, 0x00, 0x01,
];

fn verify_arg(arg: &SubmitArg) -> VerifyArg {
    VerifyArg { circuit: arg.circuit, public_inputs: arg.public_inputs.clone(), proof: arg.proof.clone() }
}

#[test]
fn should_describe_the_circuit_when_it_is_registered() {
    let fixture = Fixture::new();

    let registered = circuit(&fixture.state, fixture.circuit).expect("registered");

    assert_eq!(registered.id, fixture.circuit);
    assert_eq!((registered.name.as_str(), registered.public_inputs), ("note commitment", 4));
    assert_eq!((registered.owner, registered.registered_at), (alice(), START));
}

#[test]
fn should_refuse_a_circuit_and_change_nothing_when_the_request_is_wrong() {
    let mut fixture = Fixture::new();
    let valid = registration(&Trapdoor::new(4, 2));
    let EncodedVerifyingKey::ArkUncompressed(key) = valid.verifying_key.clone() else { panic!("uncompressed") };
    let ark = |bytes: &[u8]| EncodedVerifyingKey::ArkUncompressed(ByteBuf::from(bytes));
    let with_key = |verifying_key| RegisterCircuitArg { verifying_key, ..valid.clone() };
    let bad_length = |field: &str, length, limit| ProofReason::BadLength { field: field.to_owned(), length, limit };
    let mut gamma_is_delta = key.to_vec();
    gamma_is_delta.copy_within(192..320, 320);
    let invalid = |text: &str| ProofReason::InvalidVerifyingKey(text.to_owned());
    let before = fixture.image();

    for (arg, expected) in [
        (RegisterCircuitArg { name: String::new(), ..valid.clone() }, bad_length("name", 0, 64)),
        (RegisterCircuitArg { name: "n".repeat(65), ..valid.clone() }, bad_length("name", 65, 64)),
        (with_key(ark(&[])), bad_length("verifying_key", 0, MAX_VERIFYING_KEY_BYTES as u64)),
        (
            with_key(EncodedVerifyingKey::SnarkjsJson(" ".repeat(MAX_VERIFYING_KEY_BYTES + 1))),
            bad_length("verifying_key", MAX_VERIFYING_KEY_BYTES as u64 + 1, MAX_VERIFYING_KEY_BYTES as u64),
        ),
        (with_key(ark(&key[..775])), invalid("the encoding has 775 bytes, its own header asks for 776")),
        (
            with_key(ark(&gamma_is_delta)),
            invalid("gamma and delta are equal up to sign: phase 2 of the set-up was skipped, proofs can be forged"),
        ),
        (registration(&Trapdoor::new(3, 2)), ProofReason::StatementMismatch { expected: 4, actual: 3 }),
        (registration(&fixture.trapdoor), ProofReason::CircuitExists(fixture.circuit)),
    ] {
        assert_eq!(reason(register_circuit(&mut fixture.state, &fixture.env, arg)), expected);
    }
    fixture.env.call_as(Principal::anonymous());
    assert_eq!(reason(register_circuit(&mut fixture.state, &fixture.env, valid)), ProofReason::Anonymous);
    assert_eq!(fixture.image(), before);
}

#[test]
fn should_refuse_another_circuit_when_the_owner_has_too_many() {
    let mut fixture = Fixture::new();
    for seed in 2..=MAX_CIRCUITS_PER_OWNER {
        register_circuit(&mut fixture.state, &fixture.env, registration(&Trapdoor::new(4, seed))).expect("registered");
    }
    let another = registration(&Trapdoor::new(4, 1_000));

    let refused = register_circuit(&mut fixture.state, &fixture.env, another.clone());
    assert_eq!(reason(refused), ProofReason::TooManyCircuits { limit: MAX_CIRCUITS_PER_OWNER });

    fixture.env.call_as(bob());
    assert!(register_circuit(&mut fixture.state, &fixture.env, another).is_ok());

    // All of them on pages, each once, in order.
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = circuits(&fixture.state, &CircuitsArg { after, limit: Some(30) });
        assert!(page.circuits.len() <= 30);
        seen.extend(page.circuits.iter().map(|circuit| circuit.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len() as u64, MAX_CIRCUITS_PER_OWNER + 1);
    assert!(seen.is_sorted());
    assert_eq!(circuits(&fixture.state, &CircuitsArg { after: None, limit: None }).circuits.len(), 50);
}

#[test]
fn should_issue_a_receipt_when_the_proof_verifies() {
    let mut fixture = Fixture::new();
    let claim = fixture.claim(&opening(1, 1));
    let arg = fixture.submission(&claim, 1);

    let issued = submit(&mut fixture.state, &fixture.env, arg.clone()).expect("issued");

    assert_eq!((issued.circuit, issued.context, issued.consumer), (fixture.circuit, CONTEXT, registry()));
    assert_eq!((issued.submitter, issued.purpose.as_str()), (alice(), "mint"));
    assert_eq!((issued.issued_at, issued.consumed_at), (START, None));
    assert_eq!(issued.expires_at, START.plus_seconds(RECEIPT_VALIDITY_SECONDS));
    assert_eq!(issued.public_inputs, arg.public_inputs);
    assert_eq!(receipt(&fixture.state, issued.id), Ok(issued.clone()));
    let kept = proof(&fixture.state, issued.id).expect("kept");
    assert_eq!(EncodedProof::ArkCompressed(kept.proof), arg.proof);
    let page = receipts(&fixture.state, &ReceiptsArg { context: CONTEXT, after: None, limit: None });
    assert_eq!((page.receipts, page.next), (vec![issued], None));
}

#[test]
fn should_verify_without_keeping_anything_when_the_caller_is_anonymous() {
    let mut fixture = Fixture::new();
    let claim = fixture.claim(&opening(1, 1));
    let valid = verify_arg(&fixture.submission(&claim, 1));
    let before = fixture.image();
    fixture.env.call_as(Principal::anonymous());

    assert_eq!(verify(&mut fixture.state, &valid), Ok(()));
    let mut other_input = valid.clone();
    other_input.public_inputs[0] = FieldElement([1; 32]);
    assert_eq!(reason(verify(&mut fixture.state, &other_input)), ProofReason::InvalidProof);
    assert_eq!(fixture.image(), before);
}

#[test]
fn should_refuse_a_submission_and_change_nothing_when_the_request_is_wrong() {
    let mut fixture = Fixture::new();
    let claim = fixture.claim(&opening(1, 1));
    let valid = fixture.submission(&claim, 1);
    let bad_length = |field: &str, length, limit| ProofReason::BadLength { field: field.to_owned(), length, limit };
    let with_inputs = |change: &dyn Fn(&mut Vec<FieldElement>)| {
        let mut arg = valid.clone();
        change(&mut arg.public_inputs);
        arg
    };
    let with_proof = |proof| SubmitArg { proof, ..valid.clone() };
    let EncodedProof::ArkCompressed(proof_bytes) = valid.proof.clone() else { panic!("compressed") };
    let other_proof = fixture.submission(&fixture.claim(&opening(2, 1)), 1).proof;
    let unknown = CircuitId([9; 32]);
    let before = fixture.image();

    for (arg, expected) in [
        (SubmitArg { purpose: String::new(), ..valid.clone() }, bad_length("purpose", 0, 64)),
        (SubmitArg { purpose: "p".repeat(65), ..valid.clone() }, bad_length("purpose", 65, 64)),
        (with_inputs(&|inputs| inputs.clear()), bad_length("public_inputs", 0, 64)),
        (with_inputs(&|inputs| inputs.resize(65, FieldElement([0; 32]))), bad_length("public_inputs", 65, 64)),
        (
            with_proof(EncodedProof::SnarkjsJson("[".repeat(MAX_PROOF_BYTES + 1))),
            bad_length("proof", MAX_PROOF_BYTES as u64 + 1, MAX_PROOF_BYTES as u64),
        ),
        (SubmitArg { circuit: unknown, ..valid.clone() }, ProofReason::UnknownCircuit(unknown)),
        (
            with_inputs(&|inputs| inputs.push(FieldElement([0; 32]))),
            ProofReason::WrongInputCount { expected: 4, actual: 5 },
        ),
        (with_inputs(&|inputs| inputs.truncate(3)), ProofReason::WrongInputCount { expected: 4, actual: 3 }),
        (with_inputs(&|inputs| inputs[1] = FieldElement(MODULUS)), ProofReason::NonCanonicalInput { index: 1 }),
        (SubmitArg { context: ContextId([4; 32]), ..valid.clone() }, ProofReason::WrongContext),
        (with_inputs(&|inputs| inputs[2] = FieldElement([0; 32])), ProofReason::WrongContext),
        (SubmitArg { consumer: bob(), ..valid.clone() }, ProofReason::WrongDomain),
        (SubmitArg { purpose: "burn".to_owned(), ..valid.clone() }, ProofReason::WrongDomain),
        (with_inputs(&|inputs| inputs[3] = FieldElement([0; 32])), ProofReason::WrongDomain),
        (with_inputs(&|inputs| inputs[0] = FieldElement([1; 32])), ProofReason::InvalidProof),
        (with_inputs(&|inputs| inputs[1] = FieldElement([1; 32])), ProofReason::InvalidProof),
        (with_proof(other_proof), ProofReason::InvalidProof),
        (
            with_proof(EncodedProof::ArkCompressed(ByteBuf::from(&proof_bytes[1..]))),
            ProofReason::MalformedProof("this encoding of a proof has exactly 128 bytes, 127 were given".to_owned()),
        ),
        (
            with_proof(EncodedProof::Evm(ByteBuf::from([0; 256]))),
            ProofReason::MalformedProof("A is the point at infinity".to_owned()),
        ),
    ] {
        let refused = submit(&mut fixture.state, &fixture.env, arg).expect_err("refused");
        assert_eq!(refused.reason, Some(expected.clone()));
        assert_eq!((refused.kind, refused.message), (ErrorKind::Request, expected.to_string()));
    }
    assert_eq!(fixture.image(), before);
    assert!(submit(&mut fixture.state, &fixture.env, valid).is_ok());
}

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
fn should_consume_once_when_its_consumer_calls() {
    let mut fixture = Fixture::new();
    let issued = fixture.submit(&opening(1, 1)).expect("issued");
    let arg =
        |key| ConsumeArg { receipt: issued.id, expected: fixture.expected(), idempotency_key: Digest32([key; 32]) };
    let (first, other) = (arg(1), arg(2));
    fixture.env.call_as(registry()).advance_seconds(5);

    let consumed = consume(&mut fixture.state, &fixture.env, first.clone()).expect("consumed");
    assert_eq!(consumed.consumed_at, Some(START.plus_seconds(5)));
    assert_eq!(receipt(&fixture.state, issued.id), Ok(consumed.clone()));
    let before = fixture.image();

    assert_eq!(reason(consume(&mut fixture.state, &fixture.env, other)), ProofReason::ReceiptConsumed);
    // The same key: the same answer, however late, also after an upgrade.
    fixture.env.advance_seconds(2 * RECEIPT_VALIDITY_SECONDS);
    fixture.upgrade();
    assert_eq!(consume(&mut fixture.state, &fixture.env, first), Ok(consumed));
    assert_eq!(fixture.image(), before);
}

#[test]
fn should_refuse_to_consume_and_change_nothing_when_anything_differs() {
    let mut fixture = Fixture::new();
    let issued = fixture.submit(&opening(1, 1)).expect("issued");
    let expected = fixture.expected();
    let valid = ConsumeArg { receipt: issued.id, expected: expected.clone(), idempotency_key: Digest32([1; 32]) };
    let expecting = |expected| ConsumeArg { expected, ..valid.clone() };
    let mismatch = |field: &str| ProofReason::ReceiptMismatch(field.to_owned());
    let unknown = ReceiptId([9; 32]);
    let before = fixture.image();

    for (caller, arg, refusal) in [
        (alice(), valid.clone(), ProofReason::NotConsumer(registry())),
        (Principal::anonymous(), valid.clone(), ProofReason::Anonymous),
        (registry(), ConsumeArg { receipt: unknown, ..valid.clone() }, ProofReason::UnknownReceipt(unknown)),
        (
            registry(),
            expecting(ExpectedReceipt { circuit: CircuitId([9; 32]), ..expected.clone() }),
            mismatch("circuit"),
        ),
        (
            registry(),
            expecting(ExpectedReceipt { context: ContextId([9; 32]), ..expected.clone() }),
            mismatch("context"),
        ),
        (registry(), expecting(ExpectedReceipt { submitter: bob(), ..expected.clone() }), mismatch("submitter")),
        (
            registry(),
            expecting(ExpectedReceipt { purpose: "burn".to_owned(), ..expected.clone() }),
            mismatch("purpose"),
        ),
        (
            registry(),
            expecting(ExpectedReceipt { purpose: "p".repeat(65), ..expected.clone() }),
            ProofReason::BadLength { field: "expected.purpose".to_owned(), length: 65, limit: 64 },
        ),
    ] {
        fixture.env.call_as(caller);
        assert_eq!(reason(consume(&mut fixture.state, &fixture.env, arg)), refusal);
    }
    fixture.env.call_as(registry()).advance_seconds(RECEIPT_VALIDITY_SECONDS);
    let refused = consume(&mut fixture.state, &fixture.env, valid.clone());
    assert_eq!(reason(refused), ProofReason::ReceiptExpired(issued.expires_at));
    assert_eq!(fixture.image(), before);

    fixture.env.now.set(START.plus_seconds(RECEIPT_VALIDITY_SECONDS - 1));
    assert!(consume(&mut fixture.state, &fixture.env, valid).is_ok());
}

#[test]
fn should_answer_as_before_when_the_canister_is_upgraded() {
    let mut fixture = Fixture::new();
    let issued = fixture.submit(&opening(1, 1)).expect("issued");
    let registered = circuit(&fixture.state, fixture.circuit);
    let kept = proof(&fixture.state, issued.id);

    fixture.upgrade();

    assert_eq!(circuit(&fixture.state, fixture.circuit), registered);
    assert_eq!(receipt(&fixture.state, issued.id), Ok(issued.clone()));
    assert_eq!(proof(&fixture.state, issued.id), kept);
    assert_eq!(reason(fixture.submit(&opening(1, 2))), ProofReason::NullifierUsed(issued.id));
    // The prepared key is made again from what is stored.
    assert!(fixture.submit(&opening(2, 1)).is_ok());
}

#[test]
fn should_list_receipts_of_one_context_in_order_when_paged() {
    let mut fixture = Fixture::new();
    let issued: Vec<ReceiptId> =
        (0..7).map(|content| fixture.submit(&opening(content, 1)).expect("issued").id).collect();

    let (mut seen, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = receipts(&fixture.state, &ReceiptsArg { context: CONTEXT, after, limit: Some(3) });
        seen.extend(page.receipts.iter().map(|receipt| receipt.id));
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((seen, pages), (issued, 3));
    for (context, after) in [(ContextId([4; 32]), None), (CONTEXT, Some(u64::MAX)), (CONTEXT, Some(6))] {
        let page = receipts(&fixture.state, &ReceiptsArg { context, after, limit: None });
        assert_eq!((page.receipts, page.next), (vec![], None));
    }
}

#[test]
fn should_change_the_status_of_a_circuit_when_its_owner_or_governance_asks() {
    let mut fixture = Fixture::new();
    let governance = Principal::from_slice(&[0, 0, 0, 0, 0, 0, 0, 7, 1, 1]);
    let set = |fixture: &mut Fixture, caller, status| {
        fixture.env.call_as(caller);
        let arg = SetCircuitStatusArg { circuit: fixture.circuit, status };
        set_circuit_status(&mut fixture.state, &fixture.env, arg)
    };
    // Nobody may revoke where no governance was named; not even those who call without a name.
    assert_eq!(reason(set(&mut fixture, alice(), CircuitStatus::Revoked)), ProofReason::NotAuthorised);
    assert_eq!(reason(set(&mut fixture, Principal::anonymous(), CircuitStatus::Revoked)), ProofReason::Anonymous);
    init(&mut fixture.state, &fixture.env, Some(ProofVerifierInit { governance: Some(governance) }));
    let before = fixture.image();
    for (caller, status) in [
        (alice(), CircuitStatus::Revoked),
        (bob(), CircuitStatus::Deprecated),
        (bob(), CircuitStatus::Active),
        (governance, CircuitStatus::Deprecated),
    ] {
        assert_eq!(reason(set(&mut fixture, caller, status)), ProofReason::NotAuthorised);
    }
    let unknown = SetCircuitStatusArg { circuit: CircuitId([9; 32]), status: CircuitStatus::Deprecated };
    let refused = set_circuit_status(&mut fixture.state, &fixture.env, unknown);
    assert_eq!(reason(refused), ProofReason::UnknownCircuit(CircuitId([9; 32])));
    assert_eq!(fixture.image(), before);

    let root = fixture.env.certified.borrow().expect("certified");
    let deprecated = set(&mut fixture, alice(), CircuitStatus::Deprecated).expect("the owner may");
    assert_eq!(deprecated.status, CircuitStatus::Deprecated);
    assert_eq!(circuit(&fixture.state, fixture.circuit), Ok(deprecated));
    assert_ne!(fixture.env.certified.borrow().expect("certified"), root);
    set(&mut fixture, alice(), CircuitStatus::Active).expect("and back");
    assert_eq!(fixture.env.certified.borrow().expect("certified"), root);

    // Revoked is for good; saying it again changes nothing. It survives an upgrade.
    set(&mut fixture, governance, CircuitStatus::Revoked).expect("governance may");
    fixture.upgrade();
    let before = fixture.image();
    assert_eq!(reason(set(&mut fixture, alice(), CircuitStatus::Active)), ProofReason::NotAuthorised);
    assert!(set(&mut fixture, governance, CircuitStatus::Revoked).is_ok());
    assert_eq!(fixture.image(), before);
}

#[test]
fn should_refuse_proofs_and_receipts_when_the_circuit_is_not_active() {
    let mut fixture = Fixture::new();
    let (consumed, open) =
        (fixture.submit(&opening(1, 1)).expect("issued"), fixture.submit(&opening(2, 1)).expect("issued"));
    let expected = fixture.expected();
    let arg = |id, key| ConsumeArg { receipt: id, expected: expected.clone(), idempotency_key: Digest32([key; 32]) };
    let not_active = |status| ProofReason::CircuitNotActive { circuit: consumed.circuit, status };
    let proof = verify_arg(&fixture.submission(&fixture.claim(&opening(3, 1)), 1));

    fixture.state.apply(Event::CircuitStatusSet { id: consumed.circuit, status: StoredStatus::Deprecated });
    assert_eq!(reason(fixture.submit(&opening(3, 1))), not_active(CircuitStatus::Deprecated));
    assert_eq!(verify(&mut fixture.state, &proof), Ok(()));
    fixture.env.call_as(registry());
    consume(&mut fixture.state, &fixture.env, arg(consumed.id, 1)).expect("still counts");

    fixture.state.apply(Event::CircuitStatusSet { id: consumed.circuit, status: StoredStatus::Revoked });
    let before = fixture.image();
    let refused = consume(&mut fixture.state, &fixture.env, arg(open.id, 2));
    assert_eq!(reason(refused), not_active(CircuitStatus::Revoked));
    assert_eq!(reason(verify(&mut fixture.state, &proof)), not_active(CircuitStatus::Revoked));
    // What was consumed before stays consumed, and says what happened since.
    let again = consume(&mut fixture.state, &fixture.env, arg(consumed.id, 1)).expect("repeated");
    assert!(again.is_revoked && again.consumed_at.is_some());
    assert!(receipt(&fixture.state, open.id).expect("exists").is_revoked);
    let page = receipts(&fixture.state, &ReceiptsArg { context: CONTEXT, after: None, limit: None });
    assert!(page.receipts.iter().all(|receipt| receipt.is_revoked));
    let certified = receipt_certificate(&fixture.state, &fixture.env, open.id).expect("has one");
    assert_eq!((certified.circuit_status, certified.receipt.is_revoked), (CircuitStatus::Revoked, true));
    fixture.env.call_as(alice());
    assert_eq!(reason(fixture.submit(&opening(3, 1))), not_active(CircuitStatus::Revoked));
    assert_eq!(fixture.image(), before);
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

#[test]
fn should_say_when_to_come_back_when_a_caller_costs_too_much() {
    let mut fixture = Fixture::new();
    // The fixture registered a circuit.
    for _ in 1..BUDGET_PROOFS {
        fixture.state.charge(alice(), START).expect("in the budget");
    }
    let before = fixture.image();
    let retry_at = START.plus_seconds(BUDGET_SECONDS_PER_PROOF);
    let exhausted = ProofReason::BudgetExhausted { retry_at };
    let refused = fixture.submit(&opening(1, 1)).expect_err("refused");
    assert_eq!((refused.kind, refused.reason), (ErrorKind::Temporary, Some(exhausted.clone())));
    let another = registration(&Trapdoor::new(4, 9));
    assert_eq!(reason(register_circuit(&mut fixture.state, &fixture.env, another)), exhausted);
    // What costs nothing is answered as ever, and so are others.
    let wrong = SubmitArg { purpose: "burn".to_owned(), ..fixture.submission(&fixture.claim(&opening(1, 1)), 1) };
    assert_eq!(reason(submit(&mut fixture.state, &fixture.env, wrong)), ProofReason::WrongDomain);
    assert_eq!(fixture.image(), before);
    fixture.env.call_as(bob());
    assert!(fixture.submit(&opening(2, 1)).is_ok());

    // A bad proof costs as much as a good one.
    fixture.env.call_as(alice()).advance_seconds(BUDGET_SECONDS_PER_PROOF);
    let other = fixture.submission(&fixture.claim(&opening(3, 1)), 1).proof;
    let bad = SubmitArg { proof: other, ..fixture.submission(&fixture.claim(&opening(1, 1)), 1) };
    assert_eq!(reason(submit(&mut fixture.state, &fixture.env, bad)), ProofReason::InvalidProof);
    assert!(matches!(reason(fixture.submit(&opening(1, 1))), ProofReason::BudgetExhausted { .. }));
    fixture.env.advance_seconds(BUDGET_SECONDS_PER_PROOF);
    assert!(fixture.submit(&opening(1, 1)).is_ok());
}

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
    assert_eq!((checked + left, left % 128), (MAX_SUBMISSIONS, 0));
    assert!(checked >= 256, "{checked} were checked");
    assert_eq!(fixture.image(), before);
    // All of it is charged, besides the registration of the circuit.
    for _ in 0..BUDGET_PROOFS - MAX_SUBMISSIONS as u64 - 1 {
        fixture.state.charge(alice(), START).expect("in the budget");
    }
    assert!(fixture.state.charge(alice(), START).is_err());
}

#[test]
fn should_certify_every_receipt_as_it_is_when_receipts_change() {
    let mut fixture = Fixture::new();
    let assert_certified = |fixture: &Fixture, ids: &[ReceiptId]| {
        let root = fixture.env.certified.borrow().expect("certified");
        for (position, id) in (0..).zip(ids) {
            let certified = receipt_certificate(&fixture.state, &fixture.env, *id).expect("has one");
            assert_eq!(certified.receipt, receipt(&fixture.state, *id).expect("exists"));
            assert_eq!(certified.position, position);
            let witness = decode_tree(&certified.witness).expect("a tree");
            assert_eq!(witness.digest(), root);
            let path = [RECEIPTS_LABEL.as_bytes(), &position_label(position)];
            let LookupResult::Found(value) = witness.lookup_path(path) else { panic!("not in the witness") };
            assert_eq!(value, receipt_hash(&certified.receipt).0);
        }
        root
    };
    let mut ids = Vec::new();
    for content in 0..5 {
        ids.push(fixture.submit(&opening(content, 1)).expect("issued").id);
        assert_certified(&fixture, &ids);
    }

    let before = assert_certified(&fixture, &ids);
    fixture.env.call_as(registry());
    let arg = ConsumeArg { receipt: ids[2], expected: fixture.expected(), idempotency_key: Digest32([1; 32]) };
    consume(&mut fixture.state, &fixture.env, arg).expect("consumed");
    let consumed = assert_certified(&fixture, &ids);
    assert_ne!(consumed, before);

    fixture.env.call_as(alice()).advance_seconds(RECEIPT_VALIDITY_SECONDS);
    assert_eq!(fixture.submit(&opening(1, 1)).expect("issued anew").id, ids[1]);
    let renewed = assert_certified(&fixture, &ids);
    assert_ne!(renewed, consumed);

    // Certified data is lost at an upgrade, and set again.
    fixture.env.certified.replace(None);
    fixture.upgrade();
    post_upgrade(&fixture.state, &fixture.env);
    assert_eq!(assert_certified(&fixture, &ids), renewed);
}

#[test]
fn should_say_unknown_when_there_is_no_such_thing() {
    let fixture = Fixture::new();
    let (no_circuit, no_receipt) = (CircuitId([9; 32]), ReceiptId([9; 32]));

    assert_eq!(reason(circuit(&fixture.state, no_circuit)), ProofReason::UnknownCircuit(no_circuit));
    assert_eq!(reason(receipt(&fixture.state, no_receipt)), ProofReason::UnknownReceipt(no_receipt));
    assert_eq!(reason(proof(&fixture.state, no_receipt)), ProofReason::UnknownReceipt(no_receipt));
    let uncertified = receipt_certificate(&fixture.state, &fixture.env, no_receipt);
    assert_eq!(reason(uncertified), ProofReason::UnknownReceipt(no_receipt));
}

#[test]
fn should_accept_the_proof_when_it_comes_in_another_encoding() {
    let mut fixture = Fixture::new();
    let claim = fixture.claim(&opening(1, 1));
    let simulated = fixture.trapdoor.simulate(&claim.to_public_inputs(), 1);
    let mut uncompressed = fixture.submission(&claim, 1);
    uncompressed.proof = EncodedProof::ArkUncompressed(ByteBuf::from(simulated.to_uncompressed_bytes()));

    let issued = submit(&mut fixture.state, &fixture.env, uncompressed).expect("issued");
    let kept = proof(&fixture.state, issued.id).expect("kept").proof;
    assert!(RawProof::ArkCompressed(&kept).decode().is_ok());
    assert_eq!(kept, simulated.to_compressed_bytes());
}

#[test]
fn should_refuse_to_open_when_a_newer_version_wrote_the_memory() {
    let fixture = Fixture::new();
    let memory = ic_stable_structures::memory_manager::MemoryManager::init(fixture.memory.clone());
    let mut layout = ic_stable_structures::StableCell::init(memory.get(crate::storage::LAYOUT), 0u64);
    layout.set(crate::storage::LAYOUT_VERSION + 1);

    let opened = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| open(&fixture.memory)));
    assert!(opened.is_err());
}

#[test]
fn should_use_the_modulus_of_the_field_when_tests_speak_of_it() {
    let mut largest = MODULUS;
    largest[31] = 0;
    assert_eq!(to_be32(&-Fr::from(1u8)), largest);
}
