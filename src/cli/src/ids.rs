//! Where the canisters of a deployment are: the files that dfx writes.

use crate::failure::Failure;
use crate::options::Target;
use candid::Principal;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The id of `canister` according to dfx's files in this directory or one above it.
pub fn find(target: &Target, canister: &str, from: &Path) -> Result<Principal, Failure> {
    let (network, file) = match target {
        Target::Local => ("local", ".dfx/local/canister_ids.json"),
        Target::Url(url) if is_this_computer(url) => ("local", ".dfx/local/canister_ids.json"),
        Target::Engine | Target::Mainnet | Target::Url(_) => ("ic", "canister_ids.json"),
    };
    let missing = |why: String| {
        Failure::setup(format!(
            "the id of {canister} on '{network}' is not known: {why}; run 'scripts/deploy --network {network} ...', go to \
             the directory it was run in, or pass --canister {canister}=ID"
        ))
    };
    let root = project_root(from).ok_or_else(|| missing("there is no dfx.json here or above".to_owned()))?;
    let path = root.join(file);
    let text = fs::read_to_string(&path).map_err(|error| missing(format!("{}: {error}", path.display())))?;
    let ids: Value =
        serde_json::from_str(&text).map_err(|error| missing(format!("{} is no JSON: {error}", path.display())))?;
    let id = ids[canister][network].as_str().ok_or_else(|| missing(format!("{} has no such entry", path.display())))?;
    Principal::from_text(id).map_err(|error| missing(format!("{}: '{id}': {error}", path.display())))
}

/// Whether a URL leads to this computer, where development networks run.
pub fn is_this_computer(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    // Whoever writes user:password@ into a URL means another host than its beginning says.
    if host.contains('@') {
        return false;
    }
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn project_root(from: &Path) -> Option<PathBuf> {
    from.ancestors().find(|directory| directory.join("dfx.json").exists()).map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{find, is_this_computer};
    use crate::options::Target;
    use std::fs;

    #[test]
    fn should_ask_only_this_computer_for_its_root_key() {
        for url in [
            "http://127.0.0.1:4943",
            "http://localhost:8000/",
            "http://[::1]:4943",
            "http://abc.localhost:4943",
            "http://127.9.9.9",
        ] {
            assert!(is_this_computer(url), "{url}");
        }
        for url in [
            "https://icp-api.io",
            "http://localhost.evil.example",
            "http://evil.example/localhost",
            "http://127.0.0.1@evil.example",
            "http://localhost:80@evil.example",
            "http://10.0.0.1",
            "http://[::1].evil.example@x",
            "http://evil.example?localhost",
        ] {
            assert!(!is_this_computer(url), "{url}");
        }
    }

    #[test]
    fn should_find_ids_where_dfx_keeps_them() {
        let project = tempfile::tempdir().expect("a directory");
        let (root, below) = (project.path(), project.path().join("src/deep"));
        fs::create_dir_all(&below).expect("made");
        let says = |target: &Target| find(target, "membership", &below).expect_err("not found").message;
        assert!(says(&Target::Local).contains("dfx.json"));
        fs::write(root.join("dfx.json"), "{}").expect("written");
        assert!(says(&Target::Mainnet).contains("--canister membership=ID"));
        fs::create_dir_all(root.join(".dfx/local")).expect("made");
        let local = r#"{"membership": {"local": "rrkah-fqaaa-aaaaa-aaaaq-cai"}}"#;
        fs::write(root.join(".dfx/local/canister_ids.json"), local).expect("written");
        fs::write(root.join("canister_ids.json"), r#"{"membership": {"ic": "aaaaa-aa"}}"#).expect("written");
        let text = |target: &Target| find(target, "membership", &below).expect("found").to_text();
        assert_eq!(text(&Target::Local), "rrkah-fqaaa-aaaaa-aaaaq-cai");
        assert_eq!(text(&Target::Url("http://localhost:8000".into())), "rrkah-fqaaa-aaaaa-aaaaq-cai");
        assert_eq!(text(&Target::Mainnet), "aaaaa-aa");
        fs::write(root.join("canister_ids.json"), r#"{"membership": {"ic": "no"}}"#).expect("written");
        assert!(says(&Target::Mainnet).contains("'no'"));
        fs::write(root.join("canister_ids.json"), "nonsense").expect("written");
        assert!(says(&Target::Mainnet).contains("no JSON"));
    }
}
