//! Questions about many members or notes, reasons, and rules that are not in force.

use crate::api;
use crate::test_fixtures::{
    START, World, account, context_id, grant_change, granted, note, reason, registry, stranger,
};
use calisec_types::ids::{AccountId, ContextId, GrantId, NoteId};
use calisec_types::membership::{
    Action, Change, DecideArg, DecideBatchArg, Deed, Effect, GrantState, GrantTerms, ListResourcesArg, ListSubjectsArg,
    MAX_QUESTIONS, MAX_SAMPLES, MembershipReason, Need, NoteRef, Question, SimulateArg, SimulationPage, Subject,
};

fn read(id: u64) -> Deed {
    Deed { action: Action::Read, note: Some(note(id, stranger())), purpose: None }
}

fn mint() -> Deed {
    Deed { action: Action::Mint, note: None, purpose: None }
}

fn question(subject: Subject, deed: Deed) -> DecideArg {
    let Deed { action, note, purpose } = deed;
    DecideArg { context: context_id(1), subject, action, note, purpose }
}

/// Ten members: the odd ones may mint; number 3 may read note 7.
fn populated() -> World {
    let mut world = World::with_context();
    for seed in 0..10 {
        world.add(account(seed), if seed % 2 == 1 { "contributor" } else { "reader" }).expect("adds");
    }
    world.grant(account(3), 7, None);
    world
}

fn sorted(seeds: impl IntoIterator<Item = u8>) -> Vec<AccountId> {
    let mut accounts: Vec<_> = seeds.into_iter().map(account).collect();
    accounts.sort();
    accounts
}

#[test]
fn should_answer_each_question_as_if_it_were_asked_alone() {
    let world = populated();
    let ask = |subject, deed: Deed| Question { subject, action: deed.action, note: deed.note, purpose: deed.purpose };
    let questions = vec![
        ask(Subject::Account(account(1)), mint()),
        ask(Subject::Account(account(2)), mint()),
        ask(Subject::Principal(account(3).principal()), read(7)),
        ask(Subject::Account(account(3)), Deed { note: None, ..read(7) }),
        ask(Subject::Principal(stranger()), mint()),
    ];
    let batch = DecideBatchArg { context: context_id(1), questions: questions.clone() };
    let answers = api::decide_batch(&world.env, &world.state, batch).expect("answers");
    assert_eq!(answers.len(), questions.len());
    for (question, answer) in questions.into_iter().zip(answers) {
        let Question { subject, action, note, purpose } = question;
        let alone = DecideArg { context: context_id(1), subject, action, note, purpose };
        assert_eq!(answer, api::decide(&world.env, &world.state, &alone));
    }
    let many = vec![ask(Subject::Account(account(1)), mint()); MAX_QUESTIONS + 1];
    for (context, questions, expected) in [
        (context_id(1), many, MembershipReason::TooManyQuestions { limit: MAX_QUESTIONS as u32 }),
        (ContextId([9; 32]), Vec::new(), MembershipReason::UnknownContext(ContextId([9; 32]))),
    ] {
        let refused = api::decide_batch(&world.env, &world.state, DecideBatchArg { context, questions });
        assert_eq!(refused.map_err(reason), Err(expected));
    }
}

#[test]
fn should_list_exactly_those_that_decide_allows() {
    let world = populated();
    for deed in [mint(), read(7), read(8)] {
        let expected: Vec<_> = sorted(0..10)
            .into_iter()
            .filter(|account| {
                let alone = question(Subject::Account(*account), deed.clone());
                api::decide(&world.env, &world.state, &alone).expect("decides").allowed
            })
            .collect();
        let mut found = Vec::new();
        let mut after = None;
        for page in 0..10 {
            let arg = ListSubjectsArg { context: context_id(1), deed: deed.clone(), after, limit: Some(3) };
            let subjects = api::list_subjects(&world.env, &world.state, &arg).expect("lists");
            assert_eq!(subjects.looked_at, if page < 3 { 3 } else { 1 });
            found.extend(subjects.subjects);
            after = subjects.next;
            if after.is_none() {
                assert_eq!(page, 3);
                break;
            }
        }
        assert_eq!(found, expected);
    }
    let arg = ListSubjectsArg { context: context_id(1), deed: mint(), after: None, limit: Some(u32::MAX) };
    assert_eq!(api::list_subjects(&world.env, &world.state, &arg).expect("lists").subjects, sorted([1, 3, 5, 7, 9]));
}

/// Dear policies: each look at the meter finds half of what a page may take used.
#[test]
fn should_end_pages_and_cut_batches_when_policies_leave_no_time_and_lose_nobody() {
    let mut world = populated();
    world.grant(account(3), 8, None);
    let hurry = |world: &World| world.env.instructions.set(0);
    world.env.instructions_between_looks.set(1_000_000_000);
    let (mut found, mut looked_at, mut after, mut pages) = (Vec::new(), 0, None, 0);
    loop {
        hurry(&world);
        let arg = ListSubjectsArg { context: context_id(1), deed: mint(), after, limit: None };
        let page = api::list_subjects(&world.env, &world.state, &arg).expect("lists");
        found.extend(page.subjects);
        (looked_at, after, pages) = (looked_at + page.looked_at, page.next, pages + 1);
        if after.is_none() {
            break;
        }
    }
    assert_eq!((found, looked_at, pages), (sorted([1, 3, 5, 7, 9]), 10, 5));

    let change = Change::SetPolicy { cedar: String::new() };
    let (mut turned, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        hurry(&world);
        let change = change.clone();
        let arg = SimulateArg { context: context_id(1), change, samples: vec![mint()], after, limit: None };
        let page = api::simulate(&world.env, &world.state, &arg).expect("simulates");
        turned.extend(page.turns.iter().map(|turn| turn.account));
        (after, pages) = (page.next, pages + 1);
        if after.is_none() {
            break;
        }
    }
    assert_eq!((turned, pages), (sorted([1, 3, 5, 7, 9]), 5));

    let three = Subject::Account(account(3));
    hurry(&world);
    world.env.instructions.set(3_000_000_000);
    let arg = ListResourcesArg {
        context: context_id(1),
        subject: three,
        action: Action::Read,
        purpose: None,
        after: None,
        limit: None,
    };
    let page = api::list_resources(&world.env, &world.state, &arg).expect("lists");
    assert_eq!((page.resources.len(), page.next.map(|next| next.note)), (1, Some(NoteId(7))), "one at least");

    hurry(&world);
    let Deed { action, note, purpose } = mint();
    let questions = vec![Question { subject: three, action, note, purpose }; 5];
    let answers = api::decide_batch(&world.env, &world.state, DecideBatchArg { context: context_id(1), questions });
    let answers: Vec<_> = answers.expect("answers").into_iter().map(|answer| answer.map_err(reason)).collect();
    let cut: Vec<_> = answers.iter().map(|answer| answer.as_ref().err().cloned()).collect();
    let late = |limit| Some(MembershipReason::TooManyQuestions { limit });
    assert_eq!(cut, [None, None, late(2), late(2), late(2)]);
}

#[test]
fn should_list_the_notes_whose_grants_count() {
    let mut world = populated();
    let over = START.plus_seconds(5);
    world.grant(account(3), 9, Some(over));
    world
        .change(granted(account(3), 8, GrantTerms { purpose: Some("research".to_owned()), ..GrantTerms::default() }))
        .expect("grants");
    world.grant(account(3), 7, Some(START.plus_seconds(50)));
    world.grant(account(2), 6, None);
    let list = |world: &World, subject, purpose: Option<&str>, after, limit| {
        let purpose = purpose.map(str::to_owned);
        let arg = ListResourcesArg { context: context_id(1), subject, action: Action::Read, purpose, after, limit };
        let page = api::list_resources(&world.env, &world.state, &arg).expect("lists");
        (page.resources.iter().map(|found| found.note.note.0).collect::<Vec<_>>(), page.next)
    };
    let three = Subject::Account(account(3));
    assert_eq!(list(&world, three, None, None, None), (vec![7, 9], None));
    assert_eq!(list(&world, three, Some("research"), None, None), (vec![7, 8, 9], None));
    let next = NoteRef { registry: registry(), note: NoteId(7) };
    assert_eq!(list(&world, three, None, None, Some(1)), (vec![7], Some(next)));
    assert_eq!(list(&world, three, None, Some(next), Some(2)), (vec![9], None));
    assert_eq!(list(&world, Subject::Principal(stranger()), None, None, None), (vec![], None));
    world.env.now.set(over.plus_seconds(1));
    assert_eq!(list(&world, three, None, None, None), (vec![7], None));
    // A policy that asks for more than the grant is asked as well.
    world
        .change(Change::SetPolicy { cedar: "permit (principal, action == Action::\"mint\", resource);".to_owned() })
        .expect("sets");
    assert_eq!(list(&world, three, None, None, None), (vec![], None));
}

#[test]
fn should_explain_clauses_and_grants_when_it_denies() {
    let mut world = populated();
    let later = GrantTerms { not_before: Some(START.plus_seconds(60)), ..GrantTerms::default() };
    let first = world.grant(account(2), 7, Some(START.plus_seconds(1)));
    let second = world.change(granted(account(2), 7, later)).expect("grants").grant.expect("a grant");
    world.env.now.set(START.plus_seconds(2));
    let arg = question(Subject::Account(account(2)), read(7));
    let explanation = api::explain(&world.env, &world.state, &arg).expect("explains");
    assert_eq!(explanation.decision, api::decide(&world.env, &world.state, &arg).expect("decides"));
    assert!(!explanation.decision.allowed);
    let mut states: Vec<(GrantId, GrantState)> =
        explanation.grants.iter().map(|grant| (grant.grant.id, grant.state)).collect();
    states.sort_by_key(|(id, _)| *id);
    assert_eq!(states, [(first, GrantState::Over), (second, GrantState::NotYet)]);
    let grantee = explanation.policies.iter().find(|policy| policy.policy == "grantee-reads").expect("explained");
    assert_eq!((grantee.effect, grantee.concerns, grantee.applies), (Effect::Permit, true, false));
    assert_eq!((grantee.clauses[0].holds, grantee.clauses[0].needs.as_slice()), (false, [Need::Grant].as_slice()));
    let strangers = question(Subject::Principal(stranger()), read(7));
    let explanation = api::explain(&world.env, &world.state, &strangers).expect("explains");
    assert!(explanation.policies.is_empty() && explanation.grants.is_empty() && !explanation.decision.allowed);
}

fn simulated(world: &World, change: Change, samples: Vec<Deed>) -> Result<SimulationPage, MembershipReason> {
    let arg = SimulateArg { context: context_id(1), change, samples, after: None, limit: None };
    api::simulate(&world.env, &world.state, &arg).map_err(reason)
}

#[test]
fn should_foretell_exactly_the_decisions_that_a_change_turns() {
    let own = "permit (principal in Role::\"reader\", action == Action::\"mint\", resource);";
    let revoked = populated().grant(account(4), 8, None);
    for change in [
        Change::SetPolicy { cedar: own.to_owned() },
        Change::SetPolicy { cedar: String::new() },
        grant_change(account(2), 7, None),
        grant_change(account(3), 7, None),
        granted(account(2), 7, GrantTerms { not_before: Some(START.plus_seconds(9)), ..GrantTerms::default() }),
        granted(account(2), 7, GrantTerms { purpose: Some("research".to_owned()), ..GrantTerms::default() }),
        Change::Revoke { grant: revoked },
    ] {
        let mut world = populated();
        assert_eq!(world.grant(account(4), 8, None), revoked);
        let samples = vec![mint(), read(7), read(8)];
        let before = world.fingerprint();
        let page = simulated(&world, change.clone(), samples.clone()).expect("simulates");
        assert_eq!(world.fingerprint(), before, "a simulation changed something");
        assert_eq!((page.looked_at, page.next), (10, None));
        let decide = |world: &World| {
            let mut allowed = Vec::new();
            for account in sorted(0..10) {
                for (sample, deed) in (0..).zip(&samples) {
                    let alone = question(Subject::Account(account), deed.clone());
                    allowed.push((
                        account,
                        sample,
                        api::decide(&world.env, &world.state, &alone).expect("decides").allowed,
                    ));
                }
            }
            allowed
        };
        let now = decide(&world);
        world.change(change.clone()).expect("applies");
        let turned: Vec<_> =
            now.into_iter().zip(decide(&world)).filter(|(now, then)| now != then).map(|(now, _)| now).collect();
        let foretold: Vec<_> = page.turns.iter().map(|turn| (turn.account, turn.sample, turn.allowed_now)).collect();
        assert_eq!(foretold, turned, "{change:?}");
    }
}

#[test]
fn should_refuse_to_simulate_what_could_not_be_applied_or_costs_too_much() {
    let world = populated();
    let good = Change::SetPolicy { cedar: String::new() };
    let few = MembershipReason::TooManyQuestions { limit: MAX_SAMPLES as u32 };
    assert_eq!(simulated(&world, good.clone(), Vec::new()), Err(few.clone()));
    assert_eq!(simulated(&world, good.clone(), vec![mint(); MAX_SAMPLES + 1]), Err(few));
    let mismatch = Deed { note: None, ..read(7) };
    assert_eq!(simulated(&world, good, vec![mismatch]), Err(MembershipReason::ResourceMismatch(Action::Read)));
    for (change, expected) in [
        (Change::Revoke { grant: GrantId(999) }, MembershipReason::UnknownGrant(GrantId(999))),
        (grant_change(account(50), 7, None), MembershipReason::UnknownMember(account(50))),
        (grant_change(account(2), 7, Some(START)), MembershipReason::AlreadyOver),
    ] {
        assert_eq!(simulated(&world, change, vec![mint()]), Err(expected));
    }
    let bad = simulated(&world, Change::SetPolicy { cedar: "permit".to_owned() }, vec![mint()]);
    assert!(matches!(bad, Err(MembershipReason::InvalidPolicy(_))), "{bad:?}");
    let long = simulated(&world, Change::SetPolicy { cedar: " ".repeat(40_000) }, vec![mint()]);
    assert!(matches!(long, Err(MembershipReason::InvalidPolicy(_))), "{long:?}");
}
