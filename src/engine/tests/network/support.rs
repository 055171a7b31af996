//! A network with puppet canisters.

use calisec_engine::network::{Config, Network};
use candid::Principal;

/// Plenty for every test: 100 T.
pub const CYCLES: u128 = 100_000_000_000_000;

pub fn alice() -> Principal {
    Principal::self_authenticating(b"alice")
}

pub fn mallory() -> Principal {
    Principal::self_authenticating(b"mallory")
}

pub fn wasm(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).expect("the test's own module")
}

pub fn puppet() -> Vec<u8> {
    wasm(include_str!("puppet.wat"))
}

/// A network with `N` puppets controlled by Alice.
pub fn puppets<const N: usize>() -> (Network, [Principal; N]) {
    let mut network = Network::new(Config::default());
    let ids = std::array::from_fn(|_| add_puppet(&mut network));
    (network, ids)
}

pub fn add_puppet(network: &mut Network) -> Principal {
    let id = network.create_canister(&[alice()], CYCLES).expect("one controller");
    network.install(alice(), id, &puppet(), &[]).expect("the puppet installs");
    id
}

/// The argument of the puppet's calling methods.
pub struct Call {
    pub callee: Principal,
    pub method: &'static str,
    pub timeout_seconds: u32,
    pub cycles: u64,
    pub payload: Vec<u8>,
}

pub fn call(callee: Principal, method: &'static str) -> Call {
    Call { callee, method, timeout_seconds: 0, cycles: 0, payload: Vec::new() }
}

impl Call {
    pub fn bounded(self, timeout_seconds: u32) -> Self {
        Self { timeout_seconds, ..self }
    }

    pub fn cycles(self, cycles: u64) -> Self {
        Self { cycles, ..self }
    }

    pub fn payload(self, payload: impl Into<Vec<u8>>) -> Self {
        Self { payload: payload.into(), ..self }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![u8::try_from(self.callee.as_slice().len()).expect("short")];
        bytes.extend(self.callee.as_slice());
        bytes.push(u8::try_from(self.method.len()).expect("short"));
        bytes.extend(self.method.as_bytes());
        bytes.extend(self.timeout_seconds.to_le_bytes());
        bytes.extend(self.cycles.to_le_bytes());
        bytes.extend(&self.payload);
        bytes
    }
}

/// The puppet's counter.
pub fn counter(network: &mut Network, id: Principal) -> u32 {
    marks(network, id).0
}

/// The puppet's counter, cleanups, timer runs and replies seen.
pub fn marks(network: &mut Network, id: Principal) -> (u32, u32, u32, u32) {
    let bytes = network.query(alice(), id, "marks", &[]).expect("a query");
    let at = |offset: usize| u32::from_le_bytes(bytes[offset..offset + 4].try_into().expect("four bytes"));
    (at(0), at(8), at(16), at(24))
}
