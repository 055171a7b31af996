use super::silences;
use crate::api;
use crate::test_fixtures::{
    Fault, NOW, RULES, Running, World, account, grant_to, on_fresh_canister, principal, reason,
};
use calisec_types::error::ErrorKind;
use calisec_types::governance::{Ballot, BallotsArg, Choice, GovernanceReason, Status, Tally, VoteArg};
use calisec_types::ids::{ProposalId, Weight};
use candid::Principal;

const ELECTORATE: Weight = Weight(5);

#[test]
fn should_record_the_ballot_and_answer_with_the_count_when_a_member_votes() {
    let world = World::new();
    let id = world.proposal();
    let first = Tally { reject: Weight(1), electorate: ELECTORATE, ..Tally::default() };
    assert_eq!(world.vote(4, id, Choice::Reject), Ok(first));
    world.env.advance_seconds(7);
    let second = Tally { abstain: Weight(1), ..first };
    assert_eq!(world.vote(2, id, Choice::Abstain), Ok(second));
    let page = api::ballots(&BallotsArg { proposal: id, after: None, limit: None }).expect("exists");
    let ballot = |voter, choice, at| Ballot { voter: account(voter), choice, weight: Weight(1), at, struck_at: None };
    assert_eq!(page.ballots, [ballot(2, Choice::Abstain, NOW.plus_seconds(7)), ballot(4, Choice::Reject, NOW)]);
    assert_eq!(page.next, None);
    assert_eq!(api::proposal(&world.env, id).expect("exists").tally, second);
}

#[test]
fn should_decide_when_the_vote_makes_the_outcome_certain() {
    for (choice, decided) in [
        (Choice::Adopt, Status::Adopted { executable_at: NOW.plus_seconds(30 + RULES.timelock_seconds) }),
        (Choice::Reject, Status::Rejected),
    ] {
        on_fresh_canister(|| {
            let world = World::new();
            let id = world.proposal();
            world.vote(1, id, choice).expect("open");
            world.vote(2, id, choice).expect("open");
            assert_eq!(world.status(id), Status::Open);
            world.env.advance_seconds(30);
            world.vote(3, id, choice).expect("open");
            assert_eq!(world.status(id), decided);
            assert_eq!(world.vote(4, id, choice), Err(GovernanceReason::VotingOver));
        });
    }
}

#[test]
fn should_refuse_and_change_nothing_when_the_vote_is_not_allowed() {
    let world = World::new();
    let id = world.proposal();
    world.vote(1, id, Choice::Adopt).expect("open");
    world.join(6);
    let before = world.snapshot();
    let unknown = ProposalId(99);
    assert_eq!(world.vote(2, unknown, Choice::Adopt), Err(GovernanceReason::UnknownProposal(unknown)));
    assert_eq!(world.vote(1, id, Choice::Reject), Err(GovernanceReason::AlreadyVoted));
    for stranger in [6, 77] {
        assert!(matches!(world.vote(stranger, id, Choice::Adopt), Err(GovernanceReason::NotEntitled(_))));
    }
    world.env.call_as(Principal::anonymous());
    let anonymous = api::vote(&world.env, &world, VoteArg { proposal: id, choice: Choice::Adopt });
    assert_eq!(reason(Running::start(anonymous).finish()), Err(GovernanceReason::Anonymous));
    assert_eq!(world.snapshot(), before);
    world.env.advance_seconds(RULES.voting_period_seconds);
    assert_eq!(world.vote(2, id, Choice::Adopt), Err(GovernanceReason::VotingOver));
}

#[test]
fn should_answer_unavailable_and_change_nothing_when_membership_is_silent() {
    for fault in silences() {
        on_fresh_canister(|| {
            let world = World::new();
            let id = world.proposal();
            let before = world.snapshot();
            world.fail_next(fault.clone());
            let refusal = world.vote(1, id, Choice::Adopt).expect_err("silence");
            assert!(matches!(refusal, GovernanceReason::Unavailable { .. }), "{fault:?}: {refusal:?}");
            assert_eq!(world.snapshot(), before, "{fault:?}");
            world.vote(1, id, Choice::Adopt).expect("the same vote can be cast again");
        });
    }
}

#[test]
fn should_answer_not_entitled_when_membership_refuses() {
    let world = World::new();
    let id = world.proposal();
    world.fail_next(Fault::Error(ErrorKind::Request));
    assert_eq!(world.vote(1, id, Choice::Adopt), Err(GovernanceReason::NotEntitled("scripted Request".into())));
}

#[test]
fn should_not_count_a_vote_when_voting_ends_while_membership_is_asked() {
    let world = World::new();
    let id = world.proposal();
    world.env.advance_seconds(RULES.voting_period_seconds - 1);
    world.hold(true);
    let late = world.start_vote(1, id, Choice::Adopt);
    let in_time = world.start_vote(2, id, Choice::Reject);
    world.hold(false);
    in_time.answer().expect("recorded before the end");
    world.env.advance_seconds(1);
    let before = world.snapshot();
    assert_eq!(late.answer(), Err(GovernanceReason::VotingOver));
    assert_eq!(world.snapshot(), before);
}

#[test]
fn should_not_count_a_vote_when_another_decides_while_membership_is_asked() {
    let world = World::new();
    let id = world.proposal();
    for voter in 1..=2 {
        world.vote(voter, id, Choice::Adopt).expect("open");
    }
    world.hold(true);
    let slow = world.start_vote(4, id, Choice::Reject);
    let deciding = world.start_vote(3, id, Choice::Adopt);
    world.hold(false);
    deciding.answer().expect("decides");
    assert_eq!(slow.answer(), Err(GovernanceReason::VotingOver));
    assert_eq!(api::proposal(&world.env, id).expect("exists").tally.reject, Weight(0));
}

#[test]
fn should_process_one_vote_of_a_caller_at_a_time_when_it_sends_several() {
    let world = World::new();
    let id = world.proposal();
    let other = world.proposal();
    world.hold(true);
    let first = world.start_vote(1, id, Choice::Adopt);
    assert_eq!(world.start_vote(1, id, Choice::Reject).answer(), Err(GovernanceReason::InProgress));
    let elsewhere = world.start_vote(1, other, Choice::Reject);
    world.hold(false);
    first.answer().expect("the first");
    elsewhere.answer().expect("another proposal");
}

#[test]
fn should_count_one_vote_when_an_account_votes_from_two_principals_at_once() {
    let world = World::new();
    let member = world.membership.borrow().members[&principal(1)];
    world.membership.borrow_mut().members.insert(principal(51), member);
    let id = world.proposal();
    world.hold(true);
    let mut first = world.start_vote(1, id, Choice::Adopt);
    let mut second = world.start_vote(51, id, Choice::Reject);
    assert!(!first.step() && !second.step());
    world.hold(false);
    let tally = second.answer().expect("answered first");
    assert_eq!(tally, Tally { reject: Weight(1), electorate: ELECTORATE, ..Tally::default() });
    assert_eq!(first.answer(), Err(GovernanceReason::AlreadyVoted));
    assert_eq!(api::proposal(&world.env, id).expect("exists").tally, tally);
}

#[test]
fn should_refuse_weight_when_membership_reports_more_than_the_electorate_has() {
    let world = World::new();
    let id = world.propose(1, vec![grant_to(9)]).expect("a member").id;
    if let Some(member) = world.membership.borrow_mut().members.get_mut(&principal(2)) {
        member.weight = 6;
    }
    let before = world.snapshot();
    let refusal = world.vote(2, id, Choice::Adopt).expect_err("inconsistent");
    assert!(matches!(refusal, GovernanceReason::Internal(_)), "{refusal:?}");
    assert_eq!(world.snapshot(), before);
}
