//! `calisec keys`.

use anyhow::{Context, Result, ensure};
use calisec_sdk::Random;
use calisec_sdk::prover::NoteProver;
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
    let prover = NoteProver::set_up(&mut Random::from_os()?)?;
    write(&proving, &prover.to_bytes())?;
    write(&verifying, &prover.verifying_key_bytes())?;
    eprintln!(
        "Whoever makes these keys alone could have kept what forges proofs. Before others trust them,\n\
         run a ceremony of several parties and publish its transcript."
    );
    println!("{}", prover.circuit_id());
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
