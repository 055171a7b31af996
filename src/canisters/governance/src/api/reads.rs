//! Reading. Everything is public, as the votes are.

use crate::state::{State, with_state};
use calisec_runtime::Env;
use calisec_types::governance::{
    BallotsArg, BallotsPage, CircuitsInit, GovernanceError, GovernanceReason, Proposal, ProposalsArg, ProposalsPage,
    Rules,
};
use calisec_types::ids::ProposalId;
use calisec_types::page::page_length;

/// A proposal.
///
/// # Errors
/// [`GovernanceReason::UnknownProposal`].
pub fn proposal<E: Env>(env: &E, id: ProposalId) -> Result<Proposal, GovernanceError> {
    with_state(|state| state.view(id, env.now())).ok_or_else(|| GovernanceReason::UnknownProposal(id).into())
}

/// A page of the proposals of a context; empty when governance knows none of it.
///
/// # Errors
/// None at present.
pub fn proposals<E: Env>(env: &E, arg: &ProposalsArg) -> Result<ProposalsPage, GovernanceError> {
    let page = with_state(|state| state.proposals_page(arg.context, arg.after, page_length(arg.limit), env.now()));
    Ok(ProposalsPage { proposals: page.items, next: page.next })
}

/// A page of the ballots of a proposal.
///
/// # Errors
/// [`GovernanceReason::UnknownProposal`].
pub fn ballots(arg: &BallotsArg) -> Result<BallotsPage, GovernanceError> {
    with_state(|state| {
        state.proposal(arg.proposal).ok_or(GovernanceReason::UnknownProposal(arg.proposal))?;
        let page = state.ballots_page(arg.proposal, arg.after, page_length(arg.limit));
        Ok(BallotsPage { ballots: page.items, next: page.next })
    })
}

/// The rules for new proposals.
#[must_use]
pub fn rules() -> Rules {
    with_state(State::config).rules.into()
}

/// Who decides about circuits.
#[must_use]
pub fn circuits() -> Option<CircuitsInit> {
    with_state(State::config).circuits.map(Into::into)
}
