//! HTTPS outcalls: what canisters ask of the world, and what the host answers for it.
//!
//! The engine has no way to the world of its own. A request that the management canister has taken in waits here; the
//! host lists what waits ([`Network::pending_outcalls`]) and answers for the server ([`Network::answer_outcall`]). What
//! nobody answers within a minute times out, as on a subnet. Source: `rs/https_outcalls` of dfinity/ic.

use super::Network;
use super::call_context::Owed;
use super::message::{Answered, Request};
use crate::error::{Reject, RejectCode};
use crate::management::http;
use candid::{Nat, Principal};
use ic_management_canister_types::{HttpRequestResult, TransformArgs, TransformContext};
use std::collections::BTreeMap;

pub use ic_management_canister_types::{HttpHeader, HttpMethod};

/// Nodes of the subnet: each of them asks the server.
pub const NODES: usize = 13;
/// Nodes that must have the same answer: all but the faulty ones that the subnet bears.
const AGREEMENT: usize = NODES - (NODES - 1) / 3;
/// When a request without an answer is given up: `CANISTER_HTTP_TIMEOUT_INTERVAL`.
const TIMEOUT_NS: u64 = 60 * 1_000_000_000;

/// A request of a canister to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcall {
    /// Its number.
    pub id: u64,
    /// Which canister asks.
    pub canister: Principal,
    /// Asks what, `https` in any case.
    pub url: String,
    /// How.
    pub method: HttpMethod,
    /// With which headers.
    pub headers: Vec<HttpHeader>,
    /// With which body.
    pub body: Vec<u8>,
    /// How much headers and body of the response, and what the transform makes of them, may take.
    pub max_response_bytes: u64,
    /// Since when it waits.
    pub sent_ns: u64,
}

/// What a server said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status, such as 200.
    pub status: u16,
    /// The headers.
    pub headers: Vec<HttpHeader>,
    /// The body.
    pub body: Vec<u8>,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutcallAnswer {
    /// The server said the same to every node.
    Response(HttpResponse),
    /// The server said something to each of the [`NODES`] nodes. Nine must agree after the transform.
    ByNode(Vec<HttpResponse>),
    /// No node reached the server: the reject that the caller gets.
    Failure(Reject),
}

/// An answer that fits no request; nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutcallError {
    /// Nothing with this number waits: it was answered, it timed out, or never was.
    #[error("no outcall {0} waits for an answer")]
    Unknown(u64),
    /// Every node has exactly one response.
    #[error("{0} responses, but the subnet has 13 nodes")]
    NotOnePerNode(usize),
}

/// The requests that wait.
#[derive(Debug, Default)]
pub(crate) struct Outcalls {
    waiting: BTreeMap<u64, Waiting>,
}

#[derive(Debug)]
struct Waiting {
    outcall: Outcall,
    /// What is left of its cycles comes back with the answer.
    request: Request,
    transform: Option<TransformContext>,
}

impl Network {
    /// Every request that waits for an answer, oldest first.
    #[must_use]
    pub fn pending_outcalls(&self) -> Vec<Outcall> {
        self.outcalls.waiting.values().map(|waiting| waiting.outcall.clone()).collect()
    }

    /// Answers a request for the server it is meant for. The transform runs now; the caller's callback in a later round.
    ///
    /// # Errors
    /// [`OutcallError`].
    pub fn answer_outcall(&mut self, id: u64, answer: OutcallAnswer) -> Result<(), OutcallError> {
        if let OutcallAnswer::ByNode(responses) = &answer
            && responses.len() != NODES
        {
            return Err(OutcallError::NotOnePerNode(responses.len()));
        }
        let waiting = self.outcalls.waiting.remove(&id).ok_or(OutcallError::Unknown(id))?;
        let answered = match answer {
            OutcallAnswer::Response(response) => self.transformed(&waiting, response),
            OutcallAnswer::ByNode(responses) => {
                let answers = responses.into_iter().map(|response| self.transformed(&waiting, response)).collect();
                agreed(id, answers)
            }
            OutcallAnswer::Failure(reject) => Err(reject),
        };
        self.conclude_outcall(waiting.request, answered);
        Ok(())
    }

    /// The management canister has taken a request in.
    pub(crate) fn begin_outcall(&mut self, request: Request, accepted: http::Accepted) {
        let http::Accepted { args, transform, max_response_bytes } = accepted;
        let id = self.next_sequence();
        let outcall = Outcall {
            id,
            canister: request.origin.sender(),
            url: args.url,
            method: args.method,
            headers: args.headers,
            body: args.body.unwrap_or_default().into_vec(),
            max_response_bytes,
            sent_ns: self.time_ns,
        };
        self.outcalls.waiting.insert(id, Waiting { outcall, request, transform });
    }

    /// Gives up what has waited too long.
    pub(super) fn expire_outcalls(&mut self) {
        let now_ns = self.time_ns;
        let late = |waiting: &Waiting| waiting.outcall.sent_ns.saturating_add(TIMEOUT_NS) <= now_ns;
        let expired = self.outcalls.waiting.extract_if(.., |_, waiting| late(waiting)).collect::<Vec<_>>();
        for (_, waiting) in expired {
            let timed_out = reject(RejectCode::SysTransient, "Canister http request timed out");
            self.conclude_outcall(waiting.request, Err(timed_out));
        }
    }

    /// When the next request is given up.
    pub(super) fn next_outcall_timeout_ns(&self) -> Option<u64> {
        self.outcalls.waiting.values().map(|waiting| waiting.outcall.sent_ns.saturating_add(TIMEOUT_NS)).min()
    }

    fn conclude_outcall(&mut self, request: Request, answer: Answered) {
        let owed = Owed { origin: request.origin, method: request.method, answer, refund: request.cycles };
        self.answer(Principal::management_canister(), owed);
    }

    /// What one node makes of a response: the size limits of the adapter, then the transform as a query of the caller.
    fn transformed(&mut self, waiting: &Waiting, response: HttpResponse) -> Answered {
        let limit = waiting.outcall.max_response_bytes;
        let HttpResponse { status, headers, body } = response;
        let header_bytes = http::header_bytes(&headers) as u64;
        let Some(room) = limit.checked_sub(header_bytes) else {
            return Err(fatal(format!("Header size exceeds specified response size limit {limit}")));
        };
        if body.len() as u64 > room {
            return Err(fatal(format!("Http body exceeds size limit of {limit} bytes.")));
        }
        http::check_headers(&headers, body.len()).map_err(fatal)?;
        let response = HttpRequestResult { status: Nat::from(status), headers, body };
        let Some(TransformContext { function, context }) = &waiting.transform else {
            return Ok(candid::encode_one(response).expect("BUG: a response is a plain Candid value"));
        };
        let args = TransformArgs { response, context: context.clone() };
        let arg = candid::encode_one(args).expect("BUG: a response is a plain Candid value");
        let caller = Principal::management_canister();
        let transformed = self.query(caller, waiting.outcall.canister, &function.0.method, &arg);
        let bytes = match &transformed {
            Ok(reply) => reply.len(),
            Err(reject) => reject.message.len(),
        };
        if bytes as u64 > limit {
            return Err(fatal(format!("Transformed http response exceeds limit: {limit}")));
        }
        transformed
    }
}

/// What enough nodes have in common.
fn agreed(id: u64, answers: Vec<Answered>) -> Answered {
    let same = |answer: &Answered| answers.iter().filter(|other| *other == answer).count();
    if let Some(common) = answers.iter().find(|answer| same(answer) >= AGREEMENT) {
        return common.clone();
    }
    Err(reject(
        RejectCode::SysTransient,
        format!("No consensus could be reached. Replicas had different responses. Details: request_id: {id}"),
    ))
}

pub(crate) fn fatal(message: String) -> Reject {
    reject(RejectCode::SysFatal, message)
}

fn reject(code: RejectCode, message: impl Into<String>) -> Reject {
    Reject { code, error_code: None, message: message.into() }
}
