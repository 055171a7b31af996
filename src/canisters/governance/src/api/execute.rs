//! Executing on request.

use crate::api::signed_in;
use crate::execution;
use calisec_clients::Transport;
use calisec_runtime::Env;
use calisec_types::governance::{GovernanceError, Proposal};
use calisec_types::ids::ProposalId;

/// Executes an adopted proposal, or goes on with one that was interrupted; see [`execution::run`]. Anyone who signed in.
///
/// # Errors
/// As [`execution::run`], and [`calisec_types::governance::GovernanceReason::Anonymous`].
pub async fn execute<E: Env, T: Transport>(
    env: &E,
    transport: &T,
    proposal: ProposalId,
) -> Result<Proposal, GovernanceError> {
    signed_in(env)?;
    Ok(execution::run(env, transport, proposal).await?)
}
