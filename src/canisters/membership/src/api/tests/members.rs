use crate::api;
use crate::test_fixtures::{World, account, administrator, context_id, reason, stranger};
use calisec_types::ids::{AccountId, Revision, Seq, Weight};
use calisec_types::membership::{
    Capability, ElectorateArg, Member, MembersArg, MembershipReason, VotingWeight, VotingWeightArg, Written,
};

#[test]
fn should_raise_the_revision_when_something_changed_and_only_then() {
    let mut world = World::with_context();
    assert_eq!(world.add(account(1), "reader"), Ok(Written { seq: Seq(2), revision: Revision(1) }));
    assert_eq!(world.add(account(1), "reader"), Ok(Written { seq: Seq(2), revision: Revision(1) }));
    assert_eq!(world.add(account(1), "contributor"), Ok(Written { seq: Seq(3), revision: Revision(2) }));
    assert_eq!(world.add(account(2), "reader"), Ok(Written { seq: Seq(4), revision: Revision(3) }));
    assert_eq!(world.remove(account(1)), Ok(Written { seq: Seq(5), revision: Revision(4) }));
    assert_eq!(world.remove(account(1)), Err(MembershipReason::UnknownMember(account(1))));
    let context = api::context(&world.state, context_id(1)).expect("registered");
    assert_eq!((context.revision, context.member_count), (Revision(4), 1));
    let member = api::member(&world.state, context_id(1), account(2)).expect("a member");
    let expected = Member {
        account: account(2),
        principal: account(2).principal(),
        role: "reader".to_owned(),
        kem_key: calisec_types::ids::KemKey([9; 32]),
        capabilities: vec![Capability::Vote],
        own_capabilities: Vec::new(),
        weight: Weight(1),
        since: Revision(3),
    };
    assert_eq!(member, expected);
}

#[test]
fn should_page_members_in_the_order_of_accounts() {
    let mut world = World::with_context();
    world.register(&world.registration(2)).expect("registers");
    let mut expected: Vec<AccountId> = (0..7).map(account).collect();
    for member in &expected {
        world.add(*member, "reader").expect("adds");
    }
    expected.sort();
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let arg = MembersArg { context: context_id(1), after, limit: Some(3) };
        let page = api::members(&world.state, &arg).expect("a page");
        assert!(page.members.len() <= 3);
        found.extend(page.members.iter().map(|member| member.account));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, expected);
    let elsewhere = MembersArg { context: context_id(2), after: None, limit: None };
    assert_eq!(api::members(&world.state, &elsewhere).expect("a page").members, Vec::new());
}

#[test]
fn should_weigh_votes_at_the_revision_when_the_electorate_was_frozen() {
    let mut world = World::with_context();
    world.add(account(1), "reader").expect("adds");
    world.add(account(2), "reader").expect("adds");
    let proposer = account(1).principal();
    let electorate = api::electorate(&world.env, &world.state, &ElectorateArg { context: context_id(1), proposer });
    let electorate = electorate.expect("a member proposes");
    assert_eq!((electorate.revision, electorate.total_weight), (Revision(2), Weight(2)));
    assert_eq!(electorate.proposer, account(1));

    world.add(account(3), "reader").expect("adds");
    world.add(account(2), "administrator").expect("changes");
    world.remove(account(1)).expect("removes");
    let weight = |seed: u8| {
        let arg = VotingWeightArg { context: context_id(1), revision: Revision(2), voter: account(seed).principal() };
        api::voting_weight(&world.env, &world.state, &arg).map_err(reason)
    };
    assert_eq!(weight(1), Err(MembershipReason::NotAMember(account(1).principal())), "removed since");
    assert_eq!(weight(2), Ok(VotingWeight { account: account(2), weight: Weight(1) }), "role changed since");
    assert_eq!(weight(3), Err(MembershipReason::NotInElectorate(Revision(2))), "joined later");
    let total = world.state.group(context_id(1).own_group()).expect("a group").total_weight;
    assert_eq!(total, Weight(2), "of those who are members now");
    let outsider = ElectorateArg { context: context_id(1), proposer: stranger() };
    let refusal = api::electorate(&world.env, &world.state, &outsider).map_err(reason);
    assert_eq!(refusal, Err(MembershipReason::NotAMember(stranger())));
}

#[test]
fn should_keep_everything_when_the_canister_is_upgraded() {
    let mut world = World::with_context();
    world.add(account(1), "reader").expect("adds");
    let grant = world.grant(account(1), 7, None);
    let head = world.state.audit_log().head().hash;
    *world.env.certified.borrow_mut() = None;
    world.upgrade();
    assert_eq!(world.state.audit_log().head().hash, head);
    assert!(world.env.certified.borrow().is_some(), "certified data does not survive an upgrade by itself");
    assert!(world.reads(account(1), 7));
    assert_eq!(world.state.grant(context_id(1), grant).map(|grant| grant.account), Some(account(1)));
    world.env.call_as(administrator());
    assert_eq!(world.remove(account(1)).map(|written| written.revision), Ok(Revision(2)));
    assert!(!world.reads(account(1), 7));
}
