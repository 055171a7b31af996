//! STARKs: built-in circuits, and proofs that are no Groth16 proofs.

use crate::api::test_fixtures::{CONTEXT, Fixture, START, alice, bob, opening, reason, registry};
use crate::api::{circuit, consume, proof, receipt, set_circuit_status, submit, submit_many};
use crate::lifecycle::{init, post_upgrade};
use calisec_runtime::Env;
use calisec_stark::prove::{MemberOpening, NoteOpening, Step};
use calisec_stark::{Membership, NoteCommitment, Statement, Word};
use calisec_types::ids::{ContextId, Digest32, FieldElement};
use calisec_types::proof_verifier::{
    BUDGET_PROOFS, CircuitStatus, ConsumeArg, EncodedProof, ExpectedReceipt, MAX_PROOF_BYTES, MAX_STARK_PROOF_BYTES,
    ProofReason, ProofVerifierInit, SetCircuitStatusArg, StatementKind, SubmitArg, SubmitManyArg, VerifyArg,
};
use calisec_zk::field::to_be32;
use calisec_zk::statement::note_commitment::context_tag;
use calisec_zk::statement::{Domain, Purpose, stark_circuit_id};
use candid::Principal;
use serde_bytes::ByteBuf;

const PURPOSE: &str = "poll/7#yes";

fn domain<'a>(fixture: &Fixture, purpose: &'a str) -> Domain<'a> {
    Domain {
        network_root_key_hash: fixture.env.network(),
        proof_verifier: fixture.env.canister_self(),
        context_id: CONTEXT,
        consumer: registry(),
        submitter: fixture.env.caller(),
        purpose: Purpose::new(purpose).expect("short"),
    }
}

fn words(domain: &Domain<'_>) -> [Word; 2] {
    [context_tag(&domain.context_id), domain.signal()].map(|tag| Word::of_h248(&to_be32(&tag)).expect("248 bits"))
}

/// Not random: nothing here is secret.
fn fill(bytes: &mut [u8]) {
    for (index, byte) in (0u8..).cycle().zip(bytes) {
        *byte = index.wrapping_mul(37);
    }
}

fn submission<S: Statement>(claim: &S, proof: Vec<u8>, purpose: &str) -> SubmitArg {
    SubmitArg {
        circuit: stark_circuit_id(&S::TAG.to_bytes()),
        context: CONTEXT,
        consumer: registry(),
        purpose: purpose.to_owned(),
        public_inputs: claim.words().iter().map(|word| FieldElement(word.to_bytes())).collect(),
        proof: EncodedProof::Stark(ByteBuf::from(proof)),
    }
}

fn note(fixture: &Fixture, content: u32, salt: u32, purpose: &str) -> SubmitArg {
    let [context, signal] = words(&domain(fixture, purpose));
    let opening = NoteOpening {
        owner_secret: Word::constant(1),
        salt: Word::constant(salt),
        content_tag: Word::constant(content),
    };
    let (claim, proof) = opening.prove(context, signal, &mut fill).expect("proved");
    submission(&claim, proof, purpose)
}

fn member(fixture: &Fixture, purpose: &str) -> SubmitArg {
    let [context, signal] = words(&domain(fixture, purpose));
    let path = [Step { sibling: Word::constant(9), from_right: false }; calisec_stark::statement::TREE_DEPTH];
    let opening = MemberOpening { owner_secret: Word::constant(1), path };
    let (claim, proof) = opening.prove(context, signal, &mut fill).expect("proved");
    submission(&claim, proof, purpose)
}

#[test]
fn should_issue_keep_and_consume_a_receipt_when_a_stark_verifies() {
    for (make, kind) in [
        (note as fn(&Fixture, u32, u32, &str) -> SubmitArg, StatementKind::StarkNoteCommitment),
        (|fixture, _, _, purpose| member(fixture, purpose), StatementKind::StarkMembership),
    ] {
        let mut fixture = Fixture::new();
        let arg = make(&fixture, 1, 1, PURPOSE);
        let again =
            VerifyArg { circuit: arg.circuit, public_inputs: arg.public_inputs.clone(), proof: arg.proof.clone() };
        assert_eq!(fixture.verify(&again), Ok(()));

        let issued = submit(&mut fixture.state, &fixture.env, arg.clone()).expect("issued");
        assert_eq!((issued.statement, issued.submitter), (kind, alice()));
        assert_eq!(receipt(&fixture.state, issued.id), Ok(issued.clone()));
        let kept = proof(&fixture.state, issued.id).expect("kept");
        assert_eq!((kept.proof, kept.public_inputs), (arg.proof.clone(), arg.public_inputs.clone()));
        let again = submit(&mut fixture.state, &fixture.env, arg);
        assert_eq!(reason(again), ProofReason::AlreadyProven(issued.id));

        fixture.upgrade();
        fixture.env.call_as(registry());
        let expected = ExpectedReceipt { circuit: issued.circuit, purpose: PURPOSE.to_owned(), ..fixture.expected() };
        let arg = ConsumeArg { receipt: issued.id, expected, idempotency_key: Digest32([1; 32]) };
        assert!(consume(&mut fixture.state, &fixture.env, arg).expect("consumed").consumed_at.is_some());
    }
}

#[test]
fn should_refuse_and_change_nothing_when_a_stark_is_not_what_it_must_be() {
    let mut fixture = Fixture::new();
    let good = note(&fixture, 1, 1, PURPOSE);
    let EncodedProof::Stark(bytes) = good.proof.clone() else { panic!("a STARK") };
    let of_another = note(&fixture, 2, 1, PURPOSE).proof;
    let of_other_kind = member(&fixture, PURPOSE).proof;
    let groth16 = fixture.submission(&fixture.claim(&opening(1, 1)), 1);
    let with = |proof: Vec<u8>| SubmitArg { proof: EncodedProof::Stark(ByteBuf::from(proof)), ..good.clone() };
    let input = |index: usize, value: [u8; 32]| {
        let mut arg = good.clone();
        arg.public_inputs[index] = FieldElement(value);
        arg
    };
    let length = |length, limit| ProofReason::BadLength { field: "proof".to_owned(), length, limit };
    let malformed = |text: &str| ProofReason::MalformedProof(text.to_owned());
    let mut not_canonical = [0; 32];
    not_canonical[8..16].fill(0xff);
    let before = fixture.image();
    let limit = MAX_STARK_PROOF_BYTES as u64;
    for (arg, expected) in [
        (with(Vec::new()), length(0, limit)),
        (with(vec![0; MAX_STARK_PROOF_BYTES + 1]), length(limit + 1, limit)),
        (with(vec![0; 100]), malformed("not made with the parameters of this statement")),
        (with(bytes[..bytes.len() - 1].to_vec()), malformed("malformed: nonce")),
        (with([bytes.as_slice(), &[0]].concat()), malformed("malformed: trailing bytes")),
        (SubmitArg { proof: of_another, ..good.clone() }, ProofReason::InvalidProof),
        (
            SubmitArg { proof: of_other_kind, ..good.clone() },
            malformed("not made with the parameters of this statement"),
        ),
        (
            SubmitArg { proof: groth16.proof.clone(), ..good.clone() },
            malformed("the circuit takes STARKs, this is a Groth16 proof"),
        ),
        (
            SubmitArg { proof: good.proof.clone(), ..groth16.clone() },
            malformed("the circuit takes Groth16 proofs, this is a STARK"),
        ),
        (
            SubmitArg {
                proof: EncodedProof::ArkCompressed(ByteBuf::from(vec![0; MAX_PROOF_BYTES + 1])),
                ..good.clone()
            },
            length(MAX_PROOF_BYTES as u64 + 1, MAX_PROOF_BYTES as u64),
        ),
        (input(0, [1; 32]), ProofReason::InvalidProof),
        (input(1, [1; 32]), ProofReason::InvalidProof),
        (input(1, not_canonical), ProofReason::NonCanonicalInput { index: 1 }),
        (input(2, [1; 32]), ProofReason::WrongContext),
        (input(3, [1; 32]), ProofReason::WrongDomain),
        (SubmitArg { context: ContextId([9; 32]), ..good.clone() }, ProofReason::WrongContext),
        (SubmitArg { consumer: bob(), ..good.clone() }, ProofReason::WrongDomain),
        (SubmitArg { purpose: "poll/7#no".to_owned(), ..good.clone() }, ProofReason::WrongDomain),
        (
            SubmitArg { public_inputs: good.public_inputs[..3].to_vec(), ..good.clone() },
            ProofReason::WrongInputCount { expected: 4, actual: 3 },
        ),
    ] {
        assert_eq!(reason(submit(&mut fixture.state, &fixture.env, arg)), expected);
    }
    fixture.env.call_as(bob());
    assert_eq!(reason(submit(&mut fixture.state, &fixture.env, good.clone())), ProofReason::WrongDomain);
    assert_eq!(fixture.image(), before);
    fixture.env.call_as(alice());
    assert!(submit(&mut fixture.state, &fixture.env, good).is_ok());
}

#[test]
fn should_use_up_a_nullifier_once_per_scope_when_starks_prove() {
    let mut fixture = Fixture::new();
    let first = note(&fixture, 1, 1, "mint");
    let issued = submit(&mut fixture.state, &fixture.env, first).expect("issued");
    // The same note with another salt.
    let resalted = note(&fixture, 1, 2, "mint");
    assert_eq!(reason(submit(&mut fixture.state, &fixture.env, resalted)), ProofReason::NullifierUsed(issued.id));

    let yes = member(&fixture, "poll/7#yes");
    let yes = submit(&mut fixture.state, &fixture.env, yes).expect("issued");
    let no = member(&fixture, "poll/7#no");
    assert_eq!(reason(submit(&mut fixture.state, &fixture.env, no)), ProofReason::NullifierUsed(yes.id));
    fixture.env.call_as(bob());
    let as_bob = member(&fixture, "poll/7#yes");
    assert_eq!(reason(submit(&mut fixture.state, &fixture.env, as_bob)), ProofReason::NullifierUsed(yes.id));
    let next_poll = member(&fixture, "poll/8#yes");
    assert!(submit(&mut fixture.state, &fixture.env, next_poll).is_ok());
}

#[test]
fn should_answer_for_each_when_starks_and_groth16_proofs_are_submitted_together() {
    let mut fixture = Fixture::new();
    let stark = note(&fixture, 1, 1, PURPOSE);
    let bad = SubmitArg { proof: note(&fixture, 2, 1, PURPOSE).proof, ..stark.clone() };
    let groth16 = fixture.submission(&fixture.claim(&opening(1, 1)), 1);
    let other = fixture.submission(&fixture.claim(&opening(2, 1)), 1);
    let submissions = vec![stark.clone(), groth16, bad, other, stark];
    let arg = SubmitManyArg { submissions: submissions.clone() };
    let answers = submit_many(&mut fixture.state, &fixture.env, arg).expect("looked at");
    for index in [0, 1, 3] {
        let issued = answers[index].clone().expect("issued");
        assert_eq!(issued.public_inputs, submissions[index].public_inputs);
        assert_eq!(proof(&fixture.state, issued.id).expect("kept").proof, submissions[index].proof);
    }
    let reason_of = |index: usize| answers[index].clone().expect_err("refused").reason;
    assert_eq!(reason_of(2), Some(ProofReason::InvalidProof));
    assert_eq!(reason_of(4), Some(ProofReason::AlreadyProven(answers[0].clone().expect("issued").id)));
}

/// The attack: to fill the canister's memory at the price of a proof of 128 bytes.
#[test]
fn should_take_more_of_the_budget_when_a_proof_is_long() {
    let mut fixture = Fixture::new();
    let arg = note(&fixture, 1, 1, PURPOSE);
    submit(&mut fixture.state, &fixture.env, arg).expect("issued");
    // Besides that the fixture registered a circuit.
    for _ in 0..BUDGET_PROOFS - 5 - 1 {
        fixture.state.charge(alice(), 1, START).expect("in the budget");
    }
    assert!(fixture.state.charge(alice(), 1, START).is_err());
}

#[test]
fn should_have_both_circuits_when_installed_or_upgraded() {
    let mut fixture = Fixture::new();
    let governance = Principal::from_slice(&[0, 0, 0, 0, 0, 0, 0, 7, 1, 1]);
    init(&mut fixture.state, &fixture.env, Some(ProofVerifierInit { governance: Some(governance) }));
    for (tag, statement) in
        [(NoteCommitment::TAG, StatementKind::StarkNoteCommitment), (Membership::TAG, StatementKind::StarkMembership)]
    {
        let id = stark_circuit_id(&tag.to_bytes());
        let built_in = circuit(&fixture.state, id).expect("built in");
        assert_eq!((built_in.statement, built_in.curve, built_in.public_inputs), (statement, None, 4));
        assert_eq!((built_in.owner, built_in.registered_at), (fixture.env.canister_self(), START));
        // Nobody deprecates it, governance revokes it, and an upgrade does not take that back.
        let set = |status| SetCircuitStatusArg { circuit: id, status };
        let deprecated = set_circuit_status(&mut fixture.state, &fixture.env, set(CircuitStatus::Deprecated));
        assert_eq!(reason(deprecated), ProofReason::NotAuthorised);
        fixture.env.call_as(governance);
        set_circuit_status(&mut fixture.state, &fixture.env, set(CircuitStatus::Revoked)).expect("revoked");
        fixture.env.call_as(alice());
        fixture.upgrade();
        let root = fixture.state.certified_root();
        post_upgrade(&mut fixture.state, &fixture.env);
        assert_eq!(fixture.state.certified_root(), root);
        assert_eq!(circuit(&fixture.state, id).expect("built in").status, CircuitStatus::Revoked);
    }
    let refused = note(&fixture, 1, 1, PURPOSE);
    let refused = submit(&mut fixture.state, &fixture.env, refused);
    assert!(matches!(reason(refused), ProofReason::CircuitNotActive { status: CircuitStatus::Revoked, .. }));
}
