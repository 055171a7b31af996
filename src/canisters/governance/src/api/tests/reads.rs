use crate::api;
use crate::test_fixtures::{CONTEXT, World, account, grant_to, reason};
use calisec_types::governance::{
    BallotsArg, Choice, GovernanceReason, MAX_OPEN_PER_PROPOSER, MAX_STEPS, ProposalsArg, ProposalsPage,
};
use calisec_types::ids::{AccountId, ContextId, ProposalId};
use calisec_types::membership::{Change, MAX_POLICY_BYTES};

fn ids(page: &ProposalsPage) -> Vec<u64> {
    page.proposals.iter().map(|proposal| proposal.id.0).collect()
}

#[test]
fn should_page_through_all_proposals_of_a_context_when_next_is_followed() {
    let world = World::new();
    for _ in 0..5 {
        world.proposal();
    }
    let page = |after, limit| {
        api::proposals(&world.env, &ProposalsArg { context: CONTEXT, after, limit }).expect("never refused")
    };
    let cases = [
        (None, Some(2), vec![1, 2], Some(2)),
        (Some(2), Some(2), vec![3, 4], Some(4)),
        (Some(4), Some(2), vec![5], None),
        (None, Some(5), vec![1, 2, 3, 4, 5], None),
        (None, None, vec![1, 2, 3, 4, 5], None),
        (None, Some(u32::MAX), vec![1, 2, 3, 4, 5], None),
        (None, Some(0), vec![1], Some(1)),
        (Some(5), None, vec![], None),
        (Some(u64::MAX), None, vec![], None),
    ];
    for (after, limit, expected, next) in cases {
        let page = page(after.map(ProposalId), limit);
        assert_eq!(ids(&page), expected);
        assert_eq!(page.next, next.map(ProposalId));
    }
    let elsewhere = ProposalsArg { context: ContextId([0xc1; 32]), after: None, limit: None };
    assert_eq!(api::proposals(&world.env, &elsewhere), Ok(ProposalsPage { proposals: vec![], next: None }));
}

#[test]
fn should_keep_a_page_below_the_size_of_a_reply_when_the_proposals_are_as_long_as_they_may_be() {
    let world = World::new();
    let longest = || vec![Change::SetPolicy { cedar: "c".repeat(MAX_POLICY_BYTES) }; MAX_STEPS];
    for _ in 0..MAX_OPEN_PER_PROPOSER {
        world.propose(1, longest()).expect("below the limit");
    }
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = api::proposals(&world.env, &ProposalsArg { context: CONTEXT, after, limit: None }).expect("a page");
        assert!(candid::encode_one(&page).expect("encodes").len() < 2_000_000);
        assert!(!page.proposals.is_empty());
        seen.extend(ids(&page));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, (1..=MAX_OPEN_PER_PROPOSER).collect::<Vec<_>>());
}

#[test]
fn should_page_through_all_ballots_of_a_proposal_when_next_is_followed() {
    let world = World::new();
    let id = world.proposal();
    let neighbour = world.proposal();
    for (voter, choice) in [(3, Choice::Adopt), (1, Choice::Reject), (2, Choice::Abstain)] {
        world.vote(voter, id, choice).expect("open");
        world.vote(voter, neighbour, choice).expect("open");
    }
    let page = |after: Option<AccountId>, limit| {
        let page = api::ballots(&BallotsArg { proposal: id, after, limit }).expect("exists");
        (page.ballots.iter().map(|ballot| ballot.voter).collect::<Vec<_>>(), page.next)
    };
    assert_eq!(page(None, Some(2)), (vec![account(1), account(2)], Some(account(2))));
    assert_eq!(page(Some(account(2)), Some(2)), (vec![account(3)], None));
    assert_eq!(page(Some(account(0xff)), None), (vec![], None));
}

#[test]
fn should_answer_unknown_when_there_is_no_such_proposal() {
    let world = World::new();
    let id = ProposalId(1);
    let unknown = GovernanceReason::UnknownProposal(id);
    assert_eq!(reason(api::proposal(&world.env, id)), Err(unknown.clone()));
    assert_eq!(reason(api::ballots(&BallotsArg { proposal: id, after: None, limit: None })), Err(unknown));
    world.propose(1, vec![grant_to(9)]).expect("a member");
    assert!(api::proposal(&world.env, id).is_ok());
}
