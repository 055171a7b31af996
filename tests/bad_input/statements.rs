//! Bad input to membership: what somebody signed and anybody passes on, and who administers.

use crate::{deploy, random};
use calisec_sdk::identity::Identity;
use calisec_testkit::Scene;
use calisec_testkit::backend::Backend;
use calisec_tests::Unchanged;
use calisec_types::ids::{AccountId, ContextId, GroupId, KemKey};
use calisec_types::membership::{
    AddContextArg, Capability, Invite, InvitesArg, MAX_INVITE_SECONDS, MAX_INVITE_USES, MAX_REQUEST_BYTES,
    MAX_REQUEST_WINDOW_SECONDS, MembershipReason, OfferAdministrationArg, OwnershipClaim, RecoverAdministrationArg,
    RedeemInviteArg, RemoveMemberArg, Request, RevokeInviteArg, SignedRequest,
};
use candid::Principal;
use pollster::block_on;
use serde_bytes::ByteBuf;

const ELSEWHERE: ContextId = ContextId([9; 32]);

fn flipped(bytes: &ByteBuf, at: usize) -> ByteBuf {
    let mut bytes = bytes.clone();
    bytes[at] ^= 1;
    bytes
}

pub fn should_refuse_bad_statements_to_membership<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let scene = Scene::new(&deployment, random());
    scene.until_members().expect("members");
    let unchanged = Unchanged::from_now(&deployment);
    refuse_bad_invites(&scene, &unchanged);
    refuse_bad_requests(&scene, &unchanged);
    refuse_bad_claims(&scene, &unchanged);
    refuse_bad_handovers(&scene, &unchanged);
}

fn refuse_bad_invites<B: Backend>(scene: &Scene<'_, B>, unchanged: &Unchanged<'_, B>) {
    let joiner = Identity::from_seed([6; 32]);
    let good = scene.redemption(&joiner);
    let joins = scene.as_(&joiner).membership();
    let with = |invite: Invite| RedeemInviteArg { invite, ..good.clone() };
    let elsewhere = Invite { context: ELSEWHERE, ..good.invite.clone() };
    let uses = MembershipReason::InvalidUses { limit: MAX_INVITE_USES };
    for (what, arg, expected) in [
        ("a long role", with(Invite { role: "r".repeat(33), ..good.invite.clone() }), MembershipReason::InvalidRole),
        ("no uses", with(Invite { max_uses: 0, ..good.invite.clone() }), uses.clone()),
        ("too many uses", with(Invite { max_uses: MAX_INVITE_USES + 1, ..good.invite.clone() }), uses),
        ("an invite elsewhere", with(elsewhere), MembershipReason::UnknownContext(ELSEWHERE)),
        (
            "another role than was signed",
            with(Invite { role: "administrator".to_owned(), ..good.invite.clone() }),
            MembershipReason::InvalidSignature,
        ),
        (
            "another nonce than was signed",
            with(Invite { nonce: 2, ..good.invite.clone() }),
            MembershipReason::InvalidSignature,
        ),
        (
            "a changed signature",
            RedeemInviteArg { signature: flipped(&good.signature, 40), ..good.clone() },
            MembershipReason::InvalidSignature,
        ),
        ("no proof of the secret", RedeemInviteArg { proof: None, ..good.clone() }, MembershipReason::NotInvited),
        (
            "a proof of another secret",
            RedeemInviteArg { proof: good.proof.as_ref().map(|proof| flipped(proof, 3)), ..good.clone() },
            MembershipReason::InvalidSignature,
        ),
        (
            "an account that is no key",
            RedeemInviteArg { account: AccountId([0xff; 32]), ..good.clone() },
            MembershipReason::InvalidKey,
        ),
        (
            "an envelope key of zero",
            RedeemInviteArg { kem_key: KemKey([0; 32]), ..good.clone() },
            MembershipReason::InvalidKemKey,
        ),
        (
            "another account than calls",
            RedeemInviteArg { account: scene.cast.mallory.account(), ..good.clone() },
            MembershipReason::NotInvited,
        ),
    ] {
        unchanged.refused(what, block_on(joins.redeem_invite(&arg)), &expected);
    }
    let bob = scene.cast.bob.account();
    let again = block_on(scene.as_(&scene.cast.bob).membership().redeem_invite(&scene.redemption(&scene.cast.bob)));
    unchanged.refused("a member that joins", again, &MembershipReason::AlreadyMember(bob));
    let nobody = block_on(scene.anyone().membership().redeem_invite(&good));
    unchanged.refused("nobody joins", nobody, &MembershipReason::Anonymous);

    let now = scene.deployment.backend.now();
    for (what, expires_at) in
        [("an invite that is over", now), ("an invite without end", now.plus_seconds(MAX_INVITE_SECONDS + 600))]
    {
        let invite = Invite { expires_at, ..good.invite.clone() };
        let is_window = |reason: &MembershipReason| matches!(reason, MembershipReason::ExpiryOutOfWindow { .. });
        unchanged.refused_as(what, block_on(joins.redeem_invite(&with(invite.clone()))), is_window);
        let dana = scene.as_(&scene.cast.dana).membership();
        unchanged.refused_as(what, block_on(dana.revoke_invite(&RevokeInviteArg { invite })), is_window);
    }
    let revoke = RevokeInviteArg { invite: good.invite.clone() };
    for (what, caller, expected) in [
        ("nobody revokes", scene.anyone(), MembershipReason::Anonymous),
        (
            "a member revokes",
            scene.as_(&scene.cast.bob),
            MembershipReason::MissingCapability(Capability::ManageMembers),
        ),
    ] {
        unchanged.refused(what, block_on(caller.membership().revoke_invite(&revoke)), &expected);
    }
    let invites = InvitesArg { context: ELSEWHERE, after: None, limit: Some(u32::MAX) };
    let unknown = MembershipReason::UnknownContext(ELSEWHERE);
    unchanged.refused("invites elsewhere", block_on(scene.anyone().membership().invites(&invites)), &unknown);
}

fn refuse_bad_requests<B: Backend>(scene: &Scene<'_, B>, unchanged: &Unchanged<'_, B>) {
    let anyone = scene.anyone().membership();
    let good = scene.signed_request();
    let submit = |request: &SignedRequest| block_on(anyone.submit_request(request));
    let payload = |payload: Vec<u8>| SignedRequest { payload: ByteBuf::from(payload), ..good.clone() };
    let is_malformed = |reason: &MembershipReason| matches!(reason, MembershipReason::MalformedRequest(_));
    for (what, bytes) in [
        ("no request", Vec::new()),
        ("a tag and nothing else", good.payload[..26].to_vec()),
        ("a header that is cut", good.payload[..80].to_vec()),
        ("another tag", flipped(&good.payload, 3).into_vec()),
        ("too long a request", vec![0; MAX_REQUEST_BYTES + 1]),
    ] {
        unchanged.refused_as(what, submit(&payload(bytes)), is_malformed);
    }
    // Tag, network, canister: what comes after is covered by the signature alone.
    let last = good.payload.len() - 1;
    unchanged.refused(
        "another argument than was signed",
        submit(&payload(flipped(&good.payload, last).into_vec())),
        &MembershipReason::InvalidSignature,
    );
    for signature in [Vec::new(), vec![1; 63], vec![1; 65], flipped(&good.signature, 9).into_vec()] {
        let request = SignedRequest { signature: ByteBuf::from(signature), ..good.clone() };
        unchanged.refused("no signature of it", submit(&request), &MembershipReason::InvalidSignature);
    }
    let is_elsewhere = |reason: &MembershipReason| matches!(reason, MembershipReason::SignedForElsewhere { .. });
    unchanged.refused_as("another network", submit(&payload(flipped(&good.payload, 30).into_vec())), is_elsewhere);

    let remove = |context, account| Request::RemoveMember(RemoveMemberArg { context, account });
    let (context, bob) = (scene.context(), scene.cast.bob.account());
    let signed = |by: &Identity, request: Request| scene.sign_requests(by, 0).sign(request, scene.soon());
    for (what, request, expected) in [
        (
            "somebody who may not",
            signed(&scene.cast.alice, remove(context, bob)),
            MembershipReason::MissingCapability(Capability::ManageMembers),
        ),
        (
            "a stranger",
            signed(&scene.cast.mallory, remove(context, bob)),
            MembershipReason::MissingCapability(Capability::ManageMembers),
        ),
        (
            "a context that is not",
            signed(&scene.cast.dana, remove(ELSEWHERE, bob)),
            MembershipReason::UnknownContext(ELSEWHERE),
        ),
        (
            "a member that is none",
            signed(&scene.cast.dana, remove(context, scene.cast.mallory.account())),
            MembershipReason::UnknownMember(scene.cast.mallory.account()),
        ),
    ] {
        unchanged.refused(what, submit(&request), &expected);
    }
    let now = scene.deployment.backend.now();
    for expires_at in [now, now.plus_seconds(MAX_REQUEST_WINDOW_SECONDS + 600)] {
        let request = scene.sign_requests(&scene.cast.dana, 0).sign(remove(context, bob), expires_at);
        unchanged.refused_as("an expiry out of the window", submit(&request), |reason| {
            matches!(reason, MembershipReason::ExpiryOutOfWindow { .. })
        });
    }
}

fn refuse_bad_claims<B: Backend>(scene: &Scene<'_, B>, unchanged: &Unchanged<'_, B>) {
    let anyone = scene.anyone().membership();
    let node = Identity::from_seed([60; 32]);
    let good = scene.claim(&node);
    let refused_as = |what, claim: &OwnershipClaim, is_expected: fn(&MembershipReason) -> bool| {
        unchanged.refused_as(what, block_on(anyone.register_claim(claim)), is_expected);
        let recovery = RecoverAdministrationArg::Claim(claim.clone());
        unchanged.refused_as(what, block_on(anyone.recover_administration(&recovery)), is_expected);
    };
    let altered = |from: &str, to: &str| {
        let text = String::from_utf8(good.payload.to_vec()).expect("JSON").replacen(from, to, 1);
        assert_ne!(text.as_bytes(), good.payload.as_slice(), "{from}");
        OwnershipClaim { payload: ByteBuf::from(text.into_bytes()), ..good.clone() }
    };
    for (what, payload) in [("no payload", Vec::new()), ("no JSON", vec![b'x'; 40]), ("a long one", vec![b' '; 2_049])]
    {
        let claim = OwnershipClaim { payload: ByteBuf::from(payload), ..good.clone() };
        refused_as(what, &claim, |reason| matches!(reason, MembershipReason::MalformedClaim(_)));
    }
    let unknown_field = altered("{", "{\"more\":1,");
    refused_as("a field too many", &unknown_field, |reason| matches!(reason, MembershipReason::MalformedClaim(_)));
    let audience = altered("icp:", "near:");
    refused_as("another audience", &audience, |reason| matches!(reason, MembershipReason::ClaimForElsewhere(_)));
    refused_as("another subject than was signed", &altered("bind:", "find:"), |reason| {
        matches!(reason, MembershipReason::InvalidSignature)
    });
    for signature in [Vec::new(), vec![1; 63], flipped(&good.signature, 1).into_vec()] {
        let claim = OwnershipClaim { signature: ByteBuf::from(signature), ..good.clone() };
        refused_as("no signature of it", &claim, |reason| matches!(reason, MembershipReason::InvalidSignature));
    }
    // Good as a registration, it starts no recovery.
    let recovery = block_on(anyone.recover_administration(&RecoverAdministrationArg::Claim(good)));
    unchanged.refused("a claim for something else", recovery, &MembershipReason::ClaimSubject("recover".to_owned()));

    let context = scene.context();
    let unknown = AddContextArg { group: GroupId([9; 32]), context };
    let own = AddContextArg { group: context.own_group(), context: ContextId([8; 32]) };
    let dana = scene.as_(&scene.cast.dana).membership();
    let nowhere = MembershipReason::UnknownGroup(GroupId([9; 32]));
    unchanged.refused("a context of no group", block_on(dana.add_context(&unknown)), &nowhere);
    for (what, caller, expected) in [
        ("nobody's context", scene.anyone(), MembershipReason::Anonymous),
        (
            "a stranger's context",
            scene.as_(&scene.cast.mallory),
            MembershipReason::MissingCapability(Capability::ManageApplication),
        ),
    ] {
        unchanged.refused(what, block_on(caller.membership().add_context(&own)), &expected);
    }
}

fn refuse_bad_handovers<B: Backend>(scene: &Scene<'_, B>, unchanged: &Unchanged<'_, B>) {
    let context = scene.context();
    let (dana, carol) = (scene.cast.dana.principal(), scene.cast.carol.principal());
    let offer = |to| OfferAdministrationArg { context, to };
    let administrator = scene.as_(&scene.cast.dana).membership();
    for to in [Principal::anonymous(), Principal::management_canister(), dana] {
        let answer = block_on(administrator.offer_administration(&offer(to)));
        unchanged.refused("an offer to nobody else", answer, &MembershipReason::InvalidSuccessor);
    }
    let elsewhere = OfferAdministrationArg { context: ELSEWHERE, to: carol };
    let unknown = MembershipReason::UnknownContext(ELSEWHERE);
    unchanged.refused("an offer elsewhere", block_on(administrator.offer_administration(&elsewhere)), &unknown);
    let anyone = scene.anyone().membership();
    unchanged.refused("a handover elsewhere", block_on(anyone.handover(ELSEWHERE)), &unknown);
    for (what, caller, expected) in [
        ("nobody", scene.anyone(), MembershipReason::Anonymous),
        ("a stranger", scene.as_(&scene.cast.mallory), MembershipReason::NotAdministrator),
        ("a member", scene.as_(&scene.cast.alice), MembershipReason::NotAdministrator),
    ] {
        let caller = caller.membership();
        unchanged.refused(what, block_on(caller.offer_administration(&offer(carol))), &expected);
        unchanged.refused(what, block_on(caller.cancel_handover(context)), &expected);
    }
    let none = MembershipReason::NoHandover;
    unchanged.refused("nothing to cancel", block_on(administrator.cancel_handover(context)), &none);
    unchanged.refused("nothing to accept", block_on(administrator.accept_administration(context)), &none);

    let RecoverAdministrationArg::Key(good) = scene.recovery() else { panic!("a key signs") };
    let recover = |recovery| block_on(anyone.recover_administration(&RecoverAdministrationArg::Key(recovery)));
    let mut spoilt = good.clone();
    spoilt.signature = flipped(&good.signature, 20);
    unchanged.refused("a changed signature", recover(spoilt), &MembershipReason::InvalidSignature);
    let mut usurped = good.clone();
    usurped.administrator = scene.cast.mallory.principal();
    unchanged.refused("another successor than was signed", recover(usurped), &MembershipReason::InvalidSignature);
    let mut other = good.clone();
    other.context = ELSEWHERE;
    unchanged.refused_as("another context than was signed", recover(other), |reason| {
        matches!(reason, MembershipReason::InvalidSignature | MembershipReason::InvalidKey)
    });
    let mut late = good;
    late.expires_at = scene.deployment.backend.now();
    unchanged.refused_as("a recovery that is over", recover(late), |reason| {
        matches!(reason, MembershipReason::ExpiryOutOfWindow { .. })
    });
}
