//! The audit log.

use crate::audit::certified_tree;
use crate::state::State;
use calisec_certification::encode_tree;
use calisec_runtime::Env;
use calisec_types::membership::{AuditArg, AuditEntry, AuditHead};
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
    let (seq, hash) = (state.seq(), state.audit_head());
    let witness = encode_tree(&certified_tree(seq, hash, pruned(state.facts_root())));
    AuditHead { seq, hash, certificate: env.certificate().map(ByteBuf::from), witness: ByteBuf::from(witness) }
}
