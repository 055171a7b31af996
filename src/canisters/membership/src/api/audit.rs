//! The audit log.

use crate::audit::{LogHead, certified_tree};
use crate::state::State;
use calisec_certification::encode_tree;
use calisec_runtime::Env;
use calisec_types::ids::Seq;
use calisec_types::membership::{AuditArg, AuditEntry, AuditEntryProof, AuditHead, MembershipError, MembershipReason};
use calisec_types::page::page_length;
use ic_certification::pruned;
use serde_bytes::ByteBuf;

/// A page of the audit log, oldest first.
#[must_use]
pub fn audit_log(state: &State, arg: AuditArg) -> Vec<AuditEntry> {
    state.audit_entries(arg.from, page_length(arg.limit))
}

/// The head of the audit log, certified.
#[must_use]
pub fn audit_head<E: Env>(env: &E, state: &State) -> AuditHead {
    let head @ LogHead { seq, hash, root } = *state.audit_log().head();
    let witness = encode_tree(&certified_tree(&head, pruned(state.facts_root())));
    AuditHead { seq, hash, root, certificate: env.certificate().map(ByteBuf::from), witness: ByteBuf::from(witness) }
}

/// An entry of the audit log, with the hashes that lead from it to the certified head.
///
/// # Errors
/// [`MembershipReason::UnknownAuditEntry`].
pub fn audit_entry_proof<E: Env>(env: &E, state: &State, seq: Seq) -> Result<AuditEntryProof, MembershipError> {
    let (entry, path) = state.audit_log().entry_with_path(seq).ok_or(MembershipReason::UnknownAuditEntry(seq))?;
    Ok(AuditEntryProof { entry, path, head: audit_head(env, state) })
}
