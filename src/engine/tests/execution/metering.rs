use crate::support::{Canister, reply, trap};
use calisec_engine::execution::{Entry, Trap};

/// Of the heap, when a message ends.
const CHANGED_PAGE: u64 = 1_000;

/// Entering a function, and the operators of `body`.
fn cost(imports: &str, body: &str) -> u64 {
    let mut canister = Canister::new(&format!(
        r#"(module {imports} (memory 4) (table 8 funcref) (elem $passive func $other)
            (global $global (mut i32) (i32.const 0)) (data $data "passive")
            (func $other) (func (export "canister_update run") (local $i i32) {body}))"#
    ));
    let outcome = canister.update("run");
    assert_eq!(outcome.result, Ok(()), "{body}");
    outcome.instructions
}

#[test]
fn should_count_as_the_replica_does_when_operators_run() {
    for (desc, body, expected) in [
        ("nothing but the entry", "", 1),
        ("constant and drop", "(drop (i32.const 1))", 1 + 1 + 1),
        ("division", "(drop (i32.div_u (i32.const 9) (i32.const 2)))", 1 + 1 + 1 + 10 + 1),
        ("globals", "(global.set $global (global.get $global))", 1 + 2 + 2),
        ("load and store", "(i32.store (i32.const 0) (i32.load (i32.const 4)))", 1 + 1 + 1 + 1 + 1),
        ("call and the entry of the callee", "(call $other)", 1 + 5 + 1),
        ("block ended early", "(block $b (br $b) (drop (i64.const 1)))", 1 + 2),
        ("taken branch", "(if (i32.const 1) (then nop) (else nop nop nop))", 1 + 1 + 2 + 1),
        ("other branch", "(if (i32.const 0) (then nop) (else nop nop nop))", 1 + 1 + 2 + 3),
        ("code after a conditional branch", "(block $b (br_if $b (i32.const 0)) nop)", 1 + 1 + 2 + 1),
        ("code skipped by it", "(block $b (br_if $b (i32.const 1)) nop)", 1 + 1 + 2),
        ("return", "return nop", 1 + 1),
        (
            "ten iterations of eight",
            "(loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10))))",
            1 + 10 * 8,
        ),
        ("size of memory", "(drop (memory.size))", 1 + 20 + 1),
        ("growth of memory", "(drop (memory.grow (i32.const 0)))", 1 + 1 + 300 + 1),
        (
            "fill, per byte",
            "(memory.fill (i32.const 0) (i32.const 7) (i32.const 1000))",
            1 + 3 + 100 + 1000 + CHANGED_PAGE,
        ),
        ("copy, per byte", "(memory.copy (i32.const 0) (i32.const 8) (i32.const 500))", 1 + 3 + 100 + 500),
        (
            "init, per byte",
            "(memory.init $data (i32.const 0) (i32.const 0) (i32.const 7))",
            1 + 3 + 100 + 7 + CHANGED_PAGE,
        ),
        ("table fill", "(table.fill (i32.const 0) (ref.null func) (i32.const 8))", 1 + 3 + 100 + 8),
        ("table init", "(table.init $passive (i32.const 0) (i32.const 0) (i32.const 1))", 1 + 3 + 100 + 1),
        ("vector multiplication", "(drop (i64x2.mul (v128.const i64x2 1 2) (v128.const i64x2 3 4)))", 1 + 2 + 4 + 1),
        ("tail call", "(return_call $other)", 1 + 3 + 1),
    ] {
        assert_eq!(cost("", body), expected, "{desc}");
    }
}

#[test]
fn should_charge_overhead_and_bytes_when_the_system_is_called() {
    const TIME: &str = r#"(import "ic0" "time" (func $time (result i64)))"#;
    const COPY: &str = r#"(import "ic0" "msg_arg_data_copy" (func $copy (param i32 i32 i32)))"#;
    const APPEND: &str = r#"(import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))"#;
    const PRINT: &str = r#"(import "ic0" "debug_print" (func $print (param i32 i32)))"#;
    const GROW: &str = r#"(import "ic0" "stable64_grow" (func $grow (param i64) (result i64)))"#;
    const SIZE: &str = r#"(import "ic0" "stable64_size" (func $size (result i64)))"#;
    const WRITE: &str = r#"(import "ic0" "stable64_write" (func $write (param i64 i64 i64)))"#;
    const READ: &str = r#"(import "ic0" "stable64_read" (func $read (param i64 i64 i64)))"#;
    let grow = "(drop (call $grow (i64.const 2)))";
    let grown = 1 + (1 + 5 + 100 + 1);
    let write = "(call $write (i64.const 4095) (i64.const 0) (i64.const 3))";
    let written = 3 + 5 + 20 + 3;
    for (desc, imports, body, expected) in [
        ("fixed", TIME.into(), "(drop (call $time))".into(), 1 + 5 + 500 + 1),
        (
            "a byte in",
            COPY.into(),
            "(call $copy (i32.const 0) (i32.const 0) (i32.const 8))".into(),
            1 + 3 + 5 + 500 + 8 + CHANGED_PAGE,
        ),
        ("a byte out", APPEND.into(), "(call $append (i32.const 0) (i32.const 10))".into(), 1 + 2 + 5 + 500 + 50 * 10),
        ("a log line", PRINT.into(), "(call $print (i32.const 0) (i32.const 9))".into(), 1 + 2 + 5 + 100 + 52 * 9),
        ("stable size", SIZE.to_owned(), "(drop (call $size))".into(), 1 + 5 + 1),
        ("stable growth", GROW.into(), grow.to_owned(), grown),
        ("two dirty pages", format!("{GROW}{WRITE}"), format!("{grow}{write}"), grown + written + 2_000),
        (
            "pages that are dirty already",
            format!("{GROW}{WRITE}"),
            format!("{grow}{write}{write}"),
            grown + 2 * written + 2_000,
        ),
        (
            "stable read",
            format!("{GROW}{READ}"),
            format!("{grow}(call $read (i64.const 0) (i64.const 0) (i64.const 6000))"),
            grown + 3 + 5 + 20 + 6_000,
        ),
    ] {
        assert_eq!(cost(&imports, &body), expected, "{desc}");
    }
}

#[test]
fn should_charge_for_changed_pages_when_the_message_ends() {
    let wat = |end: &str| {
        format!(
            r#"(module (memory 4) (func $run
                (i32.store (i32.const 4094) (i32.const 0x01010101)) (i32.store8 (i32.const 200000) (i32.const 1)) {end})
                (export "canister_update run" (func $run)) (export "canister_query ask" (func $run)))"#
        )
    };
    let operators = 1 + 3 + 3;
    let mut canister = Canister::new(&wat("nop"));
    assert_eq!(canister.query("ask").instructions, operators + 1, "nothing is kept");
    assert_eq!(canister.update("run").instructions, operators + 1 + 3_000);
    assert_eq!(canister.update("run").instructions, operators + 1, "nothing changed");
    assert_eq!(Canister::new(&wat("unreachable")).update("run").instructions, operators + 1 + 3_000);
    canister = Canister::new(&wat("nop"));
    canister.limits.instructions = 2_000;
    let outcome = canister.update("run");
    assert_eq!((outcome.result, outcome.instructions), (Ok(()), 2_000), "it does not stop what has ended");
}

#[test]
fn should_read_what_was_charged_when_the_performance_counter_is_asked() {
    let mut canister = Canister::new(
        r#"(module
            (import "ic0" "performance_counter" (func $counter (param i32) (result i64)))
            (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
            (import "ic0" "msg_reply" (func $reply))
            (memory 1)
            (func (export "canister_update run")
                (i64.store (i32.const 0) (call $counter (i32.const 0)))
                (i64.store (i32.const 8) (call $counter (i32.const 1)))
                (call $append (i32.const 0) (i32.const 16))
                (call $reply))
            (func (export "canister_update bad") (drop (call $counter (i32.const 2)))))"#,
    );
    let reply = reply(canister.update("run"));
    let read = |at: usize| u64::from_le_bytes(reply[at..at + 8].try_into().expect("eight bytes"));
    // One block: entry, two times (const, const, call, store), two consts and a call, a call; charged when entered.
    let block = 1 + 2 * (1 + 1 + 5 + 1) + (1 + 1 + 5) + 5;
    assert_eq!(read(0), block + 200);
    assert_eq!(read(8), block + 400 + 1_000_000);
    assert!(matches!(trap(canister.update("bad")), Trap::Contract(_)));
}

#[test]
fn should_trap_when_the_instruction_limit_is_exceeded() {
    let wat = r#"(module
        (import "ic0" "time" (func $time (result i64)))
        (memory 1)
        (func (export "canister_update loop") (loop $l (br $l)))
        (func $recursive (return_call $recursive))
        (func (export "canister_update tail") (call $recursive))
        (func (export "canister_update fill")
            (loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 60000)) (br $l)))
        (func (export "canister_update huge") (memory.fill (i32.const 0) (i32.const 1) (i32.const -1)))
        (func (export "canister_update system") (loop $l (drop (call $time)) (br $l)))
        (func (export "canister_update straight") nop (if (i32.const 1) (then nop nop nop nop nop nop nop nop))))"#;
    for method in ["loop", "tail", "fill", "huge", "system"] {
        let mut canister = Canister::new(wat);
        canister.limits.instructions = 1_000_000;
        let outcome = canister.update(method);
        assert_eq!(outcome.instructions, 1_000_000, "{method}");
        assert_eq!(trap(outcome), Trap::InstructionLimit { limit: 1_000_000 }, "{method}");
    }
    // Blocks that run once do not check, and so neither trap; the function that calls them does.
    let mut canister = Canister::new(wat);
    canister.limits.instructions = 5;
    let outcome = canister.update("straight");
    assert_eq!((&outcome.result, outcome.instructions), (&Ok(()), 5));
    canister.limits.instructions = 100;
    assert_eq!(canister.update("straight").instructions, 5 + 8);
    canister.limits.instructions = 4;
    assert_eq!(trap(canister.update("straight")), Trap::InstructionLimit { limit: 4 });
}

#[test]
fn should_share_the_limit_when_start_runs_before_init() {
    let mut canister =
        Canister::new(r#"(module (start $start) (func $start nop nop) (func (export "canister_init") nop))"#);
    assert_eq!(canister.run(Entry::Init { arg: vec![] }).instructions, 3 + 2);
    canister.limits.instructions = 4;
    let outcome = canister.run(Entry::Init { arg: vec![] });
    assert_eq!(trap(outcome), Trap::InstructionLimit { limit: 4 });
}
