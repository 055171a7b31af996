//! Applications and checkpoints.

use super::MembershipClient;
use crate::transport::{CallError, Transport, call_query, call_update};
use calisec_types::ids::{ContextId, Height};
use calisec_types::membership::{
    Application, ApplicationCurrentArg, ApplicationHistoryArg, ApplicationPage, AttestArg, AttestationsArg,
    AttestationsPage, Attested, CertifiedApplication, CertifiedCheckpoint, CheckGroupStateArg, Checkpoint,
    CheckpointsArg, CheckpointsPage, DivergencesArg, DivergencesPage, FetchStateArg, FetchedState, FinalCheckpointArg,
    GroupStateCheck, MembershipError, Node, Quorum, SetApplicationArg, SetCheckpointQuorumArg, SetNodeArg,
};

impl<T: Transport> MembershipClient<T> {
    /// Says which application a context runs from now on. Who manages its application.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn set_application(
        &self,
        arg: &SetApplicationArg,
    ) -> Result<Result<Application, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "set_application", (arg,)).await?;
        Ok(answer)
    }

    /// The application that a context runs.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn application(&self, context: ContextId) -> Result<Result<Application, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "application", (context,)).await?;
        Ok(answer)
    }

    /// Whether a module is what a context runs, with a proof: check it with the SDK.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn application_current(
        &self,
        arg: &ApplicationCurrentArg,
    ) -> Result<Result<CertifiedApplication, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "application_current", (arg,)).await?;
        Ok(answer)
    }

    /// A page of the applications that a context runs and ran.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn application_history(
        &self,
        arg: &ApplicationHistoryArg,
    ) -> Result<Result<ApplicationPage, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "application_history", (arg,)).await?;
        Ok(answer)
    }

    /// Attests what a context's state was. A member who may attest checkpoints; once for each height.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn attest(&self, arg: &AttestArg) -> Result<Result<Attested, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "attest", (arg,)).await?;
        Ok(answer)
    }

    /// Says how much agreement makes a checkpoint final from now on. Only the administrator.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn set_checkpoint_quorum(
        &self,
        arg: &SetCheckpointQuorumArg,
    ) -> Result<Result<Quorum, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "set_checkpoint_quorum", (arg,)).await?;
        Ok(answer)
    }

    /// How much agreement makes a checkpoint of a context final.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn checkpoint_quorum(&self, context: ContextId) -> Result<Result<Quorum, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "checkpoint_quorum", (context,)).await?;
        Ok(answer)
    }

    /// A checkpoint: of this height, or the highest that is final.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn checkpoint(
        &self,
        context: ContextId,
        height: Option<Height>,
    ) -> Result<Result<Checkpoint, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "checkpoint", (context, height)).await?;
        Ok(answer)
    }

    /// A final checkpoint, or that there is none, with a proof: check it with the SDK.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn final_checkpoint(
        &self,
        arg: &FinalCheckpointArg,
    ) -> Result<Result<CertifiedCheckpoint, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "final_checkpoint", (arg,)).await?;
        Ok(answer)
    }

    /// A page of a context's checkpoints.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn checkpoints(
        &self,
        arg: &CheckpointsArg,
    ) -> Result<Result<CheckpointsPage, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "checkpoints", (arg,)).await?;
        Ok(answer)
    }

    /// A page of the attestations of one height.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn attestations(
        &self,
        arg: &AttestationsArg,
    ) -> Result<Result<AttestationsPage, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "attestations", (arg,)).await?;
        Ok(answer)
    }

    /// A page of a context's divergences, the oldest first.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn divergences(
        &self,
        arg: &DivergencesArg,
    ) -> Result<Result<DivergencesPage, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "divergences", (arg,)).await?;
        Ok(answer)
    }

    /// Whether a list of members has the hash that a Calimero node shows, and how it differs from the registered members.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn check_group_state(
        &self,
        arg: &CheckGroupStateArg,
    ) -> Result<Result<GroupStateCheck, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "check_group_state", (arg,)).await?;
        Ok(answer)
    }

    /// Says where a node of the context can be asked. Only the administrator.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn set_node(&self, arg: &SetNodeArg) -> Result<Result<Node, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "set_node", (arg,)).await?;
        Ok(answer)
    }

    /// A context's node, and what came of asking it last.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn node(&self, context: ContextId) -> Result<Result<Node, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "node", (context,)).await?;
        Ok(answer)
    }

    /// Asks the context's node for its state and compares it with the highest final checkpoint. Who attests checkpoints or
    /// manages the application.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn fetch_state(&self, arg: &FetchStateArg) -> Result<Result<FetchedState, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "fetch_state", (arg,)).await?;
        Ok(answer)
    }
}
