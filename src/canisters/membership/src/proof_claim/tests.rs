use super::{check_inputs, check_kind, counts_in, number};
use calisec_types::ids::{CircuitId, FieldElement, Timestamp};
use calisec_types::membership::{ClaimKind, Proves, attribute_tag};

const ROOT: FieldElement = FieldElement([7; 32]);
const OTHER: FieldElement = FieldElement([8; 32]);

fn range(low: u64, high: u64) -> Proves {
    Proves::Range { issuer_roots: vec![ROOT], attribute: "age".to_owned(), low, high }
}

fn set() -> Proves {
    Proves::OneOf { issuer_roots: vec![ROOT], attribute: "country".to_owned(), set_root: OTHER }
}

fn kind(proves: Proves) -> ClaimKind {
    ClaimKind { name: "a".to_owned(), circuit: CircuitId([1; 32]), proves, period_seconds: 3600 }
}

/// Public inputs of a range.
fn inputs(root: FieldElement, attribute: &str, low: u64, high: u64) -> Vec<FieldElement> {
    vec![root, OTHER, OTHER, OTHER, OTHER, attribute_tag(attribute), number(low), number(high)]
}

#[test]
fn should_refuse_a_kind_that_proves_nothing_or_never_could() {
    assert_eq!(check_kind(&kind(range(18, 18))), Ok(()));
    assert_eq!(check_kind(&kind(set())), Ok(()));
    let modulus: Vec<u8> = super::MODULUS.to_vec();
    let at_modulus = FieldElement(modulus.try_into().expect("32 bytes"));
    for (what, bad) in [
        ("no issuer", kind(Proves::Leaf { roots: vec![] })),
        ("too many issuers", kind(Proves::Leaf { roots: vec![ROOT; 17] })),
        ("the root of an empty tree", kind(Proves::Leaf { roots: vec![ROOT, FieldElement([0; 32])] })),
        ("no scalar", kind(Proves::Leaf { roots: vec![at_modulus] })),
        ("an empty range", kind(range(19, 18))),
        ("no attribute", kind(Proves::Range { issuer_roots: vec![ROOT], attribute: String::new(), low: 0, high: 1 })),
        (
            "a long attribute",
            kind(Proves::Range { issuer_roots: vec![ROOT], attribute: "a".repeat(65), low: 0, high: 1 }),
        ),
        (
            "an empty set",
            kind(Proves::OneOf {
                issuer_roots: vec![ROOT],
                attribute: "a".to_owned(),
                set_root: FieldElement([0; 32]),
            }),
        ),
        ("no depth", kind(Proves::OneOfGroup { depth: 0, roots: vec![ROOT] })),
        ("a depth that no circuit has", kind(Proves::OneOfGroup { depth: 33, roots: vec![ROOT] })),
        ("a moment", ClaimKind { period_seconds: 59, ..kind(range(1, 2)) }),
        ("for ever", ClaimKind { period_seconds: u64::MAX, ..kind(range(1, 2)) }),
    ] {
        assert!(check_kind(&bad).is_err(), "{what}");
    }
}

#[test]
fn should_accept_exactly_the_public_inputs_that_say_what_is_asked_for() {
    let adult = range(18, u64::MAX);
    for (inputs, is_good) in [
        (inputs(ROOT, "age", 18, u64::MAX), true),
        (inputs(ROOT, "age", 21, 99), true),
        (inputs(ROOT, "age", 17, u64::MAX), false),
        (inputs(OTHER, "age", 18, u64::MAX), false),
        (inputs(ROOT, "Age", 18, u64::MAX), false),
        (inputs(ROOT, "shoe-size", 18, u64::MAX), false),
        (inputs(ROOT, "age", 18, u64::MAX)[..7].to_vec(), false),
        ([inputs(ROOT, "age", 18, u64::MAX), vec![OTHER]].concat(), false),
        (vec![], false),
    ] {
        assert_eq!(check_inputs(&adult, &inputs).is_ok(), is_good, "{inputs:?}");
    }
    let teenager = range(13, 19);
    assert!(check_inputs(&teenager, &inputs(ROOT, "age", 13, 19)).is_ok());
    assert!(check_inputs(&teenager, &inputs(ROOT, "age", 13, 20)).is_err(), "a wider range proves nothing");

    let of_set = |root, tag: &str, set| vec![root, OTHER, OTHER, OTHER, OTHER, attribute_tag(tag), set];
    assert!(check_inputs(&set(), &of_set(ROOT, "country", OTHER)).is_ok());
    assert!(check_inputs(&set(), &of_set(ROOT, "country", ROOT)).is_err(), "another set");
    assert!(check_inputs(&set(), &of_set(ROOT, "age", OTHER)).is_err(), "another attribute");

    let leaf = Proves::Leaf { roots: vec![OTHER, ROOT] };
    assert!(check_inputs(&leaf, &[ROOT; 5]).is_ok());
    assert!(check_inputs(&leaf, &[ROOT; 4]).is_err());
    let group = Proves::OneOfGroup { depth: 20, roots: vec![ROOT] };
    assert!(check_inputs(&group, &[ROOT; 4]).is_ok());
    assert!(check_inputs(&group, &[OTHER; 4]).is_err());
}

#[test]
fn should_count_in_the_period_that_was_proved_for_and_in_no_other() {
    let kind = kind(range(18, 19));
    let hour = 3_600_000_000_000;
    let now = Timestamp(10 * hour + 5);
    let proved_at = Timestamp(10 * hour + 3);
    assert_eq!(counts_in(&kind, 10, proved_at, now), Some((proved_at, Timestamp(11 * hour - 1))));
    assert_eq!(counts_in(&kind, 11, proved_at, now), Some((Timestamp(11 * hour), Timestamp(12 * hour - 1))));
    for other in [0, 9, 12, u64::MAX] {
        assert_eq!(counts_in(&kind, other, proved_at, now), None, "period {other}");
    }
}
