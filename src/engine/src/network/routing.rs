//! Moves requests and answers between canisters, users and the management canister.

use super::Network;
use super::call_context::Owed;
use super::message::{Origin, Request, Response};
use super::queues::{QUEUE_CAPACITY, QueueFull};
use super::run::refused;
use crate::error::{ErrorCode, Reject};
use candid::Principal;

/// Something a fault holds back.
#[derive(Debug)]
pub(crate) enum Delayed {
    /// A request that has not reached its callee.
    Request(Request),
    /// An answer that has not reached its caller.
    Answer(Principal, Owed),
}

impl Network {
    /// A request leaves its sender: faults strike here.
    pub(super) fn send(&mut self, request: Request) {
        if let Some(request) = self.strike_request(request) {
            self.enqueue(request);
        }
    }

    /// A request reaches its callee.
    pub(super) fn enqueue(&mut self, request: Request) {
        let callee = request.callee;
        if callee == Principal::management_canister() {
            self.management_queue.push_back(request);
            return;
        }
        let from_user = match &request.origin {
            Origin::Ingress { .. } => true,
            Origin::Canister { .. } => false,
            Origin::Nobody { sender } => !self.canisters.contains_key(sender),
        };
        let Some(canister) = self.canisters.get_mut(&callee) else {
            return self.deliver_answer(callee, refused(request, not_found(callee)));
        };
        if let Err(reject) = canister.require_running() {
            return self.deliver_answer(callee, refused(request, reject));
        }
        if from_user {
            canister.inputs.push_ingress(request);
        } else if let Err(QueueFull(request)) = canister.inputs.push_request(request) {
            let reject =
                Reject::new(ErrorCode::CanisterQueueFull, format!("Maximum queue capacity {QUEUE_CAPACITY} reached"));
            self.deliver_answer(callee, refused(*request, reject));
        }
    }

    /// An answer leaves `respondent`: faults strike here.
    pub(crate) fn answer(&mut self, respondent: Principal, owed: Owed) {
        if let Some(owed) = self.strike_answer(respondent, owed) {
            self.deliver_answer(respondent, owed);
        }
    }

    /// An answer reaches its caller.
    pub(crate) fn deliver_answer(&mut self, respondent: Principal, owed: Owed) {
        let Owed { origin, method, answer, refund } = owed;
        match origin {
            Origin::Nobody { .. } => self.lost_cycles += refund,
            Origin::Ingress { id, .. } => self.ingress.answered(id, answer),
            Origin::Canister { caller, callback, .. } => {
                let waiting = self.canisters.get_mut(&caller).and_then(|canister| {
                    let callback = canister.calls.callback_mut(callback)?;
                    (!std::mem::replace(&mut callback.answered, true)).then_some(&mut canister.inputs)
                });
                match waiting {
                    Some(inputs) => {
                        inputs.push_response(Response { caller, callback, respondent, method, answer, refund });
                    }
                    // Too late: the caller of a bounded-wait call has given up, and the cycles are gone with it.
                    None => self.lost_cycles += refund,
                }
            }
        }
    }

    /// Tells the callers of bounded-wait calls whose deadline has passed that the outcome is unknown.
    pub(super) fn expire_calls(&mut self) {
        let now_ns = self.time_ns;
        for id in self.canister_ids() {
            let expired = self.expect_canister(id).calls.expired(now_ns);
            for callback_id in expired {
                let canister = self.expect_canister(id);
                let Some(callback) = canister.calls.callback_mut(callback_id) else { continue };
                let (callee, method) = (callback.callee, callback.method.clone());
                let owed = Owed {
                    origin: Origin::Canister { caller: id, callback: callback_id, deadline_ns: callback.deadline_ns },
                    method,
                    answer: Err(Reject::new(ErrorCode::DeadlineExpired, "Call deadline has expired.")),
                    refund: 0,
                };
                self.deliver_answer(callee, owed);
            }
        }
    }

    /// Lets go of what faults held back until now.
    pub(super) fn release_delayed(&mut self) {
        while let Some(entry) = self.delayed.first_entry() {
            if entry.key().0 > self.time_ns {
                return;
            }
            match entry.remove() {
                Delayed::Request(request) => self.enqueue(request),
                Delayed::Answer(respondent, owed) => self.deliver_answer(respondent, owed),
            }
        }
    }
}

pub(crate) fn not_found(canister: Principal) -> Reject {
    Reject::new(ErrorCode::CanisterNotFound, format!("Canister {canister} not found"))
}
