//! Two messages at once, in every order in which they can meet.

use crate::{IMMEDIATE, deploy, random};
use calisec_engine::network::{Fault, Match, MessageKind};
use calisec_engine::{Network, Reject};
use calisec_testkit::backend::LocalBackend;
use calisec_testkit::scene::{Minted, answered};
use calisec_testkit::setup::STORY_RULES;
use calisec_testkit::{Deployment, Scene};
use calisec_tests::{Sent, receive, send};
use calisec_types::error::ApiError;
use calisec_types::governance::{
    BallotsArg, Choice, GovernanceError, GovernanceReason, Proposal, Status, Tally, VoteArg,
};
use calisec_types::ids::{NoteId, ProposalId, Seq};
use calisec_types::membership::{AuditEvent, Change};
use calisec_types::note_registry::icrc7::{TransferArg, TransferResult};
use calisec_types::note_registry::{Note, NoteError, NoteReason, NotesArg, ReleasedKey, ReleasesArg};
use candid::Nat;
use icrc_ledger_types::icrc1::account::Account;
use pollster::block_on;
use std::fmt::Debug;
use std::time::Duration;

/// Messages after which the second one is sent at the latest: more than any of these methods takes.
const LATEST: usize = 8;

/// Runs that many messages.
fn step(network: &mut Network, messages: usize) {
    for _ in 0..messages {
        network.step();
    }
}

/// What became of a message: a reject, or a canister's answer.
type Replied<T, E> = Result<Result<T, E>, Reject>;

/// What two equal requests came to: one is served, the other hears that it is being served, or was.
fn served_once<T: Debug, R: Debug + PartialEq>(
    what: &str,
    answers: [Replied<T, ApiError<R>>; 2],
    expected: impl Fn(&R) -> bool,
) {
    let answers = answers.map(|answer| answer.unwrap_or_else(|reject| panic!("{what}: {reject}")));
    let served = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(served, 1, "{what}: {answers:?}");
    for refused in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert!(refused.reason.as_ref().is_some_and(&expected), "{what}: {refused:?}");
    }
}

#[test]
fn should_mint_one_note_when_a_receipt_is_minted_twice_at_once() {
    let deployment = deploy(STORY_RULES);
    let mut scene = Scene::new(&deployment, random());
    scene.until_circuit().expect("a circuit");
    let alice = scene.cast.alice.principal();
    for between in 0..LATEST {
        let (receipt, mint, _) = scene.another_receipt(&[between as u8]).expect("a receipt");
        let answers: [Replied<Note, NoteError>; 2] = {
            let network = &mut deployment.backend.network();
            let first = send(network, alice, deployment.ids.note_registry, "mint", (&mint,));
            step(network, between);
            let second = send(network, alice, deployment.ids.note_registry, "mint", (&mint,));
            [first, second].map(|sent| receive(network, sent))
        };
        served_once(&format!("{between} messages between"), answers, |reason| {
            matches!(reason, NoteReason::InProgress | NoteReason::AlreadyMinted(_))
        });
        let all = NotesArg { context: scene.context(), after: None, limit: Some(200) };
        let notes = answered(block_on(scene.anyone().note_registry().notes(&all))).expect("answers").notes;
        assert_eq!(notes.iter().filter(|note| note.receipt == receipt).count(), 1);
        assert_eq!(notes.len(), between + 1);
    }
}

#[test]
fn should_count_one_vote_when_a_member_votes_twice_at_once() {
    let deployment = deploy(STORY_RULES);
    let mut scene = Scene::new(&deployment, random());
    let minted = scene.until_note(b"a note").expect("a note");
    let carol = scene.cast.carol.principal();
    for between in 0..LATEST {
        let change = scene.grant(&minted, &scene.cast.bob);
        let proposal = answered(scene.propose(&scene.cast.carol, "A title", change)).expect("proposed").id;
        let votes = [Choice::Adopt, Choice::Reject].map(|choice| VoteArg { proposal, choice });
        let answers: [Replied<Tally, GovernanceError>; 2] = {
            let network = &mut deployment.backend.network();
            let first = send(network, carol, deployment.ids.governance, "vote", (votes[0],));
            step(network, between);
            let second = send(network, carol, deployment.ids.governance, "vote", (votes[1],));
            [first, second].map(|sent| receive(network, sent))
        };
        served_once(&format!("{between} messages between"), answers, |reason| {
            matches!(reason, GovernanceReason::InProgress | GovernanceReason::AlreadyVoted)
        });
        let ballots = BallotsArg { proposal, after: None, limit: None };
        let ballots = answered(block_on(scene.anyone().governance().ballots(&ballots))).expect("answers").ballots;
        let tally = answered(block_on(scene.anyone().governance().proposal(proposal))).expect("exists").tally;
        assert_eq!((ballots.len(), tally.adopt.0 + tally.reject.0), (1, 1));
    }
}

#[test]
fn should_apply_once_when_a_proposal_is_executed_twice_at_once() {
    let deployment = deploy(IMMEDIATE);
    let mut scene = Scene::new(&deployment, random());
    scene.until_note(b"a note").expect("a note");
    let [alice, carol] = [&scene.cast.alice, &scene.cast.carol].map(|who| who.principal());
    for between in 0..LATEST {
        let change = scene.grant_for(NoteId(between as u64), &scene.cast.bob);
        let proposal = scene.adopt("A title", change).expect("adopted");
        let answers: [Replied<Proposal, GovernanceError>; 2] = {
            let network = &mut deployment.backend.network();
            let first = send(network, alice, deployment.ids.governance, "execute", (proposal,));
            step(network, between);
            let second = send(network, carol, deployment.ids.governance, "execute", (proposal,));
            [first, second].map(|sent| receive(network, sent))
        };
        for answer in answers {
            match answer.expect("answers") {
                Ok(executed) => assert_eq!(executed.status, Status::Executed),
                Err(error) => assert_eq!(error.reason, Some(GovernanceReason::InProgress)),
            }
        }
        let (_, log) = scene.verified_audit_log().expect("the log is whole");
        assert_eq!(log.iter().filter(|entry| is_grant_of(&entry.event, proposal)).count(), 1);
    }
}

fn is_grant_of(event: &AuditEvent, proposal: ProposalId) -> bool {
    matches!(event, AuditEvent::Granted { grant } if grant.proposal == proposal)
}

/// Bob's note, granted, with the adopted proposal that takes the grant back.
fn until_revocable(deployment: &Deployment<LocalBackend>) -> (Scene<'_, LocalBackend>, Minted, ProposalId) {
    let mut scene = Scene::new(deployment, random());
    let minted = scene.until_note(b"a note").expect("a note");
    scene.seal_to_bob(&minted).expect("sealed");
    let grant = scene.grant_to_bob(&minted).expect("granted");
    let revoking = scene.adopt("Take it back", Change::Revoke { grant }).expect("adopted");
    (scene, minted, revoking)
}

/// Every release rests on a decision that was taken while the grant was in force; and there is none once it is revoked.
fn check_releases(what: &str, scene: &Scene<'_, LocalBackend>, minted: &Minted) {
    let (_, log) = scene.verified_audit_log().expect("the log is whole");
    let seq_of = |is: fn(&AuditEvent) -> bool| log.iter().find(|entry| is(&entry.event)).map(|entry| entry.seq);
    let granted = seq_of(|event| matches!(event, AuditEvent::Granted { .. })).expect("granted");
    let revoked = seq_of(|event| matches!(event, AuditEvent::Revoked { .. })).expect("revoked in the end");
    let all = ReleasesArg { from: Seq(1), limit: None };
    for release in block_on(scene.anyone().note_registry().releases(&all)).expect("answers") {
        assert!((granted..revoked).contains(&release.decided_at), "{what}: {release:?}, revoked at {revoked}");
    }
    let after = block_on(scene.as_(&scene.cast.bob).note_registry().request_key(minted.note.id)).expect("answers");
    let error = after.expect_err("the grant was taken back");
    assert!(matches!(error.reason, Some(NoteReason::AccessDenied { .. })), "{what}: {error:?}");
}

#[test]
fn should_release_no_key_on_a_decision_after_the_revocation_when_the_two_race() {
    for (request_first, between) in (0..LATEST).flat_map(|between| [(true, between), (false, between)]) {
        let what = format!("request first: {request_first}, {between} messages between");
        let deployment = deploy(IMMEDIATE);
        let (scene, minted, revoking) = until_revocable(&deployment);
        let [bob, carol] = [&scene.cast.bob, &scene.cast.carol].map(|who| who.principal());
        let released: Result<ReleasedKey, NoteError> = {
            let network = &mut deployment.backend.network();
            let ids = deployment.ids;
            let request =
                |network: &mut Network| send(network, bob, ids.note_registry, "request_key", (minted.note.id,));
            let revoke = |network: &mut Network| send(network, carol, ids.governance, "execute", (revoking,));
            let (request, revoke) = if request_first {
                let request = request(network);
                step(network, between);
                (request, revoke(network))
            } else {
                let revoke = revoke(network);
                step(network, between);
                (request(network), revoke)
            };
            let executed: Result<Proposal, GovernanceError> = receive(network, revoke).expect("answers");
            assert_eq!(executed.expect("executes").status, Status::Executed);
            receive(network, request).expect("answers")
        };
        if let Err(error) = released {
            assert!(matches!(error.reason, Some(NoteReason::AccessDenied { .. })), "{what}: {error:?}");
        }
        check_releases(&what, &scene, &minted);
    }
}

/// The decision is on its way for twenty seconds, and the grant is taken back meanwhile. The release that may follow was
/// decided before; later ones are not.
#[test]
fn should_rest_on_an_earlier_decision_when_its_answer_is_slower_than_the_revocation() {
    let deployment = deploy(IMMEDIATE);
    let (scene, minted, revoking) = until_revocable(&deployment);
    let bob = scene.cast.bob.principal();
    let request: Sent = {
        let network = &mut deployment.backend.network();
        let slow = Match::any().caller(deployment.ids.note_registry).method("decide_and_use").nth(1);
        network.faults_mut().on(slow, Fault::DelayAnswer(Duration::from_secs(20)));
        let request = send(network, bob, deployment.ids.note_registry, "request_key", (minted.note.id,));
        step(network, 4);
        request
    };
    assert_eq!(answered(scene.execute(&scene.cast.carol, revoking)).expect("executes").status, Status::Executed);
    let answer: Result<ReleasedKey, NoteError> = receive(&mut deployment.backend.network(), request).expect("answers");
    assert_eq!(answer.map(|released| released.note), Ok(minted.note.id));
    check_releases("a slow decision", &scene, &minted);
}

#[test]
fn should_release_no_key_of_an_earlier_epoch_when_the_note_is_transferred_meanwhile() {
    for between in 0..LATEST {
        let what = format!("{between} messages between");
        let deployment = deploy(STORY_RULES);
        let mut scene = Scene::new(&deployment, random());
        let minted = scene.until_note(b"a note").expect("a note");
        scene.seal_to_bob(&minted).expect("sealed");
        scene.grant_to_bob(&minted).expect("granted");
        let [alice, bob, carol] = [&scene.cast.alice, &scene.cast.bob, &scene.cast.carol].map(|who| who.principal());
        let transfer = TransferArg {
            from_subaccount: None,
            to: Account { owner: carol, subaccount: None },
            token_id: Nat::from(minted.note.id.0),
            memo: None,
            created_at_time: None,
        };
        let network = &mut deployment.backend.network();
        network.take_executions();
        let request = send(network, bob, deployment.ids.note_registry, "request_key", (minted.note.id,));
        step(network, between);
        let transferred = send(network, alice, deployment.ids.note_registry, "icrc7_transfer", (vec![transfer],));
        let transferred: Vec<Option<TransferResult>> = receive(network, transferred).expect("answers");
        assert!(matches!(transferred.as_slice(), [Some(Ok(_))]), "{what}: {transferred:?}");
        let answer: Result<ReleasedKey, NoteError> = receive(network, request).expect("answers");
        let executions = network.take_executions();
        let position = |kind, method| {
            executions.iter().position(|one| one.kind == kind && one.method == method).expect("was executed")
        };
        let requested = position(MessageKind::Update, "request_key");
        let decided = position(MessageKind::ReplyCallback, "request_key");
        let moved = position(MessageKind::Update, "icrc7_transfer");
        match answer {
            Ok(released) => {
                assert!(decided < moved, "{what}: released after the transfer");
                assert_eq!(released.key_epoch, minted.note.key_epoch, "{what}");
            }
            Err(error) if moved < requested => {
                assert!(matches!(error.reason, Some(NoteReason::NoEnvelope(_))), "{what}: {error:?}");
            }
            Err(error) => {
                assert!(moved < decided, "{what}: {error:?}");
                assert_eq!(error.reason, Some(NoteReason::Changed), "{what}");
            }
        }
    }
}
