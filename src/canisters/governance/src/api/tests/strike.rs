//! Ballots of who may not vote any more.

use super::silences;
use crate::state::{State, with_state, with_state_mut};
use crate::test_fixtures::{
    FakeMember, NOW, RULES, Running, World, account, grant_to, on_fresh_canister, principal, reason,
};
use crate::{api, ballot};
use calisec_types::governance::{BallotsArg, Choice, GovernanceReason, Rules, Status, StrikeBallotArg, Tally};
use calisec_types::ids::{ProposalId, Revision, Timestamp, Weight};
use candid::Principal;

fn tally(adopt: u64, reject: u64) -> Tally {
    Tally { adopt: Weight(adopt), reject: Weight(reject), electorate: Weight(5), ..Tally::default() }
}

/// A proposal that the first `adopt` of five members adopted.
fn adopted_by(world: &World, adopt: u8) -> ProposalId {
    let id = world.proposal();
    for voter in 1..=adopt {
        world.vote(voter, id, Choice::Adopt).expect("open");
    }
    id
}

fn struck_at(id: ProposalId, voter: u8) -> Option<Timestamp> {
    let page = api::ballots(&BallotsArg { proposal: id, after: None, limit: None }).expect("exists");
    let ballot = page.ballots.into_iter().find(|ballot| ballot.voter == account(voter));
    ballot.expect("stays on record").struck_at
}

#[test]
fn should_leave_the_count_when_the_voter_was_removed_and_never_count_again() {
    let world = World::new();
    let id = adopted_by(&world, 2);
    world.vote(4, id, Choice::Reject).expect("open");
    world.leave(2);
    world.env.advance_seconds(5);
    assert_eq!(world.strike(id, 2), Ok(tally(1, 1)));
    assert_eq!(struck_at(id, 2), Some(NOW.plus_seconds(5)));
    assert_eq!(world.strike(id, 2), Err(GovernanceReason::NoBallot), "struck already");
    world.leave(4);
    assert_eq!(world.strike(id, 4), Ok(tally(1, 0)), "whatever was voted");
    // A member again, who weighs at the frozen revision what it did: it voted once.
    let member = FakeMember { account: account(2), weight: 1, since: Revision(1) };
    world.membership.borrow_mut().members.insert(principal(2), member);
    assert_eq!(world.vote(2, id, Choice::Adopt), Err(GovernanceReason::AlreadyVoted));
    assert_eq!(world.strike(id, 2), Err(GovernanceReason::NoBallot));
    assert_eq!(api::proposal(&world.env, id).expect("exists").tally, tally(1, 0));
}

#[test]
fn should_open_again_when_the_ballot_that_decided_is_struck() {
    let world = World::new();
    let id = adopted_by(&world, 3);
    assert!(matches!(world.status(id), Status::Adopted { .. }), "early");
    world.leave(3);
    world.env.advance_seconds(RULES.timelock_seconds);
    assert_eq!(world.strike(id, 3), Ok(tally(2, 0)));
    assert_eq!(world.status(id), Status::Open);
    assert!(matches!(world.execute(id), Err(GovernanceReason::NotExecutable(_))));
    for other in [4, 5] {
        world.vote(other, id, Choice::Reject).expect("open");
    }
    world.env.advance_seconds(RULES.voting_period_seconds);
    assert_eq!(world.status(id), Status::Rejected, "two for it, two against");
    assert_eq!(world.execute_automatically(id), Err(GovernanceReason::NotExecutable("rejected".into())));
    assert!(world.effects().is_empty());
}

#[test]
fn should_decide_anew_when_voting_is_over() {
    // Adopted early; its timelock reaches beyond the end of voting.
    for (quorum_percent, still) in [(60, false), (40, true)] {
        on_fresh_canister(move || {
            let rules = Rules { quorum_percent, timelock_seconds: 7200, ..RULES };
            let world = World::with_rules(rules);
            let id = adopted_by(&world, 3);
            world.leave(3);
            world.env.advance_seconds(RULES.voting_period_seconds);
            assert_eq!(world.strike(id, 3), Ok(tally(2, 0)));
            let is_adopted = matches!(world.status(id), Status::Adopted { .. });
            assert_eq!(is_adopted, still, "{:?}", world.status(id));
            if !still {
                assert_eq!(world.status(id), Status::Rejected, "the quorum is not reached any more");
            }
            let planned = with_state(State::next_automatic_execution);
            assert_eq!(planned.is_some(), still, "the timer follows");
        });
    }
}

#[test]
fn should_decide_early_when_a_ballot_against_it_is_struck() {
    let world = World::with_rules(Rules { approval_percent: 66, ..RULES });
    let id = adopted_by(&world, 3);
    world.vote(4, id, Choice::Reject).expect("open");
    assert_eq!(world.status(id), Status::Open);
    world.leave(4);
    let before = world.snapshot();
    assert_eq!(world.strike(id, 4), Ok(tally(3, 0)));
    assert_ne!(world.snapshot(), before);
    assert_eq!(world.status(id), Status::Open, "whom nobody hears any more still weighs in the electorate");
    assert!(world.vote(5, id, Choice::Adopt).is_ok());
    assert!(matches!(world.status(id), Status::Adopted { .. }));
}

#[test]
fn should_refuse_and_change_nothing_when_there_is_nothing_to_strike() {
    let world = World::new();
    let id = adopted_by(&world, 2);
    let executed = {
        let executable = world.executable(vec![grant_to(9)]);
        world.execute(executable).expect("executes");
        executable
    };
    let rejected = world.proposal();
    for voter in 1..=3 {
        world.vote(voter, rejected, Choice::Reject).expect("open");
    }
    world.leave(3);
    let before = world.snapshot();
    let unknown = ProposalId(99);
    for (proposal, voter, expected) in [
        (unknown, 1, GovernanceReason::UnknownProposal(unknown)),
        (id, 3, GovernanceReason::NoBallot),
        (id, 1, GovernanceReason::StillEntitled),
        (executed, 3, GovernanceReason::BallotsFinal),
        (rejected, 3, GovernanceReason::BallotsFinal),
    ] {
        assert_eq!(world.strike(proposal, voter), Err(expected));
    }
    world.env.call_as(Principal::anonymous());
    let arg = StrikeBallotArg { proposal: id, voter: account(1) };
    let anonymous = api::strike_ballot(&world.env, &world, arg);
    assert_eq!(reason(Running::start(anonymous).finish()), Err(GovernanceReason::Anonymous));
    assert_eq!(world.snapshot(), before);
}

#[test]
fn should_answer_unavailable_and_change_nothing_when_membership_is_silent() {
    for fault in silences() {
        on_fresh_canister(|| {
            let world = World::new();
            let id = adopted_by(&world, 2);
            world.leave(2);
            let before = world.snapshot();
            world.fail_next(fault.clone());
            let refusal = world.strike(id, 2).expect_err("silence is no answer");
            assert!(matches!(refusal, GovernanceReason::Unavailable { .. }), "{fault:?}: {refusal:?}");
            assert_eq!(world.snapshot(), before, "{fault:?}");
            world.strike(id, 2).expect("it can be asked again");
        });
    }
}

#[test]
fn should_strike_once_and_nothing_that_was_executed_when_others_are_served_meanwhile() {
    let world = World::new();
    let id = world.executable(vec![grant_to(9)]);
    world.leave(2);
    world.hold(true);
    let waiting = world.start_strike(id, 2);
    assert_eq!(world.strike(id, 2), Err(GovernanceReason::InProgress));
    world.hold(false);
    world.execute(id).expect("its execution begins first");
    let before = world.snapshot();
    assert_eq!(waiting.answer(), Err(GovernanceReason::BallotsFinal));
    assert_eq!(world.snapshot(), before);

    let id = adopted_by(&world, 1);
    world.leave(1);
    world.hold(true);
    let waiting = world.start_strike(id, 1);
    world.hold(false);
    // An upgrade forgets who waits: another strikes it meanwhile.
    with_state_mut(|state| ballot::strike(state, id, account(1), NOW)).expect("strikes");
    assert_eq!(waiting.answer(), Err(GovernanceReason::NoBallot));
    assert_eq!(api::proposal(&world.env, id).expect("exists").tally.adopt, Weight(0), "once");
}
