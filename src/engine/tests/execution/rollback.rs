//! Whatever a message did, a trap undoes it; whatever was undone, the next message does not see it.

use crate::support::{Canister, reply, trap};
use calisec_engine::execution::{Entry, Outcome};
use proptest::{collection::vec, prelude::any, prop_assert, prop_assert_eq, proptest};

/// Interprets its argument: nine bytes per step (what, where, value); a last byte of 1 traps.
const INTERPRETER: &str = r#"(module
    (import "ic0" "msg_arg_data_size" (func $arg_size (result i32)))
    (import "ic0" "msg_arg_data_copy" (func $arg_copy (param i32 i32 i32)))
    (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
    (import "ic0" "msg_reply" (func $reply))
    (import "ic0" "certified_data_set" (func $certify (param i32 i32)))
    (import "ic0" "global_timer_set" (func $timer (param i64) (result i64)))
    (import "ic0" "stable64_grow" (func $stable_grow (param i64) (result i64)))
    (import "ic0" "stable64_size" (func $stable_size (result i64)))
    (import "ic0" "stable64_write" (func $stable_write (param i64 i64 i64)))
    (memory 2 20)
    (global $i32 (mut i32) (i32.const 0))
    (global $i64 (mut i64) (i64.const 0))
    (global $f32 (mut f32) (f32.const 0))
    (global $f64 (mut f64) (f64.const 0))
    (global $v128 (mut v128) (v128.const i64x2 0 0))
    (func $step (param $what i32) (param $where i32) (param $value i32)
        (if (i32.eq (local.get $what) (i32.const 0)) (then
            (i32.store8
                (i32.add (i32.const 4096)
                    (i32.rem_u (local.get $where) (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4096))))
                (local.get $value))))
        (if (i32.eq (local.get $what) (i32.const 1)) (then
            (if (i64.ne (call $stable_size) (i64.const 0)) (then
                (i32.store8 (i32.const 4095) (local.get $value))
                (call $stable_write
                    (i64.rem_u (i64.extend_i32_u (local.get $where)) (i64.mul (call $stable_size) (i64.const 65536)))
                    (i64.const 4095) (i64.const 1))))))
        (if (i32.eq (local.get $what) (i32.const 2)) (then (drop (memory.grow (i32.const 1)))))
        (if (i32.eq (local.get $what) (i32.const 3)) (then (drop (call $stable_grow (i64.const 1)))))
        (if (i32.eq (local.get $what) (i32.const 4)) (then
            (global.set $i32 (local.get $value))
            (global.set $i64 (i64.extend_i32_u (local.get $where)))
            (global.set $f32 (f32.reinterpret_i32 (local.get $value)))
            (global.set $f64 (f64.reinterpret_i64 (i64.extend_i32_s (local.get $value))))
            (global.set $v128 (i32x4.splat (local.get $value)))))
        (if (i32.eq (local.get $what) (i32.const 5)) (then
            (call $certify (i32.const 0) (i32.const 32))
            (drop (call $timer (i64.const 5))))))
    (func (export "canister_update run") (local $at i32) (local $end i32)
        (local.set $end (i32.sub (call $arg_size) (i32.const 1)))
        (call $arg_copy (i32.const 0) (i32.const 0) (call $arg_size))
        (block $done (loop $next
            (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
            (call $step
                (i32.load8_u (local.get $at))
                (i32.load (i32.add (local.get $at) (i32.const 1)))
                (i32.load (i32.add (local.get $at) (i32.const 5))))
            (local.set $at (i32.add (local.get $at) (i32.const 9)))
            (br $next)))
        (if (i32.load8_u (local.get $end)) (then unreachable)))
    (func (export "canister_query globals")
        (i32.store (i32.const 0) (global.get $i32))
        (i64.store (i32.const 4) (global.get $i64))
        (f32.store (i32.const 12) (global.get $f32))
        (f64.store (i32.const 16) (global.get $f64))
        (v128.store (i32.const 24) (global.get $v128))
        (call $append (i32.const 0) (i32.const 40)) (call $reply)))"#;

type Step = (u8, u32, u32);

fn run(canister: &mut Canister, steps: &[Step], traps: bool) -> Outcome {
    let mut arg: Vec<u8> = steps
        .iter()
        .flat_map(|(what, place, value)| [&[what % 6][..], &place.to_le_bytes(), &value.to_le_bytes()].concat())
        .collect();
    arg.push(u8::from(traps));
    canister.run(Entry::Update { method: "run".into(), arg })
}

fn everything(canister: &mut Canister) -> (impl PartialEq + use<>, Vec<u8>) {
    (canister.memory(), reply(canister.query("globals")))
}

proptest! {
    #[test]
    fn should_leave_everything_as_it_was_when_a_message_traps(
        messages in vec((vec((any::<u8>(), any::<u32>(), any::<u32>()), 0..40), any::<bool>()), 1..6),
    ) {
        let mut canister = Canister::new(INTERPRETER);
        let mut undisturbed = Canister::new(INTERPRETER);
        for (steps, traps) in &messages {
            run(&mut canister, &[], false);
            let before = everything(&mut canister);
            let outcome = run(&mut canister, steps, *traps);
            prop_assert_eq!(outcome.result.is_err(), *traps);
            if *traps {
                trap(outcome);
                prop_assert!(everything(&mut canister) == before, "a trap left something behind");
            } else {
                // The same messages without those that trapped, each in an instance of its own.
                run(&mut undisturbed, &[], false);
                let module = undisturbed.state.module().clone();
                run(&mut undisturbed, steps, false);
                prop_assert!(undisturbed.state.module().hash() == module.hash());
            }
        }
        run(&mut canister, &[], false);
        run(&mut undisturbed, &[], false);
        prop_assert!(everything(&mut canister) == everything(&mut undisturbed), "an undone message was seen");
    }

    #[test]
    fn should_be_as_it_was_when_a_snapshot_is_restored(
        first in vec((any::<u8>(), any::<u32>(), any::<u32>()), 0..40),
        second in vec((any::<u8>(), any::<u32>(), any::<u32>()), 0..40),
    ) {
        let mut canister = Canister::new(INTERPRETER);
        run(&mut canister, &first, false);
        let before = everything(&mut canister);
        let snapshot = canister.state.snapshot();
        run(&mut canister, &second, false);
        canister.state.restore(&snapshot);
        prop_assert!(everything(&mut canister) == before, "the snapshot is not what was there");
    }
}

#[test]
fn should_forget_table_changes_when_the_message_ends() {
    let mut canister = Canister::new(
        r#"(module (memory 1) (table 2 funcref) (elem declare func $set)
            (func $set (i32.store (i32.const 0) (i32.const 1)))
            (func (export "canister_update set") (table.set (i32.const 0) (ref.func $set)) (call_indirect (i32.const 0)))
            (func (export "canister_update call") (call_indirect (i32.const 0))))"#,
    );
    assert_eq!(canister.update("set").result, Ok(()));
    assert_eq!(canister.state.read_heap().expect("ran")[0], 1);
    trap(canister.update("call"));
    assert_eq!(canister.update("set").result, Ok(()));
}
