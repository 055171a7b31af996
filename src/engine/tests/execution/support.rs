//! A canister written in WAT, and messages to it.

use calisec_engine::{
    execution::{
        Answer, Closure, Costs, Effects, Entry, Environment, Limits, Message, Outcome, State, Trap,
        UPDATE_INSTRUCTIONS, execute,
    },
    wasm::{InvalidModule, Module},
};
use candid::Principal;
use std::collections::BTreeMap;

pub const CALLER: Principal = Principal::from_slice(&[7; 10]);
pub const CANISTER: Principal = Principal::from_slice(&[1; 10]);
pub const BALANCE: u128 = 100_000_000_000_000;
const TIME_NS: u64 = 1_700_000_000_000_000_000;

pub fn compile(wat: &str) -> Result<Module, InvalidModule> {
    Module::compile(&wat::parse_str(wat).unwrap_or_else(|error| panic!("{error}\n{wat}")))
}

pub struct Canister {
    pub state: State,
    pub environment: Environment,
    pub limits: Limits,
    pub message: Message,
}

impl Canister {
    pub fn new(wat: &str) -> Self {
        Self::of(compile(wat).unwrap_or_else(|error| panic!("{error}\n{wat}")))
    }

    pub fn of(module: Module) -> Self {
        Self {
            state: State::new(module),
            environment: Environment {
                canister_id: CANISTER,
                subnet_id: Principal::from_slice(&[2; 10]),
                controllers: vec![CALLER],
                status: 1,
                version: 9,
                cycle_balance: BALANCE,
                global_timer: 11,
                freezing_reserve: 1_000,
                root_key_der: vec![3; 133],
                environment_variables: BTreeMap::from([("NAME".into(), "value".into())]),
                calls_per_callee: 10,
                open_calls: BTreeMap::new(),
                costs: Costs::default(),
            },
            limits: Limits {
                instructions: UPDATE_INSTRUCTIONS,
                heap_bytes: 4 << 30,
                stable_bytes: 500 << 30,
                payload_bytes: 2 << 20,
            },
            message: Message {
                entry: Entry::PreUpgrade,
                caller: CALLER,
                time_ns: TIME_NS,
                deadline_ns: 5,
                cycles_available: 1_000,
                cycles_refunded: 77,
                responded: false,
                call_context_instructions: 1_000_000,
                data_certificate: Some(vec![4; 40]),
            },
        }
    }

    pub fn run(&mut self, entry: Entry) -> Outcome {
        self.message.entry = entry;
        execute(&mut self.state, &self.message, &self.environment, &self.limits)
    }

    pub fn update(&mut self, method: &str) -> Outcome {
        self.run(Entry::Update { method: method.into(), arg: b"argument".to_vec() })
    }

    pub fn query(&mut self, method: &str) -> Outcome {
        self.run(Entry::Query { method: method.into(), arg: b"argument".to_vec() })
    }

    /// Everything that must not change when a message traps.
    pub fn memory(&self) -> (Option<Vec<u8>>, Vec<u8>, u64, u64) {
        (self.state.read_heap(), self.state.read_stable(), self.state.heap_bytes(), self.state.stable_bytes())
    }
}

/// Runs what a damaged module may have kept of its update, briefly; whatever it answers.
pub fn update_of(module: Module) {
    let mut canister = Canister::of(module);
    canister.limits.instructions = 10_000_000;
    let outcome = canister.update("bump");
    assert!(outcome.instructions <= 10_000_000);
}

pub fn reply(outcome: Outcome) -> Vec<u8> {
    match (outcome.result, outcome.effects.answer) {
        (Ok(()), Some(Answer::Reply(bytes))) => bytes,
        other => panic!("no reply: {other:?}"),
    }
}

pub fn trap(outcome: Outcome) -> Trap {
    let Effects { answer, calls, cycles_accepted, certified_data, global_timer, .. } = outcome.effects;
    assert_eq!((answer, calls, cycles_accepted, certified_data, global_timer), (None, vec![], 0, None, None));
    outcome.result.expect_err("it did not trap")
}

pub const fn closure(function: u32) -> Closure {
    Closure { function, environment: 42 }
}
