//! An environment for native tests.

use crate::env::Env;
use calisec_types::ids::{Digest32, Timestamp};
use candid::Principal;
use std::cell::{Cell, RefCell};

/// An [`Env`] whose every fact a test sets.
#[derive(Debug)]
pub struct StubEnv {
    /// Who calls.
    pub caller: Cell<Principal>,
    /// What time it is.
    pub now: Cell<Timestamp>,
    /// The canister's id.
    pub canister: Principal,
    /// The network.
    pub network: Digest32,
    /// Whether the message is executed by all nodes.
    pub is_replicated: Cell<bool>,
    /// Instructions taken so far.
    pub instructions: Cell<u64>,
    /// How many more it is each time that somebody looks.
    pub instructions_between_looks: Cell<u64>,
    /// Cycles that the message carries still.
    pub cycles: Cell<u128>,
    /// What was certified last.
    pub certified: RefCell<Option<[u8; 32]>>,
}

impl StubEnv {
    /// Called by `caller` at `now`, on the canister with this id.
    #[must_use]
    pub const fn new(canister: Principal, caller: Principal, now: Timestamp) -> Self {
        Self {
            caller: Cell::new(caller),
            now: Cell::new(now),
            canister,
            network: Digest32([7; 32]),
            is_replicated: Cell::new(true),
            instructions: Cell::new(0),
            instructions_between_looks: Cell::new(0),
            cycles: Cell::new(0),
            certified: RefCell::new(None),
        }
    }

    /// The same environment with another caller from now on.
    pub fn call_as(&self, caller: Principal) -> &Self {
        self.caller.set(caller);
        self
    }

    /// Moves the clock.
    pub fn advance_seconds(&self, seconds: u64) {
        self.now.set(self.now.get().plus_seconds(seconds));
    }
}

impl Env for StubEnv {
    fn caller(&self) -> Principal {
        self.caller.get()
    }
    fn now(&self) -> Timestamp {
        self.now.get()
    }
    fn canister_self(&self) -> Principal {
        self.canister
    }
    fn network(&self) -> Digest32 {
        self.network
    }
    fn in_replicated_execution(&self) -> bool {
        self.is_replicated.get()
    }
    fn instructions(&self) -> u64 {
        self.instructions.set(self.instructions.get() + self.instructions_between_looks.get());
        self.instructions.get()
    }
    fn cycles_available(&self) -> u128 {
        self.cycles.get()
    }
    fn accept_cycles(&self, amount: u128) -> u128 {
        let accepted = amount.min(self.cycles.get());
        self.cycles.set(self.cycles.get() - accepted);
        accepted
    }
    fn certify(&self, root: &[u8; 32]) {
        *self.certified.borrow_mut() = Some(*root);
    }
    fn certificate(&self) -> Option<Vec<u8>> {
        None
    }
}
