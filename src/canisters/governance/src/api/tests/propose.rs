use super::silences;
use crate::api;
use crate::test_fixtures::{
    CONTEXT, Fault, NOW, RULES, Running, World, account, grant_to, on_fresh_canister, principal, reason,
};
use calisec_types::error::ErrorKind;
use calisec_types::governance::{
    Choice, GovernanceReason, MAX_OPEN_PER_PROPOSER, MAX_STEPS, MAX_SUMMARY_BYTES, MAX_TITLE_BYTES, Proposal,
    ProposeArg, Status, Step, StepOutcome, Tally,
};
use calisec_types::ids::{GrantId, ProposalId, Revision, Weight};
use calisec_types::membership::{Change, MAX_POLICY_BYTES};
use candid::Principal;

fn arg() -> ProposeArg {
    ProposeArg { context: CONTEXT, title: "Title".into(), summary: "Summary".into(), steps: vec![grant_to(9).into()] }
}

fn propose(world: &World, arg: ProposeArg) -> Result<Proposal, GovernanceReason> {
    reason(Running::start(api::propose(&world.env, world, arg)).finish())
}

#[test]
fn should_freeze_rules_electorate_and_revision_when_a_member_proposes() {
    let world = World::new();
    let steps = vec![grant_to(9), Change::Revoke { grant: GrantId(3) }, Change::SetPolicy { cedar: "permit".into() }];
    let proposal = world.propose(2, steps.clone()).expect("a member");
    let expected = Proposal {
        id: ProposalId(1),
        context: CONTEXT,
        proposer: account(2),
        title: "Title".into(),
        summary: "Summary".into(),
        steps: steps.into_iter().map(|change| Step { measure: change.into(), outcome: StepOutcome::Pending }).collect(),
        rules: RULES,
        revision: Revision(6),
        tally: Tally { electorate: Weight(5), ..Tally::default() },
        status: Status::Open,
        created_at: NOW,
        voting_ends_at: NOW.plus_seconds(RULES.voting_period_seconds),
    };
    assert_eq!(proposal, expected);
    world.join(6);
    assert_eq!(api::proposal(&world.env, ProposalId(1)), Ok(expected));
    assert_eq!(world.proposal(), ProposalId(2));
}

#[test]
fn should_accept_a_proposal_when_every_length_is_at_its_limit() {
    let world = World::new();
    world.env.call_as(principal(1));
    let largest = ProposeArg {
        title: "t".repeat(MAX_TITLE_BYTES),
        summary: "s".repeat(MAX_SUMMARY_BYTES),
        steps: vec![Change::SetPolicy { cedar: "c".repeat(MAX_POLICY_BYTES) }.into(); MAX_STEPS],
        ..arg()
    };
    let proposal = propose(&world, largest).expect("within the limits");
    assert_eq!(proposal.steps.len(), MAX_STEPS);
    assert_eq!(api::proposal(&world.env, proposal.id), Ok(proposal));
    let smallest = ProposeArg { title: "t".into(), summary: String::new(), ..arg() };
    propose(&world, smallest).expect("within the limits");
}

#[test]
fn should_refuse_without_calling_anybody_when_the_request_is_wrong() {
    let bad_length = |field: &str, length: usize, minimum, limit: usize| GovernanceReason::BadLength {
        field: field.into(),
        length: length as u64,
        minimum,
        limit: limit as u64,
    };
    let cases = [
        (principal(1), ProposeArg { title: String::new(), ..arg() }, bad_length("title", 0, 1, MAX_TITLE_BYTES)),
        (principal(1), ProposeArg { title: "é".repeat(65), ..arg() }, bad_length("title", 130, 1, MAX_TITLE_BYTES)),
        (
            principal(1),
            ProposeArg { summary: "s".repeat(MAX_SUMMARY_BYTES + 1), ..arg() },
            bad_length("summary", MAX_SUMMARY_BYTES + 1, 0, MAX_SUMMARY_BYTES),
        ),
        (principal(1), ProposeArg { steps: vec![], ..arg() }, bad_length("steps", 0, 1, MAX_STEPS)),
        (
            principal(1),
            ProposeArg { steps: vec![grant_to(9).into(); MAX_STEPS + 1], ..arg() },
            bad_length("steps", MAX_STEPS + 1, 1, MAX_STEPS),
        ),
        (
            principal(1),
            ProposeArg { steps: vec![Change::SetPolicy { cedar: "c".repeat(MAX_POLICY_BYTES + 1) }.into()], ..arg() },
            bad_length("cedar", MAX_POLICY_BYTES + 1, 0, MAX_POLICY_BYTES),
        ),
        (Principal::anonymous(), arg(), GovernanceReason::Anonymous),
    ];
    let world = World::new();
    let before = world.snapshot();
    for (caller, arg, expected) in cases {
        world.env.call_as(caller);
        assert_eq!(propose(&world, arg), Err(expected));
        assert_eq!(world.snapshot(), before);
        assert!(world.membership.borrow().calls.is_empty());
    }
}

#[test]
fn should_refuse_and_change_nothing_when_membership_refuses() {
    let world = World::new();
    world.membership.borrow_mut().refused = Some(account(8));
    let before = world.snapshot();
    let refusal = world.propose(77, vec![grant_to(9)]).expect_err("no member");
    assert!(
        matches!(&refusal, GovernanceReason::NotEntitled(message) if message.contains("not a member")),
        "{refusal:?}"
    );
    let refusal = world.propose(1, vec![grant_to(9), grant_to(8)]).expect_err("not applicable");
    assert!(matches!(refusal, GovernanceReason::InvalidStep { step: 1, .. }), "{refusal:?}");
    assert_eq!(world.snapshot(), before);
}

#[test]
fn should_answer_unavailable_and_change_nothing_when_membership_is_silent_at_any_call() {
    for fault in silences() {
        for call in 0..3 {
            on_fresh_canister(|| {
                let world = World::new();
                let before = world.snapshot();
                world.pass(call);
                world.fail_next(fault.clone());
                let refusal = world.propose(1, vec![grant_to(9), grant_to(9)]).expect_err("silence");
                assert!(matches!(refusal, GovernanceReason::Unavailable { .. }), "{fault:?}: {refusal:?}");
                assert_eq!(world.snapshot(), before, "{fault:?} at call {call}");
                world.propose(1, vec![grant_to(9)]).expect("the guard is released");
            });
        }
    }
}

#[test]
fn should_refuse_when_the_electorate_has_no_weight() {
    let world = World::new();
    for member in world.membership.borrow_mut().members.values_mut() {
        member.weight = 0;
    }
    let refusal = world.propose(1, vec![grant_to(9)]).expect_err("nobody could vote");
    assert!(matches!(refusal, GovernanceReason::Internal(_)), "{refusal:?}");
}

#[test]
fn should_name_what_was_refused_when_membership_refuses_at_any_call() {
    let world = World::new();
    world.fail_next(Fault::Error(ErrorKind::Request));
    assert!(matches!(world.propose(1, vec![grant_to(9)]), Err(GovernanceReason::NotEntitled(_))));
    world.pass(1);
    world.fail_next(Fault::Error(ErrorKind::Request));
    assert!(matches!(world.propose(1, vec![grant_to(9)]), Err(GovernanceReason::InvalidStep { step: 0, .. })));
}

#[test]
fn should_process_one_proposal_of_a_caller_at_a_time_when_it_sends_several() {
    let world = World::new();
    world.hold(true);
    let first = world.start_propose(1, vec![grant_to(9)]);
    assert_eq!(world.start_propose(1, vec![grant_to(9)]).answer(), Err(GovernanceReason::InProgress));
    let other = world.start_propose(2, vec![grant_to(9)]);
    world.hold(false);
    assert_eq!(other.answer().expect("another caller").id, ProposalId(1));
    assert_eq!(first.answer().expect("the first").id, ProposalId(2));
}

#[test]
fn should_take_time_and_id_of_the_recording_message_when_membership_answers_late() {
    let world = World::new();
    world.hold(true);
    let slow = world.start_propose(1, vec![grant_to(9)]);
    world.env.advance_seconds(20);
    world.hold(false);
    world.propose(2, vec![grant_to(9)]).expect("a faster one");
    let proposal = slow.answer().expect("recorded");
    assert_eq!(proposal.id, ProposalId(2));
    assert_eq!(proposal.created_at, NOW.plus_seconds(20));
    assert_eq!(proposal.voting_ends_at, NOW.plus_seconds(20 + RULES.voting_period_seconds));
}

#[test]
fn should_count_again_before_recording_when_two_principals_of_one_account_race_for_the_last_place() {
    let world = World::new();
    let member = world.membership.borrow().members[&principal(1)];
    world.membership.borrow_mut().members.insert(principal(51), member);
    for _ in 1..MAX_OPEN_PER_PROPOSER {
        world.proposal();
    }
    // Both are found entitled and below the limit before either is recorded.
    world.hold_after(1);
    let mut first = world.start_propose(1, vec![grant_to(9)]);
    world.hold_after(1);
    let mut second = world.start_propose(51, vec![grant_to(9)]);
    assert!(!first.step() && !second.step());
    world.hold(false);
    first.answer().expect("the last place");
    assert_eq!(world.membership.borrow().calls.iter().filter(|call| *call == "electorate").count(), 11);
    assert_eq!(second.answer(), Err(GovernanceReason::TooManyOpen { limit: MAX_OPEN_PER_PROPOSER }));
}

#[test]
fn should_free_a_place_when_a_proposal_is_decided_by_a_vote_or_by_the_clock() {
    let world = World::new();
    let full = Err(GovernanceReason::TooManyOpen { limit: MAX_OPEN_PER_PROPOSER });
    let ids: Vec<_> = (0..MAX_OPEN_PER_PROPOSER).map(|_| world.proposal()).collect();
    assert_eq!(world.propose(1, vec![grant_to(9)]), full);
    world.propose(2, vec![grant_to(9)]).expect("another member has places of its own");
    for (id, choice) in [(ids[3], Choice::Reject), (ids[7], Choice::Adopt)] {
        for voter in 1..=3 {
            world.vote(voter, id, choice).expect("open");
        }
        world.proposal();
        assert_eq!(world.propose(1, vec![grant_to(9)]), full);
    }
    world.env.advance_seconds(RULES.voting_period_seconds - 1);
    assert_eq!(world.propose(1, vec![grant_to(9)]), full);
    world.env.advance_seconds(1);
    for _ in 0..MAX_OPEN_PER_PROPOSER {
        world.proposal();
    }
    assert_eq!(world.propose(1, vec![grant_to(9)]), full);
}
