use super::{Hash, MountainRange};
use crate::receipts::position_label;
use crate::{decode_tree, encode_tree};
use ic_certification::{HashTree, LookupResult, empty, fork, labeled, leaf};
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
    fn range(first: u64, values: &[Vec<u8>]) -> HashTree {
        if values.is_empty() {
            return empty();
        }
        let highest = 1 << values.len().ilog2();
        let (mountain, rest) = values.split_at(highest);
        let mountain = perfect(first, mountain);
        if rest.is_empty() { mountain } else { fork(mountain, range(first + highest as u64, rest)) }
    }
    range(0, values)
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
