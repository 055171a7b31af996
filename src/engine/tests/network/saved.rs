//! A network that is saved, and goes on in another process.

use crate::support::{CYCLES, alice, call, mallory, puppet, wasm};
use calisec_engine::execution::{IMAGE_PAGE_BYTES, MalformedImage, StableImage};
use calisec_engine::network::{CanisterSettings, Config, Network, SavedNetwork};
use calisec_engine::{ErrorCode, Reject};
use candid::Principal;
use std::time::Duration;

/// Counts in stable memory, far from its start; certifies the count and sets a timer whenever its code starts on it.
fn keeper() -> Vec<u8> {
    wasm(
        r#"(module
          (import "ic0" "msg_arg_data_size" (func $arg_size (result i32)))
          (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
          (import "ic0" "msg_reply" (func $reply))
          (import "ic0" "certified_data_set" (func $certify (param i32 i32)))
          (import "ic0" "global_timer_set" (func $timer_set (param i64) (result i64)))
          (import "ic0" "stable64_grow" (func $grow (param i64) (result i64)))
          (import "ic0" "stable64_read" (func $read (param i64 i64 i64)))
          (import "ic0" "stable64_write" (func $write (param i64 i64 i64)))
          (memory 1)
          (func $load (call $read (i64.const 0) (i64.const 300000) (i64.const 4)))
          (func (export "canister_init") (drop (call $grow (i64.const 16))))
          (func (export "canister_post_upgrade")
            (if (call $arg_size) (then (unreachable)))
            (call $load) (call $certify (i32.const 0) (i32.const 4))
            (drop (call $timer_set (i64.const 1767225600000000007))))
          (func (export "canister_update inc")
            (call $load)
            (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
            (call $write (i64.const 300000) (i64.const 0) (i64.const 4))
            (call $append (i32.const 0) (i32.const 4)) (call $reply))
          (func (export "canister_query get")
            (call $load) (call $append (i32.const 0) (i32.const 4)) (call $reply))
          (func (export "canister_global_timer") nop))"#,
    )
}

fn keepers<const N: usize>(seed: u64) -> (Network, [Principal; N]) {
    let mut network = Network::new(Config { seed, ..Config::default() });
    let ids = std::array::from_fn(|_| {
        let id = network.create_canister(&[alice()], CYCLES).unwrap();
        network.install(alice(), id, &keeper(), &[]).unwrap();
        id
    });
    (network, ids)
}

fn resumed(saved: &SavedNetwork) -> Result<Network, Reject> {
    let mut network = Network::resumed(Config::default(), saved);
    for canister in &saved.canisters {
        network.resume_canister(canister, &keeper(), &[])?;
    }
    Ok(network)
}

#[test]
fn should_go_on_where_it_ended_when_a_network_is_saved_and_resumed() {
    let (mut network, [a, b]) = keepers(7);
    network.update(alice(), a, "inc", &[]).unwrap();
    network.update(alice(), a, "inc", &[]).unwrap();
    network.update(alice(), b, "inc", &[]).unwrap();
    network.advance_time(Duration::from_secs(60));
    let saved = network.save().unwrap();

    let mut resumed = resumed(&saved).unwrap();
    assert_eq!(resumed.root_key_der(), network.root_key_der(), "the root key follows from the seed");
    assert_eq!(resumed.time_ns(), network.time_ns());
    for id in [a, b] {
        assert_eq!(resumed.cycles(id), network.cycles(id), "resuming costs nothing");
        let status = |network: &Network| network.canister_status(alice(), id).unwrap();
        assert_eq!(status(&resumed).version, status(&network).version);
        assert_eq!(resumed.module_hash(id), network.module_hash(id));
    }
    assert_eq!(resumed.certified_data(a), Ok([2, 0, 0, 0].as_slice()), "post_upgrade certified");
    assert_eq!(resumed.global_timer_ns(b), Ok(Some(1_767_225_600_000_000_007)), "post_upgrade set the timer");
    assert_eq!(resumed.update(alice(), a, "inc", &[]), Ok(vec![3, 0, 0, 0]));
    assert_eq!(resumed.query(alice(), b, "get", &[]), Ok(vec![1, 0, 0, 0]));
    let next = resumed.create_canister(&[alice()], CYCLES).unwrap();
    assert!(![a, b].contains(&next), "ids are not given out twice");
}

#[test]
fn should_repeat_neither_randomness_nor_message_ids_when_resumed() {
    let (mut network, [a]) = keepers(7);
    let management = Principal::management_canister();
    let ask = |network: &mut Network| {
        let puppet_id = network.create_canister(&[alice()], CYCLES).unwrap();
        network.install(alice(), puppet_id, &puppet(), &[]).unwrap();
        let drawn = network.update(alice(), puppet_id, "call", &call(management, "raw_rand").bytes()).unwrap();
        network.stop(alice(), puppet_id).unwrap();
        network.delete_canister(alice(), puppet_id).unwrap();
        drawn
    };
    let first = ask(&mut network);
    let message = network.submit_update(alice(), a, "inc", &[]).unwrap();
    network.await_update(message).unwrap();
    let saved = network.save().unwrap();
    let mut resumed = resumed(&saved).unwrap();
    assert_ne!(ask(&mut resumed), first, "what was drawn before is not drawn again");
    assert_ne!(resumed.submit_update(alice(), a, "inc", &[]).unwrap(), message);
}

#[test]
fn should_refuse_to_save_when_something_would_be_lost() {
    let why = |network: &Network| network.save().unwrap_err().why;
    let (mut network, [a]) = keepers(1);
    network.submit_update(alice(), a, "inc", &[]).unwrap();
    assert_eq!(why(&network), "a message is under way");
    assert!(network.run_until_idle(10));
    assert!(network.save().is_ok());
    network.stop(alice(), a).unwrap();
    assert_eq!(why(&network), "it is stopping or stopped");
    network.start(alice(), a).unwrap();
    let frugal = CanisterSettings { compute_allocation: Some(1_u8.into()), ..CanisterSettings::default() };
    network.update_settings(alice(), a, frugal).unwrap();
    assert_eq!(why(&network), "it has settings of its own");
    let (mut network, [a]) = keepers(1);
    network.uninstall(alice(), a).unwrap();
    assert_eq!(why(&network), "it has no code");
}

#[test]
fn should_have_no_such_canister_when_resuming_fails() {
    let (mut network, [a]) = keepers(1);
    network.update(alice(), a, "inc", &[]).unwrap();
    let saved = network.save().unwrap();
    let canister = &saved.canisters[0];
    let mut resumed = Network::resumed(Config::default(), &saved);
    let other_module = resumed.resume_canister(canister, &puppet(), &[]).unwrap_err();
    assert_eq!(other_module.error_code, Some(ErrorCode::CanisterInvalidWasm));
    let trapped = resumed.resume_canister(canister, &keeper(), b"!").unwrap_err();
    assert_eq!(trapped.error_code, Some(ErrorCode::CanisterTrapped));
    assert_eq!(resumed.canister_ids(), []);
    resumed.resume_canister(canister, &keeper(), &[]).unwrap();
    let twice = resumed.resume_canister(canister, &keeper(), &[]).unwrap_err();
    assert_eq!(twice.error_code, Some(ErrorCode::CanisterIdAlreadyExists));
    assert_eq!(resumed.query(mallory(), a, "get", &[]), Ok(vec![1, 0, 0, 0]), "the first is untouched");
}

#[test]
fn should_give_back_an_image_when_its_pages_are_put_together() {
    let (mut network, [a]) = keepers(1);
    network.update(alice(), a, "inc", &[]).unwrap();
    let image = network.stable_image(a).unwrap();
    assert_eq!(image.bytes(), 16 * 65_536);
    let written: Vec<(u64, [u8; IMAGE_PAGE_BYTES])> = image.written().map(|(number, page)| (number, *page)).collect();
    assert_eq!(written.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [300_000 / 4_096]);
    let pages = || written.iter().map(|(number, page)| (*number, page));
    assert_eq!(StableImage::from_written(image.bytes(), pages()), Ok(image));
    assert_eq!(StableImage::from_written(65_536, pages()), Err(MalformedImage::Outside(73)));
    for bytes in [1, 65_537, (500 << 30) + 65_536] {
        assert_eq!(StableImage::from_written(bytes, []), Err(MalformedImage::Size(bytes)));
    }
}
