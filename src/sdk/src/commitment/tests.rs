//! Encodings are exact, salts are fresh, and nothing leaks through `Debug`.

use super::{MalformedOpening, NoteOpening, OwnerSecret};
use crate::Random;
use calisec_types::ids::Digest32;
use calisec_zk::field::NonCanonical;

fn opening() -> NoteOpening {
    let mut random = Random::from_seed([7; 32]);
    NoteOpening::new(Digest32([1; 32]), &OwnerSecret::random(&mut random), &mut random)
}

#[test]
fn should_use_a_fresh_salt_when_the_same_content_is_committed_again() {
    let mut random = Random::from_seed([7; 32]);
    let owner = OwnerSecret::random(&mut random);
    let first = NoteOpening::new(Digest32([1; 32]), &owner, &mut random);
    let second = NoteOpening::new(Digest32([1; 32]), &owner, &mut random);
    assert!(first.owner_secret == second.owner_secret);
    assert!(first.salt != second.salt);
}

#[test]
fn should_refuse_an_opening_when_length_version_or_encoding_is_wrong() {
    let bytes = opening().to_bytes();
    let with = |index: usize, value: u8| {
        let mut changed = bytes.to_vec();
        changed[index] = value;
        changed
    };
    let rows = [
        ("short", bytes[1..].to_vec(), MalformedOpening::BadLength { length: 96 }),
        ("empty", vec![], MalformedOpening::BadLength { length: 0 }),
        ("version", with(0, 2), MalformedOpening::UnknownVersion(2)),
        ("owner secret", with(33, 0xff), MalformedOpening::NonCanonical(NonCanonical)),
        ("salt", with(65, 0xff), MalformedOpening::NonCanonical(NonCanonical)),
    ];
    for (desc, changed, expected) in rows {
        assert_eq!(NoteOpening::from_bytes(&changed).unwrap_err(), expected, "{desc}");
    }
}

#[test]
fn should_refuse_an_owner_secret_when_it_is_not_below_the_modulus() {
    assert_eq!(OwnerSecret::from_bytes(&[0xff; 32]).unwrap_err(), NonCanonical);
    let secret = OwnerSecret::random(&mut Random::from_seed([7; 32]));
    assert!(OwnerSecret::from_bytes(&secret.to_bytes()).unwrap() == secret);
}

#[test]
fn should_show_nothing_when_debugged() {
    assert_eq!(format!("{:?}", opening()), "NoteOpening(..)");
    assert_eq!(format!("{:?}", OwnerSecret::random(&mut Random::from_seed([7; 32]))), "OwnerSecret(..)");
}
