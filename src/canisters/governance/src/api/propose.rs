//! Making proposals.

use crate::api::signed_in;
use crate::clients::{NoAnswer, answer};
use crate::state::{Event, State, Work, begin, with_state, with_state_mut};
use crate::storage::{StoredContent, StoredProposal, StoredTally};
use calisec_clients::{MembershipClient, ProofVerifierClient, Transport};
use calisec_runtime::Env;
use calisec_types::governance::{
    GovernanceError, GovernanceReason, MAX_OPEN_PER_PROPOSER, MAX_STEPS, MAX_SUMMARY_BYTES, MAX_TITLE_BYTES, Measure,
    Proposal, ProposeArg,
};
use calisec_types::ids::{AccountId, ContextId, Timestamp};
use calisec_types::membership::{
    Change, ClaimKind, Electorate, ElectorateArg, MAX_ATTRIBUTE_BYTES, MAX_CLAIM_NAME_BYTES, MAX_CLAIM_ROOTS,
    MAX_POLICY_BYTES, ValidateChangeArg,
};
use calisec_types::proof_verifier::CircuitStatus;
use candid::Principal;

/// Makes a proposal.
///
/// # Errors
/// Nothing changes then. [`GovernanceReason::BadLength`], [`GovernanceReason::Anonymous`],
/// [`GovernanceReason::InProgress`], [`GovernanceReason::NotEntitled`], [`GovernanceReason::TooManyOpen`],
/// [`GovernanceReason::InvalidStep`], [`GovernanceReason::Unavailable`].
pub async fn propose<E: Env, T: Transport>(
    env: &E,
    transport: &T,
    arg: ProposeArg,
) -> Result<Proposal, GovernanceError> {
    check_lengths(&arg)?;
    let caller = signed_in(env)?;
    let _guard = begin(Work::Propose(caller))?;
    let membership = MembershipClient::new(transport, with_state(State::config).membership);

    let reply = membership.electorate(&ElectorateArg { context: arg.context, proposer: caller }).await;
    let electorate = answer(membership.canister(), reply).map_err(|none| none.reason(GovernanceReason::NotEntitled))?;
    if electorate.total_weight.0 == 0 {
        return Err(GovernanceReason::Internal("membership reports an electorate without weight".to_owned()).into());
    }
    // Before the steps are sent, which is the expensive part; and again when the proposal is recorded.
    check_open_proposals(arg.context, electorate.proposer, env.now())?;

    for (step, measure) in (0..).zip(&arg.steps) {
        let invalid = |none: NoAnswer| none.reason(|message| GovernanceReason::InvalidStep { step, message });
        match measure {
            Measure::Rules(change) => {
                let question = ValidateChangeArg { context: arg.context, change: change.clone() };
                let reply = membership.validate_change(&question).await;
                answer(membership.canister(), reply).map_err(invalid)?;
            }
            Measure::Circuit(wanted) => {
                let circuits = circuits_of(arg.context).map_err(invalid)?;
                let reply = ProofVerifierClient::new(transport, circuits).circuit(wanted.circuit).await;
                let circuit = answer(circuits, reply).map_err(invalid)?;
                if circuit.status == CircuitStatus::Revoked && wanted.status != CircuitStatus::Revoked {
                    return Err(invalid(NoAnswer::Refused("the circuit is revoked, for good".to_owned())).into());
                }
            }
        }
    }

    // Others were served since the proposer was found entitled. The electorate is what it was then, whoever came or went;
    // the number of open proposals, the id and the time are those of this message.
    let now = env.now();
    check_open_proposals(arg.context, electorate.proposer, now)?;
    Ok(with_state_mut(|state| record(state, arg, electorate, now))?)
}

/// The verifier whose circuits this context decides about.
fn circuits_of(context: ContextId) -> Result<Principal, NoAnswer> {
    let who = match with_state(State::config).circuits {
        Some(circuits) if circuits.context == context => return Ok(circuits.proof_verifier),
        Some(circuits) => format!("those of {} do", circuits.context),
        None => "nobody does, until governance is upgraded with the setting Circuits".to_owned(),
    };
    Err(NoAnswer::Refused(format!("the members of this context do not decide about circuits: {who}")))
}

fn record(
    state: &mut State,
    arg: ProposeArg,
    electorate: Electorate,
    now: Timestamp,
) -> Result<Proposal, GovernanceReason> {
    let id = state.next_proposal();
    let rules = state.config().rules;
    let step_count = u32::try_from(arg.steps.len())
        .map_err(|_| GovernanceReason::Internal("more steps than were allowed".to_owned()))?;
    let proposal = StoredProposal {
        context: arg.context,
        proposer: electorate.proposer,
        rules,
        revision: electorate.revision,
        tally: StoredTally::empty(electorate.total_weight),
        created_at: now,
        voting_ends_at: now.plus_seconds(rules.voting_period_seconds),
        step_count,
        early_decision: None,
        journal: None,
        automatic: None,
    };
    let content = StoredContent { title: arg.title, summary: arg.summary };
    let steps = arg.steps.into_iter().map(Into::into).collect();
    state.apply(Event::Proposed { proposal: Box::new(proposal), content, steps });
    state.view(id, now).ok_or(GovernanceReason::UnknownProposal(id))
}

fn check_open_proposals(context: ContextId, proposer: AccountId, now: Timestamp) -> Result<(), GovernanceReason> {
    if with_state(|state| state.open_proposals(context, proposer, now)) < MAX_OPEN_PER_PROPOSER {
        Ok(())
    } else {
        Err(GovernanceReason::TooManyOpen { limit: MAX_OPEN_PER_PROPOSER })
    }
}

fn check_lengths(arg: &ProposeArg) -> Result<(), GovernanceReason> {
    check_length("title", arg.title.len(), 1, MAX_TITLE_BYTES)?;
    check_length("summary", arg.summary.len(), 0, MAX_SUMMARY_BYTES)?;
    check_length("steps", arg.steps.len(), 1, MAX_STEPS)?;
    for measure in &arg.steps {
        let Measure::Rules(change) = measure else { continue };
        match change {
            Change::SetPolicy { cedar } => check_length("cedar", cedar.len(), 0, MAX_POLICY_BYTES)?,
            Change::SetClaimKind { kind: ClaimKind { name, proves, .. } } => {
                check_length("name", name.len(), 1, MAX_CLAIM_NAME_BYTES)?;
                check_length("roots", proves.roots().len(), 1, MAX_CLAIM_ROOTS)?;
                if let Some(attribute) = proves.attribute() {
                    check_length("attribute", attribute.len(), 1, MAX_ATTRIBUTE_BYTES)?;
                }
            }
            Change::RemoveClaimKind { name } => check_length("name", name.len(), 1, MAX_CLAIM_NAME_BYTES)?,
            Change::Grant { .. } | Change::Revoke { .. } | Change::SetCheckpointQuorum { .. } => {}
        }
    }
    Ok(())
}

fn check_length(field: &str, length: usize, minimum: usize, limit: usize) -> Result<(), GovernanceReason> {
    if (minimum..=limit).contains(&length) {
        return Ok(());
    }
    let [length, minimum, limit] = [length, minimum, limit].map(|count| u64::try_from(count).unwrap_or(u64::MAX));
    Err(GovernanceReason::BadLength { field: field.to_owned(), length, minimum, limit })
}
