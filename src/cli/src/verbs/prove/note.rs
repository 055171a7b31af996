//! `calisec prove note`.

use super::{Out, keep, prove_with, random, read_bytes, read_key, refused, told, write_new, writing};
use crate::binding::{Binding, Consumer};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use crate::secrets::{self, NoteSecret};
use calisec_sdk::commitment::{NoteOpening, OwnerSecret};
use calisec_sdk::note::{self, MAX_NOTE_BYTES};
use calisec_sdk::prover::ProvingKey;
use calisec_sdk::types::ids::ContextId;
use serde_json::json;
use std::path::PathBuf;

/// What `calisec prove note` takes.
#[derive(clap::Args)]
pub struct Arguments {
    /// The secret: any file up to 1 MiB.
    file: PathBuf,
    /// The context it will belong to.
    #[arg(long, value_parser = parse::context)]
    context: ContextId,
    /// The proving key of the circuit that mints notes [default: the engine's].
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The canister that may consume the receipt [default: the note registry].
    #[arg(long, value_name = "CANISTER", default_value = "note_registry", value_parser = parse::consumer)]
    consumer: Consumer,
    /// What for.
    #[arg(long, default_value = "mint")]
    purpose: String,
    #[command(flatten)]
    out: Out,
}

/// Does it.
pub fn run(arguments: &Arguments, options: &Options) -> Result<Answer, Failure> {
    let Arguments { file, context, key, consumer, purpose, out } = arguments;
    let binding = Binding { context: *context, consumer: consumer.clone(), purpose: purpose.clone() };
    binding.check()?;
    let plaintext = read_bytes(file, MAX_NOTE_BYTES, "the note")?;
    let (proof_file, ciphertext_file, secret_file) =
        (out.file(".proof.json")?, out.file(".ciphertext")?, out.file(".secret.json")?);
    let key_file = key.clone().unwrap_or_else(|| options.state_directory().join("keys/note_commitment.pk"));
    let key = read_key(&key_file)?;
    writing(options, |session| {
        let broken = |error: &dyn std::error::Error| Failure::internal(format!("cannot prove: {error}"));
        let mut random = random()?;
        let encrypted = note::encrypt(context, &plaintext, &mut random).map_err(|error| broken(&error))?;
        let owner = OwnerSecret::random(&mut random);
        let opening = NoteOpening::new(encrypted.key.content_hash(), &owner, &mut random);
        let domain = binding.domain(session)?;
        let (arg, mut about) = prove_with(session, &key, &key_file, |key: &ProvingKey, random| {
            key.prove(&opening, &domain, random).map(|proof| told(&proof)).map_err(refused)
        })?;
        // The secret first: a proof without it would be of no use to anybody.
        secrets::write(&NoteSecret::new(*context, &encrypted.key, &opening), &secret_file)?;
        write_new(&ciphertext_file, &encrypted.ciphertext)?;
        about["ciphertext"] = json!(ciphertext_file);
        about["secret"] = json!(secret_file);
        keep(session, &proof_file, (arg, about))
    })
}
