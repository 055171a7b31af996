use crate::support::{Canister, closure, reply, trap};
use calisec_engine::{
    error::RejectCode,
    execution::{Entry, Keep, Trap},
};

/// Counts its updates in the heap, in a global and in stable memory, and answers with all three.
pub const COUNTER: &str = r#"(module
    (import "ic0" "msg_reply" (func $reply))
    (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
    (import "ic0" "stable64_grow" (func $grow (param i64) (result i64)))
    (import "ic0" "stable64_size" (func $size (result i64)))
    (import "ic0" "stable64_read" (func $read (param i64 i64 i64)))
    (import "ic0" "stable64_write" (func $write (param i64 i64 i64)))
    (memory (export "memory") 1)
    (table funcref (elem $callback))
    (global $count (mut i32) (i32.const 0))
    (data (i32.const 100) "data")
    (func $bump
        (if (i64.eqz (call $size)) (then (drop (call $grow (i64.const 1)))))
        (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (call $read (i64.const 4) (i64.const 7) (i64.const 4))
        (i32.store (i32.const 4) (i32.add (i32.load (i32.const 4)) (i32.const 1)))
        (call $write (i64.const 7) (i64.const 4) (i64.const 4)))
    (func $answer
        (i32.store (i32.const 8) (global.get $count))
        (call $append (i32.const 0) (i32.const 12))
        (call $reply))
    (func $callback (param i32)
        (i32.store (i32.const 0) (local.get 0)))
    (func (export "canister_update bump") (call $bump) (call $answer))
    (func (export "canister_query read") (call $bump) (call $answer))
    (func (export "canister_composite_query keep") (call $bump) (call $answer))
    (func (export "canister_update fail") (call $bump) (drop (memory.grow (i32.const 3))) unreachable)
    (func (export "canister_post_upgrade") (call $bump))
)"#;

fn counts(heap: u32, stable: u32, global: u32) -> Vec<u8> {
    [heap, stable, global].map(u32::to_le_bytes).concat()
}

#[test]
fn should_keep_everything_when_an_update_commits() {
    let mut canister = Canister::new(COUNTER);
    for expected in 1..=5 {
        assert_eq!(reply(canister.update("bump")), counts(expected, expected, expected));
    }
    assert_eq!(canister.state.heap_bytes(), 65_536);
    assert_eq!(canister.state.stable_bytes(), 65_536);
    assert_eq!(canister.state.read_stable()[7], 5);
}

#[test]
fn should_drop_everything_when_a_query_ends() {
    let mut canister = Canister::new(COUNTER);
    assert_eq!(reply(canister.query("read")), counts(1, 1, 1));
    assert_eq!(reply(canister.run(Entry::ReplicatedQuery { method: "read".into(), arg: vec![] })), counts(1, 1, 1));
    assert_eq!(reply(canister.update("bump")), counts(1, 1, 1));
}

#[test]
fn should_keep_changes_when_a_composite_query_ends_until_the_snapshot_is_restored() {
    let mut canister = Canister::new(COUNTER);
    let before = canister.state.snapshot();
    let entry = Entry::CompositeQuery { method: "keep".into(), arg: vec![] };
    assert_eq!(reply(canister.run(entry.clone())), counts(1, 1, 1));
    assert_eq!(reply(canister.run(entry.clone())), counts(2, 2, 2));
    canister.state.restore(&before);
    assert_eq!(reply(canister.run(entry)), counts(1, 1, 1));
}

#[test]
fn should_roll_back_everything_when_an_update_traps() {
    let mut canister = Canister::new(COUNTER);
    canister.update("bump");
    let before = canister.memory();
    let outcome = canister.update("fail");
    assert_eq!(outcome.effects.logs, vec![b"[TRAP]: unreachable".to_vec()]);
    assert_eq!(trap(outcome), Trap::Wasm("unreachable".into()));
    assert_eq!(canister.memory(), before);
    assert_eq!(reply(canister.update("bump")), counts(2, 2, 2));
}

#[test]
fn should_keep_what_the_installation_says_when_a_module_is_replaced() {
    let mut canister = Canister::new(COUNTER);
    canister.update("bump");
    for (keep, expected) in
        [(Keep::StableAndHeap, counts(2, 2, 1)), (Keep::Stable, counts(1, 3, 1)), (Keep::Nothing, counts(1, 1, 1))]
    {
        let module = canister.state.module().clone();
        canister.state.install(module, keep);
        assert_eq!(reply(canister.update("bump")), expected, "{keep:?}");
    }
}

#[test]
fn should_run_the_callback_with_its_environment_when_a_response_arrives() {
    let mut canister = Canister::new(COUNTER);
    for entry in [
        Entry::ReplyCallback { closure: closure(0), payload: vec![], composite: false },
        Entry::RejectCallback {
            closure: closure(0),
            code: RejectCode::SysUnknown,
            message: String::new(),
            composite: false,
        },
        Entry::Cleanup { closure: closure(0), composite: false },
    ] {
        assert_eq!(canister.run(entry).result, Ok(()));
    }
    assert_eq!(canister.state.read_heap().expect("ran")[0], 42);
    let outcome = canister.run(Entry::Cleanup { closure: closure(9), composite: false });
    assert!(matches!(trap(outcome), Trap::Wasm(reason) if reason.contains("non-existent function 9")));
}

#[test]
fn should_do_nothing_when_an_optional_export_is_absent() {
    let mut canister = Canister::new("(module)");
    for entry in [Entry::Init { arg: vec![] }, Entry::PreUpgrade, Entry::Heartbeat, Entry::GlobalTimer] {
        let outcome = canister.run(entry);
        assert_eq!((outcome.result, outcome.instructions), (Ok(()), 0));
    }
    let outcome = canister.run(Entry::InspectMessage { method: "any".into(), arg: vec![] });
    assert!(outcome.effects.message_accepted);
    let missing = Trap::MethodNotFound("update method 'any'".into());
    assert_eq!(trap(canister.update("any")), missing);
}

#[test]
fn should_run_start_before_init_when_installing() {
    let mut canister = Canister::new(
        r#"(module (memory 1) (start $start)
            (func $start (i32.store (i32.const 0) (i32.const 5)))
            (func (export "canister_init")
                (i32.store (i32.const 0) (i32.mul (i32.load (i32.const 0)) (i32.const 7)))))"#,
    );
    assert_eq!(canister.run(Entry::Init { arg: vec![] }).result, Ok(()));
    assert_eq!(canister.state.read_heap().expect("ran")[0], 35);
}
