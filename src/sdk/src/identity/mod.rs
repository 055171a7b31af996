//! Who someone is: an Ed25519 key made from a 32-byte seed, as Calimero accounts and devices have it.
//!
//! One seed gives three things: the account id and the Internet Computer principal of its key, signatures of CaliSEC's
//! payloads, and an X25519 key that envelopes are sealed to. The last is derived with HKDF-SHA256, info
//! `"calisec.kem-key.v1\0"`, not converted from the signing key, so that neither can be used to attack the other.

mod claims;
mod invites;
mod requests;
#[cfg(test)]
mod tests;

pub use claims::OwnershipClaimPayload;
pub use invites::{InviteSecret, SignedInvite};
pub use requests::RequestSigner;

use crate::Random;
use calisec_types::{
    ids::{AccountId, ContextId, DeviceKey, KemKey},
    membership::SignedRequest,
    signing::{
        AdministratorRecovery, ContextRegistration, DeviceBinding, DeviceRotation, PrincipalLink, RequestPayload,
    },
};
use candid::Principal;
use core::fmt;
use ed25519_dalek::{Signer, SigningKey};
use hkdf::Hkdf;
use sha2::Sha256;
use x25519_dalek::{PublicKey, SharedSecret, StaticSecret};
use zeroize::Zeroizing;

/// An Ed25519 key and the X25519 key that goes with it.
///
/// Erased when dropped; `Debug` shows the account only.
///
/// ```
/// use calisec_sdk::identity::Identity;
///
/// let alice = Identity::from_seed([1; 32]);
/// assert_eq!(alice.principal(), alice.account().principal());
/// assert_eq!(Identity::from_seed([1; 32]).kem_key(), alice.kem_key());
/// ```
pub struct Identity {
    signing: SigningKey,
    kem: StaticSecret,
}

impl Identity {
    /// From 32 secret bytes, the private key of RFC 8032.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let seed = Zeroizing::new(seed);
        Self { signing: SigningKey::from_bytes(&seed), kem: kem_secret(&seed) }
    }

    /// A new one.
    #[must_use]
    pub fn random(random: &mut Random) -> Self {
        Self::from_seed(random.bytes())
    }

    /// The seed, for keeping it.
    #[must_use]
    pub fn to_seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.signing.to_bytes())
    }

    /// The Ed25519 public key: the account's id.
    #[must_use]
    pub fn account(&self) -> AccountId {
        AccountId(self.signing.verifying_key().to_bytes())
    }

    /// The same key as the id of a context, for a context that it is the key of.
    #[must_use]
    pub fn context(&self) -> ContextId {
        ContextId(self.account().0)
    }

    /// Who calls when this key signs calls.
    #[must_use]
    pub fn principal(&self) -> Principal {
        self.account().principal()
    }

    /// What envelopes for this identity are sealed to.
    #[must_use]
    pub fn kem_key(&self) -> KemKey {
        KemKey(PublicKey::from(&self.kem).to_bytes())
    }

    /// Signs the registration of the context that this is the key of.
    ///
    /// ```
    /// use calisec_sdk::identity::Identity;
    /// use calisec_types::{ids::{Digest32, Timestamp}, signing::ContextRegistration};
    /// use candid::Principal;
    ///
    /// let (context_key, admin) = (Identity::from_seed([1; 32]), Identity::from_seed([2; 32]));
    /// let signature = context_key.sign_context_registration(&ContextRegistration {
    ///     network: Digest32([3; 32]),
    ///     canister: Principal::from_slice(&[1]),
    ///     context: context_key.context(),
    ///     administrator: admin.principal(),
    ///     expires_at: Timestamp(1_800_000_000_000_000_000),
    /// })?;
    /// assert_eq!(signature.len(), 64);
    /// # Ok::<(), calisec_sdk::identity::NotTheContextKey>(())
    /// ```
    ///
    /// # Errors
    /// [`NotTheContextKey`] when it is the key of another context.
    pub fn sign_context_registration(&self, payload: &ContextRegistration) -> Result<[u8; 64], NotTheContextKey> {
        if payload.context != self.context() {
            return Err(NotTheContextKey { context: payload.context });
        }
        Ok(self.sign(&payload.to_signed_bytes()))
    }

    /// Signs that somebody shall administer the group of the context that this is the key of, whose administrator is lost.
    ///
    /// # Errors
    /// [`NotTheContextKey`] when it is the key of another context.
    pub fn sign_administrator_recovery(&self, payload: &AdministratorRecovery) -> Result<[u8; 64], NotTheContextKey> {
        if payload.context != self.context() {
            return Err(NotTheContextKey { context: payload.context });
        }
        Ok(self.sign(&payload.to_signed_bytes()))
    }

    /// The same key as a device's.
    #[must_use]
    pub fn device(&self) -> DeviceKey {
        DeviceKey(self.account().0)
    }

    /// Signs that a device acts for an account, as the one or the other.
    ///
    /// # Errors
    /// [`NotASigner`] when it is neither.
    pub fn sign_device_binding(&self, payload: &DeviceBinding) -> Result<[u8; 64], NotASigner> {
        self.sign_as(&[payload.account.0, payload.device.0], &payload.to_signed_bytes())
    }

    /// Signs that a device has another key from now on, as the old key, the new one or the account's.
    ///
    /// # Errors
    /// [`NotASigner`] when it is none of them.
    pub fn sign_device_rotation(&self, payload: &DeviceRotation) -> Result<[u8; 64], NotASigner> {
        self.sign_as(&[payload.account.0, payload.old.0, payload.new.0], &payload.to_signed_bytes())
    }

    /// Signs that a principal acts for an account, as the account or the device that the payload names.
    ///
    /// # Errors
    /// [`NotASigner`] when it is another key.
    pub fn sign_principal_link(&self, payload: &PrincipalLink) -> Result<[u8; 64], NotASigner> {
        self.sign_as(&[payload.device.map_or(payload.account.0, |device| device.0)], &payload.to_signed_bytes())
    }

    fn sign_as(&self, signers: &[[u8; 32]], payload: &[u8]) -> Result<[u8; 64], NotASigner> {
        if signers.contains(&self.account().0) { Ok(self.sign(payload)) } else { Err(NotASigner) }
    }

    /// Not public: the payload must name this key.
    fn sign_request(&self, payload: &RequestPayload) -> SignedRequest {
        let payload = payload.to_signed_bytes();
        let signature = self.sign(&payload).to_vec();
        SignedRequest { payload: payload.into(), signature: signature.into() }
    }

    /// Not public: what is signed must be a payload with a domain tag, or a signature could be taken for another's.
    fn sign(&self, payload: &[u8]) -> [u8; 64] {
        self.signing.sign(payload).to_bytes()
    }

    pub(crate) fn agree(&self, with: &PublicKey) -> SharedSecret {
        self.kem.diffie_hellman(with)
    }
}

/// The payload is for other keys to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the payload names other keys as those that sign it")]
pub struct NotASigner;

/// A context's registration is signed by the context's own key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the key of context {context}")]
pub struct NotTheContextKey {
    /// The context in the payload.
    pub context: ContextId,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("account", &self.account()).finish_non_exhaustive()
    }
}

fn kem_secret(seed: &[u8; 32]) -> StaticSecret {
    let mut secret = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, seed)
        .expand(b"calisec.kem-key.v1\0", secret.as_mut())
        .expect("32 bytes are within what HKDF-SHA256 can expand");
    StaticSecret::from(*secret)
}
