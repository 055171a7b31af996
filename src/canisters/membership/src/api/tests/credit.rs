//! What can be added to a group in a day for nothing.

use crate::api;
use crate::state::{Purse, Writer};
use crate::test_fixtures::{
    World, account, administrator, context_id, everything, grant_change, granted, reason, stranger,
};
use calisec_types::ids::Timestamp;
use calisec_types::membership::{
    Change, FREE_WRITES_PER_ACCOUNT_AND_DAY, FREE_WRITES_PER_GROUP_AND_DAY, GrantTerms, MAX_GRANT_USES,
    MembershipReason, Scope, SetNodeArg, SetRoleArg, WRITE_CYCLES, Written,
};
use candid::Principal;

const DAY: u64 = 24 * 60 * 60 * 1_000_000_000;

const MANAGERS: Purse = (Writer::Manager, None);

/// A group whose managers may add `left` things today.
fn world(left: u32) -> World {
    let mut world = World::with_context();
    world.add(account(1), "reader").expect("adds");
    world.add(account(2), "reader").expect("adds");
    let (group, now) = (context_id(1).own_group(), world.env.now.get());
    world.state.write_credit.spend(group, MANAGERS, FREE_WRITES_PER_GROUP_AND_DAY - 2 - left, now);
    world
}

fn midnight(world: &World) -> Timestamp {
    Timestamp((world.env.now.get().0 / DAY + 1) * DAY)
}

fn set_role(world: &mut World, name: &str) -> Result<Written, MembershipReason> {
    world.env.call_as(administrator());
    let arg = SetRoleArg { context: context_id(1), name: name.to_owned(), capabilities: vec![] };
    api::set_role(&world.env, &mut world.state, &arg).map_err(reason)
}

#[test]
fn should_refuse_to_be_filled_for_nothing_and_change_nothing() {
    let mut world = world(2);
    world.add(account(3), "reader").expect("there is one left, and another");
    set_role(&mut world, "auditor").expect("the last one");
    let retry_at = midnight(&world);
    let spent = MembershipReason::WritesSpent { retry_at, cycles: WRITE_CYCLES };
    let before = world.fingerprint();
    for who in 4..8 {
        assert_eq!(world.add(account(who), "reader"), Err(spent.clone()));
    }
    assert_eq!(set_role(&mut world, "another"), Err(spent.clone()));
    world.env.cycles.set(WRITE_CYCLES - 1);
    assert_eq!(world.add(account(4), "reader"), Err(spent));
    assert_eq!(world.env.cycles.get(), WRITE_CYCLES - 1, "cycles were kept for nothing");
    assert!(world.fingerprint() == before, "what was refused changed something");

    world.env.now.set(retry_at);
    assert!(world.add(account(4), "reader").is_ok(), "the next day brings nothing");
}

#[test]
fn should_take_cycles_beyond_what_is_free_and_only_what_it_costs() {
    let mut world = world(0);
    world.env.cycles.set(3 * WRITE_CYCLES);
    world.add(account(3), "reader").expect("paid");
    assert_eq!(world.env.cycles.get(), 2 * WRITE_CYCLES);
    let again = world.add(account(3), "reader");
    assert!(again.is_ok());
    assert_eq!(world.env.cycles.get(), 2 * WRITE_CYCLES, "what changes nothing costs something");
}

#[test]
fn should_take_away_and_obey_governance_also_when_everything_is_spent() {
    let mut world = world(0);
    let grant = world.grant(account(2), 5, None);
    assert!(world.reads(account(2), 5));
    world.change(Change::Revoke { grant }).expect("revokes");
    assert!(!world.reads(account(2), 5));
    world.remove(account(1)).expect("removes");
    assert!(world.state.member(context_id(1).own_group(), account(1)).is_none());
}

#[test]
fn should_bound_what_a_vote_may_add_too_by_the_bytes_of_policies() {
    let mut world = world(0);
    let (group, now) = (context_id(1).own_group(), world.env.now.get());
    world.state.write_credit.spend(group, (Writer::Governance, None), FREE_WRITES_PER_GROUP_AND_DAY - 20, now);
    let cedar = format!("permit (principal, action, resource);{}", " ".repeat(30 * 1024));
    world.change(Change::SetPolicy { cedar: cedar.clone() }).expect("counted by what it leaves behind");
    let spent = MembershipReason::WritesSpent { retry_at: midnight(&world), cycles: 31 * WRITE_CYCLES };
    assert_eq!(world.change(Change::SetPolicy { cedar }), Err(spent));
    assert!(world.change(grant_change(account(2), 5, None)).is_err());
}

#[test]
fn should_spend_nothing_of_another_groups_and_nothing_twice() {
    let mut world = world(1);
    world.register(&world.registration(2)).expect("registers");
    world.add(account(3), "reader").expect("the last one");
    assert!(world.add(account(3), "reader").is_ok(), "what changes nothing was counted");
    let change = grant_change(account(3), 5, None);
    assert!(world.change_in(context_id(2), change).is_err(), "not a member there");
    let (group, now) = (context_id(2).own_group(), world.env.now.get());
    assert_eq!(world.state.write_credit.spent_until(group, MANAGERS, now), None);
}

/// A reader, and then a device that may be used for nothing, write as much as they can and undo it.
#[test]
fn should_let_managers_and_other_members_write_when_a_member_writes_without_end() {
    let mut world = world(10);
    world.device(1, 1, Scope { read: false, capabilities: vec![] }).expect("a device");
    let someone = Principal::self_authenticating([9; 32]);
    let mut done = 0;
    let refusal = loop {
        let by = (done % 2 == 1).then_some(1);
        match world.link(someone, 1, by) {
            Ok(_) => world.unlink(someone, someone).expect("what is there can be unlinked"),
            Err(refusal) => break refusal,
        };
        done += 1;
    };
    let retry_at = midnight(&world);
    assert_eq!(done + 1, FREE_WRITES_PER_ACCOUNT_AND_DAY, "the device counted, too");
    assert_eq!(refusal, MembershipReason::WritesSpent { retry_at, cycles: WRITE_CYCLES });
    assert!(matches!(world.rotate(1, (1, 2), true), Err(MembershipReason::WritesSpent { .. })));
    world.add(account(3), "reader").expect("the managers' own");
    world.link(someone, 2, None).expect("another member's own");
    world.device(2, 3, everything()).expect("another member's own");
    world.remove(account(1)).expect("removes");
    world.add(account(1), "reader").expect("adds again");
    assert!(world.link(Principal::self_authenticating([8; 32]), 1, None).is_err(), "leaving gave a share back");
    world.env.cycles.set(WRITE_CYCLES);
    world.link(Principal::self_authenticating([8; 32]), 1, None).expect("paid");
    world.env.now.set(retry_at);
    world.link(Principal::self_authenticating([7; 32]), 1, None).expect("the next day");
}

#[test]
fn should_let_managers_write_when_all_members_together_wrote_as_much_as_they_can() {
    let mut world = world(10);
    let (group, now) = (context_id(1).own_group(), world.env.now.get());
    for who in 0..FREE_WRITES_PER_GROUP_AND_DAY / FREE_WRITES_PER_ACCOUNT_AND_DAY {
        let purse = (Writer::Member, Some(account(10 + who as u8)));
        world.state.write_credit.spend(group, purse, FREE_WRITES_PER_ACCOUNT_AND_DAY, now);
    }
    assert!(matches!(world.link(stranger(), 1, None), Err(MembershipReason::WritesSpent { .. })));
    world.add(account(3), "reader").expect("the managers' own");
    world.change(grant_change(account(3), 5, None)).expect("governance's own");
}

#[test]
fn should_count_uses_when_they_are_granted() {
    let mut world = world(0);
    let limited = |uses| granted(account(1), 5, GrantTerms { max_uses: Some(uses), ..GrantTerms::default() });
    let mut given = 0;
    while world.change(limited(MAX_GRANT_USES)).is_ok() {
        given += 1;
    }
    assert_eq!(given, 2, "each is half of a day's writes");
}

#[test]
fn should_forget_a_node_also_when_everything_is_spent() {
    let mut world = world(0);
    world.env.call_as(administrator());
    let mut set = |url: Option<&str>| {
        let arg = SetNodeArg { context: context_id(1), url: url.map(str::to_owned) };
        api::set_node(&world.env, &mut world.state, &arg).map(|_| ()).map_err(reason)
    };
    assert!(matches!(set(Some("https://node.example.org")), Err(MembershipReason::WritesSpent { .. })));
    assert_eq!(set(None), Ok(()));
}
