use crate::api;
use crate::test_fixtures::{World, account, administrator, context_id, device, everything, note, reason, stranger};
use calisec_types::ids::{AccountId, Digest32, Revision, Timestamp};
use calisec_types::membership::{
    Action, Capability, ElectorateArg, LinkPrincipalArg, MAX_LINKS, MembershipReason, Scope, Subject,
};
use candid::Principal;

fn world() -> World {
    let mut world = World::with_context();
    world.add(account(1), "contributor").expect("adds");
    world.add(account(2), "contributor").expect("adds");
    world
}

/// A principal as Internet Identity gives them.
fn someone(seed: u8) -> Principal {
    Principal::self_authenticating([seed; 62])
}

fn link(world: &mut World, caller: Principal, arg: &LinkPrincipalArg) -> Result<(), MembershipReason> {
    world.env.call_as(caller);
    api::link_principal(&world.env, &mut world.state, arg).map(|_| ()).map_err(reason)
}

#[test]
fn should_act_for_the_account_when_a_principal_is_linked() {
    let mut world = world();
    world.link(someone(1), 1, None).expect("links");
    let decision = world.decide(Subject::Principal(someone(1)), Action::Mint, None);
    assert_eq!((decision.allowed, decision.account), (true, Some(account(1))));
    let arg = ElectorateArg { context: context_id(1), proposer: someone(1) };
    assert_eq!(api::electorate(&world.env, &world.state, &arg).map(|it| it.proposer), Ok(account(1)));
    assert!(world.weight(someone(1), Revision(2)).is_ok());
    assert!(world.may(someone(1), Capability::Checkpoint));
    assert!(!world.may(someone(1), Capability::ManageMembers));
    // What it owns is the member's, whichever of its principals asks.
    for asks in [someone(1), account(1).principal()] {
        let own = Some(note(1, someone(1)));
        assert!(world.decide(Subject::Principal(asks), Action::Read, own).allowed, "{asks}");
    }
    let own = Some(note(1, someone(1)));
    assert!(!world.decide(Subject::Account(account(2)), Action::Read, own).allowed);
}

#[test]
fn should_refuse_a_link_when_it_was_signed_for_something_else() {
    let mut world = world();
    world.device(1, 1, everything()).expect("adds");
    world.device(2, 2, everything()).expect("adds");
    let good = world.link_arg(someone(1), 1, None);
    let by_device = world.link_arg(someone(1), 1, Some(1));
    world.env.network = Digest32([9; 32]);
    let elsewhere = world.link_arg(someone(1), 1, None);
    world.env.network = Digest32([7; 32]);
    let before = world.fingerprint();
    assert_eq!(link(&mut world, someone(2), &good), Err(MembershipReason::InvalidSignature), "another principal");
    let for_another = LinkPrincipalArg { account: account(2), ..good.clone() };
    let with_device = LinkPrincipalArg { device: Some(device(1)), ..good.clone() };
    let without_device = LinkPrincipalArg { device: None, ..by_device.clone() };
    let mut later = good.clone();
    later.consent.valid_until.0 += 1;
    let mut other_nonce = good.clone();
    other_nonce.consent.nonce += 7;
    for (desc, arg, expected) in [
        ("another account", for_another, MembershipReason::InvalidSignature),
        ("a device that did not sign", with_device, MembershipReason::InvalidSignature),
        ("the account key that did not sign", without_device, MembershipReason::InvalidSignature),
        ("another network", elsewhere, MembershipReason::InvalidSignature),
        ("longer", later, MembershipReason::InvalidSignature),
        ("another nonce", other_nonce, MembershipReason::InvalidSignature),
        (
            "another's device",
            LinkPrincipalArg { device: Some(device(2)), ..by_device.clone() },
            MembershipReason::UnknownDevice(device(2)),
        ),
        (
            "nobody's",
            LinkPrincipalArg { account: AccountId([1; 32]), ..good.clone() },
            MembershipReason::UnknownMember(AccountId([1; 32])),
        ),
    ] {
        assert_eq!(link(&mut world, someone(1), &arg), Err(expected), "{desc}");
    }
    assert_eq!(link(&mut world, Principal::anonymous(), &good), Err(MembershipReason::Anonymous));
    assert_eq!(link(&mut world, account(2).principal(), &good), Err(MembershipReason::KeyTaken));
    assert!(world.fingerprint() == before, "what was refused changed something");
    let now = world.env.now.get();
    world.env.now.set(good.consent.valid_until);
    assert!(matches!(link(&mut world, someone(1), &good), Err(MembershipReason::ExpiryOutOfWindow { .. })));
    world.env.now.set(now);
    link(&mut world, someone(1), &good).expect("links");
    world.unlink(someone(1), someone(1)).expect("unlinks");
    let replayed = Err(MembershipReason::NonceTooLow { last: good.consent.nonce });
    assert_eq!(link(&mut world, someone(1), &good), replayed, "replayed");
}

#[test]
fn should_act_for_one_account_of_a_group_only() {
    let mut world = world();
    world.link(someone(1), 1, None).expect("links");
    assert_eq!(world.link(someone(1), 2, None), Err(MembershipReason::KeyTaken));
    assert_eq!(world.link(someone(1), 1, None), Err(MembershipReason::KeyTaken));
    let mut others = World::with_context();
    others.add(account(2), "reader").expect("adds");
    others.link(someone(1), 2, None).expect("another group");
    world.unlink(someone(1), someone(1)).expect("unlinks");
    world.link(someone(1), 2, None).expect("links");
    assert_eq!(world.decide(Subject::Principal(someone(1)), Action::Mint, None).account, Some(account(2)));
}

#[test]
fn should_have_the_scope_of_the_device_that_linked_it_and_count_with_it() {
    let mut world = world();
    let now = world.env.now.get();
    let scope = Scope { read: false, capabilities: vec![Capability::Vote] };
    let arg = world.binding((1, 1), scope, (Some(now.plus_seconds(100)), None), |_| ());
    world.add_device(&arg).expect("adds");
    world.link(someone(1), 1, Some(1)).expect("links");
    assert!(world.may(someone(1), Capability::Vote) && !world.may(someone(1), Capability::Mint));
    let own = Some(note(1, account(1).principal()));
    assert!(!world.decide(Subject::Principal(someone(1)), Action::Read, own).allowed);
    world.env.now.set(Timestamp(now.plus_seconds(100).0 + 1));
    assert!(!world.may(someone(1), Capability::Vote));
    let late = world.link(someone(2), 1, Some(1));
    assert_eq!(late, Err(MembershipReason::DeviceNotLive(device(1))));
}

#[test]
fn should_unlink_by_either_side_and_nobody_else() {
    for (by, may) in [
        (someone(1), Ok(())),
        (account(1).principal(), Ok(())),
        (device(1).principal(), Ok(())),
        (administrator(), Ok(())),
        (device(2).principal(), Err(MembershipReason::MissingCapability(Capability::ManageMembers))),
        (account(2).principal(), Err(MembershipReason::MissingCapability(Capability::ManageMembers))),
        (someone(2), Err(MembershipReason::MissingCapability(Capability::ManageMembers))),
        (stranger(), Err(MembershipReason::MissingCapability(Capability::ManageMembers))),
        (Principal::anonymous(), Err(MembershipReason::Anonymous)),
    ] {
        let mut world = world();
        world.device(1, 1, everything()).expect("adds");
        world.device(1, 2, everything()).expect("adds");
        world.link(someone(1), 1, Some(1)).expect("links");
        world.link(someone(2), 1, None).expect("links");
        assert_eq!(world.unlink(by, someone(1)).map(|_| ()), may, "{by}");
        assert_eq!(world.may(someone(1), Capability::Mint), may.is_err(), "{by}");
        assert!(world.may(someone(2), Capability::Mint), "{by}");
        let unknown = world.unlink(by, someone(9));
        assert_eq!(unknown, Err(MembershipReason::NotLinked(someone(9))), "{by}");
        let own = world.unlink(administrator(), account(1).principal());
        assert_eq!(own, Err(MembershipReason::NotLinked(account(1).principal())), "an account key is no link");
    }
}

#[test]
fn should_refuse_one_more_link_when_an_account_has_as_many_as_it_may() {
    let mut world = world();
    let most = u8::try_from(MAX_LINKS).expect("few");
    for seed in 0..most {
        world.link(someone(seed), 1, None).expect("links");
    }
    let limit = MAX_LINKS as u64;
    assert_eq!(world.link(someone(100), 1, None), Err(MembershipReason::TooManyLinks { limit }));
    world.unlink(administrator(), someone(3)).expect("unlinks");
    world.link(someone(100), 1, None).expect("there is room");
    world.remove(account(1)).expect("removes");
    for seed in [0, 7, 100] {
        assert!(!world.may(someone(seed), Capability::Vote));
    }
}
