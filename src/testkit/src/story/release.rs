//! Keys are released to who may have them, and to nobody else.

use super::{Failure, Minted, Narrator, Story, StoryError, answered};
use crate::backend::Backend;
use calisec_sdk::envelope::{self, Recipient};
use calisec_sdk::note;
use calisec_types::membership::{Action, DecideArg, Decision, NoteResource, RemoveMemberArg, Subject};
use calisec_types::note_registry::{DepositEnvelopeArg, NoteReason};
use pollster::block_on;
use serde_bytes::ByteBuf;

impl<B: Backend, N: Narrator> Story<'_, B, N> {
    pub(super) fn refuse_readers(&mut self, minted: &Minted) -> Result<(), StoryError> {
        self.key_denied("mallory", "asks for the key, a stranger", minted)?;
        self.key_denied("bob", "asks for the key, a member without a grant", minted)
    }

    pub(super) fn seal_for_bob(&mut self, minted: &Minted) -> Result<(), StoryError> {
        let recipient = self.recipient(minted);
        self.step("alice", "deposits the note's key, sealed to Bob", |story| {
            let envelope =
                envelope::seal(&minted.key, &recipient, &mut story.random).map_err(|error| error.to_string())?;
            let registry = story.deployment.called_by(story.cast.alice.principal()).note_registry();
            answered(block_on(registry.deposit_envelope(&DepositEnvelopeArg {
                note: minted.note.id,
                recipient: story.cast.bob.account(),
                envelope: ByteBuf::from(envelope),
            })))?;
            Ok(((), format!("{} bytes that only Bob's key opens", envelope.len())))
        })?;
        self.key_denied("bob", "asks for the key, sealed but not granted", minted)
    }

    pub(super) fn release_to_bob(&mut self, minted: &Minted) -> Result<Vec<u8>, StoryError> {
        self.step("bob", "asks for a decision (F4)", |story| {
            let decision = story.decide_for_bob(minted)?;
            if !decision.allowed {
                return Err(format!("denied: {}", decision.missing.join("; ")));
            }
            Ok(((), format!("allowed by {}", decision.determining_policies.join(", "))))
        })?;
        let registry = self.deployment.called_by(self.cast.bob.principal()).note_registry();
        let released = self.step("bob", "is handed the sealed key (F5)", |_| {
            let released = answered(block_on(registry.request_key(minted.note.id)))?;
            let detail = format!("release {} in the log, key epoch {}", released.release, released.key_epoch);
            Ok((released, detail))
        })?;
        let recipient = self.recipient(minted);
        self.narrate_wrong_key(&released.envelope, &recipient)?;
        self.step("bob", "opens the envelope and decrypts the note", |story| {
            let key = envelope::open(&released.envelope, &recipient, &story.cast.bob).map_err(|e| e.to_string())?;
            let ciphertext = answered(block_on(registry.ciphertext(minted.note.id)))?;
            let plaintext = note::decrypt(&story.context(), &key, &ciphertext).map_err(|error| error.to_string())?;
            if *plaintext != story.plaintext {
                return Err("the decrypted bytes differ from the file".to_owned());
            }
            let detail = format!("{} bytes, equal to the file", plaintext.len());
            Ok((plaintext.to_vec(), detail))
        })
    }

    fn narrate_wrong_key(&mut self, sealed: &[u8], recipient: &Recipient) -> Result<(), StoryError> {
        let (actor, title) = ("carol", "opens Bob's envelope with her own key");
        self.narrator.begins(actor, title);
        match envelope::open(sealed, recipient, &self.cast.carol) {
            Ok(_) => Err(StoryError { actor, title, reason: "it opened".to_owned() }),
            Err(error) => {
                let detail = format!("{}: {error}", super::variant_name(&error));
                self.narrator.told(&super::Told { actor, title, detail, refused: true, cost: None });
                Ok(())
            }
        }
    }

    pub(super) fn deny_bob(&mut self, minted: &Minted) -> Result<(), StoryError> {
        self.key_denied("bob", "asks for the key once more, after the revocation (F9)", minted)
    }

    pub(super) fn remove_bob(&mut self, minted: &Minted) -> Result<(), StoryError> {
        self.step("dana", "removes Bob from the context (F9)", |story| {
            let membership = story.deployment.called_by(story.cast.dana.principal()).membership();
            let removed = answered(block_on(membership.remove_member(&RemoveMemberArg {
                context: story.context(),
                account: story.cast.bob.account(),
            })))?;
            let decision = story.decide_for_bob(minted)?;
            if decision.allowed || decision.account.is_some() {
                return Err(format!("Bob still counts: {decision:?}"));
            }
            Ok(((), format!("revision {}; decide now says: {}", removed.revision, decision.missing.join("; "))))
        })?;
        self.key_denied("bob", "asks for the key, no member any more", minted)
    }

    fn recipient(&self, minted: &Minted) -> Recipient {
        Recipient {
            context: self.context(),
            note: minted.note.id,
            epoch: minted.note.key_epoch,
            key: self.cast.bob.kem_key(),
        }
    }

    fn decide_for_bob(&self, minted: &Minted) -> Result<Decision, Failure> {
        let membership = self.deployment.called_by(self.cast.bob.principal()).membership();
        answered(block_on(membership.decide(&DecideArg {
            context: self.context(),
            subject: Subject::Account(self.cast.bob.account()),
            action: Action::Read,
            note: Some(NoteResource {
                registry: self.deployment.ids.note_registry,
                note: minted.note.id,
                owner: minted.note.owner.owner,
            }),
        })))
    }

    fn key_denied(&mut self, actor: &'static str, title: &'static str, minted: &Minted) -> Result<(), StoryError> {
        let reader = if actor == "bob" { self.cast.bob.principal() } else { self.cast.mallory.principal() };
        let registry = self.deployment.called_by(reader).note_registry();
        self.refused(
            actor,
            title,
            |reason| matches!(reason, NoteReason::AccessDenied { .. }),
            |_| block_on(registry.request_key(minted.note.id)),
        )
    }
}
