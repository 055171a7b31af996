use super::silences;
use crate::api;
use crate::test_fixtures::{Fault, RULES, Running, World, account, grant_to, on_fresh_canister, reason};
use calisec_clients::CallError;
use calisec_types::error::ErrorKind;
use calisec_types::governance::{Choice, GovernanceReason, Status, StepOutcome};
use calisec_types::ids::{GrantId, ProposalId, Seq};
use candid::Principal;

fn outcomes(world: &World, id: ProposalId) -> Vec<StepOutcome> {
    let proposal = api::proposal(&world.env, id).expect("exists");
    proposal.steps.into_iter().map(|step| step.outcome).collect()
}

fn applied(seq: u64) -> StepOutcome {
    StepOutcome::Applied { seq: Seq(seq), grant: Some(GrantId(100 + seq)) }
}

#[test]
fn should_apply_every_step_in_order_when_the_timelock_is_over() {
    let world = World::new();
    let id = world.executable(vec![grant_to(7), grant_to(8), grant_to(9)]);
    let proposal = world.execute(id).expect("executable");
    assert_eq!(proposal.status, Status::Executed);
    assert_eq!(world.effects(), [grant_to(7), grant_to(8), grant_to(9)]);
    assert_eq!(outcomes(&world, id), [applied(1), applied(2), applied(3)]);
}

#[test]
fn should_answer_with_the_executed_proposal_and_do_nothing_when_it_is_executed_again() {
    let world = World::new();
    let id = world.executable(vec![grant_to(9)]);
    let first = world.execute(id).expect("executable");
    let calls = world.membership.borrow().calls.len();
    world.env.advance_seconds(RULES.execution_window_seconds);
    assert_eq!(world.execute(id), Ok(first));
    assert_eq!(world.membership.borrow().calls.len(), calls);
}

#[test]
fn should_refuse_and_change_nothing_when_the_proposal_is_not_executable() {
    let world = World::new();
    let open = world.proposal();
    let rejected = world.proposal();
    let adopted = world.proposal();
    for voter in 1..=3 {
        world.vote(voter, rejected, Choice::Reject).expect("open");
        world.vote(voter, adopted, Choice::Adopt).expect("open");
    }
    let executable_at = world.env.now.get().plus_seconds(RULES.timelock_seconds);
    let unknown = ProposalId(99);
    let not_executable = |what: &str| GovernanceReason::NotExecutable(what.into());
    let before = world.snapshot();
    for (id, expected) in [
        (unknown, GovernanceReason::UnknownProposal(unknown)),
        (open, not_executable("open for votes")),
        (rejected, not_executable("rejected")),
        (adopted, GovernanceReason::Timelocked(executable_at)),
    ] {
        assert_eq!(world.execute(id), Err(expected));
    }
    world.env.call_as(Principal::anonymous());
    let anonymous = api::execute(&world.env, &world, adopted);
    assert_eq!(reason(Running::start(anonymous).finish()), Err(GovernanceReason::Anonymous));
    assert_eq!(world.snapshot(), before);

    world.env.advance_seconds(RULES.timelock_seconds + RULES.execution_window_seconds);
    assert_eq!(world.execute(adopted), Err(not_executable("expired")));
    assert_eq!(world.effects(), []);
}

#[test]
fn should_resume_where_it_stopped_and_apply_no_step_twice_when_membership_is_silent_at_any_step() {
    let steps = || vec![grant_to(7), grant_to(8), grant_to(9)];
    for fault in silences() {
        for step in 0..3 {
            on_fresh_canister(|| {
                let world = World::new();
                let id = world.executable(steps());
                world.pass(step);
                world.fail_next(fault.clone());
                let refusal = world.execute(id).expect_err("silence");
                assert!(matches!(refusal, GovernanceReason::Unavailable { .. }), "{fault:?}: {refusal:?}");
                assert_eq!(world.status(id), Status::Executing, "{fault:?} at step {step}");
                let known: Vec<_> =
                    outcomes(&world, id).iter().map(|outcome| *outcome != StepOutcome::Pending).collect();
                assert_eq!(known, [step > 0, step > 1, false], "{fault:?} at step {step}");
                // It began in time; the end of the window does not matter any more.
                world.env.advance_seconds(2 * RULES.execution_window_seconds);
                assert_eq!(world.execute(id).expect("resumes").status, Status::Executed);
                assert_eq!(world.effects(), steps(), "{fault:?} at step {step}");
                assert_eq!(outcomes(&world, id), [applied(1), applied(2), applied(3)]);
            });
        }
    }
}

#[test]
fn should_fail_for_good_and_leave_later_steps_untried_when_membership_refuses_a_step() {
    let world = World::new();
    let id = world.executable(vec![grant_to(7), grant_to(8), grant_to(9)]);
    world.membership.borrow_mut().refused = Some(account(8));
    let proposal = world.execute(id).expect("answers with the failed proposal");
    let Status::Failed { step: 1, message } = proposal.status else { panic!("{:?}", proposal.status) };
    assert!(message.contains("not a member"), "{message}");
    assert_eq!(outcomes(&world, id), [applied(1), StepOutcome::Refused { message }, StepOutcome::Pending]);
    assert_eq!(world.effects(), [grant_to(7)]);
    world.membership.borrow_mut().refused = None;
    assert_eq!(world.execute(id), Err(GovernanceReason::NotExecutable("failed at step 1".into())));
    assert_eq!(world.effects(), [grant_to(7)]);
}

#[test]
fn should_refuse_a_second_execution_when_one_is_under_way() {
    let world = World::new();
    let id = world.executable(vec![grant_to(7), grant_to(8)]);
    world.hold(true);
    let mut first = world.start_execute(id);
    assert_eq!(world.start_execute(id).answer(), Err(GovernanceReason::InProgress));
    assert_eq!(world.status(id), Status::Executing);
    assert!(!first.step());
    world.hold(false);
    assert_eq!(first.answer().expect("executes").status, Status::Executed);
    assert_eq!(world.effects(), [grant_to(7), grant_to(8)]);
}

#[test]
fn should_be_resumable_when_the_message_dies_at_any_step() {
    for step in 0..2 {
        on_fresh_canister(|| {
            let world = World::new();
            let id = world.executable(vec![grant_to(7), grant_to(8)]);
            world.hold_after(step);
            let mut running = world.start_execute(id);
            assert!(!running.step());
            // A trap in the callback drops the future; what was written before the call stays.
            drop(running);
            world.hold(false);
            assert_eq!(world.status(id), Status::Executing);
            assert_eq!(outcomes(&world, id)[..step], [applied(1)][..step]);
            assert_eq!(world.execute(id).expect("resumes").status, Status::Executed);
            assert_eq!(world.effects(), [grant_to(7), grant_to(8)]);
        });
    }
}

#[test]
fn should_go_on_when_the_window_ends_between_two_steps() {
    let world = World::new();
    let id = world.executable(vec![grant_to(7), grant_to(8)]);
    world.hold_after(1);
    let running = world.start_execute(id);
    assert_eq!(outcomes(&world, id), [applied(1), StepOutcome::Pending]);
    world.env.advance_seconds(RULES.execution_window_seconds);
    world.hold(false);
    assert_eq!(running.answer().expect("it began in time").status, Status::Executed);
}

#[test]
fn should_execute_at_the_last_moment_when_the_window_is_about_to_end() {
    let world = World::new();
    let id = world.executable(vec![grant_to(9)]);
    world.env.advance_seconds(RULES.execution_window_seconds - 1);
    assert_eq!(world.execute(id).expect("in time").status, Status::Executed);
}

#[test]
fn should_keep_the_answer_of_the_first_time_when_a_lost_answer_is_asked_for_again() {
    let world = World::new();
    let id = world.executable(vec![grant_to(9)]);
    world.fail_next(Fault::AnswerLost(CallError::OutcomeUnknown { message: "late".into() }));
    world.execute(id).expect_err("the answer is lost");
    // By now membership would refuse a new grant; the one it made stays made.
    world.membership.borrow_mut().refused = Some(account(9));
    assert_eq!(world.execute(id).expect("resumes").status, Status::Executed);
    assert_eq!(outcomes(&world, id), [applied(1)]);
}

#[test]
fn should_stay_executing_when_membership_has_a_defect_and_finish_when_it_is_mended() {
    let world = World::new();
    let id = world.executable(vec![grant_to(9)]);
    world.fail_next(Fault::Error(ErrorKind::Internal));
    assert!(matches!(world.execute(id), Err(GovernanceReason::Unavailable { .. })));
    assert_eq!(world.status(id), Status::Executing);
    assert_eq!(world.execute(id).expect("mended").status, Status::Executed);
}
