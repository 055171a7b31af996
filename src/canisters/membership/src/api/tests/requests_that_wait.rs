//! Signed requests whose methods wait for others' answers: a relay must not have them begun twice, and who is refused keeps its
//! nonce.

use super::proof_claims::{may_read, receipt, world as world_of_claims};
use crate::api::{self, BegunRequest, Claiming};
use crate::test_fixtures::{World, account, account_key, administrator, context_id, reason, sign_request};
use calisec_runtime::HttpAnswer;
use calisec_types::ids::{ContextId, Digest32};
use calisec_types::membership::{
    AuditMode, Capability, ClaimReceiptArg, FETCH_INTERVAL_SECONDS, FetchFailure, FetchOutcome, FetchStateArg,
    MembershipReason, ProofClaim, Request, ReviewClaimKindArg, SetAuditModeArg, SetNodeArg, SignedRequest,
};
use calisec_types::proof_verifier::{CircuitStatus, Receipt};
use candid::{Principal, decode_one};

/// What the key of an account signs; nobody in particular relays it.
fn signed(world: &World, who: u8, nonce: u64, request: Request) -> SignedRequest {
    world.env.call_as(Principal::anonymous());
    sign_request(&account_key(who), &world.request(&account_key(who), nonce, request).to_signed_bytes())
}

fn to_claim(shown: &Receipt) -> Request {
    Request::ClaimReceipt(ClaimReceiptArg { context: context_id(1), receipt: shown.id })
}

fn to_review() -> Request {
    Request::ReviewClaimKind(ReviewClaimKindArg { context: context_id(1), name: "age-over-18".to_owned() })
}

fn to_fetch() -> Request {
    Request::FetchState(FetchStateArg { context: context_id(1) })
}

fn nonce_of(world: &World, who: u8) -> u64 {
    api::request_nonce(&world.state, account(who))
}

fn begin_claim(world: &mut World, request: &SignedRequest) -> Claiming {
    match world.relay(request).expect("begins") {
        BegunRequest::Claiming(claiming) => claiming,
        other => panic!("{other:?}"),
    }
}

fn end_claim(world: &mut World, claiming: &Claiming, shown: &Receipt) -> Result<ProofClaim, MembershipReason> {
    let asked = api::claim_request(&world.env, &mut world.state, claiming, shown).map_err(reason)?;
    assert_eq!(asked.expected.submitter, shown.submitter);
    let consumed = Receipt { consumed_at: Some(world.env.now.get()), ..shown.clone() };
    api::end_claim(&world.env, &mut world.state, claiming, &consumed).map_err(reason)
}

fn last_caller(world: &World) -> Principal {
    world.state.audit_entries(world.state.seq(), 1).remove(0).caller
}

#[test]
fn should_claim_once_when_a_signature_asks_for_it_and_relays_repeat_it() {
    let mut world = world_of_claims();
    let shown = receipt(&world, 1, 1);
    let first = signed(&world, 1, 5, to_claim(&shown));
    let claiming = begin_claim(&mut world, &first);
    let before = world.fingerprint();
    assert_eq!(
        world.submit(&first),
        Err(MembershipReason::NonceTooLow { last: 5 }),
        "used before the verifier is asked"
    );
    let next = signed(&world, 1, 6, to_claim(&shown));
    assert_eq!(world.submit(&next), Err(MembershipReason::ClaimInProgress));
    assert!(world.fingerprint() == before, "a refused request changed something");
    let claim = end_claim(&mut world, &claiming, &shown).expect("claims");
    assert_eq!(last_caller(&world), account(1).principal(), "the log names who signed, not who relayed");
    assert!(may_read(&world, 1));
    drop(claiming);
    world.env.call_as(Principal::anonymous());
    assert_eq!(world.submit(&first), Err(MembershipReason::NonceTooLow { last: 5 }));
    let held = world.submit(&next).expect("is a claim already");
    assert_eq!((decode_one::<ProofClaim>(&held).expect("a claim"), nonce_of(&world, 1)), (claim, 6));
}

/// Between the messages the member is removed, and so is everything that its key may.
#[test]
fn should_claim_nothing_when_the_signer_is_removed_while_the_verifier_is_asked() {
    let mut world = world_of_claims();
    let shown = receipt(&world, 1, 1);
    let request = signed(&world, 1, 1, to_claim(&shown));
    let claiming = begin_claim(&mut world, &request);
    world.remove(account(1)).expect("removes");
    world.env.call_as(Principal::anonymous());
    let refusal = end_claim(&mut world, &claiming, &shown);
    assert_eq!(refusal, Err(MembershipReason::NotAMember(account(1).principal())));
    drop(claiming);
    world.add(account(1), "reader").expect("adds");
    let again = world.submit(&request);
    assert_eq!(again, Err(MembershipReason::NonceTooLow { last: 1 }), "the nonce survives, used");
    assert!(!may_read(&world, 1));
}

#[test]
fn should_not_claim_what_another_key_proved_when_the_signature_is_ones_own() {
    let mut world = world_of_claims();
    let shown = receipt(&world, 1, 1);
    let request = signed(&world, 2, 1, to_claim(&shown));
    let claiming = begin_claim(&mut world, &request);
    let refusal = end_claim(&mut world, &claiming, &shown);
    assert_eq!(refusal, Err(MembershipReason::NotSubmitter(account(1).principal())));
    assert!(!may_read(&world, 1) && !may_read(&world, 2));
}

#[test]
fn should_ask_the_node_once_and_pay_once_when_a_signature_asks_for_it() {
    let mut world = World::with_context();
    world.add(account(1), "contributor").expect("adds");
    let arg = SetNodeArg { context: context_id(1), url: Some("https://node.example.org".to_owned()) };
    world.env.call_as(administrator());
    api::set_node(&world.env, &mut world.state, &arg).expect("sets");
    let request = signed(&world, 1, 1, to_fetch());
    let BegunRequest::Fetching(asking) = world.relay(&request).expect("begins") else { panic!("a question") };
    let before = world.fingerprint();
    assert_eq!(world.submit(&request), Err(MembershipReason::NonceTooLow { last: 1 }));
    let next = signed(&world, 1, 2, to_fetch());
    assert_eq!(world.submit(&next), Err(MembershipReason::FetchInProgress));
    assert!(world.fingerprint() == before, "a relay made the canister pay again");
    let answer = Ok(HttpAnswer { status: 404, body: Vec::new() });
    let heard = api::end_fetch(&world.env, &mut world.state, asking, answer);
    assert_eq!(heard.outcome, FetchOutcome::Failed(FetchFailure::Status(404)));
    assert_eq!((last_caller(&world), nonce_of(&world, 1)), (account(1).principal(), 1));
    assert!(matches!(world.submit(&next), Err(MembershipReason::FetchTooSoon { .. })));
    world.env.advance_seconds(FETCH_INTERVAL_SECONDS);
    let later = signed(&world, 1, 2, to_fetch());
    assert!(matches!(world.relay(&later), Ok(BegunRequest::Fetching(_))), "a refused one left its nonce");
}

#[test]
fn should_remove_a_kind_when_any_key_signs_that_its_circuit_is_revoked() {
    let mut world = world_of_claims();
    let shown = receipt(&world, 1, 1);
    let request = signed(&world, 1, 1, to_claim(&shown));
    let claiming = begin_claim(&mut world, &request);
    end_claim(&mut world, &claiming, &shown).expect("claims");
    // Account 9 is no member: whoever notices may say so.
    for (nonce, status, removes) in [(1, CircuitStatus::Active, false), (2, CircuitStatus::Revoked, true)] {
        let request = signed(&world, 9, nonce, to_review());
        let BegunRequest::Reviewing(review) = world.relay(&request).expect("begins") else { panic!("a review") };
        assert_eq!(world.submit(&request), Err(MembershipReason::ClaimInProgress));
        assert_eq!(nonce_of(&world, 9), 0, "strangers' keys fill nothing");
        let done = api::end_review(&world.env, &mut world.state, &review, status);
        assert_eq!((done.is_ok(), may_read(&world, 1)), (removes, !removes));
    }
    assert_eq!(last_caller(&world), account(9).principal());
}

/// Weakness 6, where others are asked: what is refused before that leaves no trace.
#[test]
fn should_leave_the_nonce_unused_when_nobody_has_to_be_asked() {
    let mut world = world_of_claims();
    let shown = receipt(&world, 1, 1);
    let before = world.fingerprint();
    let unknown = ContextId([3; 32]);
    let nowhere = Request::ClaimReceipt(ClaimReceiptArg { context: unknown, receipt: shown.id });
    let no_kind = Request::ReviewClaimKind(ReviewClaimKindArg { context: context_id(1), name: "height".to_owned() });
    let rows: [(u8, Request, MembershipReason); 5] = [
        (9, to_claim(&shown), MembershipReason::NotAMember(account(9).principal())),
        (1, nowhere, MembershipReason::UnknownContext(unknown)),
        (1, no_kind, MembershipReason::UnknownClaimKind("height".to_owned())),
        (1, to_fetch(), MembershipReason::MissingCapability(Capability::Checkpoint)),
        (1, to_mode(AuditMode::Full), MembershipReason::NotAdministrator),
    ];
    for (who, request, expected) in rows {
        let method = request.method();
        let request = signed(&world, who, 7, request);
        assert_eq!(world.submit(&request), Err(expected), "{method}");
        assert_eq!(nonce_of(&world, who), 0, "{method}");
    }
    assert!(world.fingerprint() == before, "a refused request changed something");
}

fn to_mode(mode: AuditMode) -> Request {
    let seed = (mode != AuditMode::Full).then(|| Digest32(std::array::from_fn(|index| index as u8)));
    Request::SetAuditMode(SetAuditModeArg { context: context_id(1), mode, seed })
}

/// An administrator whose key is kept offline hides entries like one who calls.
#[test]
fn should_hide_entries_when_the_administrators_key_signs_for_it() {
    let mut world = World::empty();
    let administrator = account(50).principal();
    let mut arg = world.sign(1, |payload| payload.administrator = administrator);
    arg.administrator = administrator;
    world.register(&arg).expect("registers");
    let forged = signed(&world, 51, 1, to_mode(AuditMode::Redacted));
    assert!(world.submit(&forged).is_err());
    let request = signed(&world, 50, 1, to_mode(AuditMode::Redacted));
    world.submit(&request).expect("hides");
    assert_eq!(api::audit_rules(&world.state, context_id(1)).expect("answers").mode, AuditMode::Redacted);
    let replayed = world.submit(&request);
    assert_eq!(replayed, Err(MembershipReason::NonceTooLow { last: 1 }), "a relay does not seed it anew");
}
