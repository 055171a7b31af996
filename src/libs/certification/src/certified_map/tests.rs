use super::{CertifiedMap, Key, Value};
use crate::{decode_tree, encode_tree};
use ic_certification::{HashTree, HashTreeNode, LookupResult, empty, fork, labeled, leaf, pruned};
use ic_stable_structures::VectorMemory;
use proptest::collection::vec;
use proptest::sample::Index;
use proptest::{prop_assert, prop_assert_eq, prop_oneof, proptest, strategy::Strategy};
use std::collections::BTreeMap;

type Model = BTreeMap<Key, Value>;

/// The same tree, built from the sorted entries alone.
fn model_tree(entries: &[(Key, Value)]) -> HashTree {
    let ([(first, value), ..], [.., (last, _)]) = (entries, entries) else { return empty() };
    if entries.len() == 1 {
        return labeled(first, leaf(value));
    }
    let bit_of = |key: &Key, bit: usize| key[bit / 8] >> (7 - bit % 8) & 1;
    let bit = (0..256).find(|bit| bit_of(first, *bit) != bit_of(last, *bit)).expect("keys differ");
    let (left, right): (Vec<_>, Vec<_>) = entries.iter().partition(|(key, _)| bit_of(key, bit) == 0);
    fork(model_tree(&left), model_tree(&right))
}

fn full_tree(model: &Model) -> HashTree {
    let entries: Vec<_> = model.iter().map(|(key, value)| (*key, *value)).collect();
    model_tree(&entries)
}

fn filled(model: &Model) -> CertifiedMap<VectorMemory> {
    let mut map = CertifiedMap::init(VectorMemory::default());
    for (key, value) in model {
        assert_eq!(map.insert(key, value), None);
    }
    map
}

/// Whether a tree tells the truth about a key, or nothing.
fn is_truthful(tree: &HashTree, model: &Model, key: &Key) -> bool {
    match (tree.lookup_path([key]), model.get(key)) {
        (LookupResult::Found(told), Some(value)) => told == value,
        (LookupResult::Absent, None) | (LookupResult::Unknown, _) => true,
        (LookupResult::Found(_) | LookupResult::Absent | LookupResult::Error, _) => false,
    }
}

/// Keys that are often equal, and that often differ only late.
fn key() -> impl Strategy<Value = Key> {
    let late = |(place, byte): (usize, u8)| std::array::from_fn(|index| if index == place { byte } else { 0xa5 });
    prop_oneof![
        (0..32usize, 0..4u8).prop_map(late),
        (0..32usize, 0xa0..=0xa7u8).prop_map(late),
        vec(0..=255u8, 32).prop_map(|bytes| {
            let mut key = [0; 32];
            key.copy_from_slice(&bytes);
            key
        })
    ]
}

fn value() -> impl Strategy<Value = Value> {
    (0..3u8).prop_map(|byte| [byte; 32])
}

fn model() -> impl Strategy<Value = Model> {
    vec((key(), value()), 0..60).prop_map(|entries| entries.into_iter().collect())
}

proptest! {
    #[test]
    fn should_be_the_model_when_entries_come_change_and_go(
        changes in vec((key(), prop_oneof![3 => value().prop_map(Some), 2 => proptest::strategy::Just(None)]), 1..150),
    ) {
        let memory = VectorMemory::default();
        let mut map = CertifiedMap::init(memory.clone());
        let (mut model, mut most) = (Model::new(), 0);
        for (key, change) in changes {
            let before = model.get(&key).copied();
            prop_assert_eq!(map.get(&key), before);
            match change {
                Some(value) => {
                    prop_assert_eq!(map.insert(&key, &value), before);
                    model.insert(key, value);
                }
                None => {
                    prop_assert_eq!(map.remove(&key), before);
                    model.remove(&key);
                }
            }
            prop_assert_eq!(map.root(), full_tree(&model).digest());
            prop_assert_eq!((map.len(), map.is_empty()), (model.len() as u64, model.is_empty()));
            most = most.max(model.len() as u64);
        }
        // Slots are used again: never more than the most entries at a time needed.
        prop_assert!(map.slots.used() <= 2 * most);
        let opened = CertifiedMap::init(memory);
        prop_assert_eq!(opened.root(), map.root());
        for (key, value) in &model {
            prop_assert_eq!(opened.get(key), Some(*value));
        }
    }

    #[test]
    fn should_be_the_model_when_several_entries_change_at_once(
        model in model(),
        batches in vec(vec((key(), proptest::option::of(value())), 0..25), 1..6),
    ) {
        let (mut map, mut model) = (filled(&model), model);
        for batch in batches {
            // Some of what is there changes or goes as well.
            let there = model.keys().step_by(3).enumerate().map(|(at, key)| (*key, (at % 2 == 0).then_some([7; 32])));
            let changes: BTreeMap<_, _> = there.chain(batch).collect();
            map.change(&changes);
            for (key, change) in &changes {
                match change {
                    Some(value) => model.insert(*key, *value),
                    None => model.remove(key),
                };
            }
            prop_assert_eq!(map.root(), full_tree(&model).digest());
            prop_assert_eq!(map.len(), model.len() as u64);
            for key in changes.keys() {
                prop_assert_eq!(map.get(key), model.get(key).copied());
            }
        }
        let most = map.slots.used();
        map.change(&model.keys().map(|key| (*key, None)).collect());
        prop_assert_eq!((map.root(), map.len()), (empty().digest(), 0));
        map.change(&model.iter().map(|(key, value)| (*key, Some(*value))).collect());
        prop_assert_eq!((map.root(), map.slots.used()), (full_tree(&model).digest(), most), "slots are used again");
    }

    #[test]
    fn should_have_one_root_whatever_order_entries_come_in(model in model(), gone in vec(key(), 0..20), picks in vec(proptest::arbitrary::any::<Index>(), 60)) {
        let mut map = CertifiedMap::init(VectorMemory::default());
        for key in gone.iter().filter(|key| !model.contains_key(*key)) {
            map.insert(key, &[9; 32]);
        }
        let mut left: Vec<_> = model.iter().collect();
        for pick in picks {
            if !left.is_empty() {
                let (key, value) = left.swap_remove(pick.index(left.len()));
                map.insert(key, value);
            }
        }
        for key in gone.iter().filter(|key| !model.contains_key(*key)) {
            map.remove(key);
        }
        prop_assert_eq!(map.root(), filled(&model).root());
    }

    #[test]
    fn should_prove_each_key_present_or_absent_when_asked_for_it(
        model in model(), asked in vec(key(), 0..8), picks in vec(proptest::arbitrary::any::<Index>(), 0..8), others in vec(key(), 0..20),
    ) {
        let map = filled(&model);
        let present: Vec<Key> = model.keys().copied().collect();
        let asked: Vec<Key> = asked
            .into_iter()
            .chain(picks.iter().filter(|_| !present.is_empty()).map(|pick| present[pick.index(present.len())]))
            .collect();
        let witness = map.witness(&asked);
        if !asked.is_empty() || model.is_empty() {
            prop_assert_eq!(decode_tree(&encode_tree(&witness)), Ok(witness.clone()));
        }
        prop_assert_eq!(witness.digest(), map.root());
        for key in &asked {
            match model.get(key) {
                Some(value) => prop_assert_eq!(witness.lookup_path([key]), LookupResult::Found(value.as_slice())),
                None => prop_assert_eq!(witness.lookup_path([key]), LookupResult::Absent),
            }
        }
        for key in others.iter().chain(&present) {
            prop_assert!(is_truthful(&witness, &model, key));
        }
        // It shows the asked keys and at most two neighbours of each absent one, and values of asked keys only.
        let shown = labels(witness.as_ref());
        let absent = asked.iter().filter(|key| !model.contains_key(*key)).count();
        prop_assert!(shown.len() <= asked.len() + absent);
        for key in present.iter().filter(|key| !asked.contains(key)) {
            prop_assert!(!matches!(witness.lookup_path([key]), LookupResult::Found(_)));
        }
    }

    /// Whoever passes a witness on can prune more of it, or less.
    #[test]
    fn should_never_lie_when_any_parts_of_the_tree_are_pruned(
        model in model(), cuts in vec(proptest::arbitrary::any::<bool>(), 200), asked in vec(key(), 0..20),
    ) {
        let mut cuts = cuts.into_iter();
        let tree = cut(full_tree(&model).as_ref(), &mut cuts);
        prop_assert_eq!(tree.digest(), filled(&model).root());
        for key in asked.iter().chain(model.keys()) {
            prop_assert!(is_truthful(&tree, &model, key));
        }
    }
}

/// The tree, pruned where `cuts` says.
fn cut(node: &HashTreeNode, cuts: &mut impl Iterator<Item = bool>) -> HashTree {
    if cuts.next().unwrap_or_default() && cuts.next().unwrap_or_default() {
        return pruned(node.digest());
    }
    match node {
        HashTreeNode::Empty() => empty(),
        HashTreeNode::Fork(parts) => {
            let left = cut(&parts.0, cuts);
            fork(left, cut(&parts.1, cuts))
        }
        HashTreeNode::Labeled(label, below) => labeled(label.as_bytes(), cut(below, cuts)),
        HashTreeNode::Leaf(value) => leaf(value.as_slice()),
        HashTreeNode::Pruned(hash) => pruned(*hash),
    }
}

fn labels(node: &HashTreeNode) -> Vec<Vec<u8>> {
    match node {
        HashTreeNode::Fork(parts) => [labels(&parts.0), labels(&parts.1)].concat(),
        HashTreeNode::Labeled(label, _) => vec![label.as_bytes().to_vec()],
        HashTreeNode::Empty() | HashTreeNode::Leaf(_) | HashTreeNode::Pruned(_) => Vec::new(),
    }
}

fn spread(count: u64) -> Model {
    (0..count).map(|number| (super::hash::leaf_hash(&[number as u8; 32]), [1; 32])).collect()
}

#[test]
fn should_prove_nothing_else_when_any_bit_of_a_witness_is_another() {
    let model = spread(40);
    let map = filled(&model);
    let present = *model.keys().nth(17).expect("one of forty");
    let absent = [0x77; 32];
    let witness = map.witness(&[present, absent]);
    let bytes = encode_tree(&witness);
    for bit in 0..8 * bytes.len() {
        let mut forged = bytes.clone();
        forged[bit / 8] ^= 1 << (bit % 8);
        let refused = decode_tree(&forged).map_or(true, |tree| tree.digest() != map.root());
        assert!(refused, "bit {bit}");
    }
}

#[test]
fn should_be_found_again_when_the_memory_is_opened_by_the_next_version() {
    let memory = VectorMemory::default();
    let mut map = CertifiedMap::init(memory.clone());
    assert_eq!(map.root(), empty().digest());
    for (key, value) in spread(40) {
        map.insert(&key, &value);
    }
    let root = map.root();
    drop(map);
    let mut map = CertifiedMap::init(memory);
    assert_eq!((map.root(), map.len()), (root, 40));
    for key in spread(40).keys() {
        map.remove(key);
    }
    assert_eq!((map.root(), map.len()), (empty().digest(), 0));
    assert_eq!(map.witness(&[[1; 32]]).lookup_path([[1; 32]]), LookupResult::Absent);
}

#[test]
fn should_write_nothing_when_a_change_changes_nothing() {
    let memory = VectorMemory::default();
    let mut map = CertifiedMap::init(memory.clone());
    map.insert(&[1; 32], &[2; 32]);
    let before = memory.borrow().clone();
    map.insert(&[1; 32], &[2; 32]);
    map.remove(&[2; 32]);
    assert_eq!(*memory.borrow(), before);
}

#[test]
#[should_panic(expected = "something else than a certified map")]
fn should_refuse_a_memory_when_something_else_is_in_it() {
    let memory = VectorMemory::default();
    memory.borrow_mut().resize(65_536, 7);
    let _ = CertifiedMap::init(memory);
}
