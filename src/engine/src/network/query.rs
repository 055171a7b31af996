//! Non-replicated queries, also composite ones.
//!
//! A query changes nothing: neither the canister it runs on, nor any canister a composite query calls. Source: interface
//! specification, "Query call" and "Composite query methods"; limits from the replica's query handler.

use super::Network;
use super::canister::Canister;
use super::message::Answered;
use super::records::MessageKind;
use super::routing::not_found;
use super::run::{answered, no_method};
use crate::error::{ErrorCode, Reject};
use crate::execution::{Entry, Message, OutgoingCall, QUERY_INSTRUCTIONS, Snapshot};
use crate::management;
use candid::Principal;
use std::collections::{BTreeMap, VecDeque};

/// How deep composite queries may call each other.
const MAX_DEPTH: usize = 6;
/// Instructions of a whole composite query with all its calls.
const MAX_TOTAL_INSTRUCTIONS: u64 = 20_000_000_000;

/// One user's query with everything it calls.
struct Tree<'a> {
    network: &'a mut Network,
    /// Canisters being evaluated, outermost first.
    stack: Vec<Principal>,
    instructions: u64,
    /// The state of every composite canister before the query.
    before: BTreeMap<Principal, Snapshot>,
}

/// One evaluation of a query method.
struct Frame {
    canister: Principal,
    caller: Principal,
    method: String,
    certificate: Vec<u8>,
    answer: Option<Answered>,
    waiting: VecDeque<OutgoingCall>,
    failure: Option<Reject>,
    instructions: u64,
}

impl Network {
    /// Runs a query or composite query.
    ///
    /// # Errors
    /// The reject that a user would see.
    pub fn query(&mut self, sender: Principal, canister: Principal, method: &str, arg: &[u8]) -> Answered {
        if canister == Principal::management_canister() {
            return management::query(self, sender, method, arg);
        }
        let mut tree = Tree { network: self, stack: Vec::new(), instructions: 0, before: BTreeMap::new() };
        let answer = tree.evaluate(sender, canister, method.into(), arg.to_vec());
        let Tree { network, before, .. } = tree;
        for (id, snapshot) in &before {
            if let Some(state) = network.canisters.get_mut(id).and_then(|canister| canister.state.as_mut()) {
                state.restore(snapshot);
            }
        }
        answer.and_then(|answer| answer)
    }
}

impl Tree<'_> {
    /// The outer error aborts the whole query; the inner one is the answer of this call.
    fn evaluate(&mut self, caller: Principal, id: Principal, method: String, arg: Vec<u8>) -> Result<Answered, Reject> {
        if self.stack.contains(&id) {
            return Err(Reject::new(
                ErrorCode::QueryCallGraphLoopDetected,
                format!("Loop inside query call graph: canister {id} is called again"),
            ));
        }
        if self.stack.len() >= MAX_DEPTH {
            return Err(Reject::new(
                ErrorCode::QueryCallGraphTooDeep,
                format!("Composite query call graph is deeper than {MAX_DEPTH}"),
            ));
        }
        let Some(canister) = self.network.canisters.get_mut(&id) else { return Ok(Err(not_found(id))) };
        let composite = match serves(canister, &method) {
            Ok(composite) => composite,
            Err(reject) => return Ok(Err(reject)),
        };
        let entry = if composite {
            if let (Some(state), false) = (&canister.state, self.before.contains_key(&id)) {
                self.before.insert(id, state.snapshot());
            }
            Entry::CompositeQuery { method: method.clone(), arg }
        } else {
            Entry::Query { method: method.clone(), arg }
        };
        let mut frame = Frame {
            canister: id,
            caller,
            method,
            certificate: self.network.data_certificate(id),
            answer: None,
            waiting: VecDeque::new(),
            failure: None,
            instructions: 0,
        };
        self.stack.push(id);
        let kind = if composite { MessageKind::CompositeQuery } else { MessageKind::Query };
        self.run(&mut frame, kind, entry)?;
        while let Some(call) = frame.waiting.pop_front() {
            self.run_call(&mut frame, call)?;
        }
        self.stack.pop();
        let Frame { answer, failure, .. } = frame;
        Ok(answer.unwrap_or_else(|| {
            Err(failure.unwrap_or_else(|| {
                Reject::new(
                    ErrorCode::CanisterDidNotReply,
                    format!("Error from Canister {id}: Canister did not produce a response"),
                )
            }))
        }))
    }

    fn run_call(&mut self, frame: &mut Frame, call: OutgoingCall) -> Result<(), Reject> {
        let answer = if call.callee == Principal::management_canister() {
            Err(Reject::new(
                ErrorCode::UnknownManagementMessage,
                format!("Query calls to the management canister are not supported: '{}'", call.method),
            ))
        } else {
            self.evaluate(frame.canister, call.callee, call.method, call.arg)?
        };
        let composite = true;
        let (kind, closure) = match &answer {
            Ok(_) => (MessageKind::ReplyCallback, call.on_reply),
            Err(_) => (MessageKind::RejectCallback, call.on_reject),
        };
        let Some(closure) = closure else { return Ok(()) };
        let entry = match answer {
            Ok(payload) => Entry::ReplyCallback { closure, payload, composite },
            Err(Reject { code, message, .. }) => Entry::RejectCallback { closure, code, message, composite },
        };
        let trapped = self.run(frame, kind, entry)?;
        if let (true, Some(closure)) = (trapped, call.on_cleanup) {
            self.run(frame, MessageKind::Cleanup, Entry::Cleanup { closure, composite })?;
        }
        Ok(())
    }

    /// Whether it trapped.
    fn run(&mut self, frame: &mut Frame, kind: MessageKind, entry: Entry) -> Result<bool, Reject> {
        let limit = QUERY_INSTRUCTIONS.min(MAX_TOTAL_INSTRUCTIONS - self.instructions);
        let message = Message {
            entry,
            caller: frame.caller,
            time_ns: self.network.time_ns,
            deadline_ns: 0,
            cycles_available: 0,
            cycles_refunded: 0,
            responded: frame.answer.is_some(),
            call_context_instructions: frame.instructions,
            data_certificate: matches!(kind, MessageKind::Query | MessageKind::CompositeQuery)
                .then(|| frame.certificate.clone()),
        };
        let outcome = self.network.execute(frame.canister, &message, limit);
        self.network.record(frame.canister, frame.caller, kind, frame.method.clone(), 0, &outcome);
        frame.instructions += outcome.instructions;
        self.instructions = (self.instructions + outcome.instructions).min(MAX_TOTAL_INSTRUCTIONS);
        if self.instructions == MAX_TOTAL_INSTRUCTIONS {
            return Err(Reject::new(
                ErrorCode::QueryCallGraphTotalInstructionLimitExceeded,
                format!("Query call exceeded the instructions limit of {MAX_TOTAL_INSTRUCTIONS} for the call graph"),
            ));
        }
        match outcome.result {
            Ok(()) => {
                if let Some(answer) = outcome.effects.answer {
                    frame.answer = Some(answered(answer));
                }
                frame.waiting.extend(outcome.effects.calls);
                Ok(false)
            }
            Err(trap) => {
                let reject = self.network.canister_mut(frame.canister)?.reject_of(&trap);
                frame.failure = Some(reject);
                Ok(true)
            }
        }
    }
}

/// Whether the method is a composite query; or why the canister does not serve it.
fn serves(canister: &Canister, method: &str) -> Result<bool, Reject> {
    canister.require_running()?;
    let reserve = canister.freezing_reserve();
    if canister.balance < reserve {
        return Err(canister.out_of_cycles(0, reserve));
    }
    let Some(state) = &canister.state else { return Err(canister.no_module()) };
    if state.module().has_query(method) {
        Ok(false)
    } else if state.module().has_composite_query(method) {
        Ok(true)
    } else {
        Err(no_method(canister.id, "query", method))
    }
}
