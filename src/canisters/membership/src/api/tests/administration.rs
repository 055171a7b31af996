//! Handovers and recoveries, and who tries to take a group by them.

use crate::api;
use crate::test_fixtures::{
    World, account, administrator, canister, context_id, context_key, reason, signature, stranger,
};
use calisec_types::ids::{ContextId, Digest32, Revision, Timestamp};
use calisec_types::membership::{
    AuditEvent, Context, FREE_WRITES_PER_GROUP_AND_DAY, Handover, KeyRecovery, MAX_CONTEXTS_PER_ADMINISTRATOR,
    MembershipReason, OFFER_SECONDS, OfferAdministrationArg, OwnershipClaim, RECOVERY_SECONDS, RECOVERY_WAIT_SECONDS,
    RecoverAdministrationArg,
};
use calisec_types::signing::AdministratorRecovery;
use candid::Principal;

fn successor() -> Principal {
    account(7).principal()
}

fn offer(world: &mut World, caller: Principal, to: Principal) -> Result<Handover, MembershipReason> {
    world.env.call_as(caller);
    let arg = OfferAdministrationArg { context: context_id(1), to };
    api::offer_administration(&world.env, &mut world.state, &arg).map_err(reason)
}

fn accept(world: &mut World, caller: Principal) -> Result<Context, MembershipReason> {
    world.env.call_as(caller);
    api::accept_administration(&world.env, &mut world.state, context_id(1)).map_err(reason)
}

fn cancel(world: &mut World, caller: Principal) -> Result<Handover, MembershipReason> {
    world.env.call_as(caller);
    api::cancel_handover(&world.env, &mut world.state, context_id(1)).map_err(reason)
}

fn recover(world: &mut World, arg: &RecoverAdministrationArg) -> Result<Handover, MembershipReason> {
    world.env.call_as(Principal::anonymous());
    api::recover_administration(&world.env, &mut world.state, arg).map_err(reason)
}

/// A recovery signed by this context's key, altered before it was signed.
fn recovery(world: &World, seed: u8, alter: impl FnOnce(&mut AdministratorRecovery)) -> RecoverAdministrationArg {
    let mut payload = AdministratorRecovery {
        network: world.env.network,
        canister: canister(),
        context: context_id(1),
        administrator: successor(),
        expires_at: world.env.now.get().plus_seconds(600),
    };
    let AdministratorRecovery { context, administrator, expires_at, .. } = payload;
    alter(&mut payload);
    let signature = signature(&context_key(seed), &payload.to_signed_bytes());
    RecoverAdministrationArg::Key(KeyRecovery { context, administrator, expires_at, signature })
}

fn administrator_of(world: &World) -> Principal {
    api::context(&world.state, context_id(1)).expect("registered").administrator
}

fn last_event(world: &World) -> AuditEvent {
    world.state.audit_entries(world.state.seq(), 1).remove(0).event
}

#[test]
fn should_hand_over_when_the_successor_accepts() {
    let mut world = World::with_context();
    let now = world.env.now.get();
    let offered = offer(&mut world, administrator(), successor()).expect("offers");
    let until = now.plus_seconds(OFFER_SECONDS);
    assert_eq!(offered, Handover { to: successor(), is_recovery: false, not_before: now, until });
    assert_eq!(api::handover(&world.state, context_id(1)).expect("known"), Some(offered));
    assert_eq!(last_event(&world), AuditEvent::HandoverStarted { handover: offered });
    assert_eq!(administrator_of(&world), administrator(), "until it is accepted");
    let context = accept(&mut world, successor()).expect("accepts");
    assert_eq!(context.administrator, successor());
    assert_eq!(context.revision, Revision(1), "what its administrator signed before is told from what is signed now");
    assert_eq!(last_event(&world), AuditEvent::AdministratorChanged { from: administrator(), to: successor() });
    assert_eq!(api::handover(&world.state, context_id(1)).expect("known"), None);
    assert!(world.add(account(1), "reader").is_err(), "the old administrator is nobody in the group");
    assert_eq!(accept(&mut world, successor()), Err(MembershipReason::NoHandover));
    let held = |principal| world.state.quota(principal).held;
    assert_eq!((held(administrator()), held(successor())), (0, 1));
}

#[test]
fn should_refuse_a_handover_when_the_wrong_one_asks_or_is_asked() {
    let mut world = World::with_context();
    let before = world.fingerprint();
    assert_eq!(offer(&mut world, Principal::anonymous(), successor()), Err(MembershipReason::Anonymous));
    for caller in [stranger(), successor()] {
        assert_eq!(offer(&mut world, caller, successor()), Err(MembershipReason::NotAdministrator));
    }
    for to in [Principal::anonymous(), Principal::management_canister(), administrator()] {
        assert_eq!(offer(&mut world, administrator(), to), Err(MembershipReason::InvalidSuccessor));
    }
    assert_eq!(accept(&mut world, successor()), Err(MembershipReason::NoHandover));
    assert_eq!(cancel(&mut world, administrator()), Err(MembershipReason::NoHandover));
    assert!(world.fingerprint() == before);
    offer(&mut world, administrator(), successor()).expect("offers");
    let before = world.fingerprint();
    assert_eq!(accept(&mut world, Principal::anonymous()), Err(MembershipReason::Anonymous));
    for caller in [stranger(), administrator()] {
        assert_eq!(accept(&mut world, caller), Err(MembershipReason::NotTheSuccessor(successor())));
    }
    for caller in [stranger(), successor()] {
        assert_eq!(cancel(&mut world, caller), Err(MembershipReason::NotAdministrator));
    }
    assert!(world.fingerprint() == before, "a refused handover changed something");
}

#[test]
fn should_refuse_an_offer_when_it_was_cancelled_replaced_or_is_over() {
    let mut world = World::with_context();
    offer(&mut world, administrator(), successor()).expect("offers");
    cancel(&mut world, administrator()).expect("cancels");
    assert_eq!(last_event(&world), AuditEvent::HandoverCancelled { to: successor() });
    assert_eq!(accept(&mut world, successor()), Err(MembershipReason::NoHandover));
    offer(&mut world, administrator(), successor()).expect("offers");
    offer(&mut world, administrator(), stranger()).expect("offers to another");
    assert_eq!(accept(&mut world, successor()), Err(MembershipReason::NotTheSuccessor(stranger())));
    world.env.advance_seconds(OFFER_SECONDS);
    let now = world.env.now.get();
    world.env.now.set(Timestamp(now.0 + 1));
    let refusal = accept(&mut world, stranger());
    assert!(matches!(refusal, Err(MembershipReason::HandoverWindow { .. })), "{refusal:?}");
    assert_eq!(administrator_of(&world), administrator());
}

#[test]
fn should_refuse_to_hand_over_when_the_successor_would_hold_too_many_contexts() {
    let mut world = World::with_context();
    world.env.cycles.set(u128::MAX);
    world.env.call_as(successor());
    for seed in 2..=MAX_CONTEXTS_PER_ADMINISTRATOR as u8 + 1 {
        let mut arg = world.sign(seed, |payload| payload.administrator = successor());
        arg.administrator = successor();
        world.register(&arg).expect("registers");
    }
    offer(&mut world, administrator(), successor()).expect("offers");
    let limit = MAX_CONTEXTS_PER_ADMINISTRATOR;
    assert_eq!(accept(&mut world, successor()), Err(MembershipReason::TooManyContexts { limit }));
}

#[test]
fn should_recover_when_the_context_key_says_so_and_nobody_vetoes() {
    let mut world = World::with_context();
    let now = world.env.now.get();
    let arg = recovery(&world, 1, |_| ());
    let started = recover(&mut world, &arg).expect("starts");
    let not_before = now.plus_seconds(RECOVERY_WAIT_SECONDS);
    let until = not_before.plus_seconds(RECOVERY_SECONDS);
    assert_eq!(started, Handover { to: successor(), is_recovery: true, not_before, until });
    let window = Err(MembershipReason::HandoverWindow { not_before, until });
    assert_eq!(accept(&mut world, successor()), window);
    world.env.now.set(Timestamp(not_before.0 - 1));
    assert_eq!(accept(&mut world, successor()), window, "not a nanosecond early");
    world.env.now.set(not_before);
    assert_eq!(accept(&mut world, successor()).expect("accepts").administrator, successor());
}

#[test]
fn should_veto_a_recovery_when_the_administrator_is_not_lost() {
    let mut world = World::with_context();
    let arg = recovery(&world, 1, |_| ());
    recover(&mut world, &arg).expect("starts");
    assert_eq!(cancel(&mut world, stranger()), Err(MembershipReason::NotAdministrator));
    cancel(&mut world, administrator()).expect("vetoes");
    assert_eq!(recover(&mut world, &arg), Err(MembershipReason::ClaimUsed), "a vetoed recovery does not come back");
    world.env.advance_seconds(1);
    let again = recovery(&world, 1, |_| ());
    recover(&mut world, &again).expect("a new statement of the key does");
    offer(&mut world, administrator(), stranger()).expect("an offer is a veto too");
    let third = recovery(&world, 1, |payload| payload.administrator = successor());
    let refusal = recover(&mut world, &third);
    assert_eq!(refusal, Err(MembershipReason::ClaimUsed));
    world.env.advance_seconds(1);
    let fourth = recovery(&world, 1, |_| ());
    let refusal = recover(&mut world, &fourth);
    assert!(matches!(refusal, Err(MembershipReason::HandoverPending { to, .. }) if to == stranger()), "{refusal:?}");
    world.env.advance_seconds(RECOVERY_WAIT_SECONDS);
    assert_eq!(accept(&mut world, successor()), Err(MembershipReason::NotTheSuccessor(stranger())));
}

#[test]
fn should_refuse_a_recovery_when_it_is_not_the_keys() {
    let mut world = World::with_context();
    let before = world.fingerprint();
    for (desc, arg) in [
        ("another key", recovery(&world, 2, |_| ())),
        ("another network", recovery(&world, 1, |payload| payload.network = Digest32([0; 32]))),
        ("another canister", recovery(&world, 1, |payload| payload.canister = stranger())),
        ("another administrator", recovery(&world, 1, |payload| payload.administrator = stranger())),
        ("another context", recovery(&world, 1, |payload| payload.context = context_id(2))),
        ("another time", recovery(&world, 1, |payload| payload.expires_at = Timestamp(payload.expires_at.0 + 1))),
    ] {
        assert_eq!(recover(&mut world, &arg), Err(MembershipReason::InvalidSignature), "{desc}");
    }
    // The registration of the context, which the same key signed, is no recovery.
    let registration = world.registration(1);
    let arg = RecoverAdministrationArg::Key(KeyRecovery {
        context: registration.context,
        administrator: registration.administrator,
        expires_at: registration.expires_at,
        signature: registration.signature,
    });
    assert_eq!(recover(&mut world, &arg), Err(MembershipReason::InvalidSignature));
    let late = recovery(&world, 1, |_| ());
    world.env.advance_seconds(600);
    let refusal = recover(&mut world, &late);
    assert!(matches!(refusal, Err(MembershipReason::ExpiryOutOfWindow { .. })), "{refusal:?}");
    assert!(world.fingerprint() == before, "a refused recovery changed something");
}

/// A claim with this subject by the key of this seed.
fn claim(world: &World, seed: u8, subject: &str, nonce: u8) -> OwnershipClaim {
    world.claim(seed, |text| (text.subject, text.nonce) = (subject.to_owned(), format!("{nonce:064x}")))
}

#[test]
fn should_recover_a_claimed_group_when_its_issuer_and_nobody_else_says_so() {
    let mut world = World::empty();
    let bind = claim(&world, 5, &format!("bind:{}", administrator()), 1);
    let context = api::register_claim(&world.env, &mut world.state, &bind).expect("registers");
    let before = world.fingerprint();
    let as_recovery = |claim| RecoverAdministrationArg::Claim(claim);
    let subject = format!("recover:{}", successor());
    // Another issuer's claim is about another group, which nobody registered.
    let foreign = claim(&world, 6, &subject, 2);
    let refusal = recover(&mut world, &as_recovery(foreign));
    assert!(matches!(refusal, Err(MembershipReason::UnknownContext(id)) if id != context.id), "{refusal:?}");
    // What was signed to register does not recover, and the other way round.
    let renewed = claim(&world, 5, &format!("bind:{}", successor()), 3);
    let refusal = recover(&mut world, &as_recovery(renewed));
    assert_eq!(refusal, Err(MembershipReason::ClaimSubject("recover".to_owned())));
    assert_eq!(recover(&mut world, &as_recovery(bind)), Err(MembershipReason::ClaimUsed));
    assert!(world.fingerprint() == before);
    let started = claim(&world, 5, &subject, 4);
    let handover = recover(&mut world, &as_recovery(started.clone())).expect("starts");
    assert_eq!((handover.to, handover.is_recovery), (successor(), true));
    assert_eq!(recover(&mut world, &as_recovery(started)), Err(MembershipReason::ClaimUsed));
    world.env.advance_seconds(RECOVERY_WAIT_SECONDS);
    world.env.call_as(successor());
    let recovered = api::accept_administration(&world.env, &mut world.state, context.id).expect("accepts");
    assert_eq!(recovered.administrator, successor());
}

#[test]
fn should_know_no_handover_when_the_context_is_unknown() {
    let world = World::empty();
    let unknown = ContextId([1; 32]);
    let refusal = api::handover(&world.state, unknown).map_err(reason);
    assert_eq!(refusal, Err(MembershipReason::UnknownContext(unknown)));
}

/// Whoever has both keys starts and vetoes as long as it likes.
#[test]
fn should_count_recoveries_and_offers_when_they_are_started_and_cancelled_without_end() {
    let mut world = World::with_context();
    let end = world.env.now.get().plus_seconds(600);
    let mut started = 0;
    let refusal = loop {
        let expires_at = Timestamp(end.0 + u64::from(started));
        let mut arg = recovery(&world, 1, |payload| payload.expires_at = expires_at);
        if let RecoverAdministrationArg::Key(recovery) = &mut arg {
            recovery.expires_at = expires_at;
        }
        match recover(&mut world, &arg) {
            Ok(_) => cancel(&mut world, administrator()).expect("what is pending can be cancelled"),
            Err(refusal) => break refusal,
        };
        started += 1;
    };
    assert_eq!(started, FREE_WRITES_PER_GROUP_AND_DAY);
    assert!(matches!(refusal, MembershipReason::WritesSpent { .. }), "{refusal:?}");
    assert_eq!(world.state.used_claims(), u64::from(started), "a refused statement is not used");
    world.add(account(1), "reader").expect("the managers' own");
    let mut offered = 0;
    while offer(&mut world, administrator(), successor()).is_ok() {
        cancel(&mut world, administrator()).expect("cancels");
        offered += 1;
    }
    assert_eq!(offered + 1, FREE_WRITES_PER_GROUP_AND_DAY);
}
