//! Casting votes, and striking those of who may not vote any more.

#[cfg(test)]
mod tests;

use crate::state::{Event, State};
use crate::storage::{StoredBallot, StoredChoice, StoredProposal};
use calisec_types::governance::{GovernanceReason, Status, Tally};
use calisec_types::ids::{AccountId, ProposalId, Timestamp};
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
    let ballot = StoredBallot { choice, weight: voter.weight, at: now, struck_at: None };
    state.apply(Event::Voted { proposal, voter: voter.account, ballot });
    Ok(counted.into())
}

/// A proposal with a ballot that can be struck: it counts, and what the ballots decide can still change.
///
/// # Errors
/// [`GovernanceReason::UnknownProposal`], [`GovernanceReason::BallotsFinal`], [`GovernanceReason::NoBallot`].
pub fn strikable(
    state: &State,
    proposal: ProposalId,
    voter: AccountId,
    now: Timestamp,
) -> Result<StoredProposal, GovernanceReason> {
    let stored = state.proposal(proposal).ok_or(GovernanceReason::UnknownProposal(proposal))?;
    match stored.status(now) {
        Status::Open | Status::Adopted { .. } => {}
        Status::Rejected | Status::Executing | Status::Executed | Status::Failed { .. } | Status::Expired => {
            return Err(GovernanceReason::BallotsFinal);
        }
    }
    match state.ballot(proposal, voter) {
        Some(ballot) if ballot.struck_at.is_none() => Ok(stored),
        Some(_) | None => Err(GovernanceReason::NoBallot),
    }
}

/// Strikes a ballot, if at this moment it can be. It stays the account's only one: whoever is a member again does not vote anew.
///
/// # Errors
/// As [`strikable`]. Nothing is changed then.
pub fn strike(
    state: &mut State,
    proposal: ProposalId,
    voter: AccountId,
    now: Timestamp,
) -> Result<Tally, GovernanceReason> {
    strikable(state, proposal, voter, now)?;
    state.apply(Event::BallotStruck { proposal, voter, at: now });
    let stored = state.proposal(proposal).ok_or(GovernanceReason::UnknownProposal(proposal))?;
    Ok(stored.tally.into())
}
