//! Signals: of any member of a group, as Semaphore has them, and of nobody else.

use crate::circuit::{
    AnonymousSignalCircuit, Circuit, Depth, PathTooLong,
    test_fixtures::{Constraints, domain, is_satisfied, synthesize},
};
use crate::semaphore::{
    Identity,
    tests::{groups, identities, proved_in_semaphore},
};
use ark_bn254::Fr;
use ark_ed_on_bn254::Fr as SecretScalar;
use ark_ff::{AdditiveGroup, Field, PrimeField};
use calisec_zk::{
    field::to_be32,
    merkle::Path,
    poseidon::hash2,
    statement::anonymous_signal::{AnonymousSignal, hash, scope},
};

const GROUP_OF_FIVE: usize = 2;
const GROUP_OF_EIGHT: usize = 3;

fn depth(levels: u8) -> Depth {
    Depth::new(levels).unwrap()
}

fn circuit(levels: u8, group: usize, member: usize) -> AnonymousSignalCircuit {
    let (identity, path) = (&identities()[member], &groups()[group].paths[member]);
    AnonymousSignalCircuit::new(depth(levels), identity.claim(path, &domain()), identity, path).unwrap()
}

fn with(claim: AnonymousSignal, identity: &Identity, path: &Path) -> bool {
    is_satisfied(AnonymousSignalCircuit::new(depth(3), claim, identity, path).unwrap())
}

#[test]
fn should_be_satisfied_by_every_member_when_the_group_is_no_deeper_than_the_circuit() {
    for (at, group) in groups().iter().enumerate() {
        for member in 0..group.paths.len() {
            assert!(is_satisfied(circuit(3, at, member)), "{member} of group {at}");
        }
    }
}

#[test]
fn should_be_satisfied_by_the_inputs_that_semaphores_own_circuit_proved() {
    let (identity, path) = (&identities()[2], &groups()[GROUP_OF_FIVE].paths[2]);
    let proved = proved_in_semaphore();
    assert!(with(proved, identity, path));
    assert!(!with(AnonymousSignal { nullifier: proved.nullifier + Fr::ONE, ..proved }, identity, path));
}

#[test]
fn should_cost_what_the_documentation_says() {
    let constraints = |levels| synthesize(AnonymousSignalCircuit::blank([depth(levels)])).num_constraints();
    assert_eq!(constraints(2) - constraints(1), 246);
    assert_eq!(constraints(20), 2_102 + 20 * 246);
}

#[test]
fn should_have_the_same_constraints_when_only_values_differ() {
    let blank = Constraints::new(AnonymousSignalCircuit::blank([depth(3)]));
    for (group, member) in [(0, 0), (GROUP_OF_FIVE, 4), (GROUP_OF_EIGHT, 7)] {
        assert_eq!(blank.matrices, Constraints::new(circuit(3, group, member)).matrices, "{member} of group {group}");
    }
}

#[test]
fn should_fail_when_any_single_variable_is_another() {
    // The message is among them, with which nothing is computed.
    for (levels, group, member) in [(1, 0, 0), (4, GROUP_OF_FIVE, 4), (3, GROUP_OF_EIGHT, 5)] {
        Constraints::new(circuit(levels, group, member)).assert_rigid();
    }
}

#[test]
fn should_fail_when_the_claim_is_another() {
    let (identity, group) = (&identities()[2], &groups()[GROUP_OF_FIVE]);
    let path = &group.paths[2];
    let truth = identity.claim(path, &domain());
    assert!(with(truth, identity, path));
    let one = Fr::ONE;
    let false_claims = [
        ("root", AnonymousSignal { root: truth.root + one, ..truth }),
        ("root of another group", AnonymousSignal { root: groups()[GROUP_OF_EIGHT].root, ..truth }),
        ("zero root", AnonymousSignal { root: Fr::ZERO, ..truth }),
        ("commitment for root", AnonymousSignal { root: identity.commitment(), ..truth }),
        ("nullifier", AnonymousSignal { nullifier: truth.nullifier + one, ..truth }),
        ("zero nullifier", AnonymousSignal { nullifier: Fr::ZERO, ..truth }),
        ("scope", AnonymousSignal { scope_hash: truth.scope_hash + one, ..truth }),
    ];
    for (desc, claim) in false_claims {
        assert!(!with(claim, identity, path), "{desc}");
    }
}

#[test]
fn should_fail_when_identity_or_path_is_another() {
    let (identities, group) = (identities(), &groups()[GROUP_OF_FIVE]);
    let (mine, path) = (&identities[2], &group.paths[2]);
    let truth = mine.claim(path, &domain());
    let next = Identity::from_bytes(&to_be32(&(mine.secret() + Fr::ONE))).unwrap();
    for (desc, other) in [("no member", &identities[7]), ("at another place", &identities[3]), ("the next", &next)] {
        assert!(!with(truth, other, path), "{desc}");
        // Nor with the nullifier that goes with the identity.
        let nullifier = other.claim(path, &domain()).nullifier;
        assert!(!with(AnonymousSignal { nullifier, ..truth }, other, path), "{desc}");
    }
    let siblings = path.siblings().to_vec();
    let false_paths = [
        ("other side", Path::new(path.sides() ^ 1, siblings.clone())),
        ("shorter", Path::new(path.sides() & 3, siblings[..2].to_vec())),
        ("empty", Path::new(0, Vec::new())),
        ("of the neighbour", Ok(group.paths[3].clone())),
    ];
    for (desc, path) in false_paths {
        assert!(!with(truth, mine, &path.unwrap()), "{desc}");
    }
}

/// The attack: a secret and the same plus the subgroup's order have one public key, hence one place in the group, but two
/// nullifiers in each scope.
#[test]
fn should_give_an_identity_one_nullifier_when_its_secret_is_raised_by_the_order() {
    let (order, path) = (Fr::new(SecretScalar::MODULUS), Path::new(0, Vec::new()).unwrap());
    let scope_hash = hash(&scope(&domain()));
    let small = Fr::from(5u64);
    let largest = order - Fr::ONE;
    for secret in [small, largest] {
        let identity = Identity::from_bytes(&to_be32(&secret)).unwrap();
        let truth = identity.claim(&path, &domain());
        let circuit =
            |claim, secret| AnonymousSignalCircuit::new(depth(1), claim, &identity, &path).unwrap().with_secret(secret);
        assert!(is_satisfied(circuit(truth, secret)));
        // The first of `small` has no more bits than a secret may have, the last is all that fits below the modulus.
        for times in 1..=7u64 {
            let raised = secret + order * Fr::from(times);
            let nullifier = hash2(scope_hash, raised);
            assert_ne!(nullifier, truth.nullifier);
            assert!(!is_satisfied(circuit(AnonymousSignal { nullifier, ..truth }, raised)), "{times} times");
        }
    }
    assert!((small + order).into_bigint() < Fr::from(2u64).pow([251]).into_bigint());
}

#[test]
fn should_refuse_a_path_when_the_circuit_has_too_few_levels() {
    let (identity, path) = (&identities()[0], &groups()[GROUP_OF_EIGHT].paths[0]);
    let refused = AnonymousSignalCircuit::new(depth(2), identity.claim(path, &domain()), identity, path).err();
    assert_eq!(refused, Some(PathTooLong { length: 3, levels: 2 }));
}
