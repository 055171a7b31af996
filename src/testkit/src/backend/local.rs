//! The embedded engine.

use super::{Backend, Cost, INITIAL_CYCLES, Reject, Web, WebAnswer, WebRequest, WebResponse};
use calisec_engine::error::{Reject as EngineReject, RejectCode};
use calisec_engine::execution::StableImage;
use calisec_engine::network::{CanisterInstallMode, HttpHeader, HttpResponse, Outcall, OutcallAnswer};
use calisec_engine::{Config, Network};
use calisec_types::ids::Timestamp;
use candid::Principal;
use std::cell::{RefCell, RefMut};
use std::collections::BTreeSet;
use std::time::Duration;

/// Who creates and upgrades canisters on the engine.
const DEPLOYER: Principal = Principal::from_slice(b"deployer");
/// Rounds after moving the clock, in which timers and what they call may run; far more than anything here takes.
const ROUNDS_AFTER_ADVANCE: u64 = 1_000;

/// The embedded engine as a network. Reproducible: the same seed and the same calls give the same bytes.
#[derive(Debug)]
pub struct LocalBackend {
    network: RefCell<Network>,
}

impl LocalBackend {
    /// A network whose root key and randomness come from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { network: RefCell::new(Network::new(Config { seed, ..Config::default() })) }
    }

    /// The engine itself, for what only it can do: faults, single messages, execution records.
    pub fn network(&self) -> RefMut<'_, Network> {
        self.network.borrow_mut()
    }

    /// Who controls the canisters.
    #[must_use]
    pub const fn deployer(&self) -> Principal {
        DEPLOYER
    }
}

impl From<EngineReject> for Reject {
    fn from(reject: EngineReject) -> Self {
        Self {
            code: reject.code as u32,
            error_code: reject.error_code.map(|code| code.to_string()),
            message: reject.message,
        }
    }
}

impl Backend for LocalBackend {
    type StableImage = StableImage;

    fn name(&self) -> &'static str {
        "embedded engine"
    }
    fn create_canister(&self) -> Principal {
        self.network().create_canister(&[DEPLOYER], INITIAL_CYCLES).expect("a fresh network has room for a canister")
    }
    fn install(&self, canister: Principal, wasm: &[u8], arg: &[u8]) -> Result<(), Reject> {
        Ok(self.network().deploy(DEPLOYER, canister, CanisterInstallMode::Install, wasm, arg)?)
    }
    fn upgrade(&self, canister: Principal, wasm: &[u8], arg: &[u8]) -> Result<(), Reject> {
        Ok(self.network().deploy(DEPLOYER, canister, CanisterInstallMode::Upgrade(None), wasm, arg)?)
    }
    fn update(&self, sender: Principal, canister: Principal, method: &str, arg: &[u8]) -> Result<Vec<u8>, Reject> {
        Ok(self.network().update(sender, canister, method, arg)?)
    }
    fn update_with_web(
        &self,
        sender: Principal,
        canister: Principal,
        method: &str,
        arg: &[u8],
        web: &mut Web<'_>,
    ) -> Result<Vec<u8>, Reject> {
        let mut network = self.network();
        let message = network.submit_update(sender, canister, method, arg)?;
        let mut asked = BTreeSet::new();
        loop {
            network.run_until_idle(ROUNDS_AFTER_ADVANCE);
            let pending = network.pending_outcalls();
            let Some(outcall) = pending.into_iter().find(|outcall| asked.insert(outcall.id)) else { break };
            let id = outcall.id;
            if let Some(answer) = outcall_answer(web(&web_request(outcall))) {
                network.answer_outcall(id, answer).expect("it waits, and there are 13 nodes");
            }
        }
        Ok(network.await_update(message)?)
    }
    fn query(&self, sender: Principal, canister: Principal, method: &str, arg: &[u8]) -> Result<Vec<u8>, Reject> {
        Ok(self.network().query(sender, canister, method, arg)?)
    }
    fn now(&self) -> Timestamp {
        Timestamp(self.network().time_ns())
    }
    fn advance(&self, by: Duration) {
        let mut network = self.network();
        network.advance_time(by);
        network.run_until_idle(ROUNDS_AFTER_ADVANCE);
    }
    fn root_key(&self) -> Vec<u8> {
        self.network().root_key_der().to_vec()
    }
    fn stable_memory(&self, canister: Principal) -> Vec<u8> {
        self.network().stable_memory(canister).expect("the canister was created by this backend")
    }
    fn stable_image(&self, canister: Principal) -> StableImage {
        self.network().stable_image(canister).expect("the canister was created by this backend")
    }
    fn take_cost(&self) -> Option<Cost> {
        let executions = self.network().take_executions();
        Some(executions.iter().fold(Cost::default(), |cost, execution| Cost {
            messages: cost.messages + 1,
            instructions: cost.instructions + execution.instructions,
            cycles: cost.cycles + execution.cycles_charged,
        }))
    }
}

fn web_request(outcall: Outcall) -> WebRequest {
    WebRequest {
        url: outcall.url,
        headers: outcall.headers.into_iter().map(|header| (header.name, header.value)).collect(),
        body: outcall.body,
        max_response_bytes: Some(outcall.max_response_bytes),
    }
}

fn outcall_answer(answer: WebAnswer) -> Option<OutcallAnswer> {
    let response = |response: WebResponse| HttpResponse {
        status: response.status,
        headers: response.headers.into_iter().map(|(name, value)| HttpHeader { name, value }).collect(),
        body: response.body,
    };
    Some(match answer {
        WebAnswer::Response(given) => OutcallAnswer::Response(response(given)),
        WebAnswer::ByNode(given) => OutcallAnswer::ByNode(given.into_iter().map(response).collect()),
        WebAnswer::Failure(code, message) => {
            let code = if code == 1 { RejectCode::SysFatal } else { RejectCode::SysTransient };
            OutcallAnswer::Failure(EngineReject { code, error_code: None, message })
        }
        WebAnswer::Silence => return None,
    })
}
