//! Invites that were used or revoked.

use calisec_types::ids::Timestamp;

/// What is remembered of an invite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredInvite {
    /// How many members it brought.
    #[n(0)]
    pub used: u32,
    /// Whether it was revoked, or a member that it brought was removed by somebody else.
    #[n(1)]
    pub is_revoked: bool,
    /// When it is over, and may be forgotten.
    #[n(2)]
    pub expires_at: Timestamp,
}
