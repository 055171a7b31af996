//! Every call between canisters, struck by everything that can happen to it.

use crate::{IMMEDIATE, deploy, heal, module_of, random};
use calisec_engine::error::{ErrorCode, Reject};
use calisec_engine::network::{Action as NetworkAction, Fault, Match, Moment};
use calisec_sdk::identity::Identity;
use calisec_testkit::backend::LocalBackend;
use calisec_testkit::scene::{Answer, Minted, answered};
use calisec_testkit::{Deployment, Scene};
use calisec_types::error::{ErrorKind, Reason};
use calisec_types::governance::{BallotsArg, Choice, GovernanceReason, ProposalsArg, Status};
use calisec_types::ids::{NoteId, ProposalId, Seq};
use calisec_types::membership::AuditEvent;
use calisec_types::note_registry::{MintArg, NoteReason, NotesArg, ReleasesArg};
use candid::{Principal, encode_args};
use pollster::block_on;
use std::fmt::Debug;
use std::time::Duration;

/// A call between canisters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Site {
    MintAsksMembership,
    MintConsumesReceipt,
    KeyRequestAsksMembership,
    ProposalAsksForElectorate,
    ProposalValidatesStep,
    VoteAsksForWeight,
    ExecutionAppliesStep,
}

/// What it is about, made anew for every fault.
enum Item {
    Mint(Box<MintArg>),
    Key { note: calisec_types::ids::NoteId, releases_before: usize },
    Propose { title: String, proposer: usize },
    Proposal(ProposalId),
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// As it should.
    Done,
    /// It had been done before.
    Already,
    /// The typed error that says: repeat it.
    Unavailable(String),
    /// The user's message was rejected.
    NoAnswer(String),
}

/// How an attempt must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Done,
    Unavailable,
    NoAnswer,
    DoneOrUnavailable,
}

/// Something that happens to a call.
pub struct Blow {
    /// In words.
    pub what: &'static str,
    fault: Fault,
    expected: Expected,
}

/// A call between canisters: who makes it to whom, and its method.
pub type Call = (Principal, Principal, &'static str);

/// Everything that can happen to one call.
pub fn blows(deployment: &Deployment<LocalBackend>, (caller, callee, _): Call) -> Vec<Blow> {
    let upgrade = |canister| NetworkAction::Upgrade {
        canister,
        wasm: module_of(deployment, canister),
        arg: encode_args(()).expect("encodes"),
    };
    let before_request = |action| Fault::Meanwhile(Moment::BeforeRequest, action);
    let before_answer = |action| Fault::Meanwhile(Moment::BeforeAnswer, action);
    let blow = |what, fault, expected| Blow { what, fault, expected };
    vec![
        blow(
            "the request is refused",
            Fault::RejectRequest(Reject::new(ErrorCode::CanisterQueueFull, "full")),
            Expected::Unavailable,
        ),
        blow(
            "the answer is a reject though the callee did its part",
            Fault::RejectAnswer(Reject::new(ErrorCode::CanisterCalledTrap, "trapped")),
            Expected::Unavailable,
        ),
        blow("the callee traps", Fault::TrapCallee, Expected::Unavailable),
        blow("the request is lost", Fault::DropRequest, Expected::Unavailable),
        blow("the answer is lost", Fault::DropAnswer, Expected::Unavailable),
        blow("the answer comes too late", Fault::DelayAnswer(Duration::from_secs(100)), Expected::Unavailable),
        blow("the request comes too late", Fault::DelayRequest(Duration::from_secs(100)), Expected::Unavailable),
        blow("the answer is late", Fault::DelayAnswer(Duration::from_secs(5)), Expected::Done),
        blow("the request is late", Fault::DelayRequest(Duration::from_secs(5)), Expected::Done),
        blow("the request comes twice", Fault::Duplicate, Expected::Done),
        blow("the callee is stopped", before_request(NetworkAction::Stop(callee)), Expected::Unavailable),
        blow(
            "the callee is out of cycles",
            before_request(NetworkAction::ExhaustCycles(callee)),
            Expected::Unavailable,
        ),
        blow("the callee is upgraded before", before_request(upgrade(callee)), Expected::Done),
        blow("the callee is upgraded after", before_answer(upgrade(callee)), Expected::Done),
        blow("the caller is being stopped", before_answer(NetworkAction::Stop(caller)), Expected::Done),
        blow(
            "the caller is out of cycles",
            before_answer(NetworkAction::ExhaustCycles(caller)),
            Expected::DoneOrUnavailable,
        ),
        blow("the caller is upgraded without being stopped", before_answer(upgrade(caller)), Expected::NoAnswer),
    ]
}

/// A scene in which calls are struck.
struct Ring<'a> {
    scene: Scene<'a, LocalBackend>,
    minted: Minted,
    count: usize,
}

impl<'a> Ring<'a> {
    fn new(deployment: &'a Deployment<LocalBackend>) -> Self {
        let mut scene = Scene::new(deployment, random());
        let minted = scene.until_note(b"a note").expect("a note");
        scene.seal_to_bob(&minted).expect("sealed");
        scene.grant_to_bob(&minted).expect("granted");
        Self { scene, minted, count: 0 }
    }

    fn member(&self, number: usize) -> &Identity {
        let cast = &self.scene.cast;
        [&cast.alice, &cast.bob, &cast.carol][number % 3]
    }

    fn item(&mut self, site: Site) -> Item {
        self.count += 1;
        let title = format!("number {}", self.count);
        match site {
            Site::MintAsksMembership | Site::MintConsumesReceipt => {
                let (_, mint, _) = self.scene.another_receipt(title.as_bytes()).expect("a receipt");
                Item::Mint(Box::new(mint))
            }
            Site::KeyRequestAsksMembership => Item::Key { note: self.minted.note.id, releases_before: self.releases() },
            Site::ProposalAsksForElectorate | Site::ProposalValidatesStep => {
                Item::Propose { title, proposer: self.count }
            }
            Site::VoteAsksForWeight => {
                let change = self.scene.grant(&self.minted, &self.scene.cast.carol);
                let proposal = answered(self.scene.propose(self.member(self.count), &title, change));
                Item::Proposal(proposal.expect("proposed").id)
            }
            Site::ExecutionAppliesStep => {
                // For one note nobody may hold as many.
                let note = NoteId(self.count as u64);
                let change = self.scene.grant_for(note, &self.scene.cast.carol);
                Item::Proposal(self.scene.adopt(&title, change).expect("adopted"))
            }
        }
    }

    fn releases(&self) -> usize {
        let all = ReleasesArg { from: Seq(1), limit: Some(200) };
        block_on(self.scene.anyone().note_registry().releases(&all)).expect("answers").len()
    }

    fn attempt(&self, item: &Item, site: Site) -> Attempt {
        let (scene, cast) = (&self.scene, &self.scene.cast);
        match item {
            Item::Mint(mint) => ended(
                block_on(scene.as_(&cast.alice).note_registry().mint(mint)),
                |reason| matches!(reason, NoteReason::AlreadyMinted(_)),
                |reason| matches!(reason, NoteReason::Unavailable { .. }),
            ),
            Item::Key { note, .. } => ended(
                block_on(scene.as_(&cast.bob).note_registry().request_key(*note)),
                |_| false,
                |reason| matches!(reason, NoteReason::Unavailable { .. }),
            ),
            Item::Propose { title, proposer } => {
                let change = scene.grant(&self.minted, &cast.carol);
                let is_unavailable = |reason: &_| matches!(reason, GovernanceReason::Unavailable { .. });
                ended(scene.propose(self.member(*proposer), title, change), |_| false, is_unavailable)
            }
            Item::Proposal(proposal) if site == Site::VoteAsksForWeight => ended(
                scene.vote(&cast.carol, *proposal, Choice::Adopt),
                |reason| *reason == GovernanceReason::AlreadyVoted,
                |reason| matches!(reason, GovernanceReason::Unavailable { .. }),
            ),
            Item::Proposal(proposal) => {
                let answer = scene.execute(&cast.carol, *proposal);
                if let Ok(Ok(executed)) = &answer {
                    assert_eq!(executed.status, Status::Executed);
                }
                ended(answer, |_| false, |reason| matches!(reason, GovernanceReason::Unavailable { .. }))
            }
        }
    }

    /// How often it was done.
    fn effects(&self, item: &Item, site: Site) -> usize {
        let (scene, context) = (&self.scene, self.scene.context());
        match item {
            Item::Mint(mint) => {
                let all = NotesArg { context, after: None, limit: Some(200) };
                let page = answered(block_on(scene.anyone().note_registry().notes(&all))).expect("answers");
                page.notes.iter().filter(|note| note.receipt == mint.receipt).count()
            }
            Item::Key { releases_before, .. } => self.releases() - releases_before,
            Item::Propose { title, .. } => {
                let all = ProposalsArg { context, after: None, limit: Some(200) };
                let page = answered(block_on(scene.anyone().governance().proposals(&all))).expect("answers");
                page.proposals.iter().filter(|proposal| proposal.title == *title).count()
            }
            Item::Proposal(id) if site == Site::VoteAsksForWeight => {
                let all = BallotsArg { proposal: *id, after: None, limit: Some(200) };
                let ballots = answered(block_on(scene.anyone().governance().ballots(&all))).expect("answers").ballots;
                let proposal = answered(block_on(scene.anyone().governance().proposal(*id))).expect("exists");
                assert_eq!(proposal.tally.adopt.0, ballots.iter().map(|ballot| ballot.weight.0).sum::<u64>());
                ballots.len()
            }
            Item::Proposal(id) => {
                let (_, log) = scene.verified_audit_log().expect("the log is whole");
                log.iter()
                    .filter(|entry| matches!(&entry.event, AuditEvent::Granted { grant } if grant.proposal == *id))
                    .count()
            }
        }
    }
}

/// How an answer is to be taken.
pub fn ended<T: Debug, R: Reason + Debug>(
    answer: Answer<T, R>,
    is_already: impl FnOnce(&R) -> bool,
    is_unavailable: impl FnOnce(&R) -> bool,
) -> Attempt {
    match answer {
        Ok(Ok(_)) => Attempt::Done,
        Err(error) => Attempt::NoAnswer(error.to_string()),
        Ok(Err(error)) => {
            let reason = error.reason.as_ref().expect("every error has a reason");
            if is_already(reason) {
                Attempt::Already
            } else if is_unavailable(reason) {
                assert_eq!(error.kind, ErrorKind::Temporary);
                Attempt::Unavailable(error.message)
            } else {
                panic!("another refusal: {error:?}")
            }
        }
    }
}

/// Attempts something while its first call of this kind is struck, which must end as expected; then undoes what that did to canisters.
pub fn struck(
    deployment: &Deployment<LocalBackend>,
    (caller, callee, method): Call,
    about: &dyn Debug,
    Blow { what, fault, expected }: Blow,
    attempt: impl FnOnce() -> Attempt,
) -> Attempt {
    let struck_before = {
        let mut network = deployment.backend.network();
        let matching = Match::any().caller(caller).callee(callee).method(method).nth(1);
        network.faults_mut().on(matching, fault);
        network.faults().injected().len()
    };
    let attempt = attempt();
    {
        let network = deployment.backend.network();
        let struck = &network.faults().injected()[struck_before..];
        assert!(struck.len() == 1 && struck[0].applied, "{about:?}, {what}: struck {struck:?}");
    }
    let is_expected = match expected {
        Expected::Done => attempt == Attempt::Done,
        Expected::Unavailable => matches!(attempt, Attempt::Unavailable(_)),
        Expected::NoAnswer => matches!(attempt, Attempt::NoAnswer(_)),
        Expected::DoneOrUnavailable => matches!(attempt, Attempt::Done | Attempt::Unavailable(_)),
    };
    assert!(is_expected, "{about:?}, {what}: {attempt:?}, not {expected:?}");
    heal(deployment);
    attempt
}

fn strike(site: Site) {
    let deployment = deploy(IMMEDIATE);
    let ids = deployment.ids;
    let call = match site {
        Site::MintAsksMembership => (ids.note_registry, ids.membership, "decide"),
        Site::KeyRequestAsksMembership => (ids.note_registry, ids.membership, "decide_and_use"),
        Site::MintConsumesReceipt => (ids.note_registry, ids.proof_verifier, "consume"),
        Site::ProposalAsksForElectorate => (ids.governance, ids.membership, "electorate"),
        Site::ProposalValidatesStep => (ids.governance, ids.membership, "validate_change"),
        Site::VoteAsksForWeight => (ids.governance, ids.membership, "voting_weight"),
        Site::ExecutionAppliesStep => (ids.governance, ids.membership, "apply"),
    };
    let mut ring = Ring::new(&deployment);
    for Blow { what, fault, expected } in blows(&deployment, call) {
        let item = ring.item(site);
        let attempt = struck(&deployment, call, &site, Blow { what, fault, expected }, || ring.attempt(&item, site));
        let effects = ring.effects(&item, site);
        if attempt == Attempt::Done {
            assert_eq!(effects, 1, "{site:?}, {what}");
        } else if site == Site::ExecutionAppliesStep {
            // The callee may have done its part; and the timer has tried again by now.
            assert!(effects <= 1, "{site:?}, {what}: {effects} effects");
        } else {
            assert_eq!(effects, 0, "{site:?}, {what}");
        }
        // The same again goes through; what can be repeated at any time is, and has no second effect.
        if attempt != Attempt::Done || matches!(item, Item::Mint(_) | Item::Proposal(_)) {
            let again = ring.attempt(&item, site);
            assert!(matches!(again, Attempt::Done | Attempt::Already), "{site:?}, after {what}: {again:?}");
        }
        assert_eq!(ring.effects(&item, site), 1, "{site:?}, after {what}");
    }
    ring.scene.verified_audit_log().expect("the log is whole");
}

#[test]
fn should_mint_exactly_once_when_the_question_to_membership_is_struck() {
    strike(Site::MintAsksMembership);
}

#[test]
fn should_mint_exactly_once_when_the_consumption_of_the_receipt_is_struck() {
    strike(Site::MintConsumesReceipt);
}

#[test]
fn should_release_a_key_only_on_an_answer_when_the_question_to_membership_is_struck() {
    strike(Site::KeyRequestAsksMembership);
}

#[test]
fn should_propose_exactly_once_when_the_question_for_the_electorate_is_struck() {
    strike(Site::ProposalAsksForElectorate);
}

#[test]
fn should_propose_exactly_once_when_the_validation_of_a_step_is_struck() {
    strike(Site::ProposalValidatesStep);
}

#[test]
fn should_count_a_vote_exactly_once_when_the_question_for_its_weight_is_struck() {
    strike(Site::VoteAsksForWeight);
}

#[test]
fn should_apply_a_step_exactly_once_when_its_application_is_struck() {
    strike(Site::ExecutionAppliesStep);
}
