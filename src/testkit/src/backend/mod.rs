//! A network that canisters run on.

mod local;
#[cfg(feature = "pocket-ic")]
mod pocket;
mod web;

pub use local::LocalBackend;
#[cfg(feature = "pocket-ic")]
pub use pocket::PocketIcBackend;
pub use web::{Web, WebAnswer, WebRequest, WebResponse};

use calisec_types::ids::Timestamp;
use candid::Principal;
use std::fmt;
use std::time::Duration;

/// Cycles a canister is created with.
pub const INITIAL_CYCLES: u128 = 100_000_000_000_000;

/// A call that was not answered with a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The reject code, 1 to 6 (interface specification, "Reject codes").
    pub code: u32,
    /// The replica's error code (`IC0503`) where the network gives one.
    pub error_code: Option<String>,
    /// For humans.
    pub message: String,
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "reject code {}", self.code)?;
        if let Some(code) = &self.error_code {
            write!(f, ", {code}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for Reject {}

/// What messages cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Messages executed.
    pub messages: u64,
    /// Instructions, as the replica counts them.
    pub instructions: u64,
    /// Cycles charged for executing them.
    pub cycles: u128,
}

/// A network: small on purpose, bytes in and bytes out, one kind of reject.
pub trait Backend {
    /// A canister's stable memory at one moment.
    type StableImage: PartialEq;
    /// What it is, for messages.
    fn name(&self) -> &'static str;
    /// Creates an empty canister, controlled by the anonymous principal's deployer, with [`INITIAL_CYCLES`].
    fn create_canister(&self) -> Principal;
    /// Installs a module in an empty canister.
    ///
    /// # Errors
    /// The reject of the management canister; the canister is unchanged.
    fn install(&self, canister: Principal, wasm: &[u8], arg: &[u8]) -> Result<(), Reject>;
    /// Upgrades a canister, keeping its stable memory.
    ///
    /// # Errors
    /// The reject of the management canister; the canister is unchanged.
    fn upgrade(&self, canister: Principal, wasm: &[u8], arg: &[u8]) -> Result<(), Reject>;
    /// Calls an update method and waits for the answer.
    ///
    /// # Errors
    /// The reject the sender sees.
    fn update(&self, sender: Principal, canister: Principal, method: &str, arg: &[u8]) -> Result<Vec<u8>, Reject>;
    /// Calls an update method and waits for the answer, while `web` answers every HTTPS outcall made on account of it,
    /// and those still waiting from before. What it leaves in silence times out.
    ///
    /// # Errors
    /// The reject the sender sees.
    fn update_with_web(
        &self,
        sender: Principal,
        canister: Principal,
        method: &str,
        arg: &[u8],
        web: &mut Web<'_>,
    ) -> Result<Vec<u8>, Reject>;
    /// Calls a query method.
    ///
    /// # Errors
    /// The reject the sender sees.
    fn query(&self, sender: Principal, canister: Principal, method: &str, arg: &[u8]) -> Result<Vec<u8>, Reject>;
    /// The network's time.
    fn now(&self) -> Timestamp;
    /// Moves the clock forward and lets due timers run.
    fn advance(&self, by: Duration);
    /// The DER public key that certificates verify against.
    fn root_key(&self) -> Vec<u8>;
    /// Everything in a canister's stable memory.
    fn stable_memory(&self, canister: Principal) -> Vec<u8>;
    /// The same, as cheaply as the network can: equal to a later image if no byte has changed.
    fn stable_image(&self, canister: Principal) -> Self::StableImage;
    /// What all messages since the last call of this method cost; `None` where the network does not tell.
    fn take_cost(&self) -> Option<Cost>;
}
