//! A proof of age, from the proof to what it opens: the real modules on the embedded engine, with real proofs.

use calisec_policy::template;
use calisec_sdk::identity::Identity;
use calisec_sdk::zk::statement::credential::Range;
use calisec_testkit::Setup;
use calisec_testkit::backend::{Backend, LocalBackend};
use calisec_testkit::modules;
use calisec_testkit::scene::answered;
use calisec_tests::by::By;
use calisec_tests::proof_of_age::{DAY, KIND, ProofOfAge, reason};
use calisec_types::ids::ReceiptId;
use calisec_types::membership::{
    ClaimReceiptArg, ClaimsArg, MembershipArg, MembershipReason, MembershipSetting, ProofClaim, RemoveMemberArg,
    Request,
};
use calisec_types::note_registry::NoteReason;
use calisec_types::proof_verifier::ProofReason;
use candid::{decode_one, encode_args, encode_one};
use pollster::block_on;
use std::time::Duration;

fn claim<B: Backend>(
    world: &ProofOfAge<'_, B>,
    who: &Identity,
    receipt: ReceiptId,
) -> Result<ProofClaim, MembershipReason> {
    world.claim(By::Call, who, receipt).expect("answers").map_err(reason)
}

#[test]
fn should_open_what_a_proof_of_age_opens_to_who_proved_it_and_only_while_it_counts() {
    let deployment = Setup::default().on(LocalBackend::new(7)).expect("the four canisters install");
    let world = ProofOfAge::new(&deployment);
    let cast = &world.scene.cast;
    let (bob, carol) = (&cast.bob, &cast.carol);
    assert!(!world.may_read(bob) && !world.may_read(carol));

    // Proof, receipt, claim, decision.
    let receipt = world.prove(bob, 0, Range::at_least(18)).expect("a receipt");
    assert!(!world.may_read(bob), "a receipt is no claim yet");
    assert_eq!(claim(&world, carol, receipt.id), Err(MembershipReason::NotSubmitter(bob.principal())));
    assert_eq!(claim(&world, &cast.mallory, receipt.id), Err(MembershipReason::NotAMember(cast.mallory.principal())));
    let claimed = claim(&world, bob, receipt.id).expect("claims");
    assert!(world.may_read(bob) && !world.may_read(carol));
    assert_eq!(claim(&world, bob, receipt.id), Ok(claimed.clone()), "the same again");
    let consumed = answered(block_on(world.scene.anyone().proof_verifier().receipt(receipt.id))).expect("there");
    assert!(consumed.consumed_at.is_some());
    let page = ClaimsArg { context: world.scene.context(), account: bob.account(), after: None, limit: None };
    let page = answered(block_on(world.scene.anyone().membership().claims(&page))).expect("answers");
    assert_eq!(page.claims, std::slice::from_ref(&claimed));

    // Bob's credential counts for one account in a period; Carol's says that she is no adult.
    let lent = world.prove(carol, 0, Range::at_least(18)).map(|_| ()).map_err(|error| error.reason);
    assert_eq!(lent, Err(Some(ProofReason::NullifierUsed(receipt.id))));
    let minor = world.prove(carol, 1, Range::at_least(16)).expect("a receipt");
    let refusal = claim(&world, carol, minor.id);
    assert!(matches!(&refusal, Err(MembershipReason::ReceiptRefused(why)) if why.contains("range")), "{refusal:?}");
    let kept = answered(block_on(world.scene.anyone().proof_verifier().receipt(minor.id))).expect("there");
    assert_eq!(kept.consumed_at, None, "a receipt that is no claim was consumed");
    assert!(!world.may_read(carol));
    let unknown = claim(&world, carol, ReceiptId([9; 32]));
    assert!(matches!(unknown, Err(MembershipReason::ReceiptRefused(_))), "{unknown:?}");

    // Its period is over; an upgrade in between changes nothing.
    deployment.upgrade_all().expect("upgrades");
    assert!(world.may_read(bob));
    let left = Duration::from_nanos(claimed.until.0 - world.backend().now().0);
    world.backend().advance(left + Duration::from_secs(1));
    assert!(!world.may_read(bob), "an expired claim counts");
    let again = world.prove(bob, 0, Range::between(18, 99).expect("a range")).expect("a receipt of the new period");
    claim(&world, bob, again.id).expect("claims");
    assert!(world.may_read(bob));

    // Removed, in the very next message; and nothing comes back with the member.
    let remove = RemoveMemberArg { context: world.scene.context(), account: bob.account() };
    answered(block_on(world.scene.as_(&cast.dana).membership().remove_member(&remove))).expect("removes");
    assert!(!world.may_read(bob));
    answered(world.scene.add_member(bob, "reader")).expect("adds");
    assert!(!world.may_read(bob));
    assert_eq!(claim(&world, bob, again.id), Err(MembershipReason::ReceiptUsed));
}

/// The template names a kind, the minter says it, the registry puts it to the policies: whoever proved its age gets the key
/// of such a note and of no other.
#[test]
fn should_release_the_keys_of_a_kind_of_notes_to_who_proved_its_age() {
    let deployment = Setup::default().on(LocalBackend::new(7)).expect("the four canisters install");
    let mut world = ProofOfAge::new(&deployment);
    let mints = template("role-mints", &[("id", "contributors-mint"), ("role", "contributor")]).expect("a policy");
    let adults_read = [("id", "adults-read"), ("claim", KIND), ("kind", "for-adults")];
    world.adopt(&(mints + &template("claim-reads", &adults_read).expect("a policy")));
    let film = world.sealed_note(Some("for-adults"), b"a film");
    let other = world.sealed_note(Some("letter"), b"a letter");
    let plain = world.sealed_note(None, b"a note");
    let (bob, carol) = (&world.scene.cast.bob, &world.scene.cast.carol);
    assert_eq!(film.note.metadata.kind.as_deref(), Some("for-adults"));
    let kept = answered(block_on(world.scene.anyone().note_registry().note(film.note.id))).expect("there");
    assert_eq!(kept, film.note);

    let is_denied = |note, who| matches!(world.read(note, who), Err(NoteReason::AccessDenied { .. }));
    assert!(is_denied(&film, bob), "nothing is proved yet");
    let receipt = world.prove(bob, 0, Range::at_least(18)).expect("a receipt");
    claim(&world, bob, receipt.id).expect("claims");
    assert_eq!(world.read(&film, bob), Ok(b"a film".to_vec()));
    assert!(is_denied(&film, carol), "a member without the claim");
    assert!(is_denied(&other, bob) && is_denied(&plain, bob), "notes of another kind and of none");
    deployment.upgrade_all().expect("upgrades");
    assert_eq!(world.read(&film, bob), Ok(b"a film".to_vec()));
}

/// What a policy forbids by kind is denied on the way that keys are released, not only when somebody asks `decide`.
#[test]
fn should_not_release_the_key_when_a_policy_forbids_the_kind_of_the_note() {
    let deployment = Setup::default().on(LocalBackend::new(7)).expect("the four canisters install");
    let mut world = ProofOfAge::new(&deployment);
    world.adopt("permit (principal, action, resource);");
    let secret = world.sealed_note(Some("secret"), b"a secret");
    let letter = world.sealed_note(Some("letter"), b"a letter");
    let plain = world.sealed_note(None, b"a note");
    let bob = &world.scene.cast.bob;
    assert_eq!(world.read(&secret, bob), Ok(b"a secret".to_vec()));
    world.adopt(
        r#"permit (principal, action, resource);
        @id("no-secrets") forbid (principal, action == Action::"read", resource)
        when { resource has kind && resource.kind == "secret" };"#,
    );
    assert!(matches!(world.read(&secret, bob), Err(NoteReason::AccessDenied { .. })));
    assert_eq!(world.read(&letter, bob), Ok(b"a letter".to_vec()));
    assert_eq!(world.read(&plain, bob), Ok(b"a note".to_vec()));
}

#[test]
fn should_void_all_claims_of_a_circuit_when_anybody_shows_that_it_is_revoked() {
    let deployment = Setup::default().on(LocalBackend::new(7)).expect("the four canisters install");
    let world = ProofOfAge::new(&deployment);
    let cast = &world.scene.cast;
    let receipt = world.prove(&cast.bob, 0, Range::at_least(18)).expect("a receipt");
    claim(&world, &cast.bob, receipt.id).expect("claims");
    let review = || world.review(By::Call).expect("answers").map_err(reason);
    assert_eq!(review(), Err(MembershipReason::CircuitNotRevoked(world.key.circuit_id())));
    assert!(world.may_read(&cast.bob));

    world.revoke_circuit();
    assert_eq!(review(), Ok(()));
    assert!(!world.may_read(&cast.bob), "a claim of a revoked circuit counts");
    assert_eq!(review(), Err(MembershipReason::UnknownClaimKind(KIND.to_owned())));
}

/// A key that has no way to call has what it proved counted; whoever relays its signatures can do nothing else with them.
#[test]
fn should_count_and_void_claims_when_keys_sign_for_it_and_strangers_relay() {
    let deployment = Setup::default().on(LocalBackend::new(7)).expect("the four canisters install");
    let world = ProofOfAge::new(&deployment);
    let (scene, bob, mallory) = (&world.scene, &world.scene.cast.bob, &world.scene.cast.mallory);
    let receipt = world.prove(bob, 0, Range::at_least(18)).expect("a receipt").id;
    let claim_of = |who| world.claim(By::Signature, who, receipt).expect("answers").map_err(reason);
    assert_eq!(claim_of(mallory), Err(MembershipReason::NotAMember(mallory.principal())));
    assert_eq!(claim_of(&scene.cast.carol), Err(MembershipReason::NotSubmitter(bob.principal())));
    assert!(!world.may_read(bob));

    let anyone = scene.anyone().membership();
    let request = Request::ClaimReceipt(ClaimReceiptArg { context: scene.context(), receipt });
    let signed = scene.sign_requests(bob, 0).sign(request, scene.soon());
    let relayed = || block_on(anyone.submit_request(&signed)).expect("answers").map_err(reason);
    let reply = relayed().expect("claims");
    let claimed: ProofClaim = decode_one(&reply).expect("what claim_receipt answers");
    assert_eq!((claimed.receipt, world.may_read(bob)), (receipt, true));
    assert_eq!(claim_of(bob), Ok(claimed), "the same again, under another nonce");
    assert_eq!(relayed(), Err(MembershipReason::NonceTooLow { last: 2 }), "a nonce counts once");

    let review = || world.review(By::Signature).expect("answers").map_err(reason);
    assert_eq!(review(), Err(MembershipReason::CircuitNotRevoked(world.key.circuit_id())));
    world.revoke_circuit();
    assert_eq!(review(), Ok(()));
    assert!(!world.may_read(bob), "a claim of a revoked circuit counts");
    world.backend().advance(DAY);
    assert_eq!(review(), Err(MembershipReason::UnknownClaimKind(KIND.to_owned())));
}

/// Who runs a deployment that knew no verifier adds it by an upgrade, and nobody takes it away by another.
#[test]
fn should_make_claims_when_an_upgrade_named_the_verifier_that_the_installation_did_not() {
    let deployment = Setup::default().without_claims().on(LocalBackend::new(7)).expect("the four canisters install");
    let world = ProofOfAge::new(&deployment);
    let bob = &world.scene.cast.bob;
    let ids = deployment.ids;
    let named = || block_on(world.scene.anyone().membership().proof_verifier()).expect("answers");
    let upgrade = |argument: &[u8]| {
        let module = modules::load("membership").expect("built");
        world.backend().upgrade(ids.membership, &module, argument)
    };
    let naming = |verifier| {
        let settings = vec![MembershipSetting::ProofVerifier(verifier)];
        encode_one(MembershipArg::Upgrade(settings)).expect("encodes")
    };
    let receipt = world.prove(bob, 0, Range::at_least(18)).expect("a receipt");
    let review = || world.review(By::Call).expect("answers").map_err(reason);
    let unknown = |upgraded: &str| {
        assert_eq!(named(), None, "{upgraded}");
        assert_eq!(claim(&world, bob, receipt.id), Err(MembershipReason::NoProofVerifier), "{upgraded}");
        assert_eq!(review(), Err(MembershipReason::NoProofVerifier), "{upgraded}");
        assert!(!world.may_read(bob), "{upgraded}");
    };
    unknown("not upgraded");
    upgrade(&encode_args(()).expect("encodes")).expect("upgrades");
    unknown("without an argument");
    let before = world.backend().stable_image(ids.membership);
    upgrade(&encode_one(ids.proof_verifier).expect("encodes")).expect_err("upgraded with a principal alone");
    assert!(world.backend().stable_image(ids.membership) == before, "a refused upgrade changed something");
    unknown("with nonsense");

    upgrade(&naming(ids.proof_verifier)).expect("upgrades");
    assert_eq!(named(), Some(ids.proof_verifier));
    claim(&world, bob, receipt.id).expect("claims");
    assert!(world.may_read(bob));
    assert_eq!(review(), Err(MembershipReason::CircuitNotRevoked(world.key.circuit_id())));

    upgrade(&naming(ids.governance)).expect_err("claims rest on the one that is named");
    upgrade(&naming(ids.proof_verifier)).expect("says what is so already");
    upgrade(&encode_args(()).expect("encodes")).expect("upgrades");
    assert_eq!(named(), Some(ids.proof_verifier));
    assert!(world.may_read(bob));
}
