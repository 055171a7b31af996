//! The whole story in a storm: everything is lost, doubled, delayed and refused at random, and repeated until it is done.
//! Whatever happened on the way, what is left in the end is what a simple model says.

use crate::{heal, random};
use calisec_engine::network::Frequencies;
use calisec_sdk::note::NoteKey;
use calisec_testkit::backend::{Backend, LocalBackend};
use calisec_testkit::scene::{Answer, Minted, Proved, answered, grant_of};
use calisec_testkit::setup::STORY_RULES;
use calisec_testkit::{Scene, Setup};
use calisec_types::error::{ApiError, ErrorKind, Reason};
use calisec_types::governance::{BallotsArg, Choice, GovernanceReason, Proposal, Status};
use calisec_types::ids::{GrantId, ProposalId, Seq};
use calisec_types::membership::{AuditEvent, Change, GrantsArg, MembersArg, MembershipReason, RemoveMemberArg};
use calisec_types::note_registry::{NoteReason, NotesArg, ReleasesArg};
use calisec_types::proof_verifier::{ProofReason, SubmitArg};
use pollster::block_on;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::OnceLock;
use std::time::Duration;

const SEEDS: std::ops::Range<u64> = 0..30;
/// How often somebody tries before concluding that it is stuck.
const PATIENCE: usize = 60;
/// Per thousand requests or answers; about every third message is struck.
const STORM: Frequencies = Frequencies {
    drop_request: 50,
    duplicate: 60,
    reject_request: 50,
    trap_callee: 50,
    drop_answer: 60,
    delay_answer: 60,
    longest_delay: Duration::from_secs(40),
};

/// Repeats until it is done; or answers with the reason that says that it was done by an attempt whose answer got lost.
fn persist<T: Debug, R: Reason + Debug>(
    what: &str,
    act: impl Fn() -> Answer<T, R>,
    done_earlier: impl Fn(&R) -> bool,
) -> Result<T, R> {
    for _ in 0..PATIENCE {
        match act() {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(ApiError { reason: Some(reason), .. })) if done_earlier(&reason) => return Err(reason),
            Ok(Err(error)) => assert_eq!(error.kind, ErrorKind::Temporary, "{what}: {error:?}"),
            Err(_) => {}
        }
    }
    panic!("{what}: not done after {PATIENCE} attempts")
}

/// One proof for all storms: network and people are the same in each.
fn proved(scene: &mut Scene<'_, LocalBackend>) -> Proved {
    static PROOF: OnceLock<(SubmitArg, Vec<u8>, NoteKey)> = OnceLock::new();
    let (submission, ciphertext, key) = PROOF.get_or_init(|| {
        let Proved { submission, ciphertext, key } = scene.another_proof(b"a note in a storm").expect("a proof");
        (submission, ciphertext, key)
    });
    Proved { submission: submission.clone(), ciphertext: ciphertext.clone(), key: key.clone() }
}

/// How many messages were struck.
fn weather(seed: u64) -> usize {
    let deployment = Setup::default().on(LocalBackend::new(1)).expect("the four canisters install");
    let mut scene = Scene::new(&deployment, random());
    let proved = proved(&mut scene);
    deployment.backend.network().faults_mut().randomly(seed, STORM);

    let minted = until_minted(&scene, &proved);
    let deposit = scene.envelope_for_bob(&minted).expect("sealed");
    persist("deposit", || block_on(scene.as_(&scene.cast.alice).note_registry().deposit_envelope(&deposit)), |_| false)
        .expect("depositing is never done earlier");
    let (granting, granted) = decide(&scene, "Let Bob read", &scene.grant(&minted, &scene.cast.bob));
    let grant = grant_of(&granted).expect("a grant");
    let released = persist(
        "request the key",
        || block_on(scene.as_(&scene.cast.bob).note_registry().request_key(minted.note.id)),
        |_| false,
    );
    let revoking = decide(&scene, "Take it back", &Change::Revoke { grant }).0;
    let bob = RemoveMemberArg { context: scene.context(), account: scene.cast.bob.account() };
    drop(persist(
        "remove Bob",
        || block_on(scene.as_(&scene.cast.dana).membership().remove_member(&bob)),
        |reason| matches!(reason, MembershipReason::UnknownMember(_)),
    ));

    heal(&deployment);
    let struck = deployment.backend.network().faults().injected().iter().filter(|fault| fault.applied).count();
    let sealed = released.expect("Bob got the key").envelope;
    assert_eq!(scene.read(&minted, &scene.cast.bob, &sealed).expect("opens"), b"a note in a storm");
    compare_with_model(&scene, &minted, grant, [granting, revoking]);
    struck
}

fn until_minted(scene: &Scene<'_, LocalBackend>, proved: &Proved) -> Minted {
    let cast = &scene.cast;
    let exists = |reason: &_| matches!(reason, MembershipReason::ContextExists(_));
    drop(persist("register the context", || scene.register_context(), exists));
    for (member, role) in [(&cast.alice, "contributor"), (&cast.bob, "reader"), (&cast.carol, "reader")] {
        persist("add a member", || scene.add_member(member, role), |_| false).expect("adding is never done earlier");
    }
    let exists = |reason: &_| matches!(reason, ProofReason::CircuitExists(_));
    drop(persist("register the circuit", || scene.register_circuit(), exists));

    let alice = scene.as_(&cast.alice);
    let proven = |reason: &_| matches!(reason, ProofReason::AlreadyProven(_));
    let submit = || block_on(alice.proof_verifier().submit(&proved.submission));
    let receipt = match persist("submit the proof", submit, proven) {
        Ok(receipt) => receipt.id,
        Err(ProofReason::AlreadyProven(receipt)) => receipt,
        Err(reason) => unreachable!("{reason}"),
    };
    let mint = scene.mint_arg(receipt, &proved.ciphertext);
    let minted = |reason: &_| matches!(reason, NoteReason::AlreadyMinted(_));
    let note = match persist("mint", || block_on(alice.note_registry().mint(&mint)), minted) {
        Ok(note) => note,
        Err(NoteReason::AlreadyMinted(id)) => answered(block_on(alice.note_registry().note(id))).expect("exists"),
        Err(reason) => unreachable!("{reason}"),
    };
    Minted { note, key: proved.key.clone() }
}

/// A proposal that is adopted and executed. A proposal whose answer got lost stays behind, without votes.
fn decide(scene: &Scene<'_, LocalBackend>, title: &str, change: &Change) -> (ProposalId, Proposal) {
    let cast = &scene.cast;
    let proposed = persist("propose", || scene.propose(&cast.carol, title, change.clone()), |_| false);
    let proposal = proposed.expect("proposing is never done earlier").id;
    for voter in [&cast.carol, &cast.alice] {
        // The second of two votes decides, so that a repeated one may find the vote over.
        let voted = |reason: &_| matches!(reason, GovernanceReason::AlreadyVoted | GovernanceReason::VotingOver);
        drop(persist("vote", || scene.vote(voter, proposal, Choice::Adopt), voted));
    }
    scene.deployment.backend.advance(Duration::from_secs(STORY_RULES.timelock_seconds + 1));
    let executed = persist("execute", || scene.execute(&cast.bob, proposal), |_| false).expect("executed");
    assert_eq!(executed.status, Status::Executed);
    (proposal, executed)
}

fn compare_with_model(scene: &Scene<'_, LocalBackend>, minted: &Minted, grant: GrantId, proposals: [ProposalId; 2]) {
    let (anyone, context, cast) = (scene.anyone(), scene.context(), &scene.cast);
    let members = MembersArg { context, after: None, limit: None };
    let members = answered(block_on(anyone.membership().members(&members))).expect("answers").members;
    let mut expected = [cast.alice.account(), cast.carol.account()];
    expected.sort();
    assert_eq!(members.iter().map(|member| member.account).collect::<Vec<_>>(), expected);
    let grants = GrantsArg { context, after: None, limit: None };
    assert_eq!(answered(block_on(anyone.membership().grants(&grants))).expect("answers").grants, []);

    // One event per thing that happened, however often it was asked for.
    let (_, log) = scene.verified_audit_log().expect("the log is whole");
    let happened = |is: &dyn Fn(&AuditEvent) -> bool| log.iter().filter(|entry| is(&entry.event)).count();
    assert_eq!(happened(&|event| matches!(event, AuditEvent::ContextRegistered { .. })), 1);
    assert_eq!(happened(&|event| matches!(event, AuditEvent::MemberSet { .. })), 3);
    assert_eq!(happened(&|event| matches!(event, AuditEvent::Granted { grant: made } if made.id == grant)), 1);
    assert_eq!(happened(&|event| matches!(event, AuditEvent::Revoked { grant: taken, .. } if *taken == grant)), 1);
    assert_eq!(happened(&|event| matches!(event, AuditEvent::MemberRemoved { .. })), 1);
    assert_eq!(log.len(), 7);

    let notes = NotesArg { context, after: None, limit: None };
    let notes = answered(block_on(anyone.note_registry().notes(&notes))).expect("answers").notes;
    assert_eq!(notes.len(), 1);
    assert_eq!((notes[0].id, notes[0].owner.owner), (minted.note.id, cast.alice.principal()));
    let releases = ReleasesArg { from: Seq(1), limit: None };
    let releases = block_on(anyone.note_registry().releases(&releases)).expect("answers");
    assert!(!releases.is_empty());
    assert!(releases.iter().all(|release| release.recipient == cast.bob.account() && release.note == minted.note.id));

    for proposal in proposals {
        let ballots = BallotsArg { proposal, after: None, limit: None };
        let ballots = answered(block_on(anyone.governance().ballots(&ballots))).expect("answers").ballots;
        let tally = answered(block_on(anyone.governance().proposal(proposal))).expect("exists").tally;
        assert_eq!((ballots.len(), tally.adopt.0, tally.reject.0), (2, 2, 0));
    }
}

#[test]
fn should_leave_what_the_model_says_when_messages_are_struck_at_random() {
    let mut struck = 0;
    for seed in SEEDS {
        match catch_unwind(AssertUnwindSafe(|| weather(seed))) {
            Ok(messages) => struck += messages,
            Err(panic) => {
                eprintln!("the storm with seed {seed} did it");
                resume_unwind(panic);
            }
        }
    }
    assert!(struck > 10 * SEEDS.count(), "those were no storms: {struck} messages were struck");
}
