//! `state.json`.

use crate::failure::Failure;
use calisec_engine::execution::StableImage;
use calisec_engine::network::{SavedCanister, SavedNetwork};
use candid::Principal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// The only format there is.
const FORMAT: u32 = 1;

/// Everything but the memories.
#[derive(Serialize, Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: u32,
    /// Rises with every write.
    pub generation: u64,
    seed: u64,
    time_ns: u64,
    /// How far the clock was moved ahead of the computer's.
    pub clock_ahead_ns: u64,
    /// In decimal: JSON has no numbers of 128 bits.
    random_words: String,
    sequence: u64,
    next_canister: u64,
    /// The canisters.
    pub canisters: Vec<SavedEntry>,
}

/// One canister.
#[derive(Serialize, Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub struct SavedEntry {
    /// Its name in dfx.json.
    pub name: String,
    /// Its id.
    pub id: Principal,
    controllers: Vec<Principal>,
    cycles: String,
    version: u64,
    module_hash: String,
    /// The file with its module.
    pub module: String,
    /// The file with its stable memory.
    pub image: String,
}

impl Manifest {
    /// Of canisters that were not saved yet.
    pub fn new(ids: &BTreeMap<&'static str, Principal>) -> Self {
        let entry = |(name, id): (&&'static str, &Principal)| SavedEntry {
            name: (*name).to_owned(),
            id: *id,
            controllers: Vec::new(),
            cycles: String::new(),
            version: 0,
            module_hash: String::new(),
            module: String::new(),
            image: String::new(),
        };
        Self {
            format: FORMAT,
            generation: 0,
            seed: 0,
            time_ns: 0,
            clock_ahead_ns: 0,
            random_words: "0".to_owned(),
            sequence: 0,
            next_canister: 0,
            canisters: ids.iter().map(entry).collect(),
        }
    }

    /// From the directory.
    pub fn read(directory: &Path) -> Result<Self, Failure> {
        let path = directory.join("state.json");
        let unusable = |why: String| {
            Failure::setup(format!(
                "{} cannot be used: {why}; restore a copy of the directory, or begin again with 'calisec engine reset'",
                path.display()
            ))
        };
        let text = fs::read(&path).map_err(|error| unusable(error.to_string()))?;
        let manifest: Self = serde_json::from_slice(&text).map_err(|error| unusable(error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(unusable(format!("its format is {}, this program knows {FORMAT}", manifest.format)));
        }
        for entry in &manifest.canisters {
            let is_inside = |file: &str| file.split('/').count() == 2 && !file.starts_with('/') && !file.contains("..");
            if !is_inside(&entry.image) || !is_inside(&entry.module) || entry.hash().is_none() {
                return Err(unusable(format!("the entry of {} is malformed", entry.name)));
            }
        }
        Ok(manifest)
    }

    /// Replaces the file in the directory, at once or not at all.
    pub fn write(&self, directory: &Path) -> std::io::Result<()> {
        let (new, path) = (directory.join("state.json.new"), directory.join("state.json"));
        let mut file = File::create(&new)?;
        file.write_all(serde_json::to_string_pretty(self)?.as_bytes())?;
        file.sync_all()?;
        fs::rename(new, path)?;
        File::open(directory)?.sync_all()
    }

    /// Takes over what the network says.
    pub fn update(&mut self, saved: &SavedNetwork, generation: u64) {
        self.generation = generation;
        self.seed = saved.seed;
        self.time_ns = saved.time_ns;
        self.random_words = saved.random_words.to_string();
        self.sequence = saved.sequence;
        self.next_canister = saved.next_canister;
        for canister in &saved.canisters {
            let Some(entry) = self.canisters.iter_mut().find(|entry| entry.id == canister.id) else { continue };
            entry.controllers.clone_from(&canister.controllers);
            entry.cycles = canister.cycles.to_string();
            entry.version = canister.version;
            entry.module_hash = hex::encode(canister.module_hash);
        }
    }

    /// What the network goes on from.
    pub fn to_saved(&self, images: &BTreeMap<Principal, StableImage>) -> SavedNetwork {
        let canisters = self.canisters.iter().map(|entry| SavedCanister {
            id: entry.id,
            controllers: entry.controllers.clone(),
            cycles: entry.cycles.parse().unwrap_or_default(),
            version: entry.version,
            module_hash: entry.hash().unwrap_or_default(),
            stable: images.get(&entry.id).cloned().unwrap_or_default(),
        });
        SavedNetwork {
            seed: self.seed,
            time_ns: self.time_ns,
            random_words: self.random_words.parse().unwrap_or_default(),
            sequence: self.sequence,
            next_canister: self.next_canister,
            canisters: canisters.collect(),
        }
    }
}

impl SavedEntry {
    fn hash(&self) -> Option<[u8; 32]> {
        hex::decode(&self.module_hash).ok()?.try_into().ok()
    }
}
