//! Calls from a canister.

use calisec_clients::{CallError, Transport};
use candid::Principal;
use ic_cdk::call::{Call, CallFailed, RejectCode};

/// How long a canister waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// At most this many seconds; afterwards the outcome is unknown. For reads, and for canisters that are not ours.
    Bounded(u32),
    /// Until the answer comes. Only for idempotent effects on our own canisters: a callee that never answers keeps the
    /// caller from being stopped.
    Unbounded,
}

/// Calls from a canister; each client states how long it waits.
#[derive(Clone, Copy, Debug)]
pub struct IcTransport(pub Wait);

impl IcTransport {
    async fn call(&self, canister: Principal, method: &str, arg: &[u8]) -> Result<Vec<u8>, CallError> {
        let call = match self.0 {
            Wait::Bounded(seconds) => Call::bounded_wait(canister, method).change_timeout(seconds),
            Wait::Unbounded => Call::unbounded_wait(canister, method),
        };
        match call.with_raw_args(arg).await {
            Ok(response) => Ok(response.into_bytes()),
            Err(failure) => Err(call_error(failure)),
        }
    }
}

pub(crate) fn call_error(failure: CallFailed) -> CallError {
    match failure {
        CallFailed::CallRejected(rejected) => {
            let message = rejected.reject_message().to_owned();
            match rejected.reject_code() {
                Ok(RejectCode::SysUnknown) | Err(_) => CallError::OutcomeUnknown { message },
                Ok(
                    RejectCode::SysFatal
                    | RejectCode::SysTransient
                    | RejectCode::DestinationInvalid
                    | RejectCode::CanisterReject
                    | RejectCode::CanisterError,
                ) => CallError::Rejected { code: rejected.raw_reject_code(), message },
            }
        }
        CallFailed::InsufficientLiquidCycleBalance(error) => CallError::NotSent { message: error.to_string() },
        CallFailed::CallPerformFailed(error) => CallError::NotSent { message: error.to_string() },
    }
}

impl Transport for IcTransport {
    async fn update(&self, canister: Principal, method: &str, arg: Vec<u8>) -> Result<Vec<u8>, CallError> {
        self.call(canister, method, &arg).await
    }
    /// A query called from an update runs in replicated mode: its answer is agreed on, like an update's.
    async fn query(&self, canister: Principal, method: &str, arg: Vec<u8>) -> Result<Vec<u8>, CallError> {
        self.call(canister, method, &arg).await
    }
}
