use super::{AdmissionError, Consumption, ConsumptionError, admit, consume};
use crate::storage::{StoredConsumption, StoredReceipt, StoredStatement};
use calisec_types::ids::{CircuitId, ContextId, Digest32, FieldElement, ReceiptId, Timestamp};
use calisec_types::proof_verifier::ExpectedReceipt;
use candid::Principal;
use proptest::{prop_assert, prop_assert_eq, proptest};

const THIS: ReceiptId = ReceiptId([1; 32]);
const OTHER: ReceiptId = ReceiptId([2; 32]);

fn receipt(expires_at: u64, consumed_with: Option<u8>) -> StoredReceipt {
    StoredReceipt {
        circuit: CircuitId([3; 32]),
        statement: StoredStatement::NoteCommitment,
        public_inputs: vec![FieldElement([4; 32]); 4],
        context: ContextId([5; 32]),
        consumer: Principal::from_slice(&[6]),
        purpose: "mint".to_owned(),
        submitter: Principal::from_slice(&[7]),
        issued_at: Timestamp(0),
        expires_at: Timestamp(expires_at),
        consumption: consumed_with.map(|key| StoredConsumption::new(Timestamp(1), Digest32([key; 32]))),
    }
}

fn expected() -> ExpectedReceipt {
    ExpectedReceipt {
        circuit: CircuitId([3; 32]),
        context: ContextId([5; 32]),
        submitter: Principal::from_slice(&[7]),
        purpose: "mint".to_owned(),
    }
}

#[test]
fn should_admit_a_statement_when_its_nullifier_is_free() {
    for (desc, holder, now, outcome) in [
        ("never used", None, 5, Ok(())),
        ("the same, alive", Some((THIS, receipt(6, None))), 5, Err(AdmissionError::AlreadyProven(THIS))),
        ("another, alive", Some((OTHER, receipt(6, None))), 5, Err(AdmissionError::NullifierUsed(OTHER))),
        ("the same, just expired", Some((THIS, receipt(5, None))), 5, Ok(())),
        ("another, just expired", Some((OTHER, receipt(5, None))), 5, Ok(())),
        ("the same, consumed", Some((THIS, receipt(5, Some(1)))), 9, Err(AdmissionError::AlreadyProven(THIS))),
        ("another, consumed", Some((OTHER, receipt(5, Some(1)))), 9, Err(AdmissionError::NullifierUsed(OTHER))),
    ] {
        let holder = holder.as_ref().map(|(id, receipt)| (*id, receipt));
        assert_eq!(admit(THIS, holder, Timestamp(now)), outcome, "{desc}");
    }
}

proptest! {
    /// Whatever is submitted and consumed when: of one nullifier, one receipt is consumed at most.
    #[test]
    fn should_consume_at_most_one_receipt_when_statements_share_a_nullifier(
        steps in proptest::collection::vec((0..3u8, proptest::bool::ANY, 0..4u64), 0..60),
    ) {
        let mut now = 0;
        let mut issued: std::collections::BTreeMap<u8, StoredReceipt> = std::collections::BTreeMap::new();
        let mut holder: Option<u8> = None;
        for (statement, is_submission, elapsed) in steps {
            now += elapsed;
            if is_submission {
                let held = holder.map(|id| (ReceiptId([id; 32]), &issued[&id]));
                if admit(ReceiptId([statement; 32]), held, Timestamp(now)).is_ok() {
                    issued.insert(statement, receipt(now + 5, None));
                    holder = Some(statement);
                }
            } else if let Some(found) = issued.get_mut(&statement) {
                let (caller, key) = (found.consumer, Digest32([statement; 32]));
                if consume(found, caller, &expected(), key, Timestamp(now)) == Ok(Consumption::First) {
                    prop_assert_eq!(holder, Some(statement));
                    found.consumption = Some(StoredConsumption::new(Timestamp(now), key));
                }
            }
            prop_assert!(issued.values().filter(|receipt| receipt.consumption.is_some()).count() <= 1);
        }
    }
}

#[test]
fn should_repeat_the_answer_when_the_key_is_the_same() {
    let consumer = Principal::from_slice(&[6]);
    for (desc, stored, key, now, outcome) in [
        ("alive", receipt(5, None), 1, 4, Ok(Consumption::First)),
        ("just expired", receipt(5, None), 1, 5, Err(ConsumptionError::Expired(Timestamp(5)))),
        ("same key", receipt(5, Some(1)), 1, 4, Ok(Consumption::Repeated)),
        ("same key, expired", receipt(5, Some(1)), 1, 9, Ok(Consumption::Repeated)),
        ("other key", receipt(5, Some(1)), 2, 4, Err(ConsumptionError::Consumed)),
        ("other key, expired", receipt(5, Some(1)), 2, 9, Err(ConsumptionError::Consumed)),
    ] {
        let decided = consume(&stored, consumer, &expected(), Digest32([key; 32]), Timestamp(now));
        assert_eq!(decided, outcome, "{desc}");
    }
}
