//! `calisec keys`.

use crate::failure::Failure;
use crate::output::Answer;
use calisec_sdk::Random;
use calisec_sdk::prover::ProvingKey;
use calisec_sdk::types::ids::CircuitId;
use calisec_sdk::types::proof_verifier::EncodedVerifyingKey;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// What `calisec keys` takes.
#[derive(clap::Args)]
pub struct Arguments {
    /// The directory to write `note_commitment.pk` and `note_commitment.vk` to; made if missing.
    #[arg(long, value_name = "DIRECTORY")]
    out: PathBuf,
}

/// Makes the keys from the operating system's randomness; the circuit id is what is printed.
pub fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    eprintln!("making the keys ...");
    let circuit = make(&arguments.out)?;
    eprintln!(
        "Whoever makes these keys alone could have kept what forges proofs. Before others trust them,\n\
         run a ceremony of several parties and publish its transcript."
    );
    Ok(Answer::of(json!({ "circuit": circuit, "directory": arguments.out })).with_text(circuit.to_string()))
}

/// Makes the keys in a directory that has none.
pub fn make(directory: &Path) -> Result<CircuitId, Failure> {
    let proving = directory.join("note_commitment.pk");
    let verifying = directory.join("note_commitment.vk");
    for file in [&proving, &verifying] {
        if file.exists() {
            return Err(Failure::usage(format!(
                "{} exists: keys are never overwritten, choose another directory",
                file.display()
            )));
        }
    }
    let failed = |error: std::io::Error| Failure::internal(format!("cannot write to {}: {error}", directory.display()));
    let broken = |error: &dyn std::error::Error| Failure::internal(format!("cannot make the keys: {error}"));
    fs::create_dir_all(directory).map_err(failed)?;
    let mut random = Random::from_os().map_err(|error| broken(&error))?;
    let keys = ProvingKey::setup(&mut random).map_err(|error| broken(&error))?;
    let EncodedVerifyingKey::ArkUncompressed(verifying_key) = keys.to_encoded_verifying_key() else {
        return Err(Failure::internal("the verifying key comes in an unexpected encoding: please report this defect"));
    };
    fs::write(&proving, keys.to_bytes().map_err(|error| broken(&error))?).map_err(failed)?;
    fs::write(&verifying, &verifying_key).map_err(failed)?;
    Ok(keys.circuit_id())
}

/// The circuit of the keys in a directory; `None` without keys.
pub fn circuit_id(directory: &Path) -> Result<Option<CircuitId>, Failure> {
    let path = directory.join("note_commitment.vk");
    if !path.exists() {
        return Ok(None);
    }
    let unusable = |error: String| Failure::setup(format!("{} is no verifying key: {error}", path.display()));
    let bytes = fs::read(&path).map_err(|error| unusable(error.to_string()))?;
    let key = calisec_sdk::zk::groth16::RawVerifyingKey::ArkUncompressed(&bytes).decode();
    Ok(Some(key.map_err(|error| unusable(error.to_string()))?.circuit_id()))
}
