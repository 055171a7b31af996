//! Messages from users: taken in, tracked, answered.

use super::message::{Answered, Origin, Request};
use super::records::MessageKind;
use super::{Network, fees};
use crate::certification::{Labeled, MessageId, Path, call_request_id, leb128};
use crate::error::{ErrorCode, Reject};
use crate::execution::{Entry, INSPECT_INSTRUCTIONS, Message};
use crate::management;
use candid::Principal;
use ic_certification::{AsHashTree, Hash, HashTree, RbTree, pruned};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How long an ingress message stays valid.
const INGRESS_VALIDITY_NS: u64 = 5 * 60 * 1_000_000_000;
/// How far `await_update` moves an idle clock before it gives up.
const PATIENCE_NS: u64 = 10 * 60 * 1_000_000_000;
/// How many rounds `await_update` waits.
const MAX_ROUNDS: u64 = 100_000;

/// Where an ingress message is. Source: interface specification, "Request status".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IngressStatus {
    /// Waits in the canister's queue.
    Received,
    /// Has begun to execute.
    Processing,
    /// Answered.
    Answered(Answered),
}

/// Every ingress message the network has seen.
pub(crate) struct IngressHistory {
    statuses: BTreeMap<MessageId, IngressStatus>,
    lost: BTreeSet<MessageId>,
    /// The hash of every status, so that a certificate does not hash the whole history again.
    hashes: RbTree<MessageId, StatusHash>,
    /// Messages whose status has changed since it was hashed.
    changed: BTreeSet<MessageId>,
}

impl IngressHistory {
    fn set(&mut self, id: MessageId, status: IngressStatus) {
        self.statuses.insert(id, status);
        self.changed.insert(id);
    }

    pub(super) fn processing(&mut self, id: MessageId) {
        self.set(id, IngressStatus::Processing);
    }

    pub(super) fn answered(&mut self, id: MessageId, answer: Answered) {
        self.set(id, IngressStatus::Answered(answer));
    }

    /// The user will not see the answer, whatever it is.
    pub(super) fn lose_answer(&mut self, id: MessageId) {
        self.lost.insert(id);
    }

    /// `request_status`, pruned to what `paths` name.
    pub(super) fn tree(&mut self, paths: &[&Path]) -> Labeled {
        for id in std::mem::take(&mut self.changed) {
            if let Some(status) = self.statuses.get(&id) {
                self.hashes.insert(id, StatusHash(status_tree(status).digest()));
            }
        }
        let tree = match paths {
            [] => pruned(self.hashes.root_hash()),
            [path] if path.len() > 1 => self.hashes.nested_witness(&path[1], |hash| {
                let id = <[u8; 32]>::try_from(path[1].as_slice()).map(MessageId);
                let status = id.ok().and_then(|id| self.statuses.get(&id));
                status.map_or_else(|| hash.as_hash_tree(), |status| status_tree(status).as_hash_tree())
            }),
            // Several messages in one certificate are rare enough to hash them all.
            _ => {
                let all = self.statuses.iter().map(|(id, status)| (id.0.to_vec(), status_tree(status)));
                return Labeled::Node(all.collect());
            }
        };
        Labeled::Pruned(tree)
    }
}

impl Default for IngressHistory {
    /// Written out, because deriving would ask the tree's keys for a default they do not have.
    fn default() -> Self {
        Self { statuses: BTreeMap::new(), lost: BTreeSet::new(), hashes: RbTree::new(), changed: BTreeSet::new() }
    }
}

impl fmt::Debug for IngressHistory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IngressHistory")
            .field("statuses", &self.statuses)
            .field("lost", &self.lost)
            .finish_non_exhaustive()
    }
}

/// The hash of the subtree of one message.
struct StatusHash(Hash);

impl AsHashTree for StatusHash {
    fn root_hash(&self) -> Hash {
        self.0
    }

    fn as_hash_tree(&self) -> HashTree {
        pruned(self.0)
    }
}

impl Network {
    /// Submits an update, and runs rounds until it is answered.
    ///
    /// # Errors
    /// The reject that a user would see.
    pub fn update(&mut self, sender: Principal, canister: Principal, method: &str, arg: &[u8]) -> Answered {
        let id = self.submit_update(sender, canister, method, arg)?;
        self.await_update(id)
    }

    /// Submits an update without running it. The canister may refuse it in `canister_inspect_message`.
    ///
    /// # Errors
    /// The reject with which the message is not even taken in; nothing has changed then.
    pub fn submit_update(
        &mut self,
        sender: Principal,
        canister: Principal,
        method: &str,
        arg: &[u8],
    ) -> Result<MessageId, Reject> {
        let nonce = self.next_sequence().to_be_bytes();
        let id = call_request_id(sender, canister, method, arg, self.time_ns + INGRESS_VALIDITY_NS, &nonce);
        self.submit_signed(id, sender, canister, method, arg)?;
        Ok(id)
    }

    /// Submits an update by the id of the request that its sender signed; the signature was checked before. A request that was
    /// taken in already is not taken in again.
    ///
    /// # Errors
    /// The reject with which the message is not even taken in; nothing has changed then.
    pub fn submit_signed(
        &mut self,
        id: MessageId,
        sender: Principal,
        canister: Principal,
        method: &str,
        arg: &[u8],
    ) -> Result<(), Reject> {
        if self.ingress.statuses.contains_key(&id) {
            return Ok(());
        }
        if arg.len() > fees::MAX_PAYLOAD_BYTES {
            return Err(Reject::new(
                ErrorCode::InvalidManagementPayload,
                format!("Ingress payload of {} bytes exceeds {} bytes", arg.len(), fees::MAX_PAYLOAD_BYTES),
            ));
        }
        let payer = if canister == Principal::management_canister() {
            management::check_ingress(self, sender, method, arg)?
        } else {
            self.inspect(sender, canister, method, arg)?;
            Some(canister)
        };
        if let Some(payer) = payer {
            let fee = fees::ingress(&self.config.costs, method, arg);
            self.canister_mut(payer)?.withdraw(fee)?;
            self.consumed_cycles += fee;
        }
        self.ingress.set(id, IngressStatus::Received);
        self.send(Request {
            origin: Origin::Ingress { id, sender },
            callee: canister,
            method: method.into(),
            arg: arg.to_vec(),
            cycles: 0,
            forced_trap: false,
        });
        Ok(())
    }

    /// Runs rounds until the message is answered. When nothing can run, the clock jumps to the next timer, deadline or
    /// delayed message, ten minutes at most in all.
    ///
    /// # Errors
    /// The reject that a user would see; `SysUnknown` when no answer came.
    pub fn await_update(&mut self, id: MessageId) -> Answered {
        let give_up_ns = self.time_ns.saturating_add(PATIENCE_NS);
        for _ in 0..MAX_ROUNDS {
            match self.ingress.statuses.get(&id) {
                Some(IngressStatus::Answered(answer)) if !self.ingress.lost.contains(&id) => return answer.clone(),
                Some(IngressStatus::Received | IngressStatus::Processing) if !self.ingress.lost.contains(&id) => {}
                Some(IngressStatus::Received) => return Err(no_answer("the message was lost on its way")),
                Some(IngressStatus::Answered(_)) => return Err(no_answer("the answer was lost on its way")),
                Some(IngressStatus::Processing) => {}
                None => return Err(no_answer("there is no such message")),
            }
            if !self.tick() && !self.has_work() {
                match self.next_event_ns() {
                    Some(at_ns) if at_ns <= give_up_ns => self.time_ns = self.time_ns.max(at_ns),
                    Some(_) => return Err(no_answer("nothing will happen for ten minutes")),
                    None => return Err(no_answer("nothing is left that could answer")),
                }
            }
        }
        Err(no_answer("too many rounds have passed"))
    }

    /// Where an ingress message is; `None` if there is no such message. Knows also what faults hide from the user.
    #[must_use]
    pub fn ingress_status(&self, id: MessageId) -> Option<&IngressStatus> {
        self.ingress.statuses.get(&id)
    }

    /// Source: interface specification, "Ingress message inspection".
    fn inspect(&mut self, sender: Principal, id: Principal, method: &str, arg: &[u8]) -> Result<(), Reject> {
        let canister = self.canister_mut(id)?;
        canister.require_running()?;
        let Some(state) = &canister.state else { return Err(canister.no_module()) };
        if !state.module().has_inspect_message() {
            return Ok(());
        }
        let message = Message {
            entry: Entry::InspectMessage { method: method.into(), arg: arg.to_vec() },
            caller: sender,
            time_ns: self.time_ns,
            deadline_ns: 0,
            cycles_available: 0,
            cycles_refunded: 0,
            responded: false,
            call_context_instructions: 0,
            data_certificate: None,
        };
        let outcome = self.execute(id, &message, INSPECT_INSTRUCTIONS);
        self.record(id, sender, MessageKind::InspectMessage, method.into(), 0, &outcome);
        match outcome.result {
            Err(trap) => Err(self.canister_mut(id)?.reject_of(&trap)),
            Ok(()) if outcome.effects.message_accepted => Ok(()),
            Ok(()) => {
                Err(Reject::new(ErrorCode::CanisterRejectedMessage, format!("Canister {id} rejected the message")))
            }
        }
    }
}

fn no_answer(why: &str) -> Reject {
    Reject::new(ErrorCode::ResponseDropped, format!("No answer: {why}"))
}

fn status_tree(status: &IngressStatus) -> Labeled {
    let mut tree = Labeled::empty();
    let text = |text: &str| Labeled::Leaf(text.as_bytes().to_vec());
    match status {
        IngressStatus::Received => tree.insert([b"status"], text("received")),
        IngressStatus::Processing => tree.insert([b"status"], text("processing")),
        IngressStatus::Answered(Ok(reply)) => {
            tree.insert([b"status"], text("replied"));
            tree.insert([b"reply"], Labeled::Leaf(reply.clone()));
        }
        IngressStatus::Answered(Err(reject)) => {
            tree.insert([b"status"], text("rejected"));
            tree.insert([b"reject_code"], Labeled::Leaf(leb128(reject.code as u64)));
            tree.insert([b"reject_message"], text(&reject.message));
            let code = reject.error_code.unwrap_or(ErrorCode::CanisterRejectedMessage);
            tree.insert([b"error_code"], text(&code.to_string()));
        }
    }
    tree
}
