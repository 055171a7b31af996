use crate::execution::{MAX_ATTEMPTS, MAX_PER_RUN, take_due};
use crate::state::{State, with_state, with_state_mut};
use crate::test_fixtures::{Fault, RULES, World, grant_to};
use calisec_clients::CallError;
use calisec_types::error::ErrorKind;
use calisec_types::governance::{Choice, GovernanceReason, MAX_OPEN_PER_PROPOSER, Status};
use calisec_types::ids::{ProposalId, Timestamp};

fn due(world: &World) -> Vec<ProposalId> {
    let now = world.env.now.get();
    with_state_mut(|state| take_due(state, now))
}

fn planned() -> Option<Timestamp> {
    with_state(State::next_automatic_execution)
}

#[test]
fn should_plan_for_the_end_of_the_timelock_when_a_vote_decides_early() {
    let world = World::new();
    let id = world.proposal();
    let created = world.env.now.get();
    assert_eq!(planned(), Some(created.plus_seconds(RULES.voting_period_seconds + RULES.timelock_seconds)));
    world.env.advance_seconds(5);
    for voter in 1..=3 {
        world.vote(voter, id, Choice::Adopt).expect("open");
    }
    assert_eq!(planned(), Some(created.plus_seconds(5 + RULES.timelock_seconds)));
    world.env.advance_seconds(RULES.timelock_seconds - 1);
    assert_eq!(due(&world), []);
    world.env.advance_seconds(1);
    assert_eq!(due(&world), [id]);
    assert_eq!(world.execute_automatically(id).expect("executes").status, Status::Executed);
    assert_eq!(planned(), None);
}

#[test]
fn should_execute_at_the_end_of_the_timelock_when_the_clock_decided() {
    let world = World::new();
    let id = world.proposal();
    for (voter, choice) in [(1, Choice::Adopt), (2, Choice::Adopt), (3, Choice::Reject)] {
        world.vote(voter, id, choice).expect("open");
    }
    world.env.advance_seconds(RULES.voting_period_seconds + RULES.timelock_seconds);
    assert_eq!(due(&world), [id]);
    assert_eq!(world.execute_automatically(id).expect("executes").status, Status::Executed);
}

#[test]
fn should_forget_a_proposal_when_it_is_not_adopted() {
    let world = World::new();
    let rejected_early = world.proposal();
    let rejected_by_the_clock = world.proposal();
    for voter in 1..=3 {
        world.vote(voter, rejected_early, Choice::Reject).expect("open");
    }
    world.env.advance_seconds(RULES.voting_period_seconds + RULES.timelock_seconds);
    assert_eq!(with_state(|state| state.due_for_execution(world.env.now.get(), 10)), [rejected_by_the_clock]);
    assert_eq!(due(&world), []);
    assert_eq!(planned(), None);
    assert_eq!(world.status(rejected_early), Status::Rejected);
}

#[test]
fn should_give_up_after_a_few_attempts_and_leave_it_to_callers_when_membership_stays_silent() {
    let world = World::new();
    let id = world.executable(vec![grant_to(9)]);
    let mut attempts = 0;
    while let Some(at) = planned() {
        world.env.now.set(at);
        assert_eq!(due(&world), [id]);
        assert_eq!(due(&world), [], "an attempt is made once, even if it never returns");
        world.fail_next(Fault::Lost(CallError::Rejected { code: 2, message: "busy".into() }));
        let refusal = world.execute_automatically(id).expect_err("membership is silent");
        assert!(matches!(refusal, GovernanceReason::Unavailable { .. }), "{refusal:?}");
        attempts += 1;
    }
    assert_eq!(attempts, MAX_ATTEMPTS);
    assert_eq!(world.status(id), Status::Executing);
    assert_eq!(world.execute(id).expect("membership is back").status, Status::Executed);
}

#[test]
fn should_stop_planning_when_an_attempt_fails_for_good() {
    let world = World::new();
    let id = world.executable(vec![grant_to(9)]);
    assert_eq!(due(&world), [id]);
    assert!(planned().is_some(), "the next attempt is planned before this one");
    world.fail_next(Fault::Error(ErrorKind::Request));
    assert!(matches!(world.execute_automatically(id).expect("answers").status, Status::Failed { step: 0, .. }));
    assert_eq!(planned(), None);
}

#[test]
fn should_exclude_each_other_when_the_timer_and_a_caller_execute_at_once() {
    let world = World::new();
    let id = world.executable(vec![grant_to(9)]);
    world.hold(true);
    let mut by_caller = world.start_execute(id);
    assert!(!by_caller.step());
    assert_eq!(due(&world), [id]);
    assert_eq!(world.execute_automatically(id), Err(GovernanceReason::InProgress));
    world.hold(false);
    assert_eq!(by_caller.answer().expect("executes").status, Status::Executed);
    assert_eq!(world.effects(), [grant_to(9)]);
    assert_eq!(planned(), None);
}

#[test]
fn should_look_at_a_bounded_number_when_more_are_due() {
    let world = World::new();
    let mut made = Vec::new();
    for proposer in 1..=2 {
        for _ in 0..MAX_OPEN_PER_PROPOSER {
            made.push(world.propose(proposer, vec![grant_to(9)]).expect("below the limit").id);
        }
    }
    for id in &made {
        for voter in 1..=3 {
            world.vote(voter, *id, Choice::Adopt).expect("open");
        }
    }
    world.env.advance_seconds(RULES.timelock_seconds);
    let (first, second) = made.split_at(MAX_PER_RUN);
    assert_eq!(due(&world), first);
    assert_eq!(due(&world), second);
    assert_eq!(due(&world), []);
}

#[test]
fn should_forget_a_proposal_when_its_window_is_over_before_the_timer_runs() {
    let world = World::new();
    let id = world.executable(vec![grant_to(9)]);
    world.env.advance_seconds(RULES.execution_window_seconds);
    assert_eq!(due(&world), []);
    assert_eq!(planned(), None);
    assert_eq!(world.execute(id), Err(GovernanceReason::NotExecutable("expired".into())));
    assert_eq!(world.effects(), []);
}
