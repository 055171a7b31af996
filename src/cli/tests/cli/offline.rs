//! Requests that are signed here and relayed elsewhere.

use crate::support::Desk;
use serde_json::{Value, json};
use std::fs;

/// Everything after `--` is the verb; what follows it is not for `request sign`.
fn sign(desk: &Desk, out: &str, verb: &[&str]) -> (i32, Value) {
    let said = desk.run(&[&["request", "sign", "--json", "--out", out, "--"], verb].concat());
    (said.code, serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {said:?}")))
}

#[test]
fn should_do_what_a_key_signed_when_anybody_relays_it() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let bob = desk.person("bob");
    let before = desk.engine();
    let add = ["member", "add", &context, "--account", &bob.account, "--kem-key", &bob.kem_key, "--role", "reader"];
    let (code, signed) = sign(&desk, "add.json", &add);
    assert_eq!((code, &signed["method"]), (0, &json!("add_member")), "{signed}");
    assert_eq!(desk.engine(), before, "signing does nothing");

    // Bob, who may not add members, relays what the administrator signed.
    let done = desk.json(&["request", "submit", "add.json", "--identity", "bob.pem"]);
    assert_eq!(done["method"], "add_member");
    assert_eq!((&done["answer"]["revision"], &done["answer"]["seq"]), (&json!(1), &json!(2)), "{done}");
    assert_eq!(desk.json(&["member", "show", &context, "--account", &bob.account])["role"], "reader");
    let replayed = desk.refused(3, &["request", "submit", "add.json"]);
    assert!(replayed["reason"]["NonceTooLow"].is_object(), "{replayed}");

    let (code, _) = sign(&desk, "again.json", &add);
    assert_eq!(code, 0);
    let mut forged: Value =
        serde_json::from_str(&fs::read_to_string(desk.path("again.json")).expect("read")).expect("JSON");
    let payload = forged["payload"].as_str().expect("hex").to_owned();
    let promoted = payload.replace(&hex::encode("reader"), &hex::encode("editor"));
    assert_ne!(promoted, payload);
    forged["payload"] = json!(promoted);
    desk.write("forged.json", &forged.to_string());
    assert_eq!(desk.refused(3, &["request", "submit", "forged.json"])["reason"], "InvalidSignature");
}

#[test]
fn should_sign_what_waits_for_others_and_what_hides_entries_too() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let receipt = "11".repeat(32);
    let rows: [(&str, &[&str], Value); 4] = [
        ("fetch_state", &["node", "fetch", &context], json!("NoNode")),
        ("claim_receipt", &["claim", "submit", &context, &receipt], json!("NotAMember")),
        ("review_claim_kind", &["claim", "review", &context, "age"], json!({ "UnknownClaimKind": "age" })),
        ("set_audit_mode", &["audit", "mode", &context, "--set", "redacted"], Value::Null),
    ];
    for (method, verb, refused_as) in rows {
        let file = format!("{method}.json");
        let (code, signed) = sign(&desk, &file, verb);
        assert_eq!((code, &signed["method"]), (0, &json!(method)), "{signed}");
        assert_eq!(signed["caution"].is_string(), method == "set_audit_mode", "only a seed is a secret: {signed}");
        let submit = ["request", "submit", &file];
        if refused_as.is_null() {
            assert_eq!(desk.json(&submit)["answer"]["mode"], "Redacted");
        } else {
            let reason = desk.refused(3, &submit)["reason"].clone();
            let is_expected = reason == refused_as || reason.get(refused_as.as_str().unwrap_or_default()).is_some();
            assert!(is_expected, "{method}: {reason}");
        }
    }
    assert_eq!(desk.json(&["audit", "mode", &context])["mode"], "Redacted");
}

#[test]
fn should_refuse_to_sign_what_is_no_write_of_membership() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let rows: [(&[&str], &str); 4] = [
        (&["member", "list", &context], "only reads"),
        (&["proposal", "vote", "1", "adopt"], "only methods of membership"),
        (&["request", "submit", "x.json"], "inside"),
        (&["nonsense"], "unrecognized"),
    ];
    for (verb, says) in rows {
        let (code, answer) = sign(&desk, "x.json", verb);
        assert_eq!(code, 2, "{verb:?}: {answer}");
        assert!(answer["error"]["message"].as_str().is_some_and(|text| text.contains(says)), "{verb:?}: {answer}");
        assert!(!desk.path("x.json").exists());
    }
}
