//! What can be added to a group in a day for nothing.

use crate::api;
use crate::test_fixtures::{World, account, administrator, context_id, grant_change, reason};
use calisec_types::ids::Timestamp;
use calisec_types::membership::{
    Change, FREE_WRITES_PER_GROUP_AND_DAY, MembershipReason, SetRoleArg, WRITE_CYCLES, Written,
};

const DAY: u64 = 24 * 60 * 60 * 1_000_000_000;

/// A group that may add `left` things today.
fn world(left: u32) -> World {
    let mut world = World::with_context();
    world.add(account(1), "reader").expect("adds");
    world.add(account(2), "reader").expect("adds");
    let (group, now) = (context_id(1).own_group(), world.env.now.get());
    world.state.write_credit.spend((group, false), FREE_WRITES_PER_GROUP_AND_DAY - 2 - left, now);
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
    world.state.write_credit.spend((group, true), FREE_WRITES_PER_GROUP_AND_DAY - 20, now);
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
    assert_eq!(world.state.write_credit.spent_until((group, false), now), None);
}
