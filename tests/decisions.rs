//! Decisions from bundles that the real module gives out, made offline: natively and in wasm32.

use calisec_sdk::Random;
use calisec_sdk::identity::Identity;
use calisec_sdk::verify::{self, DecisionError, Trust, VerifiedDecision};
use calisec_testkit::backend::Backend;
use calisec_testkit::scene::Minted;
use calisec_testkit::{Deployment, Scene, Setup};
use calisec_tests::{fixture, journeys};
use calisec_types::ids::Timestamp;
use calisec_types::membership::{DecideArg, DecisionBundle, RemoveMemberArg};
use candid::{Decode, Encode, Principal};
use pollster::block_on;
use std::process::ExitCode;
use std::time::Duration;

const MAX_AGE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    calisec_tests::run(journeys![
        should_decide_the_same_in_wasm32_as_natively,
        should_never_allow_more_when_a_byte_of_a_bundle_is_changed,
        should_deny_in_the_very_next_bundle_when_a_member_was_removed,
    ])
}

fn deploy<B: Backend>(backend: B) -> Deployment<B> {
    Setup::default().on(backend).expect("the four canisters install")
}

/// Bob has been granted to read a note of Alice's.
fn granted<B: Backend>(deployment: &Deployment<B>) -> (Scene<'_, B>, Minted) {
    let mut scene = Scene::new(deployment, Random::from_seed([5; 32]));
    let minted = scene.until_note(b"who reads this was granted to").expect("a note");
    scene.grant_to_bob(&minted).expect("adopted");
    (scene, minted)
}

fn bundle<B: Backend>(scene: &Scene<'_, B>, question: &DecideArg) -> DecisionBundle {
    block_on(scene.anyone().membership().decision_bundle(question)).expect("answers").expect("a bundle")
}

/// The decision of a verifier that knows the network's root key, the canister and the time, and has no connection.
fn decide<B: Backend>(
    scene: &Scene<'_, B>,
    bundle: &DecisionBundle,
    question: &DecideArg,
    now: Timestamp,
) -> Result<VerifiedDecision, DecisionError> {
    let root_key = scene.deployment.backend.root_key();
    let membership = scene.anyone().membership().canister();
    verify::decision(bundle, question, membership, &Trust { root_key: &root_key, now }, MAX_AGE)
}

fn should_decide_the_same_in_wasm32_as_natively<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let (scene, minted) = granted(&deployment);
    let backend = &deployment.backend;
    let verifier = backend.create_canister();
    backend.install(verifier, &fixture("decision_verifier"), &[]).expect("installs");
    let membership = scene.anyone().membership().canister();
    let in_wasm32 = |bundle: &DecisionBundle, question: &DecideArg| {
        let arg = Encode!(bundle, question, &membership, &backend.root_key(), &backend.now().0, &MAX_AGE.as_secs());
        let reply = backend.update(Principal::anonymous(), verifier, "allowed", &arg.expect("encodes"));
        Decode!(&reply.expect("answers"), Result<bool, String>).expect("decodes")
    };

    let cast = &scene.cast;
    for (who, allowed) in [(&cast.alice, true), (&cast.bob, true), (&cast.carol, false), (&cast.mallory, false)] {
        let question = scene.may_read(&minted, who);
        let asked = scene.decide(&minted, who).expect("answers").expect("decides").allowed;
        let bundle = bundle(&scene, &question);
        let natively = decide(&scene, &bundle, &question, backend.now()).expect("verifies").allowed;
        assert_eq!((asked, natively, in_wasm32(&bundle, &question)), (allowed, allowed, Ok(allowed)));
    }

    // What one asker may do is no answer for another, and a certificate of another canister proves nothing of this one.
    let (bob, carol) = (scene.may_read(&minted, &cast.bob), scene.may_read(&minted, &cast.carol));
    let bobs = bundle(&scene, &bob);
    assert!(in_wasm32(&bobs, &carol).is_err());
    let refusal = in_wasm32(&DecisionBundle { certificate: None, ..bobs }, &bob);
    assert_eq!(refusal, Err(DecisionError::NoCertificate.to_string()));
}

fn should_never_allow_more_when_a_byte_of_a_bundle_is_changed<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let (scene, minted) = granted(&deployment);
    let now = deployment.backend.now();
    let decided = |who: &Identity| {
        let question = scene.may_read(&minted, who);
        let bundle = bundle(&scene, &question);
        let honest = decide(&scene, &bundle, &question, now).expect("verifies");
        let encoded = Encode!(&bundle).expect("encodes");
        let mut refused = 0;
        // Each check verifies a signature, so every seventh byte must do: all parts are longer than that.
        for at in (0..encoded.len()).step_by(7) {
            let mut changed = encoded.clone();
            changed[at] ^= 1 << (at % 8);
            let Ok(changed) = Decode!(&changed, DecisionBundle) else { continue };
            match decide(&scene, &changed, &question, now) {
                Ok(decision) => {
                    assert_eq!(decision.allowed, honest.allowed, "byte {at} was changed and changed the decision")
                }
                Err(_) => refused += 1,
            }
        }
        assert!(refused > 100, "only {refused} changed bundles were refused: the changes miss what matters");
        honest.allowed
    };
    assert!(decided(&scene.cast.bob));
    assert!(!decided(&scene.cast.carol));
}

fn should_deny_in_the_very_next_bundle_when_a_member_was_removed<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let (scene, minted) = granted(&deployment);
    let question = scene.may_read(&minted, &scene.cast.bob);
    let before = bundle(&scene, &question);
    let removal = RemoveMemberArg { context: scene.context(), account: scene.cast.bob.account() };
    block_on(scene.as_(&scene.cast.dana).membership().remove_member(&removal)).expect("answers").expect("removes");

    let after = bundle(&scene, &question);
    assert!(!decide(&scene, &after, &question, deployment.backend.now()).expect("verifies").allowed);
    // The bundle from before passes until it is too old, and no longer: so says the documentation.
    assert!(decide(&scene, &before, &question, deployment.backend.now()).expect("young enough").allowed);
    deployment.backend.advance(MAX_AGE + Duration::from_secs(1));
    let too_old = decide(&scene, &before, &question, deployment.backend.now());
    assert!(matches!(too_old, Err(DecisionError::Certificate(_))), "{too_old:?}");
}
