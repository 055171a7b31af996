//! The files that deploy the canisters agree with each other and with the tree.

use calisec_testkit::modules::{self, CANISTERS};
use candid_parser::utils::{CandidSource, service_equal};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn json(path: &str) -> Value {
    serde_json::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn should_declare_every_canister_in_dfx_json() {
    let dfx = json("dfx.json");
    let declared: Vec<&str> = dfx["canisters"].as_object().expect("canisters").keys().map(String::as_str).collect();
    let mut expected = CANISTERS.to_vec();
    expected.sort_unstable();
    assert_eq!(declared, expected);
    for canister in CANISTERS {
        let entry = &dfx["canisters"][canister];
        assert_eq!(entry["type"], "custom");
        assert_eq!(entry["build"], format!("scripts/build {canister}"));
        assert_eq!(entry["wasm"], format!("target/canisters/{canister}.wasm.gz"));
        assert_eq!(entry["candid"], format!("candid/{canister}.did"));
        let metadata: Vec<&str> =
            entry["metadata"].as_array().expect("metadata").iter().filter_map(|item| item["name"].as_str()).collect();
        assert_eq!(metadata, ["candid:service", "candid:args", "git:commit"]);
    }
}

#[test]
fn should_have_an_id_entry_an_interface_and_a_readme_for_every_canister() {
    let ids = json("canister_ids.json");
    assert_eq!(ids.as_object().expect("an object").len(), CANISTERS.len());
    for canister in CANISTERS {
        let networks = ids[canister].as_object().expect("an entry per canister");
        for (network, id) in networks {
            let id = id.as_str().expect("text");
            assert!(candid::Principal::from_text(id).is_ok(), "{canister} on {network}: '{id}' is no principal");
        }
        assert!(read(&format!("candid/{canister}.did")).starts_with("//"), "the interface begins with prose");
        assert!(read(&format!("src/canisters/{canister}/README.md")).starts_with('#'));
        for room in ["main.rs", "lib.rs", "api", "lifecycle.rs", "storage.rs", "clients.rs", "state"] {
            let path = format!("src/canisters/{canister}/src/{room}");
            let file = root().join(&path);
            let exists = file.exists() || file.with_extension("").is_dir();
            assert!(exists || (canister == "proof_verifier" && room == "clients.rs"), "no {path}");
        }
    }
}

#[test]
fn should_embed_interface_and_commit_in_every_module() {
    for canister in CANISTERS {
        let module = modules::load(canister).expect("built");
        let module = calisec_engine::wasm::Module::compile(&module).expect("compiles");
        let section = |name: &str| {
            let (_, bytes) = module.custom_section(name).unwrap_or_else(|| panic!("{canister} has no section {name}"));
            String::from_utf8(bytes.to_vec()).expect("text")
        };
        let declared = root().join(format!("candid/{canister}.did"));
        let service = section("candid:service");
        service_equal(CandidSource::Text(&service), CandidSource::File(&declared)).expect("the interface of the tree");
        assert!(section("candid:args").starts_with('(') || section("candid:args").starts_with("type"));
        let commit = section("git:commit");
        assert!(commit == "unknown" || commit.len() == 40, "'{commit}' is no commit");
    }
}

#[test]
fn should_explain_itself_when_a_script_is_asked_for_help() {
    for script in ["build", "demo", "test", "deploy"] {
        let asked = std::process::Command::new(root().join("scripts").join(script)).arg("--help").output();
        let output = asked.unwrap_or_else(|error| panic!("scripts/{script}: {error}"));
        assert!(output.status.success(), "scripts/{script} --help failed");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains(&format!("usage: scripts/{script}")), "scripts/{script} --help: {text}");
        assert!(read(&format!("scripts/{script}")).lines().count() < 80, "scripts/{script} is too long");
    }
}

#[test]
fn should_refuse_an_unknown_canister_when_building() {
    let output = std::process::Command::new(root().join("scripts/build")).arg("treasury").output().expect("runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no canister 'treasury'"));
}
