//! What a canister sees of the current message, how it calls others, and how it stores.
//!
//! [`Env`] is the only way to the facts of the current message and [`IcTransport`] and [`IcOutcalls`] the only ways out of the canister, so
//! nothing else in the workspace uses the `ic-cdk` API (its attributes on endpoints aside) and every canister can be
//! tested natively with a [`StubEnv`]. What grows is kept in [`TrieMap`]s, whose calls hardly cost more the more there is.

mod acting;
mod cbor;
mod env;
mod in_flight;
mod install;
mod outcalls;
pub mod principal_cbor;
mod reply;
mod stub;
mod transport;
mod trie;

pub use acting::ActingFor;
pub use cbor::Cbor;
pub use env::{Env, IcEnv};
pub use in_flight::{InFlight, InFlightGuard};
pub use install::upgrade_settings;
pub use outcalls::{HttpAnswer, HttpGet, HttpRequestResult, IcOutcalls, Outcalls, StubOutcalls, TransformArgs};
pub use reply::{Reply, reply};
pub use stub::StubEnv;
pub use transport::{IcTransport, Wait};
pub use trie::{FixedKey, TrieMap};

use ic_stable_structures::DefaultMemoryImpl;
use ic_stable_structures::memory_manager::VirtualMemory;

/// The memory that stable structures of a canister live in.
pub type Memory = VirtualMemory<DefaultMemoryImpl>;
