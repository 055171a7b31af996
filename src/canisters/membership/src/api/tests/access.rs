use crate::api;
use crate::test_fixtures::{World, account, context_id, note, reason, stranger};
use calisec_types::ids::{ContextId, PolicyVersion, Timestamp};
use calisec_types::membership::{Action, Change, DecideArg, MembershipReason, Subject};
use candid::Principal;

#[test]
fn should_decide_by_the_default_policies_when_no_others_were_set() {
    let mut world = World::with_context();
    for (seed, role) in [(1, "administrator"), (2, "contributor"), (3, "reader")] {
        world.add(account(seed), role).expect("adds");
    }
    world.grant(account(3), 7, None);
    let owned = |seed: u8| Some(note(1, account(seed).principal()));
    let granted = Some(note(7, stranger()));
    for (desc, seed, action, note, policy) in [
        ("an administrator mints", 1, Action::Mint, None, Some("contributor-mints")),
        ("a contributor mints", 2, Action::Mint, None, Some("contributor-mints")),
        ("a reader does not mint", 3, Action::Mint, None, None),
        ("an owner reads", 3, Action::Read, owned(3), Some("owner-reads")),
        ("a holder reads", 3, Action::Read, granted.clone(), Some("grantee-reads")),
        ("an administrator reads nothing of others", 1, Action::Read, owned(3), None),
        ("a grant is its holder's only", 2, Action::Read, granted, None),
    ] {
        for subject in [Subject::Account(account(seed)), Subject::Principal(account(seed).principal())] {
            let decision = world.decide(subject, action, note.clone());
            assert_eq!(decision.allowed, policy.is_some(), "{desc}: {decision:?}");
            assert_eq!(decision.account, Some(account(seed)), "{desc}");
            assert_eq!(decision.determining_policies, Vec::from_iter(policy.map(str::to_owned)), "{desc}");
            assert_eq!(decision.missing.is_empty(), policy.is_some(), "{desc}: {decision:?}");
            assert_eq!(decision.policy_version, PolicyVersion(1));
            assert_eq!(decision.seq, world.state.seq());
        }
    }
}

#[test]
fn should_say_what_is_missing_when_it_denies() {
    let mut world = World::with_context();
    world.add(account(1), "reader").expect("adds");
    let subject = Subject::Account(account(1));
    assert_eq!(
        world.decide(subject, Action::Mint, None).missing,
        [
            "contributor-mints: role `reader` may not mint a note here: role `administrator` or `contributor` is asked for",
            "neither the member nor its role has the capability mint"
        ]
    );
    assert_eq!(
        world.decide(subject, Action::Read, Some(note(1, stranger()))).missing,
        ["grantee-reads: no grant for this note is in force", "owner-reads: the member does not own the note"]
    );
}

#[test]
fn should_deny_without_an_account_when_the_subject_is_no_member() {
    let mut world = World::with_context();
    let everybody = "permit (principal, action, resource);";
    world.change(Change::SetPolicy { cedar: everybody.to_owned() }).expect("sets");
    for subject in [
        Subject::Principal(stranger()),
        Subject::Principal(Principal::anonymous()),
        Subject::Principal(account(1).principal()),
        Subject::Account(account(1)),
    ] {
        let decision = world.decide(subject, Action::Mint, None);
        assert!(!decision.allowed);
        assert_eq!((decision.account, decision.determining_policies), (None, Vec::new()));
        assert_eq!(decision.missing, ["not a member of the context: its administrator can add the account"]);
    }
}

#[test]
fn should_end_a_decision_when_the_grant_it_rests_on_ends() {
    let mut world = World::with_context();
    world.add(account(1), "reader").expect("adds");
    let start = world.env.now.get();
    let end = start.plus_seconds(90);
    world.grant(account(1), 7, Some(end));
    let read = |world: &World| world.decide(Subject::Account(account(1)), Action::Read, Some(note(7, stranger())));
    assert_eq!(read(&world).valid_until, start.plus_seconds(60));
    world.env.advance_seconds(60);
    assert_eq!((read(&world).allowed, read(&world).valid_until), (true, end));
    world.env.now.set(end);
    assert_eq!((read(&world).allowed, read(&world).valid_until), (true, end));
    world.env.now.set(Timestamp(end.0 + 1));
    assert!(!read(&world).allowed);
    // Another grant that lasts longer is found beside one that is over.
    world.grant(account(1), 7, Some(end.plus_seconds(1000)));
    world.grant(account(1), 7, Some(end.plus_seconds(10)));
    assert!(read(&world).allowed);
    world.env.now.set(end.plus_seconds(1000));
    assert_eq!((read(&world).allowed, read(&world).valid_until), (true, end.plus_seconds(1000)));
}

#[test]
fn should_refuse_the_question_when_the_context_is_unknown_or_the_resource_does_not_fit() {
    let world = World::with_context();
    let ask = |context, action, note| {
        let arg = DecideArg { context, subject: Subject::Account(account(1)), action, note, purpose: None };
        api::decide(&world.env, &world.state, &arg).map(|_| ()).map_err(reason)
    };
    let nowhere = ContextId([0; 32]);
    assert_eq!(ask(nowhere, Action::Mint, None), Err(MembershipReason::UnknownContext(nowhere)));
    let mismatch = |action| Err(MembershipReason::ResourceMismatch(action));
    assert_eq!(ask(context_id(1), Action::Read, None), mismatch(Action::Read));
    assert_eq!(ask(context_id(1), Action::Mint, Some(note(1, stranger()))), mismatch(Action::Mint));
}

#[test]
fn should_keep_contexts_apart_when_a_member_of_one_asks_in_another() {
    let mut world = World::with_context();
    world.add(account(1), "administrator").expect("adds");
    world.register(&world.registration(2)).expect("registers");
    let arg = DecideArg {
        context: context_id(2),
        subject: Subject::Account(account(1)),
        action: Action::Mint,
        note: None,
        purpose: None,
    };
    let decision = api::decide(&world.env, &world.state, &arg).expect("decides");
    assert_eq!((decision.allowed, decision.account), (false, None));
}
