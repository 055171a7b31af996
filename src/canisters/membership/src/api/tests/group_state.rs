use crate::api;
use crate::test_fixtures::{World, account, context_id, reason, vectors};
use calisec_types::ids::{ApplicationId, ContextId, Digest32};
use calisec_types::membership::{
    CheckGroupStateArg, GroupRole, GroupStateCheck, ListedMember, MAX_LISTED_MEMBERS, MembershipReason,
    calimero_account,
};
use candid::Principal;

/// What a node lists.
fn listed(seed: u8) -> Digest32 {
    calimero_account(account(seed))
}

fn arg(accounts: &[Digest32]) -> CheckGroupStateArg {
    let listing = |account: &Digest32| ListedMember { account: *account, role: GroupRole::Member };
    CheckGroupStateArg {
        context: context_id(1),
        admin_account: listed(1),
        owner_account: listed(2),
        target_application: ApplicationId([7; 32]),
        members: accounts.iter().map(listing).collect(),
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
    let all = [listed(1), listed(2), listed(3)];
    let first = check(&world, arg(&all)).expect("answers");
    assert_eq!((first.matches, first.missing.clone(), sorted(first.found)), (false, vec![], sorted(all.to_vec())));
    let claimed = CheckGroupStateArg { claimed_hash: first.hash, ..arg(&[all[2], all[0], all[1]]) };
    assert!(check(&world, claimed).expect("answers").matches, "in any order");
    let other = check(&world, arg(&[listed(1), listed(9)])).expect("answers");
    assert_eq!((sorted(other.missing), other.found), (sorted(vec![account(2), account(3)]), vec![listed(1)]));
    assert_ne!(other.hash, first.hash);
    let without = check(&world, CheckGroupStateArg { limit: Some(0), ..arg(&[]) }).expect("answers");
    assert_eq!((without.missing, without.found, without.next), (vec![], vec![], None));
    // As nodes listed members before there were accounts: by their keys.
    let by_key = check(&world, arg(&[Digest32(account(3).0)])).expect("answers");
    assert_eq!((by_key.found, by_key.missing.len()), (vec![Digest32(account(3).0)], 2));
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort();
    items
}

#[test]
fn should_compare_page_by_page_without_telling_anybody_twice_or_leaving_anybody_out() {
    let mut world = World::with_context();
    for member in 0..7 {
        world.add(account(member), "reader").expect("adds");
    }
    // Half of them, and strangers.
    let mut all: Vec<_> = (0..7).step_by(2).map(listed).collect();
    let found_in_all = sorted(all.clone());
    all.extend((100..110).map(listed));
    let (mut missing, mut found, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let page = check(&world, CheckGroupStateArg { after, limit: Some(2), ..arg(&all) }).expect("answers");
        assert!(page.missing.len() + page.found.len() <= 2);
        missing.extend(page.missing);
        found.extend(page.found);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(missing, sorted(missing.clone()), "in the order of the accounts");
    assert_eq!(missing, sorted((1..7).step_by(2).map(account).collect()));
    assert_eq!(sorted(found), found_in_all);
    let whole = check(&world, arg(&all)).expect("answers");
    assert_eq!((whole.missing, sorted(whole.found), whole.next), (missing, found_in_all, None));
}

/// A group that a claim registered has another id here than in Calimero; the hash is over the one in Calimero.
#[test]
fn should_have_the_hash_that_a_live_node_shows_when_a_claim_registered_its_group() {
    let vector = vectors("live_node.json");
    let of = |field: &str| vector[field].as_str().expect("text").to_owned();
    let mut world = World::empty();
    let claim = world.claim(5, |text| text.group_id = of("group_id_hex"));
    world.env.call_as(Principal::anonymous());
    let context = api::register_claim(&world.env, &mut world.state, &claim).expect("registers");
    let account: Digest32 = of("account_hex").parse().expect("hex");
    let live = CheckGroupStateArg {
        context: context.id,
        admin_account: account,
        owner_account: account,
        target_application: of("target_application_id_bs58").parse().expect("an application"),
        members: vec![ListedMember { account, role: GroupRole::Admin }],
        claimed_hash: of("group_state_hash_hex").parse().expect("hex"),
        after: None,
        limit: None,
    };
    let checked = check(&world, live).expect("answers");
    assert_eq!((checked.matches, checked.hash.to_string()), (true, of("group_state_hash_hex")));
}

#[test]
fn should_refuse_lists_that_are_too_long_or_name_somebody_twice() {
    let world = World::with_context();
    let numbered = |number: usize| {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&number.to_be_bytes());
        Digest32(id)
    };
    let most: Vec<_> = (0..MAX_LISTED_MEMBERS).map(numbered).collect();
    assert!(check(&world, arg(&most)).is_ok());
    let more: Vec<_> = (0..=MAX_LISTED_MEMBERS).map(numbered).collect();
    let limit = MAX_LISTED_MEMBERS as u64;
    assert_eq!(check(&world, arg(&more)), Err(MembershipReason::TooManyListed { limit }));
    let twice = arg(&[listed(1), listed(2), listed(1)]);
    assert_eq!(check(&world, twice), Err(MembershipReason::ListedTwice(listed(1))));
    let nowhere = ContextId([0; 32]);
    let elsewhere = CheckGroupStateArg { context: nowhere, ..arg(&[]) };
    assert_eq!(check(&world, elsewhere), Err(MembershipReason::UnknownContext(nowhere)));
}
