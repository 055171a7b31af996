//! An embedded local Internet Computer.
//!
//! It runs unmodified canister modules on `wasmtime`, several canisters at once, with the replica's metering, a clock
//! that tests move, real certificates signed by a test root key, and faults on demand. What it does not implement it
//! refuses with [`execution::Trap::Unsupported`]; it never answers with a default.
//!
//! The rooms: [`wasm`] validates, meters and compiles a module; `system_api` holds one file per group of imports;
//! [`execution`] runs *one* message on one canister, and commits or rolls back; [`network`] is everything between
//! messages (queues, call contexts, cycles, timers, the management canister, faults); [`certification`] is the state
//! tree and its signature.
//!
//! ```
//! use calisec_engine::{Config, Network};
//! use candid::Principal;
//!
//! let wasm = wat::parse_str(
//!     r#"(module
//!         (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
//!         (import "ic0" "msg_reply" (func $reply))
//!         (memory 1) (data (i32.const 0) "hello")
//!         (func (export "canister_update greet")
//!             (call $append (i32.const 0) (i32.const 5)) (call $reply)))"#,
//! )?;
//! let alice = Principal::self_authenticating(b"alice");
//! let mut network = Network::new(Config::default());
//! let canister = network.create_canister(&[alice], 10_000_000_000_000)?;
//! network.install(alice, canister, &wasm, &[])?;
//! assert_eq!(network.update(alice, canister, "greet", &[])?, b"hello");
//! println!("{:?} instructions", network.instructions_of_last());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod certification;
pub mod error;
pub mod execution;
pub(crate) mod management;
pub mod network;
mod system_api;
pub mod wasm;

pub use error::{ErrorCode, Reject, RejectCode};
pub use network::{Config, Network};
