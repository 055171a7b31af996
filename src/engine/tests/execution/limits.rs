use crate::support::{Canister, reply, trap};
use calisec_engine::execution::{Entry, Trap};
use std::time::Instant;

const GROWING: &str = r#"(module
    (import "ic0" "stable64_grow" (func $grow (param i64) (result i64)))
    (import "ic0" "stable64_write" (func $write (param i64 i64 i64)))
    (import "ic0" "stable64_read" (func $read (param i64 i64 i64)))
    (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
    (import "ic0" "msg_reply" (func $reply))
    (memory 1)
    (func $answer (param i64)
        (i64.store (i32.const 0) (local.get 0)) (call $append (i32.const 0) (i32.const 8)) (call $reply))
    (func (export "canister_update heap 3") (call $answer (i64.extend_i32_s (memory.grow (i32.const 3)))))
    (func (export "canister_update heap 65536") (call $answer (i64.extend_i32_s (memory.grow (i32.const 65536)))))
    (func (export "canister_update stable 3") (call $answer (call $grow (i64.const 3))))
    (func (export "canister_update stable -1") (call $answer (call $grow (i64.const -1))))
    (func (export "canister_update stable 8000") (call $answer (call $grow (i64.const 8000))))
    (func (export "canister_update write end") (call $write (i64.const 196600) (i64.const 0) (i64.const 8)))
    (func (export "canister_update write beyond") (call $write (i64.const 196601) (i64.const 0) (i64.const 8)))
    (func (export "canister_update write around") (call $write (i64.const -1) (i64.const 0) (i64.const 2)))
    (func (export "canister_update write heap") (call $write (i64.const 0) (i64.const 65530) (i64.const 8)))
    (func (export "canister_update read heap") (call $read (i64.const 4294967296) (i64.const 0) (i64.const 1)))
    (func (export "canister_update nothing") (call $write (i64.const -1) (i64.const -1) (i64.const 0)))
    (func (export "canister_update spread") (local $i i64)
        (loop $l
            (call $write (i64.mul (local.get $i) (i64.const 65536)) (i64.const 0) (i64.const 65536))
            (br_if $l (i64.lt_u (local.tee $i (i64.add (local.get $i) (i64.const 1))) (i64.const 4800)))))
    (func (export "canister_update touch") (call $write (i64.const 1000000) (i64.const 0) (i64.const 8)))
)"#;

fn number(bytes: &[u8]) -> i64 {
    i64::from_le_bytes(bytes.try_into().expect("eight bytes"))
}

#[test]
fn should_behave_as_the_replica_when_memory_reaches_a_limit() {
    let mut canister = Canister::new(GROWING);
    (canister.limits.heap_bytes, canister.limits.stable_bytes) = (5 << 16, 4 << 16);
    assert_eq!(number(&reply(canister.update("heap 3"))), 1);
    assert!(matches!(trap(canister.update("heap 3")), Trap::OutOfMemory(_)));
    assert_eq!(number(&reply(canister.update("heap 65536"))), -1, "more than 32 bits can address");
    assert_eq!(canister.state.heap_bytes(), 4 << 16);
    assert_eq!(number(&reply(canister.update("stable 3"))), 0);
    assert_eq!(number(&reply(canister.update("stable 3"))), -1);
    assert_eq!(number(&reply(canister.update("stable -1"))), -1);
    assert_eq!(canister.state.stable_bytes(), 3 << 16);
}

#[test]
fn should_refuse_to_start_when_the_module_needs_more_heap_than_allowed() {
    let mut canister = Canister::new(r#"(module (memory 9) (func (export "canister_init")))"#);
    canister.limits.heap_bytes = 8 << 16;
    assert!(matches!(trap(canister.run(Entry::Init { arg: vec![] })), Trap::OutOfMemory(_)));
}

#[test]
fn should_trap_when_stable_memory_is_accessed_out_of_bounds() {
    let mut canister = Canister::new(GROWING);
    canister.update("stable 3");
    let stable = Trap::Wasm("stable memory out of bounds".into());
    let heap = Trap::Wasm("heap out of bounds".into());
    assert_eq!(canister.update("write end").result, Ok(()));
    assert_eq!(trap(canister.update("write beyond")), stable);
    assert_eq!(trap(canister.update("write around")), stable);
    assert_eq!(trap(canister.update("write heap")), heap);
    assert_eq!(trap(canister.update("read heap")), heap);
    assert_eq!(canister.update("nothing").result, Ok(()), "no byte, no check");
}

#[test]
fn should_name_the_trap_when_wasm_stops() {
    for (body, expected) in [
        ("unreachable", "unreachable"),
        ("(drop (i32.load (i32.const 65536)))", "heap out of bounds"),
        ("(drop (i32.div_u (i32.const 1) (i32.const 0)))", "integer division by 0"),
        ("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", "integer overflow"),
        ("(drop (i32.trunc_f32_s (f32.const nan)))", "invalid conversion to integer"),
        ("(call_indirect (i32.const 0))", "indirect call to null"),
        ("(call_indirect (i32.const 9))", "table out of bounds"),
        ("(call_indirect (param i64) (i64.const 0) (i32.const 1))", "bad signature"),
        ("(call $deep)", "stack overflow"),
    ] {
        let mut canister = Canister::new(&format!(
            r#"(module (memory 1) (table 2 funcref) (elem (i32.const 1) $deep)
                (func $deep (call $deep)) (func (export "canister_update run") {body}))"#
        ));
        assert_eq!(trap(canister.update("run")), Trap::Wasm(expected.into()), "{body}");
        assert_eq!(trap(canister.update("run")), Trap::Wasm(expected.into()), "{body}, again");
    }
}

#[test]
fn should_not_copy_stable_memory_when_a_message_runs() {
    let mut canister = Canister::new(GROWING);
    canister.update("stable 8000");
    let start = Instant::now();
    assert_eq!(canister.update("spread").result, Ok(()), "300 MiB are written");
    let all = start.elapsed();
    let start = Instant::now();
    for _ in 0..10 {
        let snapshot = canister.state.snapshot();
        assert_eq!(canister.update("touch").result, Ok(()));
        canister.state.restore(&snapshot);
    }
    let ten_touched = start.elapsed();
    assert!(ten_touched < all, "writing 8 bytes ten times took {ten_touched:?}, writing 300 MiB took {all:?}");
}
