//! The engine between processes: locked, complete, and never half written.

use crate::support::{Desk, said};
use serde_json::Value;
use std::fs;

#[test]
fn should_let_one_process_after_the_other_when_several_write_at_once() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let people: Vec<_> = (0..4).map(|number| desk.person(&format!("member{number}"))).collect();
    let running: Vec<_> = people
        .iter()
        .map(|person| {
            let add = ["member", "add", &context, "--account", &person.account, "--kem-key", &person.kem_key];
            desk.command(&add).stdout(std::process::Stdio::piped()).spawn().expect("runs")
        })
        .collect();
    for process in running {
        let said = said(process.wait_with_output().expect("ends"));
        assert_eq!(said.code, 0, "{said:?}");
    }
    assert_eq!(desk.json(&["context", "show", &context])["member_count"], 4);
    assert_eq!(desk.json(&["audit", "verify"])["entries"], 5);
}

#[test]
fn should_change_no_file_when_nothing_is_written() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let before = desk.engine();
    desk.json(&["context", "list"]);
    desk.json(&["audit", "verify"]);
    desk.json(&["engine", "show"]);
    desk.refused(3, &["member", "show", &context, "--account", &context]);
    assert_eq!(desk.engine(), before);
}

#[test]
fn should_go_on_from_the_last_commit_when_a_process_died_while_it_saved() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let committed = fs::read(desk.path(".calisec/state.json")).expect("read");
    let generation =
        serde_json::from_slice::<Value>(&committed).expect("JSON")["generation"].as_u64().expect("a number");
    // What a process leaves that dies before it renames: new images, and perhaps half of a new manifest.
    desk.write(&format!(".calisec/images/membership.{}", generation + 1), "half an image");
    desk.write(".calisec/state.json.new", "{\"format\":");
    let alice = desk.person("alice");
    desk.add(&context, &alice, "reader");
    assert_eq!(desk.json(&["context", "show", &context])["member_count"], 1);
    let images = fs::read_dir(desk.path(".calisec/images")).expect("read").count();
    assert_eq!(images, 4, "what nothing names is swept away");
}

#[test]
fn should_say_how_to_go_on_when_the_state_is_damaged() {
    let desk = Desk::with_engine();
    let manifest: Value =
        serde_json::from_slice(&fs::read(desk.path(".calisec/state.json")).expect("read")).expect("JSON");
    let image = manifest["canisters"][1]["image"].as_str().expect("a name").to_owned();
    let path = desk.path(".calisec").join(&image);
    let good = fs::read(&path).expect("read");
    let mut damaged = good.clone();
    damaged[good.len() / 2] ^= 1;
    let refuses = |what: &str| {
        let refused = desk.refused(5, &["context", "list"]);
        let message = refused["message"].as_str().expect("text");
        assert!(message.contains("restore a copy") && message.contains("engine reset"), "{what}: {message}");
    };
    fs::write(&path, damaged).expect("written");
    refuses("a damaged image");
    fs::remove_file(&path).expect("removed");
    refuses("no image");
    fs::write(&path, &good).expect("written");
    desk.json(&["context", "list"]);
    for (field, value) in [("format", "2"), ("seed", "\"x\""), ("extra", "1")] {
        let mut wrong = manifest.clone();
        wrong[field] = serde_json::from_str(value).expect("JSON");
        desk.write(".calisec/state.json", &wrong.to_string());
        refuses(field);
    }
    let mut outside = manifest.clone();
    outside["canisters"][0]["image"] = "../../etc/passwd".into();
    desk.write(".calisec/state.json", &outside.to_string());
    refuses("an image elsewhere");
    desk.json(&["engine", "reset", "--yes"]);
    desk.json(&["engine", "start"]);
}

#[test]
fn should_destroy_the_engine_only_when_that_is_meant() {
    let desk = Desk::with_engine();
    let before = desk.engine();
    let refused = desk.refused(2, &["engine", "reset"]);
    assert!(refused["message"].as_str().is_some_and(|text| text.contains("--yes")), "{refused}");
    desk.refused(2, &["engine", "start"]);
    assert_eq!(desk.engine(), before);
    desk.write(".calisec/mine.txt", "not of the engine");
    desk.json(&["engine", "reset", "--yes"]);
    assert!(desk.path(".calisec/mine.txt").exists(), "only what is the engine's goes");
    desk.refused(5, &["engine", "show"]);
}

#[test]
fn should_keep_ids_and_root_keys_apart_when_there_are_two_engines() {
    let desk = Desk::with_engine();
    let other = desk.json(&["engine", "start", "--state", "other"]);
    let first = desk.json(&["engine", "show"]);
    assert_ne!(other["root_key"], first["root_key"], "what is signed for one must be worthless on the other");
    let shown = desk.command(&["engine", "show", "--json"]).env("CALISEC_STATE", "other").output().expect("runs");
    let shown: Value = serde_json::from_str(&said(shown).out).expect("JSON");
    assert_eq!(shown["root_key"], other["root_key"]);
}

#[test]
fn should_move_the_clock_and_never_back() {
    let desk = Desk::with_engine();
    let before = desk.json(&["engine", "show"])["now"].as_u64().expect("a number");
    let moved = desk.json(&["engine", "advance", "2d"]);
    assert_eq!(moved["ahead_seconds"], 2 * 24 * 60 * 60);
    let after = desk.json(&["engine", "show"])["now"].as_u64().expect("a number");
    assert!(after - before >= 2 * 24 * 60 * 60 * 1_000_000_000);
    assert_eq!(desk.json(&["engine", "upgrade"])["upgraded"], serde_json::json!([]));
}
