//! A canister's input queues.
//!
//! As on the replica there is one queue per sending canister and one for ingress; messages of one sender keep their
//! order; ingress and canisters take turns, and so do the senders among themselves.

use super::message::{Input, Request, Response};
use candid::Principal;
use std::collections::{BTreeMap, VecDeque};

/// Requests one canister may have waiting at, or outstanding with, another.
pub const QUEUE_CAPACITY: usize = 500;

/// The input queues of one canister.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    ingress: VecDeque<Request>,
    by_sender: BTreeMap<Principal, VecDeque<Input>>,
    turns: VecDeque<Principal>,
    canisters_next: bool,
}

/// The queue of this sender holds [`QUEUE_CAPACITY`] requests.
#[derive(Debug)]
pub(crate) struct QueueFull(pub(crate) Box<Request>);

impl Inputs {
    pub(crate) fn push_ingress(&mut self, request: Request) {
        self.ingress.push_back(request);
    }

    pub(crate) fn push_request(&mut self, request: Request) -> Result<(), QueueFull> {
        let sender = request.origin.sender();
        let waiting = self
            .by_sender
            .get(&sender)
            .map_or(0, |queue| queue.iter().filter(|input| matches!(input, Input::Request(_))).count());
        if waiting >= QUEUE_CAPACITY {
            return Err(QueueFull(Box::new(request)));
        }
        self.push(sender, Input::Request(request));
        Ok(())
    }

    /// Never refused: the place was reserved when the call was sent.
    pub(crate) fn push_response(&mut self, response: Response) {
        self.push(response.respondent, Input::Response(response));
    }

    fn push(&mut self, sender: Principal, input: Input) {
        let queue = self.by_sender.entry(sender).or_default();
        if queue.is_empty() {
            self.turns.push_back(sender);
        }
        queue.push_back(input);
    }

    pub(crate) fn pop(&mut self) -> Option<Input> {
        let canisters_first = self.canisters_next;
        self.canisters_next = !canisters_first;
        if canisters_first {
            self.pop_canister().or_else(|| self.pop_ingress())
        } else {
            self.pop_ingress().or_else(|| self.pop_canister())
        }
    }

    fn pop_ingress(&mut self) -> Option<Input> {
        self.ingress.pop_front().map(Input::Request)
    }

    fn pop_canister(&mut self) -> Option<Input> {
        let sender = self.turns.pop_front()?;
        let queue = self.by_sender.get_mut(&sender)?;
        let input = queue.pop_front();
        if queue.is_empty() {
            self.by_sender.remove(&sender);
        } else {
            self.turns.push_back(sender);
        }
        input
    }

    /// Takes out every waiting request, ingress first; responses stay.
    pub(crate) fn drain_requests(&mut self) -> Vec<Request> {
        let mut requests: Vec<Request> = self.ingress.drain(..).collect();
        for queue in self.by_sender.values_mut() {
            let (taken, kept) = std::mem::take(queue)
                .into_iter()
                .partition::<VecDeque<_>, _>(|input| matches!(input, Input::Request(_)));
            *queue = kept;
            requests.extend(taken.into_iter().filter_map(|input| match input {
                Input::Request(request) => Some(request),
                Input::Response(_) => None,
            }));
        }
        self.by_sender.retain(|_, queue| !queue.is_empty());
        self.turns.retain(|sender| self.by_sender.contains_key(sender));
        requests
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ingress.is_empty() && self.turns.is_empty()
    }
}
