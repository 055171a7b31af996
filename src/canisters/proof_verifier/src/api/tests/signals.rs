//! Anonymous signals: with Semaphore's keys, and with keys of others, who may lie.

use crate::api::test_fixtures::{START, alice, bob, open, reason, registration};
use crate::api::{consume, register_circuit, set_circuit_status, submit};
use crate::state::State;
use calisec_runtime::{Env, StubEnv};
use calisec_types::ids::{CircuitId, ContextId, Digest32, FieldElement};
use calisec_types::proof_verifier::{
    CircuitStatus, ConsumeArg, Curve, EncodedProof, EncodedVerifyingKey, ExpectedReceipt, ProofReason,
    RegisterCircuitArg, SetCircuitStatusArg, StatementKind, SubmitArg,
};
use calisec_zk::field::{Fr, parse_be32, to_be32};
use calisec_zk::groth16::parse_public_json;
use calisec_zk::groth16::simulator::Trapdoor;
use calisec_zk::statement::anonymous_signal::{AnonymousSignal, canonical_key, circuit_id};
use calisec_zk::statement::{Domain, Purpose, Statement};
use candid::Principal;
use ic_stable_structures::DefaultMemoryImpl;
use serde_bytes::ByteBuf;
use serde_json::Value;

const OF_DEPTH_4: StatementKind = StatementKind::AnonymousSignal { depth: 4 };

/// Registers a key of Semaphore's as some statement.
pub fn semaphore(depth: u8, statement: StatementKind) -> RegisterCircuitArg {
    RegisterCircuitArg {
        name: "semaphore".to_owned(),
        statement,
        curve: Curve::Bn254,
        verifying_key: EncodedVerifyingKey::ArkUncompressed(ByteBuf::from(canonical_key(depth).expect("a depth"))),
        ceremony: Some(Digest32([5; 32])),
    }
}

/// An empty canister that Alice calls, and the proof that npm's `@semaphore-protocol/proof` made for use there by somebody else,
/// see `anonymous_signal/tests.rs` of the library.
struct Scene {
    state: State,
    env: StubEnv,
    submitter: Principal,
    /// For Semaphore's circuit of depth 4.
    proved: SubmitArg,
}

impl Scene {
    fn new() -> Self {
        let vectors: Value =
            serde_json::from_str(include_str!("../../../../../libs/zk/src/statement/anonymous_signal/vectors.json"))
                .expect("JSON");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let bytes = |value: &Value| hex::decode(text(value)).expect("hexadecimal");
        let word = |value: &Value| <[u8; 32]>::try_from(bytes(value)).expect("32 bytes");
        let principal = |value: &Value| Principal::from_slice(&bytes(value));
        let domain = &vectors["domain"];
        let mut env = StubEnv::new(principal(&domain["proof_verifier"]), alice(), START);
        env.network = Digest32(word(&domain["network_root_key_hash"]));
        let inputs = vectors["public_inputs"].as_array().expect("a list");
        let proved = SubmitArg {
            circuit: circuit_id(4).expect("a depth"),
            context: ContextId(word(&domain["context_id"])),
            consumer: principal(&domain["consumer"]),
            purpose: text(&domain["purpose"]),
            public_inputs: inputs.iter().map(|input| FieldElement(word(input))).collect(),
            proof: EncodedProof::Evm(ByteBuf::from(bytes(&vectors["evm_proof"]))),
        };
        let state = open(&DefaultMemoryImpl::default());
        Self { state, env, submitter: principal(&domain["submitter"]), proved }
    }

    /// Registers a key that whoever calls made, and can therefore forge proofs of.
    fn register(&mut self, key: &Trapdoor, statement: StatementKind) -> CircuitId {
        let arg = RegisterCircuitArg { statement, ..registration(key) };
        register_circuit(&mut self.state, &self.env, arg).expect("registered").id
    }

    /// A forged signal of whoever calls, with the group and the nullifier of the proof of Semaphore's.
    fn forged(&self, key: &Trapdoor, circuit: CircuitId) -> SubmitArg {
        let proved = &self.proved;
        let domain = Domain {
            network_root_key_hash: self.env.network(),
            proof_verifier: self.env.canister_self(),
            context_id: proved.context,
            consumer: proved.consumer,
            submitter: self.env.caller(),
            purpose: Purpose::new(&proved.purpose).expect("short"),
        };
        let [root, nullifier] = [0, 1].map(|at| parse_be32(&proved.public_inputs[at].0).expect("canonical"));
        let inputs: Vec<Fr> = AnonymousSignal::new(root, nullifier, &domain).inputs();
        SubmitArg {
            circuit,
            public_inputs: inputs.iter().map(|input| FieldElement(to_be32(input))).collect(),
            proof: EncodedProof::ArkCompressed(ByteBuf::from(key.simulate(&inputs, 1).to_compressed_bytes())),
            ..proved.clone()
        }
    }
}

#[test]
fn should_issue_a_receipt_when_semaphore_made_the_proof() {
    let Scene { mut state, env, submitter, proved } = Scene::new();
    let circuit = register_circuit(&mut state, &env, semaphore(4, OF_DEPTH_4)).expect("registered");
    assert_eq!((Ok(circuit.id), circuit.ceremony), (circuit_id(4), Some(Digest32([5; 32]))));

    // It is nobody's: who registered it cannot take it from the others.
    assert_eq!(circuit.owner, env.canister_self());
    let deprecate = SetCircuitStatusArg { circuit: circuit.id, status: CircuitStatus::Deprecated };
    assert_eq!(reason(set_circuit_status(&mut state, &env, deprecate)), ProofReason::NotAuthorised);

    assert_eq!(reason(submit(&mut state, &env, proved.clone())), ProofReason::WrongDomain);
    env.call_as(submitter);
    let elsewhere = SubmitArg { consumer: bob(), ..proved.clone() };
    assert_eq!(reason(submit(&mut state, &env, elsewhere)), ProofReason::WrongDomain);
    let issued = submit(&mut state, &env, proved.clone()).expect("issued");
    assert_eq!((issued.statement, issued.circuit), (OF_DEPTH_4, circuit.id));
    assert_eq!(reason(submit(&mut state, &env, proved)), ProofReason::AlreadyProven(issued.id));
}

/// Semaphore's circuit in circom with a key of its own, as `docs/bring-your-own-circuit.md` makes it, and snarkjs's proof.
#[test]
fn should_issue_a_receipt_when_snarkjs_proved_semaphores_circuit_with_another_key() {
    let claim: Value = serde_json::from_str(include_str!("../../../../../../docs/circom/claim.json")).expect("JSON");
    let text = |name: &str| claim[name].as_str().expect("a text");
    let word = |name: &str| <[u8; 32]>::try_from(hex::decode(text(name)).expect("hexadecimal")).expect("32 bytes");
    let principal = |name: &str| Principal::from_text(text(name)).expect("a principal");
    let mut state = open(&DefaultMemoryImpl::default());
    let mut env = StubEnv::new(principal("proof_verifier"), alice(), START);
    env.network = Digest32(word("network_root_key_hash"));
    let key = include_str!("../../../../../libs/zk/tests/vectors/circom/own_key_signal/verification_key.json");
    let arg = |statement| RegisterCircuitArg {
        name: "circom".to_owned(),
        statement,
        curve: Curve::Bn254,
        verifying_key: EncodedVerifyingKey::SnarkjsJson(key.to_owned()),
        ceremony: None,
    };
    let as_semaphores = register_circuit(&mut state, &env, arg(StatementKind::AnonymousSignal { depth: 8 }));
    assert!(matches!(reason(as_semaphores), ProofReason::OtherStatement(_)));
    let circuit = register_circuit(&mut state, &env, arg(StatementKind::OwnKeySignal)).expect("registered").id;

    let public = include_str!("../../../../../libs/zk/tests/vectors/circom/own_key_signal/public.json");
    let proof = include_str!("../../../../../libs/zk/tests/vectors/circom/own_key_signal/proof.json");
    let submission = SubmitArg {
        circuit,
        context: ContextId(word("context_id")),
        consumer: principal("consumer"),
        purpose: text("purpose").to_owned(),
        public_inputs: parse_public_json::<Fr>(public)
            .expect("canonical")
            .to_be32()
            .into_iter()
            .map(FieldElement)
            .collect(),
        proof: EncodedProof::SnarkjsJson(proof.to_owned()),
    };
    assert_eq!(reason(submit(&mut state, &env, submission.clone())), ProofReason::WrongDomain);
    env.call_as(principal("submitter"));
    let issued = submit(&mut state, &env, submission.clone()).expect("issued");
    assert_eq!((issued.statement, issued.circuit), (StatementKind::OwnKeySignal, circuit));
    assert_eq!(reason(submit(&mut state, &env, submission)), ProofReason::AlreadyProven(issued.id));
}

#[test]
fn should_be_its_owners_and_of_its_own_id_when_the_key_is_none_of_semaphores() {
    let mut scene = Scene::new();
    let key = Trapdoor::new(4, 9);
    // The attack: a key of as many inputs as a note's commitment is registered as that, and as raw, before and after.
    let note = scene.register(&key, StatementKind::NoteCommitment);
    let signal = scene.register(&key, StatementKind::OwnKeySignal);
    let raw = scene.register(&key, StatementKind::Raw);
    assert!(note != signal && signal != raw && raw != note);
    assert_eq!(note, key.verifying_key().circuit_id());
    let again = RegisterCircuitArg { statement: StatementKind::OwnKeySignal, ..registration(&key) };
    let refused = register_circuit(&mut scene.state, &scene.env, again);
    assert_eq!(reason(refused), ProofReason::CircuitExists(signal));

    // One proof, three circuits: it says something in the one of its statement alone, and the raw receipt is another's.
    let forged = scene.forged(&key, signal);
    let as_note = SubmitArg { circuit: note, ..forged.clone() };
    assert_eq!(reason(submit(&mut scene.state, &scene.env, as_note)), ProofReason::WrongContext);
    let as_raw = SubmitArg { circuit: raw, ..forged.clone() };
    let as_raw = submit(&mut scene.state, &scene.env, as_raw).expect("raw");
    let issued = submit(&mut scene.state, &scene.env, forged).expect("issued");
    assert_eq!((issued.statement, issued.circuit), (StatementKind::OwnKeySignal, signal));
    assert_eq!(as_raw.statement, StatementKind::Raw);

    // Who registered it deprecates it, and nobody else.
    let deprecate = SetCircuitStatusArg { circuit: signal, status: CircuitStatus::Deprecated };
    scene.env.call_as(bob());
    assert_eq!(reason(set_circuit_status(&mut scene.state, &scene.env, deprecate.clone())), ProofReason::NotAuthorised);
    scene.env.call_as(alice());
    let circuit = set_circuit_status(&mut scene.state, &scene.env, deprecate).expect("deprecates");
    assert_eq!((circuit.owner, circuit.status), (alice(), CircuitStatus::Deprecated));
}

/// The attack: Alice saw the nullifier of a proof of Semaphore's on its way, and forges one with a key of hers to be there first; and
/// afterwards, to hand out the same signal anew.
#[test]
fn should_use_up_no_nullifier_of_semaphores_when_a_proof_is_forged_with_another_key() {
    let mut scene = Scene::new();
    let (key, other) = (Trapdoor::new(4, 9), Trapdoor::new(4, 10));
    register_circuit(&mut scene.state, &scene.env, semaphore(4, OF_DEPTH_4)).expect("registered");
    let own = scene.register(&key, StatementKind::OwnKeySignal);
    let forged = scene.forged(&key, own);
    let first = submit(&mut scene.state, &scene.env, forged).expect("her own circuit").id;

    // The member is not kept from signalling.
    scene.env.call_as(scene.submitter);
    let issued = submit(&mut scene.state, &scene.env, scene.proved.clone()).expect("issued");
    assert_eq!(issued.statement, OF_DEPTH_4);

    // In a circuit of one's own the nullifier counts once, whoever calls.
    let again = scene.forged(&key, own);
    assert_eq!(reason(submit(&mut scene.state, &scene.env, again)), ProofReason::NullifierUsed(first));
    let elsewhere = scene.register(&other, StatementKind::OwnKeySignal);
    let forged = scene.forged(&other, elsewhere);
    let second = submit(&mut scene.state, &scene.env, forged).expect("another circuit").id;

    // A proof by another key is none by Semaphore's, and no receipt of it is one of Semaphore's circuit.
    scene.env.call_as(alice());
    let as_semaphores = scene.forged(&key, issued.circuit);
    assert_eq!(reason(submit(&mut scene.state, &scene.env, as_semaphores)), ProofReason::NullifierUsed(issued.id));
    scene.env.call_as(scene.proved.consumer);
    for (receipt, submitter) in [(first, alice()), (second, scene.submitter)] {
        let (context, purpose) = (scene.proved.context, scene.proved.purpose.clone());
        let expected = ExpectedReceipt { circuit: issued.circuit, context, submitter, purpose };
        let arg = ConsumeArg { receipt, expected, idempotency_key: Digest32([1; 32]) };
        let refused = consume(&mut scene.state, &scene.env, arg);
        assert_eq!(reason(refused), ProofReason::ReceiptMismatch("circuit".to_owned()));
    }
}

#[test]
fn should_refuse_a_signal_of_an_own_key_when_any_part_of_its_domain_is_another() {
    let mut scene = Scene::new();
    let key = Trapdoor::new(4, 9);
    let own = scene.register(&key, StatementKind::OwnKeySignal);
    let forged = scene.forged(&key, own);
    let purpose = |text: &str| text.to_owned();
    for (arg, expected) in [
        (SubmitArg { consumer: bob(), ..forged.clone() }, ProofReason::WrongDomain),
        (SubmitArg { context: ContextId([9; 32]), ..forged.clone() }, ProofReason::WrongDomain),
        (SubmitArg { purpose: purpose("poll/7#no"), ..forged.clone() }, ProofReason::WrongDomain),
        (SubmitArg { purpose: purpose("poll/8#yes"), ..forged.clone() }, ProofReason::WrongDomain),
    ] {
        assert_eq!(reason(submit(&mut scene.state, &scene.env, arg)), expected);
    }
    scene.env.call_as(bob());
    assert_eq!(reason(submit(&mut scene.state, &scene.env, forged.clone())), ProofReason::WrongDomain);
    // A scope of one's own would have a nullifier of its own: the proof is a good one of these inputs.
    scene.env.call_as(alice());
    let mut inputs = [0, 1, 2, 3].map(|at| parse_be32::<Fr>(&forged.public_inputs[at].0).expect("canonical"));
    inputs[3] += Fr::from(1u64);
    let proof = EncodedProof::ArkCompressed(ByteBuf::from(key.simulate(&inputs, 1).to_compressed_bytes()));
    let public_inputs = inputs.iter().map(|input| FieldElement(to_be32(input))).collect();
    let own_scope = SubmitArg { public_inputs, proof, ..forged.clone() };
    assert_eq!(reason(submit(&mut scene.state, &scene.env, own_scope)), ProofReason::WrongScope);
    assert!(submit(&mut scene.state, &scene.env, forged).is_ok());
}
