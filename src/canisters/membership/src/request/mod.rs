//! The bytes of a signed request: which key wants what done where, until when.

use calisec_types::ids::{AccountId, Digest32, Timestamp};
use calisec_types::membership::{MalformedRequest, Request};
use calisec_types::signing::SIGNED_REQUEST_TAG;
use candid::Principal;

/// What a signed request begins with. It says nothing about the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// The network it was signed for.
    pub network: Digest32,
    /// The canister it was signed for.
    pub canister: Principal,
    /// The key that claims to have signed it.
    pub key: AccountId,
    /// What it is about: a context or group.
    pub scope: Digest32,
    /// Its nonce.
    pub nonce: u64,
    /// When it stops being accepted.
    pub expires_at: Timestamp,
    method: &'a [u8],
    arg: &'a [u8],
}

impl<'a> Header<'a> {
    /// Reads the bytes in the one way that they can be read. `None` when they end too early or begin with another tag.
    #[must_use]
    pub fn read(payload: &'a [u8]) -> Option<Self> {
        let mut rest = payload.strip_prefix(SIGNED_REQUEST_TAG)?;
        let network = Digest32(take(&mut rest)?);
        let canister = Principal::try_from_slice(take_counted(&mut rest)?).ok()?;
        let key = AccountId(take(&mut rest)?);
        let scope = Digest32(take(&mut rest)?);
        let nonce = u64::from_be_bytes(take(&mut rest)?);
        let expires_at = Timestamp(u64::from_be_bytes(take(&mut rest)?));
        let method = take_counted(&mut rest)?;
        Some(Self { network, canister, key, scope, nonce, expires_at, method, arg: rest })
    }

    /// What shall be done.
    ///
    /// # Errors
    /// [`MalformedRequest`].
    pub fn request(&self) -> Result<Request, MalformedRequest> {
        Request::decode(self.method, self.arg)
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*first)
}

fn take_counted<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (&count, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_at_checked(usize::from(count))?;
    *bytes = rest;
    Some(first)
}

#[cfg(test)]
mod tests;
