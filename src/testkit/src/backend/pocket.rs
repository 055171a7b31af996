//! PocketIC.

use super::{Backend, Cost, INITIAL_CYCLES, Reject, Web, WebAnswer, WebRequest, WebResponse};
use calisec_types::ids::Timestamp;
use candid::Principal;
use pocket_ic::common::rest::{
    CanisterHttpHeader, CanisterHttpReject, CanisterHttpReply, CanisterHttpRequest, CanisterHttpResponse,
    MockCanisterHttpResponse,
};
use pocket_ic::{PocketIc, PocketIcBuilder, RejectResponse};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// Rounds after moving the clock, in which timers and what they call may run.
const ROUNDS_AFTER_ADVANCE: usize = 10;
/// Rounds in which a message may come to make an outcall, or to go on after one.
const ROUNDS_FOR_OUTCALLS: usize = 20;
/// What an outcall without an answer waits for before it is given up.
const OUTCALL_TIMEOUT: Duration = Duration::from_secs(61);

/// A PocketIC instance with one application subnet. Its server is the binary that `POCKET_IC_BIN` names.
pub struct PocketIcBackend {
    pic: PocketIc,
}

impl PocketIcBackend {
    /// The server binary, if `POCKET_IC_BIN` names one.
    #[must_use]
    pub fn server() -> Option<PathBuf> {
        std::env::var_os("POCKET_IC_BIN").map(PathBuf::from)
    }

    /// A fresh instance.
    #[must_use]
    pub fn new(server: PathBuf) -> Self {
        Self { pic: PocketIcBuilder::new().with_server_binary(server).with_application_subnet().build() }
    }
}

impl From<RejectResponse> for Reject {
    fn from(reject: RejectResponse) -> Self {
        Self {
            code: reject.reject_code as u32,
            error_code: Some(format!("IC{:04}", reject.error_code as u16)),
            message: reject.reject_message,
        }
    }
}

impl Backend for PocketIcBackend {
    type StableImage = Vec<u8>;

    fn name(&self) -> &'static str {
        "PocketIC"
    }
    fn create_canister(&self) -> Principal {
        let canister = self.pic.create_canister();
        self.pic.add_cycles(canister, INITIAL_CYCLES);
        canister
    }
    fn install(&self, canister: Principal, wasm: &[u8], arg: &[u8]) -> Result<(), Reject> {
        // Reinstalling an empty canister is installing it, and tells of a reject instead of panicking.
        Ok(self.pic.reinstall_canister(canister, wasm.to_vec(), arg.to_vec(), None)?)
    }
    fn upgrade(&self, canister: Principal, wasm: &[u8], arg: &[u8]) -> Result<(), Reject> {
        Ok(self.pic.upgrade_canister(canister, wasm.to_vec(), arg.to_vec(), None)?)
    }
    fn update(&self, sender: Principal, canister: Principal, method: &str, arg: &[u8]) -> Result<Vec<u8>, Reject> {
        Ok(self.pic.update_call(canister, sender, method, arg.to_vec())?)
    }
    fn update_with_web(
        &self,
        sender: Principal,
        canister: Principal,
        method: &str,
        arg: &[u8],
        web: &mut Web<'_>,
    ) -> Result<Vec<u8>, Reject> {
        let message = self.pic.submit_call(canister, sender, method, arg.to_vec())?;
        let mut asked = BTreeSet::new();
        let mut silent = false;
        for _ in 0..ROUNDS_FOR_OUTCALLS {
            self.pic.tick();
            for request in self.pic.get_canister_http() {
                let CanisterHttpRequest { subnet_id, request_id, .. } = request;
                if !asked.insert(request_id) {
                    continue;
                }
                let Some((response, additional_responses)) = mocked(web(&web_request(request))) else {
                    silent = true;
                    continue;
                };
                let mock = MockCanisterHttpResponse { subnet_id, request_id, response, additional_responses };
                self.pic.mock_canister_http_response(mock);
            }
        }
        if silent {
            self.advance(OUTCALL_TIMEOUT);
        }
        Ok(self.pic.await_call(message)?)
    }
    fn query(&self, sender: Principal, canister: Principal, method: &str, arg: &[u8]) -> Result<Vec<u8>, Reject> {
        Ok(self.pic.query_call(canister, sender, method, arg.to_vec())?)
    }
    fn now(&self) -> Timestamp {
        Timestamp(self.pic.get_time().as_nanos_since_unix_epoch())
    }
    fn advance(&self, by: Duration) {
        self.pic.advance_time(by);
        for _ in 0..ROUNDS_AFTER_ADVANCE {
            self.pic.tick();
        }
    }
    fn root_key(&self) -> Vec<u8> {
        self.pic.root_key().expect("an instance with an application subnet has a root key")
    }
    fn stable_memory(&self, canister: Principal) -> Vec<u8> {
        self.pic.get_stable_memory(canister)
    }
    fn stable_image(&self, canister: Principal) -> Vec<u8> {
        self.stable_memory(canister)
    }
    fn take_cost(&self) -> Option<Cost> {
        None
    }
}

fn web_request(request: CanisterHttpRequest) -> WebRequest {
    WebRequest {
        url: request.url,
        headers: request.headers.into_iter().map(|header| (header.name, header.value)).collect(),
        body: request.body,
        max_response_bytes: request.max_response_bytes,
    }
}

/// The response of one node, and those of the others where they differ.
fn mocked(answer: WebAnswer) -> Option<(CanisterHttpResponse, Vec<CanisterHttpResponse>)> {
    let reply = |response: WebResponse| {
        let headers = response.headers.into_iter().map(|(name, value)| CanisterHttpHeader { name, value }).collect();
        let reply = CanisterHttpReply { status: response.status, headers, body: response.body };
        CanisterHttpResponse::CanisterHttpReply(reply)
    };
    Some(match answer {
        WebAnswer::Response(response) => (reply(response), Vec::new()),
        WebAnswer::ByNode(responses) => {
            let mut replies = responses.into_iter().map(reply);
            (replies.next().expect("13 nodes respond"), replies.collect())
        }
        WebAnswer::Failure(code, message) => {
            let reject = CanisterHttpReject { reject_code: code.into(), message };
            (CanisterHttpResponse::CanisterHttpReject(reject), Vec::new())
        }
        WebAnswer::Silence => return None,
    })
}
