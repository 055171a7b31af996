//! The shape of every error a canister answers with.

use candid::CandidType;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What the caller can do about an error.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request is wrong; repeating it is useless until it is changed.
    Request,
    /// The request is fine; repeat it later.
    Temporary,
    /// A defect on the canister's side; report it.
    Internal,
}

/// A reason that a canister gives: a Candid variant whose cases carry what a program needs to act.
pub trait Reason: fmt::Display {
    /// What the caller can do about it.
    fn kind(&self) -> ErrorKind;
}

/// The error of every CaliSEC method (ICRC methods keep their standard errors).
///
/// In Candid `reason` is an `opt variant`: a client that does not know a later reason still decodes `kind` and
/// `message`. `message` is for humans; programs match on `reason`.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ApiError<R> {
    /// What the caller can do about it.
    pub kind: ErrorKind,
    /// Why, for programs; `null` when the client is older than the reason.
    pub reason: Option<R>,
    /// Why, for humans, with the remedy where there is one.
    pub message: String,
}

impl<R: Reason> From<R> for ApiError<R> {
    fn from(reason: R) -> Self {
        Self { kind: reason.kind(), message: reason.to_string(), reason: Some(reason) }
    }
}

impl<R> fmt::Display for ApiError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl<R: fmt::Debug> std::error::Error for ApiError<R> {}
