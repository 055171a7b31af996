//! Decisions: one by one, in batches, and by bundles that nobody on the way can change.

use crate::support::Desk;
use serde_json::{Value, json};
use std::fs;

#[test]
fn should_decide_by_a_bundle_without_a_network_and_refuse_a_changed_one() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let alice = desk.person("alice");
    desk.add(&context, &alice, "contributor");
    let question = ["decide", &context, "--account", &alice.account, "--action", "mint"];
    let kept = desk.json(&[&question[..], &["--bundle", "allow.json"]].concat());
    assert_eq!((&kept["allowed"], &kept["facts"]["role"]["name"]), (&json!(true), &json!("contributor")));
    // A deny is evidence too: that there is no such member is proved.
    desk.refused(6, &["decide", &context, "--account", &context, "--action", "mint", "--bundle", "deny.json"]);
    let engine = desk.json(&["engine", "show"]);
    let root_key = hex::decode(engine["root_key"].as_str().expect("hex")).expect("hex");
    fs::write(desk.path("root.der"), root_key).expect("written");
    let canister = |name: &str| {
        let canisters = engine["canisters"].as_array().expect("canisters");
        canisters.iter().find(|canister| canister["name"] == name).expect("there")["id"]
            .as_str()
            .expect("text")
            .to_owned()
    };
    desk.json(&["member", "remove", &context, "--account", &alice.account, "--yes"]);
    fs::remove_dir_all(desk.path(".calisec")).expect("the network is gone");

    let (membership, other) =
        (format!("membership={}", canister("membership")), format!("membership={}", canister("governance")));
    let verify = |file: &str, canister: &str| {
        let offline = ["bundle", "verify", file, "--root-key", "root.der", "--canister", canister, "--json"];
        let said = desk.run(&offline);
        let answer: Value = serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {said:?}"));
        (said.code, answer)
    };
    let (code, told) = verify("allow.json", &membership);
    assert_eq!((code, &told["allowed"], &told["account"]), (0, &json!(true), &json!(alice.account)));
    assert_eq!(told["determining_policies"], kept["determining_policies"]);
    let (code, denied) = verify("deny.json", &membership);
    assert_eq!((code, &denied["error"]["reason"]["verified"]), (6, &json!(true)));
    assert_eq!(verify("allow.json", &other).0, 6, "of another canister");
    let good: Value = serde_json::from_str(&fs::read_to_string(desk.path("allow.json")).expect("read")).expect("JSON");
    let changes: [(&str, Value); 5] = [
        ("/question/subject/Account", json!(context)),
        ("/bundle/role/name", json!("administrator")),
        ("/bundle/policy", json!("permit(principal, action, resource);")),
        ("/bundle/identities", json!([])),
        ("/bundle/witness", json!(format!("{}00", good["bundle"]["witness"].as_str().expect("hex")))),
    ];
    for (what, value) in changes {
        let mut changed = good.clone();
        *changed.pointer_mut(what).unwrap_or_else(|| panic!("{what}")) = value;
        desk.write("changed.json", &changed.to_string());
        let (code, told) = verify("changed.json", &membership);
        let message = told["error"]["message"].as_str().unwrap_or_default();
        assert!(code == 6 && message.contains("decides nothing"), "{what}: {told}");
    }
}

#[test]
fn should_answer_a_batch_in_its_order_and_name_the_question_that_is_wrong() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let (alice, bob) = (desk.person("alice"), desk.person("bob"));
    desk.add(&context, &alice, "contributor");
    desk.add(&context, &bob, "reader");
    let mint = |who: Value| {
        let mut question = json!({ "action": "mint" });
        question.as_object_mut().expect("fields").extend(who.as_object().expect("fields").clone());
        question
    };
    let allowed = mint(json!({ "account": alice.account }));
    desk.write("one.json", &json!([allowed]).to_string());
    assert_eq!(desk.json(&["decide", &context, "--batch", "one.json"])["denied"], 0);
    let many: Vec<Value> =
        (0..101).map(|_| allowed.clone()).chain([mint(json!({ "principal": bob.principal }))]).collect();
    desk.write("many.json", &json!(many).to_string());
    let refused = desk.refused(6, &["decide", &context, "--batch", "many.json"]);
    let decisions = refused["reason"]["decisions"].as_array().expect("decisions");
    assert_eq!((decisions.len(), &refused["reason"]["denied"]), (102, &json!(1)));
    assert_eq!((&decisions[100]["allowed"], &decisions[101]["allowed"]), (&json!(true), &json!(false)));
    for (questions, says) in [
        (json!([allowed, { "action": "mint" }]), "question 2: give an account or a principal"),
        (json!([{ "account": "x", "action": "mint" }]), "question 1: 'x' is no account"),
        (json!([{ "account": alice.account, "action": "fly" }]), "question 1: 'fly' is no action"),
        (json!([{ "account": alice.account, "action": "mint", "not": 1 }]), "unknown field `not`"),
        (json!({}), "a list is expected"),
    ] {
        desk.write("wrong.json", &questions.to_string());
        let refused = desk.refused(2, &["decide", &context, "--batch", "wrong.json"]);
        assert!(refused["message"].as_str().is_some_and(|message| message.contains(says)), "{refused}");
    }
    let past = ["member", "was", &context, "--account", &bob.account, "--revision"];
    assert_eq!(desk.json(&[&past[..], &["2"]].concat())["role"], "reader");
    desk.refused(6, &[&past[..], &["1"]].concat());
}

#[test]
fn should_fill_in_templates_and_compare_with_what_nodes_say() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let alice = desk.person("alice");
    desk.add(&context, &alice, "reader");
    assert!(desk.run(&["policy", "templates"]).out.contains("role-reads"));
    let filled = desk.run(&["policy", "template", "role-reads", "--param", "id=readers", "--param", "role=reader"]);
    desk.write("rules.cedar", &filled.out);
    assert_eq!(desk.json(&["policy", "check", &context, "rules.cedar"])["valid"], true);
    let missing = desk.refused(2, &["policy", "template", "role-reads", "--param", "id=readers"]);
    assert!(missing["message"].as_str().is_some_and(|message| message.contains("--param role=")), "{missing}");
    desk.refused(2, &["policy", "template", "role-reads", "--param", "id=readers", "--param", "role=\"); forbid("]);
    desk.refused(2, &["policy", "template", "nobody-knows"]);

    desk.json(&["node", "set", &context, "--url", "https://node.example.org"]);
    assert_eq!(desk.json(&["node", "show", &context])["url"], "https://node.example.org");
    desk.refused(3, &["node", "set", &context, "--url", "http://node.example.org"]);
    desk.json(&["node", "set", &context, "--none"]);
    desk.refused(3, &["node", "fetch", &context]);

    // A list of another group, as a node really answered it.
    let live: Value =
        serde_json::from_str(include_str!("../../../../tests/vectors/calimero/live_node.json")).expect("JSON");
    let (group, members) = (
        &live["admin_api"]["GET /admin-api/groups/:id"]["data"],
        &live["admin_api"]["GET /admin-api/groups/:id/members"],
    );
    desk.write("members.json", &members.to_string());
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let (hash, admin) = (text(&group["groupStateHash"]), text(&live["account_hex"]));
    let application = text(&group["targetApplicationId"]);
    let of = ["--hash", &hash, "--admin", &admin, "--owner", &admin, "--application", &application];
    let other = desk.refused(6, &[&["group", "check-state", &context, "members.json"], &of[..]].concat());
    assert_eq!(
        (&other["reason"]["matches"], &other["reason"]["not_in_the_list"]),
        (&json!(false), &json!([alice.account]))
    );
    assert_eq!(other["reason"]["not_registered"].as_array().map(Vec::len), Some(1));
    desk.refused(2, &[&["group", "check-state", &context, "rules.cedar"], &of[..]].concat());
}
