//! Decisions made from bundles, and what whoever passes a bundle on may try.

use super::facts::assert_certified;
use super::model::{ACCOUNTS, Model, NOTES, moves, play};
use crate::api;
use crate::test_fixtures::{START, World, account, canister, context_id, device, note, registry, stranger};
use calisec_sdk::verify::{
    CertificateError, CertifiedData, DecisionError, Trust, VerifiedDecision, decision, decision_of_certified,
};
use calisec_types::ids::{AccountId, Digest32, PolicyVersion, Timestamp};
use calisec_types::membership::{
    Action, Capability, CapabilityArg, Change, DecideAndUseArg, DecideArg, Decision, DecisionBundle, GrantTerms,
    IdentityFact, MAX_BUNDLE_BYTES, MAX_POLICY_BYTES, MembershipError, NoteResource, Scope, SetRoleArg, Subject,
};
use candid::{Decode, Encode, Principal};
use ic_certification::{Certificate, HashTree, fork, labeled, leaf};
use ic_verify_bls_signature::PrivateKey;
use proptest::arbitrary::any;
use proptest::collection::vec;
use proptest::option;
use proptest::proptest;
use proptest::strategy::Strategy;
use serde_bytes::ByteBuf;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const DER_PREFIX: &[u8; 37] = b"\x30\x81\x82\x30\x1d\x06\x0d\x2b\x06\x01\x04\x01\x82\xdc\x7c\x05\x03\x01\x02\x01\x06\x0c\x2b\x06\x01\x04\x01\x82\xdc\x7c\x05\x03\x02\x01\x03\x61\x00";

fn root_secret() -> PrivateKey {
    PrivateKey::deserialize(&[5; 32]).expect("below the group order")
}

fn root_key() -> Vec<u8> {
    [DER_PREFIX.as_slice(), &root_secret().public_key().serialize()].concat()
}

fn leb128(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push((value as u8 & 0x7f) | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// What the network signs about a canister's data.
fn certificate(of: Principal, data: &[u8], at: Timestamp) -> ByteBuf {
    let certified = labeled("certified_data", leaf(data));
    let tree: HashTree =
        fork(labeled("canister", labeled(of.as_slice(), certified)), labeled("time", leaf(leb128(at.0))));
    let message = [b"\x0Dic-state-root".as_slice(), &tree.digest()].concat();
    let certificate =
        Certificate { tree, signature: root_secret().sign(&message).serialize().to_vec(), delegation: None };
    let mut bytes = Vec::new();
    ciborium::into_writer(&certificate, &mut bytes).expect("writes to a vector");
    ByteBuf::from(bytes)
}

fn certified(world: &World) -> CertifiedData {
    let data = world.env.certified.borrow().expect("something is certified").to_vec();
    CertifiedData { data, at: world.env.now.get() }
}

fn bare_bundle(world: &World, question: &DecideArg) -> DecisionBundle {
    api::decision_bundle(&world.env, &world.state, question).expect("answers")
}

/// What a node that tells the truth answers.
fn bundle(world: &World, question: &DecideArg) -> DecisionBundle {
    let CertifiedData { data, at } = certified(world);
    DecisionBundle { certificate: Some(certificate(canister(), &data, at)), ..bare_bundle(world, question) }
}

fn verify_at(bundle: &DecisionBundle, question: &DecideArg, now: Timestamp) -> Result<VerifiedDecision, DecisionError> {
    decision(bundle, question, canister(), &Trust { root_key: &root_key(), now }, MINUTE)
}

fn verify(world: &World, bundle: &DecisionBundle, question: &DecideArg) -> Result<VerifiedDecision, DecisionError> {
    verify_at(bundle, question, world.env.now.get())
}

fn reads(subject: Subject, id: u64) -> DecideArg {
    let note = Some(note(id, stranger()));
    DecideArg { context: context_id(1), subject, action: Action::Read, note, purpose: None }
}

fn mints(subject: Subject) -> DecideArg {
    DecideArg { context: context_id(1), subject, action: Action::Mint, note: None, purpose: None }
}

fn of(who: u8) -> Subject {
    Subject::Account(account(who))
}

/// A contributor (1), a reader (2) with a grant for note 5, and a reader without (3).
fn world() -> World {
    let mut world = World::with_context();
    for (who, role) in [(1, "contributor"), (2, "reader"), (3, "reader")] {
        world.add(account(who), role).expect("adds");
    }
    world.grant(account(2), 5, Some(world.env.now.get().plus_seconds(3_600)));
    world
}

fn assert_same(verified: &VerifiedDecision, decided: &Decision) {
    let of_verified = (verified.allowed, verified.account, &verified.determining_policies, &verified.missing);
    assert_eq!(of_verified, (decided.allowed, decided.account, &decided.determining_policies, &decided.missing));
    assert_eq!((verified.policy_version, verified.seq), (decided.policy_version, decided.seq));
    assert_eq!(verified.grant, decided.grant);
    assert_eq!(verified.valid_until, decided.valid_until);
}

/// Everything that can be asked in a small world, about members, strangers and both kinds of subjects.
fn questions() -> Vec<DecideArg> {
    let subjects = (0..=ACCOUNTS).flat_map(|who| [of(who), Subject::Principal(account(who).principal())]);
    subjects
        .chain([Subject::Principal(stranger()), Subject::Principal(Principal::anonymous())])
        .flat_map(|subject| {
            let owners = [stranger(), account(1).principal()];
            let reading = (0..NOTES)
                .zip(owners.into_iter().cycle())
                .map(move |(id, owner)| DecideArg { note: Some(note(id, owner)), ..reads(subject, id) });
            reading.chain([mints(subject)])
        })
        .collect()
}

/// Terms of which some count at once, some later, some for a purpose, some once.
fn terms() -> impl Strategy<Value = GrantTerms> {
    let seconds = || option::of(1..100u64);
    (seconds(), seconds(), option::of(1..3u64), any::<bool>()).prop_map(|(after, lasts, max_uses, is_for_research)| {
        let start = after.map(|after| START.plus_seconds(after));
        GrantTerms {
            not_before: start,
            not_after: lasts.map(|lasts| start.unwrap_or(START).plus_seconds(5_000 + lasts)),
            max_uses,
            purpose: is_for_research.then(|| "research".to_owned()),
        }
    })
}

const POLICIES: [&str; 6] = [
    r#"@id("purpose") permit (principal, action == Action::"read", resource)
       when { context has purpose && context.purpose == "research" && principal.granted.contains(resource) };"#,
    r#"@id("kind") permit (principal, action == Action::"read", resource)
       when { resource has kind && resource.kind == "dataset" && context.now < 1700000050 && principal.since > 1 };
       @id("minters") permit (principal, action, resource) when { principal.capabilities.contains("mint") };"#,
    "",
    r#"permit (principal in Role::"keeper", action, resource);"#,
    r#"@id("all") permit (principal, action, resource);
       @id("not-readers") forbid (principal in Role::"reader", action == Action::"read", resource)
       unless { principal.granted.contains(resource) };"#,
    r#"@id("all") permit (principal, action, resource);
       @id("overflows") forbid (principal, action, resource) when { 9223372036854775807 + 1 == 0 };"#,
];

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 48, ..Default::default() })]

    #[test]
    fn should_decide_as_the_canister_does_whatever_happened_before(
        history in vec(moves(), 1..30),
        policy in option::of(0..POLICIES.len()),
        role_mints in any::<Option<bool>>(),
        own in any::<bool>(),
        granted in vec((0..ACCOUNTS, 0..NOTES, terms(), any::<bool>()), 0..6),
    ) {
        let mut world = World::with_context();
        let mut model = Model::default();
        model.remember();
        for next in &history {
            play(&mut world, &mut model, next);
        }
        for (index, (who, id, terms, is_used)) in (0..).zip(granted) {
            let _ = world.change(crate::test_fixtures::granted(account(who), id, terms));
            if is_used {
                let question = DecideArg { purpose: Some("research".to_owned()), ..reads(of(who), id) };
                world.env.call_as(registry());
                let arg = DecideAndUseArg { question, key: Digest32([index; 32]) };
                api::decide_and_use(&world.env, &mut world.state, &arg).expect("decides");
            }
        }
        assert_certified(&world, &[context_id(1)]);
        if let Some(policy) = policy {
            world.change(Change::SetPolicy { cedar: POLICIES[policy].to_owned() }).expect("applies");
        }
        world.env.call_as(crate::test_fixtures::administrator());
        let context = context_id(1);
        if let Some(mints) = role_mints {
            let capabilities = if mints { vec![Capability::Mint] } else { vec![] };
            let arg = SetRoleArg { context, name: "reader".to_owned(), capabilities };
            api::set_role(&world.env, &mut world.state, &arg).expect("sets");
        }
        if own {
            let arg = CapabilityArg { context, account: account(0), capability: Capability::Mint };
            // When it is a member.
            let _ = api::grant_capability(&world.env, &mut world.state, &arg);
        }
        for question in questions() {
            let decided = api::decide(&world.env, &world.state, &question).expect("decides");
            let bundle = bare_bundle(&world, &question);
            let verified = decision_of_certified(&bundle, &question, &certified(&world), world.env.now.get());
            assert_same(&verified.expect("verifies"), &decided);
        }
    }
}

#[test]
fn should_decide_offline_with_nothing_but_the_root_key() {
    let world = world();
    let now = world.env.now.get();
    for (desc, question, allowed) in [
        ("a grant", reads(of(2), 5), true),
        ("a grant, asked by principal", reads(Subject::Principal(account(2).principal()), 5), true),
        ("no grant", reads(of(2), 6), false),
        ("another's grant", reads(of(3), 5), false),
        ("a contributor", mints(of(1)), true),
        ("a reader", mints(of(2)), false),
        ("nobody, by account", reads(of(9), 5), false),
        ("nobody, by principal", reads(Subject::Principal(stranger()), 5), false),
    ] {
        let bundle = bundle(&world, &question);
        let bytes = Encode!(&Ok::<_, MembershipError>(&bundle)).expect("encodes");
        assert!(bytes.len() <= MAX_BUNDLE_BYTES, "{desc}: {} bytes", bytes.len());
        let received = Decode!(&bytes, Result<DecisionBundle, MembershipError>).expect("decodes").expect("a bundle");
        assert_eq!(received, bundle, "{desc}");
        let verified = verify(&world, &received, &question).expect(desc);
        assert_eq!(verified.allowed, allowed, "{desc}: {verified:?}");
        assert_eq!((verified.certified_at, verified.seq), (now, world.state.seq()), "{desc}");
        let decided = api::decide(&world.env, &world.state, &question).expect("decides");
        assert_same(&verified, &decided);
    }
}

#[test]
fn should_refuse_a_bundle_when_any_byte_of_it_is_another() {
    let world = world();
    for question in [reads(of(2), 5), reads(of(2), 6), reads(Subject::Principal(stranger()), 5)] {
        let bundle = bundle(&world, &question);
        let honest = verify(&world, &bundle, &question).expect("verifies");
        let bytes = Encode!(&bundle).expect("encodes");
        let certificate = bundle.certificate.clone().expect("has one");
        let start = bytes.windows(certificate.len()).position(|found| found == certificate.as_slice()).expect("inside");
        for index in 0..bytes.len() {
            // Checking a signature takes milliseconds: of the certificate every seventh byte.
            if (start..start + certificate.len()).contains(&index) && index % 7 != 0 {
                continue;
            }
            let mut flipped = bytes.clone();
            flipped[index] ^= 1 << (index % 8);
            // Some bytes of Candid's own say the same in another way, or name a field that is left out.
            let Ok(forged) = Decode!(&flipped, DecisionBundle) else { continue };
            if let Ok(verified) = verify(&world, &forged, &question) {
                assert_eq!(verified, honest, "byte {index}");
                // Policies that are left out are missed only when they are needed.
                let facts = DecisionBundle { policy: forged.policy.clone().or(bundle.policy.clone()), ..forged };
                assert_eq!(facts, bundle, "byte {index}");
            }
        }
    }
}

#[test]
fn should_refuse_a_bundle_when_a_fact_is_left_out_added_or_of_somebody_else() {
    let world = world();
    let question = reads(of(2), 5);
    let good = bundle(&world, &question);
    let granted = good.grants.clone();
    assert_eq!(granted.len(), 1);
    let of_1 = bundle(&world, &reads(of(1), 5));
    let of_3 = bundle(&world, &reads(of(3), 5));
    let is_wrong = |bundle: &DecisionBundle, question: &DecideArg, about: &str| {
        let refused = verify(&world, bundle, question);
        assert!(matches!(refused, Err(DecisionError::WrongFact(what)) if what == about), "{about}: {refused:?}");
    };
    // The grant is dropped, to deny; or another's is put in, to allow; or it is prolonged.
    is_wrong(&DecisionBundle { grants: vec![], ..good.clone() }, &question, "grants");
    is_wrong(&DecisionBundle { grants: granted.clone(), ..of_3.clone() }, &reads(of(3), 5), "grants");
    let mut longer = granted.clone();
    longer[0].terms.not_after = None;
    is_wrong(&DecisionBundle { grants: longer, ..good.clone() }, &question, "grants");
    let mut used = granted.clone();
    used[0].uses = 1;
    is_wrong(&DecisionBundle { grants: used, ..good.clone() }, &question, "grants");
    is_wrong(&DecisionBundle { grants: [granted.clone(), granted].concat(), ..good.clone() }, &question, "grants");
    // Another member's identity or role, none at all, or two.
    is_wrong(&DecisionBundle { identities: of_1.identities.clone(), ..good.clone() }, &question, "the subject");
    is_wrong(
        &DecisionBundle { identities: vec![], role: None, grants: vec![], owner: None, ..good.clone() },
        &question,
        "the subject",
    );
    let two = [good.identities.clone(), of_1.identities.clone()].concat();
    is_wrong(&DecisionBundle { identities: two, ..good.clone() }, &question, "the subject");
    is_wrong(&DecisionBundle { role: of_1.role.clone(), ..good.clone() }, &question, "the role");
    is_wrong(&DecisionBundle { role: None, ..good.clone() }, &question, "the role");
    let mut promoted = good.clone();
    if let Some(IdentityFact::Member(member)) = promoted.identities.first_mut() {
        member.role = "contributor".to_owned();
    }
    is_wrong(&promoted, &question, "the subject");
    // A stranger who passes for a member.
    let nobody = reads(of(9), 5);
    let absent = bundle(&world, &nobody);
    let posing = DecisionBundle { identities: good.identities.clone(), ..absent.clone() };
    is_wrong(&posing, &nobody, "the subject");
    is_wrong(&DecisionBundle { role: good.role.clone(), ..absent }, &nobody, "somebody who is no member");
    // Grants where there can be none.
    let minting = bundle(&world, &mints(of(2)));
    is_wrong(&DecisionBundle { grants: good.grants.clone(), ..minting }, &mints(of(2)), "grants");
}

#[test]
fn should_refuse_a_bundle_when_it_answers_another_question() {
    let mut world = world();
    world.register(&world.registration(2)).expect("registers");
    let question = reads(of(2), 5);
    let good = bundle(&world, &question);
    let note_of = |id, by| Some(NoteResource { registry: by, ..note(id, stranger()) });
    for (desc, other) in [
        ("another member", reads(of(3), 5)),
        ("another member by principal", reads(Subject::Principal(account(3).principal()), 5)),
        ("nobody", reads(of(9), 5)),
        ("another note", reads(of(2), 6)),
        ("another registry's note", DecideArg { note: note_of(5, stranger()), ..question.clone() }),
        ("another context", DecideArg { context: context_id(2), ..question.clone() }),
    ] {
        let refused = verify(&world, &good, &other);
        assert!(matches!(refused, Err(DecisionError::NotTold(_) | DecisionError::WrongFact(_))), "{desc}: {refused:?}");
    }
    // The owner comes from whoever asks, and is not the bundle's to tell.
    let own = DecideArg { note: Some(note(5, account(2).principal())), ..question };
    assert!(verify(&world, &good, &own).expect("verifies").allowed);
}

#[test]
fn should_refuse_a_bundle_when_its_facts_are_of_another_context() {
    let mut world = world();
    world.register(&world.registration(2)).expect("registers");
    let question = reads(of(2), 5);
    let elsewhere = DecideArg { context: context_id(2), ..question.clone() };
    let foreign = bundle(&world, &elsewhere);
    let good = bundle(&world, &question);
    for forged in [
        DecisionBundle { context: foreign.context, ..good.clone() },
        DecisionBundle { context: good.context, ..foreign.clone() },
        DecisionBundle { witness: foreign.witness.clone(), ..good.clone() },
        foreign,
    ] {
        assert!(verify(&world, &forged, &question).is_err(), "{forged:?}");
    }
    let unknown = DecideArg { context: context_id(3), ..question };
    let refused = verify(&world, &good, &unknown);
    assert!(matches!(refused, Err(DecisionError::NotTold("the context") | DecisionError::UnknownContext(_))));
}

#[test]
fn should_refuse_a_bundle_when_an_absence_is_forged() {
    let mut world = world();
    let question = reads(of(2), 5);
    let before = bundle(&world, &question);
    // An honest witness of the absence of another grant, or of a time without the grant, proves nothing about this one.
    let other = bundle(&world, &reads(of(2), 6));
    let forged = DecisionBundle { witness: other.witness, grants: vec![], ..before.clone() };
    assert!(matches!(verify(&world, &forged, &question), Err(DecisionError::NotTold("grants"))));
    world.remove(account(2)).expect("removes");
    let removed = bundle(&world, &question);
    assert!(!verify(&world, &removed, &question).expect("verifies").allowed);
    let resurrected = DecisionBundle { witness: before.witness.clone(), ..removed.clone() };
    assert!(matches!(verify(&world, &resurrected, &question), Err(DecisionError::WrongRoot)));
    let resurrected = DecisionBundle { certificate: removed.certificate, ..before };
    assert!(matches!(verify(&world, &resurrected, &question), Err(DecisionError::WrongRoot)));
}

#[test]
fn should_refuse_other_policies_and_wait_for_them_when_they_are_long() {
    let mut world = world();
    let question = reads(of(3), 5);
    let good = bundle(&world, &question);
    let permissive = Some("permit (principal, action, resource);".to_owned());
    let swapped = DecisionBundle { policy: permissive.clone(), ..good.clone() };
    assert!(matches!(verify(&world, &swapped, &question), Err(DecisionError::WrongPolicy)));
    let mut context = good.context;
    context.policy_hash = calisec_policy::policy_hash("permit (principal, action, resource);");
    let rehashed = DecisionBundle { policy: permissive.clone(), context, ..good.clone() };
    assert!(matches!(verify(&world, &rehashed, &question), Err(DecisionError::WrongFact("the context"))));
    let mut context = good.context;
    context.policy_version = PolicyVersion(9);
    assert!(verify(&world, &DecisionBundle { context, ..good }, &question).is_err());

    let long = format!("permit (principal, action, resource);\n//{}", "-".repeat(MAX_POLICY_BYTES - 100));
    world.change(Change::SetPolicy { cedar: long.clone() }).expect("applies");
    let without = bundle(&world, &question);
    assert_eq!(without.policy, None);
    assert!(matches!(verify(&world, &without, &question), Err(DecisionError::NoPolicy)));
    assert!(matches!(
        verify(&world, &DecisionBundle { policy: permissive, ..without.clone() }, &question),
        Err(DecisionError::WrongPolicy)
    ));
    let fetched = api::policy(&world.state, context_id(1)).expect("answers").cedar;
    assert_eq!(fetched, long);
    let complete = DecisionBundle { policy: Some(fetched), ..without };
    assert!(verify(&world, &complete, &question).expect("verifies").allowed);
    // Who is no member is denied without a look at the policies.
    let nobody = reads(of(9), 5);
    assert!(!verify(&world, &bundle(&world, &nobody), &nobody).expect("verifies").allowed);
}

#[test]
fn should_include_the_policies_exactly_when_the_reply_fits() {
    let mut world = world();
    let question = reads(of(2), 5);
    let mut included = 0;
    for length in (MAX_BUNDLE_BYTES - 4_000..MAX_BUNDLE_BYTES).step_by(97) {
        let cedar = format!("//{}", "-".repeat(length));
        world.change(Change::SetPolicy { cedar: cedar.clone() }).expect("applies");
        let bare = bare_bundle(&world, &question);
        let bytes = |policy| {
            let whole = DecisionBundle { policy, ..bare.clone() };
            Encode!(&Ok::<_, MembershipError>(&whole)).expect("encodes").len()
        };
        let with = bytes(Some(cedar));
        assert!(bytes(bare.policy.clone()) <= MAX_BUNDLE_BYTES);
        assert!(bare.policy.is_some() || with > MAX_BUNDLE_BYTES - 8, "{with} bytes would fit");
        included += u32::from(bare.policy.is_some());
    }
    assert!((1..41).contains(&included), "{included}");
}

#[test]
fn should_know_nothing_newer_than_its_certificate_and_nothing_older_than_is_accepted() {
    let mut world = world();
    let question = reads(of(2), 5);
    let before = bundle(&world, &question);
    let at = world.env.now.get();
    world.remove(account(2)).expect("removes");
    // Within the window, whoever passes it on may show the state before the removal: docs/decision-bundles.md says so.
    assert!(verify_at(&before, &question, at.plus_seconds(60)).expect("verifies").allowed);
    let stale = verify_at(&before, &question, at.plus_seconds(61)).expect_err("too old");
    assert!(matches!(stale, DecisionError::Certificate(CertificateError::TooOld { .. })), "{stale:?}");
    let decided = verify_at(&before, &question, at.plus_seconds(30)).expect("verifies");
    assert_eq!(decided.valid_until, at.plus_seconds(60), "no longer than its certificate");
}

#[test]
fn should_deny_when_the_grant_is_over_by_now_though_not_when_it_was_certified() {
    let mut world = World::with_context();
    world.add(account(2), "reader").expect("adds");
    let start = world.env.now.get();
    world.grant(account(2), 5, Some(start.plus_seconds(10)));
    let question = reads(of(2), 5);
    let bundle = bundle(&world, &question);
    for (seconds, allowed) in [(0, true), (10, true), (11, false)] {
        let verified = verify_at(&bundle, &question, start.plus_seconds(seconds)).expect("verifies");
        assert_eq!(verified.allowed, allowed, "after {seconds} seconds");
    }
    let verified = verify_at(&bundle, &question, start.plus_seconds(5)).expect("verifies");
    assert_eq!(verified.valid_until, start.plus_seconds(10), "no longer than the grant");
}

#[test]
fn should_refuse_a_bundle_when_its_certificate_is_another_canisters_or_none() {
    let world = world();
    let question = reads(of(2), 5);
    let CertifiedData { data, at } = certified(&world);
    let good = bundle(&world, &question);
    let without = DecisionBundle { certificate: None, ..good.clone() };
    assert!(matches!(verify(&world, &without, &question), Err(DecisionError::NoCertificate)));
    let of_another = DecisionBundle { certificate: Some(certificate(registry(), &data, at)), ..good.clone() };
    assert!(matches!(verify(&world, &of_another, &question), Err(DecisionError::Certificate(_))));
    let of_other_data = DecisionBundle { certificate: Some(certificate(canister(), &[1; 32], at)), ..good.clone() };
    assert!(matches!(verify(&world, &of_other_data, &question), Err(DecisionError::WrongRoot)));
    let garbage = DecisionBundle { witness: ByteBuf::from([0xff]), ..good };
    assert!(matches!(verify(&world, &garbage, &question), Err(DecisionError::MalformedWitness(_))));
}

#[test]
fn should_refuse_questions_that_make_no_sense() {
    let world = world();
    let good = bundle(&world, &reads(of(2), 5));
    for question in
        [DecideArg { note: None, ..reads(of(2), 5) }, DecideArg { note: Some(note(5, stranger())), ..mints(of(2)) }]
    {
        assert!(matches!(verify(&world, &good, &question), Err(DecisionError::ResourceMismatch(_))));
    }
}

/// Member 1 with a device (1) for reading only, due in an hour, what that linked, and what the account key linked; and a
/// device (2) that was revoked.
fn world_with_devices() -> World {
    let mut world = world();
    let scope = |capabilities: &[Capability]| Scope { read: true, capabilities: capabilities.to_vec() };
    let due = Some(world.env.now.get().plus_seconds(3_600));
    let arg = world.binding((1, 1), scope(&[]), (due, None), |_| ());
    world.add_device(&arg).expect("adds");
    world.device(1, 2, scope(&[Capability::Mint])).expect("adds");
    world.link(stranger(), 1, Some(1)).expect("links");
    world.link(Principal::from_slice(&[61; 29]), 1, None).expect("links");
    world.device(1, 3, scope(&[Capability::Mint])).expect("adds");
    world.revoke_device(account(1).principal(), 1, 3).expect("revokes");
    world
}

fn every_principal() -> Vec<Principal> {
    let devices = (1..=4).map(|key| device(key).principal());
    let others = [stranger(), Principal::from_slice(&[61; 29]), account(1).principal(), account(9).principal()];
    devices.chain(others).collect()
}

#[test]
fn should_decide_as_the_canister_does_whatever_principal_asks_and_whatever_owns_the_note() {
    let mut world = world_with_devices();
    let mut allowed = [0; 2];
    for round in 0..3 {
        for asking in every_principal() {
            let owners = every_principal()
                .into_iter()
                .map(|owner| DecideArg { note: Some(note(1, owner)), ..reads(Subject::Principal(asking), 1) });
            let of_device = reads(Subject::Account(AccountId(device(1).0)), 1);
            for question in owners.chain([mints(Subject::Principal(asking)), of_device]) {
                let decided = api::decide(&world.env, &world.state, &question).expect("decides");
                let bundle = bare_bundle(&world, &question);
                let now = world.env.now.get();
                let verified = decision_of_certified(&bundle, &question, &certified(&world), now).expect("verifies");
                assert_same(&verified, &decided);
                allowed[usize::from(question.note.is_none())] += u32::from(verified.allowed);
            }
        }
        match round {
            // The first device is over.
            0 => world.env.advance_seconds(2 * 3_600),
            _ => drop(world.revoke_account(account(1).principal(), 1)),
        }
    }
    assert!(allowed.iter().all(|count| *count > 5), "{allowed:?}");
}

#[test]
fn should_deny_when_the_device_is_over_by_now_though_not_when_it_was_certified() {
    let mut world = world();
    let due = Some(world.env.now.get().plus_seconds(20));
    let arg = world.binding((1, 1), Scope { read: true, capabilities: vec![] }, (due, None), |_| ());
    world.add_device(&arg).expect("adds");
    let start = world.env.now.get();
    let own = Some(note(7, account(1).principal()));
    let question = DecideArg { note: own, ..reads(Subject::Principal(device(1).principal()), 7) };
    let bundle = bundle(&world, &question);
    for (seconds, allowed) in [(0, true), (20, true), (21, false)] {
        let verified = verify_at(&bundle, &question, start.plus_seconds(seconds)).expect("verifies");
        assert_eq!(verified.allowed, allowed, "after {seconds} seconds");
    }
    assert_eq!(verify_at(&bundle, &question, start).expect("verifies").valid_until, start.plus_seconds(20));
}

#[test]
fn should_refuse_a_bundle_when_the_way_from_the_principal_to_the_member_is_another() {
    let world = world_with_devices();
    let question = mints(Subject::Principal(stranger()));
    let good = bundle(&world, &question);
    assert_eq!(good.identities.len(), 3);
    let denied = verify(&world, &good, &question).expect("verifies");
    assert!(!denied.allowed && denied.account == Some(account(1)), "its device may not mint");
    let by_2 = bundle(&world, &mints(Subject::Principal(device(2).principal())));
    let [link, own_device, member] = [0, 1, 2].map(|index| good.identities[index].clone());
    let other_device = by_2.identities[0].clone();
    let mut wider = own_device.clone();
    if let IdentityFact::Device(wider) = &mut wider {
        wider.scope = Scope { read: true, capabilities: vec![Capability::Mint] };
    }
    for (desc, identities) in [
        ("without its device", vec![link.clone(), member.clone()]),
        ("with another device", vec![link.clone(), other_device.clone(), member.clone()]),
        ("with a device of a wider scope", vec![link.clone(), wider, member.clone()]),
        ("another's way", vec![other_device, member.clone()]),
        ("the member alone", vec![member.clone()]),
        ("without the member", vec![link.clone(), own_device.clone()]),
        ("the link alone", vec![link.clone()]),
        ("twice", vec![link.clone(), own_device.clone(), own_device, member]),
        ("nobody", vec![]),
    ] {
        for witness in [good.witness.clone(), by_2.witness.clone()] {
            let forged = DecisionBundle { identities: identities.clone(), witness, ..good.clone() };
            let refused = verify(&world, &forged, &question);
            assert!(
                matches!(refused, Err(DecisionError::WrongFact(_) | DecisionError::NotTold(_))),
                "{desc}: {refused:?}"
            );
        }
    }
}

#[test]
fn should_refuse_a_bundle_when_the_owners_identity_is_another() {
    let world = world_with_devices();
    let by_device = Some(note(7, device(2).principal()));
    let question = DecideArg { note: by_device, ..reads(of(1), 7) };
    let good = bundle(&world, &question);
    assert!(verify(&world, &good, &question).expect("verifies").allowed, "what its device owns is its own");
    let foreign = DecideArg { note: Some(note(7, Principal::from_slice(&[62; 29]))), ..question.clone() };
    let of_foreign = bundle(&world, &foreign);
    assert!(!verify(&world, &of_foreign, &foreign).expect("verifies").allowed);
    let posing = DecisionBundle { owner: good.owner.clone(), ..of_foreign };
    assert!(matches!(verify(&world, &posing, &foreign), Err(DecisionError::WrongFact("the owner"))));
    let disowned = DecisionBundle { owner: None, ..good };
    assert!(matches!(verify(&world, &disowned, &question), Err(DecisionError::WrongFact("the owner"))));
}
