//! Every call to the proof verifier about claims and circuits, struck by everything that can happen to it.

use crate::calls::{Attempt, Call, blows, ended, struck};
use crate::{IMMEDIATE, deploy, random};
use calisec_sdk::zk::statement::credential::Range;
use calisec_testkit::backend::{Backend, LocalBackend};
use calisec_testkit::scene::{Cast, answered};
use calisec_testkit::{Deployment, Scene, Setup};
use calisec_tests::by::By;
use calisec_tests::proof_of_age::{DAY, ProofOfAge};
use calisec_types::governance::{GovernanceReason, Measure, Status};
use calisec_types::membership::{AuditEvent, MembershipReason};
use calisec_types::proof_verifier::{CircuitStatus, SetCircuitStatusArg};
use pollster::block_on;

fn verifier_unavailable(reason: &MembershipReason) -> bool {
    matches!(reason, MembershipReason::VerifierUnavailable(_))
}

/// How often the log says that something happened.
fn logged(scene: &Scene<'_, LocalBackend>, is_it: impl Fn(&AuditEvent) -> bool) -> usize {
    let (_, log) = scene.verified_audit_log().expect("the log is whole");
    log.iter().filter(|entry| is_it(&entry.event)).count()
}

/// Bob claims a receipt of each period, while this method of the verifier is struck.
fn strike_claims(by: By, method: &'static str) {
    let deployment = deploy(IMMEDIATE);
    let ids = deployment.ids;
    let world = ProofOfAge::new(&deployment);
    let bob = &world.scene.cast.bob;
    let call: Call = (ids.membership, ids.proof_verifier, method);
    for blow in blows(&deployment, call) {
        let what = blow.what;
        deployment.backend.advance(DAY);
        let receipt = world.prove(bob, 0, Range::at_least(18)).expect("a receipt").id;
        let claims = || {
            logged(
                &world.scene,
                |event| matches!(event, AuditEvent::ReceiptClaimed { claim, .. } if claim.receipt == receipt),
            )
        };
        let attempt = || ended(world.claim(by, bob, receipt), |_| false, verifier_unavailable);
        let nonce = || block_on(world.scene.anyone().membership().request_nonce(bob.account())).expect("answers");
        let nonce_before = nonce();
        let first = struck(&deployment, call, &method, blow, attempt);
        let is_done = first == Attempt::Done;
        // Whatever came of it, the signature that asked for it is worth nothing any more.
        assert_eq!(nonce(), nonce_before + u64::from(by == By::Signature), "{method}, {what}");
        assert_eq!((claims(), world.may_read(bob)), (usize::from(is_done), is_done), "{method}, {what}");
        assert_eq!(attempt(), Attempt::Done, "{method}, after {what}");
        assert_eq!((claims(), world.may_read(bob)), (1, true), "{method}, after {what}");
    }
}

#[test]
fn should_claim_exactly_once_when_the_look_at_the_receipt_is_struck() {
    strike_claims(By::Call, "receipt");
}

#[test]
fn should_claim_exactly_once_when_the_look_at_the_receipt_is_struck_and_a_signature_asked_for_it() {
    strike_claims(By::Signature, "receipt");
}

#[test]
fn should_claim_exactly_once_when_the_consumption_of_the_receipt_is_struck() {
    strike_claims(By::Call, "consume");
}

#[test]
fn should_claim_exactly_once_when_the_consumption_is_struck_and_a_signature_asked_for_it() {
    strike_claims(By::Signature, "consume");
}

#[test]
fn should_remove_a_kind_exactly_once_when_the_look_at_its_circuit_is_struck() {
    strike_reviews(By::Call);
}

#[test]
fn should_remove_a_kind_exactly_once_when_the_look_at_its_circuit_is_struck_and_a_signature_asked_for_it() {
    strike_reviews(By::Signature);
}

fn strike_reviews(by: By) {
    let deployment = deploy(IMMEDIATE);
    let ids = deployment.ids;
    let world = ProofOfAge::new(&deployment);
    world.revoke_circuit();
    let call: Call = (ids.membership, ids.proof_verifier, "circuit");
    let removed = || logged(&world.scene, |event| matches!(event, AuditEvent::ClaimKindRemoved { .. }));
    for blow in blows(&deployment, call) {
        let (what, before) = (blow.what, removed());
        world.let_members_prove_their_age();
        let is_removed = |reason: &_| matches!(reason, MembershipReason::UnknownClaimKind(_));
        let attempt = || ended(world.review(by), is_removed, verifier_unavailable);
        let first = struck(&deployment, call, &"circuit", blow, attempt);
        assert_eq!(removed() - before, usize::from(first == Attempt::Done), "{what}");
        let again = attempt();
        assert_eq!(again, if first == Attempt::Done { Attempt::Already } else { Attempt::Done }, "after {what}");
        assert_eq!(removed() - before, 1, "after {what}");
    }
}

#[test]
fn should_set_a_circuits_status_when_the_step_that_does_is_struck() {
    let context = Cast::new(&mut random()).context_key.context();
    let setup = Setup::default().rules(IMMEDIATE).circuits_decided_by(context);
    let deployment: Deployment<LocalBackend> = setup.on(LocalBackend::new(1)).expect("the four canisters install");
    let ids = deployment.ids;
    let scene = Scene::new(&deployment, random());
    scene.until_circuit().expect("a circuit");
    let circuit = deployment.prover.circuit_id();
    let status = || answered(block_on(scene.anyone().proof_verifier().circuit(circuit))).expect("there").status;
    let call: Call = (ids.governance, ids.proof_verifier, "set_circuit_status");
    let statuses = [CircuitStatus::Deprecated, CircuitStatus::Active];
    for (blow, wanted) in blows(&deployment, call).into_iter().zip(statuses.into_iter().cycle()) {
        let what = blow.what;
        let measure = Measure::Circuit(SetCircuitStatusArg { circuit, status: wanted });
        let proposal = scene.adopt(what, measure).expect("adopted");
        let attempt = || {
            let answer = scene.execute(&scene.cast.carol, proposal);
            if let Ok(Ok(executed)) = &answer {
                assert_eq!(executed.status, Status::Executed, "{what}");
            }
            ended(answer, |_| false, |reason| matches!(reason, GovernanceReason::Unavailable { .. }))
        };
        // What was interrupted may have been done, and the timer goes on with it.
        struck(&deployment, call, &"set_circuit_status", blow, attempt);
        assert_eq!(attempt(), Attempt::Done, "after {what}");
        assert_eq!(status(), wanted, "after {what}");
    }
}
