//! The rules of an ICRC-7 transfer that need no ownership: when it may have been created, and whether it was seen before.

mod recent;
#[cfg(test)]
mod tests;

pub use recent::{MAX_RECENT_TRANSFERS, RecentTransfers, TransferKey};

use crate::account::AccountKey;
use calisec_types::ids::{Digest32, NoteId, Timestamp};
use calisec_types::signing::push_principal;
use candid::Principal;
use sha2::{Digest, Sha256};

/// How long a transfer with `created_at_time` is remembered, in seconds.
pub const TX_WINDOW_SECONDS: u64 = 24 * 60 * 60;
/// How far the clocks of a caller and the registry may differ, in seconds.
pub const PERMITTED_DRIFT_SECONDS: u64 = 2 * 60;
/// Bytes of a memo at the most.
pub const MAX_MEMO_BYTES: usize = 32;

/// A transfer whose parts have the right lengths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Who sent the message.
    pub caller: Principal,
    /// The caller's account it comes from.
    pub from: AccountKey,
    /// Where it goes.
    pub to: AccountKey,
    /// Which note.
    pub note: NoteId,
    /// At most [`MAX_MEMO_BYTES`] bytes.
    pub memo: Option<Vec<u8>>,
    /// When the caller made it; with it the transfer is deduplicated.
    pub created_at: Option<Timestamp>,
}

/// Why a transfer was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such token.
    #[error("the token does not exist")]
    UnknownToken,
    /// Nobody could ever send the token on, or it is there already.
    #[error("the recipient cannot hold the token, or holds it already")]
    InvalidRecipient,
    /// The caller's account does not own the token.
    #[error("the account does not own the token")]
    Unauthorized,
    /// Created before the window.
    #[error("created too long ago")]
    TooOld,
    /// Created after now.
    #[error("created in the future")]
    CreatedInFuture,
    /// Made before.
    #[error("made before, as transaction {0}")]
    Duplicate(u64),
    /// The memo is too long.
    #[error("the memo has {0} bytes, at most {MAX_MEMO_BYTES} are allowed")]
    MemoTooLong(usize),
    /// A subaccount that is none.
    #[error("a subaccount has {0} bytes, exactly 32 are expected")]
    BadSubaccount(usize),
    /// No room to remember another transfer.
    #[error("too many transfers in the last day: repeat later, or without created_at_time")]
    TooManyRecent,
}

impl Transfer {
    /// Its key among the recent transfers, if it asks for deduplication.
    ///
    /// # Errors
    /// [`Refusal::TooOld`] and [`Refusal::CreatedInFuture`] outside of the window, whose ends belong to it.
    pub fn key(&self, now: Timestamp) -> Result<Option<TransferKey>, Refusal> {
        let Some(created_at) = self.created_at else { return Ok(None) };
        if is_over(created_at, now) {
            return Err(Refusal::TooOld);
        }
        if created_at > now.plus_seconds(PERMITTED_DRIFT_SECONDS) {
            return Err(Refusal::CreatedInFuture);
        }
        Ok(Some((created_at, self.fingerprint())))
    }

    /// SHA-256 of all of it but the time: every variable part carries its length, and no memo differs from an empty one.
    fn fingerprint(&self) -> Digest32 {
        let mut bytes = b"calisec.transfer.v1\0".to_vec();
        push_principal(&mut bytes, &self.caller);
        bytes.extend_from_slice(self.from.as_bytes());
        bytes.extend_from_slice(self.to.as_bytes());
        bytes.extend_from_slice(&self.note.0.to_be_bytes());
        if let Some(memo) = &self.memo {
            bytes.push(1);
            bytes.extend_from_slice(memo);
        }
        Digest32(Sha256::digest(&bytes).into())
    }
}

/// Whether a transfer created then cannot be repeated any more, so that it need not be remembered.
fn is_over(created_at: Timestamp, now: Timestamp) -> bool {
    created_at.plus_seconds(TX_WINDOW_SECONDS + PERMITTED_DRIFT_SECONDS) < now
}
