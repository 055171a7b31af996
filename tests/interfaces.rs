//! The files that deploy the canisters agree with each other and with the tree.

use calisec_engine::{Config, Network};
use calisec_testkit::modules::{self, CANISTERS};
use calisec_types::governance::{CircuitsInit, GovernanceArg, GovernanceSetting};
use calisec_types::ids::{CircuitId, ContextId};
use calisec_types::membership::{MembershipArg, MembershipInit, MembershipSetting};
use calisec_types::note_registry::NoteRegistryInit;
use calisec_types::proof_verifier::ProofVerifierInit;
use candid::{CandidType, Decode, Principal, encode_one};
use candid_parser::utils::{CandidSource, service_equal};
use ic_management_canister_types::{
    CanisterInstallMode, ChunkHash, InstallChunkedCodeArgs, InstallCodeArgs, UploadChunkArgs,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

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
    let mut declared: Vec<&str> = dfx["canisters"].as_object().expect("canisters").keys().map(String::as_str).collect();
    let mut expected = CANISTERS.to_vec();
    expected.sort_unstable();
    declared.sort_unstable();
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
            let calls_nobody = ["membership", "proof_verifier"].contains(&canister);
            assert!(exists || (calls_nobody && room == "clients.rs"), "no {path}");
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

/// Membership's module does not fit into one ingress message, and is installed and upgraded from the chunk store.
#[test]
fn should_install_and_upgrade_membership_when_it_comes_in_chunks() {
    let (mut network, deployer) = (Network::new(Config::default()), Principal::from_slice(b"deployer"));
    let id = network.create_canister(&[deployer], 100_000_000_000_000).expect("created");
    let module = modules::load("membership").expect("built");
    let arg = encode_one(MembershipArg::Init(MembershipInit {
        governance: Principal::from_slice(b"governance"),
        proof_verifier: None,
    }))
    .expect("encodes");
    let management = Principal::management_canister();
    let whole = encode_one(InstallCodeArgs {
        mode: CanisterInstallMode::Install,
        canister_id: id,
        wasm_module: module.clone(),
        arg: arg.clone(),
        sender_canister_version: None,
    });
    let refused = network.update(deployer, management, "install_code", &whole.expect("encodes"));
    assert!(refused.expect_err("it is too long").message.contains("exceeds 2097152 bytes"));

    let chunk_hashes_list: Vec<ChunkHash> = module
        .chunks(1 << 20)
        .map(|chunk| {
            let chunk = encode_one(UploadChunkArgs { canister_id: id, chunk: chunk.to_vec() }).expect("encodes");
            let stored = network.update(deployer, management, "upload_chunk", &chunk).expect("stored");
            Decode!(&stored, ChunkHash).expect("decodes")
        })
        .collect();
    for (mode, arg) in [(CanisterInstallMode::Install, arg), (CanisterInstallMode::Upgrade(None), b"DIDL\0\0".to_vec())]
    {
        let install = encode_one(InstallChunkedCodeArgs {
            mode,
            target_canister: id,
            store_canister: None,
            chunk_hashes_list: chunk_hashes_list.clone(),
            wasm_module_hash: Sha256::digest(&module).to_vec(),
            arg,
            sender_canister_version: None,
        });
        network.update(deployer, management, "install_chunked_code", &install.expect("encodes")).expect("installed");
        network.query(Principal::anonymous(), id, "audit_head", b"DIDL\0\0").expect("it runs");
    }
}

#[test]
fn should_explain_itself_when_a_script_is_asked_for_help() {
    for script in ["build", "demo", "test", "deploy"] {
        let asked = Command::new(root().join("scripts").join(script)).arg("--help").output();
        let output = asked.unwrap_or_else(|error| panic!("scripts/{script}: {error}"));
        assert!(output.status.success(), "scripts/{script} --help failed");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains(&format!("usage: scripts/{script}")), "scripts/{script} --help: {text}");
        assert!(read(&format!("scripts/{script}")).lines().count() < 80, "scripts/{script} is too long");
    }
}

#[test]
fn should_refuse_an_unknown_canister_when_building() {
    let output = Command::new(root().join("scripts/build")).arg("treasury").output().expect("runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no canister 'treasury'"));
}

/// A `dfx` that knows four ids, has the modules installed that `installed` names, and writes down what it is told instead of doing
/// it.
const PRETENDED_DFX: &str = r#"#!/bin/sh
here=$(dirname "$0")
echo "$@" >> "$here/calls"
case "$1 $2 $3" in
    "canister info "*) if grep -qx "$3" "$here/installed"; then echo "Module hash: 0x0a"; else echo "Module hash: None"; fi ;;
    "canister id membership") echo rrkah-fqaaa-aaaaa-aaaaq-cai ;;
    "canister id proof_verifier") echo ryjl3-tyaaa-aaaaa-aaaba-cai ;;
    "canister id note_registry") echo r7inp-6aaaa-aaaaa-aaabq-cai ;;
    "canister id governance") echo rkp4c-7iaaa-aaaaa-aaaca-cai ;;
esac
"#;

const MEMBERSHIP: &str = "rrkah-fqaaa-aaaaa-aaaaq-cai";
const PROOF_VERIFIER: &str = "ryjl3-tyaaa-aaaaa-aaaba-cai";
const GOVERNANCE: &str = "rkp4c-7iaaa-aaaaa-aaaca-cai";

fn id(text: &str) -> Principal {
    Principal::from_text(text).expect("an id")
}

/// Runs `scripts/deploy` where these canisters are installed already; answers what dfx was told.
fn deployed(installed: &[&str], options: &[&str]) -> Vec<String> {
    let tools = root().join("target/pretended-dfx");
    fs::create_dir_all(&tools).expect("a directory for the pretended dfx");
    let dfx = tools.join("dfx");
    fs::write(&dfx, PRETENDED_DFX).expect("writable");
    fs::set_permissions(&dfx, fs::Permissions::from_mode(0o755)).expect("executable");
    let calls = tools.join("calls");
    fs::write(&calls, "").expect("writable");
    fs::write(tools.join("installed"), installed.join("\n")).expect("writable");
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").expect("a PATH"));
    let circuit = "0a".repeat(32);
    let deployed = Command::new(root().join("scripts/deploy"))
        .args(["--circuit", &circuit])
        .args(options)
        .env("PATH", path)
        .output()
        .expect("runs");
    assert!(deployed.status.success(), "{}", String::from_utf8_lossy(&deployed.stderr));
    let calls = fs::read_to_string(calls).expect("written by the pretended dfx");
    calls.lines().map(str::to_owned).collect()
}

/// One test, as all of it is written to one directory.
#[test]
fn should_write_arguments_that_the_canisters_accept_when_they_are_installed_and_upgraded() {
    let context = "0c".repeat(32);
    let circuits = CircuitsInit { proof_verifier: id(PROOF_VERIFIER), context: ContextId([0x0c; 32]) };

    // Nothing is installed.
    let calls = deployed(&[], &["--rules", "600,60,3600,40,60", "--circuits-of", &context]);
    assert_eq!(calls.last().map(String::as_str), Some("deploy --network local --upgrade-unchanged"));
    assert!(!calls.iter().any(|call| call.starts_with("canister stop")), "{calls:?}");
    let governance = argument::<GovernanceArg>("governance").into_init().expect("installs");
    assert_eq!((governance.membership, governance.circuits), (id(MEMBERSHIP), Some(circuits)));
    assert_eq!(governance.rules.voting_period_seconds, 600);
    assert_eq!(governance.rules.timelock_seconds, 60);
    assert_eq!(governance.rules.execution_window_seconds, 3600);
    assert_eq!((governance.rules.quorum_percent, governance.rules.approval_percent), (40, 60));
    let membership = argument::<MembershipArg>("membership").into_init().expect("installs");
    assert_eq!(membership.governance, id(GOVERNANCE));
    assert_eq!(membership.proof_verifier, Some(id(PROOF_VERIFIER)));
    let verifier = argument::<Option<ProofVerifierInit>>("proof_verifier").and_then(|init| init.governance);
    assert_eq!(verifier, Some(id(GOVERNANCE)));
    let registry = argument::<NoteRegistryInit>("note_registry");
    assert_eq!((registry.membership, registry.proof_verifier), (id(MEMBERSHIP), id(PROOF_VERIFIER)));
    assert_eq!(registry.mint_circuit, CircuitId([0x0a; 32]));
    deployed(&[], &[]);
    assert_eq!(argument::<GovernanceArg>("governance").into_init().expect("installs").circuits, None);

    // Some are: those are stopped, upgraded with what is to be set, and started again.
    let calls = deployed(&["membership", "governance"], &["--circuits-of", &context]);
    let last: Vec<&str> = calls.iter().rev().take(3).map(String::as_str).collect();
    let starts = ["canister start governance --network local", "canister start membership --network local"];
    assert_eq!(last, [starts[0], starts[1], "deploy --network local --upgrade-unchanged"]);
    let stops: Vec<&String> = calls.iter().filter(|call| call.starts_with("canister stop")).collect();
    assert_eq!(stops, ["canister stop membership --network local", "canister stop governance --network local"]);
    let membership = argument::<MembershipArg>("membership").into_settings().expect("upgrades");
    assert_eq!(membership, [MembershipSetting::ProofVerifier(id(PROOF_VERIFIER))]);
    let governance = argument::<GovernanceArg>("governance").into_settings().expect("upgrades");
    assert_eq!(governance, [GovernanceSetting::Circuits(circuits)]);

    // Who decides about circuits stays when it is not named.
    deployed(&["governance"], &[]);
    assert_eq!(argument::<GovernanceArg>("governance").into_settings(), Ok(Vec::new()));
    assert!(argument::<MembershipArg>("membership").into_init().is_ok(), "it is not installed yet");
}

/// What dfx would encode from the written text, decoded as the canister decodes it.
fn argument<T: CandidType + for<'de> candid::Deserialize<'de>>(canister: &str) -> T {
    let text = read(&format!("target/deploy/{canister}.args"));
    let arguments = candid_parser::parse_idl_args(&text).unwrap_or_else(|error| panic!("{canister}: {error}"));
    Decode!(&arguments.to_bytes().expect("encodes"), T).unwrap_or_else(|error| panic!("{canister}: {error}"))
}

#[test]
fn should_say_what_is_missing_when_deploying_with_wrong_options() {
    for (options, told) in
        [(&["--circuit", "xyz"][..], "64 hex digits"), (&[], "64 hex digits"), (&["--frobnicate"], "unknown option")]
    {
        let output = Command::new(root().join("scripts/deploy")).args(options).output().expect("runs");
        assert_eq!(output.status.code(), Some(2), "{options:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(told), "{options:?}");
    }
}

/// A page that says by which tests something is shown must name tests that there are.
#[test]
fn should_name_tests_that_exist_when_weaknesses_and_pitfalls_are_answered() {
    let mut sources = String::new();
    for directory in ["src", "tests"] {
        append_sources(&root().join(directory), &mut sources);
    }
    for (page, at_least) in [("docs/calimero-weaknesses.md", 50), ("docs/proof-verifier.md", 40)] {
        let page = read(page);
        let named: Vec<&str> = page.split('`').filter(|word| word.starts_with("should_")).collect();
        assert!(named.len() >= at_least, "{} tests are named", named.len());
        let missing: Vec<_> = named.iter().filter(|name| !sources.contains(&format!("fn {name}"))).collect();
        assert!(missing.is_empty(), "no such tests: {missing:?}");
    }
}

fn append_sources(directory: &Path, to: &mut String) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            append_sources(&path, to);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            to.push_str(&fs::read_to_string(&path).expect("text"));
        }
    }
}
