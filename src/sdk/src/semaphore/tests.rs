//! Identities are those of Semaphore's own library, see `tests/vectors/semaphore`.

use super::{BadSecret, Identity, curve};
use crate::Random;
use ark_bn254::Fr;
use ark_ed_on_bn254::Fr as SecretScalar;
use ark_ff::PrimeField;
use calisec_zk::{
    field::to_be32,
    groth16::parse_public_json,
    merkle::Path,
    statement::anonymous_signal::{AnonymousSignal, Derived, hash},
    statement::{Domain, Purpose, Statement},
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    identities: Vec<IdentityVector>,
    groups: Vec<GroupVector>,
}

#[derive(Deserialize)]
struct IdentityVector {
    secret_scalar: String,
    public_key: [String; 2],
    commitment: String,
}

#[derive(Deserialize)]
struct GroupVector {
    depth: usize,
    root: String,
    proofs: Vec<ProofVector>,
}

#[derive(Deserialize)]
struct ProofVector {
    index: u64,
    siblings: Vec<String>,
}

/// A group, and the way to its root from the commitment of each of its members, who are the first identities.
pub(crate) struct Group {
    pub(crate) root: Fr,
    pub(crate) paths: Vec<Path>,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../../../tests/vectors/semaphore/identities.json")).unwrap()
}

fn element(decimal: &str) -> Fr {
    decimal.parse().unwrap()
}

/// `member-0` to `member-7`.
pub(crate) fn identities() -> Vec<Identity> {
    let scalars = vectors().identities.into_iter().map(|vector| to_be32(&element(&vector.secret_scalar)));
    scalars.map(|scalar| Identity::from_bytes(&scalar).unwrap()).collect()
}

/// Of one, two, five and eight members.
pub(crate) fn groups() -> Vec<Group> {
    let path = |proof: &ProofVector| {
        Path::new(proof.index, proof.siblings.iter().map(|sibling| element(sibling)).collect()).unwrap()
    };
    let group = |vector: GroupVector| {
        let paths: Vec<Path> = vector.proofs.iter().map(path).collect();
        assert!(paths.iter().all(|path| path.siblings().len() <= vector.depth));
        Group { root: element(&vector.root), paths }
    };
    vectors().groups.into_iter().map(group).collect()
}

/// What `member-2` proved in the group of five, with Semaphore's circuit and library.
pub(crate) fn proved_in_semaphore() -> AnonymousSignal {
    let public = include_str!("../../../../tests/vectors/semaphore/depth20/public.json");
    AnonymousSignal::parse(parse_public_json(public).unwrap().elements()).unwrap()
}

#[test]
fn should_have_semaphores_key_and_commitment_when_the_secret_is_the_same() {
    let identities = identities();
    assert_eq!(identities.len(), 8);
    for (identity, vector) in identities.iter().zip(vectors().identities) {
        assert_eq!(curve::public_key(identity.0), vector.public_key.map(|coordinate| element(&coordinate)));
        assert_eq!(identity.commitment(), element(&vector.commitment));
        assert_eq!(identity.secret(), element(&vector.secret_scalar));
    }
}

#[test]
fn should_claim_semaphores_root_when_the_path_is_of_its_group() {
    let domain = crate::circuit::test_fixtures::domain();
    for group in groups() {
        for (identity, path) in identities().iter().zip(&group.paths) {
            assert_eq!(identity.claim(path, &domain).root, group.root);
        }
    }
}

#[test]
fn should_have_the_nullifier_that_semaphore_proved_when_scope_and_secret_are_the_same() {
    let (proved, identity) = (proved_in_semaphore(), &identities()[2]);
    let Derived { commitment, nullifier } = identity.derive(proved.scope_hash);
    assert_eq!(nullifier, proved.nullifier);
    assert_eq!(groups()[2].paths[2].root_of(commitment), proved.root);
    // "calisec meter scope" as the library makes a number of it: its bytes, and zeros up to 32.
    let mut scope = [0; 32];
    scope[..19].copy_from_slice(b"calisec meter scope");
    assert_eq!(hash(&scope), proved.scope_hash);
}

#[test]
fn should_claim_one_nullifier_per_scope_and_none_of_another() {
    let domain = crate::circuit::test_fixtures::domain();
    let (identities, path) = (identities(), &groups()[3].paths[0]);
    let claim = |purpose| {
        let domain = Domain { purpose: Purpose::new(purpose).unwrap(), ..domain };
        let claim = identities[0].claim(path, &domain);
        assert_eq!(claim.check(&domain), Ok(()));
        claim
    };
    let (yes, no, next) = (claim("poll/7#yes"), claim("poll/7#no"), claim("poll/8#yes"));
    assert_eq!(yes.nullifier, no.nullifier);
    assert_ne!(yes.message_hash, no.message_hash);
    assert_ne!(yes.nullifier, next.nullifier);
    assert_ne!(yes.nullifier, identities[1].claim(path, &domain).nullifier);
}

#[test]
fn should_refuse_bytes_when_they_are_no_secret_scalar() {
    let order = Fr::new(SecretScalar::MODULUS);
    let one = Fr::from(1u64);
    for (secret, is_one) in [(Fr::from(0u64), false), (one, true), (order - one, true), (order, false), (-one, false)] {
        let identity = Identity::from_bytes(&to_be32(&secret));
        assert_eq!(identity.as_ref().map(Identity::secret), if is_one { Ok(secret) } else { Err(&BadSecret) });
    }
    assert_eq!(Identity::from_bytes(&[0xff; 32]), Err(BadSecret));
    assert!(BadSecret.to_string().contains(&(order - one).to_string()));
}

#[test]
fn should_come_back_from_its_bytes_and_show_nothing_of_them() {
    let identity = Identity::random(&mut Random::from_seed([7; 32]));
    assert_ne!(identity, Identity::random(&mut Random::from_seed([8; 32])));
    assert_eq!(Identity::from_bytes(&identity.to_bytes()), Ok(identity.clone()));
    assert_eq!(format!("{identity:?}"), "Identity(..)");
}
