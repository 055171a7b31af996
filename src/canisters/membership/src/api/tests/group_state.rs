use crate::api;
use crate::test_fixtures::{World, account, context_id, reason};
use calisec_types::ids::{AccountId, ApplicationId, ContextId, Digest32};
use calisec_types::membership::{
    CheckGroupStateArg, GroupRole, GroupStateCheck, ListedMember, MAX_LISTED_MEMBERS, MembershipReason,
};

fn arg(accounts: &[AccountId]) -> CheckGroupStateArg {
    let listed = |account: &AccountId| ListedMember { account: *account, role: GroupRole::Member };
    CheckGroupStateArg {
        context: context_id(1),
        admin_account: account(1),
        owner_account: account(2),
        target_application: ApplicationId([7; 32]),
        members: accounts.iter().map(listed).collect(),
        claimed_hash: Digest32([0; 32]),
        after: None,
        limit: None,
    }
}

fn check(world: &World, arg: CheckGroupStateArg) -> Result<GroupStateCheck, MembershipReason> {
    api::check_group_state(&world.state, arg).map_err(reason)
}

#[test]
fn should_tell_whether_the_hash_is_the_claimed_one_and_who_is_missing_or_extra() {
    let mut world = World::with_context();
    for seed in [1, 2, 3] {
        world.add(account(seed), "reader").expect("adds");
    }
    let all = [account(1), account(2), account(3)];
    let first = check(&world, arg(&all)).expect("answers");
    assert_eq!((first.matches, first.missing.clone(), first.extra.clone()), (false, vec![], vec![]));
    let claimed = CheckGroupStateArg { claimed_hash: first.hash, ..arg(&[all[2], all[0], all[1]]) };
    assert!(check(&world, claimed).expect("answers").matches, "in any order");
    let other = check(&world, arg(&[account(1), account(9)])).expect("answers");
    let mut missing = vec![account(2), account(3)];
    missing.sort();
    assert_eq!((other.missing, other.extra), (missing, vec![account(9)]));
    assert_ne!(other.hash, first.hash);
    let without = check(&world, CheckGroupStateArg { limit: Some(0), ..arg(&[]) }).expect("answers");
    assert_eq!((without.missing, without.extra, without.next), (vec![], vec![], None));
}

#[test]
fn should_compare_page_by_page_without_telling_anybody_twice_or_leaving_anybody_out() {
    let mut world = World::with_context();
    let registered: Vec<_> = (0..7).map(account).collect();
    for member in &registered {
        world.add(*member, "reader").expect("adds");
    }
    // Half of them, and strangers all over the range.
    let mut listed: Vec<_> = registered.iter().step_by(2).copied().collect();
    let strangers: Vec<_> = (0..=255_u8).step_by(23).map(|seed| AccountId([seed; 32])).collect();
    listed.extend(&strangers);
    let (mut missing, mut extra, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let page = check(&world, CheckGroupStateArg { after, limit: Some(2), ..arg(&listed) }).expect("answers");
        assert!(page.missing.len() <= 2 && page.extra.len() <= 2);
        missing.extend(page.missing);
        extra.extend(page.extra);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let mut expected: Vec<_> = registered.iter().skip(1).step_by(2).copied().collect();
    expected.sort();
    assert_eq!(missing, expected);
    assert!(extra.iter().all(|account| strangers.contains(account)));
    let whole = check(&world, arg(&listed)).expect("answers");
    assert_eq!(whole.extra, strangers);
}

#[test]
fn should_refuse_lists_that_are_too_long_or_name_somebody_twice() {
    let world = World::with_context();
    let numbered = |number: usize| {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&number.to_be_bytes());
        AccountId(id)
    };
    let most: Vec<_> = (0..MAX_LISTED_MEMBERS).map(numbered).collect();
    assert!(check(&world, arg(&most)).is_ok());
    let more: Vec<_> = (0..=MAX_LISTED_MEMBERS).map(numbered).collect();
    let limit = MAX_LISTED_MEMBERS as u64;
    assert_eq!(check(&world, arg(&more)), Err(MembershipReason::TooManyListed { limit }));
    let twice = arg(&[account(1), account(2), account(1)]);
    assert_eq!(check(&world, twice), Err(MembershipReason::ListedTwice(account(1))));
    let nowhere = ContextId([0; 32]);
    let elsewhere = CheckGroupStateArg { context: nowhere, ..arg(&[]) };
    assert_eq!(check(&world, elsewhere), Err(MembershipReason::UnknownContext(nowhere)));
}
