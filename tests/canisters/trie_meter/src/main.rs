//! The certified map, measured by the canister itself.
//!
//! Each method answers the difference of `performance_counter(0)` around just the operation that it is named after.

use calisec_certification::certified_map::{CertifiedMap, Key};
use calisec_certification::encode_tree;
use ic_stable_structures::DefaultMemoryImpl;
use ic_stable_structures::memory_manager::{MemoryId, MemoryManager, VirtualMemory};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::hint::black_box;

fn main() {}

/// Other entries between those on the way to a key, so that nodes next to each other in the trie are not in stable memory.
const BETWEEN: u64 = 25;

type Map = CertifiedMap<VirtualMemory<DefaultMemoryImpl>>;

thread_local! {
    static MAP: RefCell<Option<Map>> = const { RefCell::new(None) };
}

fn key(number: u64) -> Key {
    Sha256::digest(number.to_be_bytes()).into()
}

fn with_map<T>(act: impl FnOnce(&mut Map) -> T) -> Result<T, String> {
    MAP.with_borrow_mut(|map| map.as_mut().map(act).ok_or_else(|| "prepare it first".to_owned()))
}

fn measure<T>(operation: impl FnOnce() -> T) -> u64 {
    let before = ic_cdk::api::instruction_counter();
    black_box(operation());
    ic_cdk::api::instruction_counter() - before
}

/// Makes the way to each of these keys `depth` forks long, as it is on average among `2^depth` entries: for every fork one
/// entry that parts from the key there.
#[ic_cdk::update]
fn prepare(keys: u64, depth: u8) {
    // A canister keeps several structures in its stable memory, so this one does.
    let memory = MemoryManager::init_with_bucket_size(DefaultMemoryImpl::default(), 32).get(MemoryId::new(0));
    let mut map = Map::init(memory);
    let mut number = 1_000_000;
    for own in (0..keys).map(key) {
        for bit in 0..usize::from(depth) {
            for _ in 0..BETWEEN {
                number += 1;
                map.insert(&key(number), &[1; 32]);
            }
            number += 1;
            let mut parting = key(number);
            let whole = bit / 8;
            parting[..whole].copy_from_slice(&own[..whole]);
            let above = !(0xff >> (bit % 8));
            let here = 0x80 >> (bit % 8);
            parting[whole] = (own[whole] & above) | (!own[whole] & here) | (parting[whole] & !(above | here));
            map.insert(&parting, &[2; 32]);
        }
    }
    MAP.set(Some(map));
}

/// Inserts a key that was prepared for.
#[ic_cdk::update]
fn insert(number: u64) -> Result<u64, String> {
    with_map(|map| measure(|| map.insert(&key(number), &[3; 32])))
}

/// Replaces the value of a key.
#[ic_cdk::update]
fn replace(number: u64) -> Result<u64, String> {
    with_map(|map| measure(|| map.insert(&key(number), &[4; 32])))
}

/// Removes a key.
#[ic_cdk::update]
fn remove(number: u64) -> Result<u64, String> {
    with_map(|map| measure(|| map.remove(&key(number))))
}

/// Looks a key up.
#[ic_cdk::update]
fn get(number: u64) -> Result<u64, String> {
    with_map(|map| measure(|| map.get(&key(number))))
}

/// Proves so many of the first keys, present or absent, and encodes the proof.
#[ic_cdk::update]
fn witness(keys: u64) -> Result<u64, String> {
    let keys: Vec<_> = (0..keys).map(key).collect();
    with_map(|map| measure(|| encode_tree(&map.witness(&keys))))
}

/// Bytes of that proof.
#[ic_cdk::update]
fn witness_bytes(keys: u64) -> Result<u64, String> {
    let keys: Vec<_> = (0..keys).map(key).collect();
    with_map(|map| encode_tree(&map.witness(&keys)).len() as u64)
}
