//! Which modules can be installed, and what they say about themselves.

use crate::{
    basics::COUNTER,
    support::{compile, update_of},
};
use calisec_engine::wasm::{InvalidModule, Module, Visibility};
use flate2::{Compression, write::GzEncoder};
use proptest::{collection::vec, prelude::any, proptest, test_runner::Config};
use std::{
    env, fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).expect("written to memory");
    gzip.finish().expect("written to memory")
}

#[test]
fn should_tell_what_a_module_has_when_it_is_compiled() {
    let wasm = wat::parse_str(
        r#"(module (func (export "canister_update u")) (func (export "canister_query q"))
            (func (export "canister_composite_query c")) (func (export "canister_heartbeat"))
            (@custom "icp:public candid:service" "service : {}") (@custom "icp:private secret" "x"))"#,
    )
    .expect("wat");
    let gzipped = gzip(&wasm);
    let plain = Module::compile(&wasm).expect("valid");
    let module = Module::compile(&gzipped).expect("valid");
    assert_ne!(plain.hash(), module.hash());
    assert!(module.has_update("u") && module.has_query("q") && module.has_composite_query("c"));
    assert!(!module.has_update("q") && !module.has_query("u"));
    assert!(module.has_heartbeat() && !module.has_global_timer() && !module.has_inspect_message());
    let service: (Visibility, &[u8]) = (Visibility::Public, b"service : {}");
    assert_eq!(module.custom_section("candid:service"), Some(service));
    assert_eq!(module.custom_section("secret").map(|section| section.0), Some(Visibility::Private));
    assert_eq!(module.custom_section("absent"), None);
}

#[test]
fn should_refuse_a_module_when_it_breaks_a_rule() {
    type Expected = fn(&InvalidModule) -> bool;
    let import: Expected = |error| matches!(error, InvalidModule::Import(_));
    let export: Expected = |error| matches!(error, InvalidModule::Export(_));
    let malformed: Expected = |error| matches!(error, InvalidModule::Malformed(_));
    let unsupported: Expected = |error| matches!(error, InvalidModule::Unsupported(_));
    let large: Expected = |error| matches!(error, InvalidModule::TooLarge { .. });
    let data: Expected = |error| matches!(error, InvalidModule::Data(_));
    let section: Expected = |error| matches!(error, InvalidModule::CustomSection(_));
    let globals = format!("(module {})", "(global i32 (i32.const 0))".repeat(1_001));
    let sections = format!("(module {})", r#"(@custom "x" "")"#.repeat(17));
    for (wat, expected) in [
        (r#"(module (import "ic0" "unknown" (func)))"#, import),
        (r#"(module (import "env" "time" (func (result i64))))"#, import),
        (r#"(module (import "ic0" "time" (func (result i32))))"#, import),
        (r#"(module (import "ic0" "time" (memory 1)))"#, import),
        (r#"(module (func (export "canister_foo")))"#, export),
        (r#"(module (func (export "canister_update f") (param i32)))"#, export),
        (r#"(module (func (export "canister_update f")) (func (export "canister_query f")))"#, export),
        (r#"(module (func (export "calisec counter")))"#, export),
        (r#"(module (func (export "canister_on_low_wasm_memory")))"#, unsupported),
        ("(module (memory 1) (memory 1))", malformed),
        ("(module (func i32.const 1))", malformed),
        ("(module (memory 1 1 shared))", malformed),
        ("(module (memory i64 1))", unsupported),
        ("(module (global (mut funcref) (ref.null func)))", unsupported),
        (r#"(module (memory 1) (data (i32.const 65535) "xy"))"#, data),
        (r#"(module (@custom "icp:secret x" ""))"#, section),
        (r#"(module (@custom "icp:public x" "") (@custom "icp:private x" ""))"#, section),
        ("(module (table 1000001 funcref))", large),
        (&globals, large),
        (&sections, large),
    ] {
        let error = compile(wat).expect_err(wat);
        assert!(expected(&error), "{wat}: {error:?}");
    }
    let wasm = wat::parse_str(COUNTER).expect("wat");
    for length in 1..wasm.len() {
        // A prefix that ends between two sections can be a module of its own.
        let _ = Module::compile(&wasm[..length]);
    }
    for garbage in [&[][..], b"\0asm", b"\x1f\x8b\x08 not gzip", &wasm[..wasm.len() - 3], &[0xff; 200]] {
        assert!(Module::compile(garbage).is_err());
    }
}

/// A module that takes a while to compile.
fn large_wat() -> String {
    let body = "(i32.store (i32.const 8) (i32.add (i32.load (i32.const 4)) (i32.mul (local.get 0) (i32.const 77))))";
    let function = format!("(func (param i32) {})", body.repeat(100));
    format!(r#"(module (memory 1) {} (func (export "canister_update run")))"#, function.repeat(200))
}

#[test]
fn should_recall_a_module_when_it_was_compiled_before() {
    let wasm = wat::parse_str(large_wat()).expect("wat");
    let start = Instant::now();
    let first = Module::compile(&wasm).expect("valid");
    let compiled = start.elapsed();
    let start = Instant::now();
    let second = Module::compile(&wasm).expect("valid");
    let recalled = start.elapsed();
    assert_eq!(first.hash(), second.hash());
    assert!(recalled < compiled, "recalling took {recalled:?}, compiling {compiled:?}");
}

#[test]
fn should_leave_its_compilations_on_disk_when_the_process_ends() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compilations");
    // It may not be there yet.
    let _ = fs::remove_dir_all(&directory);
    let status = Command::new(env::current_exe().expect("this test"))
        .args(["--exact", "modules::should_recall_a_module_when_it_was_compiled_before"])
        .env("CALISEC_CACHE_DIR", &directory)
        .stdout(Stdio::null())
        .status()
        .expect("started");
    assert!(status.success());
    let mut bytes = 0;
    let mut pending = vec![directory];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(&directory).expect("a directory") {
            let entry = entry.expect("an entry");
            let metadata = entry.metadata().expect("metadata");
            if metadata.is_dir() {
                pending.push(entry.path());
            }
            bytes += if metadata.is_file() { metadata.len() } else { 0 };
        }
    }
    assert!(bytes > 10_000, "only {bytes} bytes were kept");
}

#[test]
fn should_refuse_a_bomb_when_it_expands_beyond_the_limit() {
    let bomb = gzip(&vec![0; (100 << 20) + 1]);
    assert!(bomb.len() < 1 << 20);
    assert!(matches!(Module::compile(&bomb), Err(InvalidModule::TooLarge { .. })));
}

proptest! {
    #![proptest_config(Config::with_cases(64))]

    #[test]
    fn should_answer_without_panicking_when_bytes_are_changed(changes in vec((any::<usize>(), any::<u8>()), 1..4)) {
        let mut wasm = wat::parse_str(COUNTER).expect("wat");
        for (position, byte) in changes {
            let length = wasm.len();
            wasm[8 + position % (length - 8)] = byte;
        }
        if let Ok(module) = Module::compile(&wasm) {
            update_of(module);
        }
    }
}
