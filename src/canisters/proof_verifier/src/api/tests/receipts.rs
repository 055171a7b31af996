//! Reading, certifying and consuming receipts.

use crate::api::test_fixtures::{CONTEXT, Fixture, START, alice, bob, open, opening, reason, registry};
use crate::api::{circuit, consume, proof, receipt, receipt_certificate, receipts};
use crate::lifecycle::post_upgrade;
use calisec_certification::decode_tree;
use calisec_certification::receipts::{RECEIPTS_LABEL, position_label, receipt_hash};
use calisec_types::ids::{CircuitId, ContextId, Digest32, ReceiptId};
use calisec_types::proof_verifier::{ConsumeArg, ExpectedReceipt, ProofReason, RECEIPT_VALIDITY_SECONDS, ReceiptsArg};
use candid::Principal;
use ic_certification::LookupResult;

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
    post_upgrade(&mut fixture.state, &fixture.env);
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
fn should_refuse_to_open_when_a_newer_version_wrote_the_memory() {
    let fixture = Fixture::new();
    let memory = ic_stable_structures::memory_manager::MemoryManager::init(fixture.memory.clone());
    let mut layout = ic_stable_structures::StableCell::init(memory.get(crate::storage::LAYOUT), 0u64);
    layout.set(crate::storage::LAYOUT_VERSION + 1);

    let opened = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| open(&fixture.memory)));
    assert!(opened.is_err());
}
