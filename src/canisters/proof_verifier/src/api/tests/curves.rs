//! Circuits on BLS12-381.

use crate::api::test_fixtures::{
    CONTEXT, Fixture, START, alice, bob, opening, reason, registration, registry, verify_arg,
};
use crate::api::{consume, proof, register_circuit, submit, submit_many};
use calisec_types::ids::{CircuitId, Digest32, FieldElement};
use calisec_types::proof_verifier::{
    BUDGET_PROOFS, ConsumeArg, Curve, EncodedProof, EncodedVerifyingKey, ExpectedReceipt, MAX_PUBLIC_INPUTS,
    MAX_SUBMISSIONS, PRICE_BLS12_381_CYCLES, ProofReason, RegisterCircuitArg, StatementKind, SubmitArg, SubmitManyArg,
};
use calisec_zk::field::to_be32;
use calisec_zk::groth16::simulator::{BlsTrapdoor, Trapdoor};
use calisec_zk::groth16::{Bls12_381, Curve as PairingCurve};
use serde_bytes::ByteBuf;

type Scalar = <Bls12_381 as PairingCurve>::Scalar;

const TYPED: [(StatementKind, usize); 6] = [
    (StatementKind::NoteCommitment, 4),
    (StatementKind::ContextMembership, 5),
    (StatementKind::AnonymousSignal { depth: 20 }, 4),
    (StatementKind::OwnKeySignal, 4),
    (StatementKind::CredentialRange, 8),
    (StatementKind::CredentialSet, 7),
];

fn bls(statement: StatementKind, input_count: usize) -> RegisterCircuitArg {
    let key = BlsTrapdoor::new(input_count, 2).verifying_key().to_canonical_bytes();
    RegisterCircuitArg {
        name: "bls".to_owned(),
        statement,
        curve: Curve::Bls12_381,
        verifying_key: EncodedVerifyingKey::ArkUncompressed(ByteBuf::from(key)),
        ceremony: None,
    }
}

fn registered(fixture: &mut Fixture) -> CircuitId {
    let circuit = register_circuit(&mut fixture.state, &fixture.env, bls(StatementKind::Raw, 2)).expect("registered");
    assert_eq!((circuit.curve, circuit.public_inputs), (Some(Curve::Bls12_381), 2));
    circuit.id
}

fn submission(circuit: CircuitId) -> SubmitArg {
    submission_of(circuit, 5)
}

/// One of its inputs is canonical on this curve only.
fn submission_of(circuit: CircuitId, number: u64) -> SubmitArg {
    let inputs = [Scalar::from(number), -Scalar::from(1u64)];
    let proof = BlsTrapdoor::new(2, 2).simulate(&inputs, number).to_compressed_bytes();
    assert_eq!(proof.len(), 192);
    SubmitArg {
        circuit,
        context: CONTEXT,
        consumer: registry(),
        purpose: "anything".to_owned(),
        public_inputs: inputs.iter().map(|input| FieldElement(to_be32(input))).collect(),
        proof: EncodedProof::ArkCompressed(ByteBuf::from(proof)),
    }
}

#[test]
fn should_issue_a_receipt_that_is_consumed_once_when_the_circuit_is_on_bls12_381() {
    let mut fixture = Fixture::new();
    let circuit = registered(&mut fixture);
    let arg = submission(circuit);
    assert_eq!(fixture.verify(&verify_arg(&arg)), Ok(()));
    let receipt = submit(&mut fixture.state, &fixture.env, arg.clone()).expect("a receipt");
    assert_eq!(receipt.statement, StatementKind::Raw);
    assert_eq!(receipt.public_inputs, arg.public_inputs);
    assert_eq!(proof(&fixture.state, receipt.id).expect("kept").proof, arg.proof);

    fixture.upgrade();
    assert_eq!(reason(submit(&mut fixture.state, &fixture.env, arg.clone())), ProofReason::AlreadyProven(receipt.id));
    fixture.env.call_as(registry());
    let expected = ExpectedReceipt { circuit, context: CONTEXT, submitter: alice(), purpose: "anything".to_owned() };
    let first = ConsumeArg { receipt: receipt.id, expected, idempotency_key: Digest32([1; 32]) };
    assert!(consume(&mut fixture.state, &fixture.env, first.clone()).is_ok());
    let second = ConsumeArg { idempotency_key: Digest32([2; 32]), ..first };
    assert_eq!(reason(consume(&mut fixture.state, &fixture.env, second)), ProofReason::ReceiptConsumed);
}

#[test]
fn should_refuse_and_change_nothing_when_a_submission_on_bls12_381_is_bad() {
    let mut fixture = Fixture::new();
    let circuit = registered(&mut fixture);
    let good = submission(circuit);
    let before = fixture.image();

    let mut other_input = good.clone();
    other_input.public_inputs[0] = FieldElement([0; 32]);
    let mut not_canonical = good.clone();
    // The modulus: no carry, as its last byte is 1.
    let mut modulus = to_be32(&-Scalar::from(1u64));
    modulus[31] += 1;
    not_canonical.public_inputs[1] = FieldElement(modulus);
    let on_bn254 = Trapdoor::new(2, 2).simulate(&[5u64.into(), 6u64.into()], 1).to_compressed_bytes();
    for (arg, expected) in
        [(other_input, ProofReason::InvalidProof), (not_canonical, ProofReason::NonCanonicalInput { index: 1 })]
    {
        assert_eq!(reason(fixture.verify(&verify_arg(&arg))), expected);
        assert_eq!(reason(submit(&mut fixture.state, &fixture.env, arg)), expected);
    }
    for proof in [EncodedProof::ArkCompressed(ByteBuf::from(on_bn254)), EncodedProof::Evm(ByteBuf::from(vec![1; 256]))]
    {
        let refused = submit(&mut fixture.state, &fixture.env, SubmitArg { proof, ..good.clone() });
        assert!(matches!(reason(refused), ProofReason::MalformedProof(_)));
    }
    assert_eq!(fixture.image(), before);
    assert!(submit(&mut fixture.state, &fixture.env, good).is_ok());
}

#[test]
fn should_refuse_the_circuit_when_its_statement_is_not_of_the_curve() {
    let mut fixture = Fixture::new();
    let before = fixture.image();
    for (statement, inputs) in TYPED {
        let refused = register_circuit(&mut fixture.state, &fixture.env, bls(statement, inputs));
        assert_eq!(reason(refused), ProofReason::CurveNotSupported(Curve::Bls12_381));
    }
    // A key of one curve is not one of the other.
    for arg in [
        RegisterCircuitArg { curve: Curve::Bn254, ..bls(StatementKind::Raw, 2) },
        RegisterCircuitArg {
            curve: Curve::Bls12_381,
            statement: StatementKind::Raw,
            ..registration(&Trapdoor::new(2, 2))
        },
    ] {
        let refused = reason(register_circuit(&mut fixture.state, &fixture.env, arg));
        assert!(matches!(refused, ProofReason::InvalidVerifyingKey(_)), "{refused:?}");
    }
    assert_eq!(fixture.image(), before);
}

#[test]
fn should_answer_for_each_when_a_batch_is_on_both_curves() {
    let mut fixture = Fixture::new();
    let circuit = registered(&mut fixture);
    let note = |content| fixture.submission(&fixture.claim(&opening(content, 1)), 1);
    // Two with each other's inputs, on either curve, and a proof that is of the other one.
    let [mut first, mut second] = [submission_of(circuit, 1), submission_of(circuit, 2)];
    std::mem::swap(&mut first.proof, &mut second.proof);
    let [mut third, mut fourth] = [note(1), note(2)];
    std::mem::swap(&mut third.proof, &mut fourth.proof);
    let confused = SubmitArg { proof: note(3).proof, ..submission_of(circuit, 3) };
    let good = submission_of(circuit, 4);
    let submissions =
        vec![good.clone(), note(4), first, third, note(5), second, submission_of(circuit, 6), fourth, confused, good];

    let arg = SubmitManyArg { submissions: submissions.clone() };
    let answers = submit_many(&mut fixture.state, &fixture.env, arg).expect("answers");
    let reasons: Vec<_> = answers.iter().map(|a| a.as_ref().err().and_then(|error| error.reason.clone())).collect();
    for index in [0, 1, 4, 6] {
        let issued = answers[index].as_ref().expect("issued");
        assert_eq!(issued.public_inputs, submissions[index].public_inputs, "{index}");
        assert_eq!(proof(&fixture.state, issued.id).expect("kept").proof, submissions[index].proof, "{index}");
    }
    for index in [2, 3, 5, 7] {
        assert_eq!(reasons[index], Some(ProofReason::InvalidProof), "{index}");
    }
    assert!(matches!(reasons[8], Some(ProofReason::MalformedProof(_))));
    assert_eq!(reasons[9], Some(ProofReason::AlreadyProven(answers[0].as_ref().expect("issued").id)));
}

/// The attack: as many bad ones as a message takes, each searched for at twice the cost of one on BN254.
#[test]
fn should_stop_before_the_message_would_not_end_when_many_are_bad_on_bls12_381() {
    let mut fixture = Fixture::new();
    let circuit = registered(&mut fixture);
    let bad = SubmitArg { proof: submission_of(circuit, 1).proof, ..submission_of(circuit, 2) };
    let before = fixture.image();
    fixture.env.cycles.set(u128::from(PRICE_BLS12_381_CYCLES) * MAX_SUBMISSIONS as u128);
    let arg = SubmitManyArg { submissions: vec![bad; MAX_SUBMISSIONS] };
    let answers = submit_many(&mut fixture.state, &fixture.env, arg).expect("looked at");
    let count = |wanted: &ProofReason| {
        answers.iter().filter(|answer| answer.as_ref().err().and_then(|e| e.reason.as_ref()) == Some(wanted)).count()
    };
    let (checked, left) = (count(&ProofReason::InvalidProof), count(&ProofReason::BatchTooCostly));
    assert_eq!((checked, left), (192, MAX_SUBMISSIONS - 192));
    // Of those that are left some were decoded before there was no room; these are paid for as well.
    let paid = MAX_SUBMISSIONS as u128 - fixture.env.cycles.get() / u128::from(PRICE_BLS12_381_CYCLES);
    assert!((192 + 64..512).contains(&paid), "{paid} were paid for");
    assert!(fixture.image() == before);
}

/// The attack: circuits with as many inputs as there may be, whose keys take longer to prepare than their proofs to verify. A
/// message that takes too long is undone, and with it what it charged.
#[test]
fn should_stop_before_the_message_would_not_end_when_many_keys_are_to_be_prepared() {
    let mut fixture = Fixture::new();
    let inputs: [Scalar; MAX_PUBLIC_INPUTS] = std::array::from_fn(|index| Scalar::from(index as u64));
    // No proof of any of the circuits; eight of these in every part.
    let bad = BlsTrapdoor::new(1, 1).simulate(&inputs[..1], 1).to_compressed_bytes();
    let mut of_circuit = |seed| {
        let key = BlsTrapdoor::new(MAX_PUBLIC_INPUTS, seed).verifying_key().to_canonical_bytes();
        let verifying_key = EncodedVerifyingKey::ArkUncompressed(ByteBuf::from(key));
        let arg = RegisterCircuitArg { verifying_key, ..bls(StatementKind::Raw, 2) };
        let circuit = register_circuit(&mut fixture.state, &fixture.env, arg).expect("registered").id;
        SubmitArg {
            public_inputs: inputs.iter().map(|input| FieldElement(to_be32(input))).collect(),
            proof: EncodedProof::ArkCompressed(ByteBuf::from(bad.clone())),
            ..submission(circuit)
        }
    };
    let circuits: Vec<SubmitArg> = (0..24).map(&mut of_circuit).collect();
    let part = |circuits: &[SubmitArg]| (0..64).map(|index| circuits[index % 8].clone()).collect::<Vec<_>>();
    let submissions: Vec<SubmitArg> = circuits.chunks(8).flat_map(part).collect();
    let before = fixture.image();
    let attached = u128::from(PRICE_BLS12_381_CYCLES) * submissions.len() as u128;
    fixture.env.cycles.set(attached);

    let answers = submit_many(&mut fixture.state, &fixture.env, SubmitManyArg { submissions }).expect("looked at");
    let reasons: Vec<ProofReason> = answers.into_iter().map(reason).collect();
    assert!(reasons[..64].iter().all(|reason| *reason == ProofReason::InvalidProof));
    assert!(reasons[64..].iter().all(|reason| *reason == ProofReason::BatchTooCostly));
    // The second part was read and is paid for, of the third one what there was room for.
    let paid = (attached - fixture.env.cycles.get()) / u128::from(PRICE_BLS12_381_CYCLES);
    assert!((129..160).contains(&paid), "{paid} were paid for");
    assert!(fixture.image() == before);
}

#[test]
fn should_charge_twice_when_a_key_or_proof_is_on_bls12_381() {
    let mut fixture = Fixture::new();
    fixture.env.call_as(bob());
    let circuit = registered(&mut fixture);
    submit(&mut fixture.state, &fixture.env, submission(circuit)).expect("a receipt");
    fixture.state.charge(bob(), BUDGET_PROOFS - 4, START).expect("in the budget");
    assert!(fixture.state.charge(bob(), 1, START).is_err());
}
