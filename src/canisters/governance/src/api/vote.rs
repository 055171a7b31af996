//! Voting.

use crate::api::signed_in;
use crate::ballot;
use crate::clients::answer;
use crate::state::{State, Work, begin, with_state, with_state_mut};
use calisec_clients::{MembershipClient, Transport};
use calisec_runtime::Env;
use calisec_types::governance::{GovernanceError, GovernanceReason, Tally, VoteArg};
use calisec_types::membership::VotingWeightArg;

/// Casts a vote and answers with the count after it.
///
/// # Errors
/// Nothing changes then. [`GovernanceReason::Anonymous`], [`GovernanceReason::UnknownProposal`],
/// [`GovernanceReason::VotingOver`], [`GovernanceReason::InProgress`], [`GovernanceReason::NotEntitled`],
/// [`GovernanceReason::AlreadyVoted`], [`GovernanceReason::Unavailable`].
pub async fn vote<E: Env, T: Transport>(env: &E, transport: &T, arg: VoteArg) -> Result<Tally, GovernanceError> {
    let caller = signed_in(env)?;
    let now = env.now();
    let stored = with_state(|state| ballot::open(state, arg.proposal, now))?;
    let _guard = begin(Work::Vote(arg.proposal, caller))?;

    let membership = MembershipClient::new(transport, with_state(State::config).membership);
    let question = VotingWeightArg { context: stored.context, revision: stored.revision, voter: caller };
    let reply = membership.voting_weight(&question).await;
    let voter = answer(membership.canister(), reply).map_err(|none| none.reason(GovernanceReason::NotEntitled))?;

    let now = env.now();
    Ok(with_state_mut(|state| ballot::cast(state, arg.proposal, voter, arg.choice.into(), now))?)
}
