//! The audit log: a chain of hashes, and its certified head.
//!
//! The hash of an entry is SHA-256 over [`AUDIT_ENTRY_TAG`], the hash of the entry before (zeros for the first) and the
//! entry's body in CBOR ([`EntryBody`]), so the head commits to every entry and to their order. The same hashes stand in a
//! mountain range, whose root is part of the head, so that one entry can be proved without the others.

mod sealing;

pub use sealing::{keyed, salt, seal as seal_payload};

use crate::storage::{EntryBody, StepContent, StoredEntry, StoredEvent};
use calisec_certification::facts::{AUDIT_HEAD_LABEL, FACTS_LABEL};
use calisec_types::ids::{ContextId, Digest32, ProposalId, Seq};
use calisec_types::membership::{AuditEntry, Change};
use ic_certification::{HashTree, fork, labeled, leaf};
use sha2::{Digest, Sha256};

/// Domain tag of an entry's hash.
pub const AUDIT_ENTRY_TAG: &[u8] = b"calisec.audit-entry.v1\0";
/// Domain tag of the hash that a step of a proposal is compared by.
const STEP_CONTENT_TAG: &[u8] = b"calisec.membership-step.v1\0";
/// What the first entry has instead of the hash of an entry before.
pub const NO_PARENT: Digest32 = Digest32([0; 32]);

/// What tells whether a step is repeated with the same content.
#[must_use]
pub fn step_content(context: ContextId, proposal: ProposalId, change: &Change) -> Digest32 {
    let content = minicbor::to_vec(StepContent::of(context, proposal, change)).expect("BUG: a step must encode");
    Digest32(Sha256::new().chain_update(STEP_CONTENT_TAG).chain_update(content).finalize().into())
}

/// Chains an entry to the one before.
#[must_use]
pub fn seal(parent: Digest32, body: &EntryBody) -> StoredEntry {
    let body = minicbor::to_vec(body).expect("BUG: an audit entry must encode");
    let hash = Sha256::new().chain_update(AUDIT_ENTRY_TAG).chain_update(parent.0).chain_update(&body).finalize();
    StoredEntry { body, hash: Digest32(hash.into()) }
}

/// The entry as the API shows it.
#[must_use]
pub fn to_api(entry: &StoredEntry, parent: Digest32) -> AuditEntry {
    let EntryBody { seq, at, caller, context, event } =
        minicbor::decode(&entry.body).expect("BUG: an audit entry must decode");
    AuditEntry { seq, at, caller, context, event: event.into_api(context), parent, hash: entry.hash }
}

/// The hash that an entry must have: whoever reads the log checks it, and that each entry's parent is the hash before.
#[must_use]
pub fn expected_hash(entry: &AuditEntry) -> Digest32 {
    let AuditEntry { seq, at, caller, context, event, parent, hash: _ } = entry;
    let event = StoredEvent::from(event);
    seal(*parent, &EntryBody { seq: *seq, at: *at, caller: *caller, context: *context, event }).hash
}

/// The end of the log, which is certified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogHead {
    /// How many entries there are.
    pub seq: Seq,
    /// The hash of the last.
    pub hash: Digest32,
    /// The root of the mountain range over the hashes of all.
    pub root: Digest32,
}

/// The tree whose root is the canister's certified data; of the facts, this much of their own tree is told.
#[must_use]
pub fn certified_tree(head: &LogHead, facts: HashTree) -> HashTree {
    let LogHead { seq, hash, root } = head;
    let value = [seq.0.to_be_bytes().as_slice(), &hash.0, &root.0].concat();
    fork(labeled(AUDIT_HEAD_LABEL, leaf(value)), labeled(FACTS_LABEL, facts))
}

#[cfg(test)]
mod tests;
