//! Every import of the table, called from everywhere.

use crate::support::{Canister, closure};
use calisec_engine::{
    error::RejectCode,
    execution::{Entry, Trap},
};
use std::{collections::BTreeSet, path::Path};

struct Import {
    name: String,
    params: Vec<String>,
    results: Vec<String>,
    contexts: BTreeSet<&'static str>,
}

const CONTEXTS: [&str; 15] = ["I", "G", "U", "RQ", "NRQ", "CQ", "Ry", "Rt", "CRy", "CRt", "C", "CC", "F", "T", "s"];

fn data(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn types(list: &str) -> Vec<String> {
    let list = list.trim().trim_start_matches('(').trim_end_matches(')');
    list.split(',')
        .filter(|item| !item.trim().is_empty())
        .map(|item| match item.rsplit(':').next().expect("a type").trim() {
            "i64" => "i64".into(),
            "I" | "i32" => "i32".into(),
            other => panic!("unknown type {other:?}"),
        })
        .collect()
}

fn imports() -> Vec<Import> {
    data("data/system-api.csv")
        .lines()
        .skip(1)
        .map(|row| {
            let (name, rest) = row.split_once(',').expect("name");
            let (signature, letters) = rest.rsplit_once(',').expect("contexts");
            let (params, results) = signature.trim_matches('"').split_once("->").expect("signature");
            let contexts = letters
                .split_whitespace()
                .flat_map(|letter| match letter {
                    "*" => CONTEXTS.into_iter().filter(|context| *context != "s").collect(),
                    "Q" => vec!["RQ", "NRQ"],
                    other => CONTEXTS.into_iter().filter(|context| *context == other).collect(),
                })
                .collect();
            Import { name: name.into(), params: types(params), results: types(results), contexts }
        })
        .collect()
}

impl Import {
    /// A module that calls the import from everywhere, or from its start function.
    fn wat(&self, in_start: bool) -> String {
        let consts: String = self.params.iter().map(|ty| format!("({ty}.const 0)")).collect();
        let drops: String = self.results.iter().map(|_| "drop ").collect();
        let exports = if in_start {
            "(start $run)".to_owned()
        } else {
            [
                "canister_init",
                "canister_pre_upgrade",
                "canister_update m",
                "canister_query q",
                "canister_composite_query c",
                "canister_inspect_message",
                "canister_heartbeat",
            ]
            .map(|export| format!("(export {export:?} (func $run))"))
            .concat()
        };
        format!(
            r#"(module (import "ic0" {:?} (func $import (param {}) (result {}))) (memory 1)
                (func $run (call $import {consts}) {drops})
                (func $callback (param i32) (call $run))
                (table funcref (elem $callback)) {exports})"#,
            self.name,
            self.params.join(" "),
            self.results.join(" "),
        )
    }
}

fn entry(context: &str) -> Entry {
    let arg = vec![0; 8];
    let composite = context.starts_with('C') && context.len() > 1;
    match context {
        "I" | "s" => Entry::Init { arg },
        "G" => Entry::PreUpgrade,
        "U" => Entry::Update { method: "m".into(), arg },
        "RQ" => Entry::ReplicatedQuery { method: "q".into(), arg },
        "NRQ" => Entry::Query { method: "q".into(), arg },
        "CQ" => Entry::CompositeQuery { method: "c".into(), arg },
        "Ry" | "CRy" => Entry::ReplyCallback { closure: closure(0), payload: arg, composite },
        "Rt" | "CRt" => Entry::RejectCallback {
            closure: closure(0),
            code: RejectCode::CanisterReject,
            message: "no".into(),
            composite,
        },
        "C" | "CC" => Entry::Cleanup { closure: closure(0), composite },
        "F" => Entry::InspectMessage { method: "m".into(), arg },
        "T" => Entry::Heartbeat,
        other => panic!("unknown context {other}"),
    }
}

#[test]
fn should_link_every_import_and_trap_when_called_outside_its_contexts() {
    let unsupported = data("unsupported.txt");
    let unsupported: BTreeSet<&str> = unsupported.lines().collect();
    let imports = imports();
    assert!(imports.len() > 60, "the table is cut off: {}", imports.len());
    let mut found_unsupported = BTreeSet::new();
    for import in &imports {
        for context in CONTEXTS {
            let mut canister = Canister::new(&import.wat(context == "s"));
            let result = canister.run(entry(context)).result;
            let place = format!("{} in {context}: {result:?}", import.name);
            let refused = matches!(&result, Err(Trap::Contract(reason)) if reason.contains("cannot be executed in"));
            assert_eq!(refused, !import.contexts.contains(context), "{place}");
            if let Err(Trap::Unsupported(name)) = &result {
                assert_eq!(name, &import.name, "{place}");
                found_unsupported.insert(import.name.as_str());
            }
        }
    }
    assert_eq!(found_unsupported, unsupported, "unsupported.txt is not what the engine does");
}

#[test]
fn should_know_the_overhead_when_an_import_is_in_the_table() {
    let listed = data("data/system-api-overheads.csv");
    for import in imports() {
        let mut canister = Canister::new(&import.wat(false));
        let Some(context) = import.contexts.iter().find(|context| **context != "s") else { continue };
        let used = canister.run(entry(context)).instructions;
        let name = match import.name.as_str() {
            "cost_sign_with_ecdsa" => "cost_ecdsa",
            "cost_sign_with_schnorr" => "cost_schnorr",
            "cost_vetkd_derive_key" => "cost_vetkd",
            other => other,
        };
        let overhead: u64 = listed
            .lines()
            .filter_map(|row| row.strip_prefix(name)?.strip_prefix(',')?.split(',').next())
            .map(|cell| cell.parse().expect("a number"))
            .next()
            .unwrap_or(500);
        let native = match import.name.as_str() {
            "stable64_grow" => 100,
            "stable64_size" => 0,
            _ => overhead,
        };
        let consts = import.params.len() as u64;
        let drops = import.results.len() as u64;
        let entered = 1 + consts + 5 + drops + native;
        // A callback calls the function that calls the import.
        let through_callback = entered + 1 + 5;
        // Some write their result to the heap, whose page is charged when the message ends.
        let possible = [entered, entered + 1_000, through_callback, through_callback + 1_000];
        assert!(possible.contains(&used), "{} used {used}, not {entered}", import.name);
    }
}
