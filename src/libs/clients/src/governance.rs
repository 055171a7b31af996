//! Client of the `governance` canister.

use crate::transport::{CallError, Transport, call_query, call_update};
use calisec_types::governance::{
    BallotsArg, BallotsPage, CircuitsInit, GovernanceError, Proposal, ProposalsArg, ProposalsPage, ProposeArg, Rules,
    StrikeBallotArg, Tally, VoteArg,
};
use calisec_types::ids::ProposalId;
use candid::Principal;

/// Client of the `governance` canister. The outer result is the call's, the inner one the canister's answer.
#[derive(Clone, Copy, Debug)]
pub struct GovernanceClient<T> {
    transport: T,
    canister: Principal,
}

impl<T: Transport> GovernanceClient<T> {
    /// A client of the canister with this id.
    pub const fn new(transport: T, canister: Principal) -> Self {
        Self { transport, canister }
    }

    /// The canister's id.
    pub const fn canister(&self) -> Principal {
        self.canister
    }

    /// Makes a proposal. Only members of the context.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn propose(&self, arg: &ProposeArg) -> Result<Result<Proposal, GovernanceError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "propose", (arg,)).await?;
        Ok(answer)
    }

    /// Casts a vote. Once, for good.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn vote(&self, arg: &VoteArg) -> Result<Result<Tally, GovernanceError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "vote", (arg,)).await?;
        Ok(answer)
    }

    /// Takes a ballot out of the count whose voter may not vote any more, for good; until execution begins. Anyone with an identity.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn strike_ballot(&self, arg: &StrikeBallotArg) -> Result<Result<Tally, GovernanceError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "strike_ballot", (arg,)).await?;
        Ok(answer)
    }

    /// Executes an adopted proposal after its timelock, or goes on with one that was interrupted; one that is executed
    /// already is answered as it is. Anyone with an identity.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn execute(&self, proposal: ProposalId) -> Result<Result<Proposal, GovernanceError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "execute", (proposal,)).await?;
        Ok(answer)
    }

    /// A proposal.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn proposal(&self, proposal: ProposalId) -> Result<Result<Proposal, GovernanceError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "proposal", (proposal,)).await?;
        Ok(answer)
    }

    /// A page of the proposals of a context.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn proposals(&self, arg: &ProposalsArg) -> Result<Result<ProposalsPage, GovernanceError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "proposals", (arg,)).await?;
        Ok(answer)
    }

    /// A page of the ballots of a proposal.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn ballots(&self, arg: &BallotsArg) -> Result<Result<BallotsPage, GovernanceError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "ballots", (arg,)).await?;
        Ok(answer)
    }

    /// The rules for new proposals.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn rules(&self) -> Result<Rules, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "rules", ()).await?;
        Ok(answer)
    }

    /// Who decides about circuits; nobody when absent.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn circuits(&self) -> Result<Option<CircuitsInit>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "circuits", ()).await?;
        Ok(answer)
    }
}
