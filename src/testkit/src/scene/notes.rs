//! Proving, minting, sealing and opening a note.

use super::{Answer, Minted, Scene, SceneError, answered};
use crate::backend::Backend;
use calisec_sdk::commitment::NoteOpening;
use calisec_sdk::envelope::{self, Recipient};
use calisec_sdk::identity::Identity;
use calisec_sdk::note::{self, EncryptedNote};
use calisec_types::ids::{KemKey, ReceiptId};
use calisec_types::membership::{Action, DecideArg, Decision, MembershipReason, NoteResource, Subject};
use calisec_types::note_registry::{DepositEnvelopeArg, MintArg, NoteMetadata};
use calisec_types::proof_verifier::{Circuit, ProofReason, RegisterCircuitArg, SubmitArg};
use calisec_zk::statement::{Domain, Purpose};
use candid::Principal;
use pollster::block_on;
use serde_bytes::ByteBuf;

impl<B: Backend> Scene<'_, B> {
    /// What registers the circuit that mints notes.
    pub fn circuit(&self) -> RegisterCircuitArg {
        self.deployment.prover.to_register_arg("note_commitment", None)
    }

    /// Dana registers the circuit that mints notes.
    pub fn register_circuit(&self) -> Answer<Circuit, ProofReason> {
        block_on(self.as_(&self.cast.dana).proof_verifier().register_circuit(&self.circuit()))
    }

    /// Encrypts a note for the context with a fresh key.
    ///
    /// # Errors
    /// The note is too long.
    pub fn encrypt(&mut self, plaintext: &[u8]) -> Result<EncryptedNote, SceneError> {
        note::encrypt(&self.context(), plaintext, &mut self.random).map_err(SceneError::from_display)
    }

    /// Where Alice's proofs are worth something.
    pub fn domain(&self) -> Domain<'static> {
        Domain {
            network_root_key_hash: self.deployment.network(),
            proof_verifier: self.deployment.ids.proof_verifier,
            context_id: self.context(),
            consumer: self.deployment.ids.note_registry,
            submitter: self.cast.alice.principal(),
            purpose: Purpose::MINT,
        }
    }

    /// Alice proves that she can open the commitment of a note.
    ///
    /// # Errors
    /// arkworks fails.
    pub fn prove(&mut self, encrypted: &EncryptedNote) -> Result<SubmitArg, SceneError> {
        let opening = NoteOpening::new(encrypted.key.content_hash(), &self.secret, &mut self.random);
        let domain = self.domain();
        let proof = self.deployment.prover.prove(&opening, &domain, &mut self.random);
        proof.map(|proof| proof.to_submit_arg()).map_err(SceneError::from_display)
    }

    /// What mints a note with a receipt.
    pub fn mint_arg(&self, receipt: ReceiptId, ciphertext: &[u8]) -> MintArg {
        MintArg {
            context: self.context(),
            receipt,
            metadata: NoteMetadata {
                title: "A secret note".to_owned(),
                content_type: "text/plain".to_owned(),
                kind: None,
            },
            ciphertext: ByteBuf::from(ciphertext),
        }
    }

    /// For whom and what the note's key is sealed.
    pub fn recipient(&self, minted: &Minted, reader: KemKey) -> Recipient {
        Recipient { context: self.context(), note: minted.note.id, epoch: minted.note.key_epoch, key: reader }
    }

    /// What deposits the note's key, sealed to Bob.
    ///
    /// # Errors
    /// Bob's key is unusable.
    pub fn envelope_for_bob(&mut self, minted: &Minted) -> Result<DepositEnvelopeArg, SceneError> {
        let recipient = self.recipient(minted, self.cast.bob.kem_key());
        let sealed = envelope::seal(&minted.key, &recipient, &mut self.random).map_err(SceneError::from_display)?;
        Ok(DepositEnvelopeArg {
            note: minted.note.id,
            recipient: self.cast.bob.account(),
            envelope: ByteBuf::from(sealed),
        })
    }

    /// Opens an envelope and decrypts the note.
    ///
    /// # Errors
    /// The envelope or the note does not open, or the registry does not answer.
    pub fn read(&self, minted: &Minted, reader: &Identity, sealed: &[u8]) -> Result<Vec<u8>, SceneError> {
        let key = envelope::open(sealed, &self.recipient(minted, reader.kem_key()), reader)
            .map_err(SceneError::from_display)?;
        let ciphertext = answered(block_on(self.as_(reader).note_registry().ciphertext(minted.note.id)))?;
        let plaintext = note::decrypt(&self.context(), &key, &ciphertext).map_err(SceneError::from_display)?;
        Ok(plaintext.to_vec())
    }

    /// The question whether `reader` may read the note.
    pub fn may_read(&self, minted: &Minted, reader: &Identity) -> DecideArg {
        DecideArg {
            context: self.context(),
            subject: Subject::Account(reader.account()),
            action: Action::Read,
            note: Some(NoteResource {
                registry: self.deployment.ids.note_registry,
                note: minted.note.id,
                owner: minted.note.owner.owner,
                kind: minted.note.metadata.kind.clone(),
                epoch: None,
            }),
            purpose: None,
        }
    }

    /// The question whether this principal may mint in the context.
    pub fn may_mint(&self, minter: Principal) -> DecideArg {
        DecideArg {
            context: self.context(),
            subject: Subject::Principal(minter),
            action: Action::Mint,
            note: None,
            purpose: None,
        }
    }

    /// Asks membership whether `reader` may read the note.
    pub fn decide(&self, minted: &Minted, reader: &Identity) -> Answer<Decision, MembershipReason> {
        block_on(self.as_(reader).membership().decide(&self.may_read(minted, reader)))
    }
}
