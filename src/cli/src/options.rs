//! The options that every verb takes.

use crate::failure::Failure;
use crate::parse;
use candid::Principal;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// Where the canisters are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The embedded engine, kept in a directory.
    Engine,
    /// A local replica on dfx's port.
    Local,
    /// Mainnet.
    Mainnet,
    /// A replica or boundary node at this URL.
    Url(String),
}

/// A local replica as `dfx start` runs it.
pub const LOCAL_URL: &str = "http://127.0.0.1:4943";

impl FromStr for Target {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "engine" => Ok(Self::Engine),
            "local" => Ok(Self::Local),
            "ic" => Ok(Self::Mainnet),
            url if url.starts_with("http://") || url.starts_with("https://") => Ok(Self::Url(url.to_owned())),
            _ => Err("a network is 'engine', 'local', 'ic', or a URL that begins with http:// or https://".to_owned()),
        }
    }
}

/// What every verb takes.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Where the canisters are: engine (kept in --state), local (dfx on 127.0.0.1:4943), ic, or a URL.
    #[arg(long, global = true, default_value = "engine", value_name = "NETWORK", help_heading = "Everywhere")]
    pub network: Target,
    /// Who calls: a file with an Ed25519 key [default: $CALISEC_IDENTITY, then identity.pem in the user's configuration].
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub identity: Option<PathBuf>,
    /// Where the engine is kept [default: $CALISEC_STATE, then ./.calisec].
    #[arg(long, global = true, value_name = "DIRECTORY", help_heading = "Everywhere")]
    pub state: Option<PathBuf>,
    /// A canister's id, instead of the one in canister_ids.json; may be repeated.
    #[arg(long = "canister", global = true, value_name = "NAME=ID", value_parser = parse::canister, help_heading = "Everywhere")]
    pub canisters: Vec<(String, Principal)>,
    /// The network's root key, in DER or its hex, for evidence in files, and for a URL that is neither mainnet nor on this computer.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub root_key: Option<PathBuf>,
    /// Print one JSON document, errors too.
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub json: bool,
    /// Print only this field, for scripts: a name as --json has it, with dots for what is inside, e.g. canisters.membership.id.
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "json", help_heading = "Everywhere")]
    pub field: Option<String>,
    /// Do not ask before something is destroyed.
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub yes: bool,
    /// Sign what would be done into this file, for this long, instead of doing it: set by 'calisec request sign'.
    #[arg(skip)]
    pub sign: Option<(PathBuf, Duration)>,
}

impl Options {
    /// Where the engine is kept.
    pub fn state_directory(&self) -> PathBuf {
        let chosen = self.state.clone();
        let named = || std::env::var_os("CALISEC_STATE").filter(|value| !value.is_empty()).map(PathBuf::from);
        chosen.or_else(named).unwrap_or_else(|| PathBuf::from(".calisec"))
    }

    /// Refuses a root key where it would be ignored: somebody who passes one relies on it.
    pub fn refuse_root_key(&self) -> Result<(), Failure> {
        if self.root_key.is_none() {
            return Ok(());
        }
        Err(Failure::usage(
            "--root-key is for evidence in files and for networks that --network names by a URL; the engine's is kept with it",
        ))
    }

    /// The file of the identity, and whether somebody asked for it.
    pub fn identity_file(&self) -> (PathBuf, bool) {
        let named = || std::env::var_os("CALISEC_IDENTITY").filter(|value| !value.is_empty()).map(PathBuf::from);
        match self.identity.clone().or_else(named) {
            Some(path) => (path, true),
            None => (crate::keyfile::default_path(), false),
        }
    }
}
