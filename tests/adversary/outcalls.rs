//! The one call that membership makes, to a server outside, struck by everything that can happen to it.

use crate::{deploy, heal, module_of, random};
use calisec_engine::error::{ErrorCode, Reject};
use calisec_engine::network::{Action, Fault, HttpResponse, Match, MessageId, Moment, OutcallAnswer};
use calisec_testkit::backend::{Backend, LocalBackend};
use calisec_testkit::setup::STORY_RULES;
use calisec_testkit::{Deployment, Scene};
use calisec_tests::by::By;
use calisec_types::ids::{ApplicationId, StateRoot};
use calisec_types::membership::{
    AuditArg, AuditEvent, FetchFailure, FetchOutcome, FetchStateArg, FetchedState, MembershipError, MembershipReason,
    Request, SetNodeArg, SignedRequest,
};
use candid::{Principal, decode_one, encode_args, encode_one};
use pollster::block_on;
use serde_bytes::ByteBuf;
use std::time::Duration;

/// How a question ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    /// With what the node said.
    Heard,
    /// With a failure on record.
    Failed,
    /// The canister's message is rejected: nothing is on record but that it was asked.
    Unheard,
}

/// A question under way.
struct Asked {
    by: By,
    id: MessageId,
}

fn begin(scene: &Scene<'_, LocalBackend>, by: By) -> Asked {
    let question = FetchStateArg { context: scene.context() };
    let (caller, method, arg) = match by {
        By::Call => (scene.cast.dana.principal(), "fetch_state", encode_one(question)),
        By::Signature => (Principal::anonymous(), "submit_request", encode_one(signed(scene))),
    };
    let mut network = scene.deployment.backend.network();
    let canister = scene.deployment.ids.membership;
    let id = network.submit_update(caller, canister, method, &arg.expect("encodes")).expect("taken in");
    network.run_until_idle(20);
    Asked { by, id }
}

/// Dana's signature for a question, under her next nonce.
fn signed(scene: &Scene<'_, LocalBackend>) -> SignedRequest {
    let dana = &scene.cast.dana;
    let last = block_on(scene.anyone().membership().request_nonce(dana.account())).expect("answers");
    let question = FetchStateArg { context: scene.context() };
    scene.sign_requests(dana, last).sign(Request::FetchState(question), scene.soon())
}

/// Answers what waits, and then waits for the canister.
fn end(scene: &Scene<'_, LocalBackend>, asked: &Asked) -> Option<Result<FetchedState, MembershipError>> {
    let mut network = scene.deployment.backend.network();
    let body = format!(
        "{{\"data\":{{\"id\":\"{}\",\"applicationId\":\"{}\",\"contextStateHash\":\"{}\"}}}}",
        scene.context(),
        ApplicationId([7; 32]),
        StateRoot([1; 32])
    );
    for outcall in network.pending_outcalls() {
        let response = HttpResponse { status: 200, headers: Vec::new(), body: body.clone().into_bytes() };
        network.answer_outcall(outcall.id, OutcallAnswer::Response(response)).expect("it waits");
    }
    let reply = network.await_update(asked.id).ok()?;
    Some(match asked.by {
        By::Call => decode_one(&reply).expect("decodes"),
        By::Signature => decode_one::<Result<ByteBuf, MembershipError>>(&reply)
            .expect("decodes")
            .map(|reply| decode_one(&reply).expect("what fetch_state answers")),
    })
}

fn asked_and_answered(scene: &Scene<'_, LocalBackend>) -> (usize, usize) {
    let head = block_on(scene.anyone().membership().audit_head()).expect("answers").seq;
    let from = calisec_types::ids::Seq(head.0.saturating_sub(150));
    let entries =
        block_on(scene.anyone().membership().audit_log(&AuditArg { from, limit: Some(200) })).expect("answers");
    let count = |kind: fn(&AuditEvent) -> bool| entries.iter().filter(|entry| kind(&entry.event)).count();
    (
        count(|event| matches!(event, AuditEvent::NodeAsked { .. })),
        count(|event| matches!(event, AuditEvent::NodeAnswered { .. })),
    )
}

fn blows(deployment: &Deployment<LocalBackend>) -> Vec<(&'static str, Fault, Ends)> {
    let membership = deployment.ids.membership;
    let upgrade = || Action::Upgrade {
        canister: membership,
        wasm: module_of(deployment, membership),
        arg: encode_args(()).expect("encodes"),
    };
    let before_answer = |action| Fault::Meanwhile(Moment::BeforeAnswer, action);
    vec![
        ("refused", Fault::RejectRequest(Reject::new(ErrorCode::CanisterQueueFull, "full")), Ends::Failed),
        (
            "the answer is a reject",
            Fault::RejectAnswer(Reject::new(ErrorCode::CanisterRejectedMessage, "no consensus")),
            Ends::Failed,
        ),
        ("the request is lost", Fault::DropRequest, Ends::Failed),
        ("the answer is lost", Fault::DropAnswer, Ends::Failed),
        ("the answer comes too late", Fault::DelayAnswer(Duration::from_secs(200)), Ends::Failed),
        ("the answer is late", Fault::DelayAnswer(Duration::from_secs(5)), Ends::Heard),
        ("the canister is being stopped", before_answer(Action::Stop(membership)), Ends::Heard),
        ("the canister is upgraded without being stopped", before_answer(upgrade()), Ends::Unheard),
    ]
}

#[test]
fn should_ask_once_record_what_came_of_it_and_ask_again_later_whatever_happens() {
    strike(By::Call);
}

#[test]
fn should_ask_once_record_what_came_of_it_and_ask_again_later_when_a_signature_asked_for_it() {
    strike(By::Signature);
}

fn strike(by: By) {
    let deployment = deploy(STORY_RULES);
    let scene = Scene::new(&deployment, random());
    scene.until_members().expect("members");
    let node = SetNodeArg { context: scene.context(), url: Some("https://node.example.org".to_owned()) };
    let dana = scene.as_(&scene.cast.dana).membership();
    block_on(dana.set_node(&node)).expect("answers").expect("sets");
    for (what, fault, expected) in blows(&deployment) {
        let (asked, answered) = asked_and_answered(&scene);
        let at = Match::any().callee(Principal::management_canister()).method("http_request");
        deployment.backend.network().faults_mut().on(at, fault);
        let asked_for = begin(&scene, by);
        let outcome = end(&scene, &asked_for).map(|answer| answer.expect("asked").outcome);
        heal(&deployment);
        let struck = deployment.backend.network().faults().injected().last().is_some_and(|fault| fault.applied);
        assert!(struck, "{what}: nothing was struck");
        let (asked_now, answered_now) = asked_and_answered(&scene);
        assert_eq!(asked_now, asked + 1, "{what}: asked once, and paid for once");
        match expected {
            Ends::Heard => assert_eq!(outcome, Some(FetchOutcome::NothingToCompare), "{what}"),
            Ends::Failed => {
                let failed = matches!(outcome, Some(FetchOutcome::Failed(FetchFailure::NoResponse(_))));
                assert!(failed, "{what}: {outcome:?}");
            }
            Ends::Unheard => assert_eq!(outcome, None, "{what}"),
        }
        assert_eq!(answered_now, answered + usize::from(expected != Ends::Unheard), "{what}: on record");
        assert_eq!(deployment.backend.network().pending_outcalls(), [], "{what}: nothing is left waiting");
        let asked_for = begin(&scene, by);
        let again = end(&scene, &asked_for).expect("answers").expect("asks");
        assert_eq!(again.outcome, FetchOutcome::NothingToCompare, "{what}: and then it goes on");
        deployment.backend.advance(Duration::from_secs(61));
    }
}

#[test]
fn should_not_ask_twice_at_a_time_nor_stay_marked_when_the_canister_was_upgraded() {
    let deployment = deploy(STORY_RULES);
    let scene = Scene::new(&deployment, random());
    scene.until_members().expect("members");
    let arg = SetNodeArg { context: scene.context(), url: Some("https://node.example.org".to_owned()) };
    let dana = scene.as_(&scene.cast.dana).membership();
    block_on(dana.set_node(&arg)).expect("answers").expect("sets");
    let first = begin(&scene, By::Call);
    let ask = || block_on(dana.fetch_state(&FetchStateArg { context: scene.context() })).expect("answers");
    let refused = ask().map_err(|error| error.reason);
    assert_eq!(refused, Err(Some(MembershipReason::FetchInProgress)));
    let (id, module) = (deployment.ids.membership, module_of(&deployment, deployment.ids.membership));
    deployment.backend.upgrade(id, &module, &encode_args(()).expect("encodes")).expect("upgrades");
    let refused = ask().map_err(|error| error.reason);
    assert!(
        matches!(refused, Err(Some(MembershipReason::FetchTooSoon { .. }))),
        "paid for and remembered: {refused:?}"
    );
    assert_eq!(end(&scene, &first), None, "the new module knows nothing of the question");
    deployment.backend.advance(Duration::from_secs(61));
    let again = begin(&scene, By::Call);
    assert_eq!(end(&scene, &again).expect("answers").expect("asks").outcome, FetchOutcome::NothingToCompare);
}

/// Every question costs cycles: a relay that repeats one signature must not spend them.
#[test]
fn should_ask_once_when_a_relay_repeats_a_signature_while_the_canister_waits_and_after() {
    let deployment = deploy(STORY_RULES);
    let scene = Scene::new(&deployment, random());
    scene.until_members().expect("members");
    let node = SetNodeArg { context: scene.context(), url: Some("https://node.example.org".to_owned()) };
    block_on(scene.as_(&scene.cast.dana).membership().set_node(&node)).expect("answers").expect("sets");
    let request = signed(&scene);
    let relay = || block_on(scene.anyone().membership().submit_request(&request)).expect("answers");
    let (asked, answered) = asked_and_answered(&scene);
    let first = begin(&scene, By::Signature);
    let replayed = || relay().map_err(|error| error.reason);
    let refusal = Err(Some(MembershipReason::NonceTooLow { last: 1 }));
    assert_eq!((replayed(), replayed()), (refusal.clone(), refusal.clone()), "while it waits");
    assert_eq!(deployment.backend.network().pending_outcalls().len(), 1);
    end(&scene, &first).expect("answers").expect("asks");
    deployment.backend.advance(Duration::from_secs(61));
    assert_eq!(replayed(), refusal, "when another question could be asked");
    assert_eq!(asked_and_answered(&scene), (asked + 1, answered + 1));
}
