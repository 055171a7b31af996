//! Bad input to proof_verifier.

use crate::{deploy, random};
use calisec_sdk::aggregate;
use calisec_testkit::Scene;
use calisec_testkit::backend::Backend;
use calisec_testkit::scene::answered;
use calisec_tests::Unchanged;
use calisec_types::aggregates::{CommitUpdateArg, Contributor, OpenRoundArg};
use calisec_types::ids::{CircuitId, ContextId, Digest32, FieldElement, ReceiptId, RoundId, Timestamp};
use calisec_types::proof_verifier::{
    ConsumeArg, EncodedProof, EncodedVerifyingKey, ExpectedReceipt, MAX_CIRCUIT_NAME_BYTES, MAX_PROOF_BYTES,
    MAX_PUBLIC_INPUTS, MAX_PURPOSE_BYTES, MAX_VERIFYING_KEY_BYTES, ProofError, ProofReason, RECEIPT_VALIDITY_SECONDS,
    RegisterCircuitArg, SubmitArg, VerifyArg,
};
use candid::{Principal, decode_one, encode_one};
use pollster::block_on;
use serde_bytes::ByteBuf;
use std::path::Path;
use std::time::Duration;

const UNKNOWN_CIRCUIT: CircuitId = CircuitId([1; 32]);
const UNKNOWN_RECEIPT: ReceiptId = ReceiptId([1; 32]);
/// The modulus of the BN254 scalar field, big-endian.
const MODULUS: [u8; 32] = [
    0x30, 0x64, 0x4e, 0x72, 0xe1, 0x31, 0xa0, 0x29, 0xb8, 0x50, 0x45, 0xb6, 0x81, 0x81, 0x58, 0x5d, 0x28, 0x33, 0xe8,
    0x48, 0x79, 0xb9, 0x70, 0x91, 0x43, 0xe1, 0xf5, 0x93, 0xf0, 0x00, 0x00, 0x01,
];

fn bad_length(field: &str, length: usize, limit: usize) -> ProofReason {
    ProofReason::BadLength { field: field.to_owned(), length: length as u64, limit: limit as u64 }
}

fn snarkjs(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/libs/zk/tests/vectors/snarkjs").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn key_bytes(key: &EncodedVerifyingKey) -> Vec<u8> {
    match key {
        EncodedVerifyingKey::ArkUncompressed(bytes)
        | EncodedVerifyingKey::ArkCompressed(bytes)
        | EncodedVerifyingKey::GnarkCompressed(bytes)
        | EncodedVerifyingKey::GnarkRaw(bytes) => bytes.to_vec(),
        EncodedVerifyingKey::SnarkjsJson(text) => text.clone().into_bytes(),
    }
}

fn proof_bytes(proof: &EncodedProof) -> Vec<u8> {
    match proof {
        EncodedProof::ArkUncompressed(bytes)
        | EncodedProof::ArkCompressed(bytes)
        | EncodedProof::Evm(bytes)
        | EncodedProof::GnarkCompressed(bytes)
        | EncodedProof::GnarkRaw(bytes)
        | EncodedProof::Stark(bytes) => bytes.to_vec(),
        EncodedProof::SnarkjsJson(text) => text.clone().into_bytes(),
    }
}

pub fn should_refuse_bad_circuits<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let scene = Scene::new(&deployment, random());
    let good = scene.circuit();
    let dana = scene.as_(&scene.cast.dana).proof_verifier();
    let unchanged = Unchanged::from_now(&deployment);
    let named = |name: String| RegisterCircuitArg { name, ..good.clone() };
    let keyed = |verifying_key| RegisterCircuitArg { verifying_key, ..good.clone() };
    let uncompressed = |bytes: Vec<u8>| keyed(EncodedVerifyingKey::ArkUncompressed(ByteBuf::from(bytes)));
    for (what, arg, expected) in [
        ("no name", named(String::new()), bad_length("name", 0, MAX_CIRCUIT_NAME_BYTES)),
        ("a long name", named("n".repeat(65)), bad_length("name", 65, MAX_CIRCUIT_NAME_BYTES)),
        ("no key", uncompressed(Vec::new()), bad_length("verifying_key", 0, MAX_VERIFYING_KEY_BYTES)),
        (
            "a long key",
            uncompressed(vec![0; MAX_VERIFYING_KEY_BYTES + 1]),
            bad_length("verifying_key", MAX_VERIFYING_KEY_BYTES + 1, MAX_VERIFYING_KEY_BYTES),
        ),
        (
            "a key with another number of inputs",
            keyed(EncodedVerifyingKey::SnarkjsJson(snarkjs("mul/verification_key.json"))),
            ProofReason::StatementMismatch { expected: 4, actual: 1 },
        ),
    ] {
        unchanged.refused(what, block_on(dana.register_circuit(&arg)), &expected);
    }
    let key = key_bytes(&good.verifying_key);
    let (mut off_curve, mut surplus) = (key.clone(), key.clone());
    off_curve[0] ^= 1;
    surplus.push(0);
    let forgeable = EncodedVerifyingKey::SnarkjsJson(snarkjs("negative/mul_nophase2.vk.json"));
    let deep = "[".repeat(MAX_VERIFYING_KEY_BYTES);
    for (what, arg) in [
        ("garbage", uncompressed(b"garbage".to_vec())),
        ("a truncated key", uncompressed(key[..key.len() - 1].to_vec())),
        ("a key with something behind it", uncompressed(surplus)),
        ("a point off the curve", uncompressed(off_curve)),
        ("a key that lets anybody forge", keyed(forgeable)),
        ("zeros", uncompressed(vec![0; key.len()])),
        ("a key in the other encoding", keyed(EncodedVerifyingKey::ArkCompressed(ByteBuf::from(key.clone())))),
        ("no JSON", keyed(EncodedVerifyingKey::SnarkjsJson("{".to_owned()))),
        ("JSON that nests without end", keyed(EncodedVerifyingKey::SnarkjsJson(deep))),
    ] {
        unchanged.refused_as(
            what,
            block_on(dana.register_circuit(&arg)),
            |reason| matches!(reason, ProofReason::InvalidVerifyingKey(why) if !why.is_empty() && why.len() < 2_000),
        );
    }
    let anonymous = block_on(scene.anyone().proof_verifier().register_circuit(&good));
    unchanged.refused("the anonymous caller", anonymous, &ProofReason::Anonymous);
    let circuit = answered(scene.register_circuit()).expect("the good one is registered");
    let unchanged = Unchanged::from_now(&deployment);
    unchanged.refused("a circuit that exists", scene.register_circuit(), &ProofReason::CircuitExists(circuit.id));
    let unknown = ProofReason::UnknownCircuit(UNKNOWN_CIRCUIT);
    unchanged.refused("an unknown circuit", block_on(dana.circuit(UNKNOWN_CIRCUIT)), &unknown);
}

pub fn should_refuse_bad_proofs<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let mut scene = Scene::new(&deployment, random());
    scene.until_circuit().expect("a circuit");
    let good = scene.another_proof(b"a note").expect("a proof").submission;
    let of_another_note = scene.another_proof(b"another note").expect("a proof").submission;
    let of_the_same_note = scene.another_proof(b"a note").expect("a proof").submission;
    let alice = scene.as_(&scene.cast.alice).proof_verifier();
    let unchanged = Unchanged::from_now(&deployment);

    let bytes = proof_bytes(&good.proof);
    let proof =
        |bytes: Vec<u8>| SubmitArg { proof: EncodedProof::ArkUncompressed(ByteBuf::from(bytes)), ..good.clone() };
    let inputs = |public_inputs: Vec<FieldElement>| SubmitArg { public_inputs, ..good.clone() };
    let with_input = |index: usize, value: [u8; 32]| {
        let mut all = good.public_inputs.clone();
        all[index] = FieldElement(value);
        inputs(all)
    };
    let purpose = |purpose: String| SubmitArg { purpose, ..good.clone() };
    let mut cases = vec![
        ("no purpose", purpose(String::new()), bad_length("purpose", 0, MAX_PURPOSE_BYTES)),
        ("a long purpose", purpose("p".repeat(65)), bad_length("purpose", 65, MAX_PURPOSE_BYTES)),
        ("another purpose", purpose("vote".to_owned()), ProofReason::WrongDomain),
        (
            "an unknown circuit",
            SubmitArg { circuit: UNKNOWN_CIRCUIT, ..good.clone() },
            ProofReason::UnknownCircuit(UNKNOWN_CIRCUIT),
        ),
        (
            "another consumer",
            SubmitArg { consumer: deployment.ids.governance, ..good.clone() },
            ProofReason::WrongDomain,
        ),
        ("another context", SubmitArg { context: ContextId([9; 32]), ..good.clone() }, ProofReason::WrongContext),
        ("no inputs", inputs(Vec::new()), bad_length("public_inputs", 0, MAX_PUBLIC_INPUTS)),
        (
            "many inputs",
            inputs(vec![FieldElement([0; 32]); MAX_PUBLIC_INPUTS + 1]),
            bad_length("public_inputs", MAX_PUBLIC_INPUTS + 1, MAX_PUBLIC_INPUTS),
        ),
        (
            "an input too few",
            inputs(good.public_inputs[..3].to_vec()),
            ProofReason::WrongInputCount { expected: 4, actual: 3 },
        ),
        (
            "an input too many",
            inputs([good.public_inputs.as_slice(), &[FieldElement([0; 32])]].concat()),
            ProofReason::WrongInputCount { expected: 4, actual: 5 },
        ),
        ("another commitment", with_input(0, [0; 32]), ProofReason::InvalidProof),
        ("another nullifier", with_input(1, [0; 32]), ProofReason::InvalidProof),
        ("another context tag", with_input(2, [0; 32]), ProofReason::WrongContext),
        ("another signal", with_input(3, [0; 32]), ProofReason::WrongDomain),
        ("another note's proof", SubmitArg { proof: of_another_note.proof, ..good.clone() }, ProofReason::InvalidProof),
        ("no proof", proof(Vec::new()), bad_length("proof", 0, MAX_PROOF_BYTES)),
        (
            "a long proof",
            proof(vec![0; MAX_PROOF_BYTES + 1]),
            bad_length("proof", MAX_PROOF_BYTES + 1, MAX_PROOF_BYTES),
        ),
    ];
    for index in 0..4 {
        for value in [MODULUS, [0xff; 32]] {
            let expected = ProofReason::NonCanonicalInput { index: index as u32 };
            cases.push(("an input that is not canonical", with_input(index, value), expected));
        }
    }
    for (what, arg, expected) in cases {
        unchanged.refused(what, block_on(alice.submit(&arg)), &expected);
    }
    let mut off_curve = bytes.clone();
    off_curve[0] ^= 1;
    let encoded = |proof| SubmitArg { proof, ..good.clone() };
    for (what, arg) in [
        ("a truncated proof", proof(bytes[..255].to_vec())),
        ("a proof with something behind it", proof([bytes.as_slice(), &[0]].concat())),
        ("a point off the curve", proof(off_curve)),
        ("points at infinity", proof(vec![0; 256])),
        ("a proof in another encoding", encoded(EncodedProof::Evm(ByteBuf::from(bytes.clone())))),
        ("a proof cut to the other encoding", encoded(EncodedProof::ArkCompressed(ByteBuf::from(&bytes[..128])))),
        ("no JSON", encoded(EncodedProof::SnarkjsJson("}".to_owned()))),
        ("JSON that nests without end", encoded(EncodedProof::SnarkjsJson("[".repeat(MAX_PROOF_BYTES)))),
    ] {
        let is_malformed =
            |reason: &ProofReason| matches!(reason, ProofReason::MalformedProof(why) if why.len() < 2_000);
        let verify =
            VerifyArg { circuit: arg.circuit, public_inputs: arg.public_inputs.clone(), proof: arg.proof.clone() };
        unchanged.refused_as(what, block_on(alice.submit(&arg)), is_malformed);
        unchanged.refused_as(what, block_on(alice.verify(&verify)), is_malformed);
    }
    unchanged.refused(
        "the anonymous caller",
        block_on(scene.anyone().proof_verifier().submit(&good)),
        &ProofReason::Anonymous,
    );
    unchanged.refused(
        "another submitter",
        block_on(scene.as_(&scene.cast.mallory).proof_verifier().submit(&good)),
        &ProofReason::WrongDomain,
    );

    // As an update, which every node executes and nobody would pay for.
    let verify =
        VerifyArg { circuit: good.circuit, public_inputs: good.public_inputs.clone(), proof: good.proof.clone() };
    for sender in [scene.cast.alice.principal(), Principal::anonymous()] {
        let arg = encode_one(&verify).expect("encodes");
        let reply = deployment.backend.update(sender, deployment.ids.proof_verifier, "verify", &arg).expect("replies");
        let answer = decode_one::<Result<(), ProofError>>(&reply).expect("decodes");
        assert_eq!(answer.expect_err("refused").reason, Some(ProofReason::QueryOnly));
    }

    let receipt = answered(block_on(alice.submit(&good))).expect("the good one is accepted");
    let unchanged = Unchanged::from_now(&deployment);
    unchanged.refused("the same proof again", block_on(alice.submit(&good)), &ProofReason::AlreadyProven(receipt.id));
    unchanged.refused(
        "the same note with another commitment",
        block_on(alice.submit(&of_the_same_note)),
        &ProofReason::NullifierUsed(receipt.id),
    );
}

pub fn should_refuse_to_consume_what_is_not_expected<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let mut scene = Scene::new(&deployment, random());
    scene.until_circuit().expect("a circuit");
    let (receipt, mint, _) = scene.another_receipt(b"a note").expect("a receipt");
    let (late, late_mint, _) = scene.another_receipt(b"another note").expect("a receipt");
    let alice = scene.as_(&scene.cast.alice);
    let expected = ExpectedReceipt {
        circuit: deployment.prover.circuit_id(),
        context: scene.context(),
        submitter: scene.cast.alice.principal(),
        purpose: "mint".to_owned(),
    };
    let good = ConsumeArg { receipt, expected: expected.clone(), idempotency_key: Digest32([1; 32]) };
    let registry = deployment.called_by(deployment.ids.note_registry).proof_verifier();
    let unchanged = Unchanged::from_now(&deployment);
    for (caller, reason) in [
        (scene.anyone(), ProofReason::Anonymous),
        (alice, ProofReason::NotConsumer(deployment.ids.note_registry)),
        (deployment.called_by(deployment.ids.governance), ProofReason::NotConsumer(deployment.ids.note_registry)),
    ] {
        unchanged.refused("another consumer", block_on(caller.proof_verifier().consume(&good)), &reason);
    }
    let expecting = |expected: ExpectedReceipt| ConsumeArg { expected, ..good.clone() };
    let mismatch = |field: &str| ProofReason::ReceiptMismatch(field.to_owned());
    for (what, arg, reason) in [
        (
            "an unknown receipt",
            ConsumeArg { receipt: UNKNOWN_RECEIPT, ..good.clone() },
            ProofReason::UnknownReceipt(UNKNOWN_RECEIPT),
        ),
        (
            "another circuit",
            expecting(ExpectedReceipt { circuit: UNKNOWN_CIRCUIT, ..expected.clone() }),
            mismatch("circuit"),
        ),
        (
            "another context",
            expecting(ExpectedReceipt { context: ContextId([9; 32]), ..expected.clone() }),
            mismatch("context"),
        ),
        (
            "another submitter",
            expecting(ExpectedReceipt { submitter: Principal::anonymous(), ..expected.clone() }),
            mismatch("submitter"),
        ),
        (
            "another purpose",
            expecting(ExpectedReceipt { purpose: "vote".to_owned(), ..expected.clone() }),
            mismatch("purpose"),
        ),
        (
            "no purpose",
            expecting(ExpectedReceipt { purpose: String::new(), ..expected.clone() }),
            bad_length("expected.purpose", 0, MAX_PURPOSE_BYTES),
        ),
        (
            "a long purpose",
            expecting(ExpectedReceipt { purpose: "p".repeat(65), ..expected.clone() }),
            bad_length("expected.purpose", 65, MAX_PURPOSE_BYTES),
        ),
    ] {
        unchanged.refused(what, block_on(registry.consume(&arg)), &reason);
    }
    let unknown = ProofReason::UnknownReceipt(UNKNOWN_RECEIPT);
    unchanged.refused("an unknown receipt", block_on(registry.receipt(UNKNOWN_RECEIPT)), &unknown);
    unchanged.refused("a proof without a receipt", block_on(registry.proof(UNKNOWN_RECEIPT)), &unknown);

    answered(block_on(alice.note_registry().mint(&mint))).expect("mints");
    let unchanged = Unchanged::from_now(&deployment);
    unchanged.refused("a consumed receipt", block_on(registry.consume(&good)), &ProofReason::ReceiptConsumed);

    deployment.backend.advance(Duration::from_secs(RECEIPT_VALIDITY_SECONDS + 1));
    let expires_at = answered(block_on(registry.receipt(late))).expect("exists").expires_at;
    let expired = ConsumeArg { receipt: late, ..good };
    unchanged.refused(
        "a receipt that is over",
        block_on(registry.consume(&expired)),
        &ProofReason::ReceiptExpired(expires_at),
    );
    unchanged.refused_as("a mint with it", block_on(alice.note_registry().mint(&late_mint)), |reason| {
        matches!(reason, calisec_types::note_registry::NoteReason::ReceiptRefused(why) if why.contains("expired"))
    });
}

pub fn should_refuse_bad_rounds_and_aggregates<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let scene = Scene::new(&deployment, random());
    let (alice, bob) = (scene.as_(&scene.cast.alice).proof_verifier(), scene.as_(&scene.cast.bob).proof_verifier());
    let contributors = [&scene.cast.alice, &scene.cast.bob]
        .map(|member| Contributor { contributor: member.principal(), weight: 3 })
        .to_vec();
    let good = OpenRoundArg {
        context: scene.context(),
        label: "step".to_owned(),
        dimension: 2,
        closes_at: deployment.backend.now().plus_seconds(60),
        quorum: 2,
        contributors,
    };
    let unchanged = Unchanged::from_now(&deployment);
    let alone = OpenRoundArg { contributors: good.contributors[..1].to_vec(), ..good.clone() };
    let closed = OpenRoundArg { closes_at: Timestamp(0), ..good.clone() };
    for (what, arg) in [("one contributor", alone), ("a time in the past", closed)] {
        let refused = block_on(alice.open_round(&arg));
        unchanged.refused_as(what, refused, |reason| matches!(reason, ProofReason::InvalidRound(_)));
    }
    let unknown = ProofReason::UnknownRound(RoundId(1));
    unchanged.refused("an unknown round", block_on(alice.round(RoundId(1))), &unknown);

    let round = answered(block_on(alice.open_round(&good))).expect("opened").id;
    let mut random = random();
    let (first, commitment) = aggregate::commit(vec![1, 2], &mut random).expect("short");
    let commit = |bytes: &[u8]| CommitUpdateArg { round, commitment: ByteBuf::from(bytes) };
    answered(block_on(alice.commit_update(&commit(&commitment)))).expect("committed");
    let unchanged = Unchanged::from_now(&deployment);
    let taken = ProofReason::CommitmentTaken(scene.cast.alice.principal());
    unchanged.refused("somebody's commitment", block_on(bob.commit_update(&commit(&commitment))), &taken);
    for (what, bytes) in [("zeros", [0; 48]), ("ones", [0xff; 48])] {
        let refused = block_on(bob.commit_update(&commit(&bytes)));
        unchanged.refused_as(what, refused, |reason| matches!(reason, ProofReason::InvalidCommitment(_)));
    }
    let long = bad_length("commitment", 49, 48);
    unchanged.refused("a long commitment", block_on(bob.commit_update(&commit(&[1; 49]))), &long);
    let dana = scene.as_(&scene.cast.dana).proof_verifier();
    let stranger = block_on(dana.commit_update(&commit(&commitment)));
    unchanged.refused("a stranger's commitment", stranger, &ProofReason::NotContributor);
    let early = aggregate::sum(round, &[(3, &first)]).expect("fits");
    let open = ProofReason::RoundOpen { committed: 1, contributors: 2, quorum: 2, closes_at: good.closes_at };
    unchanged.refused("an aggregate too early", block_on(alice.post_aggregate(&early)), &open);

    let (second, commitment) = aggregate::commit(vec![-5, 7], &mut random).expect("short");
    answered(block_on(bob.commit_update(&commit(&commitment)))).expect("committed");
    let unchanged = Unchanged::from_now(&deployment);
    let honest = aggregate::sum(round, &[(3, &first), (3, &second)]).expect("fits");
    let publisher = ProofReason::NotPublisher(scene.cast.alice.principal());
    unchanged.refused("another publisher", block_on(bob.post_aggregate(&honest)), &publisher);
    let unweighted = aggregate::sum(round, &[(1, &first), (1, &second)]).expect("fits");
    for (what, wrong) in [("without weights", unweighted), ("without a contributor", early)] {
        unchanged.refused(what, block_on(alice.post_aggregate(&wrong)), &ProofReason::WrongAggregate);
    }
    let receipt = answered(block_on(alice.post_aggregate(&honest))).expect("accepted");
    assert_eq!((receipt.contributors, receipt.publisher), (2, scene.cast.alice.principal()));
}
