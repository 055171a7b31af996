//! What the canister checks of each kind of statement, and what a circuit's id says.

use crate::api::test_fixtures::{CONTEXT, Fixture, alice, bob, opening, reason, registration, registry};
use crate::api::tests::signals::semaphore;
use crate::api::{consume, register_circuit, submit};
use calisec_runtime::{Env, StubEnv};
use calisec_types::ids::{CircuitId, ContextId, Digest32, FieldElement};
use calisec_types::proof_verifier::{
    ConsumeArg, Curve, EncodedProof, EncodedVerifyingKey, ProofReason, RegisterCircuitArg, StatementKind, SubmitArg,
};
use calisec_zk::field::{Fr, to_be32};
use calisec_zk::groth16::simulator::Trapdoor;
use calisec_zk::statement::credential::attribute_tag;
use calisec_zk::statement::note_commitment::context_tag;
use calisec_zk::statement::{Domain, Purpose};
use serde_bytes::ByteBuf;

const PURPOSE: &str = "poll/7#yes";
const NOT_SEMAPHORE: &str = "Semaphore's key for depth 4 is another one: take the one of its ceremony, or register this one as \
                             OwnKeySignal";

fn domain(env: &StubEnv) -> Domain<'static> {
    Domain {
        network_root_key_hash: env.network(),
        proof_verifier: env.canister_self(),
        context_id: CONTEXT,
        consumer: registry(),
        submitter: env.caller(),
        purpose: Purpose::new(PURPOSE).expect("short"),
    }
}

fn submission(circuit: CircuitId, trapdoor: &Trapdoor, inputs: &[Fr]) -> SubmitArg {
    SubmitArg {
        circuit,
        context: CONTEXT,
        consumer: registry(),
        purpose: PURPOSE.to_owned(),
        public_inputs: inputs.iter().map(|input| FieldElement(to_be32(input))).collect(),
        proof: EncodedProof::ArkCompressed(ByteBuf::from(trapdoor.simulate(inputs, 1).to_compressed_bytes())),
    }
}

#[test]
fn should_check_domain_scope_and_nullifier_when_the_statement_has_a_name() {
    let attribute = attribute_tag("age");
    for (kind, predicate) in [
        (StatementKind::ContextMembership, vec![]),
        (StatementKind::CredentialRange, vec![attribute, Fr::from(18u64), Fr::from(u64::MAX)]),
        (StatementKind::CredentialSet, vec![attribute, Fr::from(5u64)]),
    ] {
        let mut fixture = Fixture::new();
        let trapdoor = Trapdoor::new(5 + predicate.len(), 3);
        let arg = RegisterCircuitArg { statement: kind, ..registration(&trapdoor) };
        let circuit = register_circuit(&mut fixture.state, &fixture.env, arg).expect("registered");
        assert_eq!((circuit.statement, circuit.curve, circuit.owner), (kind, Some(Curve::Bn254), alice()));
        let here = domain(&fixture.env);
        let inputs = |nullifier: u64, domain: &Domain<'_>, scope: Fr| {
            let root = Fr::from(10u64);
            let signal = domain.signal();
            let mut inputs = vec![root, Fr::from(nullifier), context_tag(&domain.context_id), signal, scope];
            inputs.extend(&predicate);
            inputs
        };
        let before = fixture.image();
        let elsewhere = Domain { context_id: ContextId([9; 32]), ..here };
        for (inputs, expected) in [
            (inputs(1, &elsewhere, here.scope()), ProofReason::WrongContext),
            (inputs(1, &Domain { submitter: bob(), ..here }, here.scope()), ProofReason::WrongDomain),
            (inputs(1, &here, elsewhere.scope()), ProofReason::WrongScope),
        ] {
            // The proof is a good one of these inputs.
            let arg = submission(circuit.id, &trapdoor, &inputs);
            assert_eq!(reason(submit(&mut fixture.state, &fixture.env, arg)), expected, "{kind:?}");
        }
        assert_eq!(fixture.image(), before);

        let arg = submission(circuit.id, &trapdoor, &inputs(1, &here, here.scope()));
        let issued = submit(&mut fixture.state, &fixture.env, arg).expect("issued");
        assert_eq!((issued.statement, issued.submitter), (kind, alice()));
        // Bob cannot act in the same scope with the same nullifier, nor Alice with another root.
        fixture.env.call_as(bob());
        let bobs = domain(&fixture.env);
        let arg = submission(circuit.id, &trapdoor, &inputs(1, &bobs, bobs.scope()));
        let refused = submit(&mut fixture.state, &fixture.env, arg);
        assert_eq!(reason(refused), ProofReason::NullifierUsed(issued.id));
        let arg = submission(circuit.id, &trapdoor, &inputs(2, &bobs, bobs.scope()));
        assert!(submit(&mut fixture.state, &fixture.env, arg).is_ok());
    }
}

#[test]
fn should_say_what_is_wrong_when_a_range_is_empty_or_wide() {
    let mut fixture = Fixture::new();
    let trapdoor = Trapdoor::new(8, 3);
    let arg = RegisterCircuitArg { statement: StatementKind::CredentialRange, ..registration(&trapdoor) };
    let circuit = register_circuit(&mut fixture.state, &fixture.env, arg).expect("registered").id;
    let here = domain(&fixture.env);
    for (low, high, expected) in [
        (Fr::from(2u64), Fr::from(1u64), "the range from 2 to 1 is empty"),
        (Fr::from(0u64), -Fr::from(1u64), "public input 7 is a bound that does not fit in 64 bits"),
    ] {
        let tag = context_tag(&here.context_id);
        let inputs =
            [Fr::from(1u64), Fr::from(2u64), tag, here.signal(), here.scope(), attribute_tag("age"), low, high];
        let refused = submit(&mut fixture.state, &fixture.env, submission(circuit, &trapdoor, &inputs));
        assert_eq!(reason(refused), ProofReason::MalformedStatement(expected.to_owned()));
    }
}

/// The attack: who registers somebody's key first says that its inputs mean nothing, so that proofs of any domain earn receipts
/// which the consumer takes for those of the circuit it pinned.
#[test]
fn should_not_confuse_a_consumer_when_its_key_was_registered_as_raw_before() {
    let mut fixture = Fixture::new();
    let trapdoor = Trapdoor::new(4, 44);
    let pinned = trapdoor.verifying_key().circuit_id();
    fixture.env.call_as(bob());
    let arg = RegisterCircuitArg { statement: StatementKind::Raw, ..registration(&trapdoor) };
    let raw = register_circuit(&mut fixture.state, &fixture.env, arg).expect("anybody may").id;
    assert_ne!(raw, pinned);

    // It is Alice's circuit all the same.
    fixture.env.call_as(alice());
    let registered = register_circuit(&mut fixture.state, &fixture.env, registration(&trapdoor)).expect("registered");
    assert_eq!((registered.id, registered.owner), (pinned, alice()));

    // Bob submits Alice's proof, which is bound to Alice, as a raw one.
    let claim = fixture.claim(&opening(1, 1));
    let stolen = submission(raw, &trapdoor, &claim.to_public_inputs());
    fixture.env.call_as(bob());
    let refused = submit(&mut fixture.state, &fixture.env, SubmitArg { circuit: pinned, ..stolen.clone() });
    assert_eq!(reason(refused), ProofReason::WrongDomain);
    let receipt = submit(&mut fixture.state, &fixture.env, stolen).expect("a raw receipt").id;
    fixture.env.call_as(registry());
    let expected =
        calisec_types::proof_verifier::ExpectedReceipt { circuit: pinned, submitter: bob(), ..fixture.expected() };
    let arg = ConsumeArg { receipt, expected, idempotency_key: Digest32([1; 32]) };
    let refused = consume(&mut fixture.state, &fixture.env, arg);
    assert_eq!(reason(refused), ProofReason::ReceiptMismatch("circuit".to_owned()));
}

#[test]
fn should_refuse_the_key_when_it_is_not_of_the_statement() {
    let mut fixture = Fixture::new();
    let before = fixture.image();
    let other = |text: &str| ProofReason::OtherStatement(text.to_owned());
    let signal = |depth| StatementKind::AnonymousSignal { depth };
    for (arg, expected) in [
        (RegisterCircuitArg { statement: signal(4), ..registration(&Trapdoor::new(4, 9)) }, other(NOT_SEMAPHORE)),
        (semaphore(5, signal(4)), other(NOT_SEMAPHORE)),
        (semaphore(4, signal(0)), other("Semaphore has circuits of the depths 1 to 32, not of 0")),
        (
            semaphore(4, StatementKind::NoteCommitment),
            other("this is Semaphore's key for depth 4: register it as AnonymousSignal of that depth"),
        ),
        (
            semaphore(4, StatementKind::OwnKeySignal),
            other("this is Semaphore's key for depth 4: register it as AnonymousSignal of that depth"),
        ),
        (semaphore(4, StatementKind::ContextMembership), ProofReason::StatementMismatch { expected: 5, actual: 4 }),
        (
            RegisterCircuitArg { statement: StatementKind::OwnKeySignal, ..registration(&Trapdoor::new(5, 9)) },
            ProofReason::StatementMismatch { expected: 4, actual: 5 },
        ),
    ] {
        assert_eq!(reason(register_circuit(&mut fixture.state, &fixture.env, arg)), expected);
    }
    assert_eq!(fixture.image(), before);
}

/// A verifying key that gnark wrote: that of SP1's wrapper circuit.
#[test]
fn should_register_a_key_when_gnark_wrote_it() {
    let mut fixture = Fixture::new();
    let bytes = include_bytes!("../../../../../libs/zk/tests/vectors/gnark/sp1_groth16_vk.bin");
    let arg = RegisterCircuitArg {
        name: "SP1".to_owned(),
        statement: StatementKind::Raw,
        curve: Curve::Bn254,
        verifying_key: EncodedVerifyingKey::GnarkCompressed(ByteBuf::from(bytes)),
        ceremony: None,
    };
    let cut = EncodedVerifyingKey::GnarkCompressed(ByteBuf::from(&bytes[..bytes.len() - 1]));
    let refused =
        register_circuit(&mut fixture.state, &fixture.env, RegisterCircuitArg { verifying_key: cut, ..arg.clone() });
    assert!(matches!(reason(refused), ProofReason::InvalidVerifyingKey(_)));
    let wrong = EncodedVerifyingKey::GnarkRaw(ByteBuf::from(bytes));
    let refused =
        register_circuit(&mut fixture.state, &fixture.env, RegisterCircuitArg { verifying_key: wrong, ..arg.clone() });
    assert!(matches!(reason(refused), ProofReason::InvalidVerifyingKey(_)));
    let circuit = register_circuit(&mut fixture.state, &fixture.env, arg).expect("registered");
    assert_eq!((circuit.statement, circuit.name.as_str()), (StatementKind::Raw, "SP1"));
}
