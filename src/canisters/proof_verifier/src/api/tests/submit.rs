//! Checking proofs, with and without a receipt.

use crate::api::test_fixtures::{
    CONTEXT, Fixture, MODULUS, START, alice, bob, opening, reason, registration, registry, verify_arg,
};
use crate::api::{proof, receipt, receipts, register_circuit, submit};
use calisec_types::error::ErrorKind;
use calisec_types::ids::{CircuitId, ContextId, FieldElement};
use calisec_types::proof_verifier::{
    BUDGET_PROOFS, BUDGET_SECONDS_PER_PROOF, EncodedProof, MAX_PROOF_BYTES, ProofReason, RECEIPT_VALIDITY_SECONDS,
    ReceiptsArg, StoredProof, SubmitArg, VerifyArg,
};
use calisec_zk::field::{Fr, to_be32};
use calisec_zk::groth16::DecodedProof;
use calisec_zk::groth16::simulator::Trapdoor;
use candid::Principal;
use serde_bytes::ByteBuf;

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
    let expected = StoredProof {
        receipt: issued.id,
        circuit: fixture.circuit,
        public_inputs: arg.public_inputs.clone(),
        proof: arg.proof,
    };
    assert_eq!(kept, expected);
    // Whoever reads it checks it again.
    let again = VerifyArg { circuit: kept.circuit, public_inputs: kept.public_inputs, proof: kept.proof };
    assert_eq!(fixture.verify(&again), Ok(()));
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

    assert_eq!(fixture.verify(&valid), Ok(()));
    let mut other_input = valid.clone();
    other_input.public_inputs[0] = FieldElement([1; 32]);
    assert_eq!(reason(fixture.verify(&other_input)), ProofReason::InvalidProof);
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
fn should_say_when_to_come_back_when_a_caller_costs_too_much() {
    let mut fixture = Fixture::new();
    // The fixture registered a circuit.
    for _ in 1..BUDGET_PROOFS {
        fixture.state.charge(alice(), 1, START).expect("in the budget");
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
fn should_accept_the_proof_when_it_comes_in_any_encoding() {
    for (number, encode) in [
        |proof: &DecodedProof| EncodedProof::ArkUncompressed(ByteBuf::from(proof.to_uncompressed_bytes())),
        |proof: &DecodedProof| EncodedProof::Evm(ByteBuf::from(big_endian(proof, false))),
        |proof: &DecodedProof| EncodedProof::GnarkRaw(ByteBuf::from(big_endian(proof, false))),
        |proof: &DecodedProof| EncodedProof::GnarkCompressed(ByteBuf::from(big_endian(proof, true))),
    ]
    .into_iter()
    .enumerate()
    {
        let mut fixture = Fixture::new();
        let claim = fixture.claim(&opening(1, 1));
        let simulated = fixture.trapdoor.simulate(&claim.to_public_inputs(), 1);
        let submission = SubmitArg { proof: encode(&simulated), ..fixture.submission(&claim, 1) };

        let issued = submit(&mut fixture.state, &fixture.env, submission).unwrap_or_else(|e| panic!("{number}: {e:?}"));
        let kept = proof(&fixture.state, issued.id).expect("kept").proof;
        assert_eq!(kept, EncodedProof::ArkCompressed(ByteBuf::from(simulated.to_compressed_bytes())), "{number}");
    }
}

/// A proof as EVM verifiers and gnark write it, from arkworks' uncompressed bytes.
fn big_endian(proof: &DecodedProof, compress: bool) -> Vec<u8> {
    /// Half of the modulus of the coordinates' field, rounded down.
    const HALF: [u8; 32] = [
        0x18, 0x32, 0x27, 0x39, 0x70, 0x98, 0xd0, 0x14, 0xdc, 0x28, 0x22, 0xdb, 0x40, 0xc0, 0xac, 0x2e, 0xcb, 0xc0,
        0xb5, 0x48, 0xb4, 0x38, 0xe5, 0x46, 0x9e, 0x10, 0x46, 0x0b, 0x6c, 0x3e, 0x7e, 0xa3,
    ];
    let mut words: Vec<[u8; 32]> = proof.to_uncompressed_bytes().as_chunks::<32>().0.to_vec();
    for word in &mut words {
        word.reverse();
        // arkworks' flags.
        word[0] &= 0x3f;
    }
    let [ax, ay, bx0, bx1, by0, by1, cx, cy] = words[..] else { panic!("eight words") };
    if !compress {
        return [ax, ay, bx1, bx0, by1, by0, cx, cy].concat();
    }
    let flagged = |mut x: [u8; 32], y: [u8; 32]| {
        x[0] |= if y > HALF { 0xc0 } else { 0x80 };
        x
    };
    [flagged(ax, ay), flagged(bx1, by1), bx0, flagged(cx, cy)].concat()
}

#[test]
fn should_use_the_modulus_of_the_field_when_tests_speak_of_it() {
    let mut largest = MODULUS;
    largest[31] = 0;
    assert_eq!(to_be32(&-Fr::from(1u8)), largest);
}
