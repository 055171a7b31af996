//! Receipts that become claims, and those that must not.

use crate::api;
use crate::lifecycle;
use crate::state::Writer;
use crate::test_fixtures::{
    START, World, account, canister, context_id, governance, note, reason, registry, stranger, verifier,
};
use calisec_sdk::verify::{CertifiedData, DecisionError, VerifiedDecision, decision_of_certified};
use calisec_types::ids::{AccountId, CircuitId, FieldElement, ReceiptId, Seq, Timestamp};
use calisec_types::membership::{
    Action, AuditArg, Change, ClaimKind, ClaimReceiptArg, ClaimsArg, DecideArg, DecisionBundle, Deed,
    FREE_WRITES_PER_ACCOUNT_AND_DAY, ListSubjectsArg, MAX_BUNDLE_BYTES, MAX_CLAIM_KINDS, MembershipInit,
    MembershipReason, MembershipSetting, Need, NoteResource, ProofClaim, Proves, ReviewClaimKindArg, SimulateArg,
    Subject, WRITE_CYCLES, attribute_tag, claim_period, claim_purpose,
};
use calisec_types::proof_verifier::{CircuitStatus, Receipt, StatementKind};
use candid::{Encode, Principal};
use ic_stable_structures::DefaultMemoryImpl;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub const CIRCUIT: CircuitId = CircuitId([0xc1; 32]);
const ISSUER: FieldElement = FieldElement([7; 32]);
pub const DAY: u64 = 24 * 60 * 60;
const ADULTS_READ: &str = r#"@id("adults-read")
permit (principal, action == Action::"read", resource) when { principal.claims.contains("age-over-18") };"#;

pub fn kind() -> ClaimKind {
    let proves = Proves::Range { issuer_roots: vec![ISSUER], attribute: "age".to_owned(), low: 18, high: u64::MAX };
    ClaimKind { name: "age-over-18".to_owned(), circuit: CIRCUIT, proves, period_seconds: DAY }
}

/// Two readers, in a context where adults read.
pub fn world() -> World {
    let mut world = World::with_context();
    for who in [1, 2] {
        world.add(account(who), "reader").expect("adds");
    }
    world.change(Change::SetPolicy { cedar: ADULTS_READ.to_owned() }).expect("sets");
    world.change(Change::SetClaimKind { kind: kind() }).expect("sets");
    world
}

fn version(world: &World) -> Seq {
    api::claim_kinds(&world.state, context_id(1)).expect("answers")[0].version
}

/// What an honest verifier shows of a good proof, submitted now by a member's account key.
pub fn receipt(world: &World, who: u8, seed: u8) -> Receipt {
    let issued_at = world.env.now.get();
    let number = |value: u64| FieldElement([[0; 24].as_slice(), &value.to_be_bytes()].concat().try_into().expect("32"));
    let unknown = FieldElement([9; 32]);
    Receipt {
        id: ReceiptId([seed; 32]),
        circuit: CIRCUIT,
        statement: StatementKind::CredentialRange,
        public_inputs: vec![
            ISSUER,
            unknown,
            unknown,
            unknown,
            unknown,
            attribute_tag("age"),
            number(18),
            number(u64::MAX),
        ],
        context: context_id(1),
        consumer: canister(),
        purpose: claim_purpose("age-over-18", version(world), claim_period(issued_at, DAY)),
        submitter: account(who).principal(),
        issued_at,
        expires_at: issued_at.plus_seconds(7 * DAY),
        consumed_at: None,
        is_revoked: false,
    }
}

/// The whole of `claim_receipt`, with a verifier that shows this and consumes what it is asked to.
fn claim_as(world: &mut World, caller: Principal, shown: &Receipt) -> Result<ProofClaim, MembershipReason> {
    world.env.call_as(caller);
    let arg = ClaimReceiptArg { context: context_id(1), receipt: shown.id };
    match api::begin_claim(&world.env, &world.state, arg).map_err(reason)? {
        api::BegunClaim::Held(claim) => Ok(claim),
        api::BegunClaim::Claiming(claiming) => {
            assert_eq!(claiming.verifier, verifier());
            world.env.call_as(verifier());
            let request = api::claim_request(&world.env, &mut world.state, &claiming, shown).map_err(reason)?;
            assert_eq!((request.receipt, request.expected.submitter), (shown.id, caller));
            let consumed = Receipt { consumed_at: Some(world.env.now.get()), ..shown.clone() };
            api::end_claim(&world.env, &mut world.state, &claiming, &consumed).map_err(reason)
        }
    }
}

pub fn claim(world: &mut World, who: u8, shown: &Receipt) -> Result<ProofClaim, MembershipReason> {
    claim_as(world, account(who).principal(), shown)
}

fn question(who: u8) -> DecideArg {
    let subject = Subject::Account(account(who));
    let note = Some(note(5, stranger()));
    DecideArg { context: context_id(1), subject, action: Action::Read, note, purpose: None }
}

fn bundle(world: &World, who: u8) -> DecisionBundle {
    api::decision_bundle(&world.env, &world.state, &question(who)).expect("answers")
}

fn verify(world: &World, bundle: &DecisionBundle, who: u8) -> Result<VerifiedDecision, DecisionError> {
    let data = world.env.certified.borrow().expect("something is certified").to_vec();
    let certified = CertifiedData { data, at: world.env.now.get() };
    decision_of_certified(bundle, &question(who), &certified, world.env.now.get())
}

/// What every path to a decision answers; they must agree.
pub fn may_read(world: &World, who: u8) -> bool {
    let decided = world.reads(account(who), 5);
    let decision = api::decide(&world.env, &world.state, &question(who)).expect("decides");
    let explained = api::explain(&world.env, &world.state, &question(who)).expect("explains");
    assert_eq!(explained.decision, decision);
    let deed = Deed { action: Action::Read, note: question(who).note, purpose: None };
    let listing = ListSubjectsArg { context: context_id(1), deed, after: None, limit: None };
    let listed = api::list_subjects(&world.env, &world.state, &listing).expect("lists").subjects;
    let verified = verify(world, &bundle(world, who), who).expect("verifies");
    assert_eq!(listed.contains(&account(who)), decided);
    assert_eq!((verified.allowed, verified.valid_until), (decision.allowed, decision.valid_until));
    assert_eq!(verified.missing, decision.missing);
    assert_eq!(decision.allowed, decided);
    decided
}

fn pass(world: &World, seconds: u64) {
    world.env.now.set(world.env.now.get().plus_seconds(seconds));
}

#[test]
fn should_allow_what_asks_for_a_claim_exactly_while_the_claim_counts() {
    let mut world = world();
    assert!(!may_read(&world, 1));
    let shown = receipt(&world, 1, 1);
    let claimed = claim(&mut world, 1, &shown).expect("claims");
    assert_eq!((claimed.since, claimed.receipt, claimed.version), (START, shown.id, version(&world)));
    assert!(may_read(&world, 1) && !may_read(&world, 2));
    world.upgrade();
    assert!(may_read(&world, 1));

    let last = claimed.until;
    world.env.now.set(last);
    assert!(may_read(&world, 1));
    let decision = api::decide(&world.env, &world.state, &question(1)).expect("decides");
    assert_eq!(decision.valid_until, last, "relied upon for longer than the claim counts");
    world.env.now.set(Timestamp(last.0 + 1));
    assert!(!may_read(&world, 1), "an expired claim counts");
    let missing = api::explain(&world.env, &world.state, &question(1)).expect("explains").policies;
    assert!(missing[0].clauses.iter().any(|clause| clause.needs.contains(&Need::Claim("age-over-18".to_owned()))));
}

#[test]
fn should_count_from_the_next_period_on_when_it_was_proved_ahead() {
    let mut world = world();
    let now = world.env.now.get();
    let purpose = claim_purpose("age-over-18", version(&world), claim_period(now, DAY) + 1);
    let ahead = Receipt { purpose, ..receipt(&world, 1, 1) };
    let current = receipt(&world, 1, 2);
    let next = claim(&mut world, 1, &ahead).expect("claims");
    assert!(!may_read(&world, 1), "a claim counts before its period");
    let claimed = claim(&mut world, 1, &current).expect("claims");
    assert_eq!(Timestamp(claimed.until.0 + 1), next.since);
    for at in [now, claimed.until, next.since, next.until] {
        world.env.now.set(at);
        assert!(may_read(&world, 1), "no claim at {at}");
    }
    world.env.now.set(Timestamp(next.until.0 + 1));
    assert!(!may_read(&world, 1));
}

#[test]
fn should_deny_at_once_when_the_member_is_removed_and_not_give_the_claim_back() {
    let mut world = world();
    let shown = receipt(&world, 1, 1);
    claim(&mut world, 1, &shown).expect("claims");
    world.remove(account(1)).expect("removes");
    assert!(!may_read(&world, 1));
    world.add(account(1), "reader").expect("adds");
    assert!(!may_read(&world, 1), "a claim outlives the membership");
    assert_eq!(claim(&mut world, 1, &shown), Err(MembershipReason::ReceiptUsed));
    let again = receipt(&world, 1, 2);
    assert!(claim(&mut world, 1, &again).is_ok());
    assert!(may_read(&world, 1));
}

#[test]
fn should_void_every_claim_at_once_when_the_kind_is_set_anew_or_removed() {
    let mut world = world();
    let shown = receipt(&world, 1, 1);
    claim(&mut world, 1, &shown).expect("claims");
    let stricter = ClaimKind { period_seconds: 2 * DAY, ..kind() };
    world.change(Change::SetClaimKind { kind: stricter }).expect("sets");
    assert!(!may_read(&world, 1), "a claim of the version before counts");
    let refusal = claim(&mut world, 1, &shown);
    assert!(matches!(&refusal, Err(MembershipReason::ReceiptRefused(why)) if why.contains("version")), "{refusal:?}");

    world.change(Change::SetClaimKind { kind: kind() }).expect("sets");
    let shown = receipt(&world, 1, 2);
    claim(&mut world, 1, &shown).expect("claims");
    assert!(may_read(&world, 1));
    world.change(Change::RemoveClaimKind { name: kind().name }).expect("removes");
    assert!(!may_read(&world, 1), "a claim of a removed kind counts");
    assert_eq!(claim(&mut world, 1, &shown), Err(MembershipReason::UnknownClaimKind(kind().name)));
}

#[test]
fn should_refuse_every_receipt_that_is_not_the_callers_for_this_kind_and_change_nothing() {
    let mut world = world();
    world.register(&world.registration(2)).expect("registers");
    let good = receipt(&world, 1, 1);
    let now = world.env.now.get();
    let period = claim_period(now, DAY);
    let purpose = |kind: &str, version: Seq, period| claim_purpose(kind, version, period);
    let here = version(&world);
    let with_input = |place: usize, value: FieldElement| {
        let mut receipt = good.clone();
        receipt.public_inputs[place] = value;
        receipt
    };
    let before = world.fingerprint();
    let refused: Vec<(&str, Receipt)> = vec![
        ("another context", Receipt { context: context_id(2), ..good.clone() }),
        ("another consumer", Receipt { consumer: registry(), ..good.clone() }),
        ("a revoked circuit", Receipt { is_revoked: true, ..good.clone() }),
        ("another circuit", Receipt { circuit: CircuitId([1; 32]), ..good.clone() }),
        ("a statement that binds nothing", Receipt { statement: StatementKind::Raw, ..good.clone() }),
        ("another statement", Receipt { statement: StatementKind::CredentialSet, ..good.clone() }),
        ("minting", Receipt { purpose: "mint".to_owned(), ..good.clone() }),
        ("another version", Receipt { purpose: purpose("age-over-18", Seq(1), period), ..good.clone() }),
        ("a period that is over", Receipt { purpose: purpose("age-over-18", here, period - 1), ..good.clone() }),
        ("a far period", Receipt { purpose: purpose("age-over-18", here, period + 2), ..good.clone() }),
        ("another issuer", with_input(0, FieldElement([8; 32]))),
        ("another attribute", with_input(5, attribute_tag("shoe-size"))),
        ("a minor", with_input(6, FieldElement([0; 32]))),
    ];
    for (what, shown) in refused {
        let refusal = claim(&mut world, 1, &shown);
        assert!(matches!(refusal, Err(MembershipReason::ReceiptRefused(_))), "{what}: {refusal:?}");
        assert!(world.fingerprint() == before, "{what} changed something");
    }
    let unknown = Receipt { purpose: purpose("height", here, period), ..good.clone() };
    assert_eq!(claim(&mut world, 1, &unknown), Err(MembershipReason::UnknownClaimKind("height".to_owned())));

    // A receipt that was stolen, by another member and by somebody else.
    let thief = claim(&mut world, 2, &good);
    assert_eq!(thief, Err(MembershipReason::NotSubmitter(account(1).principal())));
    let outside = claim_as(&mut world, stranger(), &good);
    assert_eq!(outside, Err(MembershipReason::NotAMember(stranger())));
    let nobody = claim_as(&mut world, Principal::anonymous(), &good);
    assert_eq!(nobody, Err(MembershipReason::Anonymous));
    assert!(world.fingerprint() == before, "a thief changed something");
    assert!(claim(&mut world, 1, &good).is_ok());
    assert_eq!(claim(&mut world, 2, &good), Err(MembershipReason::NotSubmitter(account(1).principal())));
}

#[test]
fn should_answer_the_same_and_change_nothing_when_a_claim_is_repeated() {
    let mut world = world();
    let shown = receipt(&world, 1, 1);
    let first = claim(&mut world, 1, &shown);
    let before = world.fingerprint();
    assert_eq!(claim(&mut world, 1, &shown), first);
    assert!(world.fingerprint() == before, "a repeated claim changed something");
}

#[test]
fn should_look_again_after_each_answer() {
    let arg = |shown: &Receipt| ClaimReceiptArg { context: context_id(1), receipt: shown.id };
    for (what, meanwhile, expected) in [
        (
            "removed",
            (|world: &mut World| drop(world.remove(account(1)))) as fn(&mut World),
            MembershipReason::NotAMember(account(1).principal()),
        ),
        (
            "the kind is gone",
            |world| drop(world.change(Change::RemoveClaimKind { name: kind().name })),
            MembershipReason::UnknownClaimKind(kind().name),
        ),
        (
            "the kind is another",
            |world| drop(world.change(Change::SetClaimKind { kind: kind() })),
            MembershipReason::ReceiptRefused("it was made for another version of the kind".to_owned()),
        ),
        (
            "the period is over",
            |world| pass(world, 2 * DAY),
            MembershipReason::ReceiptRefused("it was made for another period than this one and the next".to_owned()),
        ),
    ] {
        for is_after_consuming in [false, true] {
            let mut world = world();
            let shown = receipt(&world, 1, 1);
            world.env.call_as(account(1).principal());
            let begun = api::begin_claim(&world.env, &world.state, arg(&shown)).expect("begins");
            let api::BegunClaim::Claiming(claiming) = begun else { panic!("held already") };
            let second = api::begin_claim(&world.env, &world.state, arg(&shown)).map_err(reason);
            assert!(matches!(second, Err(MembershipReason::ClaimInProgress)), "two at once");
            if is_after_consuming {
                api::claim_request(&world.env, &mut world.state, &claiming, &shown).expect("asks to consume");
                meanwhile(&mut world);
                let before = world.fingerprint();
                let refusal = api::end_claim(&world.env, &mut world.state, &claiming, &shown).map_err(reason);
                assert_eq!(refusal, Err(expected.clone()), "{what}");
                assert!(world.fingerprint() == before, "{what} changed something");
            } else {
                meanwhile(&mut world);
                let refusal = api::claim_request(&world.env, &mut world.state, &claiming, &shown).map_err(reason);
                assert_eq!(refusal, Err(expected.clone()), "{what}");
            }
            drop(claiming);
            assert!(
                api::claims(&world.env, &world.state, &listing(1, None)).map_or(true, |page| page.claims.is_empty())
            );
        }
    }
}

#[test]
fn should_ask_to_consume_with_a_key_of_its_own_for_every_member_and_version() {
    let mut world = world();
    let key = |world: &mut World, who: u8| {
        let shown = Receipt { submitter: account(who).principal(), ..receipt(world, who, 1) };
        world.env.call_as(account(who).principal());
        let arg = ClaimReceiptArg { context: context_id(1), receipt: shown.id };
        let begun = api::begin_claim(&world.env, &world.state, arg).expect("begins");
        let api::BegunClaim::Claiming(claiming) = begun else { panic!("held already") };
        api::claim_request(&world.env, &mut world.state, &claiming, &shown).expect("asks").idempotency_key
    };
    let (first, again, other) = (key(&mut world, 1), key(&mut world, 1), key(&mut world, 2));
    assert_eq!(first, again, "a lost answer could not be asked for again");
    assert_ne!(first, other);
    world.change(Change::SetClaimKind { kind: kind() }).expect("sets");
    assert_ne!(key(&mut world, 1), first);
}

#[test]
fn should_not_take_the_answer_about_another_receipt() {
    let mut world = world();
    let shown = receipt(&world, 1, 1);
    world.env.call_as(account(1).principal());
    let arg = ClaimReceiptArg { context: context_id(1), receipt: ReceiptId([2; 32]) };
    let begun = api::begin_claim(&world.env, &world.state, arg).expect("begins");
    let api::BegunClaim::Claiming(claiming) = begun else { panic!("held already") };
    let refusal = api::end_claim(&world.env, &mut world.state, &claiming, &shown).map_err(reason);
    assert!(matches!(refusal, Err(MembershipReason::Internal(_))), "{refusal:?}");
}

#[test]
fn should_decide_nothing_by_a_bundle_whose_claims_are_not_those_certified() {
    let mut world = world();
    let shown = receipt(&world, 1, 1);
    claim(&mut world, 1, &shown).expect("claims");
    let good = bundle(&world, 1);
    assert!(verify(&world, &good, 1).expect("verifies").allowed);
    let none = bundle(&world, 2);
    assert!(!verify(&world, &none, 2).expect("verifies").allowed);
    let length = Encode!(&good).expect("encodes").len();
    assert!(length <= MAX_BUNDLE_BYTES, "{length} bytes");

    let is_wrong = |forged: DecisionBundle, who: u8, about: &str| {
        let refusal = verify(&world, &forged, who);
        assert!(
            matches!(refusal, Err(DecisionError::WrongFact(what) | DecisionError::NotTold(what)) if what == about),
            "{refusal:?}"
        );
    };
    let lent = good.claims.clone();
    is_wrong(DecisionBundle { claims: lent.clone(), ..none.clone() }, 2, "claims");
    is_wrong(DecisionBundle { claims: vec![], ..good.clone() }, 1, "claims");
    let mut longer = good.clone();
    longer.claims[0].until = Timestamp(u64::MAX);
    is_wrong(longer, 1, "claims");
    let mut of_other_version = good.clone();
    of_other_version.claim_kinds[0].version = Seq(1);
    is_wrong(of_other_version, 1, "kinds of claims");
    is_wrong(DecisionBundle { claim_kinds: vec![], ..good.clone() }, 1, "kinds of claims");
    // The witness of somebody else does not tell about this one's claims.
    let of_2 = bundle(&world, 2).witness;
    assert!(verify(&world, &DecisionBundle { witness: of_2, ..good.clone() }, 1).is_err());

    // A kind that was removed: the old bundle is not certified any more.
    world.change(Change::RemoveClaimKind { name: kind().name }).expect("removes");
    let now = bundle(&world, 1);
    assert!(now.claim_kinds.is_empty() && !now.claims.is_empty());
    assert!(!verify(&world, &now, 1).expect("verifies").allowed);
    let data = world.env.certified.borrow().expect("certified").to_vec();
    let certified = CertifiedData { data, at: world.env.now.get() };
    let replayed = decision_of_certified(&good, &question(1), &certified, world.env.now.get());
    assert!(matches!(replayed, Err(DecisionError::WrongRoot)));
}

#[test]
fn should_leave_claims_out_of_bundles_whose_policies_are_about_none() {
    let mut world = world();
    let shown = receipt(&world, 1, 1);
    claim(&mut world, 1, &shown).expect("claims");
    let about_claims = bundle(&world, 1);
    world.change(Change::SetPolicy { cedar: "permit (principal, action, resource);".to_owned() }).expect("sets");
    let bare = bundle(&world, 1);
    assert!(bare.claims.is_empty() && bare.claim_kinds.is_empty());
    assert!(verify(&world, &bare, 1).expect("verifies").allowed);
    let stuffed = DecisionBundle { claims: about_claims.claims, ..bare };
    assert!(matches!(verify(&world, &stuffed, 1), Err(DecisionError::WrongFact("claims"))));
}

#[test]
fn should_remove_a_kind_for_whoever_notices_that_its_circuit_is_revoked() {
    let mut world = world();
    let shown = receipt(&world, 1, 1);
    claim(&mut world, 1, &shown).expect("claims");
    let arg = ReviewClaimKindArg { context: context_id(1), name: kind().name };
    world.env.call_as(stranger());
    for status in [CircuitStatus::Active, CircuitStatus::Deprecated] {
        let review = api::begin_review(&world.env, &world.state, arg.clone()).expect("begins");
        let before = world.fingerprint();
        let refusal = api::end_review(&world.env, &mut world.state, &review, status).map_err(reason);
        assert_eq!(refusal, Err(MembershipReason::CircuitNotRevoked(CIRCUIT)));
        assert!(world.fingerprint() == before);
    }
    let review = api::begin_review(&world.env, &world.state, arg.clone()).expect("begins");
    let second = api::begin_review(&world.env, &world.state, arg.clone()).map_err(reason);
    assert!(matches!(second, Err(MembershipReason::ClaimInProgress)));
    api::end_review(&world.env, &mut world.state, &review, CircuitStatus::Revoked).expect("removes");
    drop(review);
    assert!(!may_read(&world, 1));
    assert_eq!(
        api::begin_review(&world.env, &world.state, arg.clone()).map(|_| ()).map_err(reason),
        Err(MembershipReason::UnknownClaimKind(kind().name))
    );
    // A kind that was replaced while the verifier was asked about the one before stays.
    world.change(Change::SetClaimKind { kind: kind() }).expect("sets");
    world.env.call_as(stranger());
    let review = api::begin_review(&world.env, &world.state, arg).expect("begins");
    let other = ClaimKind { circuit: CircuitId([0xc2; 32]), ..kind() };
    world.change(Change::SetClaimKind { kind: other }).expect("sets");
    api::end_review(&world.env, &mut world.state, &review, CircuitStatus::Revoked).expect("nothing to remove");
    assert_eq!(api::claim_kinds(&world.state, context_id(1)).expect("answers").len(), 1);
}

#[test]
fn should_limit_kinds_and_refuse_those_that_are_none() {
    let mut world = world();
    let named = |name: String| Change::SetClaimKind { kind: ClaimKind { name, ..kind() } };
    for number in 1..MAX_CLAIM_KINDS {
        world.change(named(format!("kind-{number}"))).expect("sets");
    }
    let limit = MAX_CLAIM_KINDS as u32;
    assert_eq!(world.change(named("one-more".to_owned())), Err(MembershipReason::TooManyClaimKinds { limit }));
    world.change(named(kind().name)).expect("one that there is can be set anew");
    for name in ["", "Age", "a/b", &"a".repeat(25)] {
        let refusal = world.change(named(name.to_owned()));
        assert!(matches!(refusal, Err(MembershipReason::InvalidName { .. })), "{name}: {refusal:?}");
    }
    let never = Change::SetClaimKind { kind: ClaimKind { period_seconds: 1, ..kind() } };
    assert!(matches!(world.change(never), Err(MembershipReason::InvalidClaimKind(_))));
    let unknown = Change::RemoveClaimKind { name: "height".to_owned() };
    assert_eq!(world.change(unknown), Err(MembershipReason::UnknownClaimKind("height".to_owned())));
}

fn listing(who: u8, after: Option<ReceiptId>) -> ClaimsArg {
    ClaimsArg { context: context_id(1), account: account(who), after, limit: Some(1) }
}

#[test]
fn should_page_through_the_claims_that_count_or_will() {
    let mut world = world();
    let now = world.env.now.get();
    let current = receipt(&world, 1, 4);
    let purpose = claim_purpose("age-over-18", version(&world), claim_period(now, DAY) + 1);
    let ahead = Receipt { purpose, ..receipt(&world, 1, 3) };
    claim(&mut world, 1, &current).expect("claims");
    claim(&mut world, 1, &ahead).expect("claims");
    let first = api::claims(&world.env, &world.state, &listing(1, None)).expect("answers");
    assert_eq!((first.claims[0].receipt, first.next), (ahead.id, Some(ahead.id)));
    let second = api::claims(&world.env, &world.state, &listing(1, first.next)).expect("answers");
    assert_eq!((second.claims[0].receipt, second.next), (current.id, None));
    pass(&world, DAY);
    let left = api::claims(&world.env, &world.state, &listing(1, None)).expect("answers");
    assert_eq!((left.claims.len(), left.claims[0].receipt), (1, ahead.id), "a claim that is over is shown");
    let unknown = api::claims(&world.env, &world.state, &listing(3, None)).map_err(reason);
    assert_eq!(unknown, Err(MembershipReason::UnknownMember(account(3))));
}

#[test]
fn should_foretell_whose_access_goes_when_a_kind_is_removed() {
    let mut world = world();
    let shown = receipt(&world, 1, 1);
    claim(&mut world, 1, &shown).expect("claims");
    let resource: NoteResource = note(5, stranger());
    let deed = Deed { action: Action::Read, note: Some(resource), purpose: None };
    for change in [Change::RemoveClaimKind { name: kind().name }, Change::SetClaimKind { kind: kind() }] {
        let arg = SimulateArg { context: context_id(1), change, samples: vec![deed.clone()], after: None, limit: None };
        let page = api::simulate(&world.env, &world.state, &arg).expect("simulates");
        let turns: Vec<(AccountId, bool)> = page.turns.iter().map(|turn| (turn.account, turn.allowed_now)).collect();
        assert_eq!(turns, [(account(1), true)]);
    }
}

#[test]
fn should_chain_what_happens_to_claims_so_that_a_verifier_elsewhere_gets_the_same_hashes() {
    let mut world = world();
    let roots = vec![ISSUER; 2];
    for (name, proves) in [
        ("set", Proves::OneOf { issuer_roots: roots.clone(), attribute: "country".to_owned(), set_root: ISSUER }),
        ("leaf", Proves::Leaf { roots: roots.clone() }),
        ("group", Proves::OneOfGroup { depth: 20, roots }),
    ] {
        world
            .change(Change::SetClaimKind { kind: ClaimKind { name: name.to_owned(), proves, ..kind() } })
            .expect("sets");
    }
    let shown = receipt_of(&world, kind().name);
    claim(&mut world, 1, &shown).expect("claims");
    world.change(Change::RemoveClaimKind { name: "leaf".to_owned() }).expect("removes");
    world.env.call_as(stranger());
    let arg = ReviewClaimKindArg { context: context_id(1), name: "set".to_owned() };
    let review = api::begin_review(&world.env, &world.state, arg).expect("begins");
    api::end_review(&world.env, &mut world.state, &review, CircuitStatus::Revoked).expect("removes");
    let entries = api::audit_log(&world.state, AuditArg { from: Seq(1), limit: None });
    assert!(entries.len() > 9);
    for entry in &entries {
        assert_eq!(calisec_sdk::verify::expected_hash(entry), entry.hash, "{entry:?}");
    }
}

/// The attack: somebody proposes a kind that looks like one of a Semaphore group, with a circuit whose key they made.
#[test]
fn should_count_a_signal_for_a_group_only_when_its_key_is_semaphores() {
    let mut world = world();
    let proves = Proves::OneOfGroup { depth: 20, roots: vec![ISSUER] };
    world.change(Change::SetClaimKind { kind: ClaimKind { proves, ..kind() } }).expect("sets");
    let good = receipt_of(&world, kind().name);
    let signal = |statement| Receipt { statement, public_inputs: vec![ISSUER; 4], ..good.clone() };
    let refused = MembershipReason::ReceiptRefused("it is of another circuit than the kind's".to_owned());
    for statement in [
        StatementKind::OwnKeySignal,
        StatementKind::AnonymousSignal { depth: 19 },
        // It has four inputs too.
        StatementKind::NoteCommitment,
    ] {
        // Of the very circuit that the kind names.
        assert_eq!(claim(&mut world, 1, &signal(statement)), Err(refused.clone()), "{statement:?}");
    }
    assert!(!may_read(&world, 1));
    let shown = signal(StatementKind::AnonymousSignal { depth: 20 });
    assert_eq!(claim(&mut world, 1, &shown).expect("claims").receipt, good.id);
    assert!(may_read(&world, 1));
}

fn receipt_of(world: &World, name: String) -> Receipt {
    let kinds = api::claim_kinds(&world.state, context_id(1)).expect("answers");
    let version = kinds.iter().find(|kind| kind.kind.name == name).expect("there").version;
    let period = claim_period(world.env.now.get(), DAY);
    Receipt { purpose: claim_purpose(&name, version, period), ..receipt(world, 1, 1) }
}

#[test]
fn should_say_that_nothing_can_be_proved_when_there_is_no_verifier() {
    let mut world = World::empty();
    let init = MembershipInit { governance: governance(), proof_verifier: None };
    world.memory = DefaultMemoryImpl::default();
    world.state = lifecycle::init(&world.env, world.memory.clone(), &init);
    world.register(&world.registration(1)).expect("registers");
    world.add(account(1), "reader").expect("adds");
    world.change(Change::SetClaimKind { kind: kind() }).expect("sets");
    let shown = receipt(&world, 1, 1);
    assert_eq!(claim(&mut world, 1, &shown), Err(MembershipReason::NoProofVerifier));
    let arg = ReviewClaimKindArg { context: context_id(1), name: kind().name };
    let refusal = api::begin_review(&world.env, &world.state, arg).map(|_| ()).map_err(reason);
    assert_eq!(refusal, Err(MembershipReason::NoProofVerifier));
}

#[test]
fn should_name_the_verifier_when_an_upgrade_says_it_and_never_another_one() {
    let mut world = World::empty();
    world.memory = DefaultMemoryImpl::default();
    let init = MembershipInit { governance: governance(), proof_verifier: None };
    world.state = lifecycle::init(&world.env, world.memory.clone(), &init);
    let upgrade = |world: &mut World, verifier| {
        let settings = [MembershipSetting::ProofVerifier(verifier)];
        world.state = lifecycle::post_upgrade(&world.env, world.memory.clone(), &settings);
    };
    for nobody in [Principal::anonymous(), Principal::management_canister()] {
        catch_unwind(AssertUnwindSafe(|| upgrade(&mut world, nobody))).expect_err("it can be no verifier");
    }
    world.upgrade();
    assert_eq!(world.state.proof_verifier(), None);
    upgrade(&mut world, verifier());
    world.upgrade();
    assert_eq!((world.state.proof_verifier(), world.state.governance()), (Some(verifier()), governance()));
    upgrade(&mut world, verifier());
    let before = world.fingerprint();
    catch_unwind(AssertUnwindSafe(|| upgrade(&mut world, registry()))).expect_err("claims rest on the first one");
    assert_eq!(world.fingerprint(), before);
    assert_eq!(world.state.proof_verifier(), Some(verifier()));
}

/// A receipt is consumed once: who may not write today keeps it for tomorrow.
#[test]
fn should_leave_the_receipt_unconsumed_when_the_members_writes_are_spent() {
    let mut world = world();
    let shown = receipt(&world, 1, 1);
    let (group, now) = (context_id(1).own_group(), world.env.now.get());
    let purse = (Writer::Member, Some(account(1)));
    world.state.write_credit.spend(group, purse, FREE_WRITES_PER_ACCOUNT_AND_DAY, now);
    world.env.call_as(account(1).principal());
    let arg = ClaimReceiptArg { context: context_id(1), receipt: shown.id };
    let api::BegunClaim::Claiming(claiming) = api::begin_claim(&world.env, &world.state, arg).expect("begins") else {
        panic!("nothing is claimed yet");
    };
    let before = world.fingerprint();
    let refused = api::claim_request(&world.env, &mut world.state, &claiming, &shown).map_err(reason);
    assert!(matches!(refused, Err(MembershipReason::WritesSpent { .. })), "asks to consume: {refused:?}");
    assert!(world.fingerprint() == before);
    drop(claiming);
    let of_another = receipt(&world, 2, 2);
    claim(&mut world, 2, &of_another).expect("another member's own");
    // Once it was asked to consume, nothing that others write keeps the claim from being made.
    world.env.cycles.set(WRITE_CYCLES);
    claim(&mut world, 1, &shown).expect("paid");
    assert_eq!(world.env.cycles.get(), 0);
}
