//! What members decide beyond access, what is recorded of decisions, and how lists go on.

use crate::support::{Desk, Person};
use serde_json::{Value, json};

/// Proposes, adopts alone, waits and executes.
fn decree(desk: &Desk, context: &str, member: &Person, measure: &[&str]) -> Value {
    let create =
        [&["proposal", "create", context, "--title", "So be it", "--identity", &member.file], measure].concat();
    let number = desk.json(&create)["id"].to_string();
    desk.json(&["proposal", "vote", &number, "adopt", "--identity", &member.file]);
    desk.json(&["engine", "advance", "5d"]);
    desk.json(&["proposal", "execute", &number, "--identity", &member.file])
}

/// A canister's id, as the engine tells it.
fn canister(desk: &Desk, name: &str) -> Value {
    let engine = desk.json(&["engine", "show"]);
    let found = engine["canisters"].as_array().expect("canisters").iter().find(|canister| canister["name"] == name);
    found.expect("there")["id"].clone()
}

#[test]
fn should_decide_about_circuits_in_the_context_that_an_upgrade_names() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let alice = desk.person("alice");
    desk.add(&context, &alice, "administrator");
    let add =
        ["circuit", "add", ".calisec/keys/note_commitment.vk", "--name", "notes", "--statement", "note-commitment"];
    let circuit = desk.json(&add)["id"].as_str().expect("an id").to_owned();
    let set = |status| ["--set-circuit", circuit.as_str(), "--status", status];
    let create = ["proposal", "create", &context, "--title", "t", "--identity", &alice.file];
    assert_eq!(desk.json(&["circuit", "decided-by"]), json!({ "circuits": null }));
    assert!(desk.run(&["circuit", "decided-by"]).out.contains("engine upgrade --circuits-of"));
    assert_eq!(desk.json(&["engine", "show"])["circuits_of"], Value::Null);
    let refused = desk.refused(3, &[&create, &set("revoked")[..]].concat());
    assert!(refused["message"].to_string().contains("nobody does"), "{refused}");

    let before = desk.engine();
    let unknown = desk.refused(3, &["engine", "upgrade", "--circuits-of", "11111111111111111111111111111112"]);
    assert!(unknown["message"].to_string().contains("calisec context list"), "{unknown}");
    assert!(desk.engine() == before, "a refused upgrade changed something");
    let upgraded = desk.json(&["engine", "upgrade", "--circuits-of", &context]);
    assert_eq!(upgraded, json!({ "upgraded": ["governance"], "circuits_of": context }));
    assert_eq!(desk.json(&["engine", "upgrade"]), json!({ "upgraded": [], "circuits_of": context }));
    assert_eq!(desk.json(&["circuit", "decided-by"])["circuits"]["context"], json!(context));
    let other = desk.person("other");
    let elsewhere = desk.json(&["context", "register", "--key", &other.file])["id"].as_str().expect("an id").to_owned();
    desk.add(&elsewhere, &alice, "administrator");
    let create_elsewhere = ["proposal", "create", &elsewhere, "--title", "t", "--identity", &alice.file];
    let refused = desk.refused(3, &[&create_elsewhere, &set("revoked")[..]].concat());
    assert!(refused["message"].to_string().contains(&context), "it does not say who decides: {refused}");

    let status = || desk.json(&["circuit", "show", &circuit])["status"].clone();
    for (named, shown) in [("deprecated", "Deprecated"), ("active", "Active"), ("revoked", "Revoked")] {
        assert_eq!(decree(&desk, &context, &alice, &set(named))["status"], "Executed", "{named}");
        assert_eq!(status(), shown);
    }
    let refused = desk.refused(3, &[&create, &set("active")[..]].concat());
    assert!(refused["message"].to_string().contains("for good"), "{refused}");
}

#[test]
fn should_begin_with_a_context_that_decides_about_circuits_when_it_is_named() {
    let desk = Desk::new();
    desk.json(&["identity", "new"]);
    let key = desk.person("context");
    let started = desk.json(&["engine", "start", "--circuits-of", &key.account]);
    assert_eq!(started["circuits_of"], json!(key.account));
    assert_eq!(desk.json(&["context", "register", "--key", &key.file])["id"], json!(key.account));
    let decided = &desk.json(&["circuit", "decided-by"])["circuits"];
    assert_eq!(decided["context"], json!(key.account));
    assert_eq!(decided["proof_verifier"], canister(&desk, "proof_verifier"));
}

#[test]
fn should_record_decisions_when_that_is_asked_for() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let (alice, bob) = (desk.person("alice"), desk.person("bob"));
    desk.add(&context, &alice, "contributor");
    desk.add(&context, &bob, "reader");
    let may = |who: &Person| vec!["decide".to_owned(), context.clone(), "--account".to_owned(), who.account.clone()];
    let ask = |who: &Person, rest: &[&str], code: i32| {
        let asked = may(who);
        let asked: Vec<&str> =
            asked.iter().map(String::as_str).chain(["--action", "mint"]).chain(rest.iter().copied()).collect();
        if code == 0 { desk.json(&asked) } else { desk.refused(code, &asked) }
    };
    let entries = || desk.json(&["audit", "log", "--all"])["entries"].as_array().expect("entries").clone();
    let before = entries().len();
    ask(&alice, &[], 0);
    assert_eq!(entries().len(), before, "a question alone is recorded");
    let as_alice = ["--record", "--identity", &alice.file];
    assert_eq!(ask(&alice, &as_alice, 0)["allowed"], true);
    // A deny is recorded too; and one about others is for who may know.
    ask(&bob, &["--record", "--identity", &bob.file], 6);
    ask(&bob, &as_alice, 3);
    ask(&bob, &["--record"], 6);
    let recorded = &entries()[before..];
    assert_eq!(recorded.len(), 3, "{recorded:?}");
    assert!(recorded.iter().all(|entry| entry.to_string().contains("Decided")), "{recorded:?}");
    let told = desk.run(&["audit", "log", "--all"]).out;
    assert_eq!(told.lines().filter(|line| line.trim_start().starts_with("Decided  account=")).count(), 3, "{told}");
    assert_eq!(desk.json(&["audit", "verify"])["verified"], true);

    let registries = || desk.json(&["audit", "registries", &context])["registries"].clone();
    let registry = canister(&desk, "note_registry");
    assert_eq!(registries(), json!([]));
    let twice = ["--set", "note_registry", "--set", registry.as_str().expect("an id")];
    let set = desk.json(&[&["audit", "registries", &context], &twice[..]].concat());
    assert_eq!((&set["registries"], registries()), (&json!([registry]), json!([registry])));
    desk.refused(3, &["audit", "registries", &context, "--none", "--identity", &alice.file]);
    assert_eq!(registries(), json!([registry]), "changed by who may not");
    desk.json(&["audit", "registries", &context, "--none"]);
    assert_eq!(registries(), json!([]));
}

/// Every page after the other, by what each prints as the next, is all that there is.
#[test]
fn should_go_on_after_what_a_page_names_as_the_next_in_every_list() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let people = ["a", "b", "c"].map(|name| desk.person(name));
    for person in &people {
        desk.add(&context, person, "contributor");
        let key = desk.person(&format!("{}-phone", person.file));
        let add = ["device", "add", &context, "--key", &key.file, "--rotate-every", "7d", "--identity", &person.file];
        desk.json(&add);
    }
    for note in ["1", "2"] {
        decree(&desk, &context, &people[0], &["--grant", &people[1].account, "--note", note]);
    }
    desk.write("closed.cedar", "@id(\"nobody\") forbid(principal, action, resource);");
    let lists: [(i32, &str, Vec<&str>); 7] = [
        (0, "members", vec!["member", "list", &context]),
        (0, "entries", vec!["audit", "log"]),
        (0, "subjects", vec!["list", "subjects", &context, "--action", "mint"]),
        (0, "turns", vec!["policy", "simulate", &context, "closed.cedar", "--action", "mint"]),
        (6, "devices", vec!["device", "stale", &context, "--within", "8d"]),
        (0, "resources", vec!["list", "resources", &context, "--account", &people[1].account]),
        (0, "circuits", vec!["circuit", "list"]),
    ];
    for (code, name, verb) in lists {
        let ask = |rest: &[&str]| {
            let arguments = [&verb[..], rest].concat();
            if code == 0 { desk.json(&arguments) } else { desk.refused(code, &arguments)["reason"].clone() }
        };
        let all = ask(&["--all"]);
        let expected = all[name].as_array().expect("a list").clone();
        assert!(expected.len() >= 2 && all["next"].is_null(), "{name}: {all}");
        let (mut found, mut after) = (Vec::new(), None::<String>);
        loop {
            let limit = ["--limit", "1"];
            let page = match &after {
                None => ask(&limit),
                Some(after) => ask(&["--limit", "1", "--after", after]),
            };
            found.extend(page[name].as_array().expect("a list").iter().cloned());
            assert_ne!(
                page["next"].to_string(),
                format!("\"{}\"", after.clone().unwrap_or_default()),
                "{name} stands still"
            );
            after = match &page["next"] {
                Value::Null => break,
                Value::String(next) => Some(next.clone()),
                next => Some(next.to_string()),
            };
        }
        assert_eq!(found, expected, "{name}");
    }
    let said = desk.run(&["audit", "log", "--limit", "2"]);
    assert!(said.out.contains("more with --after 2, everything with --all"), "{said:?}");
}
