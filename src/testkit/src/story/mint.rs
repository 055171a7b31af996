//! A note is encrypted, proved and minted.

use super::{Minted, Narrator, Story, StoryError, answered};
use crate::backend::Backend;
use calisec_sdk::commitment::NoteOpening;
use calisec_sdk::note;
use calisec_types::ids::ReceiptId;
use calisec_types::note_registry::{MINT_PURPOSE, MintArg, NoteMetadata, NoteReason};
use calisec_types::proof_verifier::{ProofReason, RegisterCircuitArg, StatementKind, SubmitArg};
use calisec_zk::statement::{Domain, Purpose};
use pollster::block_on;
use serde_bytes::ByteBuf;

impl<B: Backend, N: Narrator> Story<'_, B, N> {
    pub(super) fn register_circuit(&mut self) -> Result<(), StoryError> {
        self.step("dana", "registers the circuit that mints notes", |story| {
            let verifier = story.deployment.called_by(story.cast.dana.principal()).proof_verifier();
            let circuit = answered(block_on(verifier.register_circuit(&RegisterCircuitArg {
                name: "note_commitment".to_owned(),
                statement: StatementKind::NoteCommitment,
                verifying_key: story.deployment.prover.encoded_verifying_key(),
            })))?;
            Ok(((), format!("circuit {}", circuit.id)))
        })
    }

    pub(super) fn prove_and_mint(&mut self) -> Result<Minted, StoryError> {
        let context = self.context();
        let encrypted = self.step("alice", "encrypts the note with a fresh key", |story| {
            let encrypted = note::encrypt(&context, &story.plaintext, &mut story.random).map_err(|e| e.to_string())?;
            let detail =
                format!("{} bytes in the clear, {} encrypted", story.plaintext.len(), encrypted.ciphertext.len());
            Ok((encrypted, detail))
        })?;
        let opening = NoteOpening::new(encrypted.key.content_hash(), &self.secret, &mut self.random);
        let proof = self.step("alice", "proves in zero knowledge that she can open its commitment", |story| {
            let domain = Domain {
                network_root_key_hash: story.deployment.network(),
                proof_verifier: story.deployment.ids.proof_verifier,
                context_id: context,
                consumer: story.deployment.ids.note_registry,
                submitter: story.cast.alice.principal(),
                purpose: Purpose::MINT,
            };
            let proof =
                story.deployment.prover.prove(&opening, &domain, &mut story.random).map_err(|e| e.to_string())?;
            Ok((proof, "on her own machine; nothing but public inputs and proof leaves it".to_owned()))
        })?;
        let submission = SubmitArg {
            circuit: self.deployment.prover.circuit_id(),
            context,
            consumer: self.deployment.ids.note_registry,
            purpose: MINT_PURPOSE.to_owned(),
            public_inputs: proof.public_inputs.to_vec(),
            proof: proof.encoded_proof(),
        };
        self.refused(
            "mallory",
            "submits Alice's proof as her own",
            |reason| *reason == ProofReason::WrongDomain,
            |story| {
                let verifier = story.deployment.called_by(story.cast.mallory.principal()).proof_verifier();
                block_on(verifier.submit(&submission))
            },
        )?;
        let receipt = self.step("alice", "submits the proof (F2)", |story| {
            let verifier = story.deployment.called_by(story.cast.alice.principal()).proof_verifier();
            let receipt = answered(block_on(verifier.submit(&submission)))?;
            Ok((receipt.id, format!("receipt {}", receipt.id)))
        })?;
        self.refused(
            "alice",
            "submits the same proof again",
            |reason| *reason == ProofReason::AlreadyProven(receipt),
            |story| {
                let verifier = story.deployment.called_by(story.cast.alice.principal()).proof_verifier();
                block_on(verifier.submit(&submission))
            },
        )?;
        self.mint(receipt, encrypted)
    }

    fn mint(&mut self, receipt: ReceiptId, encrypted: note::EncryptedNote) -> Result<Minted, StoryError> {
        let mint = MintArg {
            context: self.context(),
            receipt,
            metadata: NoteMetadata { title: "A secret note".to_owned(), content_type: "text/plain".to_owned() },
            ciphertext: ByteBuf::from(encrypted.ciphertext),
        };
        let alice = self.deployment.called_by(self.cast.alice.principal()).note_registry();
        let note = self.step("alice", "mints the note with the receipt (F2)", |_| {
            let note = answered(block_on(alice.mint(&mint)))?;
            let detail = format!("ICRC-7 token {}, owner {}", note.id, note.owner.owner);
            Ok((note, detail))
        })?;
        self.refused(
            "alice",
            "mints again with the same receipt",
            |reason| *reason == NoteReason::AlreadyMinted(note.id),
            |_| block_on(alice.mint(&mint)),
        )?;
        Ok(Minted { note, key: encrypted.key })
    }
}
