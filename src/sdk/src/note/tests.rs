//! What is refused, and that nothing leaks through `Debug`.

use super::{EncryptedNote, MAX_NOTE_BYTES, NoteError, NoteKey, OVERHEAD_BYTES, decrypt, encrypt};
use crate::Random;
use aes_gcm::aead::{Aead, Payload};
use calisec_types::{ids::ContextId, note_registry::MAX_CIPHERTEXT_BYTES};

const CONTEXT: ContextId = ContextId([1; 32]);

fn encrypted(plaintext: &[u8]) -> EncryptedNote {
    encrypt(&CONTEXT, plaintext, &mut Random::from_seed([7; 32])).unwrap()
}

#[test]
fn should_give_the_note_back_when_its_length_is_extreme() {
    for length in [0, 1, 16, MAX_NOTE_BYTES] {
        let plaintext = vec![5; length];
        let note = encrypted(&plaintext);
        assert_eq!(note.ciphertext.len(), length + OVERHEAD_BYTES);
        assert_eq!(*decrypt(&CONTEXT, &note.key, &note.ciphertext).unwrap(), plaintext);
    }
    assert_eq!(encrypted(&vec![0; MAX_NOTE_BYTES]).ciphertext.len(), MAX_CIPHERTEXT_BYTES);
}

#[test]
fn should_refuse_a_note_when_it_is_too_long() {
    let length = MAX_NOTE_BYTES + 1;
    let refused = encrypt(&CONTEXT, &vec![0; length], &mut Random::from_seed([7; 32]));
    assert_eq!(refused.unwrap_err(), NoteError::TooLong { length });
}

#[test]
fn should_use_a_fresh_key_and_nonce_when_the_same_note_is_encrypted_again() {
    let mut random = Random::from_seed([7; 32]);
    let first = encrypt(&CONTEXT, b"note", &mut random).unwrap();
    let second = encrypt(&CONTEXT, b"note", &mut random).unwrap();
    assert!(first.key.data_key != second.key.data_key);
    assert_ne!(first.ciphertext[1..13], second.ciphertext[1..13]);
    assert_eq!(decrypt(&CONTEXT, &second.key, &first.ciphertext), Err(NoteError::NotAuthentic));
}

#[test]
fn should_refuse_the_ciphertext_when_any_byte_is_changed() {
    let note = encrypted(b"note");
    for index in 0..note.ciphertext.len() {
        let mut changed = note.ciphertext.clone();
        changed[index] ^= 1;
        let expected = if index == 0 { NoteError::UnknownVersion(0) } else { NoteError::NotAuthentic };
        assert_eq!(decrypt(&CONTEXT, &note.key, &changed), Err(expected), "byte {index}");
    }
}

#[test]
fn should_refuse_the_ciphertext_when_its_length_is_impossible() {
    let note = encrypted(b"");
    for length in 0..note.ciphertext.len() {
        assert_eq!(decrypt(&CONTEXT, &note.key, &note.ciphertext[..length]), Err(NoteError::BadLength { length }));
    }
    let length = MAX_CIPHERTEXT_BYTES + 1;
    assert_eq!(decrypt(&CONTEXT, &note.key, &vec![1; length]), Err(NoteError::BadLength { length }));
}

#[test]
fn should_refuse_the_ciphertext_when_context_or_content_hash_is_another() {
    let note = encrypted(b"note");
    assert_eq!(decrypt(&ContextId([2; 32]), &note.key, &note.ciphertext), Err(NoteError::NotAuthentic));
    let mut key = note.key.clone();
    key.content_hash[0] ^= 1;
    assert_eq!(decrypt(&CONTEXT, &key, &note.ciphertext), Err(NoteError::NotAuthentic));
}

#[test]
fn should_refuse_the_plaintext_when_its_hash_is_not_the_one_in_the_key() {
    let key = NoteKey { data_key: [3; 32], content_hash: [9; 32] };
    let payload = Payload { msg: b"another note", aad: &key.associated_data(&CONTEXT) };
    let encrypted = key.cipher().encrypt(&[0; 12].into(), payload).unwrap();
    let ciphertext = [&[1], [0; 12].as_slice(), &encrypted].concat();
    assert_eq!(decrypt(&CONTEXT, &key, &ciphertext), Err(NoteError::NotAuthentic));
}

#[test]
fn should_show_nothing_when_debugged() {
    assert_eq!(format!("{:?}", encrypted(b"note").key), "NoteKey(..)");
}
