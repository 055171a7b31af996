//! The members decide who may read.

use super::{Narrator, Story, StoryError};
use crate::backend::Backend;
use crate::scene::{Minted, Scene, SceneError, answered, grant_of};
use calisec_sdk::identity::Identity;
use calisec_types::governance::{Choice, GovernanceReason, Proposal};
use calisec_types::ids::{GrantId, ProposalId};
use calisec_types::membership::Change;

impl<B: Backend, N: Narrator> Story<'_, B, N> {
    pub(super) fn grant_by_vote(&mut self, minted: &Minted) -> Result<(ProposalId, GrantId), StoryError> {
        let change = self.scene.grant(minted, &self.scene.cast.bob);
        let proposal = self.step("carol", "proposes that Bob may read the note (F3)", |scene| {
            let proposal = answered(scene.propose(&scene.cast.carol, "Let Bob read the note", change))?;
            let detail = format!(
                "proposal {}, electorate of {} frozen at revision {}",
                proposal.id, proposal.tally.electorate, proposal.revision
            );
            Ok((proposal.id, detail))
        })?;
        self.step("carol", "votes for it", |scene| votes_for(scene, &scene.cast.carol, proposal))?;
        self.refused(
            "carol",
            "votes a second time",
            |reason| *reason == GovernanceReason::AlreadyVoted,
            |scene| scene.vote(&scene.cast.carol, proposal, Choice::Adopt),
        )?;
        self.refused(
            "mallory",
            "votes against it",
            |reason| matches!(reason, GovernanceReason::NotEntitled(_)),
            |scene| scene.vote(&scene.cast.mallory, proposal, Choice::Reject),
        )?;
        self.step("operator", "upgrades all four canisters in the middle of the vote", |scene| {
            scene.deployment.upgrade_all().map_err(SceneError::from_display)?;
            Ok(((), "nothing is lost".to_owned()))
        })?;
        self.step("alice", "votes for it", |scene| votes_for(scene, &scene.cast.alice, proposal))?;
        self.refused(
            "bob",
            "executes it before the timelock ends",
            |reason| matches!(reason, GovernanceReason::Timelocked(_)),
            |scene| scene.execute(&scene.cast.bob, proposal),
        )?;
        let executed = self.execute_after_timelock(proposal)?;
        self.step("membership", "remembers the grant", |_| {
            let grant =
                grant_of(&executed).ok_or_else(|| SceneError("the executed proposal names no grant".to_owned()))?;
            Ok(((proposal, grant), format!("grant {grant}")))
        })
    }

    pub(super) fn revoke_by_vote(&mut self, grant: GrantId) -> Result<ProposalId, StoryError> {
        let proposal = self.step("alice", "proposes to take the grant back, and Carol agrees (F9)", |scene| {
            let (alice, carol) = (&scene.cast.alice, &scene.cast.carol);
            let proposal = answered(scene.propose(alice, "Take Bob's grant back", Change::Revoke { grant }))?.id;
            for voter in [alice, carol] {
                answered(scene.vote(voter, proposal, Choice::Adopt))?;
            }
            Ok((proposal, format!("proposal {proposal}")))
        })?;
        self.execute_after_timelock(proposal)?;
        Ok(proposal)
    }

    /// Whoever comes first executes: a member, or the canister's own timer.
    fn execute_after_timelock(&mut self, proposal: ProposalId) -> Result<Proposal, StoryError> {
        self.step("bob", "waits for the timelock; the proposal is executed through membership (F3)", |scene| {
            let executed = scene.execute_after_timelock(&scene.cast.bob, proposal)?;
            Ok((executed, "executed".to_owned()))
        })
    }
}

fn votes_for<B: Backend>(
    scene: &Scene<'_, B>,
    voter: &Identity,
    proposal: ProposalId,
) -> Result<((), String), SceneError> {
    let tally = answered(scene.vote(voter, proposal, Choice::Adopt))?;
    Ok(((), format!("{} for, {} against, of {}", tally.adopt, tally.reject, tally.electorate)))
}
