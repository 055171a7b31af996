//! An embedded local Internet Computer.
//!
//! It runs unmodified canister modules on `wasmtime`, several canisters at once, with the replica's metering, a clock
//! that tests move, real certificates signed by a test root key, and faults on demand. What it does not implement it
//! refuses with [`execution::Trap::Unsupported`]; it never answers with a default.
//!
//! The rooms: [`wasm`] validates, meters and compiles a module; [`system_api`] holds one file per group of imports;
//! [`execution`] runs *one* message on one canister, and commits or rolls back; [`network`] is everything between
//! messages (queues, call contexts, cycles, timers, the management canister, faults); [`certification`] is the state
//! tree and its signature.

pub mod certification;
pub mod error;
pub mod execution;
pub(crate) mod management;
pub mod network;
mod system_api;
pub mod wasm;

pub use error::{ErrorCode, Reject, RejectCode};
pub use network::{Config, Network};
