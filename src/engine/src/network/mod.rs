//! Everything between messages: queues, call contexts, cycles, timers, ingress, queries, faults.
//!
//! A [`Network`] is one subnet with its own root key. It is a value: nothing runs unless its methods are called, and the
//! same calls on the same [`Config`] give the same bytes everywhere.
//!
//! Known differences from a subnet: a message runs to its end within its round (no deterministic time slicing); queries
//! and certificates always see the latest state; memory is paid for only through the freezing threshold, not as time
//! passes; ingress messages do not expire while they wait; the host answers HTTPS outcalls for the servers they name.

pub(crate) mod call_context;
pub(crate) mod canister;
mod faults;
pub(crate) mod fees;
mod ingress;
mod logs;
pub(crate) mod message;
mod operations;
pub(crate) mod outcalls;
mod query;
mod queues;
mod records;
mod rounds;
mod routing;
mod run;
mod saved;
pub(crate) mod settings;
mod state_tree;
mod strikes;

#[cfg(test)]
mod tests;

use crate::certification::{NodeKey, RootKey};
use crate::error::Reject;
use crate::execution::Costs;
use candid::Principal;
use canister::Canister;
pub(crate) use canister::STABLE_BYTES;
use ingress::IngressHistory;
use message::Request;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use records::Records;
use routing::Delayed;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

pub use crate::certification::MessageId;
pub use ic_management_canister_types::{
    CanisterInstallMode, CanisterSettings, CanisterStatusResult, CanisterStatusType, EnvironmentVariable, LogVisibility,
};

pub use faults::{Action, Fault, Faults, Frequencies, Injected, Match, Moment, Where};
pub use fees::MAX_PAYLOAD_BYTES;
pub use ingress::IngressStatus;
pub use logs::LogRecord;
pub use message::Answered;
pub use outcalls::{HttpHeader, HttpMethod, HttpResponse, NODES, Outcall, OutcallAnswer, OutcallError};
pub use queues::QUEUE_CAPACITY;
pub use records::{Execution, MessageKind};
pub(crate) use routing::not_found;
pub use saved::{NotAtRest, SavedCanister, SavedNetwork};

/// 2026-01-01T00:00:00Z.
const DEFAULT_START_NS: u64 = 1_767_225_600_000_000_000;
/// The number of the first canister: far from mainnet's system canisters, whose ids are well known.
const FIRST_CANISTER: u64 = 0x0000_0000_7f00_0000;
/// How many canister ids the subnet may give out.
const CANISTER_IDS: u64 = 1 << 20;

/// What a network starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Determines the root key and all randomness.
    pub seed: u64,
    /// The time at the start, nanoseconds since 1970-01-01 UTC.
    pub start_time_ns: u64,
    /// How far a round moves the clock. The default of 1 ns keeps tests in charge of time.
    pub round_ns: u64,
    /// What things cost.
    pub costs: Costs,
}

impl Default for Config {
    fn default() -> Self {
        Self { seed: 0, start_time_ns: DEFAULT_START_NS, round_ns: 1, costs: Costs::default() }
    }
}

/// The clock was asked to go backwards, from `now_ns` to `asked_ns`; it did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("time cannot go back from {now_ns} to {asked_ns}")]
pub struct TimeWentBack {
    /// The network's time.
    pub now_ns: u64,
    /// The time it was asked to take.
    pub asked_ns: u64,
}

/// A local Internet Computer: one subnet with its canisters, its clock and its root key.
#[derive(Debug)]
pub struct Network {
    pub(crate) config: Config,
    pub(crate) canisters: BTreeMap<Principal, Canister>,
    pub(crate) time_ns: u64,
    pub(crate) random: ChaCha20Rng,
    pub(crate) raw_rand_waiting: Vec<Request>,
    outcalls: outcalls::Outcalls,
    pub(crate) next_canister: u64,
    pub(crate) records: Records,
    pub(crate) lost_cycles: u128,
    pub(crate) consumed_cycles: u128,
    round: u64,
    round_instructions: u64,
    turns: VecDeque<Principal>,
    root_key: RootKey,
    node_key: NodeKey,
    subnet_id: Principal,
    sequence: u64,
    management_queue: VecDeque<Request>,
    ingress: IngressHistory,
    delayed: BTreeMap<(u64, u64), Delayed>,
    faults: Faults,
}

impl Network {
    /// A network without canisters.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let root_key = RootKey::from_seed(config.seed);
        Self {
            subnet_id: Principal::self_authenticating(root_key.der()),
            root_key,
            node_key: NodeKey::from_seed(config.seed),
            time_ns: config.start_time_ns,
            random: ChaCha20Rng::seed_from_u64(config.seed),
            canisters: BTreeMap::new(),
            raw_rand_waiting: Vec::new(),
            outcalls: outcalls::Outcalls::default(),
            next_canister: FIRST_CANISTER,
            records: Records::default(),
            lost_cycles: 0,
            consumed_cycles: 0,
            round: 0,
            round_instructions: 0,
            turns: VecDeque::new(),
            sequence: 0,
            management_queue: VecDeque::new(),
            ingress: IngressHistory::default(),
            delayed: BTreeMap::new(),
            faults: Faults::default(),
            config,
        }
    }

    /// The time, nanoseconds since 1970-01-01 UTC.
    #[must_use]
    pub const fn time_ns(&self) -> u64 {
        self.time_ns
    }

    /// Sets the clock. Timers and deadlines that have become due act in the next round.
    ///
    /// # Errors
    /// [`TimeWentBack`], and the clock stays.
    pub const fn set_time_ns(&mut self, time_ns: u64) -> Result<(), TimeWentBack> {
        if time_ns < self.time_ns {
            return Err(TimeWentBack { now_ns: self.time_ns, asked_ns: time_ns });
        }
        self.time_ns = time_ns;
        Ok(())
    }

    /// Moves the clock forward.
    pub fn advance_time(&mut self, by: Duration) {
        self.time_ns = self.time_ns.saturating_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX));
    }

    /// The DER public key that certificates verify against.
    #[must_use]
    pub fn root_key_der(&self) -> &[u8] {
        self.root_key.der()
    }

    /// Signs the answer of a query as the only node does, whose id this answers too. What is signed is the interface specification's,
    /// "Query call".
    #[must_use]
    pub fn sign_as_node(&self, signable: &[u8]) -> (Principal, [u8; 64]) {
        (self.node_key.id(), self.node_key.sign(signable))
    }

    /// The id of the only subnet.
    #[must_use]
    pub const fn subnet_id(&self) -> Principal {
        self.subnet_id
    }

    /// All canisters, in the order of their ids.
    #[must_use]
    pub fn canister_ids(&self) -> Vec<Principal> {
        self.canisters.keys().copied().collect()
    }

    /// The faults to inject, and the record of those injected.
    #[must_use]
    pub const fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The faults to inject, to be changed.
    pub const fn faults_mut(&mut self) -> &mut Faults {
        &mut self.faults
    }

    /// The last executions, oldest first; the network keeps the last 100,000.
    pub fn executions(&self) -> impl DoubleEndedIterator<Item = &Execution> {
        self.records.iter()
    }

    /// The last executions, oldest first, which the network then forgets.
    pub fn take_executions(&mut self) -> Vec<Execution> {
        self.records.take()
    }

    /// Instructions of the last execution; `None` before the first.
    #[must_use]
    pub fn instructions_of_last(&self) -> Option<u64> {
        self.records.iter().next_back().map(|execution| execution.instructions)
    }

    /// Cycles paid for executions, calls, ingress messages and creations, and cycles burned.
    ///
    /// When no call is open, this, [`Self::lost_cycles`] and all balances together are what was ever put in.
    #[must_use]
    pub const fn consumed_cycles(&self) -> u128 {
        self.consumed_cycles
    }

    /// Cycles that no canister holds any more: attached to bounded-wait calls that expired, or to dropped
    /// messages; of deleted canisters; taken away by a fault.
    #[must_use]
    pub const fn lost_cycles(&self) -> u128 {
        self.lost_cycles
    }

    pub(crate) fn canister_mut(&mut self, id: Principal) -> Result<&mut Canister, Reject> {
        self.canisters.get_mut(&id).ok_or_else(|| not_found(id))
    }

    fn canister(&self, id: Principal) -> Result<&Canister, Reject> {
        self.canisters.get(&id).ok_or_else(|| not_found(id))
    }

    /// For canisters that have a message running, and so cannot have been deleted.
    fn expect_canister(&mut self, id: Principal) -> &mut Canister {
        self.canisters.get_mut(&id).expect("BUG: a message of a canister that does not exist")
    }

    fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    fn canister_range(&self) -> (Principal, Principal) {
        (canister_id(FIRST_CANISTER), canister_id(FIRST_CANISTER + CANISTER_IDS - 1))
    }
}

/// The opaque id of a canister with this number.
pub(crate) fn canister_id(number: u64) -> Principal {
    let mut bytes = [0; 10];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes[8..].copy_from_slice(&[1, 1]);
    Principal::from_slice(&bytes)
}
