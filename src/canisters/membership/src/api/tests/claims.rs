//! Registration by what Calimero's nodes sign, and what strangers make of it.

use crate::api;
use crate::test_fixtures::{
    ClaimText, World, account, account_key, administrator, canister, context_id, reason, sign_claim, sign_request,
    stranger, vectors,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use calisec_types::ids::{AccountId, ContextId, GroupId, KemKey, Timestamp};
use calisec_types::membership::{
    AddContextArg, AddMemberArg, Capability, Context, FREE_CONTEXTS_PER_ADMINISTRATOR, FREE_CONTEXTS_PER_DAY,
    FREE_RELAYED_CONTEXTS_PER_ADMINISTRATOR, MAX_RELAYED_CONTEXTS_PER_ADMINISTRATOR, MembershipReason, Origin,
    OwnershipClaim, REGISTRATION_CYCLES, RegistrationsArg, Request, claimed_group, context_in_group,
};
use candid::Principal;
use ed25519_dalek::SigningKey;
use serde_bytes::ByteBuf;

/// What the recorded node answered to one of its endpoints.
fn live(endpoint: &str) -> OwnershipClaim {
    let claim = &vectors("live_node.json")["claims"][endpoint];
    let bytes = |field: &str| ByteBuf::from(STANDARD.decode(claim[field].as_str().expect("text")).expect("base64"));
    OwnershipClaim { payload: bytes("signedPayload"), signature: bytes("signature") }
}

/// The canister and the moment that the recorded claims are for.
fn live_world() -> World {
    let canister = Principal::from_text("bkyz2-fmaaa-aaaaa-qaaaq-cai").expect("an id");
    let world = World::at(canister, Timestamp(1_795_159_945_000_000_000));
    world.env.call_as(Principal::anonymous());
    world
}

fn register(world: &mut World, claim: &OwnershipClaim) -> Result<Context, MembershipReason> {
    api::register_claim(&world.env, &mut world.state, claim).map_err(reason)
}

fn bound_to(somebody: Principal) -> impl Fn(&mut ClaimText) {
    move |text| text.subject = format!("bind:{somebody}")
}

fn issuer(seed: u8) -> AccountId {
    AccountId(context_id(seed).0)
}

#[test]
fn should_register_group_and_context_when_a_live_node_signed_for_them() {
    let vector = vectors("live_node.json");
    let of = |field: &str| vector[field].as_str().expect("text").to_owned();
    let issuer: AccountId = of("device_signing_key_bs58").parse().expect("a key");
    let calimero_group: GroupId = of("group_id_hex").parse().expect("an id");
    let calimero_context: ContextId = of("context_id_bs58").parse().expect("an id");
    let group = claimed_group(issuer, calimero_group);
    let endpoints = ["issue-ownership-proof", "issue-namespace-ownership-proof"];
    for order in [[0, 1], [1, 0]] {
        let mut world = live_world();
        for which in order {
            let context = register(&mut world, &live(endpoints[which])).expect("registers");
            let named = (which == 0).then_some(calimero_context);
            let expected = named.map_or(ContextId(group.0), |named| context_in_group(group, named));
            assert_eq!((context.id, context.group), (expected, group));
            assert_eq!(context.administrator, issuer.principal(), "nobody is named, so the node's key administers");
            assert_eq!(context.origin, Origin { issuer: Some(issuer), calimero_group, calimero_context: named });
        }
        let arg = RegistrationsArg { calimero_id: calimero_group, after: None, limit: None };
        assert_eq!(api::registrations(&world.state, &arg).registrations.len(), 2);
        let arg = RegistrationsArg { calimero_id: GroupId(calimero_context.0), ..arg };
        let found = api::registrations(&world.state, &arg).registrations;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].context, context_in_group(group, calimero_context));
    }
}

#[test]
fn should_refuse_a_live_claim_when_it_is_somewhere_else_or_over() {
    let claim = live("issue-ownership-proof");
    let mut world = World::at(canister(), Timestamp(1_795_159_945_000_000_000));
    let here = format!("icp:{}", canister());
    assert_eq!(register(&mut world, &claim), Err(MembershipReason::ClaimForElsewhere(here)));
    let mut world = live_world();
    world.env.advance_seconds(300);
    let refusal = register(&mut world, &claim).expect_err("over");
    assert!(matches!(refusal, MembershipReason::ClaimOutOfWindow { .. }), "{refusal:?}");
}

#[test]
fn should_register_what_other_implementations_construct_when_they_follow_the_format() {
    for vector in ["ownership_proof_context", "ownership_proof_namespace"] {
        let vector = &vectors("ownership_and_groupstate.json")[vector];
        let payload = vector["payload_utf8"].as_str().expect("text").as_bytes().to_vec();
        let signature = hex(vector["signature_hex"].as_str().expect("text"));
        let claim = OwnershipClaim { payload: ByteBuf::from(payload.clone()), signature: ByteBuf::from(signature) };
        assert_eq!(sign_claim(5, std::str::from_utf8(&payload).expect("text")), claim, "Ed25519 is deterministic");
        let mut world = live_world();
        world.env.now.set(Timestamp(1_700_000_000_000_000_000));
        assert_eq!(register(&mut world, &claim).expect("registers").origin.issuer, Some(issuer(5)));
    }
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hex")).collect()
}

/// The whole point: whoever comes first with somebody else's ids gets a group of its own.
#[test]
fn should_leave_the_victim_everything_when_a_squatter_registers_its_ids_first() {
    let mut world = World::empty();
    let squat = world.claim(66, bound_to(stranger()));
    let squatted = register(&mut world, &squat).expect("strangers may claim anything, for themselves");
    let claim = world.claim(5, bound_to(administrator()));
    let ours = register(&mut world, &claim).expect("registers");
    assert_eq!(ours.administrator, administrator());
    assert_ne!((squatted.group, squatted.id), (ours.group, ours.id));
    assert_eq!(ours.group, claimed_group(issuer(5), GroupId([0x22; 32])), "computed without asking");
    assert_eq!(squatted.origin.calimero_group, ours.origin.calimero_group);
    // Everybody sees both, and who says so.
    let arg = RegistrationsArg { calimero_id: GroupId([0x22; 32]), after: None, limit: Some(1) };
    let first = api::registrations(&world.state, &arg);
    let second = api::registrations(&world.state, &RegistrationsArg { after: first.next, ..arg });
    let mut issuers: Vec<_> =
        [&first, &second].iter().map(|page| page.registrations[0].origin.issuer.expect("claimed")).collect();
    issuers.sort_unstable();
    let mut expected = vec![issuer(5), issuer(66)];
    expected.sort_unstable();
    assert_eq!((issuers, second.next), (expected, None));
    // The squatter has no say in the victim's group, nor in a further context of it.
    world.env.call_as(stranger());
    let arg = AddContextArg { group: ours.group, context: ContextId([1; 32]) };
    let refusal = api::add_context(&world.env, &mut world.state, &arg).map_err(reason);
    assert_eq!(refusal, Err(MembershipReason::MissingCapability(Capability::ManageApplication)));
    let further = world.claim(66, |text| text.context_id = ContextId([0x44; 32]).to_string());
    let refusal = register(&mut world, &further);
    assert_eq!(refusal, Err(MembershipReason::GroupAdministeredBy(stranger())), "its own group, and another subject");
}

#[test]
fn should_gain_nothing_when_a_claim_is_front_run() {
    let mut world = World::empty();
    let claim = world.claim(5, bound_to(administrator()));
    world.env.call_as(stranger());
    let context = register(&mut world, &claim).expect("registers, whoever submits it");
    assert_eq!(context.administrator, administrator(), "for whom it was made out");
    let before = world.fingerprint();
    world.env.call_as(administrator());
    assert_eq!(register(&mut world, &claim), Err(MembershipReason::ClaimUsed));
    assert!(world.fingerprint() == before);
    let arg = AddContextArg { group: context.group, context: ContextId([1; 32]) };
    api::add_context(&world.env, &mut world.state, &arg).expect("she administers");
}

#[test]
fn should_refuse_a_claim_when_it_or_its_nonce_was_used() {
    let mut world = World::empty();
    let claim = world.claim(5, |_| ());
    register(&mut world, &claim).expect("registers");
    let before = world.fingerprint();
    assert_eq!(register(&mut world, &claim), Err(MembershipReason::ClaimUsed));
    // Another claim with the nonce, and one with another nonce for what is registered.
    let again = world.claim(5, |text| text.expires_at_ms -= 1);
    assert_eq!(register(&mut world, &again), Err(MembershipReason::ClaimUsed));
    let renewed = world.claim(5, |text| text.nonce = "ab".repeat(32));
    let id = context_in_group(claimed_group(issuer(5), GroupId([0x22; 32])), ContextId([0x33; 32]));
    assert_eq!(register(&mut world, &renewed), Err(MembershipReason::ContextExists(id)));
    assert!(world.fingerprint() == before, "a refused claim changed something");
    world.upgrade();
    assert_eq!(register(&mut world, &claim), Err(MembershipReason::ClaimUsed));
}

#[test]
fn should_forget_claims_when_they_are_over() {
    let mut world = World::empty();
    for seed in 1..=40_u8 {
        let claim = world.claim(seed, |_| ());
        register(&mut world, &claim).expect("registers");
        world.env.advance_seconds(60);
        assert!(world.state.used_claims() <= 6, "{} claims are remembered", world.state.used_claims());
        let refusal = register(&mut world, &claim);
        assert_eq!(refusal, Err(MembershipReason::ClaimUsed));
    }
}

#[test]
fn should_refuse_a_claim_when_any_bit_is_flipped() {
    let mut world = World::empty();
    let good = world.claim(5, |_| ());
    refuse_all_flipped(&mut world, &good);
}

#[test]
fn should_refuse_what_a_live_node_signed_when_any_bit_is_flipped() {
    for endpoint in ["issue-ownership-proof", "issue-namespace-ownership-proof"] {
        refuse_all_flipped(&mut live_world(), &live(endpoint));
    }
}

fn refuse_all_flipped(world: &mut World, good: &OwnershipClaim) {
    let before = world.fingerprint();
    for bit in 0..(good.payload.len() + 64) * 8 {
        let mut bad = good.clone();
        let (byte, mask) = (bit / 8, 1 << (bit % 8));
        match byte.checked_sub(good.payload.len()) {
            None => bad.payload[byte] ^= mask,
            Some(byte) => bad.signature[byte] ^= mask,
        }
        let refusal = register(world, &bad).expect_err("a flipped bit");
        let is_expected = matches!(
            refusal,
            MembershipReason::InvalidSignature
                | MembershipReason::InvalidKey
                | MembershipReason::MalformedClaim(_)
                | MembershipReason::ClaimForElsewhere(_)
                | MembershipReason::ClaimOutOfWindow { .. }
        );
        assert!(is_expected, "bit {bit}: {refusal:?}");
    }
    assert!(world.fingerprint() == before, "a flipped bit changed something");
    register(world, good).expect("is good");
}

#[test]
fn should_refuse_a_claim_when_it_names_nobody_who_can_administer() {
    let mut world = World::empty();
    let before = world.fingerprint();
    for subject in ["", "bind:", "bind:aaaaa-aa", "bind:nobody", "recover:2vxsx-fae", "2vxsx-fae"] {
        let claim = world.claim(5, |text| text.subject = subject.to_owned());
        assert_eq!(register(&mut world, &claim), Err(MembershipReason::ClaimSubject("bind".to_owned())), "{subject}");
    }
    assert!(world.fingerprint() == before);
}

#[test]
fn should_let_the_issuers_key_administer_by_signatures_when_the_claim_names_nobody() {
    let mut world = World::empty();
    let claim = world.claim(5, |_| ());
    let context = register(&mut world, &claim).expect("registers");
    let (account, role, kem_key) = (account(1), "reader".to_owned(), KemKey([9; 32]));
    let add = Request::AddMember(AddMemberArg { context: context.id, account, role, kem_key });
    let request =
        |key: &SigningKey, nonce: u64| sign_request(key, &world.request(key, nonce, add.clone()).to_signed_bytes());
    let (good, foreign) = (request(&SigningKey::from_bytes(&[5; 32]), 1), request(&account_key(9), 1));
    world.env.call_as(Principal::anonymous());
    let refusal = world.submit(&foreign);
    assert_eq!(refusal, Err(MembershipReason::MissingCapability(Capability::ManageMembers)));
    world.submit(&good).expect("adds");
    assert!(world.state.member(context.group, account).is_some());
}

#[test]
fn should_put_further_contexts_in_the_group_when_issuer_or_administrator_say_so() {
    let mut world = World::empty();
    let claim = world.claim(5, bound_to(administrator()));
    let first = register(&mut world, &claim).expect("registers");
    let second = world.claim(5, |text| {
        bound_to(administrator())(text);
        text.context_id = ContextId([0x44; 32]).to_string();
    });
    let second = register(&mut world, &second).expect("registers");
    assert_eq!((second.group, second.administrator), (first.group, administrator()));
    let before = world.fingerprint();
    let elsewhere = world.claim(5, |text| {
        bound_to(stranger())(text);
        text.context_id = ContextId([0x55; 32]).to_string();
    });
    let refusal = register(&mut world, &elsewhere);
    assert_eq!(refusal, Err(MembershipReason::GroupAdministeredBy(administrator())), "a claim is no transfer");
    let arg = AddContextArg { group: first.group, context: ContextId([0x55; 32]) };
    for (caller, expected) in [
        (Principal::anonymous(), MembershipReason::Anonymous),
        (stranger(), MembershipReason::MissingCapability(Capability::ManageApplication)),
        (issuer(5).principal(), MembershipReason::MissingCapability(Capability::ManageApplication)),
    ] {
        world.env.call_as(caller);
        assert_eq!(api::add_context(&world.env, &mut world.state, &arg).map_err(reason), Err(expected));
    }
    world.env.call_as(administrator());
    let unknown = AddContextArg { group: GroupId([1; 32]), ..arg };
    let refusal = api::add_context(&world.env, &mut world.state, &unknown).map_err(reason);
    assert_eq!(refusal, Err(MembershipReason::UnknownGroup(GroupId([1; 32]))));
    assert!(world.fingerprint() == before);
    let third = api::add_context(&world.env, &mut world.state, &arg).expect("adds");
    assert_eq!(third.id, context_in_group(first.group, ContextId([0x55; 32])));
    assert_eq!(third.origin, Origin { calimero_context: Some(ContextId([0x55; 32])), ..first.origin });
    let again = api::add_context(&world.env, &mut world.state, &arg).map_err(reason);
    assert_eq!(again, Err(MembershipReason::ContextExists(third.id)));
}

#[test]
fn should_ask_for_cycles_when_an_administrators_free_contexts_are_used_up() {
    let mut world = World::empty();
    world.env.call_as(stranger());
    let costs = Err(MembershipReason::RegistrationCosts { cycles: REGISTRATION_CYCLES });
    for seed in 1..=FREE_RELAYED_CONTEXTS_PER_ADMINISTRATOR as u8 {
        world.register(&world.registration(seed)).expect("is free");
    }
    assert_eq!(world.register(&world.registration(200)), costs, "strangers use up half");
    world.env.call_as(administrator());
    for seed in FREE_RELAYED_CONTEXTS_PER_ADMINISTRATOR as u8 + 1..=FREE_CONTEXTS_PER_ADMINISTRATOR as u8 {
        world.register(&world.registration(seed)).expect("is free");
    }
    let before = world.fingerprint();
    world.env.cycles.set(REGISTRATION_CYCLES - 1);
    assert_eq!(world.register(&world.registration(200)), costs);
    assert_eq!(world.env.cycles.get(), REGISTRATION_CYCLES - 1, "a refused registration costs nothing");
    assert!(world.fingerprint() == before);
    world.env.cycles.set(REGISTRATION_CYCLES + 5);
    world.register(&world.registration(200)).expect("is paid for");
    assert_eq!(world.env.cycles.get(), 5, "the price, and no more");
    let refused = world.sign(200, |_| ());
    world.env.cycles.set(REGISTRATION_CYCLES);
    assert_eq!(world.register(&refused), Err(MembershipReason::ContextExists(context_id(200))));
    assert_eq!(world.env.cycles.get(), REGISTRATION_CYCLES, "a refused registration costs nothing");
}

/// Whoever signs for itself is not in the strangers' part of its quota, so that they cannot crowd it out.
#[test]
fn should_leave_an_issuer_its_own_quota_when_squatters_name_it_as_their_administrator() {
    let mut world = World::empty();
    world.env.cycles.set(u128::MAX);
    let victim = issuer(5).principal();
    let mut squatted = 0;
    for seed in 100..=200_u8 {
        let squat = world.claim(seed, bound_to(victim));
        squatted += u64::from(register(&mut world, &squat).is_ok());
    }
    assert_eq!(squatted, MAX_RELAYED_CONTEXTS_PER_ADMINISTRATOR);
    world.env.cycles.set(0);
    for number in 0..FREE_CONTEXTS_PER_ADMINISTRATOR - FREE_RELAYED_CONTEXTS_PER_ADMINISTRATOR {
        let claim = world.claim(5, |text| text.group_id = format!("{number:064x}"));
        register(&mut world, &claim).expect("is free still");
    }
}

/// Principals are free: whoever makes thousands is bounded by the day.
#[test]
fn should_bound_free_registrations_when_one_party_is_many_principals() {
    let mut world = World::empty();
    let mut registered = 0;
    let mut attempt = |world: &mut World, number: u64| {
        let claim = world.claim(5, |text| {
            bound_to(Principal::from_slice(&[&number.to_be_bytes()[..], &[1; 21]].concat()))(text);
            text.group_id = format!("{number:064x}");
        });
        let outcome = register(world, &claim);
        registered += u64::from(outcome.is_ok());
        outcome.map(|_| ())
    };
    for number in 0..FREE_CONTEXTS_PER_DAY + 20 {
        let expected = if number < FREE_CONTEXTS_PER_DAY {
            Ok(())
        } else {
            Err(MembershipReason::RegistrationCosts { cycles: REGISTRATION_CYCLES })
        };
        assert_eq!(attempt(&mut world, number), expected, "registration {number}");
    }
    world.env.advance_seconds(24 * 60 * 60 / FREE_CONTEXTS_PER_DAY + 1);
    assert_eq!(attempt(&mut world, 10_000), Ok(()), "another one comes free");
    assert!(attempt(&mut world, 10_001).is_err());
    assert_eq!(registered, FREE_CONTEXTS_PER_DAY + 1);
}
