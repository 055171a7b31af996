//! Messages under way: several at once, on the engine.

use calisec_engine::network::MessageId;
use calisec_engine::{Network, Reject};
use candid::utils::ArgumentEncoder;
use candid::{CandidType, Principal, decode_one, encode_args};
use serde::de::DeserializeOwned;

/// A message that was sent and not yet awaited.
#[derive(Clone, Copy, Debug)]
pub struct Sent(MessageId);

/// Sends an update without running it.
///
/// # Panics
/// When it is not even taken in.
pub fn send<A: ArgumentEncoder>(
    network: &mut Network,
    sender: Principal,
    canister: Principal,
    method: &str,
    args: A,
) -> Sent {
    let arg = encode_args(args).expect("arguments encode");
    Sent(network.submit_update(sender, canister, method, &arg).expect("the message is taken in"))
}

/// Runs the network until the message is answered.
///
/// # Errors
/// The reject that the sender sees.
///
/// # Panics
/// When the reply does not decode.
pub fn receive<T: CandidType + DeserializeOwned>(network: &mut Network, sent: Sent) -> Result<T, Reject> {
    let reply = network.await_update(sent.0)?;
    Ok(decode_one(&reply).expect("the reply decodes"))
}
