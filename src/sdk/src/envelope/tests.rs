//! An envelope opens for what it was sealed for, unchanged, and for nothing else.

use super::{ENVELOPE_BYTES, EnvelopeError, Recipient, open, seal};
use crate::{Random, identity::Identity, note::NoteKey};
use calisec_types::{
    ids::{ContextId, Epoch, KemKey, NoteId},
    note_registry::MAX_ENVELOPE_BYTES,
};

fn reader() -> Identity {
    Identity::from_seed([2; 32])
}

fn recipient() -> Recipient {
    Recipient { context: ContextId([1; 32]), note: NoteId(7), epoch: Epoch(3), key: reader().kem_key() }
}

fn key() -> NoteKey {
    NoteKey::from_bytes(&core::array::from_fn(|i| i as u8))
}

fn sealed() -> [u8; ENVELOPE_BYTES] {
    seal(&key(), &recipient(), &mut Random::from_seed([7; 32])).unwrap()
}

#[test]
fn should_give_the_key_back_when_opened_by_its_recipient() {
    const { assert!(ENVELOPE_BYTES <= MAX_ENVELOPE_BYTES) };
    assert!(open(&sealed(), &recipient(), &reader()).unwrap() == key());
}

#[test]
fn should_keep_its_format_when_the_library_changes() {
    // Computed with Node's `crypto`: see the module's layout. Seed of the sender's generator: 32 times 7.
    let format = include_str!("envelope.v1.hex").trim();
    assert_eq!(hex::encode(sealed()), format);
}

#[test]
fn should_differ_when_the_same_key_is_sealed_again() {
    let mut random = Random::from_seed([7; 32]);
    let first = seal(&key(), &recipient(), &mut random).unwrap();
    let second = seal(&key(), &recipient(), &mut random).unwrap();
    assert_ne!(first[1..33], second[1..33]);
    assert_ne!(first[33..], second[33..]);
}

#[test]
fn should_refuse_when_any_byte_is_changed() {
    for index in 0..ENVELOPE_BYTES {
        for bit in [1, 0x80] {
            let mut changed = sealed();
            changed[index] ^= bit;
            let expected =
                if index == 0 { EnvelopeError::UnknownVersion(1 ^ bit) } else { EnvelopeError::NotAuthentic };
            assert_eq!(open(&changed, &recipient(), &reader()), Err(expected), "byte {index}");
        }
    }
}

#[test]
fn should_refuse_when_any_length_is_wrong() {
    let longer = [sealed().as_slice(), &[0]].concat();
    for length in (0..ENVELOPE_BYTES).chain([ENVELOPE_BYTES + 1]) {
        let refused = open(&longer[..length], &recipient(), &reader());
        assert_eq!(refused, Err(EnvelopeError::BadLength { length }));
    }
}

#[test]
fn should_refuse_when_context_note_epoch_or_recipient_is_another() {
    let stranger = Identity::from_seed([3; 32]);
    let to = recipient();
    let rows = [
        ("context", Recipient { context: ContextId([2; 32]), ..to }, reader(), EnvelopeError::NotAuthentic),
        ("note", Recipient { note: NoteId(8), ..to }, reader(), EnvelopeError::NotAuthentic),
        ("epoch", Recipient { epoch: Epoch(4), ..to }, reader(), EnvelopeError::NotAuthentic),
        ("stranger", to, Identity::from_seed([3; 32]), EnvelopeError::OtherRecipient),
        (
            "stranger who says so",
            Recipient { key: stranger.kem_key(), ..to },
            Identity::from_seed([3; 32]),
            EnvelopeError::NotAuthentic,
        ),
    ];
    for (desc, to, identity, expected) in rows {
        assert_eq!(open(&sealed(), &to, &identity), Err(expected), "{desc}");
    }
}

#[test]
fn should_refuse_when_a_key_is_of_low_order() {
    let zero = Recipient { key: KemKey([0; 32]), ..recipient() };
    let refused = seal(&key(), &zero, &mut Random::from_seed([7; 32]));
    assert_eq!(refused, Err(EnvelopeError::LowOrderKey));
    let mut changed = sealed();
    changed[1..33].fill(0);
    assert_eq!(open(&changed, &recipient(), &reader()), Err(EnvelopeError::LowOrderKey));
}
