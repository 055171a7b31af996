//! Requests that a key signs and anybody relays.

use super::Identity;
use calisec_types::ids::{Digest32, Timestamp};
use calisec_types::membership::{Request, SignedRequest};
use calisec_types::signing::RequestPayload;
use candid::Principal;

/// Signs requests to one canister, each with the next nonce.
///
/// ```
/// use calisec_sdk::identity::{Identity, RequestSigner};
/// use calisec_types::{ids::{AccountId, Digest32, Timestamp}, membership::{RemoveMemberArg, Request}};
/// use candid::Principal;
///
/// let dana = Identity::from_seed([1; 32]);
/// // The last nonce is what the canister answers to `request_nonce(dana.account())`.
/// let mut signer = RequestSigner::new(&dana, Digest32([3; 32]), Principal::from_slice(&[1]), 0);
/// let context = Identity::from_seed([2; 32]).context();
/// let remove = Request::RemoveMember(RemoveMemberArg { context, account: AccountId([4; 32]) });
/// let request = signer.sign(remove, Timestamp(1_800_000_000_000_000_000));
/// assert_eq!(request.signature.len(), 64);
/// assert_eq!(signer.last_nonce(), 1);
/// ```
#[derive(Debug)]
pub struct RequestSigner<'a> {
    identity: &'a Identity,
    network: Digest32,
    canister: Principal,
    last_nonce: u64,
}

impl<'a> RequestSigner<'a> {
    /// A signer for the canister on the network with this root key (SHA-256 of its DER form). Nonces go on after
    /// `last_nonce`.
    #[must_use]
    pub const fn new(identity: &'a Identity, network: Digest32, canister: Principal, last_nonce: u64) -> Self {
        Self { identity, network, canister, last_nonce }
    }

    /// The nonce of the last request that was signed.
    #[must_use]
    pub const fn last_nonce(&self) -> u64 {
        self.last_nonce
    }

    /// Signs a request with the next nonce. Relay requests in the order in which they were signed: one that is overtaken is
    /// refused.
    pub fn sign(&mut self, request: Request, expires_at: Timestamp) -> SignedRequest {
        self.last_nonce += 1;
        let Self { identity, network, canister, last_nonce } = *self;
        identity.sign_request(&RequestPayload {
            network,
            canister,
            key: identity.account(),
            nonce: last_nonce,
            expires_at,
            request,
        })
    }
}
