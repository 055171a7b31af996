//! Evidence in files, verified with nothing but a root key: what must be believed, and what must not.

use crate::support::Desk;
use serde_json::{Value, json};
use std::fs;
use std::sync::OnceLock;

struct Exported {
    desk: Desk,
    membership: String,
}

/// A log of three entries in `log.json`, and the root key in `root.der`.
fn exported() -> Exported {
    static FIRST: OnceLock<Exported> = OnceLock::new();
    let first = FIRST.get_or_init(export);
    Exported { desk: first.desk.copy(), membership: first.membership.clone() }
}

fn export() -> Exported {
    let desk = Desk::with_engine();
    let context = desk.context();
    for name in ["alice", "bob"] {
        let person = desk.person(name);
        desk.add(&context, &person, "reader");
    }
    assert_eq!(desk.json(&["audit", "export", "--out", "log.json"])["entries"], 3);
    let engine = desk.json(&["engine", "show"]);
    let root_key = hex::decode(engine["root_key"].as_str().expect("hex")).expect("hex");
    fs::write(desk.path("root.der"), root_key).expect("written");
    let canisters = engine["canisters"].as_array().expect("canisters");
    let membership = canisters.iter().find(|canister| canister["name"] == "membership").expect("there")["id"].clone();
    Exported { desk, membership: membership.as_str().expect("text").to_owned() }
}

fn read(desk: &Desk, file: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(desk.path(file)).expect("read")).expect("JSON")
}

#[test]
fn should_verify_a_log_offline_when_nothing_was_changed() {
    let Exported { desk, membership } = exported();
    fs::remove_dir_all(desk.path(".calisec")).expect("the network is gone");
    let verify = ["audit", "verify", "--file", "log.json", "--root-key", "root.der", "--membership", &membership];
    let verified = desk.json(&verify);
    assert_eq!((&verified["verified"], &verified["entries"], &verified["seq"]), (&json!(true), &json!(3), &json!(3)));
    assert!(verified["certified_at"].is_u64());
}

#[test]
fn should_refuse_a_log_when_an_attacker_changed_it() {
    let Exported { desk, membership } = exported();
    let good = read(&desk, "log.json");
    let mut edited = good.clone();
    edited["entries"][1]["event"]["MemberSet"]["role"] = json!("administrator");
    let mut shortened = good.clone();
    shortened["entries"].as_array_mut().expect("entries").pop();
    let mut earlier_head = shortened.clone();
    earlier_head["head"]["seq"] = json!(2);
    earlier_head["head"]["hash"] = good["entries"][1]["hash"].clone();
    let mut swapped = good.clone();
    swapped["entries"].as_array_mut().expect("entries").swap(1, 2);
    let mut uncertified = good.clone();
    uncertified["head"]["certificate"] = json!("");
    let mut forged = good.clone();
    let certificate = good["head"]["certificate"].as_str().expect("hex").to_owned();
    let middle = certificate.len() / 2;
    let digit = if &certificate[middle..=middle] == "0" { "1" } else { "0" };
    forged["head"]["certificate"] = json!(format!("{}{digit}{}", &certificate[..middle], &certificate[middle + 1..]));
    for (what, log) in [
        ("edited", edited),
        ("shortened", shortened),
        ("earlier head", earlier_head),
        ("swapped", swapped),
        ("uncertified", uncertified),
        ("forged", forged),
    ] {
        let file = format!("{}.json", what.replace(' ', "-"));
        desk.write(&file, &log.to_string());
        let arguments = ["audit", "verify", "--file", &file, "--root-key", "root.der", "--membership", &membership];
        let said = desk.run(&[&arguments[..], &["--any-age", "--json"]].concat());
        assert_eq!(said.code, 6, "{what}: {said:?}");
    }
}

#[test]
fn should_refuse_a_log_when_it_is_of_another_network_or_canister() {
    let Exported { desk, membership } = exported();
    let other = Desk::with_new_engine();
    let engine = other.json(&["engine", "show"]);
    let root_key = hex::decode(engine["root_key"].as_str().expect("hex")).expect("hex");
    fs::write(desk.path("other.der"), root_key).expect("written");
    desk.refused(6, &["audit", "verify", "--file", "log.json", "--root-key", "other.der", "--membership", &membership]);
    let other = "o7rnn-niaaa-aaa7y-aaaaa-cai";
    let other = if membership == other { "owsgr-3aaaa-aaa7y-aaabq-cai" } else { other };
    desk.refused(6, &["audit", "verify", "--file", "log.json", "--root-key", "root.der", "--membership", other]);
    // The file says itself which canister it is of; that is not believed.
    desk.refused(2, &["audit", "verify", "--file", "log.json", "--root-key", "root.der"]);
}

/// What an auditor keeps of the log on one day, and what it may have become on the next.
#[test]
fn should_find_out_whether_todays_log_continues_the_one_that_was_kept() {
    let Exported { desk: kept, membership } = exported();
    let context = read(&kept, "log.json")["entries"][0]["context"].as_str().expect("an id").to_owned();
    assert_eq!(kept.json(&["audit", "head", "--out", "head.json"])["seq"], 3);
    let since = |desk: &Desk, file: &str| desk.json(&["audit", "verify", "--since", file]);
    let forged = |desk: &Desk, file: &str, says: &str| {
        let refused = desk.refused(6, &["audit", "verify", "--since", file]);
        assert!(refused["message"].as_str().is_some_and(|text| text.contains(says)), "{refused}");
    };
    for file in ["head.json", "log.json"] {
        let same = since(&kept, file);
        assert_eq!((&same["entries"], &same["since"], &same["seq"]), (&json!(0), &json!(3), &json!(3)), "{file}");
    }
    // Nobody can tell by its head alone that this engine has another past: it has the same keys, and signs both.
    let fork = kept.copy();
    for (desk, name) in [(&kept, "carol"), (&fork, "mallory")] {
        let person = desk.person(name);
        desk.add(&context, &person, "reader");
    }
    for file in ["head.json", "log.json"] {
        for desk in [&kept, &fork] {
            let later = since(desk, file);
            assert_eq!((&later["entries"], &later["seq"]), (&json!(1), &json!(4)), "what follows entry 3: {file}");
        }
    }
    kept.json(&["audit", "head", "--out", "head-4.json"]);
    kept.json(&["audit", "export", "--out", "log-4.json"]);
    fs::copy(kept.path("head-4.json"), fork.path("honest.json")).expect("copied");
    forged(&fork, "honest.json", "this entry has the hash");
    let dora = fork.person("dora");
    fork.add(&context, &dora, "reader");
    forged(&fork, "honest.json", "names another entry as the one before it");
    let shorter = exported().desk;
    for file in ["head-4.json", "log-4.json"] {
        fs::copy(kept.path(file), shorter.path(file)).expect("copied");
        forged(&shorter, file, "it ends at entry 3");
    }

    // Without a network too: an export against an export.
    kept.json(&["engine", "advance", "1d"]);
    fork.json(&["audit", "export", "--out", "log-5.json"]);
    fs::copy(fork.path("log-5.json"), kept.path("fork.json")).expect("copied");
    let offline = |file: &str, since: &str| {
        let verify = ["audit", "verify", "--file", file, "--since", since, "--any-age", "--json"];
        let trusted = ["--root-key", "root.der", "--membership", &membership];
        kept.run(&[&verify[..], &trusted[..]].concat()).code
    };
    assert_eq!((offline("log-4.json", "log.json"), offline("log-4.json", "head-4.json")), (0, 0));
    assert_eq!((offline("fork.json", "log.json"), offline("fork.json", "head-4.json")), (0, 6));
    assert_eq!(offline("log.json", "head-4.json"), 6, "what came later is no past");

    // A kept file is believed no more than anything else, whatever it says, and of whatever network.
    let good = read(&kept, "head.json");
    let mut edited = good.clone();
    edited["head"]["hash"] = edited["head"]["root"].clone();
    kept.write("edited.json", &edited.to_string());
    forged(&kept, "edited.json", "not certified");
    let mut shortened = read(&kept, "log.json");
    shortened["entries"].as_array_mut().expect("entries").pop();
    kept.write("shortened.json", &shortened.to_string());
    forged(&kept, "shortened.json", "not what was certified");
    let other = Desk::with_new_engine();
    fs::copy(kept.path("head.json"), other.path("head.json")).expect("copied");
    forged(&other, "head.json", "not certified");
    kept.write("noise.json", "{}");
    let refused = kept.refused(2, &["audit", "verify", "--since", "noise.json"]);
    assert!(
        refused["message"].as_str().is_some_and(|text| text.contains("'calisec audit head --out' make")),
        "{refused}"
    );
}

#[test]
fn should_prove_one_entry_and_refuse_it_when_anything_is_another() {
    let Exported { desk, .. } = exported();
    desk.json(&["audit", "prove", "2", "--out", "entry.json"]);
    let checked = desk.json(&["audit", "verify", "--file", "entry.json"]);
    assert_eq!((&checked["verified"], &checked["entry"]["seq"]), (&json!(true), &json!(2)));
    let changes: [fn(&mut Value); 4] = [
        |proof| proof["entry"]["at"] = json!(1),
        |proof| proof["entry"]["seq"] = json!(1),
        |proof| proof["path"][0] = proof["head"]["root"].clone(),
        |proof| proof["head"]["root"] = proof["head"]["hash"].clone(),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut forged = read(&desk, "entry.json");
        change(&mut forged);
        desk.write("forged.json", &forged.to_string());
        let refused = desk.refused(6, &["audit", "verify", "--file", "forged.json"]);
        assert!(refused["message"].as_str().is_some_and(|text| text.contains("not proved")), "{number}: {refused}");
    }
    let unknown = desk.refused(3, &["audit", "prove", "1000"]);
    assert_eq!(unknown["reason"], json!({ "UnknownAuditEntry": 1000 }));
}

#[test]
fn should_keep_what_opens_hidden_entries_and_nothing_of_it_in_the_canister() {
    let desk = Desk::with_engine();
    let context = desk.context();
    assert_eq!(desk.json(&["audit", "mode", &context])["mode"], json!("Full"));
    assert_eq!(desk.json(&["audit", "mode", &context, "--set", "redacted"])["mode"], json!("Redacted"));
    let alice = desk.person("alice");
    desk.add(&context, &alice, "reader");
    let log = desk.json(&["audit", "log", "--all"]).to_string();
    assert!(log.contains("Sealed") && !log.contains("MemberSet"), "{log}");
    assert_eq!(desk.json(&["audit", "verify"])["verified"], true);
    let none = desk.json(&["audit", "openings", &context, "--out", "hers.json", "--identity", &alice.file]);
    assert_eq!(none["openings"], 0);
    let kept = desk.json(&["audit", "openings", &context, "--out", "openings.json", "--discard", "--yes"]);
    assert_eq!((&kept["openings"], &kept["discarded"]), (&json!(1), &json!(1)));
    assert!(read(&desk, "openings.json").to_string().contains("MemberSet"));

    // One of them is shown with the proof of its entry: that says what it hides, and nothing else that is hidden.
    let seq = read(&desk, "openings.json")["openings"][0]["seq"].to_string();
    let shown = desk.json(&["audit", "prove", &seq, "--opening", "openings.json", "--out", "opened.json"]);
    assert_eq!(shown["opened"]["event"]["MemberSet"]["role"], "reader");
    assert_eq!(desk.json(&["audit", "verify", "--file", "opened.json"])["opened"], shown["opened"]);
    let mut forged = read(&desk, "opened.json");
    forged["opening"]["event"]["MemberSet"]["role"] = json!("administrator");
    desk.write("forged.json", &forged.to_string());
    let refused = desk.refused(6, &["audit", "verify", "--file", "forged.json"]);
    assert!(refused["message"].as_str().is_some_and(|text| text.contains("not the commitment")), "{refused}");
    let nothing_hidden = desk.refused(2, &["audit", "prove", "1", "--opening", "openings.json"]);
    assert!(nothing_hidden["message"].as_str().is_some_and(|text| text.contains("does not open entry 1")));
    desk.refused(2, &["audit", "prove", &seq, "--opening", "opened.json"]);
    let again = desk.json(&["audit", "openings", &context, "--out", "again.json"]);
    assert_eq!(again["openings"], 0);
}

#[test]
fn should_refuse_old_evidence_unless_its_age_is_accepted() {
    let Exported { desk, .. } = exported();
    desk.json(&["engine", "advance", "1d"]);
    desk.refused(6, &["audit", "verify", "--file", "log.json"]);
    desk.refused(6, &["audit", "verify", "--file", "log.json", "--max-age", "1h"]);
    for age in [&["--max-age", "25h"][..], &["--any-age"]] {
        assert_eq!(desk.json(&[&["audit", "verify", "--file", "log.json"], age].concat())["verified"], true, "{age:?}");
    }
}

#[test]
fn should_verify_a_receipt_from_a_file_and_refuse_a_changed_one() {
    let desk = Desk::with_engine();
    let context = desk.context();
    desk.json(&[
        "circuit",
        "add",
        ".calisec/keys/note_commitment.vk",
        "--name",
        "notes",
        "--statement",
        "note-commitment",
    ]);
    desk.write("letter.txt", "secret");
    desk.json(&["prove", "note", "letter.txt", "--context", &context, "--out", "letter"]);

    let mut forged = read(&desk, "letter.proof.json");
    forged["public_inputs"][0] = forged["public_inputs"][1].clone();
    desk.write("forged.proof.json", &forged.to_string());
    desk.refused(6, &["verify", "forged.proof.json"]);
    let mallory = desk.person("mallory");
    let stolen = desk.refused(2, &["submit", "letter.proof.json", "--identity", &mallory.file]);
    assert!(stolen["message"].as_str().is_some_and(|text| text.contains("--identity")), "{stolen}");
    let mut stolen = read(&desk, "letter.proof.json");
    stolen["submitter"] = json!(mallory.principal);
    desk.write("stolen.proof.json", &stolen.to_string());
    let refused = desk.refused(3, &["submit", "stolen.proof.json", "--identity", &mallory.file]);
    assert_eq!(refused["reason"], "WrongDomain");

    let receipt = desk.json(&["submit", "letter.proof.json"])["id"].as_str().expect("an id").to_owned();
    desk.json(&["receipt", "show", &receipt, "--out", "receipt.json"]);
    let checked = desk.json(&["receipt", "check", "receipt.json"]);
    assert_eq!((&checked["verified"], &checked["receipt"]), (&json!(true), &json!(receipt)));
    let mut changed = read(&desk, "receipt.json");
    changed["receipt"]["purpose"] = json!("vote");
    desk.write("changed.json", &changed.to_string());
    desk.refused(6, &["receipt", "check", "changed.json"]);
    desk.json(&["engine", "advance", "1h"]);
    desk.refused(6, &["receipt", "check", "receipt.json"]);
    assert_eq!(desk.json(&["receipt", "check", "receipt.json", "--any-age"])["verified"], true);
}
