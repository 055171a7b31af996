//! Invites: signing them, and joining by them.

use super::Identity;
use calisec_types::ids::Digest32;
use calisec_types::membership::{Invite, Invitee, RedeemInviteArg, redemption_bytes};
use candid::Principal;
use ed25519_dalek::{Signer, SigningKey};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

/// An invite with its inviter's signature, as a link carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedInvite {
    /// The invite.
    pub invite: Invite,
    /// Its id.
    pub id: Digest32,
    /// The inviter's signature.
    pub signature: [u8; 64],
}

/// What the link of an open invite holds beside it: who knows it may join. It never leaves whoever joins.
pub struct InviteSecret([u8; 32]);

impl InviteSecret {
    /// From 32 random bytes.
    #[must_use]
    pub const fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// Whom an invite with this secret names: its public key.
    #[must_use]
    pub fn invitee(&self) -> Invitee {
        Invitee::Holder(Digest32(self.key().verifying_key().to_bytes()))
    }

    fn key(&self) -> SigningKey {
        let mut seed = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, &self.0)
            .expand(b"calisec.invite-key.v1\0", seed.as_mut())
            .expect("32 bytes are within what HKDF-SHA256 can expand");
        SigningKey::from_bytes(&seed)
    }
}

impl Drop for InviteSecret {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

impl core::fmt::Debug for InviteSecret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("InviteSecret").finish_non_exhaustive()
    }
}

impl Identity {
    /// Signs an invite; its inviter is this key, whatever it says.
    ///
    /// ```
    /// use calisec_sdk::identity::{Identity, InviteSecret};
    /// use calisec_types::{ids::{Digest32, Revision, Timestamp}, membership::Invite};
    /// use candid::Principal;
    ///
    /// let (dana, newcomer) = (Identity::from_seed([1; 32]), Identity::from_seed([2; 32]));
    /// let secret = InviteSecret::new([3; 32]);
    /// let invite = dana.sign_invite(
    ///     Invite {
    ///         context: Identity::from_seed([4; 32]).context(),
    ///         inviter: dana.account(),
    ///         revision: Revision(7),
    ///         role: "reader".to_owned(),
    ///         invitee: secret.invitee(),
    ///         max_uses: 5,
    ///         expires_at: Timestamp(1_800_000_000_000_000_000),
    ///         nonce: 1,
    ///     },
    ///     Digest32([5; 32]),
    ///     Principal::from_slice(&[1]),
    /// );
    /// let redemption = newcomer.redeem(&invite, Some(&secret));
    /// assert_eq!(redemption.account, newcomer.account());
    /// ```
    #[must_use]
    pub fn sign_invite(&self, invite: Invite, network: Digest32, canister: Principal) -> SignedInvite {
        let invite = Invite { inviter: self.account(), ..invite };
        let signature = self.sign(&invite.to_signed_bytes(network, canister));
        SignedInvite { id: invite.id(network, canister), invite, signature }
    }

    /// How this account joins by an invite; with the secret if the invite is open.
    #[must_use]
    pub fn redeem(&self, invite: &SignedInvite, secret: Option<&InviteSecret>) -> RedeemInviteArg {
        let account = self.account();
        let proof = secret.map(|secret| secret.key().sign(&redemption_bytes(invite.id, account)).to_bytes());
        RedeemInviteArg {
            invite: invite.invite.clone(),
            signature: invite.signature.to_vec().into(),
            account,
            kem_key: self.kem_key(),
            proof: proof.map(|proof| proof.to_vec().into()),
        }
    }
}
