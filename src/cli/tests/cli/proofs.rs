//! Every statement from secret to receipt, each verb in a process of its own.

use crate::support::Desk;
use serde_json::{Value, json};
use std::fs;

pub fn join<'a>(first: &[&'a str], second: &[&'a str]) -> Vec<&'a str> {
    [first, second].concat()
}

pub fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

/// Makes the keys of a statement and registers its circuit.
pub fn keys(desk: &Desk, statement: &str) -> String {
    let name = statement.replace('-', "_");
    let made = desk.json(&["keys", "--out", "keys", "--statement", statement, "--depth", "2", "--set-depth", "2"]);
    let key = format!("keys/{name}.vk");
    let added = desk.json(&["circuit", "add", &key, "--name", statement, "--statement", statement]);
    assert_eq!(added["id"], made["circuit"]);
    format!("keys/{name}.pk")
}

#[test]
fn should_prove_membership_once_per_topic_without_saying_who() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let mallory = desk.person("mallory");
    let key = keys(&desk, "context-membership");
    let secret = |name: &str| text(&desk.json(&["secret", "member", "--context", &context, "--out", name])["leaf"]);
    let (mine, other) = (secret("me.json"), secret("other.json"));
    let stranger = secret("stranger.json");
    desk.json(&["tree", "add", "members.leaves", &other, &mine]);
    let tree = desk.json(&["tree", "show", "members.leaves"]);
    assert_eq!((&tree["size"], &tree["depth"]), (&json!(2), &json!(1)));
    let prove = |secret: &'static str, purpose: &'static str, out: &'static str| -> Vec<String> {
        let files = ["prove", "membership", "--secret", secret, "--leaves", "members.leaves", "--key", &key];
        let bound = ["--context", &context, "--consumer", "governance", "--purpose", purpose, "--out", out];
        [&files[..], &bound[..]].concat().into_iter().map(str::to_owned).collect()
    };
    let run = |arguments: &[String]| desk.json(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let proved = run(&prove("me.json", "poll/7#yes", "yes"));
    assert_eq!(proved["public_inputs"][0], tree["root"]);
    let said = fs::read_to_string(desk.path("yes.proof.json")).expect("read");
    assert!(!said.contains(&mine), "the proof does not say whose it is");
    assert_eq!(desk.json(&["verify", "yes.proof.json"])["verified"], true);
    desk.refused(2, &["submit", "yes.proof.json", "--identity", &mallory.file]);
    assert_eq!(desk.json(&["submit", "yes.proof.json"])["id"], proved["receipt"]);
    // Another choice in the same poll is the same member again.
    run(&prove("me.json", "poll/7#no", "no"));
    assert!(desk.refused(3, &["submit", "no.proof.json"])["reason"].to_string().contains("Nullifier"));
    let outsider = prove("stranger.json", "poll/7#yes", "stranger");
    let outsider: Vec<&str> = outsider.iter().map(String::as_str).collect();
    let refused = desk.refused(2, &outsider);
    assert!(
        text(&refused["message"]).contains(&stranger) && text(&refused["message"]).contains("tree add"),
        "{refused}"
    );
}

#[test]
fn should_prove_what_an_issuer_attested_and_nothing_that_is_false() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let (range, set) = (keys(&desk, "credential-range"), keys(&desk, "credential-set"));
    let holder = text(&desk.json(&["secret", "holder", "--out", "holder.json"])["holder"]);
    desk.json(&["secret", "holder", "--out", "thief.json"]);
    let issue = |attribute: &str, value: [&str; 2], out: &str| {
        let whom = ["credential", "issue", "--holder", &holder, "--attribute", attribute, "--leaves", "issuer.leaves"];
        desk.json(&[&whom[..], &value, &["--out", out]].concat())
    };
    issue("age", ["--number", "41"], "age.json");
    let issued = issue("country", ["--text", "SI"], "country.json");
    let bound = ["--leaves", "issuer.leaves", "--context", &context, "--consumer", "membership", "--purpose", "join"];
    let about_age = [&["prove", "range", "--credential", "age.json", "--key", &range], &bound[..]].concat();
    let mine = ["--secret", "holder.json", "--out"];
    let proved = desk.json(&[&about_age[..], &["--at-least", "18"], &mine, &["adult"]].concat());
    assert_eq!(proved["public_inputs"][0], issued["issuer_root"]);
    assert_eq!(desk.json(&["submit", "adult.proof.json"])["statement"], "CredentialRange");
    desk.refused(6, &[&about_age[..], &["--at-most", "40"], &mine, &["young"]].concat());
    desk.refused(2, &[&about_age[..], &["--at-least", "2", "--at-most", "1"], &mine, &["none"]].concat());
    let stolen =
        desk.refused(2, &[&about_age[..], &["--at-least", "18", "--secret", "thief.json", "--out", "x"]].concat());
    assert!(text(&stolen["message"]).contains("another holder"), "{stolen}");
    let about_country = [&["prove", "set", "--credential", "country.json", "--key", &set], &bound[..], &mine].concat();
    desk.json(&[&about_country[..], &["resident", "--texts", "CH,PT,SI"]].concat());
    assert_eq!(desk.json(&["submit", "resident.proof.json"])["statement"], "CredentialSet");
    desk.refused(6, &[&about_country[..], &["elsewhere", "--texts", "CH,PT"]].concat());
    let wrong_key = [&["prove", "set", "--credential", "country.json", "--key", &range], &bound[..], &mine].concat();
    desk.refused(2, &[&wrong_key[..], &["wrong", "--texts", "SI"]].concat());
}

#[test]
fn should_take_proofs_without_a_set_up_and_proofs_of_other_tools() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let bound = ["--context", &context, "--consumer", "note_registry", "--purpose", "archive/1#a"];
    desk.write("letter.txt", "evidence");
    desk.json(&join(&["prove", "stark-note", "letter.txt", "--out", "letter"], &bound));
    assert_eq!(desk.json(&["submit", "letter.proof.json"])["statement"], "StarkNoteCommitment");
    let leaf = text(&desk.json(&["secret", "stark", "--out", "me.json"])["leaf"]);
    // Words of STARKs are no elements of the field of Groth16: the tree is written by hand.
    desk.write("members.leaves", &format!("# members\n\n{leaf} # me\n"));
    let proved = desk.json(&join(
        &["prove", "stark-membership", "--secret", "me.json", "--leaves", "members.leaves", "--out", "me"],
        &bound,
    ));
    assert_eq!(desk.json(&["tree", "show", "members.leaves", "--stark"])["root"], proved["public_inputs"][0]);
    assert_eq!(desk.json(&["verify", "me.proof.json"])["verified"], true);
    let mut forged: Value =
        serde_json::from_str(&fs::read_to_string(desk.path("me.proof.json")).expect("read")).expect("JSON");
    forged["public_inputs"][0] = forged["public_inputs"][1].clone();
    desk.write("forged.proof.json", &forged.to_string());
    desk.refused(6, &["verify", "forged.proof.json"]);

    // Semaphore's own proof is of another place; of this one it says what to sign.
    desk.refused(2, &["circuit", "add", "--semaphore", "33"]);
    let circuit = desk.json(&["circuit", "add", "--semaphore", "20"]);
    let to_sign = desk.json(&join(&["prove", "signal"], &bound));
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/semaphore/depth20");
    let read = |name: &str| fs::read_to_string(format!("{vectors}/{name}")).expect("a vector");
    let (proof, public): (Value, Value) = (
        serde_json::from_str(&read("proof.json")).expect("JSON"),
        serde_json::from_str(&read("public.json")).expect("JSON"),
    );
    let points = [("pi_a", 0), ("pi_a", 1), ("pi_c", 0), ("pi_c", 1)].map(|(point, at)| proof[point][at].clone());
    let b = |x: usize, y: usize| proof["pi_b"][x][y].clone();
    let semaphore = |message: &Value| {
        json!({
            "merkleTreeDepth": 20, "merkleTreeRoot": public[0], "nullifier": public[1], "message": message,
            "scope": to_sign["scope"],
            "points": [points[0], points[1], b(0, 1), b(0, 0), b(1, 1), b(1, 0), points[2], points[3]],
        })
    };
    desk.write("elsewhere.json", &semaphore(&json!("1")).to_string());
    let elsewhere =
        desk.refused(2, &join(&["prove", "signal", "--proof", "elsewhere.json", "--out", "elsewhere"], &bound));
    assert!(text(&elsewhere["message"]).contains(&text(&to_sign["message"])), "{elsewhere}");
    desk.write("here.json", &semaphore(&to_sign["message"]).to_string());
    let kept = desk.json(&join(&["prove", "signal", "--proof", "here.json", "--out", "here"], &bound));
    assert_eq!(kept["circuit"], circuit["id"]);
    // Its numbers are those of the vector but for what is signed, so the canister finds that it proves nothing here.
    desk.refused(6, &["verify", "here.proof.json"]);
    desk.write("proof.json", &proof.to_string());
    desk.write("public.json", &public.to_string());
    let id = text(&circuit["id"]);
    desk.json(&join(
        &["prove", "import", "proof.json", "--public", "public.json", "--circuit", &id, "--out", "vector"],
        &bound,
    ));
    assert_eq!(desk.json(&["verify", "vector.proof.json"])["verified"], true);
    assert_eq!(desk.refused(3, &["submit", "vector.proof.json"])["reason"], "WrongDomain");
}

#[test]
fn should_carry_contributors_through_a_round_and_find_whoever_sent_a_wrong_opening() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let (alice, bob) = (desk.person("alice"), desk.person("bob"));
    let contributors = [format!("{}=2", alice.principal), format!("{}=1", bob.principal)];
    let open = ["aggregate", "open", &context, "--label", "model/1", "--dimension", "3"];
    let named = ["--contributor", &contributors[0], "--contributor", &contributors[1]];
    assert_eq!(desk.json(&[&open[..], &named].concat())["id"], 1);
    desk.write("alice.txt", "[3, -1, 4]");
    desk.write("bob.txt", "[1, 5, -9]");
    desk.write("fractions.txt", "[0.5]");
    assert!(
        text(&desk.refused(2, &["aggregate", "commit", "fractions.txt", "--out", "x"])["message"]).contains("scale")
    );
    for name in ["alice", "bob"] {
        desk.json(&["aggregate", "commit", &format!("{name}.txt"), "--out", name]);
    }
    desk.json(&["aggregate", "commit", "bob.txt", "--out", "other"]);
    let contribute = |name: &str| {
        desk.json(&[
            "aggregate",
            "contribute",
            "1",
            &format!("{name}.commitment"),
            "--identity",
            &format!("{name}.pem"),
        ])
    };
    contribute("alice");
    desk.refused(3, &["aggregate", "contribute", "1", "alice.commitment", "--identity", "bob.pem"]);
    contribute("bob");
    desk.refused(6, &["aggregate", "show", "1", "--out", "early.json"]);
    let post = ["aggregate", "post", "1"];
    let missing = desk.refused(2, &join(&post, &["alice.opening.json"]));
    assert!(text(&missing["message"]).contains(&bob.principal), "{missing}");
    let wrong = desk.refused(2, &join(&post, &["alice.opening.json", "other.opening.json"]));
    assert!(text(&wrong["message"]).contains("other.opening.json"), "{wrong}");
    let posted = desk.json(&join(&post, &["bob.opening.json", "alice.opening.json"]));
    assert_eq!(posted["values"], json!([7, 3, -1]));
    let shown = desk.json(&["aggregate", "show", "1", "--out", "receipt.json"]);
    assert_eq!((&shown["receipt"], &shown["round"]["committed"]), (&posted["receipt"], &json!(2)));
    assert_eq!(desk.json(&["aggregate", "list", &context])["rounds"][0]["label"], "model/1");
    assert_eq!(desk.json(&["aggregate", "check", "receipt.json"])["verified"], true);
    let mut changed: Value =
        serde_json::from_str(&fs::read_to_string(desk.path("receipt.json")).expect("read")).expect("JSON");
    changed["receipt"]["values_hash"] = json!("00".repeat(32));
    desk.write("changed.json", &changed.to_string());
    desk.refused(6, &["aggregate", "check", "changed.json"]);
}
