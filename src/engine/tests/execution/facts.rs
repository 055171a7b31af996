//! What the System API tells a canister. Answers are printed, because a log line can leave from every context.

use crate::support::{BALANCE, CALLER, CANISTER, Canister, closure, trap};
use calisec_engine::{
    error::RejectCode,
    execution::{Entry, Outcome, Trap},
};

fn update() -> Entry {
    Entry::Update { method: "m".into(), arg: b"argument".to_vec() }
}

fn query() -> Entry {
    Entry::Query { method: "q".into(), arg: b"question".to_vec() }
}

fn inspect() -> Entry {
    Entry::InspectMessage { method: "inspected".into(), arg: b"inspected argument".to_vec() }
}

fn rejected() -> Entry {
    Entry::RejectCallback {
        closure: closure(0),
        code: RejectCode::SysUnknown,
        message: "gone".into(),
        composite: false,
    }
}

fn replied() -> Entry {
    Entry::ReplyCallback { closure: closure(0), payload: b"payload".to_vec(), composite: false }
}

/// Runs `body` in whatever context `entry` says; it may print from address 0.
fn run(imports: &str, body: &str, entry: Entry) -> Outcome {
    let mut canister = Canister::new(&format!(
        r#"(module {imports} (import "ic0" "debug_print" (func $print (param i32 i32)))
            (memory 1) (data (i32.const 1000) "NAMEOTHERtest_key_1\ff")
            (table funcref (elem $callback)) (func $callback (param i32) (call $run))
            (func $run {body})
            (export "canister_update m" (func $run)) (export "canister_query q" (func $run))
            (export "canister_inspect_message" (func $run)) (export "canister_heartbeat" (func $run)))"#
    ));
    canister.run(entry)
}

fn printed(imports: &str, body: &str, entry: Entry) -> Vec<u8> {
    let mut outcome = run(imports, body, entry);
    assert_eq!(outcome.result, Ok(()), "{imports} {body}");
    outcome.effects.logs.pop().unwrap_or_default()
}

#[test]
fn should_hand_out_bytes_when_they_are_copied() {
    for (name, entry, expected) in [
        ("msg_arg_data", update(), &b"argument"[..]),
        ("msg_arg_data", query(), b"question"),
        ("msg_arg_data", inspect(), b"inspected argument"),
        ("msg_arg_data", replied(), b"payload"),
        ("msg_caller", update(), CALLER.as_slice()),
        ("msg_method_name", inspect(), b"inspected"),
        ("msg_reject_msg", rejected(), b"gone"),
        ("canister_self", Entry::Heartbeat, CANISTER.as_slice()),
        ("subnet_self", query(), &[2; 10]),
        ("root_key", update(), &[3; 133]),
        ("data_certificate", query(), &[4; 40]),
    ] {
        let imports = format!(
            r#"(import "ic0" "{name}_size" (func $size (result i32)))
                (import "ic0" "{name}_copy" (func $copy (param i32 i32 i32)))"#
        );
        let whole = "(call $copy (i32.const 0) (i32.const 0) (call $size)) (call $print (i32.const 0) (call $size))";
        assert_eq!(printed(&imports, whole, entry.clone()), expected, "{name}");
        let part = "(call $copy (i32.const 9) (i32.const 1) (i32.const 3)) (call $print (i32.const 9) (i32.const 3))";
        assert_eq!(printed(&imports, part, entry.clone()), expected[1..4], "{name}");
        for beyond in [
            "(call $copy (i32.const 0) (i32.const 1) (call $size))",
            "(call $copy (i32.const 0) (i32.const -1) (i32.const 1))",
            "(call $copy (i32.const 65535) (i32.const 0) (i32.const 2))",
            "(call $copy (i32.const 0) (i32.const 0) (i32.const -1))",
        ] {
            let trap = trap(run(&imports, beyond, entry.clone()));
            assert!(matches!(trap, Trap::Contract(_)), "{name} {beyond}: {trap:?}");
        }
    }
}

#[test]
fn should_answer_numbers_when_they_are_asked_for() {
    for (import, ty, entry, expected) in [
        ("canister_status", "i32", update(), 1),
        ("canister_version", "i64", update(), 9),
        ("time", "i64", update(), 1_700_000_000_000_000_000),
        ("msg_deadline", "i64", update(), 5),
        ("msg_reject_code", "i32", rejected(), 6),
        ("msg_reject_code", "i32", replied(), 0),
        ("data_certificate_present", "i32", query(), 1),
        ("in_replicated_execution", "i32", update(), 1),
        ("in_replicated_execution", "i32", query(), 0),
        ("in_replicated_execution", "i32", inspect(), 0),
        ("env_var_count", "i32", update(), 1),
    ] {
        let imports = format!(r#"(import "ic0" "{import}" (func $ask (result {ty})))"#);
        let body = format!("({ty}.store (i32.const 0) (call $ask)) (call $print (i32.const 0) (i32.const 8))");
        let answer = printed(&imports, &body, entry);
        assert_eq!(u64::from_le_bytes(answer.try_into().expect("eight bytes")), expected, "{import}");
    }
}

#[test]
fn should_answer_cycles_when_they_are_asked_for() {
    const PREPAID: u128 = 1_000 * (2 << 20) + 5_000_000 + 40_000_000_000;
    for (import, params, args, entry, expected) in [
        ("canister_cycle_balance128", "", "", update(), BALANCE),
        ("canister_liquid_cycle_balance128", "", "", update(), BALANCE - 1_000),
        ("msg_cycles_available128", "", "", update(), 1_000),
        ("msg_cycles_refunded128", "", "", replied(), 77),
        ("cost_create_canister", "", "", query(), 500_000_000_000),
        ("cost_call", "i64 i64", "(i64.const 10) (i64.const 90)", update(), 260_000 + 100_000 + PREPAID),
        ("cost_http_request", "i64 i64", "(i64.const 100) (i64.const 1000)", update(), 60_060_000),
    ] {
        let imports = format!(r#"(import "ic0" "{import}" (func $ask (param {params} i32)))"#);
        let body = format!("(call $ask {args} (i32.const 0)) (call $print (i32.const 0) (i32.const 16))");
        let answer = printed(&imports, &body, entry);
        assert_eq!(u128::from_le_bytes(answer.try_into().expect("sixteen bytes")), expected, "{import}");
    }
}

#[test]
fn should_tell_an_unknown_key_from_an_unknown_algorithm_when_a_signature_is_priced() {
    for (key, algorithm, code, cost) in [(10, 0, 0, 10_000_000_000), (10, 9, 1, 0), (4, 0, 2, 0)] {
        for import in ["cost_sign_with_ecdsa", "cost_sign_with_schnorr", "cost_vetkd_derive_key"] {
            let imports = format!(r#"(import "ic0" "{import}" (func $ask (param i32 i32 i32 i32) (result i32)))"#);
            let body = format!(
                "(i32.store (i32.const 16)
                    (call $ask (i32.const 1009) (i32.const {key}) (i32.const {algorithm}) (i32.const 0)))
                (call $print (i32.const 0) (i32.const 20))"
            );
            let answer = printed(&imports, &body, update());
            let expected = [&u128::to_le_bytes(cost)[..], &i32::to_le_bytes(code)].concat();
            assert_eq!(answer, expected, "{import} {key} {algorithm}");
        }
    }
}

#[test]
fn should_tell_environment_variables_when_they_are_named() {
    let imports = r#"
        (import "ic0" "env_var_name_size" (func $name_size (param i32) (result i32)))
        (import "ic0" "env_var_name_copy" (func $name_copy (param i32 i32 i32 i32)))
        (import "ic0" "env_var_name_exists" (func $exists (param i32 i32) (result i32)))
        (import "ic0" "env_var_value_size" (func $value_size (param i32 i32) (result i32)))
        (import "ic0" "env_var_value_copy" (func $value_copy (param i32 i32 i32 i32 i32)))"#;
    let body = "
        (call $name_copy (i32.const 0) (i32.const 0) (i32.const 0) (call $name_size (i32.const 0)))
        (call $value_copy (i32.const 1000) (i32.const 4) (i32.const 4) (i32.const 0)
            (call $value_size (i32.const 1000) (i32.const 4)))
        (i32.store8 (i32.const 9) (call $exists (i32.const 1000) (i32.const 4)))
        (i32.store8 (i32.const 10) (call $exists (i32.const 1004) (i32.const 5)))
        (call $print (i32.const 0) (i32.const 11))";
    assert_eq!(printed(imports, body, update()), b"NAMEvalue\x01\x00");
    for wrong in [
        "(drop (call $name_size (i32.const 1)))",
        "(drop (call $value_size (i32.const 1004) (i32.const 5)))",
        "(drop (call $exists (i32.const 1019) (i32.const 1)))",
    ] {
        assert!(matches!(trap(run(imports, wrong, update())), Trap::Contract(_)), "{wrong}");
    }
}

#[test]
fn should_record_effects_when_certified_data_and_timer_are_set() {
    let imports = r#"
        (import "ic0" "certified_data_set" (func $certify (param i32 i32)))
        (import "ic0" "global_timer_set" (func $timer (param i64) (result i64)))"#;
    let body = "
        (call $certify (i32.const 1000) (i32.const 4))
        (i64.store (i32.const 0) (call $timer (i64.const 50)))
        (i64.store (i32.const 8) (call $timer (i64.const 60)))
        (call $print (i32.const 0) (i32.const 16))";
    let outcome = run(imports, body, update());
    assert_eq!(outcome.effects.certified_data.as_deref(), Some(&b"NAME"[..]));
    assert_eq!(outcome.effects.global_timer, Some(60));
    assert_eq!(outcome.effects.logs, [[11_u64, 50].map(u64::to_le_bytes).concat()]);
    let large = run(imports, "(call $certify (i32.const 0) (i32.const 33))", update());
    assert!(matches!(trap(large), Trap::Contract(_)));
}

#[test]
fn should_recognise_controllers_when_asked() {
    let imports = r#"
        (import "ic0" "is_controller" (func $is (param i32 i32) (result i32)))
        (import "ic0" "msg_caller_copy" (func $caller (param i32 i32 i32)))"#;
    for (length, expected) in [(10, 1), (9, 0)] {
        let body = format!(
            "(call $caller (i32.const 0) (i32.const 0) (i32.const 10))
            (i32.store8 (i32.const 20) (call $is (i32.const 0) (i32.const {length})))
            (call $print (i32.const 20) (i32.const 1))"
        );
        assert_eq!(printed(imports, &body, update()), [expected]);
    }
    let long = run(imports, "(drop (call $is (i32.const 0) (i32.const 30)))", update());
    assert!(matches!(trap(long), Trap::Contract(_)));
}

#[test]
fn should_accept_only_when_the_canister_says_so() {
    let imports = r#"(import "ic0" "accept_message" (func $accept))"#;
    assert!(run(imports, "(call $accept)", inspect()).effects.message_accepted);
    assert!(!run(imports, "", inspect()).effects.message_accepted);
    let twice = run(imports, "(call $accept) (call $accept)", inspect());
    assert!(matches!(trap(twice), Trap::Contract(_)));
}

#[test]
fn should_keep_the_log_when_the_message_traps() {
    let imports = r#"(import "ic0" "trap" (func $trap (param i32 i32)))"#;
    let body = "(call $print (i32.const 1000) (i32.const 4)) (call $trap (i32.const 1004) (i32.const 5))";
    let outcome = run(imports, body, update());
    assert_eq!(outcome.effects.logs, [b"NAME".to_vec(), b"[TRAP]: OTHER".to_vec()]);
    assert_eq!(trap(outcome), Trap::Explicit("OTHER".into()));
    let outside = run(imports, "(call $trap (i32.const 65535) (i32.const 5))", update());
    assert_eq!(trap(outside), Trap::Explicit("(trap message out of memory bounds)".into()));
}
