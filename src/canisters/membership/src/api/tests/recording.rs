//! Decisions that are recorded because somebody asked for it.

use crate::api;
use crate::state::Writer;
use crate::test_fixtures::{
    World, account, account_key, administrator, canister, context_id, everything, governance, note, reason, registry,
    stranger,
};
use calisec_sdk::verify::question_digest;
use calisec_types::ids::{Digest32, Seq};
use calisec_types::membership::{
    Action, AuditEvent, AuditRules, Capability, CapabilityArg, DecideAndUseArg, DecideArg, Decision,
    FREE_WRITES_PER_ACCOUNT_AND_DAY, FREE_WRITES_PER_GROUP_AND_DAY, MAX_RECORDED_REGISTRIES, MAX_RECORDINGS_PER_DAY,
    MembershipReason, SetRecordedRegistriesArg, Subject, WRITE_CYCLES,
};
use candid::Principal;

fn question(of: u8) -> DecideArg {
    DecideArg {
        context: context_id(1),
        subject: Subject::Account(account(of)),
        action: Action::Read,
        note: Some(note(7, stranger())),
        purpose: None,
    }
}

fn record(world: &mut World, caller: Principal, question: &DecideArg) -> Result<Decision, MembershipReason> {
    world.env.call_as(caller);
    api::record_decision(&world.env, &mut world.state, question).map_err(reason)
}

fn name(world: &mut World, caller: Principal, registries: &[Principal]) -> Result<AuditRules, MembershipReason> {
    world.env.call_as(caller);
    let arg = SetRecordedRegistriesArg { context: context_id(1), registries: registries.to_vec() };
    api::set_recorded_registries(&world.env, &mut world.state, &arg).map_err(reason)
}

fn last(world: &World) -> AuditEvent {
    world.state.audit_entries(world.state.seq(), 1).remove(0).event
}

/// Two readers, of whom the first may read note 7.
fn world() -> World {
    let mut world = World::with_context();
    world.add(account(1), "reader").expect("adds");
    world.add(account(2), "reader").expect("adds");
    world.grant(account(1), 7, None);
    world
}

#[test]
fn should_record_what_was_decided_when_a_member_asks_about_itself() {
    let mut world = world();
    for (member, allowed) in [(1, true), (2, false)] {
        let before = world.state.seq();
        let asked = question(member);
        let decided = api::decide(&world.env, &world.state, &asked).expect("decides");
        let decision = record(&mut world, account(member).principal(), &asked).expect("records");
        assert_eq!(decision, Decision { seq: Seq(before.0 + 1), ..decided });
        assert_eq!((decision.allowed, decision.grant.is_some()), (allowed, allowed));
        let expected = AuditEvent::Decided {
            account: Some(account(member)),
            question: question_digest(&asked),
            grant: decision.grant,
            allowed,
            policy_version: decision.policy_version,
            revision: decision.revision,
        };
        assert_eq!((world.state.seq(), last(&world)), (decision.seq, expected));
    }
}

#[test]
fn should_write_nothing_when_a_stranger_or_another_member_asks() {
    let mut world = world();
    world.device(1, 1, everything()).expect("a device");
    let missing = MembershipReason::MissingCapability(Capability::ManageMembers);
    let elsewhere = DecideArg { context: context_id(9), ..question(1) };
    // A stranger that says it keeps the note: nobody named it.
    let own = DecideArg {
        note: Some(calisec_types::membership::NoteResource { registry: stranger(), ..note(7, stranger()) }),
        ..question(1)
    };
    let before = world.fingerprint();
    for (caller, asked, expected) in [
        (Principal::anonymous(), question(1), MembershipReason::Anonymous),
        (stranger(), question(1), missing.clone()),
        (stranger(), own, missing.clone()),
        (registry(), question(1), missing.clone()),
        (governance(), question(1), missing.clone()),
        (account(2).principal(), question(1), missing.clone()),
        (account(2).principal(), question(9), missing.clone()),
        (account(2).principal(), DecideArg { subject: Subject::Principal(stranger()), ..question(2) }, missing),
        (account(1).principal(), elsewhere, MembershipReason::UnknownContext(context_id(9))),
        (
            account(1).principal(),
            DecideArg { note: None, ..question(1) },
            MembershipReason::ResourceMismatch(Action::Read),
        ),
    ] {
        assert_eq!(record(&mut world, caller, &asked), Err(expected), "{caller}");
        assert_eq!(world.fingerprint(), before, "{caller}");
    }
    // A device of the member counts as the member; who manages members may ask about others, also about who is none.
    record(&mut world, crate::test_fixtures::device(1).principal(), &question(1)).expect("its own device");
    let manages = CapabilityArg { context: context_id(1), account: account(2), capability: Capability::ManageMembers };
    world.give(administrator(), &manages).expect("gives");
    record(&mut world, account(2).principal(), &question(1)).expect("manages members");
    let denied = record(&mut world, account(2).principal(), &question(9)).expect("manages members");
    assert_eq!((denied.allowed, denied.account), (false, None));
}

#[test]
fn should_stop_a_member_that_floods_the_log_and_nobody_else() {
    let mut world = world();
    for _ in 0..MAX_RECORDINGS_PER_DAY {
        record(&mut world, account(1).principal(), &question(1)).expect("records");
    }
    let now = world.env.now.get();
    let retry_at = now.plus_seconds(24 * 60 * 60 / MAX_RECORDINGS_PER_DAY);
    let refused = Err(MembershipReason::RecordedTooMuch { retry_at });
    let before = world.fingerprint();
    assert_eq!(record(&mut world, account(1).principal(), &question(1)), refused);
    assert_eq!(world.fingerprint(), before);
    world.upgrade();
    assert_eq!(record(&mut world, account(1).principal(), &question(1)), refused, "an upgrade forgets nothing");
    record(&mut world, account(2).principal(), &question(2)).expect("another member");
    record(&mut world, administrator(), &question(1)).expect("the administrator");
    world.env.now.set(retry_at);
    record(&mut world, account(1).principal(), &question(1)).expect("one more");
    assert!(record(&mut world, account(1).principal(), &question(1)).is_err(), "and no other");
    // Leaving and coming back does not help.
    world.remove(account(1)).expect("removes");
    world.add(account(1), "reader").expect("adds");
    assert!(record(&mut world, account(1).principal(), &question(1)).is_err());
    assert_eq!(account_key(1).verifying_key().to_bytes(), account(1).0);
}

#[test]
fn should_record_every_use_of_a_named_registry_and_of_no_other() {
    let mut world = world();
    let ask = |world: &mut World, caller: Principal, member: u8, key: u8| {
        world.env.call_as(caller);
        let mut question = question(member);
        question.note.as_mut().expect("a note").registry = caller;
        let arg = DecideAndUseArg { question, key: Digest32([key; 32]) };
        api::decide_and_use(&world.env, &mut world.state, &arg).expect("decides")
    };
    let before = world.state.seq();
    ask(&mut world, registry(), 1, 1);
    ask(&mut world, stranger(), 1, 1);
    assert_eq!(world.state.seq(), before, "nobody asked for it");

    let rules = name(&mut world, administrator(), &[registry()]).expect("names");
    assert_eq!(rules.registries, [registry()]);
    assert_eq!(last(&world), AuditEvent::RecordedRegistriesSet { registries: vec![registry()] });
    let named = world.state.seq();
    name(&mut world, administrator(), &[registry()]).expect("changes nothing");
    assert_eq!(world.state.seq(), named);
    for (member, allowed) in [(1, true), (2, false), (9, false)] {
        let decision = ask(&mut world, registry(), member, 2);
        assert_eq!((decision.allowed, decision.seq), (allowed, world.state.seq()));
        assert!(matches!(last(&world), AuditEvent::Decided { allowed: recorded, .. } if recorded == allowed));
    }
    let recorded = world.state.seq();
    assert_eq!(recorded, Seq(named.0 + 3));
    ask(&mut world, stranger(), 1, 1);
    assert_eq!(world.state.seq(), recorded, "a stranger that names itself a registry writes nothing");
    record(&mut world, registry(), &question(9)).expect("about a note that it keeps");
    name(&mut world, administrator(), &[]).expect("names nobody");
    let after = world.state.seq();
    ask(&mut world, registry(), 1, 3);
    assert_eq!(world.state.seq(), after);
}

#[test]
fn should_change_nothing_when_registries_are_not_a_list_or_not_the_administrators() {
    let mut world = world();
    let many: Vec<_> = (0..=MAX_RECORDED_REGISTRIES as u8).map(|number| Principal::from_slice(&[number, 1])).collect();
    let invalid = MembershipReason::InvalidRegistries { limit: MAX_RECORDED_REGISTRIES as u64 };
    let before = world.fingerprint();
    for (caller, registries, expected) in [
        (administrator(), many.as_slice(), invalid.clone()),
        (administrator(), &[registry(), registry()], invalid.clone()),
        (administrator(), &[many[1], many[0]], invalid.clone()),
        (administrator(), &[Principal::anonymous()], invalid.clone()),
        (administrator(), &[canister()], invalid),
        (Principal::anonymous(), &[registry()], MembershipReason::Anonymous),
        (stranger(), &[registry()], MembershipReason::NotAdministrator),
        (registry(), &[registry()], MembershipReason::NotAdministrator),
        (account(1).principal(), &[registry()], MembershipReason::NotAdministrator),
        (governance(), &[registry()], MembershipReason::NotAdministrator),
    ] {
        assert_eq!(name(&mut world, caller, registries), Err(expected), "{caller} {registries:?}");
        assert_eq!(world.fingerprint(), before);
    }
    name(&mut world, administrator(), &many[1..]).expect("as many as there may be");
}

fn entries(world: &World) -> u64 {
    world.state.seq().0
}

#[test]
fn should_count_what_the_administrator_has_recorded() {
    let mut world = world();
    let (group, now) = (context_id(1).own_group(), world.env.now.get());
    world.state.write_credit.spend(group, (Writer::Manager, None), FREE_WRITES_PER_GROUP_AND_DAY - 3, now);
    record(&mut world, administrator(), &question(1)).expect("the last one");
    let before = world.fingerprint();
    let refused = record(&mut world, administrator(), &question(1));
    assert!(matches!(refused, Err(MembershipReason::WritesSpent { .. })), "{refused:?}");
    assert!(world.fingerprint() == before);
}

/// The administrator can name any principal: one that asks without end is answered, and fills nothing. Nor does it keep another
/// account's decisions from being recorded.
#[test]
fn should_answer_and_record_no_more_when_a_named_principal_asks_without_end() {
    let mut world = world();
    name(&mut world, administrator(), &[registry()]).expect("names");
    let before = entries(&world);
    let ask = |world: &mut World, subject: Subject, number: u32| {
        world.env.call_as(registry());
        let mut key = [0; 32];
        key[..4].copy_from_slice(&number.to_be_bytes());
        let arg = DecideAndUseArg { question: DecideArg { subject, ..question(1) }, key: Digest32(key) };
        api::decide_and_use(&world.env, &mut world.state, &arg).map_err(reason).expect("is never refused")
    };
    let (nobody, share) = (Subject::Principal(stranger()), u64::from(FREE_WRITES_PER_ACCOUNT_AND_DAY));
    for number in 0..FREE_WRITES_PER_ACCOUNT_AND_DAY + 9 {
        assert!(ask(&mut world, Subject::Account(account(1)), number).allowed);
        assert!(!ask(&mut world, nobody, number).allowed);
    }
    assert_eq!(entries(&world) - before, 2 * share, "one account's, and what all strangers have together");
    ask(&mut world, Subject::Account(account(2)), 1);
    assert_eq!(entries(&world) - before, 2 * share + 1, "another account's");
    let refused = record(&mut world, registry(), &question(1));
    assert!(matches!(refused, Err(MembershipReason::WritesSpent { .. })), "who only wants it recorded: {refused:?}");
    world.env.cycles.set(WRITE_CYCLES);
    ask(&mut world, Subject::Account(account(1)), 1_000);
    assert_eq!((entries(&world) - before, world.env.cycles.get()), (2 * share + 2, 0), "paid for");
}
