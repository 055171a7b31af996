//! Rounds: who runs when.
//!
//! A round moves the clock, lets go of what is due, and then gives every canister with work one message at a time,
//! in rotating order, until nobody has work or the round's instructions are used up. What a message sends is delivered
//! at once, so a call between two canisters usually completes within a round, as on one subnet of the replica.

use super::Network;
use super::call_context::Owed;
use super::canister::Status;
use super::message::{Input, Task};
use crate::error::{ErrorCode, Reject};
use candid::Principal;

/// Instructions of one round, as the replica's `max_instructions_per_round`.
const ROUND_INSTRUCTIONS: u64 = 7_000_000_000;
/// What starting a message counts towards the round.
const MESSAGE_OVERHEAD: u64 = 3_500_000;
/// Stop requests are given up after five minutes.
const STOP_TIMEOUT_NS: u64 = 5 * 60 * 1_000_000_000;

impl Network {
    /// Executes one round. Returns whether anything ran.
    pub fn tick(&mut self) -> bool {
        self.begin_round();
        let mut ran = false;
        while self.step_within_round() {
            ran = true;
            if self.round_instructions >= ROUND_INSTRUCTIONS {
                break;
            }
        }
        ran
    }

    /// Executes rounds until one in which nothing ran, `most` at most. Returns whether it came to rest; a canister with
    /// a heartbeat never does.
    pub fn run_until_idle(&mut self, most: u64) -> bool {
        (0..most).any(|_| !self.tick() && !self.has_work())
    }

    /// Executes exactly one message, starting a round when nothing is left of the current one. Returns whether there
    /// was one. Between two steps a test may stop or upgrade a canister, or look at its balance.
    pub fn step(&mut self) -> bool {
        if self.step_within_round() {
            return true;
        }
        self.begin_round();
        self.step_within_round()
    }

    fn begin_round(&mut self) {
        self.round += 1;
        self.round_instructions = 0;
        self.time_ns += self.config.round_ns;
        self.release_delayed();
        self.expire_calls();
        self.expire_outcalls();
        self.give_up_stopping();
        self.answer_raw_rand();
        self.schedule_tasks();
        self.turns = self.canister_ids().into();
        if !self.turns.is_empty() {
            let first = (self.round % self.turns.len() as u64) as usize;
            self.turns.rotate_left(first);
        }
    }

    fn schedule_tasks(&mut self) {
        let now_ns = self.time_ns;
        for canister in self.canisters.values_mut() {
            let Some(state) = &canister.state else { continue };
            if !matches!(canister.status, Status::Running) {
                continue;
            }
            let module = state.module();
            let due = canister.global_timer_ns != 0 && canister.global_timer_ns <= now_ns;
            if module.has_heartbeat() && !canister.tasks.contains(&Task::Heartbeat) {
                canister.tasks.push_back(Task::Heartbeat);
            }
            if due && module.has_global_timer() && !canister.tasks.contains(&Task::GlobalTimer) {
                canister.tasks.push_back(Task::GlobalTimer);
            }
        }
    }

    /// One message of the management canister, or of the next canister with work.
    fn step_within_round(&mut self) -> bool {
        if let Some(request) = self.management_queue.pop_front() {
            self.run_management(request);
            return true;
        }
        for _ in 0..self.turns.len() {
            let id = self.turns[0];
            self.turns.rotate_left(1);
            if self.run_next(id) {
                self.round_instructions += MESSAGE_OVERHEAD;
                return true;
            }
        }
        false
    }

    fn run_next(&mut self, id: Principal) -> bool {
        let Some(canister) = self.canisters.get_mut(&id) else { return false };
        if let Some(task) = canister.tasks.pop_front() {
            self.run_task(id, task);
            return true;
        }
        match canister.inputs.pop() {
            Some(Input::Request(request)) => self.run_request(request),
            Some(Input::Response(response)) => self.run_response(response),
            None => return false,
        }
        true
    }

    /// A stopping canister without open calls is stopped, and those who waited for it are told.
    pub(crate) fn finish_stopping(&mut self, id: Principal) {
        let Some(canister) = self.canisters.get_mut(&id) else { return };
        if !matches!(canister.status, Status::Stopping(_)) || !canister.calls.is_empty() {
            return;
        }
        let Status::Stopping(waiting) = std::mem::replace(&mut canister.status, Status::Stopped) else { return };
        canister.version += 1;
        let reject = canister.require_running();
        for request in canister.inputs.drain_requests() {
            if let Err(reject) = &reject {
                self.deliver_answer(id, super::run::refused(request, reject.clone()));
            }
        }
        for stop in waiting {
            let owed = Owed {
                origin: stop.origin,
                method: "stop_canister".into(),
                answer: Ok(crate::management::empty_reply()),
                refund: stop.refund,
            };
            self.answer(Principal::management_canister(), owed);
        }
    }

    fn give_up_stopping(&mut self) {
        let now_ns = self.time_ns;
        let mut late = Vec::new();
        for canister in self.canisters.values_mut() {
            if let Status::Stopping(waiting) = &mut canister.status {
                let (given_up, kept) =
                    std::mem::take(waiting).into_iter().partition(|stop| stop.since_ns + STOP_TIMEOUT_NS <= now_ns);
                *waiting = kept;
                late.extend::<Vec<_>>(given_up);
            }
        }
        for stop in late {
            let owed = Owed {
                origin: stop.origin,
                method: "stop_canister".into(),
                answer: Err(Reject::new(ErrorCode::StopCanisterRequestTimeout, "Stop canister request timed out")),
                refund: stop.refund,
            };
            self.answer(Principal::management_canister(), owed);
        }
    }

    /// Whether a message could run without the clock moving.
    pub(super) fn has_work(&self) -> bool {
        !self.management_queue.is_empty()
            || !self.raw_rand_waiting.is_empty()
            || self.canisters.values().any(|canister| !canister.tasks.is_empty() || !canister.inputs.is_empty())
    }

    /// The next moment at which the clock alone makes something happen.
    pub(super) fn next_event_ns(&self) -> Option<u64> {
        let delayed = self.delayed.keys().next().map(|(time_ns, _)| *time_ns);
        let by_canister = self.canisters.values().flat_map(|canister| {
            let timer = (canister.global_timer_ns != 0
                && matches!(canister.status, Status::Running)
                && canister.state.as_ref().is_some_and(|state| state.module().has_global_timer()))
            .then_some(canister.global_timer_ns);
            let stopping = match &canister.status {
                Status::Stopping(waiting) => waiting.iter().map(|stop| stop.since_ns + STOP_TIMEOUT_NS).min(),
                Status::Running | Status::Stopped => None,
            };
            [timer, stopping, canister.calls.next_deadline_ns()].into_iter().flatten()
        });
        delayed.into_iter().chain(self.next_outcall_timeout_ns()).chain(by_canister).min()
    }
}
