use super::{Hash, MountainRange};
use crate::receipts::position_label;
use crate::{decode_tree, encode_tree};
use ic_certification::{HashTree, LookupResult, empty, fork, fork_hash, labeled, leaf};
use ic_stable_structures::VectorMemory;
use proptest::{prop_assert_eq, proptest};

/// The same tree, built without any of the module's arithmetic.
fn model(values: &[Vec<u8>]) -> HashTree {
    fn perfect(first: u64, values: &[Vec<u8>]) -> HashTree {
        if let [value] = values {
            return labeled(position_label(first), leaf(value.as_slice()));
        }
        let (left, right) = values.split_at(values.len() / 2);
        fork(perfect(first, left), perfect(first + left.len() as u64, right))
    }
    // From the oldest mountain on: the bag so far, then the next mountain.
    let (mut bag, mut first, mut rest) = (None, 0, values);
    while !rest.is_empty() {
        let (mountain, later) = rest.split_at(1 << rest.len().ilog2());
        let top = perfect(first, mountain);
        bag = Some(match bag {
            None => top,
            Some(older) => fork(older, top),
        });
        (first, rest) = (first + mountain.len() as u64, later);
    }
    bag.unwrap_or_else(empty)
}

fn assert_witnesses(tree: &MountainRange<VectorMemory>, values: &[Vec<u8>]) {
    let root: Hash = model(values).digest();
    assert_eq!(tree.root(), root, "{} values", values.len());
    assert_eq!((tree.len(), tree.is_empty()), (values.len() as u64, values.is_empty()));
    for (position, value) in (0..).zip(values) {
        let witness = tree.witness(position, value);
        assert_eq!(witness.digest(), root, "position {position} of {}", values.len());
        let path = [position_label(position)];
        assert!(matches!(witness.lookup_path(path), LookupResult::Found(found) if found == value.as_slice()));
        assert_eq!(decode_tree(&encode_tree(&witness)), Ok(witness));
        assert_ne!(tree.witness(position, b"another value").digest(), root);
    }
}

#[test]
fn should_have_the_root_and_witnesses_of_the_model_when_it_grows() {
    let mut tree = MountainRange::init(VectorMemory::default());
    let mut values = Vec::new();
    assert_witnesses(&tree, &values);
    for number in 0..70u8 {
        assert_eq!(tree.push(&[number]), u64::from(number));
        values.push(vec![number]);
        assert_witnesses(&tree, &values);
    }
}

#[test]
fn should_be_the_same_tree_when_it_is_opened_again() {
    let memory = VectorMemory::default();
    let mut tree = MountainRange::init(memory.clone());
    for number in 0..11u8 {
        tree.push(&[number]);
    }
    let reopened = MountainRange::init(memory);
    assert_eq!(reopened.root(), tree.root());
    assert_eq!(reopened.len(), 11);
}

/// From the hash and its path to the root, as a verifier goes who knows nothing but position and size.
fn root_by_path(position: u64, size: u64, own: Hash, path: &[Hash]) -> Hash {
    let mut first = 0;
    let mut heights = (0..64).rev().filter(|height| size >> height & 1 == 1);
    let height = heights.find(|height| {
        let is_own = position < first + (1 << height);
        first += if is_own { 0 } else { 1 << height };
        is_own
    });
    let mut path = path.iter();
    let mut hash = own;
    for level in 0..height.expect("the position is in the range") {
        let sibling = path.next().expect("a sibling for each level");
        let is_right = (position - first) >> level & 1 == 1;
        hash = if is_right { fork_hash(sibling, &hash) } else { fork_hash(&hash, sibling) };
    }
    if first > 0 {
        hash = fork_hash(path.next().expect("the bag of older mountains"), &hash);
    }
    path.fold(hash, |hash, later| fork_hash(&hash, later))
}

#[test]
fn should_lead_from_every_hash_to_the_root_when_hashes_stand_for_themselves() {
    let memory = VectorMemory::default();
    let mut range = MountainRange::init(memory.clone());
    let hashes: Vec<Hash> = (0..70u8).map(|number| [number; 32]).collect();
    for (position, hash) in (0..).zip(&hashes) {
        assert_eq!(range.push_hash(*hash), position);
        let size = position + 1;
        for (position, hash) in (0..size).zip(&hashes) {
            let path = range.path_from(position);
            assert_eq!(root_by_path(position, size, *hash, &path), range.root(), "{position} of {size}");
            assert_ne!(root_by_path(position, size, [99; 32], &path), range.root());
        }
        assert_eq!(MountainRange::init(memory.clone()).root(), range.root(), "opened again with {size}");
    }
}

#[test]
#[should_panic(expected = "BUG: there is no value at position 3")]
fn should_panic_when_a_value_is_replaced_that_is_not_there() {
    let mut tree = MountainRange::init(VectorMemory::default());
    for number in 0..3u8 {
        tree.push(&[number]);
    }
    tree.set(3, b"nothing");
}

proptest! {
    #[test]
    fn should_equal_the_model_when_values_are_appended_and_replaced(
        count in 1..200usize,
        changes in proptest::collection::vec((0..200usize, 0..8u8), 0..20),
    ) {
        let mut tree = MountainRange::init(VectorMemory::default());
        let mut values: Vec<Vec<u8>> = (0..count).map(|number| vec![7; number % 40]).collect();
        for value in &values {
            tree.push(value);
        }
        for (position, byte) in changes {
            let position = position % count;
            values[position] = vec![byte];
            tree.set(position as u64, &[byte]);
        }
        prop_assert_eq!(tree.root(), model(&values).digest());
        let last = count - 1;
        prop_assert_eq!(tree.witness(last as u64, &values[last]).digest(), tree.root());
    }
}
