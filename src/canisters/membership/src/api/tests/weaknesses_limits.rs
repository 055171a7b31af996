//! More weaknesses of Calimero's earlier contracts (`docs/calimero-weaknesses.md` numbers them), each shown not to exist here:
//! what is repeated, refused, unknown or large.

use crate::api;
use crate::test_fixtures::{
    World, account, administrator, context_id, device, everything, grant_change, note, reason, stranger,
};
use calisec_types::ids::{AccountId, ContextId, KemKey, Revision, Seq, Weight};
use calisec_types::membership::{
    Action, AddMemberArg, AuditArg, Capability, CapabilityArg, Change, ContextsArg, DecideArg, ElectorateArg,
    GrantsArg, MAX_ROLES, MembersArg, MembershipReason, RemoveRoleArg, SetRoleArg, StaleDevicesArg, Subject,
    VotingWeightArg, WasMemberArg,
};
use calisec_types::page::MAX_PAGE;
use ed25519_dalek::SigningKey;

/// Weakness 2: what was signed or voted once could be executed again and again.
#[test]
fn should_do_nothing_a_second_time_when_anything_is_replayed() {
    let mut world = World::with_context();
    world.add(account(1), "contributor").expect("adds");
    let binding = world.binding((1, 1), everything(), (None, None), |_| ());
    world.add_device(&binding).expect("adds");
    let rotation = world.rotation(1, (1, 2), false);
    api::rotate_device(&world.env, &mut world.state, &rotation).expect("rotates");
    let link = world.link_arg(stranger(), 1, None);
    world.env.call_as(stranger());
    api::link_principal(&world.env, &mut world.state, &link).expect("links");
    let registration = world.registration(1);
    let before = world.fingerprint();
    assert_eq!(world.add_device(&binding), Err(MembershipReason::KeyRevoked));
    let again = api::rotate_device(&world.env, &mut world.state, &rotation).map_err(reason);
    assert_eq!(again, Err(MembershipReason::UnknownDevice(device(1))));
    world.env.call_as(stranger());
    let again = api::link_principal(&world.env, &mut world.state, &link).map_err(reason);
    assert_eq!(again, Err(MembershipReason::KeyTaken));
    assert_eq!(world.register(&registration), Err(MembershipReason::ContextExists(context_id(1))));
    assert!(world.fingerprint() == before, "a replay changed something");
}

/// Weakness 6: a refused operation used its nonce up.
#[test]
fn should_leave_nonces_unused_when_a_binding_rotation_or_link_is_refused() {
    let mut world = World::with_context();
    let binding = world.binding((1, 1), everything(), (None, None), |_| ());
    let unknown = Err(MembershipReason::UnknownMember(account(1)));
    assert_eq!(world.add_device(&binding), unknown, "no member yet");
    world.add(account(1), "contributor").expect("adds");
    world.add_device(&binding).expect("the same signatures");
    let rotation = world.rotation(1, (3, 4), true);
    let refused = api::rotate_device(&world.env, &mut world.state, &rotation).map_err(reason);
    assert_eq!(refused, Err(MembershipReason::UnknownDevice(device(3))));
    let key = AccountId(device(3).0);
    assert_eq!(world.state.last_nonce(key), 0, "nothing of the device was accepted");
    assert_eq!(world.state.last_nonce(account(1)), binding.consent.nonce);
}

/// Weakness 9: approvals of members who were removed since still counted, and a threshold could exceed the members.
#[test]
fn should_count_nobody_who_was_removed_and_nobody_twice_when_votes_are_weighed() {
    let mut world = World::with_context();
    for seed in 1..=3 {
        world.add(account(seed), "reader").expect("adds");
    }
    world.device(1, 1, everything()).expect("adds");
    world.link(stranger(), 1, None).expect("links");
    let frozen = world.revision();
    let voters = [account(1).principal(), device(1).principal(), stranger()];
    let of = |world: &World, voter| {
        let arg = VotingWeightArg { context: context_id(1), revision: frozen, voter };
        api::voting_weight(&world.env, &world.state, &arg).map_err(reason)
    };
    for voter in voters {
        let weight = of(&world, voter).expect("votes");
        assert_eq!((weight.account, weight.weight), (account(1), Weight(1)), "one account, however it calls");
    }
    world.remove(account(1)).expect("removes");
    for voter in voters {
        assert_eq!(of(&world, voter), Err(MembershipReason::NotAMember(voter)));
    }
    let arg = ElectorateArg { context: context_id(1), proposer: account(2).principal() };
    let electorate = api::electorate(&world.env, &world.state, &arg).expect("a member proposes");
    assert_eq!(electorate.total_weight, Weight(2), "never more than those who can vote");
}

/// Weakness 11: two identical registrations could both get past the check of the one.
#[test]
fn should_register_once_when_the_same_registration_comes_twice() {
    let mut world = World::empty();
    let registration = world.registration(1);
    assert_eq!(world.register(&registration), Ok(()));
    let before = world.fingerprint();
    assert_eq!(world.register(&registration), Err(MembershipReason::ContextExists(context_id(1))));
    assert!(world.fingerprint() == before, "a registration is one message: nothing is between check and change");
}

/// Weakness 17: a list was applied up to the item that was refused.
#[test]
fn should_apply_a_list_of_capabilities_as_a_whole_or_not_at_all() {
    let mut world = World::with_context();
    world.add(account(1), "administrator").expect("adds");
    let manager = SetRoleArg {
        context: context_id(1),
        name: "manager".to_owned(),
        capabilities: vec![Capability::ManageMembers, Capability::Mint],
    };
    world.set_role(administrator(), &manager).expect("defines");
    world.add(account(2), "manager").expect("adds");
    let before = world.fingerprint();
    let mixed = SetRoleArg {
        name: "mixed".to_owned(),
        capabilities: vec![Capability::Mint, Capability::Proxy, Capability::ManageMembers],
        ..manager
    };
    let refusal = world.set_role(account(2).principal(), &mixed);
    assert_eq!(refusal, Err(MembershipReason::MissingCapability(Capability::Proxy)));
    assert!(world.fingerprint() == before, "part of a refused list was applied");
}

/// Weakness 27: queries about something unknown trapped.
#[test]
fn should_answer_a_typed_error_when_a_query_is_about_something_unknown() {
    let world = World::with_context();
    let (env, state, nowhere) = (&world.env, &world.state, ContextId([7; 32]));
    let unknown = MembershipReason::UnknownContext(nowhere);
    let (key, voter) = (account(1), stranger());
    let question = |subject| DecideArg {
        context: nowhere,
        subject,
        action: Action::Read,
        note: Some(note(1, voter)),
        purpose: None,
    };
    let refusals = [
        api::context(state, nowhere).map(|_| ()),
        api::member(state, nowhere, key).map(|_| ()),
        api::members(state, &MembersArg { context: nowhere, after: Some(key), limit: None }).map(|_| ()),
        api::roles(state, nowhere).map(|_| ()),
        api::policy(state, nowhere).map(|_| ()),
        api::grants(env, state, &GrantsArg { context: nowhere, after: None, limit: None }).map(|_| ()),
        api::identities(env, state, nowhere, key).map(|_| ()),
        api::stale_devices(env, state, &StaleDevicesArg { context: nowhere, at: None, after: None, limit: None })
            .map(|_| ()),
        api::was_member(state, &WasMemberArg { context: nowhere, key, revision: Revision(1) }).map(|_| ()),
        api::decide(env, state, &question(Subject::Account(key))).map(|_| ()),
        api::electorate(env, state, &ElectorateArg { context: nowhere, proposer: voter }).map(|_| ()),
        api::voting_weight(env, state, &VotingWeightArg { context: nowhere, revision: Revision(1), voter }).map(|_| ()),
    ];
    for (place, refusal) in refusals.into_iter().enumerate() {
        assert_eq!(refusal.map_err(reason), Err(unknown.clone()), "query {place}");
    }
    let group = nowhere.own_group();
    let contexts = api::contexts_of_group(state, &ContextsArg { group, after: None, limit: None });
    assert_eq!(contexts.map(|_| ()).map_err(reason), Err(MembershipReason::UnknownGroup(group)));
}

/// Weaknesses 28 and 31: answers grew without bound, and pages were not stable.
#[test]
fn should_answer_no_more_than_a_page_and_the_same_page_again_when_much_is_stored() {
    let mut world = World::with_context();
    world.env.call_as(administrator());
    for number in 0..=u64::from(MAX_PAGE) {
        let mut seed = [9; 32];
        seed[..8].copy_from_slice(&number.to_be_bytes());
        let account = AccountId(SigningKey::from_bytes(&seed).verifying_key().to_bytes());
        let (context, role) = (context_id(1), "reader".to_owned());
        let arg = AddMemberArg { context, account, role, kem_key: KemKey([9; 32]) };
        api::add_member(&world.env, &mut world.state, arg).expect("adds");
    }
    let limit = Some(u32::MAX);
    let members = MembersArg { context: context_id(1), after: None, limit };
    let page = api::members(&world.state, &members).expect("a page");
    assert_eq!(page.members.len(), MAX_PAGE as usize);
    let rest = api::members(&world.state, &MembersArg { after: page.next, ..members.clone() }).expect("a page");
    assert_eq!((rest.members.len(), rest.next), (1, None));
    let log = AuditArg { from: Seq(0), limit };
    assert_eq!(api::audit_log(&world.state, log).len(), MAX_PAGE as usize);
    assert!(page.members.is_sorted_by_key(|member| member.account));
    world.upgrade();
    assert_eq!(api::members(&world.state, &members).expect("a page"), page);
    assert!(api::roles(&world.state, context_id(1)).expect("roles").len() <= MAX_ROLES);
}

/// Weakness 30: revisions rose although nothing changed, and stayed although capabilities did.
#[test]
fn should_raise_the_revision_by_one_for_every_real_change_and_for_nothing_else() {
    let mut world = World::with_context();
    let capability = CapabilityArg { context: context_id(1), account: account(1), capability: Capability::Mint };
    let role = |capabilities: &[Capability]| SetRoleArg {
        context: context_id(1),
        name: "keeper".to_owned(),
        capabilities: capabilities.to_vec(),
    };
    type Step<'a> = (&'a str, bool, Box<dyn Fn(&mut World) + 'a>);
    let steps: Vec<Step<'_>> = vec![
        ("a member", true, Box::new(|world| drop(world.add(account(1), "reader")))),
        ("the same member", false, Box::new(|world| drop(world.add(account(1), "reader")))),
        ("another role", true, Box::new(|world| drop(world.add(account(1), "contributor")))),
        ("a capability", true, Box::new(|world| drop(world.give(administrator(), &capability)))),
        ("the same capability", false, Box::new(|world| drop(world.give(administrator(), &capability)))),
        ("taken", true, Box::new(|world| drop(world.take(administrator(), &capability)))),
        ("taken again", false, Box::new(|world| drop(world.take(administrator(), &capability)))),
        ("a role", true, Box::new(|world| drop(world.set_role(administrator(), &role(&[Capability::Vote]))))),
        ("the same role", false, Box::new(|world| drop(world.set_role(administrator(), &role(&[Capability::Vote]))))),
        ("a wider role", true, Box::new(|world| drop(world.set_role(administrator(), &role(&Capability::ALL))))),
        ("a device", true, Box::new(|world| drop(world.device(1, 1, everything())))),
        ("the same device", false, Box::new(|world| drop(world.device(1, 1, everything())))),
        ("a grant", false, Box::new(|world| drop(world.change(grant_change(account(1), 1, None))))),
        ("no such role", false, Box::new(|world| drop(world.add(account(2), "nobody")))),
        ("no such member", false, Box::new(|world| drop(world.remove(account(2))))),
        ("removed", true, Box::new(|world| drop(world.remove(account(1))))),
        ("removed again", false, Box::new(|world| drop(world.remove(account(1))))),
    ];
    for (desc, changes, step) in steps {
        let before = world.revision();
        step(&mut world);
        let expected = if changes { before.next() } else { before };
        assert_eq!(world.revision(), expected, "{desc}");
    }
    let gone = RemoveRoleArg { context: context_id(1), name: "keeper".to_owned() };
    let before = world.revision();
    world.env.call_as(administrator());
    api::remove_role(&world.env, &mut world.state, &gone).expect("removes");
    assert_eq!(world.revision(), before.next());
    let policy = Change::SetPolicy { cedar: "permit (principal, action, resource);".to_owned() };
    world.change(policy).expect("sets");
    assert_eq!(world.revision(), before.next(), "policies have a version of their own");
}
