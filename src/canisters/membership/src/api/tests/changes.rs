use crate::api;
use crate::test_fixtures::{World, account, context_id, governance, grant_change, note, reason, stranger};
use calisec_types::ids::{GrantId, PolicyVersion, ProposalId, Seq};
use calisec_types::membership::{
    Action, Applied, ApplyArg, Change, GrantTerms, GrantsArg, MAX_GRANTS_PER_MEMBER, MembershipReason, Quorum, Subject,
    ValidateChangeArg,
};

fn world_with_member() -> World {
    let mut world = World::with_context();
    world.add(account(1), "reader").expect("adds");
    world
}

#[test]
fn should_answer_the_same_and_do_nothing_when_a_step_is_repeated() {
    let mut world = world_with_member();
    let first = world.step(ProposalId(5), 0, grant_change(account(1), 7, None));
    assert_eq!(first, Ok(Applied { seq: Seq(3), grant: Some(GrantId(3)) }));
    world.step(ProposalId(5), 1, grant_change(account(1), 8, None)).expect("another step");
    let before = world.fingerprint();
    assert_eq!(world.step(ProposalId(5), 0, grant_change(account(1), 7, None)), first);
    let conflict = Err(MembershipReason::StepConflict { proposal: ProposalId(5), step: 0 });
    assert_eq!(world.step(ProposalId(5), 0, grant_change(account(1), 9, None)), conflict);
    assert_eq!(world.step(ProposalId(5), 0, Change::Revoke { grant: GrantId(3) }), conflict);
    assert!(world.fingerprint() == before, "a repeated step changed something");
}

#[test]
fn should_conflict_when_a_step_is_repeated_for_another_context() {
    let mut world = world_with_member();
    world.register(&world.registration(2)).expect("registers");
    world.step(ProposalId(5), 0, grant_change(account(1), 7, None)).expect("applies");
    world.env.call_as(governance());
    let change = grant_change(account(1), 7, None);
    let elsewhere = ApplyArg { context: context_id(2), proposal: ProposalId(5), step: 0, change };
    let refusal = api::apply(&world.env, &mut world.state, elsewhere).map_err(reason);
    assert_eq!(refusal, Err(MembershipReason::StepConflict { proposal: ProposalId(5), step: 0 }));
}

#[test]
fn should_apply_a_step_when_it_was_refused_before_and_the_reason_is_gone() {
    let mut world = World::with_context();
    let change = grant_change(account(1), 7, None);
    let refusal = world.step(ProposalId(1), 0, change.clone());
    assert_eq!(refusal, Err(MembershipReason::UnknownMember(account(1))));
    world.add(account(1), "reader").expect("adds");
    assert!(world.step(ProposalId(1), 0, change).is_ok());
    assert!(world.reads(account(1), 7));
}

#[test]
fn should_deny_in_the_next_message_when_a_grant_is_revoked() {
    let mut world = world_with_member();
    let grant = world.grant(account(1), 7, None);
    assert!(world.reads(account(1), 7));
    world.change(Change::Revoke { grant }).expect("revokes");
    assert!(!world.reads(account(1), 7));
    assert_eq!(world.change(Change::Revoke { grant }), Err(MembershipReason::UnknownGrant(grant)));
}

#[test]
fn should_decide_by_the_new_policies_when_they_are_set() {
    let mut world = world_with_member();
    let cedar = r#"@id("readers-read") permit (principal in Role::"reader", action == Action::"read", resource);"#;
    world.change(Change::SetPolicy { cedar: cedar.to_owned() }).expect("sets");
    let policy = api::policy(&world.state, context_id(1)).expect("a policy");
    assert_eq!((policy.version, policy.cedar.as_str()), (PolicyVersion(2), cedar));
    assert_eq!(policy.proposal, Some(ProposalId(1)));
    let decision = world.decide(Subject::Account(account(1)), Action::Read, Some(note(1, stranger())));
    assert_eq!((decision.allowed, decision.policy_version), (true, PolicyVersion(2)));
    assert_eq!(decision.determining_policies, ["readers-read"]);
    assert_eq!(
        world.decide(Subject::Account(account(1)), Action::Mint, None).missing,
        ["no policy permits anyone to mint a note", "neither the member nor its role has the capability mint"]
    );
}

#[test]
fn should_refuse_one_more_grant_when_a_member_holds_as_many_as_it_may() {
    let mut world = world_with_member();
    let soon = world.env.now.get().plus_seconds(10);
    for note in 0..u64::from(MAX_GRANTS_PER_MEMBER) {
        world.grant(account(1), note, (note < 5).then_some(soon));
    }
    let limit = MAX_GRANTS_PER_MEMBER;
    let one_more = grant_change(account(1), 1000, None);
    assert_eq!(world.change(one_more.clone()), Err(MembershipReason::TooManyGrants { limit }));
    world.env.advance_seconds(11);
    world.change(one_more.clone()).expect("five are over");
    for note in 1001..1005 {
        world.grant(account(1), note, None);
    }
    assert_eq!(world.change(one_more), Err(MembershipReason::TooManyGrants { limit }));
    assert!(world.reads(account(1), 1004));
    world.remove(account(1)).expect("removes");
    let entries = world.state.audit_entries(world.state.seq(), 1);
    let expected = calisec_types::membership::AuditEvent::MemberRemoved {
        account: account(1),
        grants_removed: u64::from(limit),
        devices_removed: 0,
        links_removed: 0,
    };
    assert_eq!(entries[0].event, expected);
    let page = api::grants(&world.env, &world.state, &GrantsArg { context: context_id(1), after: None, limit: None });
    assert_eq!(page.expect("a page").grants, Vec::new());
}

#[test]
fn should_page_grants_in_force_when_some_are_over() {
    let mut world = world_with_member();
    let soon = world.env.now.get().plus_seconds(10);
    let kept: Vec<_> = (0..6)
        .filter_map(|note| {
            (Some(world.grant(account(1), note, (note % 2 == 0).then_some(soon)))).filter(|_| note % 2 == 1)
        })
        .collect();
    world.env.advance_seconds(11);
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let arg = GrantsArg { context: context_id(1), after, limit: Some(2) };
        let page = api::grants(&world.env, &world.state, &arg).expect("a page");
        found.extend(page.grants.iter().map(|grant| grant.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, kept);
}

#[test]
fn should_ask_for_the_agreement_that_a_proposal_set_when_it_is_applied() {
    let mut world = world_with_member();
    let quorum = Quorum::BasisPoints(6_600);
    assert_eq!(
        world.step(ProposalId(4), 0, Change::SetCheckpointQuorum { quorum: Quorum::Count(0) }),
        Err(MembershipReason::InvalidQuorum)
    );
    let applied = world.step(ProposalId(4), 0, Change::SetCheckpointQuorum { quorum });
    assert!(applied.is_ok());
    assert_eq!(api::checkpoint_quorum(&world.state, context_id(1)), Ok(quorum));
    let other = world.step(ProposalId(4), 0, Change::SetCheckpointQuorum { quorum: Quorum::Count(1) });
    assert_eq!(other, Err(MembershipReason::StepConflict { proposal: ProposalId(4), step: 0 }));
}

#[test]
fn should_foretell_what_applying_answers_when_a_change_is_validated() {
    let mut world = world_with_member();
    let now = world.env.now.get();
    let mint = Change::Grant {
        account: account(1),
        action: Action::Mint,
        note: calisec_types::ids::NoteId(1),
        registry: stranger(),
        terms: GrantTerms::default(),
    };
    for change in [
        grant_change(account(1), 1, None),
        grant_change(account(2), 1, None),
        grant_change(account(1), 1, Some(now)),
        mint,
        Change::Revoke { grant: GrantId(77) },
        Change::SetPolicy { cedar: "permit (principal, action, resource);".to_owned() },
        Change::SetPolicy { cedar: "permit (principal, action, resource)".to_owned() },
        Change::SetPolicy { cedar: "permit (principal is User, action, resource);".to_owned() },
        Change::SetPolicy { cedar: "x".repeat(40_000) },
        Change::SetCheckpointQuorum { quorum: Quorum::Count(0) },
        Change::SetCheckpointQuorum { quorum: Quorum::BasisPoints(10_001) },
        Change::SetCheckpointQuorum { quorum: Quorum::Count(3) },
    ] {
        let arg = ValidateChangeArg { context: context_id(1), change: change.clone() };
        let foretold = api::validate_change(&world.env, &world.state, &arg).map_err(reason);
        assert_eq!(world.change(change.clone()).map(|_| ()), foretold, "{change:?}");
    }
}
