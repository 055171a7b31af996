//! That one entry is in the log, without reading the rest.

use super::{HeadError, audit_head, expected_hash};
use crate::verify::Trust;
use calisec_types::ids::{Digest32, Seq};
use calisec_types::membership::{AuditEntry, AuditEntryProof};
use candid::Principal;
use ic_certification::fork_hash;

/// Why an entry is not believed to be in the log.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InclusionError {
    /// The head of the log is not believed.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The entry's hash is not of its content.
    #[error("the hash of entry {0} is not of its content")]
    WrongHash(Seq),
    /// The log that was certified has no entry of that number.
    #[error("the certified log ends at entry {last}, before entry {seq}")]
    AfterTheEnd {
        /// The entry's number.
        seq: Seq,
        /// The last entry's.
        last: Seq,
    },
    /// The path leads elsewhere.
    #[error("the path does not lead from entry {0} to the certified root")]
    WrongPath(Seq),
}

/// Verifies that `membership` wrote this entry, at this place of its log, by the time of the certificate.
///
/// # Errors
/// [`InclusionError`].
pub fn audit_entry<'a>(
    proof: &'a AuditEntryProof,
    membership: Principal,
    trust: &Trust<'_>,
) -> Result<&'a AuditEntry, InclusionError> {
    let AuditEntryProof { entry, path, head } = proof;
    let last = audit_head(head, membership, trust)?.seq;
    if entry.hash != expected_hash(entry) {
        return Err(InclusionError::WrongHash(entry.seq));
    }
    let position = entry.seq.0.checked_sub(1).filter(|position| *position < last.0);
    let position = position.ok_or(InclusionError::AfterTheEnd { seq: entry.seq, last })?;
    if root(position, last.0, entry.hash, path) != Some(head.root) {
        return Err(InclusionError::WrongPath(entry.seq));
    }
    Ok(entry)
}

/// Where the path leads, if it is as long as it must be. Entries stand in mountains: perfect trees, of which the sizes are
/// the bits of how many entries there are, the highest first. Written from the canister's README, not shared with it.
fn root(position: u64, size: u64, entry: Digest32, path: &[Digest32]) -> Option<Digest32> {
    let (mut first, mut later) = (0, size);
    let height = loop {
        let height = later.checked_ilog2()?;
        later -= 1 << height;
        if position - first < 1 << height {
            break height;
        }
        first += 1 << height;
    };
    let mut path = path.iter().map(|sibling| &sibling.0);
    let mut hash = entry.0;
    for level in 0..height {
        let sibling = path.next()?;
        let is_right = (position - first) >> level & 1 == 1;
        hash = if is_right { fork_hash(sibling, &hash) } else { fork_hash(&hash, sibling) };
    }
    if first > 0 {
        hash = fork_hash(path.next()?, &hash);
    }
    for _ in 0..later.count_ones() {
        hash = fork_hash(&hash, path.next()?);
    }
    path.next().is_none().then_some(Digest32(hash))
}

#[cfg(test)]
mod tests;
