use super::{InclusionError, audit_entry};
use crate::verify::tests::{Network, log, membership};
use crate::verify::{Head, HeadError};
use calisec_types::ids::{Digest32, Seq};
use calisec_types::membership::{AuditEntry, AuditEntryProof};
use ic_certification::{HashTree, fork, pruned};
use serde_bytes::ByteBuf;

/// The hash of a perfect tree over entries, and the path of one of them in it.
fn perfect(hashes: &[Digest32], place: usize, path: &mut Vec<Digest32>) -> HashTree {
    if let [hash] = hashes {
        return pruned(hash.0);
    }
    let (left, right) = hashes.split_at(hashes.len() / 2);
    let is_left = place < left.len();
    let (mut own, mut other) = (Vec::new(), Vec::new());
    let left_tree = perfect(left, place, if is_left { &mut own } else { &mut other });
    let right_tree = perfect(right, place.saturating_sub(left.len()), if is_left { &mut other } else { &mut own });
    own.push(Digest32(if is_left { right_tree.digest() } else { left_tree.digest() }));
    *path = own;
    fork(left_tree, right_tree)
}

/// Root and path, built as trees and not by the arithmetic that is tested.
fn range(hashes: &[Digest32], place: usize) -> (Digest32, Vec<Digest32>) {
    let (mut bag, mut rest, mut first, mut path): (Option<HashTree>, _, _, _) = (None, hashes, 0, Vec::new());
    while !rest.is_empty() {
        let (mountain, later) = rest.split_at(1 << rest.len().ilog2());
        let mut within = Vec::new();
        let top = perfect(mountain, place.saturating_sub(first), &mut within);
        if first > place {
            path.push(Digest32(top.digest()));
        } else if place < first + mountain.len() {
            path = within;
            path.extend(bag.as_ref().map(|older| Digest32(older.digest())));
        }
        bag = Some(match bag {
            None => top,
            Some(older) => fork(older, top),
        });
        (first, rest) = (first + mountain.len(), later);
    }
    (Digest32(bag.expect("entries").digest()), path)
}

fn proof_of(network: &Network, log: &[AuditEntry], place: usize) -> AuditEntryProof {
    let hashes: Vec<_> = log.iter().map(|entry| entry.hash).collect();
    let (root, path) = range(&hashes, place);
    let last = log.last().expect("not empty");
    let head = network.head_over(Head { seq: last.seq, hash: last.hash }, root);
    AuditEntryProof { entry: log[place].clone(), path, head }
}

#[test]
fn should_accept_every_entry_of_a_log_of_any_length() {
    let (network, log) = (Network::new(), log());
    for length in 1..=log.len() {
        for place in 0..length {
            let proof = proof_of(&network, &log[..length], place);
            let verified = audit_entry(&proof, membership(), &network.trust());
            assert_eq!(verified.expect("verifies"), &log[place], "{place} of {length}");
        }
    }
}

#[test]
fn should_refuse_a_proof_when_any_bit_or_part_of_it_is_another() {
    let (network, log) = (Network::new(), log());
    let refused = |proof: &AuditEntryProof| audit_entry(proof, membership(), &network.trust()).expect_err("refused");
    for place in [0, 3, 10, log.len() - 1] {
        let good = proof_of(&network, &log, place);
        let seq = good.entry.seq;
        let wrong_path = |error: &InclusionError| matches!(error, InclusionError::WrongPath(at) if *at == seq);
        for (step, byte) in (0..good.path.len()).flat_map(|step| (0..32).map(move |byte| (step, byte))) {
            let mut forged = good.clone();
            forged.path[step].0[byte] ^= 1 << (byte % 8);
            assert!(wrong_path(&refused(&forged)), "byte {byte} of step {step}");
        }
        let mut paths = vec![Vec::new(), [good.path.as_slice(), &[Digest32([0; 32])]].concat()];
        paths.push(good.path[1..].to_vec());
        paths.push(good.path[..good.path.len() - 1].to_vec());
        paths.push(good.path.iter().rev().copied().collect());
        for path in paths {
            assert!(wrong_path(&refused(&AuditEntryProof { path, ..good.clone() })));
        }
        for byte in 0..32 {
            let mut forged = good.clone();
            forged.entry.hash.0[byte] ^= 1;
            assert!(matches!(refused(&forged), InclusionError::WrongHash(_)), "byte {byte} of the hash");
            let mut forged = good.clone();
            forged.entry.parent.0[byte] ^= 1;
            assert!(matches!(refused(&forged), InclusionError::WrongHash(_)), "byte {byte} of the parent");
        }
        let mut forged = good.clone();
        forged.head.root.0[7] ^= 1;
        assert!(matches!(refused(&forged), InclusionError::Head(HeadError::WrongHead)));
    }
}

#[test]
fn should_refuse_an_entry_when_it_is_not_of_this_log_or_place() {
    let (network, log) = (Network::new(), log());
    let refused = |proof: &AuditEntryProof| audit_entry(proof, membership(), &network.trust()).expect_err("refused");
    let good = proof_of(&network, &log, 4);
    // Another entry of the same log, and one that says another number and is hashed accordingly.
    let other = AuditEntryProof { entry: log[5].clone(), ..good.clone() };
    assert!(matches!(refused(&other), InclusionError::WrongPath(Seq(6))));
    for seq in [Seq(4), Seq(6), Seq(21)] {
        let mut moved = good.clone();
        moved.entry.seq = seq;
        moved.entry.hash = super::expected_hash(&moved.entry);
        assert!(matches!(refused(&moved), InclusionError::WrongPath(at) if at == seq));
    }
    // A log that ended before the entry: an older certificate.
    let older = proof_of(&network, &log[..4], 0).head;
    let early = AuditEntryProof { head: older, ..good.clone() };
    assert!(matches!(refused(&early), InclusionError::AfterTheEnd { seq: Seq(5), last: Seq(4) }));
    for seq in [Seq(0), Seq(u64::MAX)] {
        let mut nowhere = good.clone();
        nowhere.entry.seq = seq;
        nowhere.entry.hash = super::expected_hash(&nowhere.entry);
        assert!(matches!(refused(&nowhere), InclusionError::AfterTheEnd { seq: at, .. } if at == seq));
    }
    // A longer log's path does not fit an older head.
    let old = proof_of(&network, &log[..8], 4).head;
    assert!(matches!(refused(&AuditEntryProof { head: old, ..good.clone() }), InclusionError::WrongPath(Seq(5))));
    let mut stripped = good;
    stripped.head.certificate = Some(ByteBuf::from([1, 2, 3]));
    assert!(matches!(refused(&stripped), InclusionError::Head(HeadError::Certificate(_))));
}
