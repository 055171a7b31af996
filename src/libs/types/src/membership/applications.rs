//! Which application a context runs.

use crate::ids::{ApplicationId, ApplicationRevision, ContextId, Digest32, Seq, Timestamp};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Says which application a context runs from now on. Who manages its application. Saying the same again changes nothing.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SetApplicationArg {
    /// Which context.
    pub context: ContextId,
    /// The application.
    pub application: ApplicationId,
    /// Its version, 1 to [`super::MAX_VERSION_BYTES`] printable ASCII characters.
    pub version: String,
    /// SHA-256 of its wasm module.
    pub wasm_hash: Digest32,
    /// Where the module can be had, at most [`super::MAX_SOURCE_BYTES`] printable ASCII characters; may be empty.
    pub source: String,
}

/// An application that a context runs or ran.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// The application.
    pub application: ApplicationId,
    /// Its version.
    pub version: String,
    /// SHA-256 of its wasm module.
    pub wasm_hash: Digest32,
    /// Where the module can be had.
    pub source: String,
    /// How often the context's application had changed by then.
    pub revision: ApplicationRevision,
    /// Since when.
    pub at: Timestamp,
    /// Who said so.
    pub by: Principal,
    /// The audit entry that says so.
    pub seq: Seq,
}

/// Asks whether a module is what a context runs.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApplicationCurrentArg {
    /// Which context.
    pub context: ContextId,
    /// SHA-256 of the module.
    pub wasm_hash: Digest32,
}

/// Whether a module is what a context runs, with the proof.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct CertifiedApplication {
    /// Whether the module that was asked about is the application's.
    pub is_current: bool,
    /// The application that the context runs; `null` when none was set.
    pub application: Option<Application>,
    /// The certificate, CBOR; `null` when called in replicated mode. Its certified data is the root of `witness`.
    pub certificate: Option<ByteBuf>,
    /// Hash tree, CBOR, that tells the hash of the application or that there is none.
    pub witness: ByteBuf,
}

/// Asks for a page of the applications of a context, the first one first.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ApplicationHistoryArg {
    /// Which context.
    pub context: ContextId,
    /// The last revision of the page before; `null` for the first page.
    pub after: Option<ApplicationRevision>,
    /// Page length.
    pub limit: Option<u32>,
}

/// A page of applications, ordered by revision.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ApplicationPage {
    /// The applications.
    pub applications: Vec<Application>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<ApplicationRevision>,
}
