//! A context and its members.

use super::{Answer, Scene};
use crate::backend::Backend;
use calisec_sdk::identity::{Identity, InviteSecret, OwnershipClaimPayload, RequestSigner, SignedInvite};
use calisec_types::ids::{Revision, Timestamp};
use calisec_types::membership::{
    AddMemberArg, Context, Invite, KeyRecovery, MembershipReason, OwnershipClaim, RecoverAdministrationArg,
    RedeemInviteArg, RegisterContextArg, RemoveMemberArg, Request, SignedRequest, Written,
};
use calisec_types::signing::{AdministratorRecovery, ContextRegistration};
use candid::{CandidType, Deserialize, decode_one};
use pollster::block_on;
use serde_bytes::ByteBuf;

/// What whoever has the link knows.
const INVITE_SECRET: InviteSecret = InviteSecret::new([7; 32]);
/// How long a registration signature is valid, seconds.
pub const REGISTRATION_WINDOW_SECONDS: u64 = 600;

impl<B: Backend> Scene<'_, B> {
    /// What the context's key signs so that Dana administers the context.
    pub fn registration_payload(&self) -> ContextRegistration {
        ContextRegistration {
            network: self.deployment.network(),
            canister: self.deployment.ids.membership,
            context: self.context(),
            administrator: self.cast.dana.principal(),
            expires_at: self.soon(),
        }
    }

    /// The payload with the signature of the context's key.
    pub fn registration(&self) -> RegisterContextArg {
        signed_registration(&self.cast.context_key, &self.registration_payload())
    }

    /// Registers the context; anyone relays it.
    pub fn register_context(&self) -> Answer<Context, MembershipReason> {
        block_on(self.anyone().membership().register_context(&self.registration()))
    }

    /// What adds `member` to the context.
    pub fn member(&self, member: &Identity, role: &str) -> AddMemberArg {
        AddMemberArg {
            context: self.context(),
            account: member.account(),
            role: role.to_owned(),
            kem_key: member.kem_key(),
        }
    }

    /// A claim as the node with this key signs it, for the context and for Dana, that audience and time let pass.
    pub fn claim(&self, node: &Identity) -> OwnershipClaim {
        node.sign_ownership_claim(&self.claim_payload())
    }

    /// What that claim says.
    pub fn claim_payload(&self) -> OwnershipClaimPayload {
        let canister = self.deployment.ids.membership;
        let now = self.deployment.backend.now().0 / 1_000_000;
        OwnershipClaimPayload {
            audience: format!("icp:{canister}#{}", self.deployment.network()),
            group: self.context().own_group(),
            context: Some(self.context()),
            subject: format!("bind:{}", self.cast.dana.principal()),
            nonce: "00112233445566778899aabbccddeeff".to_owned(),
            issued_at_ms: now,
            expires_at_ms: now + 300_000,
        }
    }

    /// A signature of the context's key by which Carol shall administer its group.
    pub fn recovery(&self) -> RecoverAdministrationArg {
        let payload = AdministratorRecovery {
            network: self.deployment.network(),
            canister: self.deployment.ids.membership,
            context: self.context(),
            administrator: self.cast.carol.principal(),
            expires_at: self.soon(),
        };
        let signature = self.cast.context_key.sign_administrator_recovery(&payload).expect("the key of the context");
        let AdministratorRecovery { context, administrator, expires_at, .. } = payload;
        let signature = ByteBuf::from(signature);
        RecoverAdministrationArg::Key(KeyRecovery { context, administrator, expires_at, signature })
    }

    /// Dana's open invite to the context, for readers; its secret is known.
    pub fn invite(&self) -> SignedInvite {
        let invite = Invite {
            context: self.context(),
            inviter: self.cast.dana.account(),
            revision: Revision(0),
            role: "reader".to_owned(),
            invitee: INVITE_SECRET.invitee(),
            max_uses: 10,
            expires_at: self.soon(),
            nonce: 1,
        };
        self.cast.dana.sign_invite(invite, self.deployment.network(), self.deployment.ids.membership)
    }

    /// How somebody joins by that invite.
    pub fn redemption(&self, joiner: &Identity) -> RedeemInviteArg {
        joiner.redeem(&self.invite(), Some(&INVITE_SECRET))
    }

    /// A signature by which Dana removes Bob; anyone relays it.
    pub fn signed_request(&self) -> SignedRequest {
        let request = RemoveMemberArg { context: self.context(), account: self.cast.bob.account() };
        self.sign_requests(&self.cast.dana, 0).sign(Request::RemoveMember(request), self.soon())
    }

    /// Signs requests to the canister in somebody's name, with nonces after this one.
    pub fn sign_requests<'i>(&self, identity: &'i Identity, last_nonce: u64) -> RequestSigner<'i> {
        RequestSigner::new(identity, self.deployment.network(), self.deployment.ids.membership, last_nonce)
    }

    /// What the method answers that somebody signs for with its next nonce, and anyone relays.
    ///
    /// # Panics
    /// When the answer is not one of the method.
    pub fn relayed<T>(&self, signer: &Identity, request: Request) -> Answer<T, MembershipReason>
    where
        T: CandidType + for<'de> Deserialize<'de>,
    {
        let membership = self.anyone().membership();
        let last_nonce = block_on(membership.request_nonce(signer.account()))?;
        let signed = self.sign_requests(signer, last_nonce).sign(request, self.soon());
        let reply = block_on(membership.submit_request(&signed))?;
        Ok(reply.map(|reply| decode_one(&reply).expect("a reply holds what the method answers")))
    }

    /// When signatures that are made now expire.
    pub fn soon(&self) -> Timestamp {
        self.deployment.backend.now().plus_seconds(REGISTRATION_WINDOW_SECONDS)
    }

    /// Dana adds `member`.
    pub fn add_member(&self, member: &Identity, role: &str) -> Answer<Written, MembershipReason> {
        block_on(self.as_(&self.cast.dana).membership().add_member(&self.member(member, role)))
    }
}

/// A registration signed by the key of the payload's context.
///
/// # Panics
/// When `key` is the key of another context: then no such signature exists.
pub fn signed_registration(key: &Identity, payload: &ContextRegistration) -> RegisterContextArg {
    let signature = key.sign_context_registration(payload).expect("the payload is of this key's context");
    RegisterContextArg {
        context: payload.context,
        administrator: payload.administrator,
        expires_at: payload.expires_at,
        signature: ByteBuf::from(signature),
    }
}
