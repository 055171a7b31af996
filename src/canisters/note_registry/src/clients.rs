//! The two canisters the registry calls, and how long it waits for them.
//!
//! All calls wait bounded. `decide` is a read. `decide_and_use` and `consume` are effects, but idempotent by their keys: when
//! no answer comes in time the outcome is unknown, the caller is told to repeat, and the same key counts nothing again. Waiting
//! without bound would gain nothing and let a verifier that never answers keep the registry from being stopped, hence
//! from being upgraded.

use calisec_clients::{CallError, MembershipClient, ProofVerifierClient, Transport};
use calisec_runtime::{IcTransport, Wait};
use calisec_types::error::ErrorKind;
use calisec_types::ids::Timestamp;
use calisec_types::membership::{DecideAndUseArg, DecideArg, Decision, MembershipError};
use calisec_types::note_registry::NoteReason;
use calisec_types::proof_verifier::{ConsumeArg, Receipt};
use candid::Principal;

/// Seconds to wait for an answer; two of them are over before a decision is.
const WAIT_SECONDS: u32 = 25;

/// How the registry calls.
pub const TRANSPORT: IcTransport = IcTransport(Wait::Bounded(WAIT_SECONDS));

const MEMBERSHIP: &str = "membership";
const PROOF_VERIFIER: &str = "proof_verifier";

/// An allow, with the time it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed(Decision);

impl Allowed {
    /// The decision, unless it is over: then the rules may be others by now.
    ///
    /// # Errors
    /// [`NoteReason::Unavailable`]: the request can be repeated.
    pub fn in_force(self, now: Timestamp) -> Result<Decision, NoteReason> {
        if now <= self.0.valid_until {
            return Ok(self.0);
        }
        let message = format!("the answer came too late, it was valid until {}", self.0.valid_until);
        Err(NoteReason::Unavailable { canister: MEMBERSHIP.to_owned(), message })
    }
}

/// Asks membership whether something is allowed.
///
/// # Errors
/// [`NoteReason::AccessDenied`] when it is not, also for contexts that membership does not know;
/// [`NoteReason::Unavailable`] when no answer comes.
pub async fn require_allowed<T: Transport>(
    transport: &T,
    membership: Principal,
    question: &DecideArg,
) -> Result<Allowed, NoteReason> {
    allowed(MembershipClient::new(transport, membership).decide(question).await)
}

/// Asks membership whether something is allowed, and has it count the use of a grant with limited uses.
///
/// # Errors
/// Those of [`require_allowed`].
pub async fn require_use<T: Transport>(
    transport: &T,
    membership: Principal,
    arg: &DecideAndUseArg,
) -> Result<Allowed, NoteReason> {
    allowed(MembershipClient::new(transport, membership).decide_and_use(arg).await)
}

fn allowed(answer: Result<Result<Decision, MembershipError>, CallError>) -> Result<Allowed, NoteReason> {
    let decision = answer.map_err(|error| no_answer(MEMBERSHIP, error))?.map_err(|error| {
        refusal(MEMBERSHIP, error.kind, error.message, |missing| NoteReason::AccessDenied { missing: vec![missing] })
    })?;
    if decision.allowed { Ok(Allowed(decision)) } else { Err(NoteReason::AccessDenied { missing: decision.missing }) }
}

/// Consumes a receipt.
///
/// # Errors
/// [`NoteReason::ReceiptRefused`] when the verifier refuses; [`NoteReason::Unavailable`] when no answer comes.
pub async fn consume<T: Transport>(
    transport: &T,
    proof_verifier: Principal,
    arg: &ConsumeArg,
) -> Result<Receipt, NoteReason> {
    ProofVerifierClient::new(transport, proof_verifier)
        .consume(arg)
        .await
        .map_err(|error| no_answer(PROOF_VERIFIER, error))?
        .map_err(|error| refusal(PROOF_VERIFIER, error.kind, error.message, NoteReason::ReceiptRefused))
}

/// A call that brought no answer can be repeated, unless the answer was of another version: it will be again.
fn no_answer(canister: &str, error: CallError) -> NoteReason {
    match error {
        CallError::Undecodable { .. } => NoteReason::Internal(format!("{canister}: {error}")),
        CallError::Rejected { .. } | CallError::OutcomeUnknown { .. } | CallError::NotSent { .. } => {
            NoteReason::Unavailable { canister: canister.to_owned(), message: error.to_string() }
        }
    }
}

fn refusal(canister: &str, kind: ErrorKind, message: String, refused: impl FnOnce(String) -> NoteReason) -> NoteReason {
    match kind {
        ErrorKind::Request => refused(message),
        ErrorKind::Temporary => NoteReason::Unavailable { canister: canister.to_owned(), message },
        ErrorKind::Internal => NoteReason::Internal(format!("{canister}: {message}")),
    }
}
