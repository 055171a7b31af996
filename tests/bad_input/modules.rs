//! Broken modules, and arguments that cannot be installed with.

use crate::deploy;
use calisec_testkit::backend::Backend;
use calisec_testkit::modules;
use calisec_testkit::setup::STORY_RULES;
use calisec_tests::Unchanged;
use calisec_types::governance::{CircuitsInit, GovernanceArg, GovernanceInit, GovernanceSetting, Rules};
use calisec_types::ids::{CircuitId, ContextId};
use calisec_types::membership::{MembershipArg, MembershipInit, MembershipSetting};
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

    let governance = |rules, verifier: Option<Principal>| {
        let circuits = verifier.map(|proof_verifier| CircuitsInit { proof_verifier, context: ContextId([1; 32]) });
        let init = GovernanceInit { membership: ids.membership, rules, circuits };
        encode_one(GovernanceArg::Init(init)).expect("encodes")
    };
    let membership = |governance, proof_verifier| {
        encode_one(MembershipArg::Init(MembershipInit { governance, proof_verifier })).expect("encodes")
    };
    let to_upgrade = encode_one(MembershipArg::Upgrade(Vec::new())).expect("encodes");
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
        ("what upgrades", "membership", to_upgrade.clone()),
        ("no argument", "note_registry", b"DIDL\0\0".to_vec()),
        ("decided by nobody", "note_registry", registry(anonymous, ids.proof_verifier)),
        ("proved by nobody", "note_registry", registry(ids.membership, Principal::management_canister())),
        ("no argument", "governance", b"DIDL\0\0".to_vec()),
        ("what upgrades", "governance", to_upgrade.clone()),
        ("a quorum of nothing", "governance", governance(Rules { quorum_percent: 0, ..STORY_RULES }, None)),
        ("adoption by a minority", "governance", governance(Rules { approval_percent: 49, ..STORY_RULES }, None)),
        ("nobody's circuits", "governance", governance(STORY_RULES, Some(anonymous))),
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

/// An upgrade with a wrong argument is undone: the canister goes on as it was, with every byte that it had.
pub fn should_keep_everything_when_an_upgrade_has_a_wrong_argument<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let (backend, ids) = (&deployment.backend, deployment.ids);
    let unchanged = Unchanged::from_now(&deployment);
    let membership = |setting| encode_one(MembershipArg::Upgrade(vec![setting])).expect("encodes");
    let governance = |proof_verifier| {
        let circuits = CircuitsInit { proof_verifier, context: ContextId([1; 32]) };
        encode_one(GovernanceArg::Upgrade(vec![GovernanceSetting::Circuits(circuits)])).expect("encodes")
    };
    let init = MembershipInit { governance: ids.governance, proof_verifier: Some(ids.proof_verifier) };
    let nobody = Principal::management_canister();
    for (what, name, canister, arg, says) in [
        ("garbage", "membership", ids.membership, b"garbage".to_vec(), "not what the interface declares"),
        ("a text", "membership", ids.membership, encode_one("new").expect("encodes"), "not what the interface"),
        ("an absent text", "governance", ids.governance, encode_one(None::<&str>).expect("encodes"), "not what the"),
        ("another canister's", "membership", ids.membership, governance(ids.proof_verifier), "not what the interface"),
        (
            "what installs",
            "membership",
            ids.membership,
            encode_one(MembershipArg::Init(init)).expect("encodes"),
            "Init is for one that is not installed yet",
        ),
        (
            "another verifier",
            "membership",
            ids.membership,
            membership(MembershipSetting::ProofVerifier(ids.governance)),
            "claims rest on it",
        ),
        (
            "nobody as the verifier",
            "membership",
            ids.membership,
            membership(MembershipSetting::ProofVerifier(nobody)),
            "must be the id of a canister",
        ),
        ("nobody's circuits", "governance", ids.governance, governance(nobody), "must be the id of a canister"),
    ] {
        let module = modules::load(name).expect("built");
        let reject = backend.upgrade(canister, &module, &arg).expect_err(what);
        assert_eq!((reject.code, reject.error_code.as_deref()), (5, Some("IC0503")), "{name}, {what}: {reject}");
        assert!(reject.message.contains(says), "{name}, {what}: {reject}");
        unchanged.check(what);
    }
    let anyone = deployment.called_by(Principal::anonymous());
    assert_eq!(block_on(anyone.governance().circuits()), Ok(None));
    assert_eq!(block_on(anyone.membership().proof_verifier()), Ok(Some(ids.proof_verifier)));
}
