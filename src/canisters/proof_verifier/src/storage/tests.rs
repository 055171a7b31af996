use super::{
    PlacedCircuit, PlacedReceipt, StoredCircuit, StoredConsumption, StoredCurve, StoredReceipt, StoredStatement,
    StoredStatus,
};
use calisec_runtime::Cbor;
use calisec_types::ids::{CircuitId, ContextId, Digest32, FieldElement, Timestamp};
use candid::Principal;
use ic_stable_structures::Storable;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any};
use proptest::{prop_assert_eq, prop_compose, prop_oneof, proptest};

fn circuit() -> StoredCircuit {
    StoredCircuit {
        name: "n".to_owned(),
        statement: StoredStatement::NoteCommitment,
        public_inputs: 4,
        owner: Principal::from_slice(&[1, 2]),
        registered_at: Timestamp(5),
        curve: Some(StoredCurve::Bn254),
        ceremony: Some(Digest32([6; 32])),
    }
}

fn receipt() -> StoredReceipt {
    StoredReceipt {
        circuit: CircuitId([1; 32]),
        statement: StoredStatement::NoteCommitment,
        public_inputs: vec![FieldElement([2; 32])],
        context: ContextId([3; 32]),
        consumer: Principal::from_slice(&[4]),
        purpose: "mint".to_owned(),
        submitter: Principal::from_slice(&[5]),
        issued_at: Timestamp(6),
        expires_at: Timestamp(7),
        consumption: Some(StoredConsumption::new(Timestamp(8), Digest32([9; 32]))),
    }
}

fn read<T>(hex: &str) -> T
where
    Cbor<T>: Storable,
{
    let bytes: Vec<u8> = (0..hex.len())
        .step_by(2)
        .map(|index| u8::from_str_radix(&hex[index..index + 2], 16).expect("hexadecimal"))
        .collect();
    Cbor::<T>::from_bytes(bytes.into()).0
}

/// What was written before must be read by every later version: these lines are never edited.
#[test]
fn should_read_what_earlier_versions_wrote_when_the_code_changes() {
    let placed = PlacedCircuit { circuit: circuit(), position: 3, status: StoredStatus::Deprecated };
    let blob = |byte: &str| format!("5820{}", byte.repeat(32));
    let stored = format!("87616e00044201020500{}", blob("06"));
    assert_eq!(read::<PlacedCircuit>(&format!("83{stored}0301")), placed);
    assert_eq!(read::<StoredCircuit>(&stored), circuit());
    for (number, statement) in [
        ("00", StoredStatement::NoteCommitment),
        ("01", StoredStatement::Raw),
        ("02", StoredStatement::ContextMembership),
        ("03", StoredStatement::CredentialRange),
        ("04", StoredStatement::CredentialSet),
        ("05", StoredStatement::StarkNoteCommitment),
        ("06", StoredStatement::StarkMembership),
        ("07", StoredStatement::OwnKeySignal),
        ("190114", StoredStatement::AnonymousSignal { depth: 20 }),
    ] {
        assert_eq!(read::<StoredCircuit>(&stored.replacen("00", number, 1)), StoredCircuit { statement, ..circuit() });
    }
    let stored = format!(
        "8a{circuit}0081{input}{context}4104646d696e7441050607{consumption}",
        circuit = blob("01"),
        input = blob("02"),
        context = blob("03"),
        consumption = format_args!("8208{}", blob("09")),
    );
    assert_eq!(read::<StoredReceipt>(&stored), receipt());
    // Written before it was consumed.
    let unconsumed = stored.replacen("8a", "89", 1).replace(&format!("8208{}", blob("09")), "");
    assert_eq!(read::<StoredReceipt>(&unconsumed), StoredReceipt { consumption: None, ..receipt() });
    assert_eq!(
        read::<PlacedReceipt>(&format!("83{stored}0506")),
        PlacedReceipt { receipt: receipt(), position: 5, proof: 6 }
    );
}

prop_compose! {
    fn any_principal()(bytes in vec(any::<u8>(), 0..=29)) -> Principal {
        Principal::from_slice(&bytes)
    }
}

fn any_statement() -> impl Strategy<Value = StoredStatement> {
    prop_oneof![
        Just(StoredStatement::NoteCommitment),
        Just(StoredStatement::Raw),
        Just(StoredStatement::ContextMembership),
        any::<u8>().prop_map(|depth| StoredStatement::AnonymousSignal { depth }),
        Just(StoredStatement::CredentialRange),
        Just(StoredStatement::CredentialSet),
        Just(StoredStatement::StarkNoteCommitment),
        Just(StoredStatement::StarkMembership),
        Just(StoredStatement::OwnKeySignal),
    ]
}

prop_compose! {
    fn any_receipt()(
        statement in any_statement(),
        ids in any::<([u8; 32], [u8; 32], [u8; 32])>(),
        inputs in vec(any::<[u8; 32]>(), 0..8),
        principals in (any_principal(), any_principal()),
        purpose in ".{0,64}",
        times in any::<(u64, u64, u64)>(),
        is_consumed in option::of(Just(())),
    ) -> StoredReceipt {
        StoredReceipt {
            circuit: CircuitId(ids.0),
            statement,
            public_inputs: inputs.into_iter().map(FieldElement).collect(),
            context: ContextId(ids.1),
            consumer: principals.0,
            purpose,
            submitter: principals.1,
            issued_at: Timestamp(times.0),
            expires_at: Timestamp(times.1),
            consumption: is_consumed.map(|()| StoredConsumption::new(Timestamp(times.2), Digest32(ids.2))),
        }
    }
}

proptest! {
    #[test]
    fn should_read_back_a_receipt_when_it_was_written(receipt in any_receipt()) {
        prop_assert_eq!(Cbor::<StoredReceipt>::from_bytes(Cbor(receipt.clone()).to_bytes()).0, receipt);
    }

    #[test]
    fn should_read_back_a_circuit_when_it_was_written(
        name in ".{0,64}",
        public_inputs: u32,
        owner in any_principal(),
        time in any::<u64>().prop_map(Timestamp),
        statement in any_statement(),
        curve in option::of(prop_oneof![Just(StoredCurve::Bn254), Just(StoredCurve::Bls12_381)]),
        ceremony in option::of(any::<[u8; 32]>().prop_map(Digest32)),
    ) {
        let circuit = StoredCircuit { name, statement, public_inputs, owner, registered_at: time, curve, ceremony };
        prop_assert_eq!(Cbor::<StoredCircuit>::from_bytes(Cbor(circuit.clone()).to_bytes()).0, circuit);
    }
}
