//! The canisters governance calls, `membership` and for circuits `proof_verifier`, and how long it waits for them.
//!
//! Every wait is bounded, so a membership canister that never answers cannot keep governance from being stopped and
//! upgraded. The price is that an answer may be lost. For the reads that costs a repeated call. For `apply` it leaves the
//! outcome of one step unknown; that is harmless, because membership remembers the steps it applied by proposal and step:
//! asking again answers what happened the first time, and does nothing twice. A circuit's status can be set to what it is
//! already.

use calisec_clients::CallError;
use calisec_runtime::{IcTransport, Wait};
use calisec_types::error::{ApiError, ErrorKind};
use calisec_types::governance::GovernanceReason;
use candid::Principal;

/// Bytes of somebody else's message that are passed on or stored at the most.
pub const MAX_MESSAGE_BYTES: usize = 1024;

/// For `electorate`, `validate_change` and `voting_weight`: a person waits for the answer, and repeating costs nothing.
pub const READS: IcTransport = IcTransport(Wait::Bounded(30));

/// For `apply`: twice as long, since an answer that is waited for saves a second attempt.
pub const EFFECTS: IcTransport = IcTransport(Wait::Bounded(60));

/// An answer that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The other canister says that the request is wrong, in these words.
    Refused(String),
    /// It could not be reached, did not answer in time, answered in another language, or asks to come back later.
    /// What it did is unknown.
    Unavailable(GovernanceReason),
}

impl NoAnswer {
    /// The reason to give, when a refusal is a reason of this kind.
    pub fn reason(self, refused: impl FnOnce(String) -> GovernanceReason) -> GovernanceReason {
        match self {
            Self::Refused(message) => refused(message),
            Self::Unavailable(reason) => reason,
        }
    }
}

/// Sorts answers.
///
/// # Errors
/// [`NoAnswer`]. A defect of the other canister counts as unavailable: its next version may do what was asked.
pub fn answer<T, R>(canister: Principal, reply: Result<Result<T, ApiError<R>>, CallError>) -> Result<T, NoAnswer> {
    let message = match reply {
        Ok(Ok(answer)) => return Ok(answer),
        Ok(Err(error)) => match error.kind {
            ErrorKind::Request => return Err(NoAnswer::Refused(shortened(error.message))),
            ErrorKind::Temporary | ErrorKind::Internal => error.message,
        },
        Err(error) => error.to_string(),
    };
    Err(NoAnswer::Unavailable(GovernanceReason::Unavailable { canister, message: shortened(message) }))
}

fn shortened(mut message: String) -> String {
    message.truncate(message.floor_char_boundary(MAX_MESSAGE_BYTES));
    message
}

#[cfg(test)]
mod tests {
    use super::{MAX_MESSAGE_BYTES, NoAnswer, answer};
    use calisec_clients::CallError;
    use calisec_types::error::{ApiError, ErrorKind};
    use calisec_types::governance::GovernanceReason;
    use candid::Principal;

    fn error(
        kind: ErrorKind,
        message: &str,
    ) -> Result<Result<(), ApiError<calisec_types::membership::MembershipReason>>, CallError> {
        Ok(Err(ApiError { kind, reason: None, message: message.to_owned() }))
    }

    #[test]
    fn should_tell_a_refusal_from_silence_when_membership_gives_no_answer() {
        let canister = Principal::from_slice(&[1]);
        let unavailable = |message: &str| {
            Err(NoAnswer::Unavailable(GovernanceReason::Unavailable { canister, message: message.to_owned() }))
        };
        let cases = [
            (Ok(Ok(())), Ok(())),
            (error(ErrorKind::Request, "wrong"), Err(NoAnswer::Refused("wrong".into()))),
            (error(ErrorKind::Temporary, "busy"), unavailable("busy")),
            (error(ErrorKind::Internal, "defect"), unavailable("defect")),
            (Err(CallError::OutcomeUnknown { message: "late".into() }), unavailable("outcome unknown: late")),
            (Err(CallError::Rejected { code: 5, message: "trap".into() }), unavailable("rejected (5): trap")),
            (Err(CallError::NotSent { message: "full".into() }), unavailable("not sent: full")),
        ];
        for (reply, expected) in cases {
            assert_eq!(answer(canister, reply), expected);
        }
    }

    #[test]
    fn should_cut_a_message_between_characters_when_it_is_long() {
        let refused = answer(Principal::anonymous(), error(ErrorKind::Request, &"ü€".repeat(MAX_MESSAGE_BYTES)));
        let Err(NoAnswer::Refused(message)) = refused else { panic!("{refused:?}") };
        assert!(message.len() <= MAX_MESSAGE_BYTES && message.len() > MAX_MESSAGE_BYTES - 4);
        assert!("ü€".repeat(MAX_MESSAGE_BYTES).starts_with(&message));
    }
}
