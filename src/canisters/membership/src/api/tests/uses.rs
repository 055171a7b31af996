//! Grants on terms: when they count, and how uses are counted.

use crate::api;
use crate::storage::action_code;
use crate::test_fixtures::{
    World, account, administrator, context_id, governance, granted, note, reason, registry, stranger,
};
use calisec_types::ids::{Digest32, GrantId, NoteId, Timestamp};
use calisec_types::membership::{
    Action, AuditEvent, Change, DecideAndUseArg, DecideArg, Decision, GrantTerms, GrantsArg, MAX_BUNDLE_BYTES,
    MAX_CONDITIONAL_GRANTS_PER_NOTE, MAX_GRANTS_PER_NOTE, MembershipReason, Subject,
};
use candid::Principal;

fn question(purpose: Option<&str>) -> DecideArg {
    DecideArg {
        context: context_id(1),
        subject: Subject::Account(account(1)),
        action: Action::Read,
        note: Some(note(7, stranger())),
        purpose: purpose.map(str::to_owned),
    }
}

fn use_once(world: &mut World, key: u8) -> Result<Decision, MembershipReason> {
    use_as(world, registry(), key, question(None))
}

fn use_as(world: &mut World, caller: Principal, key: u8, question: DecideArg) -> Result<Decision, MembershipReason> {
    world.env.call_as(caller);
    let arg = DecideAndUseArg { question, key: Digest32([key; 32]) };
    api::decide_and_use(&world.env, &mut world.state, &arg).map_err(reason)
}

fn decides(world: &World, purpose: Option<&str>) -> bool {
    api::decide(&world.env, &world.state, &question(purpose)).expect("decides").allowed
}

fn with_grant(terms: GrantTerms) -> (World, GrantId) {
    let mut world = World::with_context();
    world.add(account(1), "reader").expect("adds");
    let grant = world.change(granted(account(1), 7, terms)).expect("grants").grant.expect("a grant");
    (world, grant)
}

fn limited(uses: u64) -> GrantTerms {
    GrantTerms { max_uses: Some(uses), ..GrantTerms::default() }
}

fn uses(world: &World) -> Vec<u64> {
    let arg = GrantsArg { context: context_id(1), after: None, limit: None };
    let page = api::grants(&world.env, &world.state, &arg).expect("a page");
    page.grants.into_iter().map(|grant| grant.uses).collect()
}

#[test]
fn should_count_a_grant_only_within_its_time_and_for_its_purpose() {
    let start = crate::test_fixtures::START;
    let terms = GrantTerms {
        not_before: Some(start.plus_seconds(10)),
        not_after: Some(start.plus_seconds(20)),
        max_uses: None,
        purpose: Some("research".to_owned()),
    };
    let (world, grant) = with_grant(terms);
    for (at, purpose, expected) in [
        (9, Some("research"), false),
        (10, Some("research"), true),
        (10, None, false),
        (10, Some("resale"), false),
        (20, Some("research"), true),
        (21, Some("research"), false),
    ] {
        world.env.now.set(start.plus_seconds(at));
        assert_eq!(decides(&world, purpose), expected, "{at}, {purpose:?}");
        let decision = api::decide(&world.env, &world.state, &question(purpose)).expect("decides");
        assert_eq!(decision.grant, expected.then_some(grant));
        assert!(!expected || decision.valid_until == start.plus_seconds(20), "{at}");
    }
}

#[test]
fn should_count_uses_only_when_an_update_asks_and_deny_when_they_are_used_up() {
    let (mut world, grant) = with_grant(limited(2));
    for _ in 0..5 {
        assert!(decides(&world, None), "a query used the grant up");
    }
    assert_eq!(uses(&world), [0]);
    let first = use_once(&mut world, 1).expect("decides");
    assert_eq!((first.allowed, first.grant, first.seq), (true, Some(grant), world.state.seq()));
    assert!(decides(&world, None));
    assert!(use_once(&mut world, 2).expect("decides").allowed);
    assert_eq!(uses(&world), [0_u64; 0], "a grant that is used up is none");
    assert!(!decides(&world, None));
    let before = world.fingerprint();
    let denied = use_once(&mut world, 3).expect("decides");
    assert_eq!((denied.allowed, denied.grant), (false, None));
    assert_eq!(
        denied.missing,
        ["grantee-reads: no grant for this note is in force", "owner-reads: the member does not own the note"]
    );
    assert_eq!(world.fingerprint(), before, "a denied use changes nothing");
    world.upgrade();
    assert!(!use_once(&mut world, 3).expect("decides").allowed, "an upgrade gave uses back");
    let log = world.state.audit_entries(calisec_types::ids::Seq(1), 100);
    let used = log.into_iter().filter_map(|entry| match entry.event {
        AuditEvent::GrantUsed { grant, uses } => Some((grant, uses, entry.caller)),
        _ => None,
    });
    assert_eq!(used.collect::<Vec<_>>(), [(grant, 1, registry()), (grant, 2, registry())]);
}

#[test]
fn should_count_a_use_once_when_the_registry_repeats_its_key() {
    let (mut world, grant) = with_grant(limited(1));
    assert!(use_once(&mut world, 1).expect("decides").allowed);
    let before = world.fingerprint();
    world.upgrade();
    let again = use_once(&mut world, 1).expect("decides");
    assert_eq!((again.allowed, again.grant), (true, Some(grant)));
    assert_eq!(world.fingerprint().0, before.0);
    assert!(!use_once(&mut world, 2).expect("decides").allowed);
    // Repeating is no way around a revocation, nor around the end of a membership.
    world.change(Change::Revoke { grant }).expect("revokes");
    assert!(!use_once(&mut world, 1).expect("decides").allowed);
    let grant = world.change(granted(account(1), 7, limited(1))).expect("grants").grant;
    assert_eq!(use_once(&mut world, 3).expect("decides").grant, grant);
    world.remove(account(1)).expect("removes");
    assert!(!use_once(&mut world, 3).expect("decides").allowed);
    world.add(account(1), "reader").expect("adds");
    assert!(!use_once(&mut world, 3).expect("decides").allowed, "a grant came back with the member");
}

/// A grant that is used up is forgotten when there is another, and does not lend its use to that.
#[test]
fn should_deny_a_repeated_key_when_its_grant_was_forgotten() {
    let (mut world, _) = with_grant(limited(1));
    assert!(use_once(&mut world, 1).expect("decides").allowed);
    world.change(granted(account(1), 7, limited(1))).expect("grants");
    assert!(!use_once(&mut world, 1).expect("decides").allowed);
    assert_eq!(uses(&world), [0]);
    assert!(use_once(&mut world, 2).expect("decides").allowed);
    assert!(use_once(&mut world, 2).expect("decides").allowed, "the latest is remembered");
}

#[test]
fn should_not_let_a_repeated_key_outlive_the_grant() {
    let end = crate::test_fixtures::START.plus_seconds(10);
    let (mut world, _) = with_grant(GrantTerms { not_after: Some(end), ..limited(1) });
    assert!(use_once(&mut world, 1).expect("decides").allowed);
    world.env.now.set(Timestamp(end.0 + 1));
    assert!(!use_once(&mut world, 1).expect("decides").allowed);
}

#[test]
fn should_refuse_to_count_when_the_caller_or_the_key_is_another() {
    let (mut world, _) = with_grant(limited(5));
    assert!(use_once(&mut world, 1).expect("decides").allowed);
    let before = world.fingerprint();
    for caller in [administrator(), governance(), stranger(), account(1).principal(), Principal::anonymous()] {
        assert_eq!(use_as(&mut world, caller, 2, question(None)).map(|_| ()), Err(MembershipReason::NotRegistry));
    }
    let mint = DecideArg { action: Action::Mint, note: None, ..question(None) };
    assert_eq!(use_as(&mut world, registry(), 2, mint).map(|_| ()), Err(MembershipReason::NotRegistry));
    for other in [
        question(Some("research")),
        DecideArg { subject: Subject::Account(account(2)), ..question(None) },
        DecideArg { subject: Subject::Principal(account(1).principal()), ..question(None) },
        DecideArg { note: Some(note(8, stranger())), ..question(None) },
    ] {
        assert_eq!(use_as(&mut world, registry(), 1, other).map(|_| ()), Err(MembershipReason::UseConflict));
    }
    assert_eq!(world.fingerprint(), before);
    assert_eq!(uses(&world), [1]);
}

#[test]
fn should_use_nothing_up_when_it_is_allowed_without_the_grant() {
    let (mut world, _) = with_grant(limited(1));
    let owned = DecideArg { note: Some(note(7, account(1).principal())), ..question(None) };
    let decision = use_as(&mut world, registry(), 1, owned).expect("decides");
    assert_eq!((decision.allowed, decision.grant), (true, None));
    assert_eq!(uses(&world), [0]);
    let unlimited = world.change(granted(account(1), 7, GrantTerms::default())).expect("grants").grant;
    let decision = use_once(&mut world, 2).expect("decides");
    assert_eq!((decision.allowed, decision.grant), (true, unlimited));
    assert_eq!(uses(&world), [0, 0]);
}

#[test]
fn should_refuse_more_grants_for_one_note_than_a_decision_looks_at() {
    let (mut world, _) = with_grant(limited(1));
    for _ in 1..MAX_CONDITIONAL_GRANTS_PER_NOTE {
        world.change(granted(account(1), 7, limited(1))).expect("grants");
    }
    let full = MembershipReason::TooManyGrantsForNote { limit: MAX_CONDITIONAL_GRANTS_PER_NOTE };
    assert_eq!(world.change(granted(account(1), 7, limited(1))), Err(full));
    world.change(granted(account(1), 8, limited(1))).expect("another note");
    world
        .change(granted(account(1), 7, GrantTerms::until(Some(world.env.now.get().plus_seconds(9)))))
        .expect("always counts");
    world.env.advance_seconds(10);
    assert!(use_once(&mut world, 1).expect("decides").allowed);
    world.change(granted(account(1), 7, limited(1))).expect("one is used up");
}

/// What is stored, and certified, of what the member was granted for note 7.
fn held(world: &World) -> usize {
    let what = (context_id(1), registry(), (action_code(Action::Read), NoteId(7)));
    world.state.grant_facts((context_id(1).own_group(), account(1)), what).len()
}

#[test]
fn should_keep_no_spent_grants_of_a_note_when_it_is_granted_again_and_again() {
    let (mut world, _) = with_grant(limited(1));
    for round in 0..200_u8 {
        assert!(use_once(&mut world, round).expect("decides").allowed, "round {round}");
        world.change(granted(account(1), 7, limited(1))).expect("grants");
        assert_eq!(held(&world), 1, "round {round}");
    }
    for round in 0..200 {
        let until = world.env.now.get().plus_seconds(9);
        world.change(granted(account(1), 7, GrantTerms::until(Some(until)))).expect("grants");
        assert!(held(&world) <= 2, "round {round}: the first is not used up");
        world.env.advance_seconds(10);
    }
    let member = world.state.member(context_id(1).own_group(), account(1)).expect("a member");
    assert_eq!((member.grants as usize, held(&world)), (2, 2));
    world.remove(account(1)).expect("removes");
    assert_eq!(held(&world), 0);
}

#[test]
fn should_keep_bundles_short_when_a_note_is_granted_for_a_week_again_and_again() {
    const DAY: u64 = 24 * 60 * 60;
    let (mut world, _) = with_grant(limited(1));
    let week = |world: &World| GrantTerms::until(Some(world.env.now.get().plus_seconds(7 * DAY - 1)));
    for day in (0..400).step_by(2) {
        let terms = week(&world);
        world.change(granted(account(1), 7, terms)).unwrap_or_else(|refusal| panic!("day {day}: {refusal}"));
        assert!(held(&world) <= MAX_GRANTS_PER_NOTE as usize, "day {day}");
        let bundle = api::decision_bundle(&world.env, &world.state, &question(None)).expect("decides");
        let bytes = candid::encode_one(bundle).expect("encodes").len();
        assert!(bytes < MAX_BUNDLE_BYTES, "day {day}: {bytes} bytes");
        world.env.advance_seconds(2 * DAY);
    }
    let full = MembershipReason::TooManyGrantsForNote { limit: MAX_GRANTS_PER_NOTE };
    // The conditional one, and three that have not ended.
    let room = MAX_GRANTS_PER_NOTE as usize - 4;
    for _ in 0..room {
        let terms = week(&world);
        world.change(granted(account(1), 7, terms)).expect("there is room");
    }
    for terms in [week(&world), GrantTerms::default(), limited(1)] {
        assert_eq!(world.change(granted(account(1), 7, terms)), Err(full.clone()));
    }
    assert_eq!(held(&world), MAX_GRANTS_PER_NOTE as usize);
    world.change(granted(account(1), 8, GrantTerms::default())).expect("another note");
}

#[test]
fn should_refuse_a_question_when_purpose_or_kind_is_no_name() {
    let (mut world, _) = with_grant(limited(1));
    let mut kind = question(None);
    kind.note.as_mut().expect("a note").kind = Some("\" || true".to_owned());
    for (field, limit, question) in [("purpose", 64, question(Some("a\"b"))), ("kind", 32, kind)] {
        let refused = MembershipReason::InvalidName { field: field.to_owned(), limit };
        assert_eq!(api::decide(&world.env, &world.state, &question).map(|_| ()).map_err(reason), Err(refused.clone()));
        assert_eq!(use_as(&mut world, registry(), 1, question).map(|_| ()), Err(refused));
    }
}
