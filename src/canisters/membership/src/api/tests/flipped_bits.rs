//! Whatever somebody signed is refused when any bit of it, or of the signature, is another on its way.

use crate::api;
use crate::test_fixtures::{
    World, account, account_key, canister, context_id, context_key, everything, reason, signature,
};
use calisec_types::ids::{Digest32, KemKey};
use calisec_types::membership::{
    Invite, Invitee, KeyRecovery, LinkPrincipalArg, MembershipReason, RecoverAdministrationArg, RedeemInviteArg,
    redemption_bytes,
};
use calisec_types::signing::AdministratorRecovery;
use candid::{CandidType, Principal};
use ed25519_dalek::{PUBLIC_KEY_LENGTH, SIGNATURE_LENGTH};
use serde::de::DeserializeOwned;

/// Who links itself.
fn somebody() -> Principal {
    Principal::self_authenticating([7; 62])
}

/// Members 1 and 2; member 1 has device 1.
fn world() -> World {
    let mut world = World::with_context();
    world.add(account(1), "administrator").expect("adds");
    world.add(account(2), "reader").expect("adds");
    world.device(1, 1, everything()).expect("adds");
    world
}

/// Everything that an argument becomes, and can still be read, when one bit of its encoding is another.
fn flipped<T: CandidType + DeserializeOwned + PartialEq>(good: &T) -> impl Iterator<Item = (usize, T)> {
    let encoded = candid::encode_one(good).expect("encodes");
    (0..encoded.len() * 8).filter_map(move |bit| {
        let mut bytes = encoded.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let bad = candid::decode_one::<T>(&bytes).ok().filter(|bad| bad != good)?;
        Some((bit, bad))
    })
}

/// Tries everything that a good argument became, then the argument itself.
fn refuse_all<T>(
    world: &mut World,
    good: &T,
    flipped: impl Iterator<Item = (usize, T)>,
    call: impl Fn(&mut World, &T) -> Result<(), MembershipReason>,
) {
    let before = world.fingerprint();
    let mut tried = 0;
    for (bit, bad) in flipped {
        tried += 1;
        let refusal = call(world, &bad).expect_err("a flipped bit");
        let is_expected = matches!(
            refusal,
            MembershipReason::InvalidSignature
                | MembershipReason::InvalidKey
                | MembershipReason::InvalidKemKey
                | MembershipReason::InvalidRole
                | MembershipReason::InvalidRotation
                | MembershipReason::InvalidUses { .. }
                | MembershipReason::ExpiryOutOfWindow { .. }
                | MembershipReason::AlreadyOver
                | MembershipReason::NonceTooLow { .. }
                | MembershipReason::UnknownContext(_)
                | MembershipReason::UnknownMember(_)
                | MembershipReason::UnknownDevice(_)
                | MembershipReason::NotInvited
                | MembershipReason::NotYours
        );
        assert!(is_expected, "bit {bit}: {refusal:?}");
    }
    assert!(tried > 8 * (SIGNATURE_LENGTH + PUBLIC_KEY_LENGTH), "{tried} bits are not all");
    assert!(world.fingerprint() == before, "a flipped bit changed something");
    call(world, good).expect("is good");
}

#[test]
fn should_refuse_a_binding_when_any_bit_is_flipped() {
    let mut world = world();
    let limits = (Some(world.env.now.get().plus_seconds(100)), Some(60));
    let good = world.binding((1, 2), everything(), limits, |_| ());
    refuse_all(&mut world, &good, flipped(&good), |world, arg| {
        world.env.call_as(Principal::anonymous());
        world.add_device(arg).map(|_| ())
    });
}

#[test]
fn should_refuse_a_rotation_when_any_bit_is_flipped() {
    for by_account in [false, true] {
        let mut world = world();
        let good = world.rotation(1, (1, 2), by_account);
        refuse_all(&mut world, &good, flipped(&good), |world, arg| {
            world.env.call_as(Principal::anonymous());
            api::rotate_device(&world.env, &mut world.state, arg).map(|_| ()).map_err(reason)
        });
    }
}

#[test]
fn should_refuse_a_link_when_any_bit_is_flipped() {
    for by in [None, Some(1)] {
        let mut world = world();
        let good = world.link_arg(somebody(), 1, by);
        let link = |world: &mut World, caller, arg: &LinkPrincipalArg| {
            world.env.call_as(caller);
            api::link_principal(&world.env, &mut world.state, arg).map(|_| ()).map_err(reason)
        };
        for bit in 0..somebody().as_slice().len() * 8 {
            let mut caller = somebody().as_slice().to_vec();
            caller[bit / 8] ^= 1 << (bit % 8);
            let refusal = link(&mut world, Principal::from_slice(&caller), &good);
            assert_eq!(refusal, Err(MembershipReason::InvalidSignature), "bit {bit} of who links itself");
        }
        refuse_all(&mut world, &good, flipped(&good), |world, arg| link(world, somebody(), arg));
    }
}

#[test]
fn should_refuse_a_recovery_when_any_bit_is_flipped() {
    let mut world = world();
    let payload = AdministratorRecovery {
        network: world.env.network,
        canister: canister(),
        context: context_id(1),
        administrator: somebody(),
        expires_at: world.env.now.get().plus_seconds(600),
    };
    let signature = signature(&context_key(1), &payload.to_signed_bytes());
    let AdministratorRecovery { context, administrator, expires_at, .. } = payload;
    let good = RecoverAdministrationArg::Key(KeyRecovery { context, administrator, expires_at, signature });
    refuse_all(&mut world, &good, flipped(&good), |world, arg| {
        world.env.call_as(Principal::anonymous());
        api::recover_administration(&world.env, &mut world.state, arg).map(|_| ()).map_err(reason)
    });
}

#[test]
fn should_refuse_a_redemption_when_any_bit_is_flipped() {
    let mut world = world();
    let secret = context_key(77);
    let invite = Invite {
        context: context_id(1),
        inviter: account(1),
        revision: world.revision(),
        role: "reader".to_owned(),
        invitee: Invitee::Holder(Digest32(secret.verifying_key().to_bytes())),
        max_uses: 3,
        expires_at: world.env.now.get().plus_seconds(1_000),
        nonce: 1,
    };
    let (network, kem_key) = (world.env.network, KemKey([9; 32]));
    let good = RedeemInviteArg {
        signature: signature(&account_key(1), &invite.to_signed_bytes(network, canister())),
        proof: Some(signature(&secret, &redemption_bytes(invite.id(network, canister()), account(3)))),
        account: account(3),
        kem_key,
        invite,
    };
    // Which envelope key it has, who joins says by calling; nobody else signs that.
    let signed = flipped(&good).filter(|(_, bad)| bad.kem_key == kem_key);
    refuse_all(&mut world, &good, signed, |world, arg| {
        world.env.call_as(account(3).principal());
        api::redeem_invite(&world.env, &mut world.state, arg.clone()).map(|_| ()).map_err(reason)
    });
}
