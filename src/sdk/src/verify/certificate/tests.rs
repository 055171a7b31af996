use super::{CERTIFICATE_TOLERANCE, CertificateError, certified_data, certified_within};
use crate::verify::Trust;
use crate::verify::tests::{NOW, Network, membership};
use calisec_types::ids::Timestamp;
use candid::Principal;
use ic_certification::{HashTree, fork, labeled, leaf, pruned};
use std::time::Duration;

const DATA: &[u8] = &[3; 32];

/// Ranges of canisters in CBOR.
fn ranges(of: &[(Principal, Principal)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut cbor = minicbor::Encoder::new(&mut bytes);
    cbor.array(of.len() as u64).expect("writes");
    for (first, last) in of {
        cbor.array(2).expect("writes").bytes(first.as_slice()).expect("writes").bytes(last.as_slice()).expect("writes");
    }
    bytes
}

#[test]
fn should_tell_the_time_of_a_certificate_when_it_is_young_enough() {
    let network = Network::new();
    let minute = Duration::from_secs(60);
    for (seconds_ago, max_age, accepted) in [
        (0, minute, true),
        (60, minute, true),
        (61, minute, false),
        (3_600, 61 * minute, true),
        (3_600, 59 * minute, false),
        (300, CERTIFICATE_TOLERANCE, true),
        (301, CERTIFICATE_TOLERANCE, false),
    ] {
        let at = Timestamp(NOW.0 - seconds_ago * 1_000_000_000);
        let certificate = network.certificate(membership(), DATA, at);
        let answer = certified_within(&certificate, membership(), &network.trust(), max_age);
        let is_accepted = answer.as_ref().is_ok_and(|certified| certified.at == at && certified.data == DATA);
        assert_eq!(is_accepted, accepted, "{seconds_ago} seconds ago, at most {max_age:?}: {answer:?}");
    }
    // However old a certificate may be, it may not be from the future.
    for (seconds_ahead, accepted) in [(300, true), (301, false)] {
        let certificate = network.certificate(membership(), DATA, NOW.plus_seconds(seconds_ahead));
        let answer = certified_within(&certificate, membership(), &network.trust(), 60 * minute);
        assert_eq!(answer.is_ok(), accepted, "{seconds_ahead} seconds ahead: {answer:?}");
    }
}

#[test]
fn should_say_how_old_a_certificate_may_be_when_it_is_older() {
    let network = Network::new();
    let certificate = network.certificate(membership(), DATA, NOW);
    let trust = Trust { now: NOW.plus_seconds(90), ..network.trust() };
    let refused = certified_within(&certificate, membership(), &trust, Duration::from_secs(60)).expect_err("too old");
    let expected = NOW.plus_seconds(30);
    assert!(matches!(refused, CertificateError::TooOld { at: NOW, oldest } if oldest == expected), "{refused:?}");
}

#[test]
fn should_accept_a_subnet_when_it_shows_that_the_canister_is_its_own() {
    let network = Network::new();
    let (below, above) = (Principal::from_slice(&[6; 10]), Principal::from_slice(&[8; 10]));
    let own = leaf(ranges(&[(below, above)]));
    for tree in [by_key(own.clone()), old_layout(own)] {
        let certificate = network.certificate_of_subnet(tree, membership(), DATA);
        let data = certified_data(&certificate, membership(), &network.trust()).expect("verifies");
        assert_eq!(data, DATA);
    }
}

/// The library that checks signatures skips the ranges when none are left to see.
#[test]
fn should_refuse_a_certificate_when_its_subnet_hides_or_lacks_the_canister() {
    let network = Network::new();
    let above = Principal::from_slice(&[8; 10]);
    let foreign = leaf(ranges(&[(above, above)]));
    let none = leaf(ranges(&[]));
    let hidden = by_key(foreign.clone());
    let pruned_below =
        labeled("canister_ranges", labeled(SUBNET, pruned(labeled(above.as_slice(), foreign.clone()).digest())));
    let pruned_leaf = labeled("canister_ranges", labeled(SUBNET, labeled(above.as_slice(), pruned(foreign.digest()))));
    for (desc, tree) in [
        ("another canister's", hidden),
        ("pruned", pruned_below),
        ("pruned at the leaf", pruned_leaf),
        ("none", by_key(none.clone())),
        ("none in the old layout", old_layout(none)),
        ("another canister's in the old layout", old_layout(foreign)),
        ("no ranges at all", labeled("canister_ranges", pruned([1; 32]))),
    ] {
        let certificate = network.certificate_of_subnet(tree, membership(), DATA);
        let refused = certified_data(&certificate, membership(), &network.trust());
        assert!(matches!(refused, Err(CertificateError::ForeignSubnet { .. })), "{desc}: {refused:?}");
    }
}

/// The subnet's id in delegations of the test network.
const SUBNET: &[u8] = &[9; 29];

fn by_key(ranges: HashTree) -> HashTree {
    labeled("canister_ranges", labeled(SUBNET, labeled(Principal::from_slice(&[8; 10]).as_slice(), ranges)))
}

fn old_layout(ranges: HashTree) -> HashTree {
    labeled("subnet", labeled(SUBNET, labeled("canister_ranges", ranges)))
}

impl Network {
    /// A certificate signed by a subnet, which the network's delegation with this tree entitles. The subnet's key is put beside.
    fn certificate_of_subnet(&self, tree: HashTree, canister: Principal, data: &[u8]) -> Vec<u8> {
        self.delegated(SUBNET, |key| with_key(tree, key), canister, data)
    }
}

/// The tree of a delegation: what it tells of ranges, and the subnet's key.
fn with_key(tree: HashTree, key: HashTree) -> HashTree {
    let labeled_key = labeled("public_key", key);
    match tree.lookup_subtree([b"subnet".as_slice(), SUBNET]) {
        ic_certification::SubtreeLookupResult::Found(old) => labeled("subnet", labeled(SUBNET, fork(old, labeled_key))),
        ic_certification::SubtreeLookupResult::Absent | ic_certification::SubtreeLookupResult::Unknown => {
            fork(tree, labeled("subnet", labeled(SUBNET, labeled_key)))
        }
    }
}
