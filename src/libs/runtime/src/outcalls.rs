//! Questions to servers outside: HTTPS outcalls.

use crate::transport::call_error;
use calisec_clients::CallError;
use candid::{Principal, decode_one, encode_one};
use ic_cdk::call::Call;
use ic_management_canister_types::{HttpMethod, HttpRequestArgs, TransformContext, TransformFunc};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

pub use ic_management_canister_types::{HttpRequestResult, TransformArgs};

/// A question: `GET`, without headers, so without secrets that the nodes of the subnet would see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpGet {
    /// Where to.
    pub url: String,
    /// How large the response may be, and what the transform makes of it.
    pub max_response_bytes: u64,
    /// The query method of this canister that makes the responses to all nodes the same.
    pub transform: &'static str,
    /// How long to wait, in seconds. An outcall itself is given up after 60.
    pub wait_seconds: u32,
}

impl HttpGet {
    /// Bytes that are paid for.
    fn bytes(&self) -> u64 {
        (self.url.len() + self.transform.len()) as u64
    }
}

/// What a server said, after the transform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The status; 0 when it is none.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// A way to ask servers.
#[expect(async_fn_in_trait, reason = "as for calls: canisters have one thread")]
pub trait Outcalls {
    /// Cycles that asking takes, whatever comes of it.
    fn cost(&self, question: &HttpGet) -> u128;

    /// Asks. `canister` is the one that asks, which has the transform.
    ///
    /// # Errors
    /// [`CallError`] when no node, or not enough of them, got a response, and when it is too large.
    async fn get(&self, canister: Principal, question: &HttpGet) -> Result<HttpAnswer, CallError>;
}

/// The Internet Computer's outcalls, priced by the largest response there may be.
#[derive(Clone, Copy, Debug, Default)]
pub struct IcOutcalls;

impl Outcalls for IcOutcalls {
    fn cost(&self, question: &HttpGet) -> u128 {
        ic_cdk::api::cost_http_request(question.bytes(), question.max_response_bytes)
    }

    async fn get(&self, canister: Principal, question: &HttpGet) -> Result<HttpAnswer, CallError> {
        let method = "http_request";
        let args = HttpRequestArgs {
            url: question.url.clone(),
            max_response_bytes: Some(question.max_response_bytes),
            method: HttpMethod::GET,
            headers: Vec::new(),
            body: None,
            transform: Some(TransformContext {
                function: TransformFunc::new(canister, question.transform.to_owned()),
                context: Vec::new(),
            }),
            is_replicated: None,
        };
        let arg = encode_one(args)
            .map_err(|error| CallError::NotSent { message: format!("cannot encode for {method}: {error}") })?;
        let reply = Call::bounded_wait(Principal::management_canister(), method)
            .change_timeout(question.wait_seconds)
            .with_raw_args(&arg)
            .with_cycles(self.cost(question))
            .await
            .map_err(call_error)?;
        let answer: HttpRequestResult = decode_one(&reply.into_bytes())
            .map_err(|error| CallError::Undecodable { method: method.to_owned(), message: error.to_string() })?;
        Ok(HttpAnswer { status: u16::try_from(answer.status.0).unwrap_or(0), body: answer.body })
    }
}

/// Answers that a test has prepared, in order.
#[derive(Debug, Default)]
pub struct StubOutcalls {
    /// What asking costs.
    pub price: Cell<u128>,
    /// What will be answered.
    pub answers: RefCell<VecDeque<Result<HttpAnswer, CallError>>>,
    /// What was asked.
    pub asked: RefCell<Vec<HttpGet>>,
}

impl Outcalls for StubOutcalls {
    fn cost(&self, _: &HttpGet) -> u128 {
        self.price.get()
    }

    async fn get(&self, _: Principal, question: &HttpGet) -> Result<HttpAnswer, CallError> {
        self.asked.borrow_mut().push(question.clone());
        let unexpected = || CallError::NotSent { message: "the test has prepared no answer".to_owned() };
        self.answers.borrow_mut().pop_front().unwrap_or_else(|| Err(unexpected()))
    }
}
