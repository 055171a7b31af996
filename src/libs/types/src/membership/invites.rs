//! Invites: members who sign that somebody may join.

use crate::ids::{AccountId, ContextId, Digest32, KemKey, Revision, Timestamp};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

/// Domain tag of an invite.
pub const INVITE_TAG: &[u8] = b"calisec.invite.v1\0";
/// Domain tag of what the key of an open invite signs for whoever joins.
pub const REDEMPTION_TAG: &[u8] = b"calisec.invite-redemption.v1\0";

/// Who may redeem an invite.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invitee {
    /// This account.
    Account(AccountId),
    /// Whoever holds the secret key of this Ed25519 public key.
    Holder(Digest32),
}

/// An inviter's statement that somebody may join the group of a context.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// A context of the group.
    pub context: ContextId,
    /// The inviter's Ed25519 key: an account's or a device's.
    pub inviter: AccountId,
    /// The group's revision when it was signed.
    pub revision: Revision,
    /// The role it brings.
    pub role: String,
    /// Who may redeem it.
    pub invitee: Invitee,
    /// How many members it may bring.
    pub max_uses: u32,
    /// When it is over; at most [`super::MAX_INVITE_SECONDS`] ahead.
    pub expires_at: Timestamp,
    /// Tells invites apart.
    pub nonce: u64,
}

impl Invite {
    /// The signed bytes: tag, network (32), canister (length byte, bytes), context (32), inviter (32), revision (8), role (length byte,
    /// bytes), 0 and the account or 1 and the holder's key (32), uses (4), expiry (8) and nonce (8); numbers big-endian.
    #[must_use]
    pub fn to_signed_bytes(&self, network: Digest32, canister: Principal) -> Vec<u8> {
        let mut bytes = crate::signing::addressed(INVITE_TAG, network, &canister);
        bytes.extend_from_slice(&self.context.0);
        bytes.extend_from_slice(&self.inviter.0);
        bytes.extend_from_slice(&self.revision.0.to_be_bytes());
        bytes.push(u8::try_from(self.role.len()).unwrap_or(u8::MAX));
        bytes.extend_from_slice(self.role.as_bytes());
        let (kind, key) = match self.invitee {
            Invitee::Account(account) => (0, account.0),
            Invitee::Holder(key) => (1, key.0),
        };
        bytes.push(kind);
        bytes.extend_from_slice(&key);
        bytes.extend_from_slice(&self.max_uses.to_be_bytes());
        bytes.extend_from_slice(&self.expires_at.0.to_be_bytes());
        bytes.extend_from_slice(&self.nonce.to_be_bytes());
        bytes
    }

    /// What it is called: SHA-256 of the signed bytes.
    #[must_use]
    pub fn id(&self, network: Digest32, canister: Principal) -> Digest32 {
        Digest32(Sha256::digest(self.to_signed_bytes(network, canister)).into())
    }
}

/// What the key of an open invite signs, so that the invite counts for this account and no other: tag, invite (32), account (32).
#[must_use]
pub fn redemption_bytes(invite: Digest32, account: AccountId) -> Vec<u8> {
    [REDEMPTION_TAG, &invite.0, &account.0].concat()
}

/// Joins a group by an invite. Only the account that joins.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RedeemInviteArg {
    /// The invite.
    pub invite: Invite,
    /// The inviter's signature, 64 bytes.
    pub signature: ByteBuf,
    /// Who joins: an Ed25519 public key, whose principal calls.
    pub account: AccountId,
    /// Where key envelopes for it are sealed to.
    pub kem_key: KemKey,
    /// For an open invite the signature of its key over [`redemption_bytes`], 64 bytes.
    pub proof: Option<ByteBuf>,
}

/// Revokes an invite. Who manages members.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RevokeInviteArg {
    /// The invite.
    pub invite: Invite,
}

/// What is known of an invite that was used or revoked.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct InviteState {
    /// Its id.
    pub invite: Digest32,
    /// How many members it brought.
    pub used: u32,
    /// Whether it was revoked, or a member that it brought was removed by somebody else.
    pub is_revoked: bool,
    /// When it is over.
    pub expires_at: Timestamp,
}

/// Asks for a page of invites.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvitesArg {
    /// A context of the group.
    pub context: ContextId,
    /// The last invite of the page before; `null` for the first page.
    pub after: Option<Digest32>,
    /// Page length.
    pub limit: Option<u32>,
}

/// A page of invites that were used or revoked, ordered by id. Those that are over are forgotten in time.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct InvitesPage {
    /// The invites.
    pub invites: Vec<InviteState>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<Digest32>,
}
