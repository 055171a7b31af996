//! Casting votes.

#[cfg(test)]
mod tests;

use crate::state::{Event, State};
use crate::storage::{StoredBallot, StoredChoice, StoredProposal};
use calisec_types::governance::{GovernanceReason, Status, Tally};
use calisec_types::ids::{ProposalId, Timestamp};
use calisec_types::membership::VotingWeight;

/// A proposal on which votes are taken.
///
/// # Errors
/// [`GovernanceReason::UnknownProposal`], [`GovernanceReason::VotingOver`].
pub fn open(state: &State, proposal: ProposalId, now: Timestamp) -> Result<StoredProposal, GovernanceReason> {
    let stored = state.proposal(proposal).ok_or(GovernanceReason::UnknownProposal(proposal))?;
    match stored.status(now) {
        Status::Open => Ok(stored),
        Status::Adopted { .. }
        | Status::Rejected
        | Status::Executing
        | Status::Executed
        | Status::Failed { .. }
        | Status::Expired => Err(GovernanceReason::VotingOver),
    }
}

/// Records a vote, if at this moment it can be: the time that counts is the time of the message that records it, and an
/// account votes once, from however many principals it calls.
///
/// # Errors
/// As [`open`]; [`GovernanceReason::AlreadyVoted`]; [`GovernanceReason::Internal`] when membership reports more
/// weight than is outstanding. Nothing is recorded then.
pub fn cast(
    state: &mut State,
    proposal: ProposalId,
    voter: VotingWeight,
    choice: StoredChoice,
    now: Timestamp,
) -> Result<Tally, GovernanceReason> {
    let tally = open(state, proposal, now)?.tally;
    if state.ballot(proposal, voter.account).is_some() {
        return Err(GovernanceReason::AlreadyVoted);
    }
    let counted = tally.with(choice, voter.weight).ok_or_else(|| {
        GovernanceReason::Internal(format!(
            "membership reports weight {} for {}, but only {} of the electorate has not voted",
            voter.weight,
            voter.account,
            tally.outstanding()
        ))
    })?;
    let ballot = StoredBallot { choice, weight: voter.weight, at: now };
    state.apply(Event::Voted { proposal, voter: voter.account, ballot });
    Ok(counted.into())
}
