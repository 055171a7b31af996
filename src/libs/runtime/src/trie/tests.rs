use super::{FixedKey, TrieMap, key::bytes_of};
use calisec_types::ids::{AccountId, Timestamp};
use candid::Principal;
use ic_stable_structures::{Memory, VectorMemory};
use proptest::collection::vec;
use proptest::strategy::{Just, Strategy};
use proptest::{prop_assert, prop_assert_eq, prop_oneof, proptest};
use sha2::{Digest, Sha256};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Bound;

type Key = (AccountId, u8);
/// Few bytes beside the key, so that values are longer than a slot now and then.
const INLINE: usize = 5;
const SLOT: usize = 16 + 33 + INLINE;

type Map = TrieMap<Key, Vec<u8>, INLINE, VectorMemory>;
type Model = BTreeMap<Key, Vec<u8>>;

/// Keys that are often equal, and that often differ only late.
fn key() -> impl Strategy<Value = Key> {
    let late = |(place, byte, last): (usize, u8, u8)| {
        (AccountId(std::array::from_fn(|index| if index == place { byte } else { 0xa5 })), last)
    };
    prop_oneof![
        3 => (0..32usize, 0xa0..=0xa7u8, 0..3u8).prop_map(late),
        1 => (proptest::array::uniform32(0..=255u8), 0..=255u8).prop_map(|(bytes, last)| (AccountId(bytes), last)),
    ]
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(0..=255u8, 0..=INLINE + 1), vec(0..=255u8, 0..4 * SLOT)]
}

fn bound() -> impl Strategy<Value = Bound<Key>> {
    prop_oneof![key().prop_map(Bound::Included), key().prop_map(Bound::Excluded), Just(Bound::Unbounded)]
}

/// Slots that an entry with this value takes.
fn slots_of(value: &[u8]) -> u32 {
    1 + value.len().saturating_sub(INLINE).div_ceil(SLOT - 4) as u32
}

fn filled(model: &Model) -> Map {
    let mut map = Map::init(VectorMemory::default());
    for (key, value) in model {
        map.insert(*key, value.clone());
    }
    map
}

/// Whether a range from a lower to an upper bound is one that [`BTreeMap::range`] takes.
fn is_ordered(lower: &Bound<Key>, upper: &Bound<Key>) -> bool {
    match (lower, upper) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => true,
        (Bound::Excluded(lower), Bound::Excluded(upper)) => lower < upper,
        (Bound::Included(lower) | Bound::Excluded(lower), Bound::Included(upper) | Bound::Excluded(upper)) => {
            lower <= upper
        }
    }
}

proptest! {
    #[test]
    fn should_be_the_model_when_entries_come_change_and_go(
        changes in vec((key(), prop_oneof![3 => value().prop_map(Some), 2 => Just(None)]), 1..150),
    ) {
        let memory = VectorMemory::default();
        let mut map = Map::init(memory.clone());
        let (mut model, mut most) = (Model::new(), 0);
        for (key, change) in changes {
            prop_assert_eq!(map.get(&key), model.get(&key).cloned());
            prop_assert_eq!(map.contains_key(&key), model.contains_key(&key));
            match change {
                Some(value) => {
                    map.insert(key, value.clone());
                    model.insert(key, value);
                }
                None => prop_assert_eq!(map.remove(&key), model.remove(&key)),
            }
            prop_assert_eq!((map.len(), map.is_empty()), (model.len() as u64, model.is_empty()));
            prop_assert!(map.iter().eq(model.clone()));
            most = most.max(model.values().map(|value| slots_of(value)).sum());
            // Slots are used again: never more than were needed at a time.
            prop_assert!(map.slots.used() <= most);
            // The next version of a canister finds the same.
            map = Map::init(memory.clone());
            prop_assert!(map.iter().rev().eq(model.clone().into_iter().rev()));
        }
        for key in model.keys() {
            map.remove(key);
        }
        prop_assert!(map.is_empty() && map.iter().next().is_none());
    }

    #[test]
    fn should_read_what_is_within_bounds_when_read_from_both_ends(
        model in vec((key(), value()), 0..60), lower in bound(), upper in bound(), ends in vec(proptest::bool::ANY, 80),
    ) {
        let model: Model = model.into_iter().collect();
        let map = filled(&model);
        if !is_ordered(&lower, &upper) {
            prop_assert_eq!(map.range((lower, upper)).next(), None);
            prop_assert_eq!(map.range((lower, upper)).next_back(), None);
            return Ok(());
        }
        let mut expected = model.range((lower, upper));
        let (mut found, mut keys) = (map.range((lower, upper)), map.keys_range((lower, upper)));
        for is_front in ends {
            let (expected, found, key) = if is_front {
                (expected.next(), found.next(), keys.next())
            } else {
                (expected.next_back(), found.next_back(), keys.next_back())
            };
            prop_assert_eq!(found, expected.map(|(key, value)| (*key, value.clone())));
            prop_assert_eq!(key.as_ref(), expected.map(|(key, _)| key));
        }
    }

    #[test]
    fn should_keep_the_order_of_keys_when_they_are_written_as_bytes(
        ones in (vec(0..3u8, 0..=29usize), 0..3u64, 0..3u8), others in (vec(0..3u8, 0..=29usize), 0..3u64, 0..3u8),
    ) {
        let key = |(principal, time, byte): (Vec<u8>, u64, u8)| {
            (Principal::from_slice(&principal), (Timestamp(time << 20), u64::from(byte) << 40), byte)
        };
        let (one, other) = (key(ones), key(others));
        let [of_one, of_other] = [&one, &other].map(bytes_of);
        prop_assert_eq!(of_one.as_slice().cmp(of_other.as_slice()), one.cmp(&other));
        prop_assert_eq!(<(Principal, (Timestamp, u64), u8)>::read(of_one.as_slice()), one);
    }
}

#[test]
#[should_panic(expected = "something else than such a map")]
fn should_refuse_a_memory_when_entries_in_it_have_another_size() {
    let memory = VectorMemory::default();
    Map::init(memory.clone()).insert((AccountId([1; 32]), 2), vec![3]);
    let _ = TrieMap::<Key, Vec<u8>, { INLINE + 1 }, _>::init(memory);
}

#[test]
#[should_panic(expected = "shorter than 64 KiB")]
fn should_refuse_a_value_when_its_length_cannot_be_written() {
    Map::init(VectorMemory::default()).insert((AccountId([1; 32]), 2), vec![3; 65_536]);
}

#[test]
fn should_keep_the_longest_value_when_it_takes_many_slots() {
    let mut map = Map::init(VectorMemory::default());
    let longest: Vec<_> = (0..65_535u32).map(|number| number as u8).collect();
    map.insert((AccountId([1; 32]), 2), longest.clone());
    map.insert((AccountId([1; 32]), 3), vec![]);
    assert_eq!(map.get(&(AccountId([1; 32]), 2)), Some(longest.clone()));
    assert_eq!(map.remove(&(AccountId([1; 32]), 2)), Some(longest));
    assert_eq!(map.get(&(AccountId([1; 32]), 3)), Some(vec![]));
}

/// A memory that counts how often it is read.
struct Counted<'a>(VectorMemory, &'a Cell<u64>);

impl Memory for Counted<'_> {
    fn size(&self) -> u64 {
        self.0.size()
    }
    fn grow(&self, pages: u64) -> i64 {
        self.0.grow(pages)
    }
    fn read(&self, offset: u64, dst: &mut [u8]) {
        self.1.set(self.1.get() + 1);
        self.0.read(offset, dst);
    }
    fn write(&self, offset: u64, src: &[u8]) {
        self.0.write(offset, src);
    }
}

/// How often a map of these keys is read to find one: the most of all keys.
fn most_reads(keys: &[AccountId]) -> u64 {
    let reads = Cell::new(0);
    let mut map = TrieMap::<AccountId, u8, 1, _>::init(Counted(VectorMemory::default(), &reads));
    keys.iter().for_each(|key| map.insert(*key, 1));
    let found = |key| {
        reads.set(0);
        assert_eq!(map.get(key), Some(1));
        reads.get()
    };
    keys.iter().map(found).max().unwrap_or_default()
}

#[test]
fn should_read_a_fork_for_each_bit_at_the_most_when_somebody_chooses_keys_to_make_ways_long() {
    // One key, and for each of its bits another that parts from it just there.
    let parting =
        |bit: usize| AccountId(std::array::from_fn(|byte| if byte == bit / 8 { 0x80 >> (bit % 8) } else { 0 }));
    let chosen: Vec<_> = (0..256).map(parting).chain([AccountId([0; 32])]).collect();
    assert_eq!(most_reads(&chosen), 256 + 1);
}

#[test]
fn should_read_twice_the_logarithm_at_the_most_when_keys_are_spread() {
    let spread = |number: u64| AccountId(Sha256::digest(number.to_be_bytes()).into());
    let keys: Vec<_> = (0..1 << 14).map(spread).collect();
    let most = most_reads(&keys);
    assert!(most <= 2 * 14 + 1, "{most}");
}
