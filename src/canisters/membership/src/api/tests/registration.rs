use crate::api;
use crate::test_fixtures::{World, administrator, context_id, stranger};
use calisec_types::ids::{Digest32, PolicyVersion, Revision, Seq, Timestamp};
use calisec_types::membership::{
    MAX_CONTEXTS_PER_ADMINISTRATOR, MAX_RELAYED_CONTEXTS_PER_ADMINISTRATOR, MembershipReason,
};
use candid::Principal;

#[test]
fn should_register_a_context_when_its_key_signed_and_anybody_relays() {
    for relay in [administrator(), stranger(), Principal::anonymous()] {
        let mut world = World::empty();
        world.env.call_as(relay);
        let arg = world.registration(1);
        let context = api::register_context(&world.env, &mut world.state, &arg).expect("registers");
        assert_eq!(context.id, context_id(1));
        assert_eq!(context.administrator, administrator());
        assert_eq!((context.revision, context.member_count), (Revision(0), 0));
        assert_eq!(context.policy_version, PolicyVersion(1));
        assert_eq!(context.registered_at, world.env.now.get());
        assert_eq!(world.state.seq(), Seq(1));
    }
}

#[test]
fn should_refuse_a_signature_when_any_bit_of_it_or_of_what_it_signs_is_flipped() {
    let mut world = World::empty();
    let before = world.fingerprint();
    let valid = world.registration(1);
    for bit in 0..512 {
        let mut arg = valid.clone();
        arg.signature[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(world.register(&arg), Err(MembershipReason::InvalidSignature), "signature bit {bit}");
    }
    for bit in 0..256 {
        let mut arg = valid.clone();
        arg.context.0[bit / 8] ^= 1 << (bit % 8);
        let refusal = world.register(&arg).expect_err("another key");
        assert!(
            matches!(refusal, MembershipReason::InvalidSignature | MembershipReason::InvalidKey),
            "context bit {bit}: {refusal}"
        );
    }
    for bit in 0..29 * 8 {
        let mut arg = valid.clone();
        let mut bytes = arg.administrator.as_slice().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        arg.administrator = Principal::from_slice(&bytes);
        assert_eq!(world.register(&arg), Err(MembershipReason::InvalidSignature), "administrator bit {bit}");
    }
    for bit in 0..36 {
        let mut arg = valid.clone();
        arg.expires_at.0 ^= 1 << bit;
        assert_eq!(world.register(&arg), Err(MembershipReason::InvalidSignature), "expiry bit {bit}");
    }
    assert!(world.fingerprint() == before, "refused registrations changed something");
    assert_eq!(world.register(&valid), Ok(()));
}

#[test]
fn should_refuse_a_signature_when_it_expired_or_expires_too_late() {
    let mut world = World::empty();
    let now = world.env.now.get();
    let latest = now.plus_seconds(24 * 60 * 60);
    for (desc, expires_at, expected) in [
        ("now", now, Err(MembershipReason::ExpiryOutOfWindow { now, latest })),
        ("never", Timestamp(u64::MAX), Err(MembershipReason::ExpiryOutOfWindow { now, latest })),
        ("too late", Timestamp(latest.0 + 1), Err(MembershipReason::ExpiryOutOfWindow { now, latest })),
        ("at the latest", latest, Ok(())),
    ] {
        let mut arg = world.sign(1, |payload| payload.expires_at = expires_at);
        arg.expires_at = expires_at;
        assert_eq!(world.register(&arg), expected, "{desc}");
    }
}

#[test]
fn should_refuse_a_registration_when_the_context_exists() {
    let mut world = World::with_context();
    let again = world.registration(1);
    assert_eq!(world.register(&again), Err(MembershipReason::ContextExists(context_id(1))));
    let mut for_a_stranger = world.sign(1, |payload| payload.administrator = stranger());
    for_a_stranger.administrator = stranger();
    assert_eq!(world.register(&for_a_stranger), Err(MembershipReason::ContextExists(context_id(1))));
}

#[test]
fn should_leave_an_administrator_half_of_its_quota_when_strangers_register_for_it() {
    let mut world = World::empty();
    let (all, relayed) = (MAX_CONTEXTS_PER_ADMINISTRATOR as u8, MAX_RELAYED_CONTEXTS_PER_ADMINISTRATOR as u8);
    world.env.cycles.set(u128::MAX);
    world.env.call_as(stranger());
    for seed in 1..=relayed {
        world.register(&world.registration(seed)).expect("within the strangers' part");
    }
    let limit = MAX_RELAYED_CONTEXTS_PER_ADMINISTRATOR;
    assert_eq!(world.register(&world.registration(200)), Err(MembershipReason::TooManyContexts { limit }));
    world.env.call_as(administrator());
    for seed in relayed + 1..=all {
        world.register(&world.registration(seed)).expect("within the quota");
    }
    let limit = MAX_CONTEXTS_PER_ADMINISTRATOR;
    assert_eq!(world.register(&world.registration(200)), Err(MembershipReason::TooManyContexts { limit }));
}

#[test]
fn should_tell_networks_apart_when_the_payload_is_the_same() {
    let mut world = World::empty();
    let elsewhere = world.sign(1, |payload| payload.network = Digest32([8; 32]));
    assert_eq!(world.register(&elsewhere), Err(MembershipReason::InvalidSignature));
}
