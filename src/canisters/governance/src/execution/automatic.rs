//! What the timer does. It is a convenience: whatever it leaves undone, `execute` does.

use crate::state::{Event, State};
use crate::storage::AutomaticExecution;
use calisec_types::governance::Status;
use calisec_types::ids::{ProposalId, Timestamp};

/// Proposals that one run of the timer looks at, at the most; the rest are the next run's.
pub const MAX_PER_RUN: usize = 10;

/// How long the timer waits after each attempt that does not bring a proposal to its end.
const BACK_OFF_SECONDS: [u64; 3] = [60, 10 * 60, 60 * 60];

/// How often the timer tries to execute a proposal.
pub const MAX_ATTEMPTS: usize = BACK_OFF_SECONDS.len() + 1;

/// The proposals to execute now. The next attempt at each is planned before this one is made, so that one that traps or is
/// never answered cannot keep the timer busy; bringing a proposal to its end cancels what is planned for it.
pub fn take_due(state: &mut State, now: Timestamp) -> Vec<ProposalId> {
    state.due_for_execution(now, MAX_PER_RUN).into_iter().filter(|id| take(state, *id, now)).collect()
}

/// Whether to execute the proposal; plans what comes after.
fn take(state: &mut State, id: ProposalId, now: Timestamp) -> bool {
    let Some(proposal) = state.proposal(id) else { return false };
    let (execute, plan) = match proposal.status(now) {
        Status::Adopted { executable_at } if now < executable_at => {
            (false, Some(AutomaticExecution { at: executable_at, attempts: 0 }))
        }
        Status::Adopted { .. } | Status::Executing => {
            let attempts = proposal.automatic.map_or(0, |plan| plan.attempts);
            (true, after_attempt(attempts, now))
        }
        Status::Open | Status::Rejected | Status::Executed | Status::Failed { .. } | Status::Expired => (false, None),
    };
    state.apply(Event::AutomaticExecutionPlanned { proposal: id, plan });
    execute
}

fn after_attempt(attempts: u8, now: Timestamp) -> Option<AutomaticExecution> {
    let back_off = BACK_OFF_SECONDS.get(usize::from(attempts))?;
    Some(AutomaticExecution { at: now.plus_seconds(*back_off), attempts: attempts.saturating_add(1) })
}

#[cfg(test)]
mod tests;
