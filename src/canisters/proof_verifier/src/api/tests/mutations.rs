//! Whatever is changed about a proof, an input or a key, nothing is accepted; except another proof of the same statement, which
//! anybody can make of a Groth16 proof, and which earns nothing.

use crate::api::test_fixtures::{Fixture, alice, opening, reason, registration, registry};
use crate::api::{register_circuit, submit, submit_many};
use calisec_types::ids::{CircuitId, ContextId, FieldElement};
use calisec_types::proof_verifier::{
    EncodedProof, EncodedVerifyingKey, ProofReason, RegisterCircuitArg, StatementKind, SubmitArg, SubmitManyArg,
    VerifyArg,
};
use calisec_zk::groth16::simulator::Trapdoor;
use proptest::prelude::{Just, Strategy, any};
use proptest::sample::Index;
use proptest::test_runner::Config;
use proptest::{prop_assert, prop_assert_eq, prop_oneof, proptest};
use serde_bytes::ByteBuf;

/// One change of one byte, cut or addition.
#[derive(Clone, Debug)]
enum Mutation {
    Flip(Index, u8),
    Cut(Index),
    Append(u8),
    Swap(Index, Index),
}

fn any_mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        6 => (any::<Index>(), 1..=255u8).prop_map(|(at, mask)| Mutation::Flip(at, mask)),
        1 => any::<Index>().prop_map(Mutation::Cut),
        1 => any::<u8>().prop_map(Mutation::Append),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Mutation::Swap(one, other)),
    ]
}

fn mutated(bytes: &[u8], mutation: &Mutation) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    match mutation {
        Mutation::Flip(at, mask) => {
            let at = at.index(bytes.len());
            bytes[at] ^= mask;
        }
        Mutation::Cut(at) => bytes.truncate(at.index(bytes.len())),
        Mutation::Append(byte) => bytes.push(*byte),
        Mutation::Swap(one, other) => {
            let (one, other) = (one.index(bytes.len()), other.index(bytes.len()));
            bytes.swap(one, other);
        }
    }
    bytes
}

type Encode = fn(Vec<u8>) -> EncodedProof;

/// The encodings in which a proof may come, with what an honest one looks like.
fn any_encoding() -> impl Strategy<Value = Encode> {
    prop_oneof![
        Just((|bytes| EncodedProof::ArkCompressed(ByteBuf::from(bytes))) as Encode),
        Just((|bytes| EncodedProof::ArkUncompressed(ByteBuf::from(bytes))) as Encode),
        Just((|bytes| EncodedProof::GnarkCompressed(ByteBuf::from(bytes))) as Encode),
        Just((|bytes| EncodedProof::GnarkRaw(ByteBuf::from(bytes))) as Encode),
        Just((|bytes| EncodedProof::Evm(ByteBuf::from(bytes))) as Encode),
        Just((|bytes| EncodedProof::Stark(ByteBuf::from(bytes))) as Encode),
    ]
}

proptest! {
    #![proptest_config(Config { cases: 48, ..Config::default() })]

    #[test]
    fn should_issue_nothing_when_any_byte_of_a_proof_is_another(
        mutation in any_mutation(), compressed: bool, encode in any_encoding(), as_it_is: bool,
    ) {
        let mut fixture = Fixture::new();
        let claim = fixture.claim(&opening(1, 1));
        let simulated = fixture.trapdoor.simulate(&claim.to_public_inputs(), 1);
        let good = if compressed { simulated.to_compressed_bytes() } else { simulated.to_uncompressed_bytes() };
        let bytes = mutated(&good, &mutation);
        let honest = if compressed { EncodedProof::ArkCompressed } else { EncodedProof::ArkUncompressed };
        let proof = if as_it_is { honest(ByteBuf::from(bytes.clone())) } else { encode(bytes.clone()) };
        let arg = SubmitArg { proof, ..fixture.submission(&claim, 1) };
        if arg.proof == honest(ByteBuf::from(good.clone())) {
            // Nothing was changed: two equal bytes were swapped.
            return Ok(());
        }
        let before = fixture.state.certified_root();
        let verify = VerifyArg {
            circuit: arg.circuit, public_inputs: arg.public_inputs.clone(), proof: arg.proof.clone(),
        };
        prop_assert!(fixture.verify(&verify).is_err());
        prop_assert!(submit(&mut fixture.state, &fixture.env, arg.clone()).is_err());
        let answers = submit_many(&mut fixture.state, &fixture.env, SubmitManyArg { submissions: vec![arg] });
        prop_assert!(answers.expect("looked at")[0].is_err());
        prop_assert_eq!(fixture.state.certified_root(), before);
    }

    #[test]
    fn should_issue_nothing_when_anything_that_is_proved_is_another(
        field in 0..7usize, mutation in any_mutation(), input in any::<Index>(),
    ) {
        let mut fixture = Fixture::new();
        let claim = fixture.claim(&opening(1, 1));
        let good = fixture.submission(&claim, 1);
        let id = |bytes: &[u8; 32]| <[u8; 32]>::try_from(mutated(bytes, &mutation));
        let mut arg = good.clone();
        match field {
            0 => arg.circuit = id(&good.circuit.0).map_or(CircuitId([0; 32]), CircuitId),
            1 => arg.context = id(&good.context.0).map_or(ContextId([0; 32]), ContextId),
            2 => arg.consumer = alice(),
            3 => arg.purpose = String::from_utf8_lossy(&mutated(good.purpose.as_bytes(), &mutation)).into_owned(),
            4 => drop(arg.public_inputs.pop()),
            5 => arg.public_inputs.swap(0, 1 + input.index(3)),
            _ => {
                let index = input.index(4);
                let changed = id(&good.public_inputs[index].0);
                arg.public_inputs[index] = changed.map_or(FieldElement([0; 32]), FieldElement);
            }
        }
        if arg == good {
            return Ok(());
        }
        let before = fixture.state.certified_root();
        prop_assert!(submit(&mut fixture.state, &fixture.env, arg.clone()).is_err());
        let answers = submit_many(&mut fixture.state, &fixture.env, SubmitManyArg { submissions: vec![arg] });
        prop_assert!(answers.expect("looked at")[0].is_err());
        prop_assert_eq!(fixture.state.certified_root(), before);
    }

    /// A changed key is refused, or it is another circuit, for which the proof does not verify.
    #[test]
    fn should_accept_no_proof_when_any_byte_of_its_key_is_another(mutation in any_mutation(), compressed: bool) {
        let mut fixture = Fixture::new();
        let trapdoor = Trapdoor::new(4, 8);
        let key = trapdoor.verifying_key().to_canonical_bytes();
        let bytes = ByteBuf::from(mutated(&key, &mutation));
        let is_changed = bytes != key;
        let verifying_key = if compressed {
            EncodedVerifyingKey::ArkCompressed(bytes)
        } else {
            EncodedVerifyingKey::ArkUncompressed(bytes)
        };
        let arg = RegisterCircuitArg { verifying_key, ..registration(&trapdoor) };
        let before = fixture.state.certified_root();
        let Ok(circuit) = register_circuit(&mut fixture.state, &fixture.env, arg) else {
            prop_assert!(is_changed || compressed);
            prop_assert_eq!(fixture.state.certified_root(), before);
            return Ok(());
        };
        prop_assert_eq!(circuit.id != trapdoor.verifying_key().circuit_id(), is_changed);
        let claim = fixture.claim(&opening(1, 1));
        let proof = trapdoor.simulate(&claim.to_public_inputs(), 1).to_compressed_bytes();
        let proof = EncodedProof::ArkCompressed(ByteBuf::from(proof));
        let arg = SubmitArg { circuit: circuit.id, proof, ..fixture.submission(&claim, 1) };
        let issued = submit(&mut fixture.state, &fixture.env, arg);
        if is_changed {
            prop_assert_eq!(reason(issued), ProofReason::InvalidProof);
        } else {
            prop_assert!(issued.is_ok());
        }
    }

    /// Whoever has one Groth16 proof makes others of it. Here the set-up's secrets make them, which covers all of them.
    #[test]
    fn should_earn_one_receipt_when_a_statement_is_proved_in_any_way(
        seeds in proptest::collection::vec(any::<u64>(), 1..6), together: bool,
    ) {
        for kind in [StatementKind::NoteCommitment, StatementKind::Raw] {
            let mut fixture = Fixture::new();
            let mut circuit = fixture.circuit;
            if kind == StatementKind::Raw {
                let arg = RegisterCircuitArg { statement: kind, ..registration(&fixture.trapdoor) };
                circuit = register_circuit(&mut fixture.state, &fixture.env, arg).expect("registered").id;
            }
            let claim = fixture.claim(&opening(1, 1));
            let proofs: Vec<SubmitArg> = seeds
                .iter()
                .map(|seed| SubmitArg { circuit, consumer: registry(), ..fixture.submission(&claim, *seed) })
                .collect();
            let answers: Vec<_> = if together {
                let arg = SubmitManyArg { submissions: proofs };
                submit_many(&mut fixture.state, &fixture.env, arg).expect("looked at")
            } else {
                proofs.into_iter().map(|arg| submit(&mut fixture.state, &fixture.env, arg)).collect()
            };
            let issued = answers[0].clone().expect("the first").id;
            for again in answers.into_iter().skip(1) {
                prop_assert_eq!(reason(again), ProofReason::AlreadyProven(issued));
            }
        }
    }
}
