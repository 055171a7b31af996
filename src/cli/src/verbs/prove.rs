//! `calisec prove`.

use super::proof::ProofFile;
use super::{write_new, writing};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use crate::secrets::NoteSecret;
use calisec_sdk::Random;
use calisec_sdk::commitment::{NoteOpening, OwnerSecret};
use calisec_sdk::note::{self, MAX_NOTE_BYTES};
use calisec_sdk::prover::{MAX_PROVING_KEY_BYTES, ProvingKey};
use calisec_sdk::types::ids::ContextId;
use calisec_sdk::zk::statement::{Domain, Purpose};
use candid::Principal;
use clap::Subcommand;
use serde_json::json;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What is proved.
#[derive(Subcommand)]
pub enum Verb {
    /// Encrypt a file, and prove that you can open the commitment to it. Makes NAME.proof.json, NAME.ciphertext and
    /// NAME.secret.json; only the last is secret, and readable by you alone.
    ///
    /// Example: calisec prove note letter.txt --context <context> --out letter
    Note {
        /// The secret: any file up to 1 MiB.
        file: PathBuf,
        /// The context it will belong to.
        #[arg(long, value_parser = parse::context)]
        context: ContextId,
        /// The proving key of the circuit that mints notes [default: the engine's].
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// The canister that may consume the receipt [default: the note registry].
        #[arg(long, value_parser = parse::principal)]
        consumer: Option<Principal>,
        /// What for.
        #[arg(long, default_value = "mint")]
        purpose: String,
        /// What the files that are made begin with.
        #[arg(long, value_name = "NAME")]
        out: PathBuf,
    },
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    let Verb::Note { file, context, key, consumer, purpose, out } = verb;
    let purpose = Purpose::new(&purpose).map_err(|error| Failure::usage(error.to_string()))?;
    let plaintext = read_bytes(&file, MAX_NOTE_BYTES, "the note")?;
    let named = |suffix: &str| {
        let mut name = out.clone().into_os_string();
        name.push(suffix);
        PathBuf::from(name)
    };
    let (proof_file, ciphertext_file, secret_file) =
        (named(".proof.json"), named(".ciphertext"), named(".secret.json"));
    for path in [&proof_file, &ciphertext_file, &secret_file] {
        if path.exists() {
            return Err(Failure::usage(format!(
                "{} exists: files are never overwritten, choose another --out",
                path.display()
            )));
        }
    }
    let key_file = key.unwrap_or_else(|| options.state_directory().join("keys/note_commitment.pk"));
    let key = read_bytes(&key_file, MAX_PROVING_KEY_BYTES, "the proving key")?;
    writing(options, |session| {
        session.progress.says("reading the proving key ...");
        let key = ProvingKey::from_bytes(&key)
            .map_err(|error| Failure::usage(format!("{} is no proving key: {error}", key_file.display())))?;
        let broken = |error: &dyn std::error::Error| Failure::internal(format!("cannot prove: {error}"));
        let mut random = Random::from_os().map_err(|error| broken(&error))?;
        let encrypted = note::encrypt(&context, &plaintext, &mut random).map_err(|error| broken(&error))?;
        let owner = OwnerSecret::random(&mut random);
        let opening = NoteOpening::new(encrypted.key.content_hash(), &owner, &mut random);
        let submitter = session.identity()?.principal();
        let domain = Domain {
            network_root_key_hash: session.network_hash(),
            proof_verifier: session.id("proof_verifier")?,
            context_id: context,
            consumer: match consumer {
                Some(consumer) => consumer,
                None => session.id("note_registry")?,
            },
            submitter,
            purpose,
        };
        session.progress.says("proving ...");
        let proof = key.prove(&opening, &domain, &mut random).map_err(|error| broken(&error))?;
        let text = serde_json::to_string_pretty(&ProofFile::of(&proof.to_submit_arg(), submitter)?)
            .map_err(|error| broken(&error))?;
        // The secret first: a proof without it would be of no use to anybody.
        NoteSecret::new(context, &encrypted.key, &opening).write(&secret_file)?;
        write_new(&ciphertext_file, &encrypted.ciphertext)?;
        write_new(&proof_file, text.as_bytes())?;
        Ok(Answer::of(json!({
            "proof": proof_file, "ciphertext": ciphertext_file, "secret": secret_file, "circuit": key.circuit_id(),
            "receipt": proof.receipt_id(),
        })))
    })
}

fn read_bytes(path: &Path, most: usize, what: &str) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::usage(format!("cannot read {what} {}: {error}", path.display()));
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(most as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.is_empty() || bytes.len() > most {
        return Err(Failure::usage(format!("{what} {} must have between 1 and {most} bytes", path.display())));
    }
    Ok(bytes)
}
