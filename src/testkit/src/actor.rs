//! Somebody who calls canisters.

use crate::backend::{Backend, Reject};
use calisec_clients::{CallError, Transport};
use candid::Principal;

/// A principal on a network: a transport for the typed clients.
#[derive(Debug)]
pub struct Actor<'a, B> {
    backend: &'a B,
    principal: Principal,
}

// Not derived: a reference to a network can be copied whether or not the network can.
impl<B> Clone for Actor<'_, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B> Copy for Actor<'_, B> {}

impl<'a, B: Backend> Actor<'a, B> {
    /// This principal on this network.
    pub const fn new(backend: &'a B, principal: Principal) -> Self {
        Self { backend, principal }
    }
}

fn call_error(reject: Reject) -> CallError {
    let message = reject.to_string();
    if reject.code == 6 {
        CallError::OutcomeUnknown { message }
    } else {
        CallError::Rejected { code: reject.code, message }
    }
}

impl<B: Backend> Transport for Actor<'_, B> {
    async fn update(&self, canister: Principal, method: &str, arg: Vec<u8>) -> Result<Vec<u8>, CallError> {
        self.backend.update(self.principal, canister, method, &arg).map_err(call_error)
    }
    async fn query(&self, canister: Principal, method: &str, arg: Vec<u8>) -> Result<Vec<u8>, CallError> {
        self.backend.query(self.principal, canister, method, &arg).map_err(call_error)
    }
}
