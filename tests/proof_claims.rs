//! A proof of age, from the proof to what it opens: the real modules on the embedded engine, with real proofs.

use calisec_sdk::Random;
use calisec_sdk::circuit::Depth;
use calisec_sdk::identity::Identity;
use calisec_sdk::prover::CredentialRangeKey;
use calisec_sdk::verify::{Trust, VerifiedDecision, decision};
use calisec_sdk::zk::field::{Fr, to_be32};
use calisec_sdk::zk::merkle::{Head, Path};
use calisec_sdk::zk::statement::credential::{Credential, Range, attribute_tag, number};
use calisec_sdk::zk::statement::{Domain, Purpose};
use calisec_testkit::backend::{Backend, LocalBackend};
use calisec_testkit::scene::{Minted, answered};
use calisec_testkit::{Deployment, Scene, Setup};
use calisec_types::ids::{FieldElement, ReceiptId};
use calisec_types::membership::{
    Change, ClaimKind, ClaimReceiptArg, ClaimsArg, MembershipError, MembershipReason, ProofClaim, Proves,
    RemoveMemberArg, ReviewClaimKindArg, claim_period, claim_purpose,
};
use calisec_types::proof_verifier::{CircuitStatus, ProofError, ProofReason, Receipt, SetCircuitStatusArg};
use pollster::block_on;
use std::collections::BTreeMap;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const KIND: &str = "age-over-18";
const ADULTS_READ: &str = r#"@id("adults-read")
permit (principal, action == Action::"read", resource) when { principal.claims.contains("age-over-18") };"#;

/// A network where a note may be read by members who proved their age, to one issuer, by one circuit.
struct World<'a> {
    scene: Scene<'a, LocalBackend>,
    note: Minted,
    key: CredentialRangeKey,
    /// Bob's and Carol's, who are 41 and 17.
    credentials: [(Credential, Path); 2],
}

fn reason(error: MembershipError) -> MembershipReason {
    error.reason.expect("an error has a reason")
}

impl<'a> World<'a> {
    fn new(deployment: &'a Deployment<LocalBackend>) -> Self {
        let mut random = Random::from_seed([11; 32]);
        let mut scene = Scene::new(deployment, Random::from_seed([12; 32]));
        let note = scene.until_note(b"for adults").expect("a note");
        let depth = Depth::new(2).expect("a depth");
        let key = CredentialRangeKey::setup(depth, &mut random).expect("a key");
        let register = key.to_register_arg("age", None);
        let alice = scene.as_(&scene.cast.alice).proof_verifier();
        answered(block_on(alice.register_circuit(&register))).expect("registers");

        let secret = |seed: u64, age| Credential {
            holder_secret: Fr::from(seed),
            attribute_tag: attribute_tag("age"),
            value: number(age),
            salt: Fr::from(seed + 1),
        };
        let credentials = [secret(1_000, 41), secret(2_000, 17)];
        let (mut nodes, mut tree) = (BTreeMap::new(), Head::EMPTY);
        tree.append_all(&mut nodes, &credentials.map(|credential| credential.leaf())).expect("appends");
        let root = FieldElement(to_be32(&tree.root()));
        let path = |at: u64| tree.path(&nodes, at).expect("a path");
        let credentials = [(credentials[0], path(0)), (credentials[1], path(1))];

        let proves = Proves::Range { issuer_roots: vec![root], attribute: "age".to_owned(), low: 18, high: u64::MAX };
        let circuit = key.circuit_id();
        let kind = ClaimKind { name: KIND.to_owned(), circuit, proves, period_seconds: DAY.as_secs() };
        let world = Self { scene, note, key, credentials };
        world.decree("Let members prove their age", Change::SetClaimKind { kind });
        world.decree("Let adults read", Change::SetPolicy { cedar: ADULTS_READ.to_owned() });
        world
    }

    fn backend(&self) -> &LocalBackend {
        &self.scene.deployment.backend
    }

    /// By a vote.
    fn decree(&self, title: &str, change: Change) {
        let proposal = self.scene.adopt(title, change).expect("adopted");
        self.scene.execute_after_timelock(&self.scene.cast.carol, proposal).expect("executed");
    }

    /// Proves with somebody's credential that its age lies in a range, and submits that as `who`.
    fn prove(&self, who: &Identity, credential: usize, range: Range) -> Result<Receipt, ProofError> {
        let ids = self.scene.deployment.ids;
        let membership = self.scene.anyone().membership();
        let kinds = answered(block_on(membership.claim_kinds(self.scene.context()))).expect("kinds");
        let version = kinds[0].version;
        let purpose = claim_purpose(KIND, version, claim_period(self.backend().now(), DAY.as_secs()));
        let domain = Domain {
            network_root_key_hash: self.scene.deployment.network(),
            proof_verifier: ids.proof_verifier,
            context_id: self.scene.context(),
            consumer: ids.membership,
            submitter: who.principal(),
            purpose: Purpose::new(&purpose).expect("a purpose"),
        };
        let (credential, path) = &self.credentials[credential];
        let mut random = Random::from_seed([13; 32]);
        let proof = self.key.prove(credential, path, range, &domain, &mut random).expect("proves");
        block_on(self.scene.as_(who).proof_verifier().submit(&proof.to_submit_arg())).expect("answers")
    }

    fn claim(&self, who: &Identity, receipt: ReceiptId) -> Result<ProofClaim, MembershipReason> {
        let arg = ClaimReceiptArg { context: self.scene.context(), receipt };
        block_on(self.scene.as_(who).membership().claim_receipt(&arg)).expect("answers").map_err(reason)
    }

    /// What the canister says, and what follows from a bundle, offline; they must agree.
    fn may_read(&self, who: &Identity) -> bool {
        let (question, ids) = (self.scene.may_read(&self.note, who), self.scene.deployment.ids);
        let anyone = self.scene.anyone().membership();
        let decided = answered(block_on(anyone.decide(&question))).expect("decides");
        let bundle = answered(block_on(anyone.decision_bundle(&question))).expect("a bundle");
        let trust = Trust { root_key: &self.backend().root_key(), now: self.backend().now() };
        let verified: VerifiedDecision =
            decision(&bundle, &question, ids.membership, &trust, Duration::from_secs(300)).expect("verifies");
        assert_eq!((verified.allowed, &verified.missing), (decided.allowed, &decided.missing));
        decided.allowed
    }
}

#[test]
fn should_open_what_a_proof_of_age_opens_to_who_proved_it_and_only_while_it_counts() {
    let deployment = Setup::default().on(LocalBackend::new(7)).expect("the four canisters install");
    let world = World::new(&deployment);
    let cast = &world.scene.cast;
    let (bob, carol) = (&cast.bob, &cast.carol);
    assert!(!world.may_read(bob) && !world.may_read(carol));

    // Proof, receipt, claim, decision.
    let receipt = world.prove(bob, 0, Range::at_least(18)).expect("a receipt");
    assert!(!world.may_read(bob), "a receipt is no claim yet");
    assert_eq!(world.claim(carol, receipt.id), Err(MembershipReason::NotSubmitter(bob.principal())));
    assert_eq!(world.claim(&cast.mallory, receipt.id), Err(MembershipReason::NotAMember(cast.mallory.principal())));
    let claimed = world.claim(bob, receipt.id).expect("claims");
    assert!(world.may_read(bob) && !world.may_read(carol));
    assert_eq!(world.claim(bob, receipt.id), Ok(claimed.clone()), "the same again");
    let consumed = answered(block_on(world.scene.anyone().proof_verifier().receipt(receipt.id))).expect("there");
    assert!(consumed.consumed_at.is_some());
    let page = ClaimsArg { context: world.scene.context(), account: bob.account(), after: None, limit: None };
    let page = answered(block_on(world.scene.anyone().membership().claims(&page))).expect("answers");
    assert_eq!(page.claims, std::slice::from_ref(&claimed));

    // Bob's credential counts for one account in a period; Carol's says that she is no adult.
    let lent = world.prove(carol, 0, Range::at_least(18)).map(|_| ()).map_err(|error| error.reason);
    assert_eq!(lent, Err(Some(ProofReason::NullifierUsed(receipt.id))));
    let minor = world.prove(carol, 1, Range::at_least(16)).expect("a receipt");
    let refusal = world.claim(carol, minor.id);
    assert!(matches!(&refusal, Err(MembershipReason::ReceiptRefused(why)) if why.contains("range")), "{refusal:?}");
    let kept = answered(block_on(world.scene.anyone().proof_verifier().receipt(minor.id))).expect("there");
    assert_eq!(kept.consumed_at, None, "a receipt that is no claim was consumed");
    assert!(!world.may_read(carol));
    let unknown = world.claim(carol, ReceiptId([9; 32]));
    assert!(matches!(unknown, Err(MembershipReason::ReceiptRefused(_))), "{unknown:?}");

    // Its period is over; an upgrade in between changes nothing.
    deployment.upgrade_all().expect("upgrades");
    assert!(world.may_read(bob));
    let left = Duration::from_nanos(claimed.until.0 - world.backend().now().0);
    world.backend().advance(left + Duration::from_secs(1));
    assert!(!world.may_read(bob), "an expired claim counts");
    let again = world.prove(bob, 0, Range::between(18, 99).expect("a range")).expect("a receipt of the new period");
    world.claim(bob, again.id).expect("claims");
    assert!(world.may_read(bob));

    // Removed, in the very next message; and nothing comes back with the member.
    let remove = RemoveMemberArg { context: world.scene.context(), account: bob.account() };
    answered(block_on(world.scene.as_(&cast.dana).membership().remove_member(&remove))).expect("removes");
    assert!(!world.may_read(bob));
    answered(world.scene.add_member(bob, "reader")).expect("adds");
    assert!(!world.may_read(bob));
    assert_eq!(world.claim(bob, again.id), Err(MembershipReason::ReceiptUsed));
}

#[test]
fn should_void_all_claims_of_a_circuit_when_anybody_shows_that_it_is_revoked() {
    let deployment = Setup::default().on(LocalBackend::new(7)).expect("the four canisters install");
    let world = World::new(&deployment);
    let cast = &world.scene.cast;
    let receipt = world.prove(&cast.bob, 0, Range::at_least(18)).expect("a receipt");
    world.claim(&cast.bob, receipt.id).expect("claims");
    let arg = ReviewClaimKindArg { context: world.scene.context(), name: KIND.to_owned() };
    let review = || block_on(world.scene.as_(&cast.mallory).membership().review_claim_kind(&arg)).expect("answers");
    assert_eq!(review().map_err(reason), Err(MembershipReason::CircuitNotRevoked(world.key.circuit_id())));
    assert!(world.may_read(&cast.bob));

    let governance = deployment.called_by(deployment.ids.governance).proof_verifier();
    let revoke = SetCircuitStatusArg { circuit: world.key.circuit_id(), status: CircuitStatus::Revoked };
    block_on(governance.set_circuit_status(&revoke)).expect("answers").expect("governance may");
    assert_eq!(review(), Ok(()));
    assert!(!world.may_read(&cast.bob), "a claim of a revoked circuit counts");
    assert_eq!(review().map_err(reason), Err(MembershipReason::UnknownClaimKind(KIND.to_owned())));
}
