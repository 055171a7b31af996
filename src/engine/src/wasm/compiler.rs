//! The compiler: one for the process, with a cache on disk.

use super::{InvalidModule, Module};
use crate::system_api::{self, Host};
use std::{
    collections::VecDeque,
    env,
    path::PathBuf,
    sync::{LazyLock, Mutex, PoisonError},
};
use wasmtime::{Cache, CacheConfig, Config, Engine, InstancePre, Linker, OptLevel};

/// What wasm code may use of the native stack; source: `max_wasm_stack_size` of the replica's embedder.
pub(crate) const WASM_STACK_BYTES: usize = 5 << 20;

/// Modules kept in memory, so that a test which installs one module a thousand times compiles it once.
const KEPT_MODULES: usize = 32;

struct Compiler {
    engine: Engine,
    linker: Linker<Host>,
}

static COMPILER: LazyLock<Result<Compiler, String>> =
    LazyLock::new(|| Compiler::new().map_err(|error| format!("{error:#}")));
static KEPT: Mutex<VecDeque<Module>> = Mutex::new(VecDeque::new());

impl Compiler {
    fn new() -> wasmtime::Result<Self> {
        let mut config = Config::new();
        config
            .cranelift_nan_canonicalization(true)
            .cranelift_opt_level(OptLevel::Speed)
            .max_wasm_stack(WASM_STACK_BYTES)
            // Not used, but must not be smaller.
            .async_stack_size(2 * WASM_STACK_BYTES)
            .wasm_relaxed_simd(false)
            .wasm_tail_call(true)
            .cache(cache());
        let engine = Engine::new(&config)?;
        let mut linker = Linker::new(&engine);
        system_api::link(&mut linker)?;
        Ok(Self { engine, linker })
    }
}

/// The cache on disk. Without a directory that can be written to, everything is compiled anew: slower, not wrong.
fn cache() -> Option<Cache> {
    let mut config = CacheConfig::new();
    config.with_directory(cache_directory()?);
    Cache::new(config).ok()
}

/// A directory of its own: the cache deletes the largest files that it finds beneath it, whoever made them.
fn cache_directory() -> Option<PathBuf> {
    let chosen = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let directory = chosen("CALISEC_CACHE_DIR")
        .or_else(|| chosen("XDG_CACHE_HOME").map(|cache| cache.join("calisec/compiled")))
        .or_else(|| chosen("HOME").map(|home| home.join(".cache/calisec/compiled")))
        .unwrap_or_else(|| PathBuf::from("target/calisec-cache"));
    std::path::absolute(directory).ok()
}

/// Compiles an instrumented module and resolves its imports.
pub(super) fn compile(metered: &[u8]) -> Result<InstancePre<Host>, InvalidModule> {
    let compiler = COMPILER.as_ref().map_err(|error| InvalidModule::Unsupported(error.clone()))?;
    let module = wasmtime::Module::new(&compiler.engine, metered)
        .map_err(|error| InvalidModule::Malformed(format!("{error:#}")))?;
    compiler.linker.instantiate_pre(&module).map_err(|error| InvalidModule::Import(format!("{error:#}")))
}

/// The module with this hash, if it is among the latest.
pub(super) fn recall(hash: &[u8; 32]) -> Option<Module> {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let position = kept.iter().position(|module| module.hash() == *hash)?;
    let module = kept.remove(position)?;
    kept.push_front(module.clone());
    Some(module)
}

/// Keeps `module` for [`recall`], dropping the one not used for longest.
pub(super) fn remember(module: &Module) {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    kept.push_front(module.clone());
    kept.truncate(KEPT_MODULES);
}
