//! Checking what canisters say, without trusting the node that passed it on.
//!
//! An auditor starts from the network's root key. [`audit_head`] takes membership's certified head of the audit log back to
//! that key; [`AuditChain`] takes every entry of the log forward to a head. When both end in the same head, the log is what
//! membership wrote: complete, in order and unchanged. [`audit_entry`] does it for one entry, without the others,
//! and [`disclosure()`] for what a hidden entry hides. [`receipt`] does the same for a receipt of proof_verifier, [`aggregate()`]
//! for that of an aggregate, [`application`] and [`final_checkpoint`] for what membership certifies about a context. `decision` (feature
//! `decisions`) makes an access decision from facts that membership certified.
//!
//! ```no_run
//! # async fn audit<T: calisec_sdk::clients::Transport>(
//! #     membership: calisec_sdk::clients::MembershipClient<T>, root_key: &[u8], now: calisec_types::ids::Timestamp,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! use calisec_sdk::{types::membership::AuditArg, verify::{self, AuditChain, Trust}};
//!
//! let head = membership.audit_head().await?;
//! let certified = verify::audit_head(&head, membership.canister(), &Trust { root_key, now })?;
//!
//! let mut chain = AuditChain::default();
//! while chain.head().seq < certified.seq {
//!     let entries = membership.audit_log(&AuditArg { from: chain.head().seq.next(), limit: None }).await?;
//!     if entries.is_empty() {
//!         break;
//!     }
//!     chain.extend(&entries)?;
//! }
//! chain.ends_in(certified)?;
//! # Ok(())
//! # }
//! ```

mod aggregate;
mod audit;
mod certificate;
#[cfg(feature = "decisions")]
mod decision;
mod facts;
mod receipt;

#[cfg(test)]
mod tests;

pub use aggregate::aggregate;
pub use audit::{
    AuditChain, ChainError, DisclosureError, Head, HeadError, InclusionError, audit_entry, audit_head, disclosure,
    expected_hash,
};
pub use calisec_certification::questions::question_digest;
pub use certificate::{
    CERTIFICATE_TOLERANCE, CertificateError, CertifiedData, Trust, certified_data, certified_within,
};
#[cfg(feature = "decisions")]
pub use decision::{DecisionError, VerifiedDecision, decision, decision_of_certified};
pub use facts::{FactError, application, application_is_current, final_checkpoint};
pub use receipt::{ReceiptError, receipt};
