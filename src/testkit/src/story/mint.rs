//! A note is encrypted, proved and minted.

use super::{Narrator, Story, StoryError};
use crate::backend::Backend;
use crate::scene::{Minted, answered};
use calisec_sdk::note::EncryptedNote;
use calisec_types::ids::ReceiptId;
use calisec_types::note_registry::NoteReason;
use calisec_types::proof_verifier::{ProofReason, SubmitArg};
use pollster::block_on;

impl<B: Backend, N: Narrator> Story<'_, B, N> {
    pub(super) fn register_circuit(&mut self) -> Result<(), StoryError> {
        self.step("dana", "registers the circuit that mints notes", |scene| {
            let circuit = answered(scene.register_circuit())?;
            Ok(((), format!("circuit {}", circuit.id)))
        })
    }

    pub(super) fn prove_and_mint(&mut self) -> Result<Minted, StoryError> {
        let plaintext = self.plaintext.clone();
        let encrypted = self.step("alice", "encrypts the note with a fresh key", |scene| {
            let encrypted = scene.encrypt(&plaintext)?;
            let detail = format!("{} bytes in the clear, {} encrypted", plaintext.len(), encrypted.ciphertext.len());
            Ok((encrypted, detail))
        })?;
        let submission = self.step("alice", "proves in zero knowledge that she can open its commitment", |scene| {
            let submission = scene.prove(&encrypted)?;
            Ok((submission, "on her own machine; nothing but public inputs and proof leaves it".to_owned()))
        })?;
        let receipt = self.submit(&submission)?;
        self.mint(receipt, encrypted)
    }

    fn submit(&mut self, submission: &SubmitArg) -> Result<ReceiptId, StoryError> {
        self.refused(
            "mallory",
            "submits Alice's proof as her own",
            |reason| *reason == ProofReason::WrongDomain,
            |scene| block_on(scene.as_(&scene.cast.mallory).proof_verifier().submit(submission)),
        )?;
        let receipt = self.step("alice", "submits the proof (F2)", |scene| {
            let receipt = answered(block_on(scene.as_(&scene.cast.alice).proof_verifier().submit(submission)))?;
            Ok((receipt.id, format!("receipt {}", receipt.id)))
        })?;
        self.refused(
            "alice",
            "submits the same proof again",
            |reason| *reason == ProofReason::AlreadyProven(receipt),
            |scene| block_on(scene.as_(&scene.cast.alice).proof_verifier().submit(submission)),
        )?;
        Ok(receipt)
    }

    fn mint(&mut self, receipt: ReceiptId, encrypted: EncryptedNote) -> Result<Minted, StoryError> {
        let mint = self.scene.mint_arg(receipt, &encrypted.ciphertext);
        let note = self.step("alice", "mints the note with the receipt (F2)", |scene| {
            let note = answered(block_on(scene.as_(&scene.cast.alice).note_registry().mint(&mint)))?;
            let detail = format!("ICRC-7 token {}, owner {}", note.id, note.owner.owner);
            Ok((note, detail))
        })?;
        self.refused(
            "alice",
            "mints again with the same receipt",
            |reason| *reason == NoteReason::AlreadyMinted(note.id),
            |scene| block_on(scene.as_(&scene.cast.alice).note_registry().mint(&mint)),
        )?;
        Ok(Minted { note, key: encrypted.key })
    }
}
