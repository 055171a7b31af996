use crate::api;
use crate::test_fixtures::{World, account, administrator, context_id, grant_change, note, reason, stranger};
use calisec_types::ids::{ContextId, GroupId};
use calisec_types::membership::{
    Action, AuditEvent, Change, ContextsArg, DecideArg, GrantsArg, MembershipReason, Subject,
};

/// Context 1 with members 1 and 2, and context 2 in its group.
fn two_contexts() -> World {
    let mut world = World::with_context();
    world.add(account(1), "contributor").expect("adds");
    world.add(account(2), "reader").expect("adds");
    world.join(2, context_id(1).own_group());
    world
}

fn mints(world: &World, context: ContextId, seed: u8) -> bool {
    let arg = DecideArg {
        context,
        subject: Subject::Account(account(seed)),
        action: Action::Mint,
        note: None,
        purpose: None,
    };
    api::decide(&world.env, &world.state, &arg).expect("decides").allowed
}

fn reads(world: &World, context: ContextId, seed: u8, id: u64) -> bool {
    let subject = Subject::Principal(account(seed).principal());
    let arg = DecideArg { context, subject, action: Action::Read, note: Some(note(id, stranger())), purpose: None };
    api::decide(&world.env, &world.state, &arg).expect("decides").allowed
}

fn grants_of(world: &World, context: ContextId) -> usize {
    let arg = GrantsArg { context, after: None, limit: None };
    api::grants(&world.env, &world.state, &arg).expect("a page").grants.len()
}

#[test]
fn should_share_members_and_keep_rules_apart_when_contexts_are_of_one_group() {
    let mut world = two_contexts();
    let [one, two] = [context_id(1), context_id(2)];
    let contexts = [one, two].map(|id| api::context(&world.state, id).expect("registered"));
    for context in &contexts {
        assert_eq!((context.group, context.member_count), (one.own_group(), 2));
        assert_eq!(context.administrator, administrator());
    }
    assert!(mints(&world, one, 1) && mints(&world, two, 1));
    // A grant and a policy are of one context.
    world.grant(account(2), 7, None);
    assert!(reads(&world, one, 2, 7));
    assert!(!reads(&world, two, 2, 7), "a grant of one context counts in another of the group");
    let cedar = "forbid (principal, action, resource);".to_owned();
    world.change_in(two, Change::SetPolicy { cedar }).expect("sets");
    assert!(mints(&world, one, 1));
    assert!(!mints(&world, two, 1));
    // A member of the group changes for all of its contexts.
    world.add(account(3), "contributor").expect("adds");
    let revisions = [one, two].map(|id| api::context(&world.state, id).expect("registered").revision);
    assert_eq!(revisions[0], revisions[1]);
}

#[test]
fn should_drop_the_grants_of_every_context_when_a_member_is_removed() {
    let mut world = two_contexts();
    let [one, two] = [context_id(1), context_id(2)];
    for note in 1..=3 {
        world.change_in(one, grant_change(account(1), note, None)).expect("grants");
        world.change_in(two, grant_change(account(1), note, None)).expect("grants");
    }
    world.change_in(two, grant_change(account(2), 1, None)).expect("grants");
    assert!(reads(&world, one, 1, 1) && reads(&world, two, 1, 3));
    world.remove(account(1)).expect("removes");
    let removal = world.state.audit_entries(world.state.seq(), 1).remove(0);
    assert!(matches!(removal.event, AuditEvent::MemberRemoved { grants_removed: 6, .. }), "{removal:?}");
    assert_eq!((grants_of(&world, one), grants_of(&world, two)), (0, 1));
    world.add(account(1), "contributor").expect("adds again");
    for note in 1..=3 {
        assert!(!reads(&world, one, 1, note) && !reads(&world, two, 1, note), "a grant came back");
    }
    assert!(reads(&world, two, 2, 1), "another member's grant went too");
}

#[test]
fn should_count_grants_of_all_contexts_against_one_limit() {
    let mut world = two_contexts();
    let limit = calisec_types::membership::MAX_GRANTS_PER_MEMBER;
    for note in 0..u64::from(limit) {
        let context = context_id(if note % 2 == 0 { 1 } else { 2 });
        world.change_in(context, grant_change(account(1), note, None)).expect("grants");
    }
    for context in [context_id(1), context_id(2)] {
        let refusal = world.change_in(context, grant_change(account(1), 1000, None));
        assert_eq!(refusal, Err(MembershipReason::TooManyGrants { limit }));
    }
}

#[test]
fn should_page_the_contexts_of_a_group() {
    let mut world = two_contexts();
    world.join(3, context_id(1).own_group());
    world.register(&world.registration(4)).expect("a group of its own");
    let group = context_id(1).own_group();
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let arg = ContextsArg { group, after, limit: Some(2) };
        let page = api::contexts_of_group(&world.state, &arg).expect("a page");
        assert!(page.contexts.len() <= 2);
        found.extend(page.contexts);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let mut expected = [1, 2, 3].map(context_id);
    expected.sort();
    assert_eq!(found, expected);
    let nowhere = ContextsArg { group: GroupId([0; 32]), after: None, limit: None };
    let refusal = api::contexts_of_group(&world.state, &nowhere).map_err(reason);
    assert_eq!(refusal, Err(MembershipReason::UnknownGroup(nowhere.group)));
}

#[test]
fn should_refuse_to_let_a_context_stand_alone_when_there_is_a_group_of_its_bytes() {
    let mut world = World::empty();
    world.join(1, context_id(2).own_group());
    let before = world.fingerprint();
    let refusal = world.register(&world.registration(2));
    assert_eq!(refusal, Err(MembershipReason::GroupExists(context_id(2).own_group())));
    assert!(world.fingerprint() == before, "a refused registration changed something");
}
