//! LeanIMT over a stable map and the checks of statements, measured by the canister itself.
//!
//! Each method answers the difference of `performance_counter(0)` around just the operation that it is named after.

use calisec_types::ids::{ContextId, Digest32};
use calisec_zk::{
    field::{Fr, parse_be32, to_be32},
    merkle::{Head, NodeId, Nodes},
    statement::{Domain, Purpose, Statement, anonymous_signal::AnonymousSignal, context_membership::ContextMembership},
};
use candid::Principal;
use ic_stable_structures::{DefaultMemoryImpl, StableBTreeMap};
use std::hint::black_box;

fn main() {}

/// As a canister keeps nodes.
struct Stable(StableBTreeMap<(u8, u64), [u8; 32], DefaultMemoryImpl>);

impl Nodes for Stable {
    fn get(&self, at: NodeId) -> Option<Fr> {
        self.0.get(&(at.level, at.index)).and_then(|bytes| parse_be32(&bytes).ok())
    }

    fn put(&mut self, at: NodeId, node: Fr) {
        self.0.insert((at.level, at.index), to_be32(&node));
    }
}

/// A tree of `size` leaves as far as appending to it can tell: its peaks, among a thousand other nodes.
fn tree(size: u64) -> (Stable, Head) {
    let mut nodes = Stable(StableBTreeMap::new(DefaultMemoryImpl::default()));
    for index in 0..1_000 {
        nodes.put(NodeId { level: 40, index }, Fr::from(index));
    }
    for level in 0..=32u8 {
        let complete = size >> level;
        if complete & 1 == 1 {
            nodes.put(NodeId { level, index: complete - 1 }, -Fr::from(u64::from(level) + 1));
        }
    }
    (nodes, Head::trusted(size, Fr::from(1u64)))
}

fn measure<T>(operation: impl FnOnce() -> T) -> u64 {
    let before = ic_cdk::api::instruction_counter();
    black_box(operation());
    ic_cdk::api::instruction_counter() - before
}

/// Appends so many leaves at once to a tree of so many.
#[ic_cdk::update]
fn append(size: u64, count: u64) -> Result<u64, String> {
    let (mut nodes, mut head) = tree(size);
    let leaves: Vec<Fr> = (1..=count).map(|leaf| -Fr::from(leaf)).collect();
    let mut appended = None;
    let instructions = measure(|| appended = Some(head.append_all(&mut nodes, &leaves)));
    match appended {
        Some(Ok(range)) if range == (size..size + count) => Ok(instructions),
        other => Err(format!("{other:?}")),
    }
}

fn domain() -> Result<Domain<'static>, String> {
    Ok(Domain {
        network_root_key_hash: Digest32([1; 32]),
        proof_verifier: Principal::from_slice(&[1; 10]),
        context_id: ContextId([2; 32]),
        consumer: Principal::from_slice(&[3; 10]),
        submitter: Principal::from_slice(&[4; 29]),
        purpose: Purpose::new("poll/7#yes").map_err(|error| error.to_string())?,
    })
}

/// Checks an anonymous signal against its domain.
#[ic_cdk::update]
fn check_anonymous_signal() -> Result<u64, String> {
    let domain = black_box(domain()?);
    let claim = AnonymousSignal::new(Fr::from(1u64), Fr::from(2u64), &domain);
    checked(&claim, &domain)
}

/// Checks a membership against its domain.
#[ic_cdk::update]
fn check_context_membership() -> Result<u64, String> {
    let domain = black_box(domain()?);
    let (signal, scope) = (domain.signal(), domain.scope());
    let context_tag = calisec_zk::statement::note_commitment::context_tag(&domain.context_id);
    checked(&ContextMembership { root: Fr::from(1u64), nullifier: Fr::from(2u64), context_tag, signal, scope }, &domain)
}

fn checked(claim: &impl Statement, domain: &Domain<'_>) -> Result<u64, String> {
    let mut outcome = Ok(());
    let instructions = measure(|| outcome = claim.check(domain));
    outcome.map(|()| instructions).map_err(|mismatch| mismatch.to_string())
}
