//! Membership and credentials, from keys to verified proofs.

use crate::{
    Random,
    circuit::{AnonymousSignalCircuit, Depth, PathTooLong},
    commitment::{NoteOpening, OwnerSecret},
    prover::{
        CredentialRangeKey, CredentialSetKey, MalformedProvingKey, MembershipKey, ProverError, SignalKey,
        VerificationError, verify,
    },
    semaphore::tests::{groups, identities},
};
use ark_bn254::{Bn254, Fr, G1Affine};
use ark_ec::AffineRepr;
use ark_groth16::{Groth16, ProvingKey};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use ark_snark::SNARK;
use calisec_types::{ids::Digest32, proof_verifier::StatementKind};
use calisec_zk::{
    field::parse_be32,
    groth16::PreparedKey,
    merkle::{Head, Path},
    statement::{
        Domain, KeyOfOtherStatement, Statement,
        anonymous_signal::{self, AnonymousSignal},
        circuit_id,
        context_membership::{ContextMembership, Leaf, member_tag},
        credential::{AllowedSet, Credential, CredentialRange, Range, SetMembershipError, attribute_tag, number, text},
    },
};
use std::{collections::BTreeMap, sync::LazyLock};

static MEMBERSHIP: LazyLock<MembershipKey> =
    LazyLock::new(|| MembershipKey::setup(depth(3), &mut Random::from_seed([1; 32])).unwrap());

fn depth(levels: u8) -> Depth {
    Depth::new(levels).unwrap()
}

fn domain() -> Domain<'static> {
    super::domain()
}

fn member(index: u64) -> Leaf {
    Leaf { content_tag: member_tag(), owner_secret: Fr::from(100 + index), salt: Fr::from(200 + index) }
}

fn path(leaves: &[Fr], leaf: u64) -> Path {
    let (mut nodes, mut tree) = (BTreeMap::new(), Head::EMPTY);
    tree.append_all(&mut nodes, leaves).unwrap();
    tree.path(&nodes, leaf).unwrap()
}

fn members(count: u64) -> Vec<Fr> {
    (0..count).map(|index| member(index).commitment(&domain().context_id)).collect()
}

fn credential(attribute: &str, value: Fr) -> Credential {
    Credential { holder_secret: Fr::from(5u64), attribute_tag: attribute_tag(attribute), value, salt: Fr::from(6u64) }
}

#[test]
fn should_verify_when_a_member_proves_membership_in_trees_up_to_the_depth() {
    let mut random = Random::from_seed([2; 32]);
    for (size, index) in [(1, 0), (5, 4), (8, 3)] {
        let leaves = members(size);
        let proof = MEMBERSHIP.prove(&member(index), &path(&leaves, index), &domain(), &mut random).unwrap();
        let verified = verify(MEMBERSHIP.prepared(), &proof.to_submit_arg()).unwrap();
        assert_eq!(verified.receipt_id(), proof.receipt_id());
        let claim = ContextMembership::parse(verified.inputs().elements()).unwrap();
        assert_eq!((claim, claim.check(&domain())), (*proof.claim(), Ok(())));
    }
    let deep = MEMBERSHIP.prove(&member(8), &path(&members(16), 8), &domain(), &mut random);
    assert!(matches!(deep, Err(ProverError::TooDeep(PathTooLong { length: 4, levels: 3 }))));
}

#[test]
fn should_verify_when_the_owner_of_a_note_proves_that_it_is_in_the_tree() {
    let mut random = Random::from_seed([3; 32]);
    let opening = NoteOpening::new(Digest32([9; 32]), &OwnerSecret::random(&mut random), &mut random);
    let minted = opening.claim(&domain());
    let path = path(&[members(1).as_slice(), &[minted.commitment]].concat(), 1);
    let proof = MEMBERSHIP.prove_note(&opening, &path, &domain(), &mut random).unwrap();
    assert_eq!(proof.claim().root, path.root_of(minted.commitment));
    assert_ne!(proof.claim().nullifier, minted.nullifier);
}

#[test]
fn should_refuse_when_any_input_of_a_membership_proof_is_another() {
    let proof = MEMBERSHIP.prove(&member(1), &path(&members(2), 1), &domain(), &mut Random::from_seed([2; 32]));
    let honest = proof.unwrap().to_submit_arg();
    assert_eq!(honest.public_inputs.len(), 5);
    for index in 0..5 {
        let mut changed = honest.clone();
        changed.public_inputs[index].0[31] ^= 1;
        assert!(verify(MEMBERSHIP.prepared(), &changed).is_err(), "input {index}");
    }
}

#[test]
fn should_verify_when_a_member_of_a_group_of_semaphores_library_signals() {
    let mut random = Random::from_seed([6; 32]);
    let key = SignalKey::setup(depth(3), &mut random).unwrap();
    let (identities, groups) = (identities(), groups());
    for (group, member) in [(0, 0), (2, 4), (3, 5)] {
        let path = &groups[group].paths[member];
        let proof = key.prove(&identities[member], path, &domain(), &mut random).unwrap();
        let verified = verify(key.prepared(), &proof.to_submit_arg()).unwrap();
        assert_eq!((verified.receipt_id(), verified.circuit()), (proof.receipt_id(), key.circuit_id()));
        let claim = AnonymousSignal::parse(verified.inputs().elements()).unwrap();
        assert_eq!((claim.root, claim.check(&domain())), (groups[group].root, Ok(())));
        for index in 0..4 {
            let mut changed = proof.to_submit_arg();
            changed.public_inputs[index].0[31] ^= 1;
            assert!(matches!(verify(key.prepared(), &changed), Err(VerificationError::Rejected(_))), "input {index}");
        }
    }
    // Whose circuit it is, its id says: not a note's commitment, and not Semaphore's.
    let hash = key.verifying_key().circuit_id();
    assert_eq!(Ok(key.circuit_id()), circuit_id(StatementKind::OwnKeySignal, hash, 4));
    assert_ne!(key.circuit_id(), hash);
    assert_eq!(key.to_register_arg("signals", None).statement, StatementKind::OwnKeySignal);
    let decoded = SignalKey::from_bytes(&key.to_bytes().unwrap()).unwrap();
    assert_eq!((decoded.depths(), decoded.circuit_id()), ([depth(3)], key.circuit_id()));
}

/// The attack: whoever hands out the proving key takes out what blinds proofs. The verifying key, hence the circuit, is the same, and
/// proofs verify; but their first point is a function of the witness, so that two of one member are recognised.
#[test]
fn should_refuse_a_proving_key_when_its_proofs_would_tell_who_made_them() {
    let mut random = Random::from_seed([7; 32]);
    let key = SignalKey::setup(depth(1), &mut random).unwrap();
    let (identity, path) = (&identities()[1], &groups()[1].paths[1]);
    let claim = identity.claim(path, &domain());
    let circuit = AnonymousSignalCircuit::new(depth(1), claim, identity, path).unwrap();
    let bytes = key.to_bytes().unwrap();
    let mut ark = ProvingKey::<Bn254>::deserialize_uncompressed(&bytes[2..]).unwrap();
    let mut first_points = |ark: &ProvingKey<Bn254>| {
        [(); 2].map(|()| {
            let proof = Groth16::<Bn254>::prove(ark, circuit.clone(), &mut random).unwrap();
            assert!(Groth16::<Bn254>::verify(&ark.vk, &claim.inputs(), &proof).unwrap());
            proof.a
        })
    };
    let [one, other] = first_points(&ark);
    assert_ne!(one, other);
    let none = G1Affine::zero();
    (ark.delta_g1, ark.beta_g1) = (none, none);
    ark.b_g1_query.fill(none);
    let [one, other] = first_points(&ark);
    assert_eq!(one, other, "proofs verify, and are recognised");

    let mut altered = bytes[..2].to_vec();
    ark.serialize_uncompressed(&mut altered).unwrap();
    assert_eq!(altered.len(), bytes.len());
    assert!(matches!(SignalKey::from_bytes(&altered).map(|_| ()), Err(MalformedProvingKey::Unblinded)));
}

#[test]
fn should_have_no_key_of_its_own_when_it_is_semaphores() {
    let semaphore = |kind| {
        let key = PreparedKey::new(&anonymous_signal::verifying_key(20).unwrap()).unwrap();
        key.of_statement(kind).map(|key| key.circuit())
    };
    assert_eq!(semaphore(StatementKind::OwnKeySignal), Err(KeyOfOtherStatement::Semaphore(20)));
    assert_eq!(semaphore(StatementKind::AnonymousSignal { depth: 20 }).ok(), anonymous_signal::circuit_id(20).ok());
}

#[test]
fn should_verify_when_the_value_is_in_range_and_refuse_to_prove_when_it_is_not() {
    let mut random = Random::from_seed([4; 32]);
    let key = CredentialRangeKey::setup(depth(2), &mut random).unwrap();
    let age = credential("age", number(41));
    let path_of = |credential: &Credential| path(&[Fr::from(1u64), credential.leaf()], 1);
    for range in [Range::at_least(18), Range::at_most(41), Range::between(41, 41).unwrap()] {
        let proof = key.prove(&age, &path_of(&age), range, &domain(), &mut random).unwrap();
        let claim = CredentialRange::parse(verify(key.prepared(), &proof.to_submit_arg()).unwrap().inputs().elements());
        assert_eq!(claim.unwrap().range, range);
    }
    for (credential, range) in
        [(age, Range::at_least(42)), (age, Range::at_most(40)), (credential("age", -number(1)), Range::at_least(0))]
    {
        let refused = key.prove(&credential, &path_of(&credential), range, &domain(), &mut random);
        assert!(matches!(refused, Err(ProverError::NotInRange)), "{range:?}");
    }
    // The bounds are bound: a proof for 18 is none for 21.
    let mut changed =
        key.prove(&age, &path_of(&age), Range::at_least(18), &domain(), &mut random).unwrap().to_submit_arg();
    assert_eq!(parse_be32(&changed.public_inputs[6].0), Ok(number(18)));
    changed.public_inputs[6].0[31] = 21;
    assert!(verify(key.prepared(), &changed).is_err());
}

#[test]
fn should_verify_when_the_value_is_in_the_set_and_refuse_to_prove_when_it_is_not() {
    let mut random = Random::from_seed([5; 32]);
    let key = CredentialSetKey::setup(depth(1), depth(2), &mut random).unwrap();
    let set = AllowedSet::of_texts(&["CH", "PT", "SI"]).unwrap();
    let country = credential("country", text("SI"));
    let proof = key.prove(&country, &path(&[country.leaf()], 0), &set, &domain(), &mut random).unwrap();
    assert_eq!(proof.claim().set_root, set.root());
    assert!(verify(key.prepared(), &proof.to_submit_arg()).is_ok());
    let elsewhere = credential("country", text("XX"));
    let refused = key.prove(&elsewhere, &path(&[elsewhere.leaf()], 0), &set, &domain(), &mut random);
    assert!(matches!(refused, Err(ProverError::NotInSet(SetMembershipError::NotInSet))));
}

#[test]
fn should_keep_its_depths_when_encoded_and_refuse_bytes_of_other_circuits() {
    let bytes = MEMBERSHIP.to_bytes().unwrap();
    let decoded = MembershipKey::from_bytes(&bytes).unwrap();
    assert_eq!((decoded.depths(), decoded.circuit_id()), ([depth(3)], MEMBERSHIP.circuit_id()));
    let with_depth = |levels: u8| MembershipKey::from_bytes(&[&[1, levels], &bytes[2..]].concat()).map(|_| ());
    assert!(matches!(with_depth(0), Err(MalformedProvingKey::BadDepths)));
    assert!(matches!(with_depth(33), Err(MalformedProvingKey::BadDepths)));
    assert!(matches!(with_depth(2), Err(MalformedProvingKey::OtherSize { .. })));
    let other = CredentialRangeKey::from_bytes(&bytes).map(|_| ());
    let expected = KeyOfOtherStatement::InputCount { expected: 8, actual: 5 };
    assert!(matches!(other, Err(MalformedProvingKey::OtherCircuit(error)) if error == expected));
}
