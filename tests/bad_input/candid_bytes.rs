//! Bytes that are not the Candid a method takes.

use crate::{deploy, random};
use calisec_testkit::Scene;
use calisec_testkit::backend::Backend;
use calisec_tests::{Sample, Takes, Unchanged, samples, with_blobs_resized, with_extra_field};
use candid::types::value::IDLValue;
use candid::types::{FuncMode, TypeInner};
use candid::{Principal, encode_one};
use candid_parser::utils::CandidSource;
use std::collections::BTreeMap;
use std::path::Path;

/// Elements of nothing: they take no bytes, but decoding them takes time.
const NOTHINGS: usize = 100_000;
/// How deep options nest that no method asks for.
const DEPTH: usize = 10_000;

pub fn should_reject_malformed_candid_on_every_method<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let mut scene = Scene::new(&deployment, random());
    let minted = scene.until_note(b"a note").expect("a note");
    scene.seal_to_bob(&minted).expect("sealed");
    scene.grant_to_bob(&minted).expect("granted");
    let proved = scene.another_proof(b"another note").expect("a proof");
    let unchanged = Unchanged::from_now(&deployment);
    let caller = scene.cast.alice.principal();
    for sample in samples(&scene, &proved) {
        for (what, arg) in malformed(&sample) {
            let what = format!("{}.{} with {what}", sample.name, sample.method);
            unchanged.rejected(&what, sample.call(&deployment.backend, caller, &arg));
        }
    }
    // What was refused all the time works in the end.
    assert_eq!(scene.execute_after_timelock(&scene.cast.carol, calisec_types::ids::ProposalId(1)).map(|_| ()), Ok(()));
}

fn malformed(sample: &Sample) -> Vec<(String, Vec<u8>)> {
    let mut bad = Vec::new();
    if sample.takes == Takes::Nothing {
        return bad;
    }
    bad.push(("garbage".to_owned(), b"garbage".to_vec()));
    bad.push(("another magic number".to_owned(), [b"DIDX", &sample.arg[4..]].concat()));
    bad.push(("a missing last byte".to_owned(), sample.arg[..sample.arg.len() - 1].to_vec()));
    bad.push(("a surplus byte".to_owned(), [sample.arg.as_slice(), &[0]].concat()));
    if sample.takes == Takes::Arguments {
        bad.push(("no argument".to_owned(), b"DIDL\0\0".to_vec()));
        bad.push(("a text instead".to_owned(), encode_one("text").expect("encodes")));
    }
    for length in [0, 31, 33] {
        for (nth, arg) in with_blobs_resized(&sample.arg, length).into_iter().enumerate() {
            bad.push((format!("{length} bytes in id {nth}"), arg));
        }
    }
    if sample.takes == Takes::Arguments {
        bad.push(("options nested without end".to_owned(), nested_options()));
    }
    let nothings = IDLValue::Vec(vec![IDLValue::Null; NOTHINGS]);
    bad.extend(with_extra_field(&sample.arg, nothings).map(|arg| ("a field of countless nothings".to_owned(), arg)));
    bad
}

/// One argument: an option of an option of an option, and so on.
fn nested_options() -> Vec<u8> {
    let leb128 = |mut number: usize| {
        let mut bytes = Vec::new();
        while number >= 0x80 {
            bytes.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        bytes.push(number as u8);
        bytes
    };
    let mut bytes = [b"DIDL".as_slice(), &leb128(DEPTH)].concat();
    for inner in 1..DEPTH {
        bytes.push(0x6e);
        bytes.extend(leb128(inner));
    }
    // The innermost is an option of null.
    bytes.extend([0x6e, 0x7f, 1, 0]);
    bytes.extend(vec![1; DEPTH]);
    bytes
}

pub fn should_know_every_method_of_every_interface<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let mut scene = Scene::new(&deployment, random());
    let proved = scene.another_proof(b"a note").expect("a proof");
    let mut known: BTreeMap<&str, BTreeMap<String, bool>> = BTreeMap::new();
    for Sample { name, method, is_update, .. } in samples(&scene, &proved) {
        known.entry(name).or_default().insert(method.to_owned(), is_update);
    }
    for (name, known) in known {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../candid/{name}.did"));
        let (env, service) = CandidSource::File(&path).load().expect("the interface parses");
        let service = service.expect("a service");
        let mut declared = BTreeMap::new();
        for (method, kind) in env.as_service(&service).expect("a service") {
            let TypeInner::Func(function) = kind.as_ref() else { panic!("{method} is no function") };
            declared.insert(method.clone(), !function.modes.contains(&FuncMode::Query));
        }
        assert_eq!(known, declared, "every method of {name} must have a sample");
    }
    // A method that does not exist is rejected like a malformed argument.
    let unchanged = Unchanged::from_now(&deployment);
    let ids = deployment.ids;
    for canister in [ids.membership, ids.proof_verifier, ids.note_registry, ids.governance] {
        let answer = deployment.backend.update(Principal::anonymous(), canister, "backdoor", b"DIDL\0\0");
        unchanged.rejected("an unknown method", answer);
    }
}
