//! The points of the story that others begin at.

use super::govern::grant_of;
use super::{Scene, SceneError, answered};
use crate::backend::Backend;
use calisec_sdk::note::NoteKey;
use calisec_types::governance::{Choice, Measure};
use calisec_types::ids::{GrantId, ProposalId, ReceiptId};
use calisec_types::note_registry::{MintArg, Note};
use calisec_types::proof_verifier::SubmitArg;
use pollster::block_on;

/// A note that is proved but not minted.
pub struct Proved {
    /// What was submitted, or will be.
    pub submission: SubmitArg,
    /// The encrypted note.
    pub ciphertext: Vec<u8>,
    /// Its key.
    pub key: NoteKey,
}

/// A minted note, with what its owner keeps of it.
pub struct Minted {
    /// The note.
    pub note: Note,
    /// Its key.
    pub key: NoteKey,
}

impl<B: Backend> Scene<'_, B> {
    /// The context is registered; Alice is contributor, Bob and Carol are readers.
    ///
    /// # Errors
    /// The first thing that went wrong, here and below.
    pub fn until_members(&self) -> Result<(), SceneError> {
        answered(self.register_context())?;
        for (member, role) in
            [(&self.cast.alice, "contributor"), (&self.cast.bob, "reader"), (&self.cast.carol, "reader")]
        {
            answered(self.add_member(member, role))?;
        }
        Ok(())
    }

    /// And the circuit is registered.
    ///
    /// # Errors
    /// As [`Self::until_members`].
    pub fn until_circuit(&self) -> Result<(), SceneError> {
        self.until_members()?;
        answered(self.register_circuit()).map(drop)
    }

    /// Alice has encrypted another note and proved it; nothing is submitted.
    ///
    /// # Errors
    /// As [`Self::until_members`].
    pub fn another_proof(&mut self, plaintext: &[u8]) -> Result<Proved, SceneError> {
        let encrypted = self.encrypt(plaintext)?;
        let submission = self.prove(&encrypted)?;
        Ok(Proved { submission, ciphertext: encrypted.ciphertext, key: encrypted.key })
    }

    /// Alice holds a receipt for another note, and what mints it.
    ///
    /// # Errors
    /// As [`Self::until_members`].
    pub fn another_receipt(&mut self, plaintext: &[u8]) -> Result<(ReceiptId, MintArg, NoteKey), SceneError> {
        let Proved { submission, ciphertext, key } = self.another_proof(plaintext)?;
        let alice = self.as_(&self.cast.alice);
        let receipt = answered(block_on(alice.proof_verifier().submit(&submission)))?.id;
        Ok((receipt, self.mint_arg(receipt, &ciphertext), key))
    }

    /// Alice has minted another note.
    ///
    /// # Errors
    /// As [`Self::until_members`].
    pub fn another_note(&mut self, plaintext: &[u8]) -> Result<Minted, SceneError> {
        let (_, mint, key) = self.another_receipt(plaintext)?;
        let note = answered(block_on(self.as_(&self.cast.alice).note_registry().mint(&mint)))?;
        Ok(Minted { note, key })
    }

    /// The same of a kind.
    ///
    /// # Errors
    /// As [`Self::until_members`].
    pub fn another_note_of(&mut self, kind: &str, plaintext: &[u8]) -> Result<Minted, SceneError> {
        let (_, mut mint, key) = self.another_receipt(plaintext)?;
        mint.metadata.kind = Some(kind.to_owned());
        let note = answered(block_on(self.as_(&self.cast.alice).note_registry().mint(&mint)))?;
        Ok(Minted { note, key })
    }

    /// Members, circuit, and a note by Alice.
    ///
    /// # Errors
    /// As [`Self::until_members`].
    pub fn until_note(&mut self, plaintext: &[u8]) -> Result<Minted, SceneError> {
        self.until_circuit()?;
        self.another_note(plaintext)
    }

    /// Alice has deposited the note's key, sealed to Bob.
    ///
    /// # Errors
    /// As [`Self::until_members`].
    pub fn seal_to_bob(&mut self, minted: &Minted) -> Result<(), SceneError> {
        let envelope = self.envelope_for_bob(minted)?;
        answered(block_on(self.as_(&self.cast.alice).note_registry().deposit_envelope(&envelope)))
    }

    /// Carol has proposed a change; Alice and she have adopted it. Its timelock runs.
    ///
    /// # Errors
    /// As [`Self::until_members`].
    pub fn adopt(&self, title: &str, change: impl Into<Measure>) -> Result<ProposalId, SceneError> {
        let proposal = answered(self.propose(&self.cast.carol, title, change))?.id;
        for voter in [&self.cast.carol, &self.cast.alice] {
            answered(self.vote(voter, proposal, Choice::Adopt))?;
        }
        Ok(proposal)
    }

    /// Bob has been granted to read the note, by a proposal that was adopted and executed.
    ///
    /// # Errors
    /// As [`Self::until_members`].
    pub fn grant_to_bob(&self, minted: &Minted) -> Result<GrantId, SceneError> {
        let proposal = self.adopt("Let Bob read the note", self.grant(minted, &self.cast.bob))?;
        let executed = self.execute_after_timelock(&self.cast.carol, proposal)?;
        grant_of(&executed).ok_or_else(|| SceneError("the executed proposal names no grant".to_owned()))
    }
}
