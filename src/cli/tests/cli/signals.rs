//! Anonymous signals from secret to receipt, in a group of identities that Semaphore's library made.

use crate::proofs::{join, keys, text};
use crate::support::Desk;
use serde_json::{Value, json};
use std::fs;

/// A decimal number in 64 hex digits.
fn in_hex(decimal: &Value) -> String {
    let mut bytes = [0u8; 32];
    for digit in text(decimal).bytes() {
        let mut carry = u32::from(digit - b'0');
        for byte in bytes.iter_mut().rev() {
            carry += u32::from(*byte) * 10;
            *byte = (carry & 0xff) as u8;
            carry >>= 8;
        }
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn vectors() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/semaphore/identities.json");
    serde_json::from_str(&fs::read_to_string(path).expect("vectors")).expect("JSON")
}

#[test]
fn should_signal_once_per_topic_with_an_identity_of_semaphores_library() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let mallory = desk.person("mallory");
    let key = keys(&desk, "own-key-signal");

    // Somebody who uses the JavaScript library takes their identity along, into a group that it made, too.
    let vectors = vectors();
    let (me, group) = (&vectors["identities"][1], &vectors["groups"][1]);
    let scalar = text(&me["secret_scalar"]);
    desk.write("scalar.txt", &format!("{scalar}\n"));
    let mine = desk.json(&["secret", "signal", "--scalar", "scalar.txt", "--out", "me.signal.json"]);
    assert_eq!((&mine["commitment"], &mine["leaf"]), (&me["commitment"], &json!(in_hex(&me["commitment"]))));
    let leaves = [0, 1].map(|member: usize| in_hex(&vectors["identities"][member]["commitment"]));
    desk.json(&["tree", "add", "group.leaves", &leaves[0], &leaves[1]]);
    assert_eq!(desk.json(&["tree", "show", "group.leaves"])["root"], in_hex(&group["root"]));

    let files = ["prove", "signal", "--secret", "me.signal.json", "--leaves", "group.leaves", "--key", &key];
    let bound = |purpose| ["--context", &context, "--consumer", "governance", "--purpose", purpose];
    let prove = |purpose, out| desk.json(&[&files[..], &bound(purpose), &["--out", out]].concat());
    let proved = prove("poll/7#yes", "yes");
    assert_eq!(proved["public_inputs"][0], in_hex(&group["root"]));
    let said = fs::read_to_string(desk.path("yes.proof.json")).expect("read");
    assert!(!said.contains(&in_hex(&me["commitment"])), "the proof does not say whose it is");
    assert_eq!(desk.json(&["verify", "yes.proof.json"])["verified"], true);
    desk.refused(2, &["submit", "yes.proof.json", "--identity", &mallory.file]);
    let receipt = desk.json(&["submit", "yes.proof.json"]);
    assert_eq!((&receipt["id"], &receipt["statement"]), (&proved["receipt"], &json!("OwnKeySignal")));
    // Another choice in the same poll is the same member again; the next poll is another.
    prove("poll/7#no", "no");
    assert!(desk.refused(3, &["submit", "no.proof.json"])["reason"].to_string().contains("NullifierUsed"));
    prove("poll/8#no", "next");
    desk.json(&["submit", "next.proof.json"]);
}

#[test]
fn should_say_what_is_wrong_when_there_is_no_such_signal() {
    let desk = Desk::with_engine();
    let context = desk.context();
    let key = keys(&desk, "own-key-signal");
    let member = text(&desk.json(&["secret", "signal", "--out", "me.json"])["leaf"]);
    let stranger = text(&desk.json(&["secret", "signal", "--out", "stranger.json"])["leaf"]);
    assert_ne!(member, stranger);
    desk.json(&["tree", "add", "group.leaves", &member]);
    desk.json(&["secret", "holder", "--out", "holder.json"]);
    desk.write("private.txt", "member-2");
    desk.write("zero.txt", "0");
    // One more than the greatest.
    desk.write("order.txt", "2736030358979909402780800718157159386076813972158567259200215660948447373041");
    for scalar in ["private.txt", "zero.txt", "order.txt"] {
        let refused = desk.refused(2, &["secret", "signal", "--scalar", scalar, "--out", "other.json"]);
        assert!(text(&refused["message"]).contains("secret scalar"), "{refused}");
    }
    assert!(!desk.path("other.json").exists());

    let bound = ["--context", &context, "--consumer", "governance", "--purpose", "poll/7#yes"];
    let own = ["prove", "signal", "--secret", "me.json", "--leaves", "group.leaves", "--key", &key, "--out", "x"];
    let other = |from: &str, to: &'static str| own.map(|word| if word == from { to } else { word });
    for (arguments, why) in [
        (&own[..8], "--out"),
        (&own[..6], "--key"),
        (&[&own[..6], &own[8..]].concat(), "--key"),
        (&[&own[..2], &own[4..]].concat(), "--secret"),
        (&[&own[..], &["--proof", "semaphore.json"]].concat(), "cannot be used with"),
        (&["prove", "signal", "--out", "x"], "--secret"),
        (&other("me.json", "holder.json"), "calisec secret signal"),
        (&other("me.json", "stranger.json"), stranger.as_str()),
        (&other("me.json", "missing.json"), "missing.json"),
        (&other(&key, "private.txt"), "--statement"),
        (&other("group.leaves", "private.txt"), "line 1"),
    ] {
        let refused = desk.refused(2, &join(arguments, &bound));
        assert!(text(&refused["message"]).contains(why), "{arguments:?}: {refused}");
    }
    assert!(!desk.path("x.proof.json").exists());

    // Whoever made the key can prove anything with it: it is not taken for Semaphore's.
    let verifying = key.replace(".pk", ".vk");
    let named = ["circuit", "add", &verifying, "--name", "n", "--statement"];
    let refused = desk.refused(3, &join(&named, &["anonymous-signal:2"]));
    assert!(text(&refused["message"]).contains("OwnKeySignal"), "{refused}");
    assert_eq!(desk.json(&join(&own, &bound))["proof"], "x.proof.json");
}
