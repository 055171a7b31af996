//! Typed clients of the four canisters, generic over how calls are made.
//!
//! A client is a canister id and a [`Transport`]. The same client serves a canister (bounded or unbounded wait), the
//! embedded engine, PocketIC and an agent on a real network; only the transport differs.

mod governance;
mod membership;
mod note_registry;
mod proof_verifier;
mod transport;

pub use governance::GovernanceClient;
pub use membership::MembershipClient;
pub use note_registry::NoteRegistryClient;
pub use proof_verifier::ProofVerifierClient;
pub use transport::{CallError, Transport, call_query, call_update};
