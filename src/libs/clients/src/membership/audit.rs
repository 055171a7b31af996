//! The audit log.

use super::MembershipClient;
use crate::transport::{CallError, Transport, call_query, call_update};
use calisec_types::ids::{ContextId, Seq};
use calisec_types::membership::{
    AuditArg, AuditEntry, AuditEntryProof, AuditHead, AuditOpeningsArg, AuditOpeningsPage, AuditRules, DecideArg,
    Decision, DiscardOpeningsArg, DiscardedOpenings, MembershipError, SetAuditModeArg, SetRecordedRegistriesArg,
};

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

    /// Decides, and has the decision written to the audit log.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn record_decision(&self, arg: &DecideArg) -> Result<Result<Decision, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "record_decision", (arg,)).await?;
        Ok(answer)
    }

    /// Says of which canisters every `decide_and_use` is recorded. Only the administrator.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn set_recorded_registries(
        &self,
        arg: &SetRecordedRegistriesArg,
    ) -> Result<Result<AuditRules, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "set_recorded_registries", (arg,)).await?;
        Ok(answer)
    }

    /// Says what everybody sees of a context's entries from now on. Only the administrator.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn set_audit_mode(
        &self,
        arg: &SetAuditModeArg,
    ) -> Result<Result<AuditRules, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "set_audit_mode", (arg,)).await?;
        Ok(answer)
    }

    /// What is written to the audit log of a context.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn audit_rules(&self, context: ContextId) -> Result<Result<AuditRules, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "audit_rules", (context,)).await?;
        Ok(answer)
    }

    /// What opens a context's hidden entries: all of it for the administrator, of its own calls for everybody else. Verify each
    /// with `calisec_sdk::verify::disclosure`.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn audit_openings(
        &self,
        arg: &AuditOpeningsArg,
    ) -> Result<Result<AuditOpeningsPage, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "audit_openings", (arg,)).await?;
        Ok(answer)
    }

    /// Has the canister forget openings that were kept elsewhere. Only the administrator.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn discard_openings(
        &self,
        arg: &DiscardOpeningsArg,
    ) -> Result<Result<DiscardedOpenings, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "discard_openings", (arg,)).await?;
        Ok(answer)
    }
}
