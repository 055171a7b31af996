//! Canister modules: validated, metered, compiled.

mod compiler;
pub(crate) mod instrument;
mod validation;
mod weights;

use crate::system_api::Host;
pub(crate) use compiler::WASM_STACK_BYTES;
use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};
use std::{borrow::Cow, fmt, io::Read, sync::Arc};
pub(crate) use validation::MAX_TABLE_ELEMENTS;
use validation::{Facts, MAX_MODULE_BYTES};
pub use validation::{InvalidModule, Visibility};
use wasmtime::InstancePre;

const GZIP_MAGIC: [u8; 3] = [0x1f, 0x8b, 0x08];

/// A module that can be installed. Cloning is cheap.
#[derive(Clone)]
pub struct Module {
    inner: Arc<Inner>,
}

struct Inner {
    hash: [u8; 32],
    facts: Facts,
    compiled: InstancePre<Host>,
}

impl Module {
    /// Validates, meters and compiles `wasm`, which may be gzipped. Compilations are kept on disk (directory
    /// `CALISEC_CACHE_DIR`, or `calisec` in the user's cache directory) and, for the latest modules, in memory.
    ///
    /// # Errors
    ///
    /// The first rule of the replica that the module breaks; see [`InvalidModule`].
    pub fn compile(wasm: &[u8]) -> Result<Self, InvalidModule> {
        let hash: [u8; 32] = Sha256::digest(wasm).into();
        if let Some(module) = compiler::recall(&hash) {
            return Ok(module);
        }
        let plain = decompress(wasm)?;
        let facts = validation::validate(&plain)?;
        let metered = instrument::instrument(&plain, &facts.layout)
            .map_err(|error| InvalidModule::Malformed(error.to_string()))?;
        let compiled = compiler::compile(&metered)?;
        let module = Self { inner: Arc::new(Inner { hash, facts, compiled }) };
        compiler::remember(&module);
        Ok(module)
    }

    /// SHA-256 of the bytes given to [`Module::compile`]: the replica's `module_hash`.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        self.inner.hash
    }

    /// Whether it exports `canister_update <method>`.
    #[must_use]
    pub fn has_update(&self, method: &str) -> bool {
        self.inner.facts.methods.update.contains(method)
    }

    /// Whether it exports `canister_query <method>`.
    #[must_use]
    pub fn has_query(&self, method: &str) -> bool {
        self.inner.facts.methods.query.contains(method)
    }

    /// Whether it exports `canister_composite_query <method>`.
    #[must_use]
    pub fn has_composite_query(&self, method: &str) -> bool {
        self.inner.facts.methods.composite_query.contains(method)
    }

    /// Whether it exports `canister_inspect_message`.
    #[must_use]
    pub fn has_inspect_message(&self) -> bool {
        self.has_lifecycle("canister_inspect_message")
    }

    /// Whether it exports `canister_heartbeat`.
    #[must_use]
    pub fn has_heartbeat(&self) -> bool {
        self.has_lifecycle("canister_heartbeat")
    }

    /// Whether it exports `canister_global_timer`.
    #[must_use]
    pub fn has_global_timer(&self) -> bool {
        self.has_lifecycle("canister_global_timer")
    }

    /// The content of custom section `icp:public <name>` or `icp:private <name>`.
    #[must_use]
    pub fn custom_section(&self, name: &str) -> Option<(Visibility, &[u8])> {
        let (visibility, content) = self.inner.facts.custom_sections.get(name)?;
        Some((*visibility, content))
    }

    /// Every custom section `icp:public <name>` or `icp:private <name>`, by name.
    pub fn custom_sections(&self) -> impl Iterator<Item = (&str, Visibility, &[u8])> {
        let sections = &self.inner.facts.custom_sections;
        sections.iter().map(|(name, (visibility, content))| (name.as_str(), *visibility, content.as_slice()))
    }

    pub(crate) fn has_lifecycle(&self, export: &str) -> bool {
        self.inner.facts.methods.lifecycle.contains(export)
    }

    pub(crate) fn has_start(&self) -> bool {
        self.inner.facts.layout.start.is_some()
    }

    pub(crate) fn initial_pages(&self) -> u64 {
        self.inner.facts.initial_pages
    }

    pub(crate) fn mutable_globals(&self) -> &[u32] {
        &self.inner.facts.layout.mutable_globals
    }

    /// Whether an instance must not serve a second message.
    pub(crate) fn has_transient_state(&self) -> bool {
        self.inner.facts.has_transient_state
    }

    pub(crate) fn compiled(&self) -> &InstancePre<Host> {
        &self.inner.compiled
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module").field("hash", &self.inner.hash).finish_non_exhaustive()
    }
}

fn decompress(wasm: &[u8]) -> Result<Cow<'_, [u8]>, InvalidModule> {
    if !wasm.starts_with(&GZIP_MAGIC) {
        return Ok(Cow::Borrowed(wasm));
    }
    let mut plain = Vec::new();
    // One byte more than allowed is enough to know that it is too large, whatever a bomb would expand to.
    GzDecoder::new(wasm)
        .take(MAX_MODULE_BYTES as u64 + 1)
        .read_to_end(&mut plain)
        .map_err(|error| InvalidModule::Malformed(format!("gzip: {error}")))?;
    Ok(Cow::Owned(plain))
}
