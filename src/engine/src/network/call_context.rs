//! Call contexts and callbacks: who must still be answered, and what for.
//!
//! Source: interface specification, "Call contexts", and the replica's `CallContextManager`. The rules kept here: every
//! context is answered exactly once; it lives until all its callbacks have run; a context whose last message ends
//! without an answer is answered with a reject by the system.

use super::message::{Answered, Origin};
use crate::error::{ErrorCode, Reject};
use crate::execution::Closure;
use candid::Principal;
use std::collections::BTreeMap;

/// One call being served.
#[derive(Debug)]
pub(crate) struct CallContext {
    pub(crate) origin: Origin,
    pub(crate) method: String,
    pub(crate) cycles_available: u128,
    pub(crate) responded: bool,
    /// Instructions of the messages run for this context so far.
    pub(crate) instructions: u64,
    /// The canister was uninstalled: callbacks of this context are dropped.
    pub(crate) deleted: bool,
    outstanding: usize,
}

/// One call sent and not yet concluded.
#[derive(Debug)]
pub(crate) struct Callback {
    pub(crate) context: u64,
    pub(crate) callee: Principal,
    pub(crate) method: String,
    pub(crate) on_reply: Option<Closure>,
    pub(crate) on_reject: Option<Closure>,
    pub(crate) on_cleanup: Option<Closure>,
    /// 0 for a guaranteed response.
    pub(crate) deadline_ns: u64,
    /// Cycles set aside to execute the callback.
    pub(crate) prepaid_execution: u128,
    /// Cycles set aside to transmit the response.
    pub(crate) prepaid_transmission: u128,
    /// A response is waiting in the input queue; any other that comes is dropped.
    pub(crate) answered: bool,
}

/// What a finished message owes to the caller of its context.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Owed {
    pub(crate) origin: Origin,
    pub(crate) method: String,
    pub(crate) answer: Answered,
    pub(crate) refund: u128,
}

/// The call contexts and callbacks of one canister.
#[derive(Debug, Default)]
pub(crate) struct CallContexts {
    contexts: BTreeMap<u64, CallContext>,
    callbacks: BTreeMap<u64, Callback>,
    open_by_callee: BTreeMap<Principal, usize>,
    next_id: u64,
}

impl CallContexts {
    pub(crate) fn open(&mut self, origin: Origin, method: String, cycles: u128) -> u64 {
        let id = self.take_id();
        let context = CallContext {
            origin,
            method,
            cycles_available: cycles,
            responded: false,
            instructions: 0,
            deleted: false,
            outstanding: 0,
        };
        self.contexts.insert(id, context);
        id
    }

    pub(crate) fn context(&self, id: u64) -> &CallContext {
        self.contexts.get(&id).expect("BUG: a callback or message without its call context")
    }

    fn context_mut(&mut self, id: u64) -> &mut CallContext {
        self.contexts.get_mut(&id).expect("BUG: a callback or message without its call context")
    }

    pub(crate) fn accept_cycles(&mut self, id: u64, amount: u128) {
        let context = self.context_mut(id);
        context.cycles_available = context.cycles_available.saturating_sub(amount);
    }

    pub(crate) fn add_instructions(&mut self, id: u64, amount: u64) {
        self.context_mut(id).instructions += amount;
    }

    pub(crate) fn register(&mut self, callback: Callback) -> u64 {
        self.context_mut(callback.context).outstanding += 1;
        *self.open_by_callee.entry(callback.callee).or_default() += 1;
        let id = self.take_id();
        self.callbacks.insert(id, callback);
        id
    }

    pub(crate) fn callback_mut(&mut self, id: u64) -> Option<&mut Callback> {
        self.callbacks.get_mut(&id)
    }

    /// Takes a callback out to run it.
    pub(crate) fn take_callback(&mut self, id: u64) -> Option<Callback> {
        let callback = self.callbacks.remove(&id)?;
        self.context_mut(callback.context).outstanding -= 1;
        if let Some(outstanding) = self.open_by_callee.get_mut(&callback.callee) {
            *outstanding -= 1;
            if *outstanding == 0 {
                self.open_by_callee.remove(&callback.callee);
            }
        }
        Some(callback)
    }

    /// The ids of the bounded-wait calls without an answer whose deadline is at or before `now_ns`.
    pub(crate) fn expired(&self, now_ns: u64) -> Vec<u64> {
        self.callbacks
            .iter()
            .filter(|(_, callback)| callback.deadline_ns != 0 && callback.deadline_ns <= now_ns && !callback.answered)
            .map(|(id, _)| *id)
            .collect()
    }

    /// The next moment at which [`Self::expired`] finds something.
    pub(crate) fn next_deadline_ns(&self) -> Option<u64> {
        self.callbacks
            .values()
            .filter(|callback| callback.deadline_ns != 0 && !callback.answered)
            .map(|callback| callback.deadline_ns)
            .min()
    }

    /// How many calls are open, by callee.
    pub(crate) const fn open_by_callee(&self) -> &BTreeMap<Principal, usize> {
        &self.open_by_callee
    }

    /// A message of context `id` has ended. `answer` is what it said; `failure` why it trapped.
    pub(crate) fn conclude(
        &mut self,
        canister: Principal,
        id: u64,
        answer: Option<Answered>,
        failure: Option<Reject>,
    ) -> Option<Owed> {
        let context = self.context_mut(id);
        let last = context.outstanding == 0;
        let answer = if context.responded || context.deleted {
            None
        } else if let Some(answer) = answer {
            Some(answer)
        } else if last {
            Some(Err(failure.unwrap_or_else(|| did_not_reply(canister))))
        } else {
            None
        };
        let owed = answer.map(|answer| {
            context.responded = true;
            Owed {
                origin: context.origin.clone(),
                method: context.method.clone(),
                answer,
                refund: std::mem::take(&mut context.cycles_available),
            }
        });
        if last {
            self.contexts.remove(&id);
        }
        owed
    }

    /// The canister was uninstalled: every open context is rejected, and its callbacks will be dropped.
    pub(crate) fn delete_all(&mut self) -> Vec<Owed> {
        let owed = self
            .contexts
            .values_mut()
            .filter_map(|context| {
                context.deleted = true;
                if std::mem::replace(&mut context.responded, true) {
                    return None;
                }
                Some(Owed {
                    origin: context.origin.clone(),
                    method: context.method.clone(),
                    answer: Err(Reject::new(ErrorCode::CanisterRejectedMessage, "Canister has been uninstalled.")),
                    refund: std::mem::take(&mut context.cycles_available),
                })
            })
            .collect();
        self.contexts.retain(|_, context| context.outstanding > 0);
        owed
    }

    /// Whether a stopping canister may become stopped.
    pub(crate) fn is_empty(&self) -> bool {
        self.contexts.is_empty() && self.callbacks.is_empty()
    }

    fn take_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }
}

fn did_not_reply(canister: Principal) -> Reject {
    Reject::new(
        ErrorCode::CanisterDidNotReply,
        format!("Error from Canister {canister}: Canister did not produce a response"),
    )
}
