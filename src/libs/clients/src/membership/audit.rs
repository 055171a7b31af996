//! The audit log.

use super::MembershipClient;
use crate::transport::{CallError, Transport, call_query};
use calisec_types::ids::Seq;
use calisec_types::membership::{AuditArg, AuditEntry, AuditEntryProof, AuditHead, MembershipError};

impl<T: Transport> MembershipClient<T> {
    /// A page of the audit log, oldest first.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn audit_log(&self, arg: &AuditArg) -> Result<Vec<AuditEntry>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "audit_log", (arg,)).await?;
        Ok(answer)
    }

    /// The head of the audit log, certified.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn audit_head(&self) -> Result<AuditHead, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "audit_head", ()).await?;
        Ok(answer)
    }

    /// An entry of the audit log, with what proves offline that it is in the log.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn audit_entry_proof(&self, seq: Seq) -> Result<Result<AuditEntryProof, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "audit_entry_proof", (seq,)).await?;
        Ok(answer)
    }
}
