//! Weaknesses found in Calimero's earlier contracts on the Internet Computer (`docs` name them by number), each shown not
//! to exist here.

use crate::api;
use crate::test_fixtures::{World, account, administrator, canister, context_id, grant_change, note, reason, stranger};
use calisec_types::ids::{AccountId, ContextId, Digest32, ProposalId, Revision};
use calisec_types::membership::{
    Action, Change, GrantsArg, MembershipReason, RegisterContextArg, Subject, VotingWeightArg,
};
use candid::Principal;
use serde_bytes::ByteBuf;

/// Weakness 3: removed members kept their privileges.
#[test]
fn should_leave_a_member_nothing_when_it_is_removed() {
    let mut world = World::with_context();
    world.add(account(1), "administrator").expect("adds");
    world.add(account(2), "reader").expect("adds");
    for note in 1..=5 {
        world.grant(account(1), note, None);
    }
    let kept = world.grant(account(2), 1, None);
    let removal = world.remove(account(1)).expect("removes");
    for note in 1..=5 {
        assert!(!world.reads(account(1), note), "still reads note {note}");
    }
    let own = Some(note(9, account(1).principal()));
    for subject in [Subject::Account(account(1)), Subject::Principal(account(1).principal())] {
        assert!(!world.decide(subject, Action::Mint, None).allowed);
        assert!(!world.decide(subject, Action::Read, own.clone()).allowed);
        assert_eq!(world.decide(subject, Action::Mint, None).account, None);
    }
    let voter = account(1).principal();
    for revision in [Revision(1), removal.revision, Revision(100)] {
        let arg = VotingWeightArg { context: context_id(1), revision, voter };
        let refusal = api::voting_weight(&world.env, &world.state, &arg).map_err(reason);
        assert_eq!(refusal, Err(MembershipReason::NotAMember(voter)), "votes at {revision}");
    }
    let grants = api::grants(&world.env, &world.state, &GrantsArg { context: context_id(1), after: None, limit: None });
    let left: Vec<_> = grants.expect("a page").grants.iter().map(|grant| grant.id).collect();
    assert_eq!(left, [kept], "only the other member's grant is left");
}

/// Weakness 4: being added again made old messages valid again.
#[test]
fn should_revive_nothing_when_a_removed_member_is_added_again() {
    let mut world = World::with_context();
    world.add(account(1), "reader").expect("adds");
    let applied = world.step(ProposalId(77), 0, grant_change(account(1), 7, None)).expect("grants");
    world.remove(account(1)).expect("removes");
    world.add(account(1), "reader").expect("adds again");
    assert!(!world.reads(account(1), 7), "an old grant counts again");
    let before = world.fingerprint();
    let repeated = world.step(ProposalId(77), 0, grant_change(account(1), 7, None));
    assert_eq!(repeated, Ok(applied), "the step was applied, once");
    assert!(world.fingerprint() == before, "a replayed step changed something");
    assert!(!world.reads(account(1), 7), "a replayed step counts again");
    let gone = applied.grant.expect("a grant");
    let refusal = world.change(Change::Revoke { grant: gone });
    assert_eq!(refusal, Err(MembershipReason::UnknownGrant(gone)));
    let new = world.grant(account(1), 7, None);
    assert_ne!(new, gone, "an id was used twice");
}

/// Weakness 5: signatures were not bound to a canister, a network or a purpose.
#[test]
fn should_refuse_a_signature_when_it_was_made_for_something_else() {
    let mut world = World::empty();
    let before = world.fingerprint();
    let another_canister = world.sign(1, |payload| payload.canister = stranger());
    let another_network = world.sign(1, |payload| payload.network = Digest32([0; 32]));
    let another_context = world.sign(1, |payload| payload.context = context_id(2));
    let another_administrator = world.sign(1, |payload| payload.administrator = stranger());
    // The bytes of one principal must not be taken for the beginning of another's.
    let shifted = world.sign(1, |payload| {
        let mut longer = canister().as_slice().to_vec();
        longer.push(payload.context.0[0]);
        payload.canister = Principal::from_slice(&longer);
    });
    for (desc, arg) in [
        ("canister", another_canister),
        ("network", another_network),
        ("context", another_context),
        ("administrator", another_administrator),
        ("canister, shifted", shifted),
    ] {
        assert_eq!(world.register(&arg), Err(MembershipReason::InvalidSignature), "{desc}");
    }
    assert!(world.fingerprint() == before, "refused signatures changed something");
}

/// Weakness 7: under keys of small order, arbitrary messages verified.
#[test]
fn should_refuse_a_key_when_it_is_of_small_order() {
    let mut world = World::with_context();
    let before = world.fingerprint();
    let mut identity = [0; 32];
    identity[0] = 1;
    // R = identity and s = 0 verify for every message under the identity, unless verification is strict.
    let mut forged = [0; 64];
    forged[0] = 1;
    let expires_at = world.env.now.get().plus_seconds(10);
    for key in [identity, [0; 32]] {
        let arg = RegisterContextArg {
            context: ContextId(key),
            administrator: administrator(),
            expires_at,
            signature: ByteBuf::from(forged.to_vec()),
        };
        assert_eq!(world.register(&arg), Err(MembershipReason::InvalidKey));
        assert_eq!(world.add(AccountId(key), "reader"), Err(MembershipReason::InvalidKey));
    }
    assert!(world.fingerprint() == before, "refused keys changed something");
}

/// Weakness 8: the last or own capability could be taken away, and nobody could restore it.
#[test]
fn should_stay_administrable_when_every_member_is_removed_and_the_policies_deny_all() {
    let mut world = World::with_context();
    world.add(AccountId(crate::test_fixtures::context_key(9).verifying_key().to_bytes()), "reader").expect("adds");
    world.add(account(1), "administrator").expect("adds");
    world.change(Change::SetPolicy { cedar: "forbid (principal, action, resource);".to_owned() }).expect("sets");
    world.remove(account(1)).expect("removes");
    world.remove(AccountId(context_id(9).0)).expect("removes the last one");
    assert_eq!(api::context(&world.state, context_id(1)).expect("registered").administrator, administrator());
    world.add(account(2), "contributor").expect("the administrator is one still");
    assert!(!world.decide(Subject::Account(account(2)), Action::Mint, None).allowed);
    let cedar = calisec_policy::DEFAULT_POLICIES.to_owned();
    world.change(Change::SetPolicy { cedar }).expect("governance is bound by no policy");
    assert!(world.decide(Subject::Account(account(2)), Action::Mint, None).allowed);
}
