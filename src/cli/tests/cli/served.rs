//! A network that is served over HTTP, and the same program as its client.

use crate::support::Desk;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

/// A process that serves, until it is dropped.
struct Served {
    process: Child,
    url: String,
}

impl Served {
    fn by(desk: &Desk) -> Self {
        let mut process =
            desk.command(&["engine", "serve", "--port", "0"]).stderr(Stdio::piped()).spawn().expect("the program runs");
        let stderr = BufReader::new(process.stderr.take().expect("piped"));
        let mut lines = stderr.lines().map(|line| line.expect("text"));
        let line = lines.find(|line| line.starts_with("serving on ")).expect("it says where");
        let url = line.split_whitespace().nth(2).expect("an address").trim_end_matches(';').to_owned();
        // Whoever writes to a pipe that nobody reads from would be stopped.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, url }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
    }
}

/// The options by which a verb reaches it.
fn reaching<'a>(served: &'a Served, ids: &'a [String]) -> Vec<&'a str> {
    ids.iter().flat_map(|id| ["--canister", id]).chain(["--network", &served.url]).collect()
}

fn ids(desk: &Desk) -> Vec<String> {
    let shown = desk.json(&["engine", "show"]);
    let id = |canister: &Value| format!("{}={}", canister["name"].as_str().unwrap(), canister["id"].as_str().unwrap());
    shown["canisters"].as_array().expect("canisters").iter().map(id).collect()
}

#[test]
fn should_do_over_http_what_it_does_on_the_engine_and_keep_it_when_the_server_is_killed() {
    let desk = Desk::with_engine();
    let ids = ids(&desk);
    desk.json(&["identity", "new", "--out", "context.pem"]);
    let bob = desk.person("bob");

    let served = Served::by(&desk);
    let over = reaching(&served, &ids);
    let remote = |arguments: &[&str]| desk.json(&[arguments, &over[..]].concat());
    let context = remote(&["context", "register", "--key", "context.pem"]);
    let context = context["id"].as_str().expect("text");
    let member = ["--account", &bob.account, "--kem-key", &bob.kem_key, "--role", "contributor"];
    remote(&[&["member", "add", context][..], &member].concat());

    // Updates by their certificates, queries by the node's signature, and proofs by the root key.
    let mint = ["decide", context, "--account", &bob.account, "--action", "mint"];
    assert_eq!(remote(&mint)["allowed"], true);
    let bundle = desk.path("decision.json");
    let bundle = bundle.to_str().expect("text");
    remote(&[&mint[..], &["--bundle", bundle]].concat());
    let log = remote(&["audit", "verify"]);
    assert!(log.to_string().contains("2"), "{log}");

    // What a canister refuses is refused by its reason there too: in a certificate, and in a query.
    let refused = desk.refused(3, &[&["role", "remove", context, "nobody", "--yes"][..], &over[..]].concat());
    assert!(refused["reason"]["UnknownRole"].is_string(), "{refused}");
    let unknown = desk.refused(3, &[&["context", "show", &bob.account][..], &over[..]].concat());
    assert!(unknown["reason"]["UnknownContext"].is_string(), "{unknown}");

    // The network is this process's as long as it serves; then everything is there.
    drop(served);
    assert_eq!(desk.json(&mint)["allowed"], true);
    let members = desk.json(&["member", "list", context]);
    assert_eq!(members["members"].as_array().map(Vec::len), Some(1));
}

#[test]
fn should_refuse_what_nobody_signed_and_what_is_no_request() {
    let desk = Desk::with_engine();
    let ids = ids(&desk);
    let served = Served::by(&desk);
    let canister = ids[0].split('=').nth(1).expect("an id");
    for (path, body, expected) in [
        ("api/v2/nothing", "", "404 Not Found"),
        (&format!("api/v4/canister/{canister}/call"), "no request", "400 Bad Request"),
        ("api/v4/canister/mars/call", "no request", "400 Bad Request"),
    ] {
        let answer = post(&served.url, path, body.as_bytes());
        assert!(answer.contains(expected), "{path}: {answer}");
    }
}

/// By hand: one request, one answer.
fn post(url: &str, path: &str, body: &[u8]) -> String {
    use std::io::{Read, Write};
    let host = url.trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(host).expect("it listens");
    write!(
        stream,
        "POST /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .and_then(|()| stream.write_all(body))
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    answer
}
