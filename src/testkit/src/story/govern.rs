//! The members decide who may read.

use super::{Failure, Minted, Narrator, Story, StoryError, answered};
use crate::backend::Backend;
use calisec_sdk::identity::Identity;
use calisec_types::governance::{
    Choice, GovernanceReason, Proposal, ProposeArg, Status, StepOutcome, VoteArg,
};
use calisec_types::ids::{GrantId, ProposalId};
use calisec_types::membership::{Action, Change};
use pollster::block_on;
use std::time::Duration;

impl<B: Backend, N: Narrator> Story<'_, B, N> {
    pub(super) fn grant_by_vote(&mut self, minted: &Minted) -> Result<(ProposalId, GrantId), StoryError> {
        let change = Change::Grant {
            account: self.cast.bob.account(),
            action: Action::Read,
            note: minted.note.id,
            registry: self.deployment.ids.note_registry,
            not_after: None,
        };
        let proposal = self.step("carol", "proposes that Bob may read the note (F3)", |story| {
            let proposal = story.propose(&story.cast.carol, "Let Bob read the note", change)?;
            let detail = format!(
                "proposal {}, electorate of {} frozen at revision {}",
                proposal.id, proposal.tally.electorate, proposal.revision
            );
            Ok((proposal.id, detail))
        })?;
        self.step("carol", "votes for it", |story| {
            let governance = story.deployment.called_by(story.cast.carol.principal()).governance();
            let tally = answered(block_on(governance.vote(&VoteArg { proposal, choice: Choice::Adopt })))?;
            Ok(((), format!("{} for, {} against, of {}", tally.adopt, tally.reject, tally.electorate)))
        })?;
        self.refused(
            "carol",
            "votes a second time",
            |reason| *reason == GovernanceReason::AlreadyVoted,
            |story| {
                let governance = story.deployment.called_by(story.cast.carol.principal()).governance();
                block_on(governance.vote(&VoteArg { proposal, choice: Choice::Adopt }))
            },
        )?;
        self.refused(
            "mallory",
            "votes against it",
            |reason| matches!(reason, GovernanceReason::NotEntitled(_)),
            |story| {
                let governance = story.deployment.called_by(story.cast.mallory.principal()).governance();
                block_on(governance.vote(&VoteArg { proposal, choice: Choice::Reject }))
            },
        )?;
        self.step("operator", "upgrades all four canisters in the middle of the vote", |story| {
            story.deployment.upgrade_all().map_err(|error| error.to_string())?;
            Ok(((), "nothing is lost".to_owned()))
        })?;
        self.step("alice", "votes for it", |story| {
            let governance = story.deployment.called_by(story.cast.alice.principal()).governance();
            let tally = answered(block_on(governance.vote(&VoteArg { proposal, choice: Choice::Adopt })))?;
            Ok(((), format!("{} for, {} against, of {}", tally.adopt, tally.reject, tally.electorate)))
        })?;
        self.refused(
            "bob",
            "executes it before the timelock ends",
            |reason| matches!(reason, GovernanceReason::Timelocked(_)),
            |story| {
                let governance = story.deployment.called_by(story.cast.bob.principal()).governance();
                block_on(governance.execute(proposal))
            },
        )?;
        let executed = self.execute_after_timelock(proposal)?;
        let grant = executed.steps.first().and_then(|step| match step.outcome {
            StepOutcome::Applied { grant, .. } => grant,
            StepOutcome::Pending | StepOutcome::Refused { .. } => None,
        });
        self.step("membership", "remembers the grant", |_| {
            let grant = grant.ok_or("the executed proposal names no grant")?;
            Ok(((proposal, grant), format!("grant {grant}")))
        })
    }

    pub(super) fn revoke_by_vote(&mut self, grant: GrantId) -> Result<ProposalId, StoryError> {
        let proposal = self.step("alice", "proposes to take the grant back, and Carol agrees (F9)", |story| {
            let proposal = story.propose(&story.cast.alice, "Take Bob's grant back", Change::Revoke { grant })?;
            for voter in [&story.cast.alice, &story.cast.carol] {
                let governance = story.deployment.called_by(voter.principal()).governance();
                answered(block_on(governance.vote(&VoteArg { proposal: proposal.id, choice: Choice::Adopt })))?;
            }
            Ok((proposal.id, format!("proposal {}", proposal.id)))
        })?;
        self.execute_after_timelock(proposal)?;
        Ok(proposal)
    }

    /// Whoever comes first executes: a member, or the canister's own timer.
    fn execute_after_timelock(&mut self, proposal: ProposalId) -> Result<Proposal, StoryError> {
        self.step("bob", "waits for the timelock; the proposal is executed through membership (F3)", |story| {
            let governance = story.deployment.called_by(story.cast.bob.principal()).governance();
            let timelock = answered(block_on(governance.proposal(proposal)))?.rules.timelock_seconds;
            story.deployment.backend.advance(Duration::from_secs(timelock + 1));
            let mut executed = answered(block_on(governance.proposal(proposal)))?;
            if executed.status != Status::Executed {
                executed = answered(block_on(governance.execute(proposal)))?;
            }
            if executed.status != Status::Executed {
                return Err(format!("the proposal is {:?}", executed.status));
            }
            Ok((executed, "executed".to_owned()))
        })
    }

    fn propose(&self, proposer: &Identity, title: &str, change: Change) -> Result<Proposal, Failure> {
        let governance = self.deployment.called_by(proposer.principal()).governance();
        answered(block_on(governance.propose(&ProposeArg {
            context: self.context(),
            title: title.to_owned(),
            summary: String::new(),
            steps: vec![change],
        })))
    }
}
