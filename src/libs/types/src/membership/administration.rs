//! Who administers a group: handing over, and recovering from loss.

use super::claims::OwnershipClaim;
use crate::ids::{ContextId, Timestamp};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Offers the administration of a context's group. Only the administrator.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferAdministrationArg {
    /// A context of the group.
    pub context: ContextId,
    /// To whom.
    pub to: Principal,
}

/// Starts a recovery: who holds the key behind a group says who shall administer it.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum RecoverAdministrationArg {
    /// By the key that registered the group.
    Key(KeyRecovery),
    /// By a claim of the issuer whose claim registered the group, with the subject `recover:<principal>`.
    Claim(OwnershipClaim),
}

/// What a context key signs to start a recovery; see [`crate::signing::AdministratorRecovery`].
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct KeyRecovery {
    /// The context: the Ed25519 public key that signed.
    pub context: ContextId,
    /// Who shall administer.
    pub administrator: Principal,
    /// When the signature stops being accepted; at most [`super::MAX_REGISTRATION_WINDOW_SECONDS`] ahead.
    pub expires_at: Timestamp,
    /// Ed25519 signature, 64 bytes.
    pub signature: ByteBuf,
}

/// A pending change of administrator. Its administrator may cancel it until it is accepted.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handover {
    /// Who may accept.
    pub to: Principal,
    /// Whether the key behind the group started it, and not the administrator.
    pub is_recovery: bool,
    /// From when on.
    pub not_before: Timestamp,
    /// Until when.
    pub until: Timestamp,
}
