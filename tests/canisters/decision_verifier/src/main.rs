//! The SDK decides from a bundle in wasm32, as a browser or another canister would: without the network, and with nothing but
//! the bundle, the root key and a clock that the caller gives.

use calisec_sdk::types::ids::Timestamp;
use calisec_sdk::types::membership::{DecideArg, DecisionBundle};
use calisec_sdk::verify::{self, Trust};
use candid::Principal;
use std::time::Duration;

fn main() {}

/// Whether the bundle allows what is asked, or why it decides nothing. `root_key` is the network's, as DER; `now` in
/// nanoseconds since 1970 UTC; `max_age` in seconds.
#[ic_cdk::update]
fn allowed(
    bundle: DecisionBundle,
    question: DecideArg,
    membership: Principal,
    root_key: Vec<u8>,
    now: u64,
    max_age: u64,
) -> Result<bool, String> {
    let trust = Trust { root_key: &root_key, now: Timestamp(now) };
    verify::decision(&bundle, &question, membership, &trust, Duration::from_secs(max_age))
        .map(|decision| decision.allowed)
        .map_err(|error| error.to_string())
}
