//! Credentials: ranges at every edge of 64 bits and of the field, sets, and nothing that was not attested.

use crate::circuit::{
    Circuit, CredentialRangeCircuit, CredentialSetCircuit, Depth,
    test_fixtures::{Constraints, domain, is_satisfied, synthesize},
};
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use calisec_zk::{
    merkle::{Head, NodeId, Path},
    statement::credential::{
        AllowedSet, Attested, Credential, CredentialRange, CredentialSet, Range, attribute_tag, number, text,
    },
};
use proptest::{prelude::ProptestConfig, prelude::any, proptest};
use std::collections::BTreeMap;

fn depth(levels: u8) -> Depth {
    Depth::new(levels).unwrap()
}

fn credential(value: Fr) -> Credential {
    Credential { holder_secret: Fr::from(5u64), attribute_tag: attribute_tag("age"), value, salt: -Fr::from(6u64) }
}

/// In a tree of three, so that a circuit of two levels has an absent one.
fn path(credential: &Credential) -> Path {
    let (mut nodes, mut tree): (BTreeMap<NodeId, Fr>, Head) = (BTreeMap::new(), Head::EMPTY);
    tree.append_all(&mut nodes, &[Fr::from(8u64), Fr::from(9u64), credential.leaf()]).unwrap();
    tree.path(&nodes, 2).unwrap()
}

fn range_circuit(value: Fr, range: Range) -> CredentialRangeCircuit {
    let credential = credential(value);
    let path = path(&credential);
    let claim = CredentialRange { attested: Attested::of(&credential, &path, &domain()), range };
    CredentialRangeCircuit::new(depth(2), claim, &credential, &path).unwrap()
}

fn set() -> AllowedSet {
    AllowedSet::of_texts(&["CH", "PT", "SI"]).unwrap()
}

fn set_circuit(value: Fr, path_in_set: &Path) -> CredentialSetCircuit {
    let credential = credential(value);
    let path = path(&credential);
    let claim = CredentialSet { attested: Attested::of(&credential, &path, &domain()), set_root: set().root() };
    CredentialSetCircuit::new([depth(2), depth(3)], claim, &credential, &path, path_in_set).unwrap()
}

#[test]
fn should_hold_exactly_when_the_value_is_in_range() {
    let (max, top) = (u64::MAX, 1u64 << 63);
    let between = |low, high| Range::between(low, high).unwrap();
    for range in [
        Range::at_least(0),
        Range::at_least(1),
        Range::at_least(18),
        Range::at_least(max),
        Range::at_most(0),
        Range::at_most(18),
        Range::at_most(max - 1),
        between(18, 65),
        between(18, 18),
        between(top - 1, top),
        between(max, max),
    ] {
        for value in [0, 1, 17, 18, 19, 65, 66, top - 1, top, top + 1, max - 1, max] {
            let holds = is_satisfied(range_circuit(number(value), range));
            assert_eq!(holds, range.contains(value), "{value} in {range:?}");
        }
    }
}

#[test]
fn should_fail_when_the_value_is_no_number_of_64_bits() {
    let everything = Range::at_least(0);
    let over = Fr::from(u64::MAX) + Fr::ONE;
    for value in [over, over + Fr::ONE, over.double(), -Fr::ONE, -over, Fr::from(u64::MAX) - over, text("PT")] {
        assert!(!is_satisfied(range_circuit(value, everything)), "{value}");
        assert!(!is_satisfied(range_circuit(value, Range::at_most(18))), "{value}");
    }
}

#[test]
fn should_fail_when_a_bound_is_no_number_of_64_bits() {
    let over = Fr::from(u64::MAX) + Fr::ONE;
    let honest = range_circuit(number(41), Range::between(18, 65).unwrap());
    let bounds = |low: Fr, high: Fr| is_satisfied(honest.clone().with_bounds([low, high]));
    assert!(bounds(Fr::from(18u64), Fr::from(65u64)));
    // Below the value by less than 2^64 in the field, all of them.
    for low in [-Fr::ONE, Fr::from(41u64) - Fr::from(u64::MAX)] {
        assert!(!bounds(low, Fr::from(65u64)), "{low}");
    }
    // Above it by less than 2^64.
    for high in [over, Fr::from(41u64) + Fr::from(u64::MAX)] {
        assert!(!bounds(Fr::from(18u64), high), "{high}");
    }
    // Around it the wrong way.
    assert!(!bounds(Fr::from(65u64), Fr::from(18u64)));
}

#[test]
fn should_hold_for_a_set_exactly_when_the_value_is_in_it() {
    for member in ["CH", "PT", "SI"] {
        assert!(is_satisfied(set_circuit(text(member), &set().path(text(member)).unwrap())), "{member}");
    }
    let path = set().path(text("PT")).unwrap();
    for stranger in [text("XX"), text("CH"), number(1), Fr::ZERO] {
        assert!(!is_satisfied(set_circuit(stranger, &path)), "{stranger}");
    }
}

#[test]
fn should_fail_when_an_inner_node_or_leaf_of_the_set_is_the_value() {
    let path = set().path(text("CH")).unwrap();
    let [sibling, upper] = path.siblings() else { panic!("two levels") };
    let above = Path::new(0, vec![*upper]).unwrap();
    let inner = calisec_zk::poseidon::hash2(calisec_zk::statement::credential::set_leaf(text("CH")), *sibling);
    assert!(!is_satisfied(set_circuit(inner, &above)));
    assert!(!is_satisfied(set_circuit(*sibling, &path)));
    assert!(!is_satisfied(set_circuit(set().root(), &Path::new(0, Vec::new()).unwrap())));
}

#[test]
fn should_fail_when_any_single_variable_is_another() {
    Constraints::new(range_circuit(number(41), Range::between(18, 65).unwrap())).assert_rigid();
    Constraints::new(range_circuit(number(u64::MAX), Range::at_least(u64::MAX))).assert_rigid();
    Constraints::new(range_circuit(number(0), Range::at_most(0))).assert_rigid();
    Constraints::new(set_circuit(text("SI"), &set().path(text("SI")).unwrap())).assert_rigid();
}

#[test]
fn should_have_the_same_constraints_when_only_values_differ() {
    let blank = Constraints::new(CredentialRangeCircuit::blank([depth(2)]));
    let real = Constraints::new(range_circuit(number(41), Range::at_least(18)));
    assert_eq!(blank.matrices, real.matrices);
    let blank = Constraints::new(CredentialSetCircuit::blank([depth(2), depth(3)]));
    let real = Constraints::new(set_circuit(text("SI"), &set().path(text("SI")).unwrap()));
    assert_eq!(blank.matrices, real.matrices);
}

#[test]
fn should_cost_five_times_65_constraints_for_a_range() {
    let range = synthesize(CredentialRangeCircuit::blank([depth(2)])).num_constraints();
    let set = synthesize(CredentialSetCircuit::blank([depth(2), depth(1)])).num_constraints();
    let (over_two, level) = (3 * (8 * 3 + 57 - 1), 246);
    // The tag is a constant, on which one S-box of each kind of hash costs nothing; plus the equality of the roots.
    assert_eq!(range - 5 * 65, set - (over_two - 3) - level - 1);
}

#[test]
fn should_fail_when_the_credential_was_not_attested_or_is_of_another() {
    let credential = credential(number(41));
    let path = path(&credential);
    let range = Range::at_least(18);
    let truth = Attested::of(&credential, &path, &domain());
    let holds = |attested: Attested, credential: &Credential| {
        let claim = CredentialRange { attested, range };
        is_satisfied(CredentialRangeCircuit::new(depth(2), claim, credential, &path).unwrap())
    };
    assert!(holds(truth, &credential));
    let one = Fr::ONE;
    let false_claims = [
        ("issuer", Attested { issuer_root: truth.issuer_root + one, ..truth }),
        ("nullifier", Attested { nullifier: truth.nullifier + one, ..truth }),
        ("scope", Attested { scope: truth.scope + one, ..truth }),
        ("attribute", Attested { attribute_tag: attribute_tag("height"), ..truth }),
    ];
    for (desc, attested) in false_claims {
        assert!(!holds(attested, &credential), "{desc}");
    }
    let false_credentials = [
        ("holder", Credential { holder_secret: credential.holder_secret + one, ..credential }),
        ("value", Credential { value: number(42), ..credential }),
        ("salt", Credential { salt: credential.salt + one, ..credential }),
    ];
    for (desc, credential) in false_credentials {
        assert!(!holds(truth, &credential), "{desc}");
        let nullifier = Attested::of(&credential, &path, &domain()).nullifier;
        assert!(!holds(Attested { nullifier, ..truth }, &credential), "{desc}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn should_agree_with_integers_when_values_and_bounds_are_random(value: u64, ends in any::<(u64, u64)>()) {
        let range = Range::between(ends.0.min(ends.1), ends.0.max(ends.1)).unwrap();
        assert_eq!(is_satisfied(range_circuit(number(value), range)), range.contains(value));
    }
}
