//! `vectors.json` was computed by another implementation: Node's SHA-256, npm `poseidon-lite` 0.3.0 and
//! `@semaphore-protocol/group` 4.14.3.

use super::{
    AllowedSet, Attested, COMMON_INPUTS, Credential, CredentialRange, CredentialSet, Range, SetMembershipError,
    attribute_tag, holder_id, number, set_leaf, text,
};
use crate::{
    field::{Fr, to_be32},
    merkle::Path,
    statement::{
        Domain, Malformed, Mismatch, Purpose, Statement,
        test_fixtures::{DomainVector, element, elements},
    },
};
use ark_ff::{AdditiveGroup, Field};
use candid::Principal;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    domain: DomainVector,
    ranges: Vec<CredentialVector>,
    set: Vec<String>,
    set_member: CredentialVector,
}

#[derive(Deserialize)]
struct CredentialVector {
    attribute: String,
    holder_id: String,
    holder_secret: String,
    value: String,
    salt: String,
    leaf: String,
    sides: u64,
    siblings: Vec<String>,
    public_inputs: Vec<String>,
}

impl CredentialVector {
    fn credential(&self) -> Credential {
        let credential = Credential {
            holder_secret: element(&self.holder_secret),
            attribute_tag: attribute_tag(&self.attribute),
            value: element(&self.value),
            salt: element(&self.salt),
        };
        assert_eq!(holder_id(credential.holder_secret), element(&self.holder_id));
        assert_eq!(credential.leaf(), element(&self.leaf));
        credential
    }

    fn path(&self) -> Path {
        Path::new(self.sides, elements(&self.siblings)).unwrap()
    }

    fn inputs(&self) -> Vec<Fr> {
        elements(&self.public_inputs)
    }
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

#[test]
fn should_equal_the_committed_vectors_when_a_range_is_claimed() {
    let vectors = vectors();
    let domain = vectors.domain.domain();
    let ranges = [Range::between(18, 65).unwrap(), Range::at_least(u64::MAX)];
    assert_eq!(vectors.ranges.len(), ranges.len());
    assert_eq!(vectors.ranges[0].credential().value, number(41));
    for (vector, range) in vectors.ranges.iter().zip(ranges) {
        let attested = Attested::of(&vector.credential(), &vector.path(), &domain);
        let claim = CredentialRange { attested, range };
        assert_eq!(claim.inputs(), vector.inputs(), "{}", vector.attribute);
        assert_eq!(CredentialRange::parse(&claim.inputs()), Ok(claim));
        assert_eq!((claim.check(&domain), claim.nullifier()), (Ok(()), attested.nullifier));
    }
}

#[test]
fn should_equal_the_committed_vector_when_a_set_is_claimed() {
    let vectors = vectors();
    let domain = vectors.domain.domain();
    let set = AllowedSet::of_texts(&vectors.set.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
    let credential = vectors.set_member.credential();
    assert_eq!(credential.value, text("PT"));
    let attested = Attested::of(&credential, &vectors.set_member.path(), &domain);
    let claim = CredentialSet { attested, set_root: set.root() };
    assert_eq!(claim.inputs(), vectors.set_member.inputs());
    assert_eq!(CredentialSet::parse(&claim.inputs()), Ok(claim));
    assert_eq!((claim.check(&domain), claim.nullifier()), (Ok(()), attested.nullifier));
    assert!(set.path(text("PT")).unwrap().leads(set_leaf(text("PT")), set.root()));
    assert_eq!(set.path(text("XX")), Err(SetMembershipError::NotInSet));
    assert_eq!(AllowedSet::new(Vec::new()).unwrap().root(), Fr::ZERO);
}

#[test]
fn should_refuse_bounds_when_they_exceed_64_bits_or_enclose_nothing() {
    let inputs = vectors().ranges[0].inputs();
    let with = |low: Fr, high: Fr| {
        let mut inputs = inputs.clone();
        inputs.splice(COMMON_INPUTS.., [low, high]);
        CredentialRange::parse(&inputs).map(|claim| (claim.range.low(), claim.range.high()))
    };
    let max = Fr::from(u64::MAX);
    assert_eq!(with(Fr::ZERO, max), Ok((0, u64::MAX)));
    assert_eq!(with(max, max), Ok((u64::MAX, u64::MAX)));
    assert_eq!(with(Fr::ZERO, max + Fr::ONE), Err(Malformed::BoundTooLarge { index: 7 }));
    assert_eq!(with(-Fr::ONE, max), Err(Malformed::BoundTooLarge { index: 6 }));
    assert_eq!(with(Fr::from(2u64), Fr::ONE), Err(Malformed::EmptyRange { low: 2, high: 1 }));
    for length in [0, 7] {
        let expected = Malformed::WrongInputCount { expected: 8, actual: length };
        assert_eq!(CredentialRange::parse(&inputs[..length]), Err(expected));
    }
    assert_eq!(CredentialSet::parse(&inputs), Err(Malformed::WrongInputCount { expected: 7, actual: 8 }));
}

#[test]
fn should_contain_exactly_what_the_bounds_say() {
    for (range, inside, outside) in [
        (Range::at_least(18), vec![18, 19, u64::MAX], vec![0, 17]),
        (Range::at_most(18), vec![0, 18], vec![19, u64::MAX]),
        (Range::between(5, 7).unwrap(), vec![5, 6, 7], vec![4, 8]),
        (Range::between(5, 5).unwrap(), vec![5], vec![4, 6]),
    ] {
        assert!(inside.into_iter().all(|value| range.contains(value)), "{range:?}");
        assert!(!outside.into_iter().any(|value| range.contains(value)), "{range:?}");
    }
}

#[test]
fn should_have_one_nullifier_per_holder_scope_and_attribute() {
    let vectors = vectors();
    let (domain, vector) = (vectors.domain.domain(), &vectors.ranges[0]);
    let (credential, path) = (vector.credential(), vector.path());
    let nullifier =
        |credential: &Credential, domain: &Domain<'_>| to_be32(&Attested::of(credential, &path, domain).nullifier);
    let mine = nullifier(&credential, &domain);
    let reissued = Credential { value: number(42), salt: Fr::ONE, ..credential };
    let other_submitter = Domain { submitter: Principal::from_slice(&[9]), ..domain };
    assert_eq!(nullifier(&reissued, &domain), mine);
    assert_eq!(nullifier(&credential, &other_submitter), mine);
    let other_attribute = Credential { attribute_tag: attribute_tag("height"), ..credential };
    let other_holder = Credential { holder_secret: Fr::ONE, ..credential };
    let other_topic = Domain { purpose: Purpose::new("poll/8").unwrap(), ..domain };
    assert_ne!(nullifier(&other_attribute, &domain), mine);
    assert_ne!(nullifier(&other_holder, &domain), mine);
    assert_ne!(nullifier(&credential, &other_topic), mine);
}

#[test]
fn should_refuse_a_claim_when_it_is_of_another_domain() {
    let vectors = vectors();
    let domain = vectors.domain.domain();
    let claim = CredentialRange::parse(&vectors.ranges[0].inputs()).unwrap();
    let changed = [
        (Mismatch::Context, Attested { context_tag: Fr::ONE, ..claim.attested }),
        (Mismatch::Signal, Attested { signal: Fr::ONE, ..claim.attested }),
        (Mismatch::Scope, Attested { scope: Fr::ONE, ..claim.attested }),
    ];
    for (mismatch, attested) in changed {
        assert_eq!(CredentialRange { attested, ..claim }.check(&domain), Err(mismatch));
        assert_eq!(CredentialSet { attested, set_root: Fr::ONE }.check(&domain), Err(mismatch));
    }
}
