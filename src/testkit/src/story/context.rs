//! A context is registered and gets members.

use super::{Narrator, Story, StoryError, answered};
use crate::backend::Backend;
use calisec_sdk::identity::Identity;
use calisec_types::ids::ContextId;
use calisec_types::membership::{AddMemberArg, MembershipReason, RegisterContextArg};
use calisec_types::signing::ContextRegistration;
use candid::Principal;
use pollster::block_on;
use serde_bytes::ByteBuf;

/// How long the registration signature is valid, seconds.
const REGISTRATION_WINDOW_SECONDS: u64 = 600;

impl<B: Backend, N: Narrator> Story<'_, B, N> {
    fn registration(&self) -> RegisterContextArg {
        let payload = ContextRegistration {
            network: self.deployment.network(),
            canister: self.deployment.ids.membership,
            context: self.context(),
            administrator: self.cast.dana.principal(),
            expires_at: self.deployment.backend.now().plus_seconds(REGISTRATION_WINDOW_SECONDS),
        };
        let signature =
            self.cast.context_key.sign_context_registration(&payload).expect("the payload is of this key's context");
        RegisterContextArg {
            context: payload.context,
            administrator: payload.administrator,
            expires_at: payload.expires_at,
            signature: ByteBuf::from(signature),
        }
    }

    pub(super) fn register_context(&mut self) -> Result<(), StoryError> {
        let anyone = self.deployment.called_by(Principal::anonymous()).membership();
        self.refused(
            "mallory",
            "registers the context for herself with Dana's signature",
            |reason| *reason == MembershipReason::InvalidSignature,
            |story| {
                let stolen =
                    RegisterContextArg { administrator: story.cast.mallory.principal(), ..story.registration() };
                block_on(anyone.register_context(&stolen))
            },
        )?;
        self.step("dana", "registers the context, signed by its key (F1)", |story| {
            let context = answered(block_on(anyone.register_context(&story.registration())))?;
            Ok(((), format!("context {}", context.id)))
        })
    }

    pub(super) fn add_members(&mut self) -> Result<(), StoryError> {
        self.step("dana", "adds Alice (contributor), Bob (reader), Carol (reader)", |story| {
            let membership = story.deployment.called_by(story.cast.dana.principal()).membership();
            let mut revision = None;
            for (member, role) in
                [(&story.cast.alice, "contributor"), (&story.cast.bob, "reader"), (&story.cast.carol, "reader")]
            {
                let added = answered(block_on(membership.add_member(&add_member(story.context(), member, role))))?;
                revision = Some(added.revision);
            }
            Ok(((), format!("revision {}", revision.unwrap_or_default())))
        })?;
        self.refused(
            "mallory",
            "adds herself",
            |reason| *reason == MembershipReason::NotAdministrator,
            |story| {
                let membership = story.deployment.called_by(story.cast.mallory.principal()).membership();
                block_on(membership.add_member(&add_member(story.context(), &story.cast.mallory, "contributor")))
            },
        )
    }
}

/// What adds `member` to a context.
pub fn add_member(context: ContextId, member: &Identity, role: &str) -> AddMemberArg {
    AddMemberArg { context, account: member.account(), role: role.to_owned(), kem_key: member.kem_key() }
}
