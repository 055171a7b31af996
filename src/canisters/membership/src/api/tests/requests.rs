//! Signed requests, and what an attacker does with those of others.

use crate::api;
use crate::test_fixtures::{
    World, account, account_key, administrator, canister, context_id, context_key, everything, sign_request, stranger,
};
use calisec_types::ids::{AccountId, ContextId, Digest32, KemKey, Revision, Timestamp};
use calisec_types::membership::{
    AddMemberArg, Capability, MAX_REQUEST_BYTES, MAX_REQUEST_WINDOW_SECONDS, MembershipReason, RemoveMemberArg,
    Request, SignedRequest, Written,
};
use calisec_types::signing::RequestPayload;
use candid::Principal;
use ed25519_dalek::SigningKey;
use proptest::prelude::{ProptestConfig, any, prop};
use proptest::{prop_assert, prop_assert_eq, proptest};
use serde_bytes::ByteBuf;

/// The key that administers context 1.
fn admin_key() -> SigningKey {
    account_key(50)
}

fn world() -> World {
    let mut world = World::empty();
    let mut arg = world.sign(1, |payload| payload.administrator = account(50).principal());
    arg.administrator = account(50).principal();
    world.register(&arg).expect("registers");
    world.env.call_as(Principal::anonymous());
    world
}

fn add(account: AccountId) -> Request {
    let kem_key = KemKey([9; 32]);
    Request::AddMember(AddMemberArg { context: context_id(1), account, role: "reader".to_owned(), kem_key })
}

fn remove(account: AccountId) -> Request {
    Request::RemoveMember(RemoveMemberArg { context: context_id(1), account })
}

fn payload(world: &World, nonce: u64, request: Request) -> RequestPayload {
    world.request(&admin_key(), nonce, request)
}

fn submit(world: &mut World, request: &SignedRequest) -> Result<Written, MembershipReason> {
    let reply = world.submit(request)?;
    Ok(candid::decode_one(&reply).expect("the method's answer"))
}

fn run(world: &mut World, nonce: u64, request: Request) -> Result<Written, MembershipReason> {
    let request = sign_request(&admin_key(), &payload(world, nonce, request).to_signed_bytes());
    submit(world, &request)
}

#[test]
fn should_do_what_a_call_does_when_anybody_relays_a_signature() {
    let mut world = world();
    for (relay, nonce) in [(Principal::anonymous(), 1), (stranger(), 2), (administrator(), 9)] {
        world.env.call_as(relay);
        let written = run(&mut world, nonce, add(account(nonce as u8))).expect("adds");
        assert_eq!(written.seq, world.state.seq());
        assert!(world.state.member(context_id(1).own_group(), account(nonce as u8)).is_some());
        assert_eq!(api::request_nonce(&world.state, account(50)), nonce);
    }
    let last = world.state.audit_entries(world.state.seq(), 1).remove(0);
    assert_eq!(last.caller, account(50).principal(), "the log names who signed, not who relayed");
}

#[test]
fn should_refuse_a_request_when_it_is_replayed_or_overtaken() {
    let mut world = world();
    let first = sign_request(&admin_key(), &payload(&world, 5, add(account(1))).to_signed_bytes());
    let overtaken = sign_request(&admin_key(), &payload(&world, 4, add(account(2))).to_signed_bytes());
    submit(&mut world, &first).expect("adds");
    let before = world.fingerprint();
    for replayed in [&first, &overtaken] {
        assert_eq!(submit(&mut world, replayed), Err(MembershipReason::NonceTooLow { last: 5 }));
    }
    world.upgrade();
    assert_eq!(submit(&mut world, &first), Err(MembershipReason::NonceTooLow { last: 5 }));
    assert!(world.fingerprint() == before, "a replay changed something");
}

/// Weaknesses 3 and 4: nonces were forgotten with the membership, and old messages worked again.
#[test]
fn should_remember_nonces_when_a_member_is_removed_and_added_again() {
    let mut world = world();
    let added = sign_request(&admin_key(), &payload(&world, 1, add(account(1))).to_signed_bytes());
    submit(&mut world, &added).expect("adds");
    run(&mut world, 2, remove(account(1))).expect("removes");
    assert_eq!(submit(&mut world, &added), Err(MembershipReason::NonceTooLow { last: 2 }), "it would be back");
    // The key that signs becomes a member, is removed, and is added again: nothing of this is about its nonces.
    run(&mut world, 3, add(account(50))).expect("adds itself");
    run(&mut world, 4, remove(account(50))).expect("removes itself");
    run(&mut world, 5, add(account(50))).expect("adds itself again");
    assert_eq!(api::request_nonce(&world.state, account(50)), 5);
    assert_eq!(submit(&mut world, &added), Err(MembershipReason::NonceTooLow { last: 5 }));
}

/// What was signed before a removal and never done is done when the key is added again in time. Who removes somebody whose signatures
/// may be about revokes the account instead.
#[test]
fn should_do_what_was_kept_back_when_its_signer_is_added_again_unless_the_account_was_revoked() {
    for revoked in [false, true] {
        let mut world = World::with_context();
        world.add(account(1), "administrator").expect("adds");
        let kept = sign_request(&account_key(1), &world.request(&account_key(1), 9, add(account(3))).to_signed_bytes());
        let binding = world.binding((1, 1), everything(), (None, None), |_| ());
        let link = world.link_arg(stranger(), 1, None);
        if revoked {
            world.revoke_account(administrator(), 1).expect("revokes");
        } else {
            world.remove(account(1)).expect("removes");
        }
        let missing = MembershipReason::MissingCapability(Capability::ManageMembers);
        assert_eq!(submit(&mut world, &kept), Err(missing), "while it is removed");
        assert!(world.add_device(&binding).is_err(), "while it is removed");
        assert_eq!(world.add(account(1), "administrator").is_err(), revoked);
        assert_eq!(world.add_device(&binding).is_err(), revoked);
        world.env.call_as(stranger());
        assert_eq!(api::link_principal(&world.env, &mut world.state, &link).is_err(), revoked);
        assert_eq!(submit(&mut world, &kept).is_err(), revoked);
        // What was done is not done again, whoever comes and goes.
        assert!(submit(&mut world, &kept).is_err());
    }
}

/// Weakness 6: failures burned nonces.
#[test]
fn should_leave_the_nonce_unused_when_the_request_fails() {
    let mut world = world();
    let before = world.fingerprint();
    let early = sign_request(&admin_key(), &payload(&world, 7, remove(account(1))).to_signed_bytes());
    assert_eq!(submit(&mut world, &early), Err(MembershipReason::UnknownMember(account(1))));
    assert!(world.fingerprint() == before, "a failed request changed something");
    run(&mut world, 3, add(account(1))).expect("a lower nonce still works");
    submit(&mut world, &early).expect("and so does the one that failed");
    assert_eq!(world.state.member(context_id(1).own_group(), account(1)), None);
}

/// Weakness 5: nothing said where a message belonged.
#[test]
fn should_refuse_a_request_when_it_was_signed_for_elsewhere_or_another_time() {
    let mut world = world();
    let mut other = world.sign(2, |payload| payload.administrator = account(50).principal());
    other.administrator = account(50).principal();
    world.register(&other).expect("registers");
    let before = world.fingerprint();
    let good = payload(&world, 1, add(account(1)));
    let (network, now) = (world.env.network, world.env.now.get());
    let latest = now.plus_seconds(MAX_REQUEST_WINDOW_SECONDS);
    let elsewhere = MembershipReason::SignedForElsewhere { network, canister: canister() };
    let out_of_window = MembershipReason::ExpiryOutOfWindow { now, latest };
    let rows: [(&str, RequestPayload, MembershipReason); 5] = [
        ("network", RequestPayload { network: Digest32([8; 32]), ..good.clone() }, elsewhere.clone()),
        ("canister", RequestPayload { canister: stranger(), ..good.clone() }, elsewhere),
        ("now", RequestPayload { expires_at: now, ..good.clone() }, out_of_window.clone()),
        ("too late", RequestPayload { expires_at: Timestamp(latest.0 + 1), ..good.clone() }, out_of_window.clone()),
        ("never", RequestPayload { expires_at: Timestamp(u64::MAX), ..good.clone() }, out_of_window),
    ];
    for (desc, payload, expected) in rows {
        assert_eq!(
            submit(&mut world, &sign_request(&admin_key(), &payload.to_signed_bytes())),
            Err(expected),
            "{desc}"
        );
    }
    // The header says context 2, the argument context 1; the key administers both.
    let bytes = good.to_signed_bytes();
    let place = bytes.windows(32).position(|window| window == context_id(1).0).expect("the scope");
    let mut crossed = bytes.clone();
    crossed[place..place + 32].copy_from_slice(&context_id(2).0);
    let refusal = submit(&mut world, &sign_request(&admin_key(), &crossed));
    assert!(matches!(&refusal, Err(MembershipReason::MalformedRequest(why)) if why.contains("another context")));
    let long = sign_request(&admin_key(), &vec![0; MAX_REQUEST_BYTES + 1]);
    let refusal = submit(&mut world, &long);
    assert!(matches!(&refusal, Err(MembershipReason::MalformedRequest(why)) if why.contains("longer")));
    assert!(world.fingerprint() == before, "a refused request changed something");
}

#[test]
fn should_have_no_more_rights_than_its_key_when_a_request_is_signed() {
    let mut world = world();
    run(&mut world, 1, add(account(1))).expect("adds");
    let before = world.fingerprint();
    // A member's key, a stranger's, and the context's own: none administers.
    for key in [account_key(1), account_key(2), context_key(1)] {
        let payload = world.request(&key, 1, add(account(3)));
        let refusal = submit(&mut world, &sign_request(&key, &payload.to_signed_bytes()));
        assert_eq!(refusal, Err(MembershipReason::MissingCapability(Capability::ManageMembers)));
    }
    // A stranger signs, and claims to be the administrator's key; or leaves the signature of another request.
    let forged = payload(&world, 2, add(account(3))).to_signed_bytes();
    assert_eq!(submit(&mut world, &sign_request(&account_key(2), &forged)), Err(MembershipReason::InvalidSignature));
    let another = sign_request(&admin_key(), &payload(&world, 2, remove(account(1))).to_signed_bytes());
    let mixed = SignedRequest { payload: ByteBuf::from(forged), signature: another.signature };
    assert_eq!(submit(&mut world, &mixed), Err(MembershipReason::InvalidSignature));
    // Signatures that verify for every message under keys of small order.
    let mut identity = [0; 32];
    identity[0] = 1;
    for key in [identity, [0; 32], [0xff; 32]] {
        let bytes = RequestPayload { key: AccountId(key), ..payload(&world, 1, add(account(3))) }.to_signed_bytes();
        let mut signature = vec![0; 64];
        signature[0] = 1;
        let forged = SignedRequest { payload: ByteBuf::from(bytes), signature: ByteBuf::from(signature) };
        assert_eq!(submit(&mut world, &forged), Err(MembershipReason::InvalidKey));
    }
    assert!(world.fingerprint() == before, "a refused request changed something");
}

#[test]
fn should_refuse_a_request_when_any_bit_is_flipped() {
    let mut world = world();
    let before = world.fingerprint();
    let good = sign_request(&admin_key(), &payload(&world, 1, add(account(1))).to_signed_bytes());
    for bit in 0..(good.payload.len() + 64) * 8 {
        let mut bad = good.clone();
        let (byte, mask) = (bit / 8, 1 << (bit % 8));
        match byte.checked_sub(good.payload.len()) {
            None => bad.payload[byte] ^= mask,
            Some(byte) => bad.signature[byte] ^= mask,
        }
        let refusal = submit(&mut world, &bad).expect_err("a flipped bit");
        let is_expected = matches!(
            refusal,
            MembershipReason::InvalidSignature
                | MembershipReason::InvalidKey
                | MembershipReason::MalformedRequest(_)
                | MembershipReason::SignedForElsewhere { .. }
                | MembershipReason::ExpiryOutOfWindow { .. }
                | MembershipReason::NonceTooLow { .. }
        );
        assert!(is_expected, "bit {bit}: {refusal:?}");
    }
    assert!(world.fingerprint() == before, "a flipped bit changed something");
    assert_eq!(submit(&mut world, &good).expect("is good").revision, Revision(1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever is relayed in whatever order, a nonce counts once, and the highest stays.
    #[test]
    fn should_accept_each_nonce_once_when_relays_race(nonces in prop::collection::vec(1..20_u64, 1..40)) {
        let mut world = world();
        let mut highest = 0;
        for nonce in nonces {
            let outcome = run(&mut world, nonce, add(account(nonce as u8)));
            prop_assert_eq!(outcome.is_ok(), nonce > highest);
            highest = highest.max(nonce);
            prop_assert_eq!(api::request_nonce(&world.state, account(50)), highest);
        }
    }

    /// Bytes that nobody signed are an error, never a trap.
    #[test]
    fn should_answer_an_error_when_bytes_are_arbitrary(
        payload in prop::collection::vec(any::<u8>(), 0..300),
        signature in prop::collection::vec(any::<u8>(), 0..70),
        with_tag in any::<bool>(),
    ) {
        let mut world = world();
        let mut bytes = if with_tag { calisec_types::signing::SIGNED_REQUEST_TAG.to_vec() } else { Vec::new() };
        bytes.extend(payload);
        let request = SignedRequest { payload: ByteBuf::from(bytes), signature: ByteBuf::from(signature) };
        prop_assert!(world.submit(&request).is_err());
    }
}

#[test]
fn should_tell_which_context_is_unknown_when_a_request_is_for_one() {
    let mut world = world();
    let unknown = ContextId([3; 32]);
    let request = Request::RemoveMember(RemoveMemberArg { context: unknown, account: account(1) });
    assert_eq!(run(&mut world, 1, request), Err(MembershipReason::UnknownContext(unknown)));
}
