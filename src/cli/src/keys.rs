//! `calisec keys`.

use crate::failure::Failure;
use crate::output::Answer;
use calisec_sdk::Random;
use calisec_sdk::circuit::{Circuit, Depth};
use calisec_sdk::prover::{
    CircuitKey, CredentialRangeKey, CredentialSetKey, MembershipKey, ProverError, ProvingKey, SignalKey,
};
use calisec_sdk::types::ids::CircuitId;
use calisec_sdk::types::proof_verifier::EncodedVerifyingKey;
use calisec_sdk::zk::groth16::RawVerifyingKey;
use clap::ValueEnum;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// What `calisec keys` takes.
#[derive(clap::Args)]
pub struct Arguments {
    /// The directory to write e.g. `note_commitment.pk` and `note_commitment.vk` to; made if missing.
    #[arg(long, value_name = "DIRECTORY")]
    out: PathBuf,
    /// Of which statement.
    #[arg(long, default_value = "note-commitment")]
    statement: Statement,
    /// How deep the tree of members, the group or the issuer's tree may become: 1 to 32. Each level makes proving slower.
    #[arg(long, default_value = "10", value_parser = depth)]
    depth: Depth,
    /// How deep the tree of allowed values may become, for credential-set.
    #[arg(long, default_value = "6", value_parser = depth)]
    set_depth: Depth,
}

/// A statement that has keys.
#[derive(ValueEnum, Clone, Copy)]
enum Statement {
    /// Mints notes.
    NoteCommitment,
    /// Being one of a tree.
    ContextMembership,
    /// Being one of a group of Semaphore's, with a key of one's own.
    OwnKeySignal,
    /// An attested number in a range.
    CredentialRange,
    /// An attested value among some.
    CredentialSet,
}

fn depth(text: &str) -> Result<Depth, String> {
    let levels: u8 = text.parse().map_err(|_| format!("'{text}' is no depth: a number from 1 to 32 is expected"))?;
    Depth::new(levels).map_err(|error| error.to_string())
}

/// Makes the keys from the operating system's randomness; the circuit id is what is printed.
pub fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    let Arguments { out, statement, depth, set_depth } = arguments;
    eprintln!("making the keys ...");
    let circuit = match statement {
        Statement::NoteCommitment => make(out)?,
        Statement::ContextMembership => {
            make_as(out, "context_membership", |random| MembershipKey::setup(*depth, random))?
        }
        Statement::OwnKeySignal => make_as(out, "own_key_signal", |random| SignalKey::setup(*depth, random))?,
        Statement::CredentialRange => {
            make_as(out, "credential_range", |random| CredentialRangeKey::setup(*depth, random))?
        }
        Statement::CredentialSet => {
            make_as(out, "credential_set", |random| CredentialSetKey::setup(*depth, *set_depth, random))?
        }
    };
    eprintln!(
        "Whoever makes these keys alone could have kept what forges proofs. Before others trust them,\n\
         run a ceremony of several parties and publish its transcript."
    );
    Ok(Answer::of(json!({ "circuit": circuit, "directory": out })).with_text(circuit.to_string()))
}

/// Makes the keys that mint notes, in a directory that has none.
pub fn make(directory: &Path) -> Result<CircuitId, Failure> {
    make_as(directory, "note_commitment", ProvingKey::setup)
}

fn make_as<C: Circuit>(
    directory: &Path,
    name: &str,
    setup: impl FnOnce(&mut Random) -> Result<CircuitKey<C>, ProverError>,
) -> Result<CircuitId, Failure> {
    let (proving, verifying) = (directory.join(format!("{name}.pk")), directory.join(format!("{name}.vk")));
    for file in [&proving, &verifying] {
        if file.exists() {
            return Err(Failure::usage(format!(
                "{} exists: keys are never overwritten, choose another directory",
                file.display()
            )));
        }
    }
    let failed = |error: std::io::Error| Failure::usage(format!("cannot write to {}: {error}", directory.display()));
    let broken = |error: &dyn std::error::Error| Failure::internal(format!("cannot make the keys: {error}"));
    fs::create_dir_all(directory).map_err(failed)?;
    let mut random = Random::from_os().map_err(|error| broken(&error))?;
    let keys = setup(&mut random).map_err(|error| broken(&error))?;
    let EncodedVerifyingKey::ArkUncompressed(verifying_key) = keys.to_encoded_verifying_key() else {
        return Err(Failure::internal("the verifying key comes in an unexpected encoding: please report this defect"));
    };
    fs::write(&proving, keys.to_bytes().map_err(|error| broken(&error))?).map_err(failed)?;
    fs::write(&verifying, &verifying_key).map_err(failed)?;
    Ok(keys.circuit_id())
}

/// The circuit of the keys that mint notes, in a directory; `None` without keys.
pub fn circuit_id(directory: &Path) -> Result<Option<CircuitId>, Failure> {
    let path = directory.join("note_commitment.vk");
    if !path.exists() {
        return Ok(None);
    }
    let unusable = |error: String| Failure::setup(format!("{} is no verifying key: {error}", path.display()));
    let bytes = fs::read(&path).map_err(|error| unusable(error.to_string()))?;
    let key = RawVerifyingKey::ArkUncompressed(&bytes).decode();
    Ok(Some(key.map_err(|error| unusable(error.to_string()))?.circuit_id()))
}
