//! A context is registered and gets members.

use super::{Narrator, Story, StoryError};
use crate::backend::Backend;
use crate::scene::answered;
use calisec_types::membership::{Capability, MembershipReason, RegisterContextArg};
use pollster::block_on;

impl<B: Backend, N: Narrator> Story<'_, B, N> {
    pub(super) fn register_context(&mut self) -> Result<(), StoryError> {
        self.refused(
            "mallory",
            "registers the context for herself with Dana's signature",
            |reason| *reason == MembershipReason::InvalidSignature,
            |scene| {
                let stolen =
                    RegisterContextArg { administrator: scene.cast.mallory.principal(), ..scene.registration() };
                block_on(scene.anyone().membership().register_context(&stolen))
            },
        )?;
        self.step("dana", "registers the context, signed by its key (F1)", |scene| {
            let context = answered(scene.register_context())?;
            Ok(((), format!("context {}", context.id)))
        })
    }

    pub(super) fn add_members(&mut self) -> Result<(), StoryError> {
        self.step("dana", "adds Alice (contributor), Bob (reader), Carol (reader)", |scene| {
            let cast = &scene.cast;
            answered(scene.add_member(&cast.alice, "contributor"))?;
            answered(scene.add_member(&cast.bob, "reader"))?;
            let added = answered(scene.add_member(&cast.carol, "reader"))?;
            Ok(((), format!("revision {}", added.revision)))
        })?;
        self.refused(
            "mallory",
            "adds herself",
            |reason| *reason == MembershipReason::MissingCapability(Capability::ManageMembers),
            |scene| {
                let mallory = &scene.cast.mallory;
                block_on(scene.as_(mallory).membership().add_member(&scene.member(mallory, "contributor")))
            },
        )
    }
}
