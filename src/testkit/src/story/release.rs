//! Keys are released to who may have them, and to nobody else.

use super::{Narrator, Story, StoryError, Told, variant_name};
use crate::backend::Backend;
use crate::scene::{Cast, Minted, SceneError, answered};
use calisec_sdk::envelope::{self, EnvelopeError};
use calisec_sdk::identity::Identity;
use calisec_types::membership::RemoveMemberArg;
use calisec_types::note_registry::NoteReason;
use pollster::block_on;

impl<B: Backend, N: Narrator> Story<'_, B, N> {
    pub(super) fn refuse_readers(&mut self, minted: &Minted) -> Result<(), StoryError> {
        self.key_denied("mallory", |cast| &cast.mallory, "asks for the key, a stranger", minted)?;
        self.bob_denied("asks for the key, a member without a grant", minted)
    }

    pub(super) fn seal_for_bob(&mut self, minted: &Minted) -> Result<(), StoryError> {
        self.step("alice", "deposits the note's key, sealed to Bob", |scene| {
            let deposit = scene.envelope_for_bob(minted)?;
            let registry = scene.as_(&scene.cast.alice).note_registry();
            answered(block_on(registry.deposit_envelope(&deposit)))?;
            Ok(((), format!("{} bytes that only Bob's key opens", deposit.envelope.len())))
        })?;
        self.bob_denied("asks for the key, sealed but not granted", minted)
    }

    pub(super) fn release_to_bob(&mut self, minted: &Minted) -> Result<Vec<u8>, StoryError> {
        self.step("bob", "asks for a decision (F4)", |scene| {
            let decision = answered(scene.decide(minted, &scene.cast.bob))?;
            if !decision.allowed {
                return Err(SceneError(format!("denied: {}", decision.missing.join("; "))));
            }
            Ok(((), format!("allowed by {}", decision.determining_policies.join(", "))))
        })?;
        let released = self.step("bob", "is handed the sealed key (F5)", |scene| {
            let registry = scene.as_(&scene.cast.bob).note_registry();
            let released = answered(block_on(registry.request_key(minted.note.id)))?;
            let detail = format!("release {} in the log, key epoch {}", released.release, released.key_epoch);
            Ok((released, detail))
        })?;
        self.narrate_wrong_key(minted, &released.envelope)?;
        let expected = self.plaintext.clone();
        self.step("bob", "opens the envelope and decrypts the note", |scene| {
            let plaintext = scene.read(minted, &scene.cast.bob, &released.envelope)?;
            if plaintext != expected {
                return Err(SceneError("the decrypted bytes differ from the file".to_owned()));
            }
            let detail = format!("{} bytes, equal to the file", plaintext.len());
            Ok((plaintext, detail))
        })
    }

    fn narrate_wrong_key(&mut self, minted: &Minted, sealed: &[u8]) -> Result<(), StoryError> {
        let (actor, title) = ("carol", "opens Bob's envelope with her own key");
        self.narrator.begins(actor, title);
        // Naming herself as the recipient gets her past the library's courtesy check and to the cipher.
        let recipient = self.scene.recipient(minted, self.scene.cast.carol.kem_key());
        match envelope::open(sealed, &recipient, &self.scene.cast.carol) {
            Ok(_) => Err(StoryError { actor, title, reason: "it opened".to_owned() }),
            Err(error) if error != EnvelopeError::NotAuthentic => {
                Err(StoryError { actor, title, reason: format!("was refused for another reason: {error}") })
            }
            Err(error) => {
                let detail = format!("{}: {error}", variant_name(&error));
                self.narrator.told(&Told { actor, title, detail, refused: true, cost: None });
                Ok(())
            }
        }
    }

    pub(super) fn deny_bob(&mut self, minted: &Minted) -> Result<(), StoryError> {
        self.bob_denied("asks for the key once more, after the revocation (F9)", minted)
    }

    pub(super) fn remove_bob(&mut self, minted: &Minted) -> Result<(), StoryError> {
        self.step("dana", "removes Bob from the context (F9)", |scene| {
            let bob = RemoveMemberArg { context: scene.context(), account: scene.cast.bob.account() };
            let removed = answered(block_on(scene.as_(&scene.cast.dana).membership().remove_member(&bob)))?;
            let decision = answered(scene.decide(minted, &scene.cast.bob))?;
            if decision.allowed || decision.account.is_some() {
                return Err(SceneError(format!("Bob still counts: {decision:?}")));
            }
            Ok(((), format!("revision {}; decide now says: {}", removed.revision, decision.missing.join("; "))))
        })?;
        self.bob_denied("asks for the key, no member any more", minted)
    }

    fn bob_denied(&mut self, title: &'static str, minted: &Minted) -> Result<(), StoryError> {
        self.key_denied("bob", |cast| &cast.bob, title, minted)
    }

    fn key_denied(
        &mut self,
        actor: &'static str,
        reader: impl FnOnce(&Cast) -> &Identity,
        title: &'static str,
        minted: &Minted,
    ) -> Result<(), StoryError> {
        self.refused(
            actor,
            title,
            |reason| matches!(reason, NoteReason::AccessDenied { .. }),
            |scene| block_on(scene.as_(reader(&scene.cast)).note_registry().request_key(minted.note.id)),
        )
    }
}
