//! Membership: of any leaf, in trees up to the circuit's depth, and of nothing else.

use crate::circuit::{
    Circuit, ContextMembershipCircuit, Depth, PathTooLong,
    test_fixtures::{Constraints, domain, is_satisfied, synthesize},
};
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use calisec_zk::{
    merkle::{Head, NodeId, Path},
    statement::context_membership::{ContextMembership, Leaf, member_tag},
};
use std::collections::BTreeMap;

fn depth(levels: u8) -> Depth {
    Depth::new(levels).unwrap()
}

fn leaf(index: u64) -> Leaf {
    Leaf { content_tag: member_tag(), owner_secret: Fr::from(100 + index), salt: -Fr::from(index) }
}

fn tree(size: u64) -> (BTreeMap<NodeId, Fr>, Head) {
    let (mut nodes, mut head) = (BTreeMap::new(), Head::EMPTY);
    let leaves: Vec<Fr> = (0..size).map(|index| leaf(index).commitment(&domain().context_id)).collect();
    head.append_all(&mut nodes, &leaves).unwrap();
    (nodes, head)
}

fn path(size: u64, index: u64) -> Path {
    let (nodes, head) = tree(size);
    head.path(&nodes, index).unwrap()
}

fn circuit(levels: u8, size: u64, index: u64) -> ContextMembershipCircuit {
    let (leaf, path) = (leaf(index), path(size, index));
    let claim = ContextMembership::of(&leaf, &path, &domain());
    ContextMembershipCircuit::new(depth(levels), claim, &leaf, &path).unwrap()
}

fn with(levels: u8, claim: ContextMembership, leaf: &Leaf, path: &Path) -> bool {
    is_satisfied(ContextMembershipCircuit::new(depth(levels), claim, leaf, path).unwrap())
}

#[test]
fn should_be_satisfied_by_every_leaf_when_the_tree_is_no_deeper_than_the_circuit() {
    for size in 1..=8 {
        for index in 0..size {
            assert!(is_satisfied(circuit(3, size, index)), "{index} of {size}");
        }
    }
}

#[test]
fn should_cost_246_constraints_per_level() {
    let constraints = |levels| synthesize(ContextMembershipCircuit::blank([depth(levels)])).num_constraints();
    // Hashes of four and two, two equalities, one square; see the test for notes.
    assert_eq!(constraints(1), 3 * (8 * 5 + 60 - 1) + 3 * (8 * 3 + 57 - 1) + 2 + 1 + 246);
    assert_eq!(constraints(2) - constraints(1), 246);
    assert_eq!(constraints(32) - constraints(1), 31 * 246);
}

#[test]
fn should_have_the_same_constraints_when_only_values_differ() {
    let blank = Constraints::new(ContextMembershipCircuit::blank([depth(3)]));
    for (size, index) in [(1, 0), (7, 4), (7, 6), (8, 7)] {
        assert_eq!(blank.matrices, Constraints::new(circuit(3, size, index)).matrices, "{index} of {size}");
    }
}

#[test]
fn should_fail_when_any_single_variable_is_another() {
    // With levels that are absent, and siblings on both sides.
    for (levels, size, index) in [(4, 7, 4), (3, 7, 6), (3, 8, 5), (1, 1, 0)] {
        Constraints::new(circuit(levels, size, index)).assert_rigid();
    }
}

#[test]
fn should_fail_when_the_claim_is_another() {
    let (leaf, path) = (leaf(4), path(7, 4));
    let truth = ContextMembership::of(&leaf, &path, &domain());
    assert!(with(3, truth, &leaf, &path));
    let one = Fr::ONE;
    let false_claims = [
        ("root", ContextMembership { root: truth.root + one, ..truth }),
        ("root of a smaller tree", ContextMembership { root: tree(6).1.root(), ..truth }),
        ("zero root", ContextMembership { root: Fr::ZERO, ..truth }),
        ("nullifier", ContextMembership { nullifier: truth.nullifier + one, ..truth }),
        ("context", ContextMembership { context_tag: truth.context_tag + one, ..truth }),
        ("scope", ContextMembership { scope: truth.scope + one, ..truth }),
    ];
    for (desc, claim) in false_claims {
        assert!(!with(3, claim, &leaf, &path), "{desc}");
    }
}

#[test]
fn should_fail_when_leaf_or_path_is_another() {
    let (mine, my_path) = (leaf(4), path(7, 4));
    let truth = ContextMembership::of(&mine, &my_path, &domain());
    let one = Fr::ONE;
    let false_leaves = [
        ("no member", leaf(7)),
        ("at another place", leaf(5)),
        ("content", Leaf { content_tag: one, ..mine }),
        ("owner", Leaf { owner_secret: mine.owner_secret + one, ..mine }),
        ("salt", Leaf { salt: mine.salt + one, ..mine }),
    ];
    for (desc, leaf) in false_leaves {
        assert!(!with(3, truth, &leaf, &my_path), "{desc}");
        // Nor with the nullifier that goes with the leaf.
        let nullifier = ContextMembership::of(&leaf, &my_path, &domain()).nullifier;
        assert!(!with(3, ContextMembership { nullifier, ..truth }, &leaf, &my_path), "{desc}");
    }
    let siblings = my_path.siblings().to_vec();
    let false_paths = [
        ("other side", Path::new(my_path.sides() ^ 1, siblings.clone())),
        ("shorter", Path::new(my_path.sides() & 1, siblings[..2].to_vec())),
        ("empty", Path::new(0, Vec::new())),
    ];
    for (desc, path) in false_paths {
        assert!(!with(3, truth, &mine, &path.unwrap()), "{desc}");
    }
}

#[test]
fn should_refuse_a_path_when_the_circuit_has_too_few_levels() {
    let (leaf, path) = (leaf(0), path(5, 0));
    let claim = ContextMembership::of(&leaf, &path, &domain());
    let refused = ContextMembershipCircuit::new(depth(2), claim, &leaf, &path).err();
    assert_eq!(refused, Some(PathTooLong { length: 3, levels: 2 }));
}
