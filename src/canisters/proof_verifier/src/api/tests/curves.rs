//! Circuits on BLS12-381.

use crate::api::test_fixtures::{CONTEXT, Fixture, START, alice, bob, reason, registration, registry, verify_arg};
use crate::api::{consume, proof, register_circuit, submit, submit_many};
use calisec_types::ids::{CircuitId, Digest32, FieldElement};
use calisec_types::proof_verifier::{
    BUDGET_PROOFS, ConsumeArg, Curve, EncodedProof, EncodedVerifyingKey, ExpectedReceipt, ProofReason,
    RegisterCircuitArg, StatementKind, SubmitArg, SubmitManyArg,
};
use calisec_zk::field::to_be32;
use calisec_zk::groth16::simulator::{BlsTrapdoor, Trapdoor};
use calisec_zk::groth16::{Bls12_381, Curve as PairingCurve};
use serde_bytes::ByteBuf;

type Scalar = <Bls12_381 as PairingCurve>::Scalar;

const TYPED: [(StatementKind, usize); 5] = [
    (StatementKind::NoteCommitment, 4),
    (StatementKind::ContextMembership, 5),
    (StatementKind::AnonymousSignal { depth: 20 }, 4),
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

/// One of its inputs is canonical on this curve only.
fn submission(circuit: CircuitId) -> SubmitArg {
    let inputs = [Scalar::from(5u64), -Scalar::from(1u64)];
    let proof = BlsTrapdoor::new(2, 2).simulate(&inputs, 1).to_compressed_bytes();
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
fn should_refuse_just_those_when_a_batch_has_proofs_on_bls12_381() {
    let mut fixture = Fixture::new();
    let circuit = registered(&mut fixture);
    let note = fixture.submission(&fixture.claim(&crate::api::test_fixtures::opening(1, 1)), 1);
    let arg = SubmitManyArg { submissions: vec![submission(circuit), note, submission(circuit)] };
    let answers = submit_many(&mut fixture.state, &fixture.env, arg).expect("answers");
    let refused = ProofReason::CurveNotSupported(Curve::Bls12_381);
    assert_eq!(answers.len(), 3);
    assert!(answers[1].is_ok());
    for index in [0, 2] {
        assert_eq!(answers[index].clone().err().and_then(|error| error.reason), Some(refused.clone()));
    }
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
