//! Carries out the faults that [`super::faults::Faults`] decides on.

use super::Network;
use super::call_context::Owed;
use super::faults::{Action, Fault, Moment, Where};
use super::message::{Origin, Request};
use super::routing::Delayed;
use super::run::refused;
use crate::error::{ErrorCode, Reject};
use crate::management;
use candid::Principal;
use std::time::Duration;

impl Network {
    /// The request as it goes on, or `None` when a fault took it.
    pub(super) fn strike_request(&mut self, mut request: Request) -> Option<Request> {
        let at = Where { caller: request.origin.sender(), callee: request.callee, method: request.method.clone() };
        for fault in self.faults.strike_request(&at) {
            let may_be_lost = may_be_lost(&request.origin);
            let applied = match &fault {
                Fault::DropRequest | Fault::Duplicate => may_be_lost,
                Fault::Meanwhile(Moment::BeforeRequest, action) => self.act(action),
                Fault::TrapCallee => at.callee != Principal::management_canister(),
                _ => true,
            };
            self.faults.record(self.time_ns, at.clone(), fault.clone(), applied);
            if !applied {
                continue;
            }
            match fault {
                Fault::DropRequest => {
                    self.lost_cycles += request.cycles;
                    if let Origin::Ingress { id, .. } = request.origin {
                        self.ingress.lose_answer(id);
                    }
                    return None;
                }
                Fault::RejectRequest(reject) => {
                    self.deliver_answer(at.callee, refused(request, reject));
                    return None;
                }
                Fault::Duplicate => {
                    let sender = request.origin.sender();
                    self.enqueue(Request { origin: Origin::Nobody { sender }, cycles: 0, ..request.clone() });
                }
                Fault::DelayRequest(by) => {
                    self.hold_back(by, Delayed::Request(request));
                    return None;
                }
                Fault::TrapCallee => request.forced_trap = true,
                Fault::DropAnswer | Fault::DelayAnswer(_) | Fault::RejectAnswer(_) | Fault::Meanwhile(..) => {}
            }
        }
        Some(request)
    }

    /// The answer as it goes on, or `None` when a fault took it.
    pub(super) fn strike_answer(&mut self, respondent: Principal, mut owed: Owed) -> Option<Owed> {
        let caller = match owed.origin {
            Origin::Nobody { .. } => return Some(owed),
            Origin::Ingress { sender, .. } => sender,
            Origin::Canister { caller, .. } => caller,
        };
        let at = Where { caller, callee: respondent, method: owed.method.clone() };
        for fault in self.faults.strike_answer(&at) {
            let applied = match &fault {
                Fault::DropAnswer => may_be_lost(&owed.origin),
                Fault::Meanwhile(Moment::BeforeAnswer, action) => self.act(action),
                _ => true,
            };
            self.faults.record(self.time_ns, at.clone(), fault.clone(), applied);
            if !applied {
                continue;
            }
            match fault {
                Fault::DropAnswer => {
                    if let Origin::Ingress { id, .. } = owed.origin {
                        self.ingress.lose_answer(id);
                        continue;
                    }
                    self.lost_cycles += std::mem::take(&mut owed.refund);
                    owed.answer = Err(Reject::new(ErrorCode::ResponseDropped, "Response was dropped."));
                }
                Fault::RejectAnswer(reject) => owed.answer = Err(reject),
                Fault::DelayAnswer(by) => {
                    self.hold_back(by, Delayed::Answer(respondent, owed));
                    return None;
                }
                Fault::DropRequest
                | Fault::Duplicate
                | Fault::DelayRequest(_)
                | Fault::RejectRequest(_)
                | Fault::TrapCallee
                | Fault::Meanwhile(..) => {}
            }
        }
        Some(owed)
    }

    fn hold_back(&mut self, by: Duration, what: Delayed) {
        let until_ns = self.time_ns.saturating_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX));
        let sequence = self.next_sequence();
        self.delayed.insert((until_ns, sequence), what);
    }

    /// Whether the action could be done.
    fn act(&mut self, action: &Action) -> bool {
        match action {
            Action::Stop(canister) => management::begin_stopping(self, *canister, None).is_ok(),
            Action::Start(canister) => management::start(self, *canister).is_ok(),
            Action::Upgrade { canister, wasm, arg } => {
                let Some(controller) =
                    self.canisters.get(canister).and_then(|canister| canister.settings.controllers.first().copied())
                else {
                    return false;
                };
                self.upgrade(controller, *canister, wasm, arg).is_ok()
            }
            Action::ExhaustCycles(canister) => match self.canisters.get_mut(canister) {
                Some(canister) => {
                    self.lost_cycles += std::mem::take(&mut canister.balance);
                    true
                }
                None => false,
            },
        }
    }
}

/// Whether the Internet Computer may lose this call or its answer.
const fn may_be_lost(origin: &Origin) -> bool {
    match origin {
        Origin::Ingress { .. } => true,
        Origin::Canister { deadline_ns, .. } => *deadline_ns != 0,
        Origin::Nobody { .. } => false,
    }
}
