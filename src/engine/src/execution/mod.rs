//! Running one message on one canister.
//!
//! This is the seam between the two halves of the engine. [`execute`] takes a canister's committed state, one
//! [`Message`] and its [`Limits`]; it returns an [`Outcome`]. Either everything the message did is in the state and in
//! [`Effects`], or the state is exactly what it was before and `Effects` holds only logs. Nothing here knows about
//! queues, other canisters or the management canister.

mod image;
pub(crate) mod pages;
mod run;
mod state;

use candid::Principal;
use std::collections::BTreeMap;

pub use image::{IMAGE_PAGE_BYTES, MalformedImage, StableImage};
pub use run::execute;
pub use state::{Keep, Snapshot, State};

/// A function reference and its environment, as given to `call_new`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closure {
    /// Index into the module's function table.
    pub function: u32,
    /// The single `i32` argument of that function.
    pub environment: u32,
}

/// What is executed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant says what its fields are")]
pub enum Entry {
    /// `(start)` and `canister_init`; context `I` (`(start)` itself runs in context `s`).
    Init { arg: Vec<u8> },
    /// `canister_pre_upgrade`; context `G`.
    PreUpgrade,
    /// `(start)` of the new module and `canister_post_upgrade`; context `I`.
    PostUpgrade { arg: Vec<u8> },
    /// `canister_inspect_message`; context `F`. Absent export: accepted.
    InspectMessage { method: String, arg: Vec<u8> },
    /// `canister_update <method>`; context `U`.
    Update { method: String, arg: Vec<u8> },
    /// `canister_query <method>` in replicated mode; context `RQ`. State changes are dropped.
    ReplicatedQuery { method: String, arg: Vec<u8> },
    /// `canister_query <method>` in non-replicated mode; context `NRQ`. State changes are dropped.
    Query { method: String, arg: Vec<u8> },
    /// `canister_composite_query <method>`; context `CQ`. State changes are kept by the caller of `execute` only until
    /// its last callback has run: see [`State::snapshot`].
    CompositeQuery { method: String, arg: Vec<u8> },
    /// A reply callback; context `Ry` (`CRy` when `composite`).
    ReplyCallback { closure: Closure, payload: Vec<u8>, composite: bool },
    /// A reject callback; context `Rt` (`CRt` when `composite`).
    RejectCallback { closure: Closure, code: crate::error::RejectCode, message: String, composite: bool },
    /// A cleanup callback; context `C` (`CC` when `composite`).
    Cleanup { closure: Closure, composite: bool },
    /// `canister_heartbeat`; context `T`.
    Heartbeat,
    /// `canister_global_timer`; context `T`.
    GlobalTimer,
}

/// The facts a message can ask for through the System API.
#[derive(Clone, Debug)]
pub struct Message {
    /// What runs.
    pub entry: Entry,
    /// `msg_caller`: who sent the message; the management canister for timers, heartbeats and (per specification) the
    /// call context's caller in callbacks.
    pub caller: Principal,
    /// `time`, nanoseconds since 1970-01-01 UTC.
    pub time_ns: u64,
    /// `msg_deadline`, nanoseconds; 0 for guaranteed-response calls.
    pub deadline_ns: u64,
    /// Cycles still available on the call (`msg_cycles_available128`).
    pub cycles_available: u128,
    /// Cycles refunded by the callee (`msg_cycles_refunded128`).
    pub cycles_refunded: u128,
    /// Whether this call context has been answered already; a second answer traps.
    pub responded: bool,
    /// Instructions used by earlier messages of the same call context; `performance_counter(1)` adds this message's.
    pub call_context_instructions: u64,
    /// `data_certificate_copy`: CBOR of the certificate; only for non-replicated and composite queries.
    pub data_certificate: Option<Vec<u8>>,
}

/// The facts about the canister itself, owned by the network.
#[derive(Clone, Debug)]
pub struct Environment {
    /// `canister_self`.
    pub canister_id: Principal,
    /// `subnet_self`.
    pub subnet_id: Principal,
    /// `is_controller`.
    pub controllers: Vec<Principal>,
    /// `canister_status`: 1 running, 2 stopping, 3 stopped.
    pub status: u32,
    /// `canister_version`.
    pub version: u64,
    /// Balance at the start of the message, after the prepayment for execution.
    pub cycle_balance: u128,
    /// The global timer before this message (0 = off); `global_timer_set` answers it.
    pub global_timer: u64,
    /// What must stay in the balance (`canister_liquid_cycle_balance128` = balance - this, at least 0).
    pub freezing_reserve: u128,
    /// `root_key_copy`: DER public key of the root of trust.
    pub root_key_der: Vec<u8>,
    /// `env_var_*`, ordered by name.
    pub environment_variables: BTreeMap<String, String>,
    /// Calls that may be open to one callee at a time; `call_perform` returns 2 beyond it.
    pub calls_per_callee: usize,
    /// Calls already open, by callee; those not listed have none.
    pub open_calls: BTreeMap<Principal, usize>,
    /// Cost of things the canister may ask for (`cost_*`), on a 13-node application subnet.
    pub costs: Costs,
}

/// Cycle prices on a 13-node application subnet. Source: `cycles_account_manager` of dfinity/ic, fees of 13 nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    /// Per inter-canister call.
    pub call: u128,
    /// Per byte of a call's method name, argument and (prepaid) response.
    pub call_byte: u128,
    /// `create_canister`.
    pub create_canister: u128,
    /// Base fee of executing any message.
    pub execution_message: u128,
    /// Per ten instructions.
    pub execution_ten_instructions: u128,
    /// Per ingress message.
    pub ingress: u128,
    /// Per byte of an ingress message.
    pub ingress_byte: u128,
}

impl Default for Costs {
    fn default() -> Self {
        Self {
            call: 260_000,
            call_byte: 1_000,
            create_canister: 500_000_000_000,
            execution_message: 5_000_000,
            execution_ten_instructions: 10,
            ingress: 1_200_000,
            ingress_byte: 2_000,
        }
    }
}

/// Bounds on one execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Instructions; beyond it the message traps with `IC0522`.
    pub instructions: u64,
    /// Bytes of wasm heap (4 GiB at most for wasm32; less by `wasm_memory_limit`).
    pub heap_bytes: u64,
    /// Bytes of stable memory.
    pub stable_bytes: u64,
    /// Bytes of one reply or call argument (2 MiB; 3 MiB for a non-replicated query's reply).
    pub payload_bytes: usize,
}

/// Instructions of an update, heartbeat, timer, or callback message.
pub const UPDATE_INSTRUCTIONS: u64 = 40_000_000_000;
/// Instructions of a query.
pub const QUERY_INSTRUCTIONS: u64 = 5_000_000_000;
/// Instructions of an install or upgrade.
pub const INSTALL_INSTRUCTIONS: u64 = 300_000_000_000;
/// Instructions of `canister_inspect_message`.
pub const INSPECT_INSTRUCTIONS: u64 = 200_000_000;

/// A call the message sent, to be carried out only if it commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingCall {
    /// The callee.
    pub callee: Principal,
    /// The method.
    pub method: String,
    /// The argument.
    pub arg: Vec<u8>,
    /// Cycles attached; already deducted from the balance in [`Effects::cycle_balance`].
    pub cycles: u128,
    /// `None`: guaranteed response. `Some(seconds)`: bounded wait.
    pub timeout_seconds: Option<u32>,
    /// Called on a reply; `None` for a one-way call (function index `u32::MAX`).
    pub on_reply: Option<Closure>,
    /// Called on a reject; `None` for a one-way call.
    pub on_reject: Option<Closure>,
    /// Called when a reply or reject callback traps.
    pub on_cleanup: Option<Closure>,
}

/// The answer a message gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// `msg_reply`.
    Reply(Vec<u8>),
    /// `msg_reject`.
    Reject(String),
}

/// Everything a committed message did outside its own memory.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// The answer, if it gave one.
    pub answer: Option<Answer>,
    /// Calls in the order they were performed.
    pub calls: Vec<OutgoingCall>,
    /// Cycles taken from the call.
    pub cycles_accepted: u128,
    /// Balance after accepting, attaching to calls and burning (execution cost is the network's to charge).
    pub cycle_balance: u128,
    /// Cycles burned.
    pub cycles_burned: u128,
    /// `certified_data_set`.
    pub certified_data: Option<Vec<u8>>,
    /// `global_timer_set`: the new timer (0 = off).
    pub global_timer: Option<u64>,
    /// Whether `accept_message` was called (context `F`).
    pub message_accepted: bool,
    /// `debug_print` lines, and the trap message if there was one; kept even when the message rolls back.
    pub logs: Vec<Vec<u8>>,
}

/// Why a message did not commit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trap {
    /// A wasm trap: unreachable, out of bounds, division by zero, stack overflow, bad indirect call.
    #[error("Canister trapped: {0}")]
    Wasm(String),
    /// `ic0.trap`.
    #[error("Canister called `ic0.trap` with message: '{0}'")]
    Explicit(String),
    /// A rule of the System API was broken: outside its context, answered twice, bad arguments.
    #[error("Canister violated contract: {0}")]
    Contract(String),
    /// More instructions than [`Limits::instructions`].
    #[error("Canister exceeded the limit of {limit} instructions for single message execution.")]
    InstructionLimit {
        /// The limit.
        limit: u64,
    },
    /// Heap or stable memory beyond its limit.
    #[error("Canister exceeded its allowed memory: {0}")]
    OutOfMemory(String),
    /// The module has no such method.
    #[error("Canister has no {0}")]
    MethodNotFound(String),
    /// The canister has no module.
    #[error("Canister has no Wasm module")]
    NoModule,
    /// The engine does not implement this import.
    #[error("Unsupported({0})")]
    Unsupported(String),
}

/// The result of one execution.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Committed, or why not.
    pub result: Result<(), Trap>,
    /// What it did. After a trap only `logs` is filled.
    pub effects: Effects,
    /// Instructions as the replica counts them.
    pub instructions: u64,
}
