//! The engine, with a look at every reply.

use calisec_testkit::backend::{Backend, LocalBackend, Reject, Web};
use calisec_types::ids::Timestamp;
use candid::Principal;
use std::cell::Cell;
use std::time::Duration;

/// What one call cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// Messages executed, on all canisters.
    pub messages: u64,
    /// Instructions of all of them.
    pub instructions: u64,
    /// Cycles charged for executing them.
    pub cycles: u128,
    /// Bytes of the reply.
    pub reply_bytes: u64,
}

/// The engine as a network that remembers how long the last reply was.
pub struct Metered {
    network: LocalBackend,
    reply_bytes: Cell<u64>,
}

impl Metered {
    pub fn new() -> Self {
        Self { network: LocalBackend::new(1), reply_bytes: Cell::new(0) }
    }

    /// What the calls of `act` cost, each with everything it called in turn.
    pub fn measure<T>(&self, act: impl FnOnce() -> T) -> (T, Measured) {
        self.network.take_cost();
        let outcome = act();
        let cost = self.network.take_cost().expect("the engine tells");
        let measured = Measured {
            messages: cost.messages,
            instructions: cost.instructions,
            cycles: cost.cycles,
            reply_bytes: self.reply_bytes.get(),
        };
        (outcome, measured)
    }

    /// Hands a canister a stable memory that was written elsewhere.
    pub fn replace_stable_memory(&self, canister: Principal, bytes: &[u8]) {
        self.network.network().replace_stable_memory(canister, bytes).expect("the canister has code");
    }

    fn seen(&self, answer: Result<Vec<u8>, Reject>) -> Result<Vec<u8>, Reject> {
        self.reply_bytes.set(answer.as_ref().map_or(0, |reply| reply.len() as u64));
        answer
    }
}

impl Backend for Metered {
    type StableImage = <LocalBackend as Backend>::StableImage;

    fn name(&self) -> &'static str {
        self.network.name()
    }
    fn create_canister(&self) -> Principal {
        self.network.create_canister()
    }
    fn install(&self, canister: Principal, wasm: &[u8], arg: &[u8]) -> Result<(), Reject> {
        self.network.install(canister, wasm, arg)
    }
    fn upgrade(&self, canister: Principal, wasm: &[u8], arg: &[u8]) -> Result<(), Reject> {
        self.reply_bytes.set(0);
        self.network.upgrade(canister, wasm, arg)
    }
    fn update(&self, sender: Principal, canister: Principal, method: &str, arg: &[u8]) -> Result<Vec<u8>, Reject> {
        self.seen(self.network.update(sender, canister, method, arg))
    }
    fn update_with_web(
        &self,
        sender: Principal,
        canister: Principal,
        method: &str,
        arg: &[u8],
        web: &mut Web<'_>,
    ) -> Result<Vec<u8>, Reject> {
        self.seen(self.network.update_with_web(sender, canister, method, arg, web))
    }
    fn query(&self, sender: Principal, canister: Principal, method: &str, arg: &[u8]) -> Result<Vec<u8>, Reject> {
        self.seen(self.network.query(sender, canister, method, arg))
    }
    fn now(&self) -> Timestamp {
        self.network.now()
    }
    fn advance(&self, by: Duration) {
        self.network.advance(by);
    }
    fn root_key(&self) -> Vec<u8> {
        self.network.root_key()
    }
    fn stable_memory(&self, canister: Principal) -> Vec<u8> {
        self.network.stable_memory(canister)
    }
    fn stable_image(&self, canister: Principal) -> Self::StableImage {
        self.network.stable_image(canister)
    }
    fn take_cost(&self) -> Option<calisec_testkit::backend::Cost> {
        self.network.take_cost()
    }
}
