//! Equal to `@semaphore-protocol/group` and to the definition, at the cost that is promised.

use super::{Head, MAX_LEAVES, MalformedPath, NodeId, Nodes, Path, TreeError};
use crate::{
    field::{Fr, parse_be32},
    poseidon::hash2,
};
use ark_ff::{AdditiveGroup, Field};
use proptest::{collection::vec, prelude::ProptestConfig, prelude::any, proptest};
use serde::Deserialize;
use std::{cell::Cell, collections::BTreeMap};

#[derive(Deserialize)]
struct Vectors {
    roots: Vec<String>,
    proofs: Vec<ProofVector>,
    root_of_1000: String,
}

#[derive(Deserialize)]
struct ProofVector {
    size: u64,
    leaf: u64,
    sides: u64,
    siblings: Vec<String>,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../tests/vectors/lean_imt/group.json")).unwrap()
}

fn element(text: &str) -> Fr {
    parse_be32(&hex::decode(text).unwrap().try_into().unwrap()).unwrap()
}

fn leaf(index: u64) -> Fr {
    hash2(Fr::from(index), Fr::from(7u64))
}

fn tree(size: u64) -> (BTreeMap<NodeId, Fr>, Head) {
    let (mut nodes, mut head) = (BTreeMap::new(), Head::EMPTY);
    let leaves: Vec<Fr> = (0..size).map(leaf).collect();
    assert_eq!(head.append_all(&mut nodes, &leaves), Ok(0..size));
    (nodes, head)
}

/// The definition, level by level.
fn naive_root(leaves: &[Fr]) -> Fr {
    match leaves {
        [] => Fr::ZERO,
        [root] => *root,
        _ => {
            let parents: Vec<Fr> = leaves
                .chunks(2)
                .map(|pair| match pair {
                    [left, right] => hash2(*left, *right),
                    lone => lone[0],
                })
                .collect();
            naive_root(&parents)
        }
    }
}

/// Counts what a stable map would be asked.
#[derive(Default)]
struct Counted {
    nodes: BTreeMap<NodeId, Fr>,
    reads: Cell<u32>,
    writes: u32,
}

impl Nodes for Counted {
    fn get(&self, at: NodeId) -> Option<Fr> {
        self.reads.set(self.reads.get() + 1);
        self.nodes.get(&at).copied()
    }

    fn put(&mut self, at: NodeId, node: Fr) {
        self.writes += 1;
        let earlier = self.nodes.insert(at, node);
        assert!(earlier.is_none(), "{at:?} was written twice");
    }
}

#[test]
fn should_equal_a_semaphore_group_when_leaves_are_appended_one_by_one() {
    let (mut nodes, mut head) = (BTreeMap::new(), Head::EMPTY);
    let vectors = vectors();
    assert_eq!(vectors.roots.len(), 70);
    for (index, root) in (0u64..).zip(&vectors.roots) {
        assert_eq!(head.append(&mut nodes, leaf(index)), Ok(index));
        assert_eq!(head.root(), element(root), "{} leaves", index + 1);
        assert_eq!(Head::restore(&nodes, head.size()), Ok(head));
    }
}

#[test]
fn should_equal_a_semaphore_group_when_many_are_appended_at_once() {
    assert_eq!(tree(1000).1.root(), element(&vectors().root_of_1000));
}

#[test]
fn should_prove_as_a_semaphore_group_does_when_asked_for_a_path() {
    let vectors = vectors();
    assert_eq!(vectors.proofs.len(), 28);
    for vector in vectors.proofs {
        let (nodes, head) = tree(vector.size);
        let expected = Path::new(vector.sides, vector.siblings.iter().map(|text| element(text)).collect()).unwrap();
        assert_eq!(head.path(&nodes, vector.leaf), Ok(expected.clone()), "{} of {}", vector.leaf, vector.size);
        assert!(expected.leads(leaf(vector.leaf), head.root()));
    }
}

#[test]
fn should_prove_every_leaf_and_no_other_when_the_tree_has_any_size() {
    for size in 1..=40 {
        let (nodes, head) = tree(size);
        for index in 0..size {
            let path = head.path(&nodes, index).unwrap();
            assert!(path.leads(leaf(index), head.root()), "{index} of {size}");
            assert!(!path.leads(leaf(size), head.root()), "{index} of {size}");
            assert!(path.siblings().len() <= usize::from(head.depth()));
        }
        assert_eq!(head.path(&nodes, size), Err(TreeError::NoSuchLeaf { index: size, size }));
    }
}

#[test]
fn should_not_lead_to_the_root_when_any_part_of_a_path_is_another() {
    let (nodes, head) = tree(21);
    let path = head.path(&nodes, 18).unwrap();
    for level in 0..path.siblings().len() {
        let mut siblings = path.siblings().to_vec();
        siblings[level] += Fr::ONE;
        assert!(!Path::new(path.sides(), siblings).unwrap().leads(leaf(18), head.root()));
        let flipped = Path::new(path.sides() ^ (1 << level), path.siblings().to_vec()).unwrap();
        assert!(!flipped.leads(leaf(18), head.root()));
    }
    let shorter = path.siblings()[..path.siblings().len() - 1].to_vec();
    assert!(!Path::new(path.sides() & 0b11, shorter).unwrap().leads(leaf(18), head.root()));
}

#[test]
fn should_refuse_a_path_when_it_is_too_long_or_has_stray_sides() {
    let siblings = |count: usize| vec![Fr::ONE; count];
    assert_eq!(Path::new(0, siblings(33)), Err(MalformedPath::TooLong { siblings: 33 }));
    assert_eq!(Path::new(1, siblings(0)), Err(MalformedPath::StraySide { sides: 1, siblings: 0 }));
    assert_eq!(Path::new(4, siblings(2)), Err(MalformedPath::StraySide { sides: 4, siblings: 2 }));
    assert_eq!(Path::new(u64::from(u32::MAX), siblings(32)).map(|path| path.sides()), Ok(u64::from(u32::MAX)));
}

#[test]
fn should_change_nothing_when_leaves_are_refused() {
    let (nodes, head) = tree(3);
    let (mut changed_nodes, mut changed) = (nodes.clone(), head);
    let zero = changed.append_all(&mut changed_nodes, &[Fr::ONE, Fr::ZERO]);
    assert_eq!(zero, Err(TreeError::ZeroLeaf { index: 1 }));
    assert_eq!(changed.append_all(&mut changed_nodes, &[]), Ok(3..3));
    let mut full = Head::trusted(MAX_LEAVES, Fr::ONE);
    let refused = full.append(&mut changed_nodes, Fr::ONE);
    assert_eq!(refused, Err(TreeError::Full { size: MAX_LEAVES, added: 1 }));
    let at = NodeId { level: 0, index: 6 };
    let mut foreign = Head::trusted(7, Fr::ONE);
    assert_eq!(foreign.append(&mut changed_nodes, Fr::ONE), Err(TreeError::MissingNode { at }));
    assert_eq!((foreign, full), (Head::trusted(7, Fr::ONE), Head::trusted(MAX_LEAVES, Fr::ONE)));
    assert_eq!((changed, changed_nodes), (head, nodes));
    assert_eq!(
        Head::restore(&BTreeMap::new(), MAX_LEAVES + 1).unwrap_err(),
        TreeError::Full { size: MAX_LEAVES + 1, added: 0 }
    );
}

#[test]
fn should_take_the_last_place_when_the_tree_is_almost_full() {
    let mut nodes = BTreeMap::new();
    for level in 0..32 {
        nodes.insert(NodeId { level, index: ((MAX_LEAVES - 1) >> level) - 1 }, Fr::from(u64::from(level) + 1));
    }
    let mut head = Head::restore(&nodes, MAX_LEAVES - 1).unwrap();
    assert_eq!(head.append(&mut nodes, Fr::ONE), Ok(MAX_LEAVES - 1));
    assert_eq!(head.depth(), 32);
    assert_eq!(nodes.get(&NodeId { level: 32, index: 0 }), Some(&head.root()));
}

#[test]
fn should_read_and_write_only_along_one_path_when_appending() {
    let mut store = Counted::default();
    let mut head = Head::EMPTY;
    for index in 0..(1u64 << 10) {
        store.reads.set(0);
        store.writes = 0;
        head.append(&mut store, leaf(index)).unwrap();
        assert_eq!(store.reads.get(), index.count_ones());
        assert_eq!(store.writes, 1 + index.trailing_ones());
    }
}

#[test]
fn should_be_as_deep_as_its_size_demands() {
    for (size, depth) in [(0, 0), (1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (1 << 16, 16), ((1 << 16) + 1, 17)] {
        assert_eq!(Head::trusted(size, Fr::ONE).depth(), depth, "{size}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn should_have_the_defined_root_when_appended_in_any_batches(batches in vec(vec(any::<u64>(), 0..9), 0..9)) {
        let (mut nodes, mut head, mut all) = (BTreeMap::new(), Head::EMPTY, Vec::new());
        for batch in batches {
            let leaves: Vec<Fr> = batch.into_iter().map(|value| Fr::from(value) + Fr::ONE).collect();
            head.append_all(&mut nodes, &leaves).unwrap();
            all.extend(leaves);
            assert_eq!(head.root(), naive_root(&all));
        }
        for (index, leaf) in (0u64..).zip(&all) {
            assert!(head.path(&nodes, index).unwrap().leads(*leaf, head.root()));
        }
    }
}
