//! Registering circuits, and what becomes of them.

use crate::api::test_fixtures::{
    CONTEXT, Fixture, START, alice, bob, opening, reason, registration, registry, verify_arg,
};
use crate::api::{
    circuit, circuits, consume, receipt, receipt_certificate, receipts, register_circuit, set_circuit_status,
};
use crate::lifecycle::init;
use crate::state::Event;
use crate::storage::StoredStatus;
use calisec_types::ids::{CircuitId, Digest32};
use calisec_types::proof_verifier::{
    CircuitStatus, CircuitsArg, ConsumeArg, EncodedVerifyingKey, MAX_CIRCUITS_PER_OWNER, MAX_VERIFYING_KEY_BYTES,
    ProofReason, ProofVerifierInit, ReceiptsArg, RegisterCircuitArg, SetCircuitStatusArg,
};
use calisec_zk::groth16::simulator::Trapdoor;
use candid::Principal;
use serde_bytes::ByteBuf;

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
    // With those of STARKs, which are built in.
    assert_eq!(seen.len() as u64, MAX_CIRCUITS_PER_OWNER + 1 + 2);
    assert!(seen.is_sorted());
    assert_eq!(circuits(&fixture.state, &CircuitsArg { after: None, limit: None }).circuits.len(), 50);
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
    for (caller, status) in
        [(alice(), CircuitStatus::Revoked), (bob(), CircuitStatus::Deprecated), (bob(), CircuitStatus::Active)]
    {
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
    set(&mut fixture, governance, CircuitStatus::Deprecated).expect("governance deprecates too");
    set(&mut fixture, alice(), CircuitStatus::Active).expect("and the owner takes it back");

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
    assert_eq!(fixture.verify(&proof), Ok(()));
    fixture.env.call_as(registry());
    consume(&mut fixture.state, &fixture.env, arg(consumed.id, 1)).expect("still counts");

    fixture.state.apply(Event::CircuitStatusSet { id: consumed.circuit, status: StoredStatus::Revoked });
    let before = fixture.image();
    let refused = consume(&mut fixture.state, &fixture.env, arg(open.id, 2));
    assert_eq!(reason(refused), not_active(CircuitStatus::Revoked));
    assert_eq!(reason(fixture.verify(&proof)), not_active(CircuitStatus::Revoked));
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
