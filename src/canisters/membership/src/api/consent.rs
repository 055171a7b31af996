//! Signatures by which keys agree to be bound to one another, whoever brings them.

use crate::keys::{self, Refusal};
use crate::state::State;
use crate::storage::StoredIdentity;
use calisec_types::ids::{AccountId, GroupId, Timestamp};
use calisec_types::membership::{Consent, MAX_REQUEST_WINDOW_SECONDS, MembershipError, MembershipReason};
use candid::Principal;

/// A key and its signature.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signer<'a> {
    pub(super) key: [u8; 32],
    pub(super) signature: &'a [u8],
}

/// Whether signatures are accepted at this time.
pub(super) fn check_window(now: Timestamp, consent: &Consent) -> Result<(), MembershipError> {
    let latest = now.plus_seconds(MAX_REQUEST_WINDOW_SECONDS);
    if consent.valid_until <= now || consent.valid_until > latest {
        return Err(MembershipReason::ExpiryOutOfWindow { now, latest }.into());
    }
    Ok(())
}

/// Whether a principal may begin to act for an account of a group: it acts for nobody there, and was not given up.
pub(super) fn check_key(state: &State, group: GroupId, principal: Principal) -> Result<(), MembershipError> {
    match state.identity(group, principal) {
        None => Ok(()),
        Some(StoredIdentity::Dead(_)) => Err(MembershipReason::KeyRevoked.into()),
        Some(StoredIdentity::Account(_) | StoredIdentity::Device(_) | StoredIdentity::Link(_)) => {
            Err(MembershipReason::KeyTaken.into())
        }
    }
}

/// Whether every key signed, each with a nonce above those it used before.
pub(super) fn verify(state: &State, signed: &[u8], nonce: u64, signers: &[Signer<'_>]) -> Result<(), MembershipError> {
    for signer in signers {
        let last = state.last_nonce(AccountId(signer.key));
        if nonce <= last {
            return Err(MembershipReason::NonceTooLow { last }.into());
        }
    }
    for Signer { key, signature } in signers {
        keys::verify(key, signed, signature).map_err(|refusal| match refusal {
            Refusal::Key => MembershipReason::InvalidKey,
            Refusal::Signature => MembershipReason::InvalidSignature,
        })?;
    }
    Ok(())
}

/// Remembers the nonce for each key that signed.
pub(super) fn consume(state: &mut State, nonce: u64, signers: &[Signer<'_>]) {
    for signer in signers {
        state.use_nonce(AccountId(signer.key), nonce);
    }
}
