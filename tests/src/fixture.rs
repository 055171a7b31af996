//! Canisters that only tests know.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The module of `tests/canisters/<name>`, built from the tree as the real canisters are.
///
/// # Panics
/// When it cannot be built.
pub fn fixture(name: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let built = Command::new(root.join("scripts/build")).args(["--fixture", name]).status();
    assert!(built.is_ok_and(|status| status.success()), "scripts/build --fixture {name} failed: run it to see why");
    let module = root.join(format!("target/canisters/{name}.wasm"));
    fs::read(&module).unwrap_or_else(|error| panic!("{}: {error}", module.display()))
}
