//! Membership's audit log.

mod disclosure;
mod encoding;
mod inclusion;

pub use disclosure::{DisclosureError, disclosure};
pub use inclusion::{InclusionError, audit_entry};

use super::certificate::{CertificateError, Trust, certified_data};
use calisec_certification::decode_tree;
use calisec_types::ids::{Digest32, Seq};
use calisec_types::membership::{AuditEntry, AuditHead};
use candid::Principal;
use ic_certification::LookupResult;
use sha2::{Digest, Sha256};

/// Domain tag of an entry's hash.
const ENTRY_TAG: &[u8] = b"calisec.audit-entry.v1\0";
/// Where the head stands in the certified tree.
const HEAD_LABEL: &[u8] = b"audit_head";

/// The end of a log: how many entries it has, and the hash of the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The last entry's number; 0 for an empty log.
    pub seq: Seq,
    /// The last entry's hash; zeros for an empty log.
    pub hash: Digest32,
}

/// Why a head is not believed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum HeadError {
    /// It was asked for in a way that gives no certificate.
    #[error("the head has no certificate: ask for it with a query, not from a canister or with an update")]
    NoCertificate,
    /// The certificate proves nothing.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The witness is no hash tree.
    #[error("the witness is malformed: {0}")]
    MalformedWitness(String),
    /// The witness belongs to other data than the canister certified.
    #[error("the root of the witness is not what the canister certified")]
    WrongRoot,
    /// The witness holds another head than the answer.
    #[error("the witness holds another head than the answer")]
    WrongHead,
}

/// Verifies the head of the audit log that `membership` answered.
///
/// # Errors
/// [`HeadError`].
pub fn audit_head(head: &AuditHead, membership: Principal, trust: &Trust<'_>) -> Result<Head, HeadError> {
    let certificate = head.certificate.as_ref().ok_or(HeadError::NoCertificate)?;
    let certified = certified_data(certificate, membership, trust)?;
    let witness = decode_tree(&head.witness).map_err(HeadError::MalformedWitness)?;
    if witness.digest()[..] != certified[..] {
        return Err(HeadError::WrongRoot);
    }
    let expected = [head.seq.0.to_be_bytes().as_slice(), &head.hash.0, &head.root.0].concat();
    match witness.lookup_path([HEAD_LABEL]) {
        LookupResult::Found(value) if value == expected => Ok(Head { seq: head.seq, hash: head.hash }),
        LookupResult::Found(_) | LookupResult::Absent | LookupResult::Unknown | LookupResult::Error => {
            Err(HeadError::WrongHead)
        }
    }
}

/// Where a log is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// An entry is missing, repeated or out of order.
    #[error("entry {actual} stands where entry {expected} must")]
    OutOfOrder {
        /// The number that must come next.
        expected: Seq,
        /// The number that came.
        actual: Seq,
    },
    /// An entry does not follow the one before.
    #[error("entry {0} names another entry as the one before it")]
    WrongParent(Seq),
    /// An entry's hash is not of its content.
    #[error("the hash of entry {0} is not of its content")]
    WrongHash(Seq),
    /// The entries end elsewhere.
    #[error("the log ends at entry {actual}, not in the head at entry {expected}")]
    OtherHead {
        /// The head's number.
        expected: Seq,
        /// The last entry's number.
        actual: Seq,
    },
}

/// A log as far as it was read and checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditChain(Head);

/// Before the first entry.
impl Default for AuditChain {
    fn default() -> Self {
        Self(Head { seq: Seq(0), hash: Digest32([0; 32]) })
    }
}

impl AuditChain {
    /// After a head that was verified earlier: an auditor who comes back reads on from there.
    #[must_use]
    pub const fn after(head: Head) -> Self {
        Self(head)
    }

    /// Where it ends so far.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.0
    }

    /// Checks the entries that come next.
    ///
    /// # Errors
    /// [`ChainError`] for the first entry that does not fit; the chain then ends before it.
    pub fn extend<'a>(&mut self, entries: impl IntoIterator<Item = &'a AuditEntry>) -> Result<(), ChainError> {
        for entry in entries {
            let expected = self.0.seq.next();
            if entry.seq != expected {
                return Err(ChainError::OutOfOrder { expected, actual: entry.seq });
            }
            if entry.parent != self.0.hash {
                return Err(ChainError::WrongParent(entry.seq));
            }
            if entry.hash != expected_hash(entry) {
                return Err(ChainError::WrongHash(entry.seq));
            }
            self.0 = Head { seq: entry.seq, hash: entry.hash };
        }
        Ok(())
    }

    /// Checks that the log ends in this head.
    ///
    /// # Errors
    /// [`ChainError::OtherHead`].
    pub fn ends_in(&self, head: Head) -> Result<(), ChainError> {
        if self.0 == head {
            return Ok(());
        }
        Err(ChainError::OtherHead { expected: head.seq, actual: self.0.seq })
    }
}

/// The hash an entry must have: SHA-256 over the domain tag, the parent's hash and the entry's body in CBOR, as the README
/// of the membership canister lays it out. Written from that page, not shared with the canister: a defect of one shows in
/// the other.
#[must_use]
pub fn expected_hash(entry: &AuditEntry) -> Digest32 {
    let body = encoding::body(entry);
    let hash = Sha256::new().chain_update(ENTRY_TAG).chain_update(entry.parent.0).chain_update(body).finalize();
    Digest32(hash.into())
}
