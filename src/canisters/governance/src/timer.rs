//! Executes adopted proposals when their timelock ends. Everything it needs is in the state, so losing a timer (an upgrade
//! does) loses nothing.

use calisec_runtime::{Env, IcEnv};
use calisec_types::ids::Timestamp;
use governance::clients::EFFECTS;
use governance::execution::{self, take_due};
use governance::state::{State, with_state, with_state_mut};
use ic_cdk_timers::{TimerId, clear_timer, set_timer};
use std::cell::Cell;
use std::time::Duration;

/// Runs follow each other at this distance at least.
const MIN_DELAY: Duration = Duration::from_secs(1);

thread_local! {
    /// The one timer that is set, and for when.
    static ARMED: Cell<Option<(TimerId, Timestamp)>> = const { Cell::new(None) };
}

/// Sets the timer for the first proposal it has to look at, unless it is set for that time or earlier.
pub fn arm() {
    let Some(due) = with_state(State::next_automatic_execution) else { return };
    let now = IcEnv.now();
    match ARMED.get() {
        // One that should have fired by now may have been lost to a trap.
        Some((_, at)) if now < at && at <= due => return,
        Some((timer, _)) => clear_timer(timer),
        None => {}
    }
    let delay = Duration::from_nanos(due.0.saturating_sub(now.0)).max(MIN_DELAY);
    let at = Timestamp(now.0.saturating_add(u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX)));
    ARMED.set(Some((set_timer(delay, run()), at)));
}

async fn run() {
    ARMED.set(None);
    let due = with_state_mut(|state| take_due(state, IcEnv.now()));
    // Before the first call: what happens to the calls must not stop the timer.
    arm();
    for proposal in due {
        // An error needs no handling: the next attempt is planned, and callers of `execute` see the same error.
        drop(execution::run(&IcEnv, &EFFECTS, proposal).await);
    }
    arm();
}
