//! Whole sessions, each verb in a process of its own.

use crate::support::{Desk, Person};
use serde_json::json;
use std::fs;

#[test]
fn should_carry_an_operator_through_a_whole_session() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let (alice, bob) = (desk.person("alice"), desk.person("bob"));
    desk.add(&context, &alice, "administrator");
    desk.add(&context, &bob, "reader");

    let members = desk.json(&["member", "list", &context]);
    assert_eq!(members["members"].as_array().map(Vec::len), Some(2));
    let member = desk.json(&["member", "show", &context, "--account", &bob.account]);
    assert_eq!((&member["role"], &member["principal"]), (&json!("reader"), &json!(bob.principal)));
    let shown = desk.json(&["context", "show", &context]);
    assert_eq!(
        (&shown["member_count"], &shown["revision"], &shown["policy_version"]),
        (&json!(2), &json!(2), &json!(1))
    );
    let listed = desk.json(&["context", "list"]);
    assert_eq!(listed["contexts"][0]["id"], json!(context));
    let group = shown["group"].as_str().expect("a group").to_owned();
    assert_eq!(desk.json(&["context", "list", "--group", &group])["contexts"], json!([{ "id": context }]));

    // A secret becomes a proof, a receipt and a note.
    let engine = desk.json(&["engine", "show"]);
    let circuit = engine["mint_circuit"].as_str().expect("a circuit").to_owned();
    desk.json(&[
        "circuit",
        "add",
        ".calisec/keys/note_commitment.vk",
        "--name",
        "notes",
        "--statement",
        "note-commitment",
    ]);
    let circuits = desk.json(&["circuit", "list", "--all"]);
    assert!(circuits["circuits"].as_array().expect("circuits").iter().any(|listed| listed["id"] == json!(circuit)));
    assert_eq!(desk.json(&["circuit", "show", &circuit])["public_inputs"], 4);
    desk.write("letter.txt", "the recipe is in the blue tin");
    let as_alice = ["--identity", "alice.pem"];
    let with = |identity: &[&str], arguments: &[&str]| desk.json(&[arguments, identity].concat());
    let proved = with(&as_alice, &["prove", "note", "letter.txt", "--context", &context, "--out", "letter"]);
    assert_eq!(proved["circuit"], json!(circuit));
    assert_eq!(desk.json(&["verify", "letter.proof.json"])["verified"], true);
    let receipt = with(&as_alice, &["submit", "letter.proof.json"]);
    assert_eq!(receipt["id"], proved["receipt"]);
    let receipt = receipt["id"].as_str().expect("an id").to_owned();
    let note = with(
        &as_alice,
        &[
            "note",
            "mint",
            &context,
            "--receipt",
            &receipt,
            "--ciphertext",
            "letter.ciphertext",
            "--title",
            "A letter",
            "--kind",
            "letter",
        ],
    );
    assert_eq!((&note["id"], &note["owner"]), (&json!(1), &json!(alice.principal)));
    let shown = desk.json(&["note", "show", "1"]);
    assert_eq!((&shown["title"], &shown["kind"]), (&json!("A letter"), &json!("letter")));
    assert_eq!(desk.json(&["note", "list", &context])["notes"][0]["receipt"], json!(receipt));
    assert!(desk.json(&["receipt", "show", &receipt])["consumed_at"].is_u64());
    assert_eq!(desk.json(&["receipt", "list", &context])["receipts"][0]["id"], json!(receipt));
    with(&as_alice, &["note", "seal", "1", "--to", &bob.account, "--secret", "letter.secret.json"]);

    // Bob may not read it until the members say so.
    let question = ["decide", &context, "--account", &bob.account, "--action", "read", "--note", "1"];
    let denied = desk.refused(6, &question);
    assert_eq!((&denied["reason"]["allowed"], &denied["reason"]["account"]), (&json!(false), &json!(bob.account)));
    let early = desk.refused(3, &["note", "read", "1", "--out", "read.txt", "--identity", "bob.pem"]);
    assert!(early["reason"].to_string().contains("AccessDenied"), "{early}");
    let proposal = with(
        &as_alice,
        &[
            "proposal",
            "create",
            &context,
            "--title",
            "Bob reads",
            "--grant",
            &bob.account,
            "--note",
            "1",
            "--for",
            "30d",
        ],
    );
    let number = proposal["id"].to_string();
    with(&as_alice, &["proposal", "vote", &number, "adopt"]);
    with(&["--identity", "bob.pem"], &["proposal", "vote", &number, "adopt"]);
    assert_eq!(desk.json(&["proposal", "list", &context])["proposals"][0]["tally"]["adopt"], 2);
    desk.json(&["engine", "advance", "5d"]);
    with(&as_alice, &["proposal", "execute", &number]);
    assert_eq!(desk.json(&["proposal", "show", &number])["status"], "Executed");
    assert_eq!(desk.json(&["grant", "list", &context])["grants"][0]["account"], json!(bob.account));
    let resources = desk.json(&["list", "resources", &context, "--account", &bob.account]);
    assert_eq!(resources["resources"][0]["note"]["note"], 1);
    // Alice was granted nothing, and may read what she owns.
    let readable = |who: &str, more: &[&str]| {
        let list = desk.json(&[&["list", "resources", &context, "--account", who, "--all"], more].concat());
        list["resources"].as_array().expect("resources").len()
    };
    assert_eq!((readable(&alice.account, &[]), readable(&alice.account, &["--permitted"])), (0, 1));
    assert_eq!((readable(&bob.account, &[]), readable(&bob.account, &["--permitted"])), (1, 1));
    assert_eq!(readable(&context, &["--permitted"]), 0, "no member");
    assert_eq!(desk.json(&question)["allowed"], true);
    let kept = desk.json(&[&question[..], &["--bundle", "decision.json"]].concat());
    let asked = &kept["question"]["note"];
    assert_eq!((&asked["kind"], &asked["owner"]), (&json!("letter"), &json!(alice.principal)), "the registry says it");
    with(&["--identity", "bob.pem"], &["note", "read", "1", "--out", "read.txt"]);
    assert_eq!(fs::read_to_string(desk.path("read.txt")).expect("read"), "the recipe is in the blue tin");
    assert_eq!(desk.json(&["note", "releases"])["releases"][0]["recipient"], json!(bob.account));

    // Until he is removed.
    desk.json(&["member", "remove", &context, "--account", &bob.account, "--yes"]);
    desk.refused(6, &question);
    desk.refused(3, &["note", "read", "1", "--out", "again.txt", "--identity", "bob.pem"]);
    assert!(!desk.path("again.txt").exists());

    let log = desk.json(&["audit", "log", "--all"]);
    let events: Vec<&str> = log["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .filter_map(|entry| entry["event"].as_object()?.keys().next().map(String::as_str))
        .collect();
    assert_eq!(events, ["ContextRegistered", "MemberSet", "MemberSet", "Granted", "MemberRemoved"]);
    assert_eq!(desk.json(&["audit", "verify"])["entries"], 5);
}

#[test]
fn should_let_a_member_do_what_its_role_or_its_own_capabilities_allow() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let (mallory, bob) = (desk.person("mallory"), desk.person("bob"));
    desk.json(&["role", "set", &context, "warden", "--can", "vote,checkpoint"]);
    desk.add(&context, &mallory, "warden");
    let add = |identity: &str| {
        vec![
            "member".to_owned(),
            "add".to_owned(),
            context.clone(),
            "--account".to_owned(),
            bob.account.clone(),
            "--kem-key".to_owned(),
            bob.kem_key.clone(),
            "--identity".to_owned(),
            identity.to_owned(),
        ]
    };
    let arguments = add("mallory.pem");
    let add: Vec<&str> = arguments.iter().map(String::as_str).collect();
    assert!(desk.refused(3, &add)["reason"]["MissingCapability"].is_string());
    let capability = ["--account", &mallory.account, "--capability", "manage-members"];
    desk.json(&[&["member", "grant", &context], &capability[..]].concat());
    desk.json(&add);
    desk.json(&[&["member", "revoke", &context], &capability[..]].concat());
    desk.refused(3, &[&["member", "remove", &context, "--account", &bob.account, "--yes"], &add[7..]].concat());

    let roles = desk.json(&["role", "list", &context]);
    let warden = roles["roles"].as_array().expect("roles").iter().find(|role| role["name"] == "warden");
    assert_eq!(warden.expect("there")["members"], 1);
    assert!(desk.refused(3, &["role", "remove", &context, "warden", "--yes"])["reason"]["RoleInUse"].is_object());
    desk.json(&["member", "remove", &context, "--account", &mallory.account, "--yes"]);
    desk.json(&["role", "remove", &context, "warden", "--yes"]);
    assert_eq!(desk.json(&["audit", "verify"])["verified"], true);
}

#[test]
fn should_hand_a_context_over_and_recover_it_when_its_administrator_is_lost() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let (next, heir) = (desk.person("next"), desk.person("heir"));
    let administrator = |desk: &Desk| desk.json(&["context", "show", &context])["administrator"].clone();
    desk.json(&["context", "transfer", &context, "--to", &next.principal]);
    assert_eq!(desk.json(&["context", "handover", &context])["handover"]["to"], json!(next.principal));
    desk.refused(3, &["context", "accept", &context, "--identity", "heir.pem"]);
    desk.json(&["context", "accept", &context, "--identity", "next.pem"]);
    assert_eq!(administrator(&desk), json!(next.principal));
    desk.json(&["context", "recover", "--key", "context.pem", "--administrator", &heir.principal]);
    desk.json(&["context", "cancel", &context, "--identity", "next.pem"]);
    desk.json(&["context", "recover", "--key", "context.pem", "--administrator", &heir.principal]);
    desk.refused(3, &["context", "accept", &context, "--identity", "heir.pem"]);
    desk.json(&["engine", "advance", "8d"]);
    desk.json(&["context", "accept", &context, "--identity", "heir.pem"]);
    assert_eq!(administrator(&desk), json!(heir.principal));
    assert_eq!(desk.json(&["audit", "verify"])["verified"], true);
}

#[test]
fn should_keep_lost_devices_out_and_find_those_that_are_overdue() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let (alice, phone, second) = (desk.person("alice"), desk.person("phone"), desk.person("second"));
    desk.add(&context, &alice, "contributor");
    let as_alice = |arguments: &[&str]| desk.json(&[arguments, &["--identity", "alice.pem"]].concat());
    as_alice(&["device", "add", &context, "--key", "phone.pem", "--can", "mint", "--rotate-every", "7d"]);
    let mints = |who: &Person| desk.json(&["decide", &context, "--principal", &who.principal, "--action", "mint"]);
    let may_not_mint = |who: &Person| {
        desk.refused(6, &["decide", &context, "--principal", &who.principal, "--action", "mint"]);
    };
    assert_eq!(mints(&phone)["account"], json!(alice.account));
    assert_eq!(desk.json(&["device", "stale", &context])["devices"], json!([]));
    let soon = desk.refused(6, &["device", "stale", &context, "--within", "8d"]);
    assert_eq!(soon["reason"]["devices"][0]["key"], json!(phone.account));
    let rotate =
        ["device", "rotate", &context, "--account", &alice.account, "--key", "second.pem", "--identity", "phone.pem"];
    desk.json(&rotate);
    may_not_mint(&phone);
    assert_eq!(mints(&second)["allowed"], true);
    desk.refused(3, &["device", "add", &context, "--key", "phone.pem", "--identity", "alice.pem"]);
    as_alice(&["device", "revoke", &context, "--device", &second.account, "--yes"]);
    may_not_mint(&second);
    let link = ["principal", "link", &context, "--key", "alice.pem", "--identity", "context.pem"];
    desk.json(&link);
    let listed = as_alice(&["device", "list", &context]);
    assert_eq!(
        (listed["devices"].as_array().map(Vec::len), listed["links"].as_array().map(Vec::len)),
        (Some(0), Some(1))
    );
    let linked = listed["links"][0]["principal"].as_str().expect("a principal").to_owned();
    as_alice(&["principal", "unlink", &context, "--principal", &linked, "--yes"]);
    desk.json(&["member", "ban", &context, "--account", &alice.account, "--yes"]);
    may_not_mint(&alice);
    assert_eq!(desk.json(&["audit", "verify"])["verified"], true);
}

#[test]
fn should_let_somebody_join_by_an_invite_until_it_is_used_or_revoked() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let administrator = desk.json(&["identity", "show"]);
    let (account, kem_key) = (&administrator["account"], &administrator["kem_key"]);
    let (account, kem_key) = (account.as_str().expect("text"), kem_key.as_str().expect("text"));
    desk.json(&["member", "add", &context, "--account", account, "--kem-key", kem_key, "--role", "administrator"]);
    let (bob, mallory) = (desk.person("bob"), desk.person("mallory"));
    desk.json(&["invite", "create", &context, "--out", "invite.json"]);
    desk.json(&["invite", "redeem", "invite.json", "--identity", "bob.pem"]);
    assert_eq!(desk.json(&["member", "show", &context, "--account", &bob.account])["role"], "reader");
    desk.refused(3, &["invite", "redeem", "invite.json", "--identity", "mallory.pem"]);
    desk.json(&["invite", "create", &context, "--account", &mallory.account, "--out", "second.json"]);
    desk.json(&["invite", "revoke", "second.json", "--yes"]);
    desk.refused(3, &["invite", "redeem", "second.json", "--identity", "mallory.pem"]);
    assert_eq!(desk.json(&["invite", "list", &context])["invites"].as_array().map(Vec::len), Some(2));
}

#[test]
fn should_raise_the_alarm_when_modules_or_states_differ() {
    let desk = Desk::with_engine();
    let context = desk.context();
    desk.write("app.wasm", "the application");
    desk.write("evil.wasm", "another application");
    desk.refused(6, &["app", "current", &context]);
    desk.json(&["app", "set", &context, "--application", &context, "--version", "1.0.0", "--wasm", "app.wasm"]);
    assert_eq!(desk.json(&["app", "current", &context, "--wasm", "app.wasm"])["version"], "1.0.0");
    let evil = desk.refused(6, &["app", "current", &context, "--wasm", "evil.wasm"]);
    assert!(evil["message"].as_str().is_some_and(|text| text.contains("do not install")), "{evil}");
    assert_eq!(desk.json(&["app", "history", &context])["applications"].as_array().map(Vec::len), Some(1));

    let (alice, bob) = (desk.person("alice"), desk.person("bob"));
    desk.add(&context, &alice, "contributor");
    desk.add(&context, &bob, "contributor");
    let hash = "11".repeat(32);
    let attest = |root: &str, identity: &str| {
        desk.json(&[
            "checkpoint",
            "attest",
            &context,
            "--height",
            "7",
            "--root",
            root,
            "--hash",
            &hash,
            "--identity",
            identity,
        ])
    };
    attest(&alice.account, "alice.pem");
    assert_eq!(desk.json(&["checkpoint", "divergences", &context])["divergences"], json!([]));
    desk.refused(6, &["checkpoint", "show", &context]);
    assert!(attest(&bob.account, "bob.pem")["divergence"].is_u64());
    let alarm = desk.refused(6, &["checkpoint", "divergences", &context]);
    assert_eq!(alarm["reason"]["divergences"].as_array().map(Vec::len), Some(1));
    assert_eq!(desk.json(&["checkpoint", "list", &context])["checkpoints"][0]["claims"], 2);
    let attestations = desk.json(&["checkpoint", "attestations", &context, "--height", "7"]);
    assert_eq!(attestations["attestations"].as_array().map(Vec::len), Some(2));
    desk.json(&["checkpoint", "quorum", &context, "--count", "1"]);
    desk.json(&["checkpoint", "quorum", &context]);
}

#[test]
fn should_change_policies_when_members_vote_for_them() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let alice = desk.person("alice");
    desk.add(&context, &alice, "administrator");
    let schema = desk.run(&["policy", "schema"]);
    assert!(schema.out.contains("entity"), "{schema:?}");
    assert!(desk.run(&["policy", "show", &context]).out.starts_with("// version 1, set at registration"));
    desk.write("bad.cedar", "permit(principal, action, resource) when { 1 };");
    let refused = desk.refused(3, &["policy", "check", &context, "bad.cedar"]);
    assert!(refused["reason"]["InvalidPolicy"].is_string(), "{refused}");
    desk.write("good.cedar", "@id(\"nobody\") forbid(principal, action, resource);");
    assert_eq!(desk.json(&["policy", "check", &context, "good.cedar"])["valid"], true);
    let turns = desk.json(&["policy", "simulate", &context, "good.cedar", "--action", "mint"]);
    assert_eq!(turns["turns"], json!([{ "account": alice.account, "sample": 0, "allowed_now": true }]));
    let may = desk.json(&["list", "subjects", &context, "--action", "mint"]);
    assert_eq!(may["subjects"], json!([{ "account": alice.account }]));
    assert!(desk.json(&["explain", &context, "--account", &alice.account, "--action", "mint"]).is_object());
    let created = desk.json(&[
        "proposal",
        "create",
        &context,
        "--title",
        "Closed",
        "--set-policy",
        "good.cedar",
        "--identity",
        "alice.pem",
    ]);
    let number = created["id"].to_string();
    desk.json(&["proposal", "vote", &number, "adopt", "--identity", "alice.pem"]);
    desk.json(&["engine", "advance", "5d"]);
    desk.json(&["proposal", "execute", &number, "--identity", "alice.pem"]);
    let policy = desk.json(&["policy", "show", &context]);
    assert_eq!((&policy["version"], &policy["proposal"]), (&json!(2), &json!(1)));
    let denied = desk.refused(6, &["decide", &context, "--principal", &alice.principal, "--action", "mint"]);
    assert_eq!(denied["reason"]["determining_policies"], json!(["nobody"]));
}
