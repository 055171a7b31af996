//! One canister as the network sees it: everything but what is inside its memories.

use super::call_context::CallContexts;
use super::fees;
use super::logs::Logs;
use super::message::{Origin, Task};
use super::queues::{Inputs, QUEUE_CAPACITY};
use super::settings::Settings;
use crate::error::{ErrorCode, Reject};
use crate::execution::{Costs, Entry, Environment, Limits, State, Trap};
use candid::Principal;
use ic_management_canister_types::Change;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;

/// The most stable memory a canister may have: 500 GiB.
pub(crate) const STABLE_BYTES: u64 = 500 << 30;
/// The most heap a wasm32 canister may have: 4 GiB.
const HEAP_BYTES: u64 = 4 << 30;
/// The largest reply of a non-replicated query.
const MAX_QUERY_REPLY_BYTES: usize = 3 << 20;

/// Whether a canister takes messages.
#[derive(Debug)]
pub(crate) enum Status {
    Running,
    /// Waits for its call contexts to close; those who asked for it wait too.
    Stopping(Vec<StopRequest>),
    Stopped,
}

/// Somebody who waits for a canister to be stopped.
#[derive(Debug)]
pub(crate) struct StopRequest {
    pub(crate) origin: Origin,
    pub(crate) refund: u128,
    pub(crate) since_ns: u64,
}

/// A canister.
pub(crate) struct Canister {
    pub(crate) id: Principal,
    /// `None` until code is installed.
    pub(crate) state: Option<State>,
    pub(crate) settings: Settings,
    pub(crate) status: Status,
    pub(crate) balance: u128,
    pub(crate) certified_data: Vec<u8>,
    /// 0 when off.
    pub(crate) global_timer_ns: u64,
    pub(crate) version: u64,
    pub(crate) inputs: Inputs,
    pub(crate) tasks: VecDeque<Task>,
    pub(crate) calls: CallContexts,
    pub(crate) logs: Logs,
    pub(crate) changes: VecDeque<Change>,
    pub(crate) total_changes: u64,
    pub(crate) chunks: BTreeMap<[u8; 32], Vec<u8>>,
}

impl fmt::Debug for Canister {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Canister")
            .field("id", &self.id.to_text())
            .field("status", &self.status)
            .field("balance", &self.balance)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Canister {
    pub(crate) fn new(id: Principal, settings: Settings, balance: u128) -> Self {
        Self {
            id,
            state: None,
            settings,
            status: Status::Running,
            balance,
            certified_data: Vec::new(),
            global_timer_ns: 0,
            version: 0,
            inputs: Inputs::default(),
            tasks: VecDeque::new(),
            calls: CallContexts::default(),
            logs: Logs::default(),
            changes: VecDeque::new(),
            total_changes: 0,
            chunks: BTreeMap::new(),
        }
    }

    pub(crate) fn memory_bytes(&self) -> u64 {
        let state = self.state.as_ref().map_or(0, |state| state.heap_bytes() + state.stable_bytes());
        state + self.chunk_bytes()
    }

    pub(crate) fn chunk_bytes(&self) -> u64 {
        self.chunks.values().map(|chunk| chunk.len() as u64).sum()
    }

    pub(crate) fn idle_per_day(&self) -> u128 {
        let memory = self.memory_bytes().max(self.settings.memory_allocation);
        fees::idle_per_day(memory, self.settings.compute_allocation)
    }

    pub(crate) fn freezing_reserve(&self) -> u128 {
        fees::freezing_reserve(self.idle_per_day(), self.settings.freezing_threshold_seconds)
    }

    /// Takes `amount` from the balance unless that would freeze the canister.
    pub(crate) fn withdraw(&mut self, amount: u128) -> Result<(), Reject> {
        let reserve = self.freezing_reserve();
        match self.balance.checked_sub(amount) {
            Some(rest) if rest >= reserve => {
                self.balance = rest;
                Ok(())
            }
            _ => Err(self.out_of_cycles(amount, reserve)),
        }
    }

    pub(crate) fn out_of_cycles(&self, amount: u128, reserve: u128) -> Reject {
        Reject::new(
            ErrorCode::CanisterOutOfCycles,
            format!(
                "Canister {} is out of cycles: please top up the canister with at least {} additional cycles",
                self.id,
                amount.saturating_add(reserve).saturating_sub(self.balance)
            ),
        )
    }

    pub(crate) fn require_controller(&self, sender: Principal) -> Result<(), Reject> {
        if self.settings.controllers.contains(&sender) {
            return Ok(());
        }
        let controllers: Vec<String> = self.settings.controllers.iter().map(ToString::to_string).collect();
        Err(Reject::new(
            ErrorCode::CanisterInvalidController,
            format!(
                "Only the controllers of the canister {} can control it.\nCanister's controllers: {}\nSender's ID: {sender}",
                self.id,
                controllers.join(" ")
            ),
        ))
    }

    /// Refuses new calls while the canister is stopping or stopped.
    pub(crate) fn require_running(&self) -> Result<(), Reject> {
        match self.status {
            Status::Running => Ok(()),
            Status::Stopping(_) => {
                Err(Reject::new(ErrorCode::CanisterStopping, format!("Canister {} is stopping", self.id)))
            }
            Status::Stopped => Err(Reject::new(ErrorCode::CanisterStopped, format!("Canister {} is stopped", self.id))),
        }
    }

    pub(crate) fn environment(&self, subnet_id: Principal, root_key_der: &[u8], costs: Costs) -> Environment {
        Environment {
            canister_id: self.id,
            subnet_id,
            controllers: self.settings.controllers.clone(),
            status: match self.status {
                Status::Running => 1,
                Status::Stopping(_) => 2,
                Status::Stopped => 3,
            },
            version: self.version,
            cycle_balance: self.balance,
            global_timer: self.global_timer_ns,
            freezing_reserve: self.freezing_reserve(),
            root_key_der: root_key_der.to_vec(),
            environment_variables: self.settings.environment_variables.clone(),
            calls_per_callee: QUEUE_CAPACITY,
            open_calls: self.calls.open_by_callee().clone(),
            costs,
        }
    }

    /// The bounds on one message. The canister's own memory limit binds neither queries nor callbacks, so that it
    /// cannot break what is under way; queries may reply with more.
    pub(crate) fn limits(&self, entry: &Entry, instructions: u64) -> Limits {
        let is_query = matches!(entry, Entry::Query { .. } | Entry::CompositeQuery { .. });
        let is_limited = matches!(
            entry,
            Entry::Init { .. }
                | Entry::PostUpgrade { .. }
                | Entry::Update { .. }
                | Entry::Heartbeat
                | Entry::GlobalTimer
        );
        let heap_bytes = match self.settings.wasm_memory_limit {
            limit if limit > 0 && is_limited => limit.min(HEAP_BYTES),
            _ => HEAP_BYTES,
        };
        let payload_bytes = if is_query { MAX_QUERY_REPLY_BYTES } else { fees::MAX_PAYLOAD_BYTES };
        Limits { instructions, heap_bytes, stable_bytes: STABLE_BYTES, payload_bytes }
    }

    pub(crate) fn no_module(&self) -> Reject {
        Reject::new(
            ErrorCode::CanisterWasmModuleNotFound,
            format!(
                "Error from Canister {}: Attempted to execute a message, but the canister contains no Wasm module",
                self.id
            ),
        )
    }

    /// The reject that a trap of this canister becomes.
    pub(crate) fn reject_of(&self, trap: &Trap) -> Reject {
        let code = match trap {
            Trap::Wasm(_) => ErrorCode::CanisterTrapped,
            Trap::Explicit(_) => ErrorCode::CanisterCalledTrap,
            Trap::Contract(_) | Trap::Unsupported(_) => ErrorCode::CanisterContractViolation,
            Trap::InstructionLimit { .. } => ErrorCode::CanisterInstructionLimitExceeded,
            Trap::OutOfMemory(_) => ErrorCode::CanisterWasmMemoryLimitExceeded,
            Trap::MethodNotFound(_) => ErrorCode::CanisterMethodNotFound,
            Trap::NoModule => ErrorCode::CanisterWasmModuleNotFound,
        };
        Reject::new(code, format!("Error from Canister {}: {trap}", self.id))
    }
}
