//! What is typed wrong: the exit code, the remedy in the message, and nothing changed.

use crate::support::Desk;

const NO_ID: &str = "abc";
/// 32 bytes that are nobody's id.
const NOBODY: &str = "11111111111111111111111111111112";
const NO_HEX: &str = "00ff";
/// An acceptable envelope key: that of RFC 7748, 6.1.
const KEM: &str = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
const HEX: &str = "00000000000000000000000000000000000000000000000000000000000000ff";

#[test]
fn should_name_the_remedy_and_change_nothing_when_the_input_is_wrong() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let long = "x".repeat(5_000);
    let role = "r".repeat(33);
    desk.write("long.cedar", &"x".repeat(40_000));
    desk.write("noise.json", "{}");
    desk.write("q.json", "[{\"account\": 1}, 2, 3, 4, 5]");
    desk.write("empty", "");
    let before = desk.engine();
    let c = context.as_str();
    let rows: &[(i32, &[&str], &str)] = &[
        // Ids that are none.
        (2, &["context", "show", NO_ID], "base58"),
        (2, &["context", "list", "--group", NO_ID], "64 hex digits"),
        (2, &["context", "register", "--key", "k", "--administrator", NO_ID], "principal"),
        (2, &["context", "claim", "noise.json"], "issue-ownership-proof"),
        (2, &["context", "add", "--group", NO_ID, c], "64 hex digits"),
        (2, &["context", "find", NO_ID], "64 hex digits"),
        (2, &["context", "transfer", c, "--to", NO_ID], "principal"),
        (2, &["context", "recover"], "--key"),
        (3, &["context", "accept", c], "no handover is pending"),
        (3, &["context", "cancel", c], "no handover is pending"),
        (3, &["context", "handover", NOBODY], "is not registered"),
        (2, &["member", "add", NO_ID, "--account", c, "--kem-key", HEX], "base58"),
        (2, &["member", "add", c, "--account", NO_ID, "--kem-key", HEX], "base58"),
        (2, &["member", "add", c, "--account", c, "--kem-key", NO_HEX], "64 hex digits"),
        (2, &["member", "remove", c, "--account", &long], "base58"),
        (2, &["member", "show", c, "--account", NO_ID], "base58"),
        (2, &["member", "list", NO_ID], "base58"),
        (2, &["policy", "show", NO_ID], "base58"),
        (2, &["policy", "check", NO_ID, "x"], "base58"),
        (2, &["decide", NO_ID, "--account", c, "--action", "mint"], "base58"),
        (2, &["decide", c, "--account", NO_ID, "--action", "mint"], "base58"),
        (2, &["decide", c, "--principal", NO_ID, "--action", "mint"], "principal"),
        (2, &["decide", c, "--account", c, "--action", "fly"], "possible values: read, mint"),
        (2, &["grant", "list", NO_ID], "base58"),
        (2, &["explain", c, "--action", "mint"], "--account"),
        (2, &["list", "subjects", c, "--action", "read"], "--note"),
        (2, &["list", "resources", c, "--account", NO_ID], "base58"),
        (2, &["policy", "simulate", c, "missing.cedar", "--action", "mint"], "cannot read missing.cedar"),
        (2, &["audit", "log", "--context", NO_ID], "base58"),
        (2, &["audit", "verify", "--membership", NO_ID], "principal"),
        (2, &["invite", "create", NO_ID, "--out", "x"], "base58"),
        (2, &["invite", "redeem", "noise.json"], "calisec invite create"),
        (2, &["invite", "revoke", "missing.json"], "cannot read missing.json"),
        (2, &["invite", "list", c, "--after", NO_HEX], "64 hex digits"),
        (2, &["device", "add", NO_ID, "--key", "k"], "base58"),
        (2, &["device", "add", c, "--key", "k", "--can", "fly"], "manage-members"),
        (2, &["device", "rotate", c, "--old", NO_ID, "--key", "k"], "base58"),
        (2, &["device", "revoke", c, "--device", NO_ID], "base58"),
        (2, &["device", "revoke", c, "--device", c], "--yes"),
        (2, &["device", "list", c, "--account", NO_ID], "base58"),
        (2, &["device", "stale", c, "--within", "soon"], "'7d'"),
        (2, &["principal", "link", NO_ID, "--key", "k"], "base58"),
        (2, &["principal", "unlink", c, "--principal", NO_ID], "principal"),
        (2, &["member", "ban", c, "--account", c], "--yes"),
        (2, &["app", "set", c, "--application", c, "--version", "1"], "--wasm"),
        (2, &["app", "set", c, "--application", c, "--version", "1", "--wasm", "missing"], "cannot read the module"),
        (2, &["app", "current", c, "--hash", NO_HEX], "sha256sum"),
        (2, &["app", "history", NO_ID], "base58"),
        (2, &["checkpoint", "attest", c, "--height", "1", "--root", NO_ID, "--hash", HEX], "base58"),
        (2, &["checkpoint", "show", c, "--height", "high"], "invalid digit"),
        (2, &["checkpoint", "list", NO_ID], "base58"),
        (2, &["checkpoint", "attestations", c], "--height"),
        (2, &["checkpoint", "divergences", NO_ID], "base58"),
        (2, &["checkpoint", "quorum", c, "--count", "1", "--basis-points", "1"], "cannot be used with"),
        (3, &["checkpoint", "attest", c, "--height", "1", "--root", c, "--hash", HEX], "not a member"),
        (3, &["checkpoint", "quorum", c, "--basis-points", "0"], "basis points"),
        (2, &["circuit", "show", NO_HEX], "circuit list"),
        (2, &["circuit", "set-status", NO_HEX, "--status", "active"], "circuit list"),
        (2, &["circuit", "list", "--after", NO_HEX], "64 hex digits"),
        (2, &["receipt", "show", NO_HEX], "calisec submit"),
        (2, &["receipt", "list", NO_ID], "base58"),
        (2, &["note", "mint", c, "--receipt", NO_HEX, "--ciphertext", "x", "--title", "t"], "calisec submit"),
        (2, &["note", "seal", "1", "--to", NO_ID, "--secret", "x"], "base58"),
        (2, &["note", "list", NO_ID], "base58"),
        (2, &["note", "show", "one"], "invalid digit"),
        (2, &["proposal", "create", NO_ID, "--title", "t", "--revoke", "1"], "base58"),
        (2, &["proposal", "list", NO_ID], "base58"),
        (2, &["proposal", "vote", "1", "maybe"], "adopt, reject, abstain"),
        (2, &["engine", "advance", "3"], "'7d'"),
        (2, &["engine", "start", "--state", "new", "--rules", "1,2"], "five numbers"),
        (2, &["engine", "start", "--state", "new", "--rules", "1,2,3,400,5"], "percentage"),
        (2, &["context", "list", "--network", "mars"], "'engine', 'local', 'ic', or a URL"),
        (2, &["context", "list", "--canister", "registry=aaaaa-aa"], "membership"),
        (2, &["member", "list", c, "--limit", "99999999999"], "1..=200"),
        (2, &["note", "list", c, "--after", "first"], "no number from 0"),
        (2, &["context", "list", "--limit", "5"], "--group"),
        (2, &["context", "show", ""], "base58"),
        (2, &["context", "show", "\u{1f980}"], "base58"),
        (2, &["identity", "show", "--field", "account", "--identity", "x"], "cannot be used with"),
        (2, &["member", "was", c, "--account", c, "--revision", "x"], "invalid digit"),
        (2, &["node", "set", c], "--url"),
        (3, &["node", "set", c, "--url", "ftp://x"], "https"),
        (2, &["group", "check-state", c, "noise.json", "--hash", NO_HEX], "64 hex digits"),
        (2, &["policy", "template", "x", "--param", "y"], "NAME=VALUE"),
        (2, &["policy", "template", "x"], "role-reads"),
        (2, &["decide", c, "--batch", "noise.json"], "a list is expected"),
        (2, &["decide", c, "--batch", "noise.json", "--bundle", "x"], "cannot be used with"),
        (2, &["bundle", "verify", "noise.json"], "calisec decide --bundle"),
        (2, &["keys", "--out", "x", "--statement", "context-membership", "--depth", "33"], "between 1 and 32"),
        (2, &["keys", "--out", "noise.json/x"], "cannot write"),
        (2, &["secret", "member", "--context", c, "--out", "noise.json"], "never overwritten"),
        (2, &["tree", "add", "t", NO_HEX], "64 hex digits"),
        (2, &["tree", "show", "noise.json"], "line 1"),
        (2, &["tree", "show", "missing"], "cannot read missing"),
        (
            2,
            &["credential", "issue", "--holder", "f", "--attribute", "a", "--leaves", "l", "--out", "o"],
            "64 hex digits",
        ),
        (2, &["credential", "show", "noise.json"], "calisec credential issue"),
        (2, &["prove", "signal", "--context", c, "--consumer", "mars", "--purpose", "p"], "one of membership"),
        (2, &["prove", "signal", "--context", c, "--consumer", "governance", "--purpose", ""], "between 1 and 64"),
        (2, &["circuit", "add", "--semaphore", "33"], "33"),
        (2, &["circuit", "add", "--semaphore", "20", "noise.json"], "cannot be used with"),
        (2, &["circuit", "add", "--name", "n"], "<FILE>"),
        (
            2,
            &["aggregate", "open", c, "--label", "l", "--dimension", "1", "--contributor", "aaaaa-aa"],
            "PRINCIPAL=WEIGHT",
        ),
        (2, &["aggregate", "commit", "noise.json", "--out", "o"], "whole numbers"),
        (2, &["aggregate", "contribute", "1", "noise.json"], "calisec aggregate commit"),
        (2, &["aggregate", "post", "1", "noise.json"], "calisec aggregate commit"),
        (2, &["aggregate", "check", "noise.json"], "calisec aggregate show"),
        (3, &["aggregate", "show", "7"], "does not exist"),
        (2, &["verify", "noise.json"], "calisec prove"),
        // What is missing.
        (2, &["context", "show"], "<CONTEXT>"),
        (2, &["member", "add", c], "--account"),
        (2, &["decide", c, "--action", "mint"], "--account"),
        (2, &["decide", c, "--account", c, "--action", "read"], "--note"),
        (2, &["decide", c, "--account", c, "--action", "mint", "--note", "1"], "takes no note"),
        (2, &["explain", c, "--account", c, "--action", "mint", "--note", "1"], "takes no note"),
        (2, &["list", "subjects", c, "--action", "mint", "--note", "1"], "takes no note"),
        (2, &["audit", "head", "--root-key", "/dev/null"], "--root-key is for evidence in files"),
        (2, &["audit", "verify", "--root-key", "/dev/null"], "--root-key is for evidence in files"),
        (2, &["engine", "show", "--root-key", "/dev/null"], "--root-key is for evidence in files"),
        (2, &["identity", "show", "--root-key", "/dev/null"], "--root-key is for evidence in files"),
        (
            2,
            &["decide", c, "--account", c, "--action", "mint", "--root-key", "/dev/null"],
            "--root-key is for evidence",
        ),
        (2, &["audit", "verify", "--file", "q.json"], "'calisec audit export' and 'calisec audit prove' make them"),
        (2, &["bundle", "verify", "q.json"], "is no bundle: 'calisec decide --bundle' makes one"),
        (2, &["proposal", "create", c, "--title", "t"], "--set-policy"),
        (2, &["proposal", "create", c, "--title", "t", "--grant", c], "--note"),
        (2, &["proposal", "create", c, "--title", "t", "--revoke", "1", "--set-policy", "x"], "cannot be used with"),
        (2, &["proposal", "create", c, "--title", "t", "--revoke", "1", "--set-circuit", HEX], "cannot be used with"),
        (2, &["proposal", "create", c, "--title", "t", "--set-circuit", HEX], "--status"),
        (2, &["proposal", "create", c, "--title", "t", "--status", "revoked"], "--set-circuit"),
        (2, &["proposal", "create", c, "--title", "t", "--set-circuit", NO_HEX, "--status", "active"], "circuit list"),
        (2, &["proposal", "create", c, "--title", "t", "--set-circuit", HEX, "--status", "gone"], "revoked"),
        (2, &["circuit", "set-status", HEX, "--status", "revoked"], "calisec proposal create"),
        (2, &["engine", "start", "--state", "new", "--circuits-of", NO_ID], "base58"),
        (2, &["engine", "upgrade", "--circuits-of", NO_ID], "base58"),
        (3, &["engine", "upgrade", "--circuits-of", NOBODY], "calisec context list"),
        (2, &["decide", c, "--account", c, "--action", "mint", "--record", "--bundle", "x"], "cannot be used with"),
        (2, &["decide", c, "--record", "--batch", "noise.json"], "cannot be used with"),
        (2, &["decide", c, "--action", "mint", "--record"], "--account"),
        (
            5,
            &["decide", c, "--account", c, "--action", "mint", "--record", "--identity", "missing.pem"],
            "identity new",
        ),
        (3, &["decide", NOBODY, "--account", c, "--action", "mint", "--record"], "is not registered"),
        (2, &["audit", "registries", NO_ID], "base58"),
        (2, &["audit", "registries", c, "--set", "mars"], "one of membership"),
        (2, &["audit", "registries", c, "--set", "note_registry", "--none"], "cannot be used with"),
        (3, &["audit", "registries", NOBODY, "--none"], "is not registered"),
        (3, &["audit", "registries", c, "--set", "membership"], "neither this canister"),
        (3, &["audit", "registries", NOBODY], "is not registered"),
        (2, &["device", "stale", c, "--after", "1"], "the page before names"),
        (2, &["list", "resources", c, "--account", c, "--after", "7"], "the page before names"),
        (2, &["policy", "simulate", c, "long.cedar", "--action", "mint", "--after", NO_ID], "base58"),
        (2, &["note", "releases", "--after", "first"], "no number from 0"),
        (2, &["audit", "log", "--after", "first"], "no number from 0"),
        (2, &["nonsense"], "unrecognized subcommand"),
        (2, &["member", "list", c, "--limit", "201"], "1..=200"),
        (2, &["member", "remove", c, "--account", c], "--yes"),
        (2, &["engine", "show", "--network", "ic"], "leave --network out"),
        // Files.
        (5, &["context", "register", "--key", "missing.pem"], "calisec identity new --out missing.pem"),
        (5, &["member", "add", c, "--account", c, "--kem-key", HEX, "--identity", "missing.pem"], "identity new"),
        (2, &["policy", "check", c, "missing.cedar"], "cannot read missing.cedar"),
        (2, &["policy", "check", c, "long.cedar"], "32768 bytes"),
        (2, &["circuit", "add", "missing.vk", "--name", "n"], "calisec keys"),
        (2, &["circuit", "add", ".calisec/keys/note_commitment.pk", "--name", "n"], ".vk file"),
        (2, &["prove", "note", "missing", "--context", c, "--out", "o"], "cannot read the note missing"),
        (2, &["prove", "note", "empty", "--context", c, "--out", "o"], "between 1 and"),
        (2, &["prove", "note", "noise.json", "--context", c, "--out", "o", "--key", "noise.json"], "no proving key"),
        (2, &["prove", "note", "noise.json", "--context", c, "--out", "o", "--purpose", ""], "between 1 and 64"),
        (2, &["verify", "noise.json"], "no proof file"),
        (2, &["submit", "missing.json"], "cannot read missing.json"),
        (2, &["receipt", "check", "noise.json"], "calisec receipt show --out"),
        (2, &["audit", "verify", "--file", "noise.json"], "no exported log"),
        (2, &["request", "submit", "noise.json"], "calisec request sign"),
        (
            2,
            &["note", "mint", c, "--receipt", HEX, "--ciphertext", "missing", "--title", "t"],
            "cannot read the ciphertext",
        ),
        (2, &["note", "seal", "1", "--to", c, "--secret", "missing"], "cannot read the secret"),
        (2, &["identity", "import", "noise.json", "--out", "x.pem"], "cannot take over"),
        // What canisters refuse.
        (3, &["context", "show", NOBODY], "is not registered"),
        (3, &["member", "add", c, "--account", NOBODY, "--kem-key", HEX], "Ed25519"),
        (3, &["member", "add", c, "--account", c, "--kem-key", HEX, "--role", &role], "1 to 32"),
        (3, &["member", "add", c, "--account", c, "--kem-key", KEM, "--role", "editor"], "no role editor"),
        (3, &["role", "set", c, "Bad Name"], "1 to 32"),
        (3, &["role", "remove", c, "nobody", "--yes"], "no role nobody"),
        (2, &["role", "set", c, "x", "--can", "fly"], "manage-members"),
        (2, &["role", "list", NO_ID], "base58"),
        (2, &["role", "remove", c, "reader"], "--yes"),
        (2, &["member", "grant", c, "--account", c, "--capability", "fly"], "checkpoint"),
        (2, &["member", "revoke", c, "--account", NO_ID, "--capability", "mint"], "base58"),
        (3, &["member", "grant", c, "--account", NOBODY, "--capability", "mint"], "not a member"),
        (2, &["circuit", "add", "noise.json", "--name", "n", "--statement", "poem"], "anonymous-signal:DEPTH"),
        (2, &["circuit", "add", "noise.json", "--name", "n", "--ceremony", "1"], "sha256sum"),
        (3, &["member", "remove", c, "--account", NOBODY, "--yes"], "not a member"),
        (3, &["member", "list", NOBODY], "is not registered"),
        (3, &["policy", "check", c, "noise.json"], "not valid"),
        (3, &["circuit", "add", "noise.json", "--name", "n"], "verifying key"),
        (3, &["circuit", "show", HEX], HEX),
        (3, &["receipt", "show", HEX], HEX),
        (3, &["note", "show", "7"], "7"),
        (3, &["note", "read", "7", "--out", "o"], "7"),
        (3, &["proposal", "show", "7"], "7"),
        (3, &["proposal", "create", c, "--title", "t", "--revoke", "1"], "not a member"),
        (3, &["context", "register", "--key", "context.pem"], "registered already"),
        (3, &["context", "register", "--key", "context.pem", "--expires", "2d"], "expire"),
    ];
    for (code, arguments, says) in rows {
        let refused = desk.refused(*code, arguments);
        let message = refused["message"].as_str().expect("text");
        assert!(message.contains(says), "{arguments:?}: {message}");
        assert!(message.len() < 1_500, "{arguments:?}: {} bytes", message.len());
    }
    assert!(desk.engine() == before, "the engine has changed");
    for file in ["o", "o.proof.json", "o.secret.json", "x.pem", "new"] {
        assert!(!desk.path(file).exists(), "{file}");
    }
}

#[test]
fn should_say_what_is_missing_on_this_computer() {
    let desk = Desk::new();
    let rows: &[(&[&str], &[&str])] = &[
        (&["context", "list"], &["calisec engine start", "--network"]),
        (&["context", "register", "--key", "k"], &["calisec identity new", "identity.pem"]),
        (&["identity", "show"], &["calisec identity new"]),
        (&["context", "list", "--network", "http://127.0.0.1:1"], &["dfx start --background"]),
        (
            &["context", "list", "--network", "ic"],
            &["dfx.json", "scripts/deploy --network ic", "--canister membership=ID"],
        ),
        (&["context", "list", "--root-key", "missing.der", "--network", "ic"], &["root key", "missing.der"]),
    ];
    for (arguments, says) in rows {
        let refused = desk.refused(5, arguments);
        for text in *says {
            assert!(
                refused["message"].as_str().is_some_and(|message| message.contains(text)),
                "{arguments:?}: {refused}"
            );
        }
    }
}

#[test]
fn should_tell_a_person_on_standard_error_and_a_machine_on_standard_output() {
    let desk = Desk::new();
    let person = desk.run(&["context", "show", NO_ID]);
    assert_eq!((person.code, person.out.as_str()), (2, ""));
    assert!(person.err.contains("base58"), "{person:?}");
    let machine = desk.run(&["context", "show", NO_ID, "--json"]);
    assert_eq!((machine.code, machine.err.as_str()), (2, ""));
    let help = desk.run(&["member", "add", "--help"]);
    assert_eq!(help.code, 0);
    assert!(help.out.contains("Example: calisec member add"), "{help:?}");
}
