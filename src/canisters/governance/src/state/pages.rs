//! What callers get to see.

use crate::state::State;
use calisec_types::governance::{Ballot, Measure, Proposal, Step, StepOutcome};
use calisec_types::ids::{AccountId, ContextId, ProposalId, Timestamp};
use calisec_types::membership::Change;
use std::ops::Bound;

/// Bytes of a page of proposals at the most, so that the reply stays well below the 2 MiB a message may have. One
/// proposal is always less: ten policy sets, a summary and a title.
const MAX_PAGE_BYTES: usize = 1024 * 1024;

/// A page, and after which item the next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<I, K> {
    /// The items.
    pub items: Vec<I>,
    /// The last item's key when there are more.
    pub next: Option<K>,
}

impl State {
    /// A proposal as callers see it.
    #[must_use]
    pub fn view(&self, id: ProposalId, now: Timestamp) -> Option<Proposal> {
        let stored = self.proposal(id)?;
        let content = self.content(id)?;
        let status = stored.status(now);
        let mut outcomes = stored.journal.unwrap_or_default().into_iter();
        let steps = (0..stored.step_count)
            .filter_map(|step| self.step(id, step))
            .map(|change| Step {
                measure: change.into(),
                outcome: outcomes.next().map_or(StepOutcome::Pending, StepOutcome::from),
            })
            .collect();
        Some(Proposal {
            id,
            context: stored.context,
            proposer: stored.proposer,
            title: content.title,
            summary: content.summary,
            steps,
            rules: stored.rules.into(),
            revision: stored.revision,
            tally: stored.tally.into(),
            status,
            created_at: stored.created_at,
            voting_ends_at: stored.voting_ends_at,
        })
    }

    /// The proposals of a context after this one. The page ends early when they are long.
    #[must_use]
    pub fn proposals_page(
        &self,
        context: ContextId,
        after: Option<ProposalId>,
        limit: usize,
        now: Timestamp,
    ) -> Page<Proposal, ProposalId> {
        let from = after.map_or(Bound::Included((context, ProposalId(0))), |id| Bound::Excluded((context, id)));
        let to = Bound::Included((context, ProposalId(u64::MAX)));
        let mut items: Vec<Proposal> = Vec::new();
        let mut bytes = 0;
        for (_, id) in self.proposals_of_context.range((from, to)) {
            let Some(proposal) = self.view(id, now) else { continue };
            bytes += reply_bytes(&proposal);
            if items.len() == limit || (bytes > MAX_PAGE_BYTES && !items.is_empty()) {
                let next = items.last().map(|last| last.id);
                return Page { items, next };
            }
            items.push(proposal);
        }
        Page { items, next: None }
    }

    /// The ballots of a proposal after this voter's.
    #[must_use]
    pub fn ballots_page(
        &self,
        proposal: ProposalId,
        after: Option<AccountId>,
        limit: usize,
    ) -> Page<Ballot, AccountId> {
        let from =
            after.map_or(Bound::Included((proposal, AccountId([0; 32]))), |voter| Bound::Excluded((proposal, voter)));
        let to = Bound::Included((proposal, AccountId([u8::MAX; 32])));
        let mut items: Vec<Ballot> = Vec::new();
        for entry in self.ballots.range((from, to)) {
            if items.len() == limit {
                let next = items.last().map(|last| last.voter);
                return Page { items, next };
            }
            let ((_, voter), ballot) = entry.into_pair();
            items.push(ballot.0.cast_by(voter));
        }
        Page { items, next: None }
    }
}

/// What a proposal takes in a reply, rounded up.
fn reply_bytes(proposal: &Proposal) -> usize {
    const FIXED: usize = 512;
    const FIXED_PER_STEP: usize = 256;
    let steps: usize = proposal
        .steps
        .iter()
        .map(|step| match &step.measure {
            Measure::Circuit(_) => FIXED_PER_STEP,
            Measure::Rules(change) => match change {
                Change::SetPolicy { cedar } => FIXED_PER_STEP + cedar.len(),
                Change::SetClaimKind { kind } => FIXED_PER_STEP + 40 * kind.proves.roots().len(),
                Change::Grant { .. }
                | Change::Revoke { .. }
                | Change::SetCheckpointQuorum { .. }
                | Change::RemoveClaimKind { .. } => FIXED_PER_STEP,
            },
        })
        .sum();
    FIXED + proposal.title.len() + proposal.summary.len() + steps
}
