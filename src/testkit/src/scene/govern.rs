//! Deciding who may read.

use super::{Answer, Minted, Scene, SceneError, answered};
use crate::backend::Backend;
use calisec_sdk::identity::Identity;
use calisec_types::governance::{
    Choice, GovernanceReason, Measure, Proposal, ProposeArg, Status, StepOutcome, StrikeBallotArg, Tally, VoteArg,
};
use calisec_types::ids::{AccountId, GrantId, NoteId, ProposalId};
use calisec_types::membership::{Action, Change, GrantTerms};
use pollster::block_on;
use std::time::Duration;

impl<B: Backend> Scene<'_, B> {
    /// Lets `reader` read the note until it is revoked.
    pub fn grant(&self, minted: &Minted, reader: &Identity) -> Change {
        self.grant_for(minted.note.id, reader)
    }

    /// What lets `reader` read any note, there or not.
    pub fn grant_for(&self, note: NoteId, reader: &Identity) -> Change {
        Change::Grant {
            account: reader.account(),
            action: Action::Read,
            note,
            registry: self.deployment.ids.note_registry,
            terms: GrantTerms::default(),
        }
    }

    /// What proposes one change.
    pub fn proposal(&self, title: &str, change: impl Into<Measure>) -> ProposeArg {
        ProposeArg {
            context: self.context(),
            title: title.to_owned(),
            summary: String::new(),
            steps: vec![change.into()],
        }
    }

    /// Proposes one change.
    pub fn propose(
        &self,
        proposer: &Identity,
        title: &str,
        change: impl Into<Measure>,
    ) -> Answer<Proposal, GovernanceReason> {
        block_on(self.as_(proposer).governance().propose(&self.proposal(title, change)))
    }

    /// Votes.
    pub fn vote(&self, voter: &Identity, proposal: ProposalId, choice: Choice) -> Answer<Tally, GovernanceReason> {
        block_on(self.as_(voter).governance().vote(&VoteArg { proposal, choice }))
    }

    /// Strikes a ballot.
    pub fn strike(&self, who: &Identity, proposal: ProposalId, voter: AccountId) -> Answer<Tally, GovernanceReason> {
        block_on(self.as_(who).governance().strike_ballot(&StrikeBallotArg { proposal, voter }))
    }

    /// Executes.
    pub fn execute(&self, who: &Identity, proposal: ProposalId) -> Answer<Proposal, GovernanceReason> {
        block_on(self.as_(who).governance().execute(proposal))
    }

    /// Waits until an adopted proposal may be executed, and has it executed: by the canister's own timer if that comes
    /// first, else by `who`.
    ///
    /// # Errors
    /// It is not executed then.
    pub fn execute_after_timelock(&self, who: &Identity, proposal: ProposalId) -> Result<Proposal, SceneError> {
        let governance = self.as_(who).governance();
        let timelock = answered(block_on(governance.proposal(proposal)))?.rules.timelock_seconds;
        self.deployment.backend.advance(Duration::from_secs(timelock + 1));
        let mut executed = answered(block_on(governance.proposal(proposal)))?;
        if executed.status != Status::Executed {
            executed = answered(self.execute(who, proposal))?;
        }
        match executed.status {
            Status::Executed => Ok(executed),
            status => Err(SceneError(format!("the proposal is {status:?}"))),
        }
    }
}

/// The grant that the first step of an executed proposal made.
pub fn grant_of(executed: &Proposal) -> Option<GrantId> {
    match executed.steps.first()?.outcome {
        StepOutcome::Applied { grant, .. } => grant,
        StepOutcome::CircuitSet | StepOutcome::Pending | StepOutcome::Refused { .. } => None,
    }
}
