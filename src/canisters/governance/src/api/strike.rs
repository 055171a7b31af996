//! Striking ballots of who may not vote any more.

use crate::api::signed_in;
use crate::ballot;
use crate::clients::{NoAnswer, answer};
use crate::state::{State, Work, begin, with_state, with_state_mut};
use calisec_clients::{MembershipClient, Transport};
use calisec_runtime::Env;
use calisec_types::governance::{GovernanceError, GovernanceReason, StrikeBallotArg, Tally};
use calisec_types::membership::VotingWeightArg;

/// Takes a ballot out of the count, if membership says that the account may not vote any more, and answers with the count after
/// it. Anyone who signed in, until the proposal's execution begins.
///
/// # Errors
/// Nothing changes then. [`GovernanceReason::Anonymous`], [`GovernanceReason::UnknownProposal`],
/// [`GovernanceReason::BallotsFinal`], [`GovernanceReason::NoBallot`], [`GovernanceReason::InProgress`],
/// [`GovernanceReason::StillEntitled`], [`GovernanceReason::Unavailable`].
pub async fn strike_ballot<E: Env, T: Transport>(
    env: &E,
    transport: &T,
    arg: StrikeBallotArg,
) -> Result<Tally, GovernanceError> {
    signed_in(env)?;
    let StrikeBallotArg { proposal, voter } = arg;
    let now = env.now();
    let stored = with_state(|state| ballot::strikable(state, proposal, voter, now))?;
    let _guard = begin(Work::Strike(proposal, voter))?;

    // The account itself is asked about, not what it voted with: a device that was given another key since takes no vote away.
    let membership = MembershipClient::new(transport, with_state(State::config).membership);
    let question = VotingWeightArg { context: stored.context, revision: stored.revision, voter: voter.principal() };
    let reply = membership.voting_weight(&question).await;
    match answer(membership.canister(), reply) {
        Ok(_) => return Err(GovernanceReason::StillEntitled.into()),
        Err(NoAnswer::Unavailable(reason)) => return Err(reason.into()),
        Err(NoAnswer::Refused(_)) => {}
    }

    let now = env.now();
    Ok(with_state_mut(|state| ballot::strike(state, proposal, voter, now))?)
}
