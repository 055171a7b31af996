//! The engine in a directory, between two processes.
//!
//! | file | what |
//! |---|---|
//! | `state.json` | everything but the memories, and the names of the files that hold those; renaming it is the commit |
//! | `images/` | stable memories, one file each, never overwritten |
//! | `modules/` | the canisters' modules as they were when the directory was made or upgraded |
//! | `keys/` | the proving and the verifying key of the circuit that mints notes |
//! | `lock` | held while a process uses the directory |

mod images;
mod manifest;

use crate::failure::{Failure, Kind};
use crate::progress::Progress;
use calisec_engine::execution::StableImage;
use calisec_engine::network::CanisterInstallMode;
use calisec_engine::wasm::Module;
use calisec_engine::{Config, Network};
use calisec_testkit::modules::CANISTERS;
use candid::{CandidType, Deserialize, Principal};
pub use manifest::{Manifest, SavedEntry};
use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long a process waits for another one.
const PATIENCE: Duration = Duration::from_secs(30);
/// Rounds in which timers that have become due may run.
const ROUNDS: u64 = 1_000;

/// An engine that is kept in a directory, for as long as this process holds the lock.
pub struct Kept {
    directory: PathBuf,
    /// The network, running.
    pub network: Network,
    manifest: Manifest,
    /// What the files hold.
    images: BTreeMap<Principal, StableImage>,
    _lock: File,
}

/// Whether an engine is kept there.
pub fn exists(directory: &Path) -> bool {
    directory.join("state.json").exists()
}

impl Kept {
    /// Starts the canisters where they were left.
    pub fn open(directory: &Path, progress: &Progress) -> Result<Self, Failure> {
        let lock = lock(directory, progress)?;
        progress.says("starting the four canisters (the first time their code is compiled) ...");
        let manifest = Manifest::read(directory)?;
        let damaged = |what: &str, why: String| {
            Failure::setup(format!(
                "the engine kept in {} cannot be used: {what}: {why}; restore a copy of the directory, or begin again \
                 with 'calisec engine reset'",
                directory.display()
            ))
        };
        let mut images = BTreeMap::new();
        let mut modules = BTreeMap::new();
        for entry in &manifest.canisters {
            let path = directory.join(&entry.image);
            images.insert(entry.id, images::read(&path).map_err(|why| damaged(&entry.image, why))?);
            let module = fs::read(directory.join(&entry.module));
            modules.insert(entry.id, module.map_err(|error| damaged(&entry.module, error.to_string()))?);
        }
        // All at once, and for later: starting a canister finds its module compiled, or says why it is none.
        std::thread::scope(|scope| {
            for module in modules.values() {
                scope.spawn(|| Module::compile(module).is_ok());
            }
        });
        let saved = manifest.to_saved(&images);
        let mut network = Network::resumed(Config::default(), &saved);
        let nothing = candid::encode_args(()).map_err(|error| Failure::internal(error.to_string()))?;
        for canister in &saved.canisters {
            network
                .resume_canister(canister, &modules[&canister.id], &nothing)
                .map_err(|reject| damaged(&canister.id.to_text(), reject.to_string()))?;
        }
        let mut kept = Self { directory: directory.to_owned(), network, manifest, images, _lock: lock };
        kept.keep_time();
        Ok(kept)
    }

    /// Keeps a network for the first time.
    pub fn create(
        directory: &Path,
        network: Network,
        ids: &BTreeMap<&'static str, Principal>,
        progress: &Progress,
    ) -> Result<Self, Failure> {
        let lock = lock(directory, progress)?;
        if exists(directory) {
            return Err(Failure::usage(format!("an engine is kept in {} already", directory.display())));
        }
        let manifest = Manifest::new(ids);
        let mut kept =
            Self { directory: directory.to_owned(), network, manifest, images: BTreeMap::new(), _lock: lock };
        kept.keep_modules()?;
        kept.write()?;
        Ok(kept)
    }

    /// A canister's id.
    pub fn id(&self, name: &str) -> Option<Principal> {
        self.manifest.canisters.iter().find(|entry| entry.name == name).map(|entry| entry.id)
    }

    /// The names and ids.
    pub fn entries(&self) -> &[SavedEntry] {
        &self.manifest.canisters
    }

    /// How far the clock is ahead of this computer's.
    pub fn clock_ahead(&self) -> Duration {
        Duration::from_nanos(self.manifest.clock_ahead_ns)
    }

    /// Moves the clock on, and lets the timers that become due run.
    pub fn advance(&mut self, by: Duration) {
        let ns = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        self.manifest.clock_ahead_ns = self.manifest.clock_ahead_ns.saturating_add(ns);
        self.network.advance_time(by);
        self.network.run_until_idle(ROUNDS);
    }

    /// Asks a canister of the engine, as nobody.
    pub fn ask<T: CandidType + for<'de> Deserialize<'de>>(
        &mut self,
        canister: &str,
        method: &str,
        arg: &impl CandidType,
    ) -> Result<T, Failure> {
        let failed = |why: String| {
            Failure::setup(format!(
                "{canister} does not answer {method}: 'calisec engine upgrade' brings the engine's canisters to the built \
                 version ({why})"
            ))
        };
        let id = self.id(canister).ok_or_else(|| failed("the engine has none".to_owned()))?;
        let arg = candid::encode_one(arg).map_err(|error| failed(error.to_string()))?;
        let answer = self.network.query(Principal::anonymous(), id, method, &arg);
        let answer = answer.map_err(|reject| failed(reject.to_string()))?;
        candid::decode_one(&answer).map_err(|error| failed(error.to_string()))
    }

    /// Upgrades the canisters to the modules of the tree, and those that have an argument here with it, be the module new or not;
    /// answers their names.
    pub fn upgrade(
        &mut self,
        controller: Principal,
        arguments: &BTreeMap<&'static str, Vec<u8>>,
    ) -> Result<Vec<&'static str>, Failure> {
        let nothing = candid::encode_args(()).map_err(|error| Failure::internal(error.to_string()))?;
        let mut upgraded = Vec::new();
        for name in CANISTERS {
            let Some(id) = self.id(name) else { continue };
            let module = load_module(name)?;
            let hash = sha256(&module);
            let argument = arguments.get(name);
            if argument.is_none() && self.network.module_hash(id).ok().flatten() == Some(hash) {
                continue;
            }
            let mode = CanisterInstallMode::Upgrade(None);
            self.network.deploy(controller, id, mode, &module, argument.unwrap_or(&nothing)).map_err(|reject| {
                Failure::internal(format!("{name} cannot be upgraded, nothing has changed: {reject}"))
            })?;
            upgraded.push(name);
        }
        self.network.run_until_idle(ROUNDS);
        self.keep_modules()?;
        self.write()?;
        Ok(upgraded)
    }

    /// Sets the clock, and lets the timers that have become due run.
    pub fn keep_time(&mut self) {
        let now = wall_clock_ns().saturating_add(self.manifest.clock_ahead_ns);
        // A clock that went back, on this computer or by a restored copy, does not take the engine's with it.
        let _ = self.network.set_time_ns(now.max(self.network.time_ns()));
        self.network.run_until_idle(ROUNDS);
    }

    /// Lets what is under way end, and writes what has changed; without a change nothing is written.
    pub fn close(mut self) -> Result<(), Failure> {
        self.save_changes()
    }

    /// The same, and goes on.
    pub fn save_changes(&mut self) -> Result<(), Failure> {
        self.network.run_until_idle(ROUNDS);
        let changed = self.entries().iter().any(|entry| {
            let image = self.network.stable_image(entry.id).unwrap_or_default();
            self.images.get(&entry.id) != Some(&image)
        });
        if changed { self.write() } else { Ok(()) }
    }

    /// Writes the state: new images first, then the file that names them, then the old images go.
    pub fn write(&mut self) -> Result<(), Failure> {
        let saved = self.network.save().map_err(|error| {
            Failure::internal(format!("the engine is not saved, so that what was done is undone: {error}"))
        })?;
        let failed = |error: std::io::Error| {
            Failure::internal(format!("the engine is not saved in {}: {error}", self.directory.display()))
        };
        fs::create_dir_all(self.directory.join("images")).map_err(failed)?;
        let generation = self.manifest.generation + 1;
        let mut next = self.manifest.clone();
        next.update(&saved, generation);
        for canister in &saved.canisters {
            let Some(entry) = next.canisters.iter_mut().find(|entry| entry.id == canister.id) else { continue };
            if self.images.get(&canister.id) != Some(&canister.stable) {
                entry.image = format!("images/{}.{generation}", entry.name);
                let path = self.directory.join(&entry.image);
                // One of a process that was stopped before it was done.
                let _ = fs::remove_file(&path);
                images::write(&path, &canister.stable).map_err(failed)?;
            }
        }
        next.write(&self.directory).map_err(failed)?;
        self.manifest = next;
        self.images = saved.canisters.into_iter().map(|canister| (canister.id, canister.stable)).collect();
        self.sweep();
        Ok(())
    }

    /// Removes files that nothing names any more; one that stays does no harm.
    fn sweep(&self) {
        for folder in ["images", "modules"] {
            for file in fs::read_dir(self.directory.join(folder)).into_iter().flatten().flatten() {
                let name = format!("{folder}/{}", file.file_name().to_string_lossy());
                if !self.entries().iter().any(|entry| entry.image == name || entry.module == name) {
                    let _ = fs::remove_file(file.path());
                }
            }
        }
    }

    /// Copies the modules that run now into the directory.
    fn keep_modules(&mut self) -> Result<(), Failure> {
        let folder = self.directory.join("modules");
        let failed = |error: std::io::Error| Failure::internal(format!("cannot write {}: {error}", folder.display()));
        fs::create_dir_all(&folder).map_err(failed)?;
        for entry in &mut self.manifest.canisters {
            let module = load_module(&entry.name)?;
            let hash = hex::encode(sha256(&module));
            entry.module = format!("modules/{}.{}.wasm.gz", entry.name, &hash[..16]);
            fs::write(self.directory.join(&entry.module), &module).map_err(failed)?;
        }
        Ok(())
    }
}

/// Removes an engine, and nothing else that lies in the directory.
pub fn remove(directory: &Path, progress: &Progress) -> Result<(), Failure> {
    let _lock = lock(directory, progress)?;
    let failed = |error: std::io::Error| {
        Failure::internal(format!("cannot remove the engine in {}: {error}", directory.display()))
    };
    // First what makes it an engine: what is left after a failure is no half of one.
    for file in ["state.json", "state.json.new"] {
        remove_if_there(fs::remove_file(directory.join(file))).map_err(failed)?;
    }
    for folder in ["images", "modules", "keys"] {
        remove_if_there(fs::remove_dir_all(directory.join(folder))).map_err(failed)?;
    }
    Ok(())
}

fn remove_if_there(removed: std::io::Result<()>) -> std::io::Result<()> {
    match removed {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The built module of a canister.
pub fn load_module(name: &str) -> Result<Vec<u8>, Failure> {
    calisec_testkit::modules::load(name).map_err(|error| {
        Failure::setup(format!("{error}; or name a directory with built modules in CALISEC_CANISTERS"))
    })
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).into()
}

fn lock(directory: &Path, progress: &Progress) -> Result<File, Failure> {
    let failed = |error: std::io::Error| {
        Failure::setup(format!("cannot use the directory {}: {error}; choose another --state", directory.display()))
    };
    fs::create_dir_all(directory).map_err(failed)?;
    let file = File::options().create(true).append(true).open(directory.join("lock")).map_err(failed)?;
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if started.elapsed() < PATIENCE => {
                progress.says("waiting for another calisec that uses the same --state ...");
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::new(
                    Kind::Temporary,
                    format!(
                        "another calisec uses {}: wait until it has ended, reach it by --network if it serves, or choose \
                         another --state",
                        directory.display()
                    ),
                ));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
}

/// This computer's time, nanoseconds since 1970.
pub fn wall_clock_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
