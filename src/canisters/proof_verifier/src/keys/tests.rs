use super::{CAPACITY, PreparedKeys};
use crate::curve::CircuitKey;
use calisec_types::ids::CircuitId;
use calisec_zk::groth16::PreparedKey;
use calisec_zk::groth16::simulator::Trapdoor;
use std::convert::Infallible;
use std::rc::Rc;

fn id(number: usize) -> CircuitId {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&number.to_be_bytes());
    CircuitId(id)
}

fn key() -> CircuitKey {
    CircuitKey::Bn254(Rc::new(PreparedKey::new(&Trapdoor::new(1, 1).verifying_key()).expect("a valid key")))
}

/// Whether the key had to be prepared.
fn is_prepared(keys: &mut PreparedKeys, number: usize) -> bool {
    let mut prepared = false;
    let Ok(_) = keys.get_or_prepare(id(number), || {
        prepared = true;
        Ok::<_, Infallible>(key())
    });
    prepared
}

#[test]
fn should_prepare_once_when_a_key_is_used_again() {
    let mut keys = PreparedKeys::default();
    assert!(is_prepared(&mut keys, 1));
    assert!(!is_prepared(&mut keys, 1));
    assert!(is_prepared(&mut keys, 2));
}

#[test]
fn should_drop_what_was_not_used_longest_when_it_is_full() {
    let mut keys = PreparedKeys::default();
    for number in 0..CAPACITY {
        assert!(is_prepared(&mut keys, number));
    }
    assert!(!is_prepared(&mut keys, 0));

    assert!(is_prepared(&mut keys, CAPACITY));
    assert!(!is_prepared(&mut keys, 0));
    assert!(is_prepared(&mut keys, 1));
}

#[test]
fn should_keep_nothing_when_preparing_fails() {
    let mut keys = PreparedKeys::default();
    assert_eq!(keys.get_or_prepare(id(1), || Err("damaged")).err(), Some("damaged"));
    assert!(is_prepared(&mut keys, 1));
}
