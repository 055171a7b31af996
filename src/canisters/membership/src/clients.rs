//! Whom the canister asks: nodes of contexts, by HTTPS outcalls through the management canister.
//!
//! It waits bounded. A question changes nothing at the node, so an answer that never comes is a failure to be recorded; it is
//! never asked again by itself. The price is spent when the question is sent, whatever comes of it.

use calisec_runtime::HttpGet;
use calisec_types::ids::ContextId;

/// The hidden query method that makes a node's responses to all nodes of the subnet the same.
pub const TRANSFORM: &str = "transform_node_state";
/// Longer than the network waits for a response, so that its reason is heard.
const WAIT_SECONDS: u32 = 90;
/// A context's answer has a few hundred bytes and some 130 more for each head of its history.
const MAX_RESPONSE_BYTES: u64 = 8 * 1024;

/// The question for a context's state, to the node at this address.
#[must_use]
pub fn state_question(url: &str, context: ContextId) -> HttpGet {
    HttpGet {
        url: format!("{url}/admin-api/contexts/{context}"),
        max_response_bytes: MAX_RESPONSE_BYTES,
        transform: TRANSFORM,
        wait_seconds: WAIT_SECONDS,
    }
}
