use crate::api;
use crate::test_fixtures::{World, account, administrator, context_id, governance, reason, stranger};
use calisec_types::ids::{AccountId, KemKey, Revision, Seq, Weight};
use calisec_types::membership::Capability::{Checkpoint, ManageApplication, ManageMembers, Mint, Proxy, Vote};
use calisec_types::membership::{
    Action, AddMemberArg, Capability, CapabilityArg, ElectorateArg, MAX_ROLES, MembershipReason, RemoveMemberArg,
    RemoveRoleArg, SetRoleArg, Subject, Written,
};
use candid::Principal;

fn set(name: &str, capabilities: &[Capability]) -> SetRoleArg {
    SetRoleArg { context: context_id(1), name: name.to_owned(), capabilities: capabilities.to_vec() }
}

fn gone(name: &str) -> RemoveRoleArg {
    RemoveRoleArg { context: context_id(1), name: name.to_owned() }
}

fn capability(seed: u8, capability: Capability) -> CapabilityArg {
    CapabilityArg { context: context_id(1), account: account(seed), capability }
}

fn member(seed: u8, role: &str) -> AddMemberArg {
    AddMemberArg { context: context_id(1), account: account(seed), role: role.to_owned(), kem_key: KemKey([9; 32]) }
}

impl World {
    fn remove_role(&mut self, by: Principal, arg: &RemoveRoleArg) -> Result<Written, MembershipReason> {
        self.env.call_as(by);
        api::remove_role(&self.env, &mut self.state, arg).map_err(reason)
    }

    fn total(&self) -> Weight {
        self.state.group(context_id(1).own_group()).expect("a group").total_weight
    }

    fn capabilities(&self, seed: u8) -> Vec<Capability> {
        api::member(&self.state, context_id(1), account(seed)).expect("a member").capabilities
    }
}

/// Member 1 manages members and mints; 2 contributes, 3 reads, 4 is in the role of administrators.
fn managed() -> World {
    let mut world = World::with_context();
    world.set_role(administrator(), &set("manager", &[ManageMembers, Mint, Vote])).expect("defines");
    for (seed, role) in [(1, "manager"), (2, "contributor"), (3, "reader"), (4, "administrator")] {
        world.add(account(seed), role).expect("adds");
    }
    world
}

#[test]
fn should_report_every_capability_of_roles_and_members() {
    let mut world = managed();
    let roles = api::roles(&world.state, context_id(1)).expect("roles");
    let reported: Vec<_> = roles.iter().map(|role| (role.name.as_str(), role.capabilities.as_slice())).collect();
    assert_eq!(
        reported,
        [
            ("administrator", &Capability::ALL[..]),
            ("contributor", &[Mint, Vote, Checkpoint]),
            ("manager", &[ManageMembers, Mint, Vote]),
            ("reader", &[Vote]),
        ]
    );
    assert!(roles.iter().all(|role| role.members == 1));
    world.give(administrator(), &capability(3, Proxy)).expect("gives");
    let reader = api::member(&world.state, context_id(1), account(3)).expect("a member");
    assert_eq!((reader.capabilities, reader.own_capabilities), (vec![Proxy, Vote], vec![Proxy]));
    for (seed, expected) in [(1, vec![ManageMembers, Mint, Vote]), (4, Capability::ALL.to_vec())] {
        assert_eq!(world.capabilities(seed), expected);
        for capability in Capability::ALL {
            let may = world.may(account(seed).principal(), capability);
            assert_eq!(may, expected.contains(&capability), "{seed} {capability}");
        }
    }
}

#[test]
fn should_raise_the_revision_when_a_role_or_capability_really_changes_and_only_then() {
    let mut world = managed();
    let start = api::context(&world.state, context_id(1)).expect("registered").revision.0;
    world.env.call_as(administrator());
    let at = |revision: u64| Ok(Revision(start + revision));
    let revision = |written: Result<Written, MembershipReason>| written.map(|written| written.revision);
    assert_eq!(
        revision(world.set_role(administrator(), &set("manager", &[Vote, Mint, ManageMembers, Mint]))),
        at(0),
        "the same"
    );
    assert_eq!(revision(world.take(administrator(), &capability(3, Vote))), at(0), "the role's stays");
    assert_eq!(revision(world.give(administrator(), &capability(3, Vote))), at(1), "its own beside the role's");
    let seq = world.state.seq();
    assert_eq!(
        world.give(administrator(), &capability(3, Vote)),
        Ok(Written { seq, revision: Revision(start + 1) }),
        "again"
    );
    assert_eq!(revision(world.take(administrator(), &capability(3, Vote))), at(2));
    assert_eq!(revision(world.take(administrator(), &capability(3, Vote))), at(2), "again");
    assert_eq!(revision(world.set_role(administrator(), &set("guest", &[]))), at(3));
    assert_eq!(revision(world.set_role(administrator(), &set("guest", &[]))), at(3));
    assert_eq!(revision(world.remove_role(administrator(), &gone("guest"))), at(4));
    assert_eq!(
        world.remove_role(administrator(), &gone("guest")),
        Err(MembershipReason::UnknownRole("guest".to_owned()))
    );
    assert_eq!(api::context(&world.state, context_id(1)).expect("registered").revision, Revision(start + 4));
    assert_eq!(world.state.seq(), Seq(seq.0 + 3));
}

#[test]
fn should_refuse_to_give_what_the_giver_has_not_itself() {
    let mut world = managed();
    let manager = account(1).principal();
    world.env.call_as(manager);
    let before = world.fingerprint();
    let missing = |capability| Err(MembershipReason::MissingCapability(capability));
    let not_administrator = Err(MembershipReason::NotAdministrator);
    let add = |world: &mut World, arg| api::add_member(&world.env, &mut world.state, arg).map_err(reason);
    assert_eq!(add(&mut world, member(5, "contributor")), missing(Checkpoint), "a role with more");
    assert_eq!(add(&mut world, member(1, "contributor")), missing(Checkpoint), "for itself");
    assert_eq!(add(&mut world, member(1, "administrator")), not_administrator, "the highest role for itself");
    assert_eq!(add(&mut world, member(4, "reader")), not_administrator, "taking the highest role from another");
    assert_eq!(world.set_role(manager, &set("manager", &Capability::ALL)), missing(ManageApplication), "its own role");
    assert_eq!(world.set_role(manager, &set("new", &[Proxy])), missing(Proxy));
    assert_eq!(world.set_role(manager, &set("administrator", &[])), not_administrator);
    assert_eq!(world.give(manager, &capability(1, Checkpoint)), missing(Checkpoint));
    assert_eq!(world.give(manager, &capability(2, ManageApplication)), missing(ManageApplication));
    assert_eq!(world.give(manager, &capability(4, Mint)), not_administrator);
    assert_eq!(world.take(manager, &capability(4, Mint)), not_administrator);
    let remove = RemoveMemberArg { context: context_id(1), account: account(4) };
    let removal = api::remove_member(&world.env, &mut world.state, remove).map_err(reason);
    assert_eq!(removal, not_administrator);
    assert!(world.fingerprint() == before, "what was refused changed something");

    world.give(manager, &capability(3, Mint)).expect("it mints itself");
    add(&mut world, member(5, "manager")).expect("its own role");
    add(&mut world, member(2, "reader")).expect("less than before");
    let remove = RemoveMemberArg { context: context_id(1), account: account(2) };
    api::remove_member(&world.env, &mut world.state, remove).expect("removes");
}

#[test]
fn should_refuse_who_may_not_manage_members() {
    let mut world = managed();
    let before = world.fingerprint();
    let missing = MembershipReason::MissingCapability(ManageMembers);
    for (caller, expected) in [
        (Principal::anonymous(), MembershipReason::Anonymous),
        (stranger(), missing.clone()),
        (governance(), missing.clone()),
        (account(2).principal(), missing.clone()),
        (account(3).principal(), missing),
    ] {
        world.env.call_as(caller);
        assert_eq!(world.set_role(caller, &set("guest", &[])), Err(expected.clone()));
        assert_eq!(world.remove_role(caller, &gone("guest")), Err(expected.clone()));
        assert_eq!(world.give(caller, &capability(2, Vote)), Err(expected.clone()));
        assert_eq!(world.take(caller, &capability(2, Vote)), Err(expected.clone()));
        assert!(world.fingerprint() == before, "{caller} changed something");
    }
}

#[test]
fn should_keep_the_administrator_in_whatever_is_done_to_roles() {
    let mut world = managed();
    world.set_role(administrator(), &set("administrator", &[])).expect("takes all from the role");
    world.set_role(administrator(), &set("manager", &[])).expect("takes all from the role");
    for capability in Capability::ALL {
        assert!(world.may(administrator(), capability), "{capability}");
        assert!(!world.may(account(4).principal(), capability), "{capability}");
        assert!(!world.may(account(1).principal(), capability), "{capability}");
    }
    let in_use = Err(MembershipReason::RoleInUse { members: 1 });
    assert_eq!(world.remove_role(administrator(), &gone("administrator")), in_use);
    world.set_role(administrator(), &set("administrator", &Capability::ALL)).expect("restores");
    assert!(world.may(account(4).principal(), Proxy));
}

#[test]
fn should_deny_in_the_next_message_when_a_role_or_capability_is_taken() {
    let mut world = managed();
    let mints = |world: &World| world.decide(Subject::Account(account(2)), Action::Mint, None).allowed;
    let revision = Revision(5);
    assert!(mints(&world));
    assert_eq!(world.weight(account(2).principal(), revision), Ok(Weight(1)));
    world.set_role(administrator(), &set("contributor", &[Checkpoint])).expect("changes");
    assert!(!mints(&world), "minted without the capability");
    assert_eq!(world.weight(account(2).principal(), revision), Err(MembershipReason::MissingCapability(Vote)));
    let proposer = account(2).principal();
    let electorate = api::electorate(&world.env, &world.state, &ElectorateArg { context: context_id(1), proposer });
    assert_eq!(electorate.map_err(reason), Err(MembershipReason::MissingCapability(Vote)));
    assert!(world.may(account(2).principal(), Checkpoint));
    world.give(administrator(), &capability(2, Mint)).expect("gives");
    assert!(mints(&world));
    world.take(administrator(), &capability(2, Mint)).expect("takes");
    assert!(!mints(&world));
    world.set_role(administrator(), &set("contributor", &[])).expect("changes");
    assert!(!world.may(account(2).principal(), Checkpoint));
}

/// A role's change is one write however many have the role, and what they weighed before is still known.
#[test]
fn should_weigh_votes_by_what_roles_were_at_the_frozen_revision() {
    let mut world = World::with_context();
    for seed in 1..=3 {
        world.add(account(seed), "contributor").expect("adds");
    }
    world.give(administrator(), &capability(3, Vote)).expect("gives");
    let voting = Revision(4);
    assert_eq!(world.total(), Weight(3));
    world.set_role(administrator(), &set("contributor", &[Mint])).expect("changes");
    let silent = Revision(5);
    assert_eq!(world.total(), Weight(1), "but for the one who votes in its own right");
    assert_eq!(world.weight(account(1).principal(), voting), Err(MembershipReason::MissingCapability(Vote)));
    assert_eq!(world.weight(account(3).principal(), silent), Ok(Weight(1)));
    world.add(account(3), "reader").expect("changes");
    world.set_role(administrator(), &set("contributor", &[Mint, Vote])).expect("changes back");
    assert_eq!(world.total(), Weight(3));
    for seed in 1..=2 {
        assert_eq!(world.weight(account(seed).principal(), voting), Ok(Weight(1)));
        assert_eq!(
            world.weight(account(seed).principal(), silent),
            Err(MembershipReason::NotInElectorate(silent)),
            "{seed} was silent"
        );
        assert_eq!(world.weight(account(seed).principal(), Revision(7)), Ok(Weight(1)));
    }
    assert_eq!(world.weight(account(3).principal(), silent), Ok(Weight(1)));
    let early = Revision(2);
    assert_eq!(world.weight(account(3).principal(), early), Err(MembershipReason::NotInElectorate(early)));
    world.remove(account(1)).expect("removes");
    assert_eq!(world.total(), Weight(2));
    let group = world.state.group(context_id(1).own_group()).expect("a group");
    let standing = |seed: u8, revision| {
        let at = (context_id(1).own_group(), &group);
        world.state.standing_at(at, account(seed), revision).map(|standing| (standing.role.clone(), standing.weight()))
    };
    assert_eq!(standing(1, voting), Some(("contributor".to_owned(), Weight(1))));
    assert_eq!(standing(1, silent), Some(("contributor".to_owned(), Weight(0))));
    assert_eq!(standing(1, Revision(8)), None, "removed");
    assert_eq!(standing(3, silent), Some(("contributor".to_owned(), Weight(1))));
    assert_eq!(standing(3, Revision(6)), Some(("reader".to_owned(), Weight(1))));
}

#[test]
fn should_refuse_one_more_role_when_there_are_as_many_as_may_be_and_one_that_is_in_use() {
    let mut world = managed();
    world.env.call_as(administrator());
    for number in 4..MAX_ROLES {
        world.set_role(administrator(), &set(&format!("role-{number}"), &[Mint])).expect("defines");
    }
    let limit = MAX_ROLES as u64;
    assert_eq!(world.set_role(administrator(), &set("one-more", &[])), Err(MembershipReason::TooManyRoles { limit }));
    world.set_role(administrator(), &set("role-4", &[])).expect("one that is may change");
    assert_eq!(world.remove_role(administrator(), &gone("manager")), Err(MembershipReason::RoleInUse { members: 1 }));
    world.remove_role(administrator(), &gone("role-4")).expect("nobody has it");
    world.set_role(administrator(), &set("one-more", &[])).expect("there is room");
    let unknown = Err(MembershipReason::UnknownRole("role-4".to_owned()));
    assert_eq!(world.add(account(7), "role-4"), unknown);
    let names = api::roles(&world.state, context_id(1)).expect("roles");
    assert!(names.is_sorted_by_key(|role| role.name.clone()));
    assert_eq!(world.state.member(context_id(1).own_group(), AccountId([0; 32])), None);
}
