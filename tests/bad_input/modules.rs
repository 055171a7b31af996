//! Broken modules, and arguments that cannot be installed with.

use crate::deploy;
use calisec_testkit::backend::Backend;
use calisec_testkit::modules;
use calisec_testkit::setup::STORY_RULES;
use calisec_tests::Unchanged;
use calisec_types::governance::{GovernanceInit, Rules};
use calisec_types::ids::CircuitId;
use calisec_types::membership::MembershipInit;
use calisec_types::note_registry::NoteRegistryInit;
use candid::{Principal, encode_one};
use pollster::block_on;

pub fn should_refuse_modules_and_install_arguments_that_are_broken<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let (backend, ids) = (&deployment.backend, deployment.ids);
    let unchanged = Unchanged::from_now(&deployment);
    let canisters = [ids.membership, ids.proof_verifier, ids.note_registry, ids.governance];
    for (name, canister) in modules::CANISTERS.into_iter().zip(canisters) {
        let module = modules::load(name).expect("built");
        let half = module[..module.len() / 2].to_vec();
        let mut flipped = module.clone();
        flipped[module.len() / 2] ^= 0xff;
        for (what, broken) in [
            ("half a module", half),
            ("a module with a changed byte", flipped),
            ("no module", Vec::new()),
            ("a text", b"not a module".to_vec()),
            ("a module of another version", b"\0asm\x09\0\0\0".to_vec()),
        ] {
            let what = format!("{name}: {what}");
            for reject in [
                backend.upgrade(canister, &broken, b"DIDL\0\0").expect_err(&what),
                backend.install(backend.create_canister(), &broken, b"DIDL\0\0").expect_err(&what),
            ] {
                assert_eq!((reject.code, reject.error_code.as_deref()), (5, Some("IC0505")), "{what}: {reject}");
            }
            unchanged.check(&what);
        }
    }

    let governance =
        |rules| encode_one(GovernanceInit { membership: ids.membership, rules, circuits: None }).expect("encodes");
    let membership =
        |governance, proof_verifier| encode_one(MembershipInit { governance, proof_verifier }).expect("encodes");
    let registry = |membership, proof_verifier| {
        let mint_circuit = CircuitId([1; 32]);
        encode_one(NoteRegistryInit { membership, proof_verifier, mint_circuit }).expect("encodes")
    };
    let anonymous = Principal::anonymous();
    for (what, name, arg) in [
        ("no argument", "membership", b"DIDL\0\0".to_vec()),
        ("garbage", "membership", b"garbage".to_vec()),
        ("governed by nobody", "membership", membership(anonymous, Some(ids.proof_verifier))),
        ("proved by nobody", "membership", membership(ids.governance, Some(Principal::management_canister()))),
        ("no argument", "note_registry", b"DIDL\0\0".to_vec()),
        ("decided by nobody", "note_registry", registry(anonymous, ids.proof_verifier)),
        ("proved by nobody", "note_registry", registry(ids.membership, Principal::management_canister())),
        ("no argument", "governance", b"DIDL\0\0".to_vec()),
        ("a quorum of nothing", "governance", governance(Rules { quorum_percent: 0, ..STORY_RULES })),
        ("adoption by a minority", "governance", governance(Rules { approval_percent: 49, ..STORY_RULES })),
    ] {
        let module = modules::load(name).expect("built");
        let canister = backend.create_canister();
        let reject = backend.install(canister, &module, &arg).expect_err(what);
        assert_eq!((reject.code, reject.error_code.as_deref()), (5, Some("IC0503")), "{name}, {what}: {reject}");
        // Nothing was installed.
        let reject = backend.query(anonymous, canister, "rules", b"DIDL\0\0").expect_err(what);
        assert_eq!(reject.error_code.as_deref(), Some("IC0537"), "{name}, {what}: {reject}");
    }
    unchanged.check("failed installations");
    assert_eq!(block_on(deployment.called_by(anonymous).governance().rules()), Ok(STORY_RULES));
}
