//! The finished modules of the four canisters.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The canisters that have modules.
pub const CANISTERS: [&str; 4] = ["membership", "proof_verifier", "note_registry", "governance"];

/// Why a module is not at hand.
#[derive(Clone, Debug, thiserror::Error)]
#[error("no module of {canister}: {reason}")]
pub struct ModuleMissing {
    /// Which canister.
    pub canister: String,
    /// Why, and what to do.
    pub reason: String,
}

/// The gzipped module of a canister. Where `CALISEC_CANISTERS` names a directory, it is read from there; otherwise
/// `scripts/build` is run, once per process, so that what is tested is what is in the tree.
///
/// # Errors
/// [`ModuleMissing`] with what to do.
pub fn load(canister: &str) -> Result<Vec<u8>, ModuleMissing> {
    static LOADED: Mutex<BTreeMap<String, Vec<u8>>> = Mutex::new(BTreeMap::new());
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = loaded.get(canister) {
        return Ok(module.clone());
    }
    let missing = |reason: String| ModuleMissing { canister: canister.to_owned(), reason };
    let directory = directory().map_err(missing)?;
    let path = directory.join(format!("{canister}.wasm.gz"));
    let module = std::fs::read(&path)
        .map_err(|error| missing(format!("cannot read {} ({error}): run scripts/build", path.display())))?;
    loaded.insert(canister.to_owned(), module.clone());
    Ok(module)
}

fn directory() -> Result<PathBuf, String> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    if let Some(directory) = std::env::var_os("CALISEC_CANISTERS") {
        return Ok(directory.into());
    }
    BUILT
        .get_or_init(|| {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
            let built = Command::new(root.join("scripts/build")).status();
            match built {
                Ok(status) if status.success() => Ok(root.join("target/canisters")),
                Ok(status) => Err(format!("scripts/build failed ({status}): run it to see why")),
                Err(error) => Err(format!("cannot run scripts/build: {error}")),
            }
        })
        .clone()
}
