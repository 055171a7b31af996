use crate::api;
use crate::test_fixtures::{
    START, World, account, account_key, administrator, context_id, device, device_key, everything, note, reason,
    sign_request, signature, stranger,
};
use calisec_types::ids::{AccountId, DeviceKey, Digest32, KemKey, Revision, Timestamp, Weight};
use calisec_types::membership::{
    Action, AddDeviceArg, Capability, DueDevice, MAX_DEVICES, MembershipReason, PastMember, Request, Rights,
    RotationSignature, Scope, SetRoleArg, StaleDevicesArg, Subject, WasMemberArg, Written,
};
use calisec_types::signing::DeviceBinding;
use candid::Principal;
use serde_bytes::ByteBuf;

/// Member 1 contributes, member 2 reads.
fn world() -> World {
    let mut world = World::with_context();
    world.add(account(1), "contributor").expect("adds");
    world.add(account(2), "reader").expect("adds");
    world
}

fn scope(read: bool, capabilities: &[Capability]) -> Scope {
    Scope { read, capabilities: capabilities.to_vec() }
}

fn mints(world: &World, key: u8) -> bool {
    world.decide(Subject::Principal(device(key).principal()), Action::Mint, None).allowed
}

/// Whether a device is handed a note that its owner's account key owns.
fn reads(world: &World, owner: u8, key: u8) -> bool {
    let owned = note(1, account(owner).principal());
    world.decide(Subject::Principal(device(key).principal()), Action::Read, Some(owned)).allowed
}

fn resolves(world: &World, key: u8) -> bool {
    let group = context_id(1).own_group();
    world.state.resolve(group, device(key).principal(), world.env.now.get()).is_some()
}

fn stale(
    world: &World,
    at: Option<Timestamp>,
    after: Option<DueDevice>,
    limit: u32,
) -> (Vec<DeviceKey>, Option<DueDevice>) {
    let arg = StaleDevicesArg { context: context_id(1), at, after, limit: Some(limit) };
    let page = api::stale_devices(&world.env, &world.state, &arg).expect("a page");
    (page.devices.iter().map(|due| due.key).collect(), page.next)
}

#[test]
fn should_act_for_its_account_within_its_scope_when_a_device_is_added() {
    let mut world = world();
    let (all, none) = (Capability::ALL.to_vec(), scope(false, &[]));
    for (key, scope) in
        [(1, scope(true, &all)), (2, scope(true, &[])), (3, scope(false, &[Capability::Mint])), (4, none)]
    {
        world.device(1, key, scope).expect("adds");
    }
    world.device(2, 5, scope(true, &all)).expect("adds");
    for (key, may_read, may_mint, may_vote) in [
        (1, true, true, true),
        (2, true, false, false),
        (3, false, true, false),
        (4, false, false, false),
        // A scope gives nothing that the account has not: a reader does not mint.
        (5, true, false, true),
    ] {
        let owner = if key == 5 { 2 } else { 1 };
        let principal = device(key).principal();
        assert_eq!(reads(&world, owner, key), may_read, "device {key} reads");
        assert_eq!(mints(&world, key), may_mint, "device {key} mints");
        assert_eq!(world.weight(principal, Revision(2)).is_ok(), may_vote, "device {key} votes");
        assert_eq!(world.may(principal, Capability::Checkpoint), key == 1, "device {key} attests");
        assert!(!world.may(principal, Capability::ManageMembers), "device {key} manages members");
        let decision = world.decide(Subject::Principal(principal), Action::Mint, None);
        assert_eq!(decision.account, Some(account(owner)));
    }
    let vote = |world: &World, principal| world.weight(principal, Revision(2));
    assert_eq!(vote(&world, device(3).principal()), Err(MembershipReason::MissingCapability(Capability::Vote)));
    let identities = api::identities(&world.env, &world.state, context_id(1), account(1)).expect("identities");
    let listed: Vec<_> = identities.devices.iter().map(|one| (one.key, one.scope.clone(), one.is_live)).collect();
    assert_eq!(listed[2], (device(3), scope(false, &[Capability::Mint]), true));
    assert_eq!((listed.len(), identities.links), (4, Vec::new()));
    assert_eq!(identities.devices[0].principal, device(1).principal());
    assert_eq!((identities.devices[0].added_at, identities.devices[0].rotated_at), (START, START));
}

#[test]
fn should_refuse_a_binding_when_anything_in_it_was_signed_otherwise() {
    let mut world = world();
    let before = world.fingerprint();
    let now = world.env.now.get();
    type Alter = fn(&mut DeviceBinding);
    let alterations: [(&str, Alter); 11] = [
        ("network", |payload| payload.network = Digest32([0; 32])),
        ("canister", |payload| payload.canister = stranger()),
        ("group", |payload| payload.group = context_id(2).own_group()),
        ("account", |payload| payload.account = account(2)),
        ("device", |payload| payload.device = device(9)),
        ("scope", |payload| payload.scope = calisec_types::membership::Rights::NONE),
        ("envelope key", |payload| payload.kem_key = KemKey([77; 32])),
        ("expiry", |payload| payload.expires_at = None),
        ("rotation", |payload| payload.rotate_every = None),
        ("nonce", |payload| payload.nonce += 1),
        ("validity", |payload| payload.valid_until.0 += 1),
    ];
    for (desc, alter) in alterations {
        let limits = (Some(now.plus_seconds(100)), Some(60));
        let arg = world.binding((1, 1), everything(), limits, alter);
        assert_eq!(world.add_device(&arg), Err(MembershipReason::InvalidSignature), "{desc}");
    }
    let good = world.binding((1, 1), everything(), (None, None), |_| ());
    // Neither key alone binds the two.
    let swapped = AddDeviceArg { account_signature: Some(good.device_signature.clone()), ..good.clone() };
    assert_eq!(world.add_device(&swapped), Err(MembershipReason::InvalidSignature));
    for caller in [Principal::anonymous(), stranger(), administrator(), device(1).principal(), account(2).principal()] {
        world.env.call_as(caller);
        let alone = AddDeviceArg { account_signature: None, ..good.clone() };
        assert_eq!(world.add_device(&alone), Err(MembershipReason::NotYours), "{caller}");
    }
    assert!(world.fingerprint() == before, "what was refused changed something");
    assert!(world.add_device(&good).is_ok());
}

#[test]
fn should_change_nothing_when_a_device_is_refused() {
    let mut world = world();
    world.device(2, 2, everything()).expect("adds");
    let before = world.fingerprint();
    let now = world.env.now.get();
    let good = world.binding((1, 1), everything(), (None, None), |_| ());
    let latest = now.plus_seconds(24 * 60 * 60);
    let window = MembershipReason::ExpiryOutOfWindow { now, latest };
    let mut late = good.clone();
    late.consent.valid_until = Timestamp(latest.0 + 1);
    let mut over = good.clone();
    over.consent.valid_until = now;
    let mut zero = good.clone();
    zero.consent.nonce = 0;
    let short = AddDeviceArg { device_signature: ByteBuf::from(vec![1; 63]), ..good.clone() };
    let long = AddDeviceArg { account_signature: Some(ByteBuf::from(vec![1; 100_000])), ..good.clone() };
    let nobody = AddDeviceArg { account: account(7), ..good.clone() };
    for (desc, arg, expected) in [
        ("valid for too long", late, window.clone()),
        ("not valid any more", over, window),
        ("nonce zero", zero, MembershipReason::NonceTooLow { last: 0 }),
        ("a short signature", short, MembershipReason::InvalidSignature),
        ("a long signature", long, MembershipReason::InvalidSignature),
        ("no member", nobody, MembershipReason::UnknownMember(account(7))),
        ("expired", AddDeviceArg { expires_at: Some(now), ..good.clone() }, MembershipReason::AlreadyOver),
        (
            "rotation without end",
            AddDeviceArg { rotate_every: Some(0), ..good.clone() },
            MembershipReason::InvalidRotation,
        ),
        (
            "rotation in ages",
            AddDeviceArg { rotate_every: Some(u64::MAX), ..good.clone() },
            MembershipReason::InvalidRotation,
        ),
        (
            "envelope key of small order",
            AddDeviceArg { kem_key: KemKey([0; 32]), ..good.clone() },
            MembershipReason::InvalidKemKey,
        ),
        ("an account key", AddDeviceArg { key: DeviceKey(account(2).0), ..good.clone() }, MembershipReason::KeyTaken),
        ("another's device", AddDeviceArg { key: device(2), ..good.clone() }, MembershipReason::KeyTaken),
    ] {
        assert_eq!(world.add_device(&arg), Err(expected), "{desc}");
        assert!(world.fingerprint() == before, "{desc} changed something");
    }
    assert_eq!(world.add(AccountId(device(2).0), "reader"), Err(MembershipReason::KeyTaken), "a device as a member");
}

#[test]
fn should_need_no_signature_of_the_account_when_it_calls_itself() {
    let mut world = world();
    let arg = AddDeviceArg { account_signature: None, ..world.binding((1, 1), everything(), (None, None), |_| ()) };
    world.env.call_as(account(1).principal());
    world.add_device(&arg).expect("adds");
    assert!(resolves(&world, 1));
    assert_eq!(world.add_device(&arg), Err(MembershipReason::KeyTaken), "again");
}

#[test]
fn should_resolve_to_nobody_when_a_device_expired_or_is_overdue_for_another_key() {
    let mut world = world();
    let now = world.env.now.get();
    let (expires, soon) = (Some(now.plus_seconds(100)), Some(60));
    for (key, limits) in [(1, (expires, None)), (2, (None, soon)), (3, (expires, soon)), (4, (None, None))] {
        let arg = world.binding((1, key), everything(), limits, |_| ());
        world.add_device(&arg).expect("adds");
        world.link(Principal::from_slice(&[50 + key; 29]), 1, Some(key)).expect("links");
    }
    let live = |world: &World| {
        [1, 2, 3, 4].map(|key| {
            let linked = Principal::from_slice(&[50 + key; 29]);
            let counts = resolves(world, key);
            assert_eq!(mints(world, key), counts, "device {key} mints");
            assert_eq!(reads(world, 1, key), counts, "device {key} reads");
            assert_eq!(world.weight(device(key).principal(), Revision(2)).is_ok(), counts, "device {key} votes");
            assert_eq!(world.may(device(key).principal(), Capability::Checkpoint), counts, "device {key} attests");
            // What a device linked goes on with its next key.
            let counts_on = counts || key == 2 && resolves(world, 12);
            assert_eq!(world.may(linked, Capability::Checkpoint), counts_on, "what device {key} linked attests");
            assert_eq!(world.weight(linked, Revision(2)).is_ok(), counts_on, "what device {key} linked votes");
            counts
        })
    };
    assert_eq!(live(&world), [true; 4]);
    let decision = world.decide(Subject::Principal(device(2).principal()), Action::Mint, None);
    assert_eq!(decision.valid_until, now.plus_seconds(60));
    world.env.now.set(now.plus_seconds(60));
    assert_eq!(live(&world), [true; 4]);
    let decision = world.decide(Subject::Principal(device(2).principal()), Action::Mint, None);
    assert_eq!(decision.valid_until, now.plus_seconds(60), "no longer than the device counts");
    world.env.now.set(Timestamp(now.plus_seconds(60).0 + 1));
    assert_eq!(live(&world), [true, false, false, true], "no message had to clean up");
    let late = world.rotate(1, (2, 12), false);
    assert_eq!(late, Err(MembershipReason::DeviceNotLive(device(2))), "an overdue key gives itself no other");
    world.rotate(1, (2, 12), true).expect("the account key does");
    assert!(resolves(&world, 12) && !resolves(&world, 2));
    world.env.now.set(Timestamp(now.plus_seconds(100).0 + 1));
    assert!(!resolves(&world, 1) && !resolves(&world, 3) && resolves(&world, 4));
    world.rotate(1, (1, 11), true).expect("another key");
    assert!(!resolves(&world, 11), "another key does not move the expiry");
    world.upgrade();
    assert!(!resolves(&world, 1) && !resolves(&world, 2) && resolves(&world, 4));
}

#[test]
fn should_replace_the_key_and_keep_everything_else_when_a_device_is_rotated() {
    let mut world = world();
    let now = world.env.now.get();
    let limited = scope(true, &[Capability::Mint]);
    let arg = world.binding((1, 1), limited.clone(), (Some(now.plus_seconds(500)), Some(60)), |_| ());
    world.add_device(&arg).expect("adds");
    let linked = Principal::from_slice(&[50; 29]);
    world.link(linked, 1, Some(1)).expect("links");
    world.env.advance_seconds(50);
    let revision = world.revision();
    assert_eq!(world.rotate(1, (1, 2), false).map(|written| written.revision), Ok(revision.next()));
    assert!(!resolves(&world, 1) && resolves(&world, 2));
    let identities = api::identities(&world.env, &world.state, context_id(1), account(1)).expect("identities");
    let [rotated] = identities.devices.as_slice() else { panic!("one device: {identities:?}") };
    assert_eq!((rotated.key, rotated.kem_key, &rotated.scope), (device(2), KemKey([10; 32]), &limited));
    assert_eq!((rotated.added_at, rotated.rotated_at), (now, now.plus_seconds(50)));
    assert_eq!((rotated.expires_at, rotated.rotate_every), (Some(now.plus_seconds(500)), Some(60)));
    assert_eq!((identities.links[0].principal, identities.links[0].device), (linked, Some(device(2))));
    world.env.advance_seconds(60);
    assert!(resolves(&world, 2) && world.may(linked, Capability::Mint), "the time counts from the new key on");
    world.env.advance_seconds(1);
    assert!(!resolves(&world, 2) && !world.may(linked, Capability::Mint));
    // Neither key comes back, for nobody.
    for (owner, key) in [(1, 1), (2, 1)] {
        assert_eq!(world.device(owner, key, everything()), Err(MembershipReason::KeyRevoked));
    }
    assert_eq!(world.rotate(1, (2, 1), true), Err(MembershipReason::KeyRevoked), "back to the first key");
    assert_eq!(world.rotate(1, (1, 3), true), Err(MembershipReason::UnknownDevice(device(1))));
    assert_eq!(world.rotate(2, (2, 3), true), Err(MembershipReason::UnknownDevice(device(2))), "another's device");
}

#[test]
fn should_change_nothing_when_a_rotation_is_refused() {
    let mut world = world();
    world.device(1, 1, everything()).expect("adds");
    let good = world.rotation(1, (1, 2), false);
    let by_account = world.rotation(1, (1, 2), true);
    let before = world.fingerprint();
    let try_it = |world: &mut World, arg| api::rotate_device(&world.env, &mut world.state, &arg).map_err(reason);
    let mut other_kem_key = good.clone();
    other_kem_key.kem_key = KemKey([66; 32]);
    let mut other_nonce = good.clone();
    other_nonce.consent.nonce += 1;
    let mut swapped = good.clone();
    swapped.signature = RotationSignature::Device(good.new_signature.clone());
    let mut without_possession = good.clone();
    if let RotationSignature::Device(signature) = &good.signature {
        without_possession.new_signature = signature.clone();
    }
    let mut device_for_account = good.clone();
    if let RotationSignature::Device(signature) = &good.signature {
        device_for_account.signature = RotationSignature::Account(signature.clone());
    }
    for (desc, arg) in [
        ("another envelope key", other_kem_key),
        ("another nonce", other_nonce),
        ("the new key for the old one", swapped),
        ("the old key for the new one", without_possession),
        ("the old key for the account's", device_for_account),
    ] {
        assert_eq!(try_it(&mut world, arg), Err(MembershipReason::InvalidSignature), "{desc}");
    }
    for caller in [Principal::anonymous(), stranger(), administrator(), device(2).principal()] {
        world.env.call_as(caller);
        let mut arg = good.clone();
        arg.signature = RotationSignature::Caller;
        assert_eq!(try_it(&mut world, arg), Err(MembershipReason::NotYours), "{caller}");
    }
    assert!(world.fingerprint() == before, "what was refused changed something");
    try_it(&mut world, by_account).expect("rotates");
    assert_eq!(try_it(&mut world, good), Err(MembershipReason::UnknownDevice(device(1))), "replayed");
}

#[test]
fn should_deny_in_the_next_message_and_for_ever_when_a_device_is_revoked() {
    for (desc, by) in [
        ("the account", account(1).principal()),
        ("the device itself", device(1).principal()),
        ("the administrator", administrator()),
    ] {
        let mut world = world();
        let binding = world.binding((1, 1), everything(), (None, None), |_| ());
        world.add_device(&binding).expect("adds");
        world.device(1, 2, everything()).expect("adds");
        let (by_device, by_account) = (Principal::from_slice(&[50; 29]), Principal::from_slice(&[51; 29]));
        world.link(by_device, 1, Some(1)).expect("links");
        world.link(by_account, 1, None).expect("links");
        assert!(mints(&world, 1) && world.may(by_device, Capability::Mint));
        world.revoke_device(by, 1, 1).expect(desc);
        assert!(!mints(&world, 1) && !reads(&world, 1, 1), "{desc}");
        assert!(!world.may(device(1).principal(), Capability::Checkpoint), "{desc}");
        assert!(world.weight(device(1).principal(), Revision(2)).is_err(), "{desc}");
        assert!(!world.may(by_device, Capability::Mint), "{desc}: what a revoked device linked");
        assert!(mints(&world, 2) && world.may(by_account, Capability::Mint), "{desc}: the others stay");
        assert_eq!(world.add_device(&binding), Err(MembershipReason::KeyRevoked), "{desc}: replayed");
        let again = world.revoke_device(administrator(), 1, 1);
        assert_eq!(again, Err(MembershipReason::UnknownDevice(device(1))), "{desc}");
    }
}

#[test]
fn should_refuse_to_revoke_what_is_not_the_callers() {
    let mut world = world();
    world.device(1, 1, everything()).expect("adds");
    world.device(1, 2, everything()).expect("adds");
    world.add(account(4), "administrator").expect("adds");
    world.device(4, 4, everything()).expect("adds");
    let before = world.fingerprint();
    let missing = Err(MembershipReason::MissingCapability(Capability::ManageMembers));
    for (by, expected) in [
        (Principal::anonymous(), Err(MembershipReason::Anonymous)),
        (stranger(), missing.clone()),
        (account(2).principal(), missing.clone()),
        (device(2).principal(), missing),
    ] {
        assert_eq!(world.revoke_device(by, 1, 1), expected, "{by}");
        assert_eq!(world.revoke_account(by, 1), expected, "{by}");
    }
    // Who manages members in a role below does not touch administrators; their own devices may, as far as scopes go.
    assert_eq!(world.revoke_device(device(4).principal(), 4, 1), Err(MembershipReason::NotAdministrator));
    assert_eq!(world.revoke_device(administrator(), 2, 1), Err(MembershipReason::UnknownDevice(device(1))));
    assert!(world.fingerprint() == before, "what was refused changed something");
    world.revoke_device(device(4).principal(), 1, 1).expect("its role manages members");
}

#[test]
fn should_revoke_everything_of_an_account_at_once_and_for_ever() {
    for (desc, by) in [("itself", account(1).principal()), ("the administrator", administrator())] {
        let mut world = world();
        for key in 1..=3 {
            world.device(1, key, everything()).expect("adds");
        }
        let linked = Principal::from_slice(&[50; 29]);
        world.link(linked, 1, None).expect("links");
        world.grant(account(1), 7, None);
        let members = world.revision();
        world.revoke_account(by, 1).expect(desc);
        for principal in
            [1, 2, 3].map(|key| device(key).principal()).into_iter().chain([linked, account(1).principal()])
        {
            assert!(!world.decide(Subject::Principal(principal), Action::Mint, None).allowed, "{desc}: {principal}");
            assert_eq!(world.weight(principal, members), Err(MembershipReason::NotAMember(principal)), "{desc}");
            assert!(!world.may(principal, Capability::Checkpoint), "{desc}: {principal}");
        }
        assert!(!world.reads(account(1), 7) && !world.decide(Subject::Account(account(1)), Action::Mint, None).allowed);
        assert_eq!(world.add(account(1), "reader"), Err(MembershipReason::KeyRevoked), "{desc}: added again");
        assert_eq!(world.device(2, 1, everything()), Err(MembershipReason::KeyRevoked), "{desc}");
        assert_eq!(world.device(1, 9, everything()), Err(MembershipReason::UnknownMember(account(1))), "{desc}");
        world.link(linked, 2, None).expect("the principal itself is nobody's now");
        let entries = world.state.audit_entries(calisec_types::ids::Seq(1), 200);
        let gone = entries.iter().rev().find_map(|entry| match entry.event {
            calisec_types::membership::AuditEvent::AccountRevoked {
                grants_removed,
                devices_removed,
                links_removed,
                ..
            } => Some((grants_removed, devices_removed, links_removed)),
            _ => None,
        });
        assert_eq!(gone, Some((1, 3, 1)), "{desc}");
    }
}

#[test]
fn should_leave_no_device_or_link_when_a_member_is_removed_and_added_again() {
    let mut world = world();
    let binding = world.binding((1, 1), everything(), (None, Some(60)), |_| ());
    world.add_device(&binding).expect("adds");
    let linked = Principal::from_slice(&[50; 29]);
    let link = world.link_arg(linked, 1, None);
    world.env.call_as(linked);
    api::link_principal(&world.env, &mut world.state, &link).expect("links");
    world.remove(account(1)).expect("removes");
    world.add(account(1), "contributor").expect("adds again");
    assert!(!mints(&world, 1) && !world.may(linked, Capability::Mint));
    assert_eq!(world.add_device(&binding), Err(MembershipReason::KeyRevoked), "the old binding");
    world.env.call_as(linked);
    let again = api::link_principal(&world.env, &mut world.state, &link).map_err(reason);
    assert_eq!(again, Err(MembershipReason::NonceTooLow { last: link.consent.nonce }), "the old link");
    assert_eq!(stale(&world, Some(Timestamp(u64::MAX)), None, 10), (Vec::new(), None));
    let identities = api::identities(&world.env, &world.state, context_id(1), account(1)).expect("identities");
    assert_eq!((identities.devices.len(), identities.links.len()), (0, 0));
}

#[test]
fn should_refuse_one_more_device_when_an_account_has_as_many_as_it_may() {
    let mut world = world();
    let most = u8::try_from(MAX_DEVICES).expect("few");
    for key in 0..most {
        world.device(1, key, everything()).expect("adds");
    }
    let limit = MAX_DEVICES as u64;
    assert_eq!(world.device(1, 100, everything()), Err(MembershipReason::TooManyDevices { limit }));
    world.rotate(1, (0, 101), true).expect("another key is no more devices");
    world.revoke_device(administrator(), 1, 1).expect("revokes");
    world.device(1, 100, everything()).expect("there is room");
    world.remove(account(1)).expect("removes all of them");
    for key in [100, 101, 5] {
        assert!(!resolves(&world, key));
    }
}

#[test]
fn should_page_stale_devices_by_when_they_were_due() {
    let mut world = world();
    let now = world.env.now.get();
    for (key, seconds) in [(1, 300), (2, 100), (3, 200), (4, 100)] {
        let arg = world.binding((1 + key % 2, key), everything(), (Some(now.plus_seconds(seconds)), None), |_| ());
        world.add_device(&arg).expect("adds");
    }
    world.device(1, 5, everything()).expect("adds one that is never due");
    assert_eq!(stale(&world, None, None, 10).0, Vec::new());
    let mut both = [device(2), device(4)];
    both.sort();
    world.env.now.set(Timestamp(now.plus_seconds(200).0));
    assert_eq!(stale(&world, None, None, 10).0, both, "at the moment it is due a device still counts");
    world.env.advance_seconds(1);
    let expected = [both[0], both[1], device(3)];
    let (first, next) = stale(&world, None, None, 2);
    assert_eq!(first, expected[..2]);
    assert_eq!(stale(&world, None, next, 2), (expected[2..].to_vec(), None));
    assert_eq!(stale(&world, Some(Timestamp(u64::MAX)), None, 10).0.len(), 4, "those that will be");
    world.revoke_device(administrator(), 1, 2).expect("revokes");
    assert_eq!(stale(&world, None, None, 10).0.len(), 2, "a revoked one needs no attention");
}

#[test]
fn should_tell_what_the_holder_of_a_key_was_at_a_revision() {
    let mut world = world();
    let joined = Revision(1);
    world.device(1, 1, everything()).expect("adds");
    let bound = world.revision();
    world.rotate(1, (1, 2), false).expect("rotates");
    let rotated = world.revision();
    world.add(account(1), "reader").expect("changes");
    let changed = world.revision();
    world.remove(account(1)).expect("removes");
    let removed = world.revision();
    let was = |key: AccountId, revision| {
        let arg = WasMemberArg { context: context_id(1), key, revision };
        api::was_member(&world.state, &arg).expect("answers").map(|past| (past.account, past.role))
    };
    let (one, contributor, reader) = (account(1), "contributor".to_owned(), "reader".to_owned());
    let (first, second) = (AccountId(device(1).0), AccountId(device(2).0));
    for (desc, key, revision, expected) in [
        ("before it joined", one, Revision(0), None),
        ("when it joined", one, joined, Some(&contributor)),
        ("before it changed", one, rotated, Some(&contributor)),
        ("when it changed", one, changed, Some(&reader)),
        ("when it was removed", one, removed, None),
        ("a device before it was added", first, joined, None),
        ("a device when it was added", first, bound, Some(&contributor)),
        ("a device when it was replaced", first, rotated, None),
        ("its successor before", second, bound, None),
        ("its successor", second, rotated, Some(&contributor)),
        ("its successor as a reader's", second, changed, Some(&reader)),
        ("its successor when the member was removed", second, removed, None),
        ("a stranger", AccountId([1; 32]), changed, None),
    ] {
        assert_eq!(was(key, revision), expected.map(|role| (one, role.clone())), "{desc}");
    }
    let arg = WasMemberArg { context: context_id(1), key: account(2), revision: removed };
    let expected =
        PastMember { account: account(2), role: reader, capabilities: vec![Capability::Vote], weight: Weight(1) };
    assert_eq!(api::was_member(&world.state, &arg), Ok(Some(expected)));
}

/// Who is a member now may be removed by then.
#[test]
fn should_tell_nothing_of_a_revision_that_is_yet_to_come() {
    let mut world = world();
    world.device(1, 1, everything()).expect("adds");
    let current = world.revision();
    for asked in [current.next(), Revision(1_000_000), Revision(u64::MAX)] {
        for key in [account(1), AccountId(device(1).0), account(9)] {
            let arg = WasMemberArg { context: context_id(1), key, revision: asked };
            let refusal = api::was_member(&world.state, &arg).map_err(reason);
            assert_eq!(refusal, Err(MembershipReason::RevisionToCome { asked, current }), "{key}");
        }
        let refusal = world.weight(account(1).principal(), asked);
        assert_eq!(refusal, Err(MembershipReason::RevisionToCome { asked, current }));
    }
    assert_eq!(world.weight(account(1).principal(), current), Ok(Weight(1)));
}

/// A key that was a member's and became another's device is each at its time.
#[test]
fn should_tell_what_a_key_was_when_a_former_member_became_a_device() {
    let mut world = world();
    let was = |world: &World, revision| {
        let arg = WasMemberArg { context: context_id(1), key: account(2), revision };
        api::was_member(&world.state, &arg).expect("answers").map(|past| past.account)
    };
    let as_a_member = world.revision();
    world.remove(account(2)).expect("removes");
    let removed = world.revision();
    let mut arg = world.binding((1, 1), everything(), (None, None), |payload| payload.device = DeviceKey(account(2).0));
    arg.key = DeviceKey(account(2).0);
    let payload = DeviceBinding {
        network: world.env.network,
        canister: world.env.canister,
        group: context_id(1).own_group(),
        account: account(1),
        device: arg.key,
        scope: everything().rights(),
        kem_key: arg.kem_key,
        expires_at: None,
        rotate_every: None,
        nonce: arg.consent.nonce,
        valid_until: arg.consent.valid_until,
    };
    arg.device_signature = signature(&account_key(2), &payload.to_signed_bytes());
    world.add_device(&arg).expect("adds");
    assert_eq!(was(&world, as_a_member), Some(account(2)));
    assert_eq!(was(&world, removed), None);
    assert_eq!(was(&world, world.revision()), Some(account(1)));
    assert_eq!(world.add(account(2), "reader"), Err(MembershipReason::KeyTaken));
}

/// A device signs requests as it calls: no more than its scope.
#[test]
fn should_be_held_to_its_scope_when_a_device_signs_a_request() {
    let mut world = world();
    world.add(account(3), "administrator").expect("adds");
    world.device(3, 1, scope(true, &[Capability::Vote])).expect("adds");
    world.device(3, 2, scope(true, &[Capability::ManageMembers, Capability::Vote])).expect("adds");
    assert!(!world.may(device(1).principal(), Capability::ManageMembers));
    assert!(world.may(device(2).principal(), Capability::ManageMembers));
    let set_role = |capability| {
        let (name, capabilities) = ("worker".to_owned(), vec![capability]);
        Request::SetRole(SetRoleArg { context: context_id(1), name, capabilities })
    };
    world.env.call_as(stranger());
    // Its account has all of that.
    for (key, request, lacks) in
        [(1, set_role(Capability::Vote), Capability::ManageMembers), (2, set_role(Capability::Mint), Capability::Mint)]
    {
        let before = world.fingerprint();
        let signed = sign_request(&device_key(key), &world.request(&device_key(key), 9, request).to_signed_bytes());
        assert_eq!(world.submit(&signed), Err(MembershipReason::MissingCapability(lacks)), "device {key}");
        assert!(world.fingerprint() == before, "device {key} changed something");
    }
    let within = world.request(&device_key(2), 9, set_role(Capability::Vote));
    world.submit(&sign_request(&device_key(2), &within.to_signed_bytes())).expect("within its scope");
    let role = world.state.group(context_id(1).own_group()).expect("a group").role("worker").cloned();
    assert_eq!(role.map(|role| role.capabilities), Some(Rights::of(&[Capability::Vote])));
}

#[test]
fn should_raise_the_revision_with_every_real_change_of_identities_and_only_then() {
    let mut world = world();
    let start = world.revision().0;
    let linked = Principal::from_slice(&[50; 29]);
    let at = |written: Result<Written, MembershipReason>| written.map(|written| written.revision.0 - start);
    assert_eq!(at(world.device(1, 1, everything())), Ok(1));
    assert_eq!(at(world.rotate(1, (1, 2), false)), Ok(2));
    assert_eq!(at(world.link(linked, 1, Some(2))), Ok(3));
    assert!(world.link(linked, 1, Some(2)).is_err() && world.device(1, 2, everything()).is_err());
    assert_eq!(at(world.unlink(linked, linked)), Ok(4));
    assert_eq!(at(world.revoke_device(administrator(), 1, 2)), Ok(5));
    assert!(world.revoke_device(administrator(), 1, 2).is_err() && world.unlink(linked, linked).is_err());
    assert_eq!(world.revision().0 - start, 5);
    let member = world.state.member(context_id(1).own_group(), account(1)).expect("a member");
    assert_eq!(member.since, Revision(1), "its own facts did not change");
}
