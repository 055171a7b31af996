//! `calisec prove stark-note` and `calisec prove stark-membership`.

use super::{Out, keep, random, read_bytes, writing};
use crate::binding::Binding;
use crate::failure::Failure;
use crate::leaves;
use crate::options::Options;
use crate::output::Answer;
use crate::secrets::{self, StarkSecret};
use calisec_sdk::note::MAX_NOTE_BYTES;
use calisec_sdk::stark::{self, MemberOpening, NoteOpening, StarkError};
use calisec_sdk::types::ids::Digest32;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::path::PathBuf;

/// What `calisec prove stark-note` takes.
#[derive(clap::Args)]
pub struct NoteArguments {
    /// The content: any file up to 1 MiB. Only its hash is used.
    file: PathBuf,
    #[command(flatten)]
    binding: Binding,
    #[command(flatten)]
    out: Out,
}

/// What `calisec prove stark-membership` takes.
#[derive(clap::Args)]
pub struct MembershipArguments {
    /// Your secret: of 'calisec secret stark', and of nothing else.
    #[arg(long, value_name = "FILE")]
    secret: PathBuf,
    /// The tree: a file with a leaf on each line.
    #[arg(long, value_name = "FILE")]
    leaves: PathBuf,
    #[command(flatten)]
    binding: Binding,
    #[command(flatten)]
    out: Out,
}

/// Proves a commitment, by an owner that nobody else is.
pub fn note(arguments: &NoteArguments, options: &Options) -> Result<Answer, Failure> {
    arguments.binding.check()?;
    let content = read_bytes(&arguments.file, MAX_NOTE_BYTES, "the note")?;
    let (file, secret_file) = (arguments.out.file(".proof.json")?, arguments.out.file(".secret.json")?);
    writing(options, |session| {
        let mut random = random()?;
        let domain = arguments.binding.domain(session)?;
        let content_tag =
            stark::content_word(&Digest32(Sha256::digest(&content).into())).map_err(|error| failed(error.into()))?;
        let salt = stark::random_word(&mut random);
        let secret = StarkSecret::random(&mut random).with_salt(salt);
        let opening = NoteOpening { owner_secret: secret.secret()?, salt, content_tag };
        session.progress.says("proving ...");
        let (claim, proof) = stark::prove_note(&opening, &domain, &mut random).map_err(failed)?;
        secrets::write(&secret, &secret_file)?;
        let about = json!({ "secret": secret_file, "proof_bytes": proof.len() });
        keep(session, &file, (stark::submit_arg(&claim, proof, &domain), about))
    })
}

/// Proves membership.
pub fn membership(arguments: &MembershipArguments, options: &Options) -> Result<Answer, Failure> {
    arguments.binding.check()?;
    let secret: StarkSecret = secrets::read(&arguments.secret)?;
    let tree = leaves::read_stark(&arguments.leaves)?;
    let leaf = secret.leaf()?;
    let path = tree.path(leaf).ok_or_else(|| leaves::not_there(&arguments.leaves, &leaf.to_bytes()))?;
    let member = MemberOpening { owner_secret: secret.secret()?, path };
    let file = arguments.out.file(".proof.json")?;
    writing(options, |session| {
        let domain = arguments.binding.domain(session)?;
        session.progress.says("proving ...");
        let (claim, proof) = stark::prove_membership(&member, &domain, &mut random()?).map_err(failed)?;
        let about = json!({ "proof_bytes": proof.len() });
        keep(session, &file, (stark::submit_arg(&claim, proof, &domain), about))
    })
}

fn failed(error: StarkError) -> Failure {
    Failure::internal(format!("cannot prove: {error}"))
}
