//! `calisec keys`.

use anyhow::{Context, Result, bail, ensure};
use calisec_sdk::Random;
use calisec_sdk::prover::ProvingKey;
use calisec_sdk::types::proof_verifier::EncodedVerifyingKey;
use std::fs;
use std::path::{Path, PathBuf};

/// What `calisec keys` takes.
#[derive(clap::Args)]
pub struct Arguments {
    /// The directory to write `note_commitment.pk` and `note_commitment.vk` to; made if missing.
    #[arg(long, value_name = "DIRECTORY")]
    out: PathBuf,
}

/// Makes the keys from the operating system's randomness, and prints the circuit id.
pub fn run(arguments: &Arguments) -> Result<()> {
    let proving = arguments.out.join("note_commitment.pk");
    let verifying = arguments.out.join("note_commitment.vk");
    for file in [&proving, &verifying] {
        ensure!(!file.exists(), "{} exists: keys are never overwritten, choose another --out", file.display());
    }
    fs::create_dir_all(&arguments.out).with_context(|| format!("cannot make {}", arguments.out.display()))?;
    eprintln!("making the keys ...");
    let keys = ProvingKey::setup(&mut Random::from_os()?)?;
    let EncodedVerifyingKey::ArkUncompressed(verifying_key) = keys.to_encoded_verifying_key() else {
        bail!("the verifying key comes in an unexpected encoding: this is a defect, please report it");
    };
    write(&proving, &keys.to_bytes()?)?;
    write(&verifying, &verifying_key)?;
    eprintln!(
        "Whoever makes these keys alone could have kept what forges proofs. Before others trust them,\n\
         run a ceremony of several parties and publish its transcript."
    );
    println!("{}", keys.circuit_id());
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
