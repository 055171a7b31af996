use super::{Labeled, RootKey, call_request_id, leb128};
use candid::Principal;
use ic_certification::LookupResult;

fn sample() -> Labeled {
    let mut tree = Labeled::empty();
    tree.insert([b"time"], Labeled::Leaf(leb128(7)));
    for id in [b"a", b"c", b"e"] {
        tree.insert([b"canister", id, b"certified_data"], Labeled::Leaf(id.to_vec()));
    }
    tree
}

#[test]
fn should_keep_the_root_hash_when_pruned_to_any_path() {
    let tree = sample();
    let whole = tree.witness(&[vec![]]).digest();
    assert_eq!(tree.digest(), whole);
    let path = vec![b"canister".to_vec(), b"c".to_vec(), b"certified_data".to_vec()];
    let witness = tree.witness(std::slice::from_ref(&path));
    assert_eq!(witness.digest(), whole);
    assert_eq!(witness.lookup_path(&path), LookupResult::Found(b"c"));
    assert_eq!(witness.lookup_path([b"time".as_slice()]), LookupResult::Unknown);
}

#[test]
fn should_prove_absence_when_a_path_does_not_exist() {
    let tree = sample();
    for missing in [b"b", b"0", b"z"] {
        let path = vec![b"canister".to_vec(), missing.to_vec()];
        let witness = tree.witness(std::slice::from_ref(&path));
        assert_eq!(witness.digest(), tree.digest());
        assert_eq!(witness.lookup_path(&path), LookupResult::Absent);
    }
}

#[test]
fn should_derive_one_key_per_seed() {
    assert_eq!(RootKey::from_seed(1).der(), RootKey::from_seed(1).der());
    assert_ne!(RootKey::from_seed(1).der(), RootKey::from_seed(2).der());
}

#[test]
fn should_change_the_request_id_when_any_field_changes() {
    let id = |method: &str, nonce: &[u8]| {
        call_request_id(Principal::anonymous(), Principal::management_canister(), method, b"DIDL", 5, nonce)
    };
    assert_eq!(id("hello", b"1"), id("hello", b"1"));
    assert_ne!(id("hello", b"1"), id("hello", b"2"));
    assert_ne!(id("hello", b"1"), id("hellp", b"1"));
}

#[test]
fn should_encode_leb128_when_longer_than_a_byte() {
    assert_eq!(leb128(0), [0]);
    assert_eq!(leb128(127), [127]);
    assert_eq!(leb128(624_485), [0xe5, 0x8e, 0x26]);
}
