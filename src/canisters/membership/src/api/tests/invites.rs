//! Invites: who joins by them, and who must not.

use crate::api;
use crate::state::Writer;
use crate::test_fixtures::{
    World, account, account_key, administrator, canister, context_id, context_key, reason, signature, stranger,
};
use calisec_types::ids::{AccountId, Digest32, KemKey, Revision, Timestamp};
use calisec_types::membership::{
    AddMemberArg, AuditEvent, Capability, FREE_WRITES_PER_GROUP_AND_DAY, Invite, InviteState, Invitee, InvitesArg,
    MAX_INVITE_SECONDS, MAX_INVITE_USES, MembershipReason, OfferAdministrationArg, RedeemInviteArg, RemoveMemberArg,
    RevokeInviteArg, SetRoleArg, Written, redemption_bytes,
};
use candid::Principal;
use ed25519_dalek::SigningKey;
use proptest::prelude::{ProptestConfig, any, prop};
use proptest::{prop_assert, prop_assert_eq, proptest};
use serde_bytes::ByteBuf;

/// The inviter: a member who manages members, and may otherwise what readers may.
const INVITER: u8 = 10;

fn secret() -> SigningKey {
    context_key(77)
}

/// Context 1, with a manager in it.
fn world() -> World {
    let mut world = World::with_context();
    let capabilities = vec![Capability::ManageMembers, Capability::Vote];
    let role = SetRoleArg { context: context_id(1), name: "manager".to_owned(), capabilities };
    api::set_role(&world.env, &mut world.state, &role).expect("defines");
    world.add(account(INVITER), "manager").expect("adds");
    world
}

fn invite(world: &World) -> Invite {
    Invite {
        context: context_id(1),
        inviter: account(INVITER),
        revision: api::context(&world.state, context_id(1)).expect("registered").revision,
        role: "reader".to_owned(),
        invitee: Invitee::Holder(Digest32(secret().verifying_key().to_bytes())),
        max_uses: 3,
        expires_at: world.env.now.get().plus_seconds(1_000),
        nonce: 1,
    }
}

/// How this account joins by an open invite, as it is signed by the inviter.
fn redemption(world: &World, invite: &Invite, seed: u8) -> RedeemInviteArg {
    let (network, canister) = (world.env.network, canister());
    let proof = match invite.invitee {
        Invitee::Account(_) => None,
        Invitee::Holder(_) => {
            Some(signature(&secret(), &redemption_bytes(invite.id(network, canister), account(seed))))
        }
    };
    RedeemInviteArg {
        invite: invite.clone(),
        signature: signature(&account_key(INVITER), &invite.to_signed_bytes(network, canister)),
        account: account(seed),
        kem_key: KemKey([9; 32]),
        proof,
    }
}

fn redeem_as(world: &mut World, caller: Principal, arg: &RedeemInviteArg) -> Result<Written, MembershipReason> {
    world.env.call_as(caller);
    api::redeem_invite(&world.env, &mut world.state, arg.clone()).map_err(reason)
}

fn redeem(world: &mut World, invite: &Invite, seed: u8) -> Result<Written, MembershipReason> {
    let arg = redemption(world, invite, seed);
    redeem_as(world, account(seed).principal(), &arg)
}

fn revoke(world: &mut World, caller: Principal, invite: &Invite) -> Result<InviteState, MembershipReason> {
    world.env.call_as(caller);
    let arg = RevokeInviteArg { invite: invite.clone() };
    api::revoke_invite(&world.env, &mut world.state, &arg).map_err(reason)
}

fn is_member(world: &World, seed: u8) -> bool {
    world.state.member(context_id(1).own_group(), account(seed)).is_some()
}

#[test]
fn should_join_when_the_invite_is_open_or_for_the_account() {
    let mut world = world();
    let open = invite(&world);
    let written = redeem(&mut world, &open, 1).expect("joins");
    assert_eq!(written.seq, world.state.seq());
    let member = api::member(&world.state, context_id(1), account(1)).expect("a member");
    assert_eq!((member.role.as_str(), member.kem_key, member.since), ("reader", KemKey([9; 32]), written.revision));
    let entry = world.state.audit_entries(world.state.seq(), 1).remove(0);
    assert_eq!(entry.caller, account(1).principal());
    let id = open.id(world.env.network, canister());
    let joined = AuditEvent::InviteRedeemed {
        invite: id,
        inviter: account(INVITER),
        account: account(1),
        role: "reader".to_owned(),
        kem_key: KemKey([9; 32]),
    };
    assert_eq!(entry.event, joined);
    let targeted = Invite { invitee: Invitee::Account(account(2)), ..invite(&world) };
    redeem(&mut world, &targeted, 2).expect("joins");
    let arg = InvitesArg { context: context_id(1), after: None, limit: Some(1) };
    let first = api::invites(&world.state, &arg).expect("a page");
    let second = api::invites(&world.state, &InvitesArg { after: first.next, ..arg }).expect("a page");
    let used: Vec<_> = [first.invites, second.invites].concat().iter().map(|known| known.used).collect();
    assert_eq!((used, second.next), (vec![1, 1], None));
}

#[test]
fn should_let_nobody_else_join_when_a_redemption_is_seen_on_its_way() {
    let mut world = world();
    let open = invite(&world);
    let seen = redemption(&world, &open, 1);
    let before = world.fingerprint();
    for caller in [stranger(), account(2).principal(), account(INVITER).principal(), administrator()] {
        assert_eq!(redeem_as(&mut world, caller, &seen), Err(MembershipReason::NotInvited));
    }
    assert_eq!(redeem_as(&mut world, Principal::anonymous(), &seen), Err(MembershipReason::Anonymous));
    // The thief's own account, with the proof that was made for another.
    let stolen = RedeemInviteArg { account: account(2), ..seen.clone() };
    assert_eq!(redeem_as(&mut world, account(2).principal(), &stolen), Err(MembershipReason::InvalidSignature));
    let without = RedeemInviteArg { proof: None, ..stolen };
    assert_eq!(redeem_as(&mut world, account(2).principal(), &without), Err(MembershipReason::NotInvited));
    // A proof for another invite of the same secret.
    let other = redemption(&world, &Invite { nonce: 2, ..open.clone() }, 1);
    let crossed = RedeemInviteArg { proof: other.proof, ..seen.clone() };
    assert_eq!(redeem_as(&mut world, account(1).principal(), &crossed), Err(MembershipReason::InvalidSignature));
    let targeted = Invite { invitee: Invitee::Account(account(1)), ..open };
    assert_eq!(redeem(&mut world, &targeted, 2), Err(MembershipReason::NotInvited));
    let with_proof = RedeemInviteArg { proof: seen.proof.clone(), ..redemption(&world, &targeted, 1) };
    assert_eq!(redeem_as(&mut world, account(1).principal(), &with_proof), Err(MembershipReason::NotInvited));
    assert!(world.fingerprint() == before, "a refused redemption changed something");
    redeem_as(&mut world, account(1).principal(), &seen).expect("whom it was for joins");
}

#[test]
fn should_refuse_an_invite_when_any_of_its_terms_is_not_what_was_signed() {
    let mut world = world();
    let good = invite(&world);
    let signed = redemption(&world, &good, 1).signature;
    let before = world.fingerprint();
    for (desc, altered) in [
        ("role", Invite { role: "contributor".to_owned(), ..good.clone() }),
        ("uses", Invite { max_uses: 100, ..good.clone() }),
        ("expiry", Invite { expires_at: Timestamp(good.expires_at.0 + 1), ..good.clone() }),
        ("nonce", Invite { nonce: 2, ..good.clone() }),
        ("revision", Invite { revision: Revision(1), ..good.clone() }),
        ("invitee", Invite { invitee: Invitee::Account(account(1)), ..good.clone() }),
        ("inviter", Invite { inviter: account(3), ..good.clone() }),
    ] {
        let arg = RedeemInviteArg { signature: signed.clone(), ..redemption(&world, &altered, 1) };
        let refusal = redeem_as(&mut world, account(1).principal(), &arg);
        assert_eq!(refusal, Err(MembershipReason::InvalidSignature), "{desc}");
    }
    for (desc, network, canister) in
        [("network", Digest32([0; 32]), canister()), ("canister", world.env.network, stranger())]
    {
        let signature = signature(&account_key(INVITER), &good.to_signed_bytes(network, canister));
        let arg = RedeemInviteArg { signature, ..redemption(&world, &good, 1) };
        let refusal = redeem_as(&mut world, account(1).principal(), &arg);
        assert_eq!(refusal, Err(MembershipReason::InvalidSignature), "{desc}");
    }
    let arg = redemption(&world, &good, 1);
    for bit in 0..512 {
        let mut bad = arg.clone();
        bad.signature[bit / 8] ^= 1 << (bit % 8);
        let refusal = redeem_as(&mut world, account(1).principal(), &bad);
        assert_eq!(refusal, Err(MembershipReason::InvalidSignature), "bit {bit}");
    }
    assert!(world.fingerprint() == before, "a refused redemption changed something");
}

#[test]
fn should_refuse_an_invite_when_its_terms_are_not_acceptable() {
    let mut world = world();
    let good = invite(&world);
    let now = world.env.now.get();
    let latest = now.plus_seconds(MAX_INVITE_SECONDS);
    let out_of_window = MembershipReason::ExpiryOutOfWindow { now, latest };
    let uses = MembershipReason::InvalidUses { limit: MAX_INVITE_USES };
    let before = world.fingerprint();
    for (desc, bad, expected) in [
        ("over", Invite { expires_at: now, ..good.clone() }, out_of_window.clone()),
        ("too late", Invite { expires_at: Timestamp(latest.0 + 1), ..good.clone() }, out_of_window),
        ("no uses", Invite { max_uses: 0, ..good.clone() }, uses.clone()),
        ("too many uses", Invite { max_uses: MAX_INVITE_USES + 1, ..good.clone() }, uses),
        ("a long role", Invite { role: "r".repeat(300), ..good.clone() }, MembershipReason::InvalidRole),
        (
            "an unknown role",
            Invite { role: "nobody".to_owned(), ..good.clone() },
            MembershipReason::UnknownRole("nobody".to_owned()),
        ),
        (
            "of tomorrow",
            Invite { revision: Revision(good.revision.0 + 1), ..good.clone() },
            MembershipReason::InviteVoid,
        ),
    ] {
        assert_eq!(redeem(&mut world, &bad, 1), Err(expected), "{desc}");
    }
    let own = redeem(&mut world, &good, INVITER);
    assert_eq!(own, Err(MembershipReason::AlreadyMember(account(INVITER))), "nobody changes its role by an invite");
    assert!(world.fingerprint() == before);
}

/// Nobody gives what it does not have.
#[test]
fn should_refuse_a_role_when_the_inviter_could_not_give_it() {
    let mut world = world();
    for (role, expected) in [
        ("contributor", MembershipReason::MissingCapability(Capability::Mint)),
        ("administrator", MembershipReason::NotAdministrator),
    ] {
        let greedy = Invite { role: role.to_owned(), ..invite(&world) };
        assert_eq!(redeem(&mut world, &greedy, 1), Err(expected), "{role}");
    }
    // A member who may not manage members, somebody who is no member, and the key of the context.
    world.add(account(5), "reader").expect("adds");
    for seed in [5, 6] {
        let invite = Invite { inviter: account(seed), ..invite(&world) };
        let signature = signature(&account_key(seed), &invite.to_signed_bytes(world.env.network, canister()));
        let arg = RedeemInviteArg { signature, ..redemption(&world, &invite, 1) };
        let refusal = redeem_as(&mut world, account(1).principal(), &arg);
        assert_eq!(refusal, Err(MembershipReason::MissingCapability(Capability::ManageMembers)));
    }
    assert!(!is_member(&world, 1));
}

#[test]
fn should_void_every_invite_when_its_inviter_is_removed_or_changed() {
    let mut world = world();
    let open = invite(&world);
    redeem(&mut world, &open, 1).expect("joins");
    world.remove(account(INVITER)).expect("removes");
    let gone = redeem(&mut world, &open, 2);
    assert_eq!(gone, Err(MembershipReason::MissingCapability(Capability::ManageMembers)));
    world.add(account(INVITER), "manager").expect("adds again");
    assert_eq!(redeem(&mut world, &open, 2), Err(MembershipReason::InviteVoid), "old invites do not come back");
    let new = invite(&world);
    redeem(&mut world, &new, 2).expect("new ones count");
    world.add(account(INVITER), "reader").expect("demotes");
    let demoted = redeem(&mut world, &new, 3);
    assert_eq!(demoted, Err(MembershipReason::MissingCapability(Capability::ManageMembers)));
    world.add(account(INVITER), "manager").expect("promotes");
    assert_eq!(redeem(&mut world, &new, 3), Err(MembershipReason::InviteVoid));
}

#[test]
fn should_keep_a_removed_member_out_when_it_still_has_an_invite() {
    let mut world = world();
    let (open, targeted) = (invite(&world), Invite { invitee: Invitee::Account(account(1)), ..invite(&world) });
    redeem(&mut world, &open, 1).expect("joins");
    let arg = RemoveMemberArg { context: context_id(1), account: account(1) };
    world.env.call_as(account(INVITER).principal());
    api::remove_member(&world.env, &mut world.state, arg).expect("removes");
    // The same person with the same secret and another key is refused as well.
    for seed in [1, 2] {
        assert_eq!(redeem(&mut world, &open, seed), Err(MembershipReason::InviteRevoked), "{seed}");
    }
    assert_eq!(redeem(&mut world, &targeted, 1), Err(MembershipReason::InviteVoid));
    world.upgrade();
    assert_eq!(redeem(&mut world, &open, 2), Err(MembershipReason::InviteRevoked), "an upgrade forgot it");
    let arg = InvitesArg { context: context_id(1), after: None, limit: None };
    let known = api::invites(&world.state, &arg).expect("a page").invites;
    assert_eq!(known.iter().map(|known| (known.used, known.is_revoked)).collect::<Vec<_>>(), [(1, true)]);
    let new = Invite { invitee: Invitee::Account(account(1)), ..invite(&world) };
    redeem(&mut world, &new, 1).expect("it joins when it is invited again");
}

/// Only who was brought by the invite and is put out by somebody else ends it.
#[test]
fn should_keep_an_open_invite_when_nobody_that_it_brought_is_put_out() {
    let mut world = world();
    let (open, other) = (invite(&world), Invite { nonce: 2, ..invite(&world) });
    redeem(&mut world, &open, 1).expect("joins");
    redeem(&mut world, &other, 2).expect("joins by another");
    world.add(account(3), "reader").expect("adds");
    world.remove(account(2)).expect("removes who came by another");
    world.remove(account(3)).expect("removes who came by none");
    world.revoke_account(account(1).principal(), 1).expect("leaves by itself");
    redeem(&mut world, &open, 4).expect("joins");
    // Whatever changes in between, it is remembered by which invite it came.
    world.add(account(4), "contributor").expect("changes");
    world.revoke_account(administrator(), 4).expect("puts it out");
    assert_eq!(redeem(&mut world, &open, 5), Err(MembershipReason::InviteRevoked));
}

/// What an inviter lost and got back makes none of its old invites good again.
#[test]
fn should_void_every_invite_when_what_its_inviter_may_was_gone_meanwhile() {
    let missing = Err(MembershipReason::MissingCapability(Capability::ManageMembers));
    let set = |world: &mut World, capabilities: &[Capability]| {
        let capabilities = capabilities.to_vec();
        let arg = SetRoleArg { context: context_id(1), name: "manager".to_owned(), capabilities };
        world.set_role(administrator(), &arg).expect("sets");
    };
    // The role.
    let mut world = world();
    let open = invite(&world);
    set(&mut world, &[Capability::Vote]);
    assert_eq!(redeem(&mut world, &open, 1), missing);
    set(&mut world, &[Capability::ManageMembers, Capability::Vote]);
    assert_eq!(redeem(&mut world, &open, 1), Err(MembershipReason::InviteVoid), "with the role");
    let new = invite(&world);
    redeem(&mut world, &new, 1).expect("new ones count");

    // The link that the inviter's key acts by.
    let mut world = self::world();
    world.add(account(7), "manager").expect("adds");
    world.remove(account(INVITER)).expect("removes");
    let key = account(INVITER).principal();
    world.link(key, 7, None).expect("links");
    let open = invite(&world);
    redeem(&mut world, &open, 1).expect("joins by a linked inviter");
    world.unlink(account(7).principal(), key).expect("unlinks");
    assert_eq!(redeem(&mut world, &open, 2), missing);
    world.link(key, 7, None).expect("links again");
    assert_eq!(redeem(&mut world, &open, 2), Err(MembershipReason::InviteVoid), "with the link");
    let new = invite(&world);
    redeem(&mut world, &new, 2).expect("new ones count");
}

#[test]
fn should_void_every_invite_of_an_administrator_who_handed_the_group_over() {
    let mut world = World::empty();
    let mut arg = world.sign(1, |payload| payload.administrator = account(INVITER).principal());
    arg.administrator = account(INVITER).principal();
    world.register(&arg).expect("registers");
    let open = invite(&world);
    redeem(&mut world, &open, 1).expect("joins");
    let before = world.revision();
    let hand_over = |world: &mut World, from: Principal, to: Principal| {
        world.env.call_as(from);
        let arg = OfferAdministrationArg { context: context_id(1), to };
        api::offer_administration(&world.env, &mut world.state, &arg).expect("offers");
        world.env.call_as(to);
        api::accept_administration(&world.env, &mut world.state, context_id(1)).expect("accepts");
    };
    let inviter = account(INVITER).principal();
    hand_over(&mut world, inviter, stranger());
    let gone = redeem(&mut world, &open, 2);
    assert_eq!(gone, Err(MembershipReason::MissingCapability(Capability::ManageMembers)));
    hand_over(&mut world, stranger(), inviter);
    assert_eq!(redeem(&mut world, &open, 2), Err(MembershipReason::InviteVoid));
    assert_eq!(world.revision(), Revision(before.0 + 2), "each handover is a change of the group");
    let new = invite(&world);
    redeem(&mut world, &new, 2).expect("new ones count");
}

#[test]
fn should_refuse_an_invite_when_it_was_revoked() {
    let mut world = world();
    let open = invite(&world);
    redeem(&mut world, &open, 1).expect("joins");
    let missing = MembershipReason::MissingCapability(Capability::ManageMembers);
    for caller in [stranger(), account(1).principal()] {
        assert_eq!(revoke(&mut world, caller, &open), Err(missing.clone()));
    }
    assert_eq!(revoke(&mut world, Principal::anonymous(), &open), Err(MembershipReason::Anonymous));
    let revoked = revoke(&mut world, account(INVITER).principal(), &open).expect("revokes");
    assert_eq!((revoked.used, revoked.is_revoked), (1, true));
    let before = world.fingerprint();
    assert_eq!(redeem(&mut world, &open, 2), Err(MembershipReason::InviteRevoked));
    assert_eq!(revoke(&mut world, administrator(), &open), Err(MembershipReason::InviteRevoked));
    assert!(world.fingerprint() == before);
    let unused = Invite { nonce: 9, ..open };
    revoke(&mut world, administrator(), &unused).expect("the administrator revokes others', unused");
    assert_eq!(redeem(&mut world, &unused, 2), Err(MembershipReason::InviteRevoked));
    world.upgrade();
    assert_eq!(redeem(&mut world, &unused, 2), Err(MembershipReason::InviteRevoked));
}

#[test]
fn should_forget_invites_when_they_are_over() {
    let mut world = world();
    for nonce in 1..=20 {
        let short = Invite { nonce, ..invite(&world) };
        redeem(&mut world, &short, 20 + nonce as u8).expect("joins");
        world.env.advance_seconds(400);
        let arg = InvitesArg { context: context_id(1), after: None, limit: None };
        let known = api::invites(&world.state, &arg).expect("a page").invites.len();
        assert!(known <= 4, "{known} invites are remembered");
    }
}

#[test]
fn should_let_the_administrator_invite_when_it_is_a_key() {
    let mut world = World::empty();
    let mut arg = world.sign(1, |payload| payload.administrator = account(INVITER).principal());
    arg.administrator = account(INVITER).principal();
    world.register(&arg).expect("registers");
    let any_role = Invite { role: "administrator".to_owned(), ..invite(&world) };
    redeem(&mut world, &any_role, 1).expect("joins");
    let member = AddMemberArg {
        context: context_id(1),
        account: account(2),
        role: "reader".to_owned(),
        kem_key: KemKey([9; 32]),
    };
    world.env.call_as(account(1).principal());
    api::add_member(&world.env, &mut world.state, member).expect("as an administrator");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whoever tries however often in whatever order, with removals and revocations between: an invite brings at most as many
    /// members as it may, and none after it was revoked or one of them was removed.
    #[test]
    fn should_bring_no_more_members_than_it_may_when_many_try(
        max_uses in 1..5_u32,
        attempts in prop::collection::vec((1..9_u8, any::<bool>(), 0..12_u8), 1..40),
    ) {
        let mut world = world();
        let open = Invite { max_uses, ..invite(&world) };
        let (mut joined, mut revoked) = (0, false);
        for (seed, removes, chance) in attempts {
            if chance == 0 {
                prop_assert_eq!(revoke(&mut world, administrator(), &open).is_ok(), !revoked);
                revoked = true;
            } else if removes && is_member(&world, seed) {
                world.remove(account(seed)).expect("removes");
                revoked = true;
            } else {
                let may = !revoked && joined < max_uses && !is_member(&world, seed);
                let outcome = redeem(&mut world, &open, seed);
                prop_assert_eq!(outcome.is_ok(), may, "{:?}", outcome);
                joined += u32::from(outcome.is_ok());
            }
            prop_assert!(joined <= max_uses);
        }
        let id = open.id(world.env.network, canister());
        let known = world.state.invite(context_id(1).own_group(), id);
        prop_assert_eq!(known.map_or(0, |known| known.used), joined);
    }
}

#[test]
fn should_refuse_keys_when_they_are_weak() {
    let mut world = world();
    let open = invite(&world);
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut forged = vec![0; 64];
    forged[0] = 1;
    let weak = Invite { invitee: Invitee::Holder(Digest32(identity)), ..open.clone() };
    let arg = RedeemInviteArg { proof: Some(ByteBuf::from(forged.clone())), ..redemption(&world, &weak, 1) };
    assert_eq!(redeem_as(&mut world, account(1).principal(), &arg), Err(MembershipReason::InvalidKey));
    let weak = Invite { inviter: AccountId(identity), ..open.clone() };
    let arg = RedeemInviteArg { signature: ByteBuf::from(forged), ..redemption(&world, &weak, 1) };
    assert_eq!(redeem_as(&mut world, account(1).principal(), &arg), Err(MembershipReason::InvalidKey));
    let joiner = RedeemInviteArg { account: AccountId(identity), ..redemption(&world, &open, 1) };
    assert_eq!(redeem_as(&mut world, AccountId(identity).principal(), &joiner), Err(MembershipReason::InvalidKey));
    let sealed = RedeemInviteArg { kem_key: KemKey([0; 32]), ..redemption(&world, &open, 1) };
    assert_eq!(redeem_as(&mut world, account(1).principal(), &sealed), Err(MembershipReason::InvalidKemKey));
}

/// An invite is no way around what `add_member` refuses.
#[test]
fn should_keep_a_key_out_when_it_was_given_up_or_is_somebody_elses() {
    let mut world = world();
    world.add(account(1), "reader").expect("adds");
    world.add(account(3), "reader").expect("adds");
    world.revoke_account(account(1).principal(), 1).expect("revokes");
    world.link(account(2).principal(), 3, None).expect("links");
    let open = invite(&world);
    assert_eq!(redeem(&mut world, &open, 1), Err(MembershipReason::KeyRevoked), "its key is dead for ever");
    assert_eq!(redeem(&mut world, &open, 2), Err(MembershipReason::KeyTaken), "it acts for another member");
}

/// Invites are stored when they are used or revoked: who revokes invented ones fills the canister.
#[test]
fn should_count_the_revocation_of_an_invite_that_nobody_used() {
    let mut world = world();
    let used = invite(&world);
    redeem(&mut world, &used, 1).expect("joins");
    let (group, now) = (context_id(1).own_group(), world.env.now.get());
    world.state.write_credit.spend(group, (Writer::Manager, None), FREE_WRITES_PER_GROUP_AND_DAY - 3 - 2, now);
    let invented = |nonce| Invite { nonce, ..used.clone() };
    for nonce in 2..4 {
        revoke(&mut world, administrator(), &invented(nonce)).expect("within the day's writes");
    }
    let before = world.fingerprint();
    let refused = revoke(&mut world, administrator(), &invented(4));
    assert!(matches!(refused, Err(MembershipReason::WritesSpent { .. })), "{refused:?}");
    let joins = redeem(&mut world, &invented(4), 2);
    assert!(matches!(joins, Err(MembershipReason::WritesSpent { .. })), "nobody joins by it either: {joins:?}");
    assert!(world.fingerprint() == before);
    revoke(&mut world, administrator(), &used).expect("what is stored can be revoked");
}
