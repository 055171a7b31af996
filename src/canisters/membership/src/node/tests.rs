use super::{canonical, check_url, read};
use crate::test_fixtures::vectors;
use calisec_types::ids::ContextId;
use calisec_types::membership::FetchFailure;

const LIVE: &str = "GET /admin-api/contexts/:id";

fn live() -> (ContextId, String) {
    let vectors = vectors("live_node.json");
    let context = vectors["context_id_bs58"].as_str().expect("text").parse().expect("a context");
    (context, vectors["admin_api"][LIVE].to_string())
}

#[test]
fn should_accept_addresses_of_hosts_and_nothing_hidden_in_them() {
    for (url, ok) in [
        ("https://node.example.org", true),
        ("https://node.example.org:2528", true),
        ("https://node.example.org/calimero/one", true),
        ("https://10.0.0.1:65535/a_b~c.d", true),
        ("http://node.example.org", false),
        ("HTTPS://node.example.org", false),
        ("https://", false),
        ("https:///path", false),
        ("https://user@node.example.org", false),
        ("https://user:secret@node.example.org", false),
        ("https://node.example.org/@home", false),
        ("https://node.example.org/", false),
        ("https://node.example.org//a", false),
        ("https://node.example.org/../admin", false),
        ("https://node.example.org/a?b=c", false),
        ("https://node.example.org?b", false),
        ("https://node.example.org/#a", false),
        ("https://node.example.org:0", false),
        ("https://node.example.org:65536", false),
        ("https://node.example.org:+80", false),
        ("https://node.example.org:", false),
        ("https://node example.org", false),
        ("https://node.example.org/a%2fb", false),
        ("https://n\u{f6}de.example.org", false),
        ("https://node.example.org\r\nHost: other", false),
        ("https://[::1]", false),
        ("", false),
    ] {
        assert_eq!(check_url(url).is_ok(), ok, "{url:?}");
    }
    let long = |bytes: usize| format!("https://{}", "a".repeat(bytes - 8));
    assert!(check_url(&long(200)).is_ok());
    assert!(check_url(&long(201)).is_err());
}

#[test]
fn should_read_what_a_live_node_answers() {
    let (context, body) = live();
    let state = read(context, 200, body.as_bytes()).expect("a state");
    let root = vectors("live_node.json")["context_state_hash_bs58_after_one_set"].as_str().expect("text").to_owned();
    assert_eq!(state.state_root.to_string(), root);
    assert_eq!(read(context, 200, &canonical(200, body.as_bytes())), Ok(state), "the transform loses nothing of it");
    let older = body.replace("contextStateHash", "rootHash");
    assert_eq!(read(context, 200, older.as_bytes()), Ok(state));
}

#[test]
fn should_make_answers_the_same_that_say_the_same() {
    let (_, body) = live();
    let expected = canonical(200, body.as_bytes());
    assert!(!expected.is_empty());
    let spaced = body.replace(',', " ,\n ").replace(':', " : ");
    for other in [
        body.replace("124", "7"),
        body.replace("\"dagHeads\"", "\"tips\""),
        body.replace("1.0.0", "2.0.0"),
        body.replace("contextStateHash", "rootHash"),
        spaced,
    ] {
        assert_eq!(canonical(200, other.as_bytes()), expected, "{other}");
    }
    assert_ne!(canonical(200, body.replace("7d4rR5", "8d4rR5").as_bytes()), expected);
    for (status, body) in [(500, body.as_str()), (404, "{\"error\":\"no\"}"), (200, "not JSON"), (200, "{}")] {
        assert_eq!(canonical(status, body.as_bytes()), b"", "{status} {body}");
    }
    assert_eq!(canonical(200, &b"[".repeat(100_000)), b"", "nesting ends");
}

#[test]
fn should_say_why_an_answer_is_of_no_use() {
    let (context, body) = live();
    let other = ContextId([1; 32]);
    let changed = |from: &str, to: &str| body.replace(from, to);
    for (desc, status, body, expected) in [
        ("an error", 500, body.clone(), FetchFailure::Status(500)),
        ("no status", 0, body.clone(), FetchFailure::Status(0)),
        ("no JSON", 200, "<html>".to_owned(), FetchFailure::Malformed),
        ("nothing", 200, String::new(), FetchFailure::Malformed),
        ("no data", 200, "{\"data\":null}".to_owned(), FetchFailure::Malformed),
        ("no root", 200, changed("contextStateHash", "stateHash"), FetchFailure::Malformed),
        ("both roots", 200, changed("applicationVersion", "rootHash"), FetchFailure::Malformed),
        ("a root that is none", 200, changed("7d4rR5", "0OIl"), FetchFailure::Malformed),
        ("a short root", 200, changed("7d4rR5", ""), FetchFailure::Malformed),
        ("another context", 200, changed(&context.to_string(), &other.to_string()), FetchFailure::OtherContext(other)),
    ] {
        assert_eq!(read(context, status, body.as_bytes()), Err(expected), "{desc}");
    }
}
