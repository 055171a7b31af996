//! Why a verb did not do what was asked: for a person, for a program, and as an exit code.

use calisec_sdk::clients::CallError;
use calisec_sdk::types::error::{ApiError, ErrorKind};
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt;
use std::process::ExitCode;

/// What can be done about it. The numbers are the exit codes.
#[derive(Serialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A defect, or a file that cannot be read or written.
    Internal = 1,
    /// The command line is wrong.
    Usage = 2,
    /// A canister refused the request: change it.
    Request = 3,
    /// Repeat it later, or ask whether it was done.
    Temporary = 4,
    /// Something is missing on this computer: an identity, a replica, canister ids.
    Setup = 5,
    /// The answer is no: denied, not proved, not verified.
    No = 6,
}

/// Why a verb failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What can be done about it.
    pub kind: Kind,
    /// The canister's reason, for programs.
    pub reason: Option<Value>,
    /// For humans, with the remedy.
    pub message: String,
}

impl Failure {
    /// A failure of this kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, reason: None, message: message.into() }
    }

    /// The command line is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// Something is missing on this computer.
    pub fn setup(message: impl Into<String>) -> Self {
        Self::new(Kind::Setup, message)
    }

    /// The answer is no.
    pub fn no(message: impl Into<String>) -> Self {
        Self::new(Kind::No, message)
    }

    /// A file, or something that cannot happen.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, message)
    }

    /// In JSON.
    pub fn to_json(&self) -> Value {
        json!({ "error": { "kind": self.kind, "reason": self.reason, "message": self.message } })
    }

    /// What the process ends with.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.kind as u8)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl<R: Serialize> From<ApiError<R>> for Failure {
    fn from(error: ApiError<R>) -> Self {
        let kind = match error.kind {
            ErrorKind::Request => Kind::Request,
            ErrorKind::Temporary => Kind::Temporary,
            ErrorKind::Internal => Kind::Internal,
        };
        let reason = error.reason.and_then(|reason| serde_json::to_value(reason).ok());
        Self { kind, reason, message: error.message }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Rejected { code: 2, message } => Self::new(Kind::Temporary, format!("{message}; try again")),
            CallError::Rejected { code: 3, message } => Self::setup(format!(
                "{message}: the canister is not on this network, or is of another version; check --network and the \
                 canister ids"
            )),
            CallError::Rejected { message, .. } => Self::internal(message),
            CallError::OutcomeUnknown { message } => Self::new(
                Kind::Temporary,
                format!("no answer came, and whether it was done is unknown: look before you repeat it ({message})"),
            ),
            CallError::NotSent { message } => Self::new(Kind::Temporary, format!("not sent: {message}")),
            CallError::Undecodable { method, message } => {
                // The decoder tells all types and all bytes; the difference stands at the end.
                let difference = message.rsplit_once('\n').map_or(message.as_str(), |(_, last)| last);
                let difference: String = difference.chars().take(300).collect();
                Self::setup(format!(
                    "the answer of {method} is not understood: the canister is of another version than this program \
                     ({difference}); on the engine, 'calisec engine upgrade' brings its canisters to the built version"
                ))
            }
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::internal(format!("{error:#}"))
    }
}
