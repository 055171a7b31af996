//! The attacks that Calimero's proxy contracts were open to, each as a test that it fails here.

use crate::api;
use crate::clients::{EFFECTS, READS};
use crate::test_fixtures::{CONTEXT, Fault, NOW, RULES, World, account, grant_to};
use calisec_clients::CallError;
use calisec_runtime::Wait;
use calisec_types::governance::{
    BallotsArg, Choice, GovernanceReason, MAX_OPEN_PER_PROPOSER, ProposalsArg, Status, StepOutcome,
};
use calisec_types::ids::{ProposalId, Weight};

/// A member proposed again under the id of a proposal others had approved, and got its own actions executed.
#[test]
fn should_keep_the_steps_that_were_voted_on_when_a_member_proposes_others() {
    let world = World::new();
    let voted_on = world.propose(1, vec![grant_to(7)]).expect("a member");
    for voter in 1..=2 {
        world.vote(voter, voted_on.id, Choice::Adopt).expect("open");
    }
    // Also while the two are under way at once: ids are given out when a proposal is recorded, by nobody but the canister.
    world.hold(true);
    let one = world.start_propose(2, vec![grant_to(66)]);
    let other = world.start_propose(3, vec![grant_to(67)]);
    world.hold(false);
    let [one, other] = [one, other].map(|running| running.answer().expect("a member"));
    assert_eq!([voted_on.id, one.id, other.id], [1, 2, 3].map(ProposalId));
    assert_eq!(one.tally.adopt, Weight(0));
    let kept = api::proposal(&world.env, voted_on.id).expect("exists");
    assert_eq!((kept.steps, kept.tally.adopt), (voted_on.steps, Weight(2)));
    world.vote(3, voted_on.id, Choice::Adopt).expect("open");
    world.env.advance_seconds(RULES.timelock_seconds);
    world.execute(voted_on.id).expect("executable");
    assert_eq!(world.effects(), [grant_to(7)]);
}

/// Old approvals, replayed after the execution had deleted the proposal, executed it again.
#[test]
fn should_not_act_twice_when_votes_and_execution_are_replayed() {
    let world = World::new();
    let id = world.executable(vec![grant_to(9)]);
    world.execute(id).expect("executable");
    let before = world.snapshot();
    for voter in 1..=5 {
        assert_eq!(world.vote(voter, id, Choice::Adopt), Err(GovernanceReason::VotingOver));
    }
    world.execute(id).expect("answers with what was done");
    assert_eq!(world.snapshot(), before);
    assert_eq!(world.effects(), [grant_to(9)]);
    // The same words again are another proposal, which nobody voted on.
    let again = world.propose(1, vec![grant_to(9)]).expect("a member");
    assert_eq!((again.id, again.tally.adopt, again.status), (ProposalId(2), Weight(0), Status::Open));
}

/// Members removed since still decided, and removals made a quorum easier to reach.
#[test]
fn should_not_let_a_removed_member_vote_or_its_removal_lower_the_quorum() {
    let world = World::new();
    let id = world.proposal();
    world.leave(4);
    world.leave(5);
    assert!(matches!(world.vote(5, id, Choice::Adopt), Err(GovernanceReason::NotEntitled(_))));
    assert_eq!(world.vote(1, id, Choice::Adopt).expect("open").electorate, Weight(5));
    world.vote(2, id, Choice::Adopt).expect("open");
    // Two of the three who are left, but not the half of the five it was put to.
    world.env.advance_seconds(RULES.voting_period_seconds);
    assert_eq!(world.status(id), Status::Rejected);
}

#[test]
fn should_not_count_a_vote_when_its_voter_is_removed_before_membership_is_asked() {
    let world = World::new();
    let id = world.proposal();
    world.hold(true);
    let vote = world.start_vote(5, id, Choice::Adopt);
    world.leave(5);
    world.hold(false);
    assert!(matches!(vote.answer(), Err(GovernanceReason::NotEntitled(_))));
    assert_eq!(api::ballots(&BallotsArg { proposal: id, after: None, limit: None }).expect("exists").ballots, []);
}

/// A failing action left a part done, the rest lost, and no record of either.
#[test]
fn should_keep_a_record_of_every_step_when_execution_stops_in_the_middle() {
    let world = World::new();
    let id = world.executable(vec![grant_to(7), grant_to(8), grant_to(9)]);
    world.membership.borrow_mut().refused = Some(account(8));
    world.execute(id).expect("answers");
    let kept = api::proposal(&world.env, id).expect("is never deleted");
    assert!(matches!(kept.status, Status::Failed { step: 1, .. }), "{:?}", kept.status);
    let [first, second, third] = &kept.steps[..] else { panic!("{:?}", kept.steps) };
    assert!(matches!(first.outcome, StepOutcome::Applied { .. }));
    assert!(matches!(second.outcome, StepOutcome::Refused { .. }));
    assert_eq!(third.outcome, StepOutcome::Pending);
    assert_eq!(kept.tally.adopt, Weight(3));
}

/// A target that never answered kept a proxy from doing anything else, and from being upgraded.
#[test]
fn should_serve_everybody_else_when_membership_never_answers_an_execution() {
    let world = World::new();
    let stalled = world.executable(vec![grant_to(9)]);
    world.hold(true);
    let waiting = world.start_execute(stalled);
    // The wait is bounded, so it ends; until then others are served.
    world.hold(false);
    let other = world.proposal();
    world.vote(2, other, Choice::Adopt).expect("open");
    world.fail_next(Fault::Lost(CallError::OutcomeUnknown { message: "deadline".into() }));
    assert!(matches!(waiting.answer(), Err(GovernanceReason::Unavailable { .. })));
    assert_eq!(world.execute(stalled).expect("resumes").status, Status::Executed);
    for transport in [READS, EFFECTS] {
        assert!(matches!(transport.0, Wait::Bounded(_)));
    }
}

/// The limit of open proposals was read and lowered, but never raised.
#[test]
fn should_stop_a_member_when_it_has_as_many_open_proposals_as_it_may() {
    let world = World::new();
    for _ in 0..MAX_OPEN_PER_PROPOSER {
        world.proposal();
    }
    let before = world.snapshot();
    for _ in 0..3 {
        let refusal = world.propose(1, vec![grant_to(9)]);
        assert_eq!(refusal, Err(GovernanceReason::TooManyOpen { limit: MAX_OPEN_PER_PROPOSER }));
    }
    assert_eq!(world.snapshot(), before);
    let page =
        api::proposals(&world.env, &ProposalsArg { context: CONTEXT, after: None, limit: None }).expect("a page");
    assert_eq!(page.proposals.len() as u64, MAX_OPEN_PER_PROPOSER);
    assert!(page.proposals.iter().all(|proposal| proposal.created_at == NOW));
}
