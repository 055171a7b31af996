//! Runs one message on one canister and carries out what it committed to.

use super::Network;
use super::call_context::{Callback, Owed};
use super::fees;
use super::message::{Answered, Origin, Request, Response, Task};
use super::records::{Execution, MessageKind};
use crate::error::{ErrorCode, Reject, RejectCode};
use crate::execution::{Answer, Effects, Entry, Message, Outcome, OutgoingCall, Trap, UPDATE_INSTRUCTIONS, execute};
use candid::Principal;

/// Share of an update's instructions that a cleanup callback may use: 5 %, as the replica reserves.
const CLEANUP_INSTRUCTIONS: u64 = UPDATE_INSTRUCTIONS / 20;
/// The longest wait of a bounded-wait call.
const MAX_WAIT_SECONDS: u32 = 300;
const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// A message ready to run within a call context.
struct Job {
    context: u64,
    kind: MessageKind,
    entry: Entry,
    instructions: u64,
    cycles_refunded: u128,
    /// Already taken from the balance.
    prepaid: u128,
}

impl Network {
    pub(super) fn run_request(&mut self, request: Request) {
        let now_ns = self.time_ns;
        let deadline_ns = request.origin.deadline_ns();
        if deadline_ns != 0 && deadline_ns <= now_ns {
            // Its caller has been told already that the outcome is unknown.
            self.lost_cycles += request.cycles;
            return;
        }
        let id = request.callee;
        if let Origin::Ingress { id, .. } = &request.origin {
            self.ingress.processing(*id);
        }
        match self.admit(&request) {
            Ok((kind, prepaid)) => self.run_admitted(id, request, kind, prepaid),
            Err(reject) => self.answer(id, refused(request, reject)),
        }
    }

    /// Checks that the callee can serve the request, and takes the prepayment.
    fn admit(&mut self, request: &Request) -> Result<(MessageKind, u128), Reject> {
        let canister = self.canister_mut(request.callee)?;
        canister.require_running()?;
        let Some(state) = &canister.state else { return Err(canister.no_module()) };
        let module = state.module();
        let kind = if module.has_update(&request.method) {
            MessageKind::Update
        } else if module.has_query(&request.method) {
            MessageKind::ReplicatedQuery
        } else if module.has_composite_query(&request.method) {
            return Err(Reject::new(
                ErrorCode::CompositeQueryCalledInReplicatedMode,
                format!(
                    "Composite query cannot be called in replicated mode: canister {}, method '{}'",
                    request.callee, request.method
                ),
            ));
        } else {
            return Err(no_method(request.callee, "update", &request.method));
        };
        let prepaid = fees::update_prepayment(&self.config.costs);
        self.canister_mut(request.callee)?.withdraw(prepaid)?;
        Ok((kind, prepaid))
    }

    fn run_admitted(&mut self, id: Principal, request: Request, kind: MessageKind, prepaid: u128) {
        let Request { origin, method, arg, cycles, forced_trap, .. } = request;
        let entry = match kind {
            MessageKind::ReplicatedQuery => Entry::ReplicatedQuery { method: method.clone(), arg },
            _ => Entry::Update { method: method.clone(), arg },
        };
        let (caller, recorded) = (origin.sender(), method.clone());
        let context = self.expect_canister(id).calls.open(origin, method, cycles);
        let ended = if forced_trap {
            let trap = Trap::Explicit("injected fault".into());
            let outcome = Outcome { result: Err(trap.clone()), effects: Effects::default(), instructions: 0 };
            let charged = self.charge(id, prepaid, &outcome);
            self.record(id, caller, kind, recorded, charged, &outcome);
            Err(self.expect_canister(id).reject_of(&trap))
        } else {
            let instructions = match kind {
                MessageKind::ReplicatedQuery => crate::execution::QUERY_INSTRUCTIONS,
                _ => UPDATE_INSTRUCTIONS,
            };
            self.run(id, Job { context, kind, entry, instructions, cycles_refunded: 0, prepaid })
        };
        self.conclude(id, context, ended);
    }

    pub(super) fn run_task(&mut self, id: Principal, task: Task) {
        let prepaid = fees::update_prepayment(&self.config.costs);
        let canister = self.expect_canister(id);
        if task == Task::GlobalTimer {
            // The timer is off before it runs: the method may set it again.
            canister.global_timer_ns = 0;
        }
        if canister.state.is_none() || canister.require_running().is_err() || canister.withdraw(prepaid).is_err() {
            return;
        }
        let (entry, kind) = match task {
            Task::Heartbeat => (Entry::Heartbeat, MessageKind::Heartbeat),
            Task::GlobalTimer => (Entry::GlobalTimer, MessageKind::GlobalTimer),
        };
        let origin = Origin::Nobody { sender: Principal::management_canister() };
        let context = canister.calls.open(origin, String::new(), 0);
        let ended =
            self.run(id, Job { context, kind, entry, instructions: UPDATE_INSTRUCTIONS, cycles_refunded: 0, prepaid });
        self.conclude(id, context, ended);
    }

    pub(super) fn run_response(&mut self, response: Response) {
        let id = response.caller;
        let costs = self.config.costs;
        let canister = self.expect_canister(id);
        canister.balance += response.refund;
        let Some(callback) = canister.calls.take_callback(response.callback) else { return };
        let used = fees::transmission(&costs, answer_bytes(&response.answer)).min(callback.prepaid_transmission);
        canister.balance += callback.prepaid_transmission - used;
        self.consumed_cycles += used;
        let canister = self.expect_canister(id);
        let context = callback.context;
        let closure = if response.answer.is_ok() { callback.on_reply } else { callback.on_reject };
        let (Some(closure), false) = (closure, canister.calls.context(context).deleted) else {
            // A one-way call, or the code that waited is gone: nothing runs.
            canister.balance += callback.prepaid_execution;
            return self.conclude(id, context, Ok(None));
        };
        let (kind, entry) = match response.answer {
            Ok(payload) => (MessageKind::ReplyCallback, Entry::ReplyCallback { closure, payload, composite: false }),
            Err(Reject { code, message, .. }) => {
                (MessageKind::RejectCallback, Entry::RejectCallback { closure, code, message, composite: false })
            }
        };
        let job = Job {
            context,
            kind,
            entry,
            instructions: UPDATE_INSTRUCTIONS,
            cycles_refunded: response.refund,
            prepaid: callback.prepaid_execution,
        };
        let ended = self.run(id, job);
        if let (Err(_), Some(closure)) = (&ended, callback.on_cleanup) {
            // Whatever becomes of the cleanup, the caller hears of the trap that made it necessary.
            let _ = self.run(
                id,
                Job {
                    context,
                    kind: MessageKind::Cleanup,
                    entry: Entry::Cleanup { closure, composite: false },
                    instructions: CLEANUP_INSTRUCTIONS,
                    cycles_refunded: 0,
                    prepaid: 0,
                },
            );
        }
        self.conclude(id, context, ended);
    }

    /// Executes, charges, and carries out the effects except the answer, which it returns.
    fn run(&mut self, id: Principal, job: Job) -> Result<Option<Answered>, Reject> {
        let time_ns = self.time_ns;
        let context = self.expect_canister(id).calls.context(job.context);
        let caller = context.origin.sender();
        let method = context.method.clone();
        let message = Message {
            entry: job.entry,
            caller,
            time_ns,
            deadline_ns: context.origin.deadline_ns(),
            cycles_available: context.cycles_available,
            cycles_refunded: job.cycles_refunded,
            responded: context.responded,
            call_context_instructions: context.instructions,
            data_certificate: None,
        };
        let outcome = self.execute(id, &message, job.instructions);
        let charged = self.charge(id, job.prepaid, &outcome);
        self.record(id, caller, job.kind, method, charged, &outcome);
        let canister = self.expect_canister(id);
        canister.calls.add_instructions(job.context, outcome.instructions);
        match outcome.result {
            Err(trap) => Err(canister.reject_of(&trap)),
            Ok(()) => {
                let Effects { answer, calls, cycles_accepted, certified_data, global_timer, .. } = outcome.effects;
                canister.calls.accept_cycles(job.context, cycles_accepted);
                if job.kind != MessageKind::ReplicatedQuery {
                    canister.version += 1;
                }
                if let Some(data) = certified_data {
                    canister.certified_data = data;
                }
                if let Some(timer) = global_timer {
                    canister.global_timer_ns = timer;
                }
                for call in calls {
                    self.send_call(id, job.context, call);
                }
                Ok(answer.map(answered))
            }
        }
    }

    /// The seam: one message on the canister's state. Keeps what it printed, unless nobody else could have seen it run.
    pub(crate) fn execute(&mut self, id: Principal, message: &Message, instructions: u64) -> Outcome {
        let (subnet_id, costs, now_ns) = (self.subnet_id, self.config.costs, self.time_ns);
        let root_key = self.root_key.der().to_vec();
        let canister = self.expect_canister(id);
        let environment = canister.environment(subnet_id, &root_key, costs);
        let limits = canister.limits(&message.entry, instructions);
        let state = canister.state.as_mut().expect("BUG: checked before executing that code is installed");
        let mut outcome = execute(state, message, &environment, &limits);
        let lines = std::mem::take(&mut outcome.effects.logs);
        if is_replicated(&message.entry) {
            canister.logs.append(now_ns, lines);
        }
        outcome
    }

    /// Settles the balance after an execution; returns what it cost.
    pub(crate) fn charge(&mut self, id: Principal, prepaid: u128, outcome: &Outcome) -> u128 {
        let cost = fees::execution(&self.config.costs, outcome.instructions);
        let canister = self.expect_canister(id);
        if outcome.result.is_ok() {
            canister.balance = outcome.effects.cycle_balance;
        }
        let funds = canister.balance + prepaid;
        canister.balance = funds.saturating_sub(cost);
        let charged = funds - canister.balance;
        self.consumed_cycles += charged + outcome.effects.cycles_burned;
        charged
    }

    pub(crate) fn record(
        &mut self,
        canister: Principal,
        caller: Principal,
        kind: MessageKind,
        method: String,
        cycles_charged: u128,
        outcome: &Outcome,
    ) {
        self.records.push(Execution {
            round: self.round,
            time_ns: self.time_ns,
            canister,
            caller,
            kind,
            method,
            instructions: outcome.instructions,
            cycles_charged,
            trap: outcome.result.as_ref().err().map(ToString::to_string),
        });
        self.round_instructions += outcome.instructions;
    }

    fn conclude(&mut self, id: Principal, context: u64, ended: Result<Option<Answered>, Reject>) {
        let (answer, failure) = match ended {
            Ok(answer) => (answer, None),
            Err(failure) => (None, Some(failure)),
        };
        if let Some(owed) = self.expect_canister(id).calls.conclude(id, context, answer, failure) {
            self.answer(id, owed);
        }
        self.finish_stopping(id);
    }

    fn send_call(&mut self, id: Principal, context: u64, call: OutgoingCall) {
        let costs = self.config.costs;
        let prepaid_execution = fees::update_prepayment(&costs);
        let prepaid_transmission = fees::transmission(&costs, fees::MAX_PAYLOAD_BYTES);
        let request_fee = fees::request(&costs, &call.method, &call.arg);
        let fee = request_fee + prepaid_execution + prepaid_transmission;
        let deadline_ns = call.timeout_seconds.map_or(0, |seconds| {
            // Deadlines are whole seconds, as on the replica.
            let now_seconds = self.time_ns / NANOS_PER_SECOND;
            (now_seconds + u64::from(seconds.clamp(1, MAX_WAIT_SECONDS))) * NANOS_PER_SECOND
        });
        let canister = self.expect_canister(id);
        let paid = canister.withdraw(fee);
        let callback = canister.calls.register(Callback {
            context,
            callee: call.callee,
            method: call.method.clone(),
            on_reply: call.on_reply,
            on_reject: call.on_reject,
            on_cleanup: call.on_cleanup,
            deadline_ns,
            prepaid_execution: if paid.is_ok() { prepaid_execution } else { 0 },
            prepaid_transmission: if paid.is_ok() { prepaid_transmission } else { 0 },
            answered: false,
        });
        let request = Request {
            origin: Origin::Canister { caller: id, callback, deadline_ns },
            callee: call.callee,
            method: call.method,
            arg: call.arg,
            cycles: call.cycles,
            forced_trap: false,
        };
        match paid {
            Ok(()) => {
                self.consumed_cycles += request_fee;
                self.send(request);
            }
            Err(reject) => self.deliver_answer(call.callee, refused(request, reject)),
        }
    }
}

/// The answer to a request that is not executed: all its cycles go back.
pub(crate) fn refused(request: Request, reject: Reject) -> Owed {
    Owed { origin: request.origin, method: request.method, answer: Err(reject), refund: request.cycles }
}

pub(crate) fn no_method(canister: Principal, kind: &str, method: &str) -> Reject {
    Reject::new(
        ErrorCode::CanisterMethodNotFound,
        format!("Error from Canister {canister}: Canister has no {kind} method '{method}'."),
    )
}

pub(crate) fn answered(answer: Answer) -> Answered {
    match answer {
        Answer::Reply(bytes) => Ok(bytes),
        Answer::Reject(message) => Err(Reject { code: RejectCode::CanisterReject, error_code: None, message }),
    }
}

const fn is_replicated(entry: &Entry) -> bool {
    match entry {
        Entry::Query { .. } | Entry::CompositeQuery { .. } | Entry::InspectMessage { .. } => false,
        Entry::ReplyCallback { composite, .. }
        | Entry::RejectCallback { composite, .. }
        | Entry::Cleanup { composite, .. } => !*composite,
        _ => true,
    }
}

fn answer_bytes(answer: &Answered) -> usize {
    match answer {
        Ok(bytes) => bytes.len(),
        Err(reject) => reject.message.len(),
    }
}
