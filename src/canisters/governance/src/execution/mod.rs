//! Applying what was adopted, step by step.
//!
//! The journal of a proposal is written before and after each call: it says that execution began, and what became of each
//! step that came to an end. Whatever interrupts it (a lost answer, a trap, an upgrade), the first step without an outcome
//! is where it goes on. That step may have been applied already; membership knows it by proposal and step, and answers
//! what happened instead of applying it again.

mod automatic;

pub use automatic::{MAX_ATTEMPTS, MAX_PER_RUN, take_due};

use crate::clients::{NoAnswer, answer};
use crate::state::{Event, State, Work, begin, with_state, with_state_mut};
use crate::storage::{Config, StoredOutcome};
use calisec_clients::{MembershipClient, ProofVerifierClient, Transport};
use calisec_runtime::Env;
use calisec_types::governance::{GovernanceReason, Measure, Proposal, Status};
use calisec_types::ids::{ContextId, ProposalId, Timestamp};
use calisec_types::membership::{Applied, ApplyArg};

/// Executes an adopted proposal, or goes on with one that was interrupted. A proposal that is executed already is answered
/// as it is: whoever repeats the call because the answer got lost, or comes second to the timer, learns that it is done.
///
/// # Errors
/// [`GovernanceReason::UnknownProposal`], [`GovernanceReason::NotExecutable`], [`GovernanceReason::Timelocked`] and
/// [`GovernanceReason::InProgress`] change nothing. [`GovernanceReason::Unavailable`] leaves the proposal executing, to be
/// gone on with. A step that membership refuses is no error of this call: the proposal is answered as failed.
pub async fn run<E: Env, T: Transport>(env: &E, transport: &T, id: ProposalId) -> Result<Proposal, GovernanceReason> {
    let now = env.now();
    if with_state(|state| check_executable(state, id, now))? == Readiness::Done {
        return view(id, now);
    }
    let _guard = begin(Work::Execute(id))?;
    with_state_mut(|state| state.apply(Event::ExecutionBegun { proposal: id }));

    while let Some(request) = with_state(|state| next_request(state, id)) {
        let outcome = match take(transport, &request).await {
            Ok(outcome) => outcome,
            Err(NoAnswer::Refused(message)) => StoredOutcome::Refused { message },
            Err(NoAnswer::Unavailable(reason)) => return Err(reason),
        };
        with_state_mut(|state| finish_step(state, id, request.step, outcome));
    }
    view(id, env.now())
}

/// A step to be taken.
struct Request {
    context: ContextId,
    proposal: ProposalId,
    step: u32,
    measure: Measure,
}

/// Has another canister take a step. Taking it twice is taking it once: membership remembers steps, and a circuit's status may be
/// set to what it is.
async fn take<T: Transport>(transport: &T, request: &Request) -> Result<StoredOutcome, NoAnswer> {
    let Config { membership, circuits, .. } = with_state(State::config);
    let Request { context, proposal, step, measure } = request;
    match measure {
        Measure::Rules(change) => {
            let arg = ApplyArg { context: *context, proposal: *proposal, step: *step, change: change.clone() };
            let reply = MembershipClient::new(transport, membership).apply(&arg).await;
            answer(membership, reply).map(|Applied { seq, grant }| StoredOutcome::Applied { seq, grant })
        }
        Measure::Circuit(arg) => {
            // The proposal was made in the context that decided, or it would not have been; an upgrade may have named another one.
            let circuits = circuits.filter(|circuits| circuits.context == *context);
            let verifier = circuits.map(|circuits| circuits.proof_verifier);
            let verifier = verifier.ok_or_else(|| NoAnswer::Refused("not about circuits".to_owned()))?;
            let reply = ProofVerifierClient::new(transport, verifier).set_circuit_status(arg).await;
            answer(verifier, reply).map(|_| StoredOutcome::CircuitSet)
        }
    }
}

#[derive(PartialEq, Eq)]
enum Readiness {
    Ready,
    Done,
}

fn check_executable(state: &State, id: ProposalId, now: Timestamp) -> Result<Readiness, GovernanceReason> {
    let proposal = state.proposal(id).ok_or(GovernanceReason::UnknownProposal(id))?;
    let obstacle = match proposal.status(now) {
        Status::Adopted { executable_at } if now < executable_at => {
            return Err(GovernanceReason::Timelocked(executable_at));
        }
        Status::Adopted { .. } | Status::Executing => return Ok(Readiness::Ready),
        Status::Executed => return Ok(Readiness::Done),
        Status::Open => "open for votes".to_owned(),
        Status::Rejected => "rejected".to_owned(),
        Status::Expired => "expired".to_owned(),
        Status::Failed { step, .. } => format!("failed at step {step}"),
    };
    Err(GovernanceReason::NotExecutable(obstacle))
}

fn next_request(state: &State, id: ProposalId) -> Option<Request> {
    let proposal = state.proposal(id)?;
    let step = proposal.next_step()?;
    let measure = state.step(id, step)?.into();
    Some(Request { context: proposal.context, proposal: id, step, measure })
}

/// Records the outcome, unless another execution did: an upgrade forgets the guards of calls that are still answered.
fn finish_step(state: &mut State, id: ProposalId, step: u32, outcome: StoredOutcome) {
    if state.proposal(id).and_then(|proposal| proposal.next_step()) == Some(step) {
        state.apply(Event::StepFinished { proposal: id, outcome });
    }
}

fn view(id: ProposalId, now: Timestamp) -> Result<Proposal, GovernanceReason> {
    with_state(|state| state.view(id, now)).ok_or(GovernanceReason::UnknownProposal(id))
}
