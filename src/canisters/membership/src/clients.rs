//! Whom the canister asks: nodes of contexts, by HTTPS outcalls through the management canister; and `proof_verifier`.
//!
//! It waits bounded. What the verifier is asked to consume it consumes under a key, so an answer that is lost can be asked for
//! again. A question to a node changes nothing there, so an answer that never comes is a failure to be recorded; it is
//! never asked again by itself. The price is spent when the question is sent, whatever comes of it.

use calisec_clients::CallError;
use calisec_runtime::{HttpGet, IcTransport, Wait};
use calisec_types::error::ErrorKind;
use calisec_types::ids::ContextId;
use calisec_types::membership::MembershipReason;
use calisec_types::proof_verifier::ProofError;

/// How the verifier is called: somebody waits for the answer, and repeating costs nothing.
pub const VERIFIER: IcTransport = IcTransport(Wait::Bounded(25));

/// The hidden query method that makes a node's responses to all nodes of the subnet the same.
pub const TRANSFORM: &str = "transform_node_state";
/// Longer than the network waits for a response, so that its reason is heard.
const WAIT_SECONDS: u32 = 90;
/// A context's answer has a few hundred bytes and some 130 more for each head of its history.
const MAX_RESPONSE_BYTES: u64 = 8 * 1024;

/// The question for the state of a context, by its id in Calimero, to the node at this address.
#[must_use]
pub fn state_question(url: &str, context: ContextId) -> HttpGet {
    HttpGet {
        url: format!("{url}/admin-api/contexts/{context}"),
        max_response_bytes: MAX_RESPONSE_BYTES,
        transform: TRANSFORM,
        wait_seconds: WAIT_SECONDS,
    }
}

/// The verifier's answer.
///
/// # Errors
/// [`MembershipReason::ReceiptRefused`] when it refuses, [`MembershipReason::VerifierUnavailable`] when no answer comes.
pub fn heard<T>(reply: Result<Result<T, ProofError>, CallError>) -> Result<T, MembershipReason> {
    match reply {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(match error.kind {
            ErrorKind::Request => MembershipReason::ReceiptRefused(error.message),
            ErrorKind::Temporary => MembershipReason::VerifierUnavailable(error.message),
            ErrorKind::Internal => MembershipReason::Internal(format!("proof_verifier: {}", error.message)),
        }),
        // An answer of another version will be one again.
        Err(error @ CallError::Undecodable { .. }) => {
            Err(MembershipReason::Internal(format!("proof_verifier: {error}")))
        }
        Err(error) => Err(MembershipReason::VerifierUnavailable(error.to_string())),
    }
}
