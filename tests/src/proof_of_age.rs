//! A note that members may read who proved their age.

use crate::by::By;
use calisec_sdk::Random;
use calisec_sdk::circuit::Depth;
use calisec_sdk::envelope;
use calisec_sdk::identity::Identity;
use calisec_sdk::prover::CredentialRangeKey;
use calisec_sdk::verify::{Trust, VerifiedDecision, decision};
use calisec_sdk::zk::field::{Fr, to_be32};
use calisec_sdk::zk::merkle::{Head, Path};
use calisec_sdk::zk::statement::credential::{Credential, Range, attribute_tag, number};
use calisec_sdk::zk::statement::{Domain, Purpose};
use calisec_testkit::backend::Backend;
use calisec_testkit::scene::{Answer, Minted, answered};
use calisec_testkit::{Deployment, Scene};
use calisec_types::ids::{FieldElement, ReceiptId};
use calisec_types::membership::{
    Change, ClaimKind, ClaimReceiptArg, MembershipError, MembershipReason, ProofClaim, Proves, Request,
    ReviewClaimKindArg, claim_period, claim_purpose,
};
use calisec_types::note_registry::{DepositEnvelopeArg, NoteReason};
use calisec_types::proof_verifier::{CircuitStatus, ProofError, Receipt, SetCircuitStatusArg};
use pollster::block_on;
use serde_bytes::ByteBuf;
use std::collections::BTreeMap;
use std::time::Duration;

/// For how long a proof counts.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// What is proved.
pub const KIND: &str = "age-over-18";
/// Who may read.
const ADULTS_READ: &str = r#"@id("adults-read")
permit (principal, action == Action::"read", resource) when { principal.claims.contains("age-over-18") };"#;

/// A network where a note may be read by members who proved their age, to one issuer, by one circuit.
pub struct ProofOfAge<'a, B: Backend> {
    /// Its people.
    pub scene: Scene<'a, B>,
    /// The note that adults may read.
    pub note: Minted,
    /// The circuit's.
    pub key: CredentialRangeKey,
    kind: ClaimKind,
    /// Bob's and Carol's, who are 41 and 17.
    credentials: [(Credential, Path); 2],
}

/// Why it is refused.
///
/// # Panics
/// When the error has no reason.
#[must_use]
pub fn reason(error: MembershipError) -> MembershipReason {
    error.reason.expect("an error has a reason")
}

impl<'a, B: Backend> ProofOfAge<'a, B> {
    /// Members, a note, a circuit, and what the members decided about both.
    pub fn new(deployment: &'a Deployment<B>) -> Self {
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
        let world = Self { scene, note, key, kind, credentials };
        world.let_members_prove_their_age();
        world.adopt(ADULTS_READ);
        world
    }

    /// The network.
    pub fn backend(&self) -> &B {
        &self.scene.deployment.backend
    }

    /// By a vote: the kind of claims, anew if there is one.
    pub fn let_members_prove_their_age(&self) {
        self.decree("Let members prove their age", Change::SetClaimKind { kind: self.kind.clone() });
    }

    /// Has governance revoke the circuit.
    pub fn revoke_circuit(&self) {
        let deployment = self.scene.deployment;
        let governance = deployment.called_by(deployment.ids.governance).proof_verifier();
        let revoke = SetCircuitStatusArg { circuit: self.key.circuit_id(), status: CircuitStatus::Revoked };
        block_on(governance.set_circuit_status(&revoke)).expect("answers").expect("governance may");
    }

    /// Shows membership, as somebody who is no member, that the circuit is revoked.
    pub fn review(&self, by: By) -> Answer<(), MembershipReason> {
        let arg = ReviewClaimKindArg { context: self.scene.context(), name: KIND.to_owned() };
        let who = &self.scene.cast.mallory;
        match by {
            By::Call => block_on(self.scene.as_(who).membership().review_claim_kind(&arg)),
            By::Signature => self.scene.relayed(who, Request::ReviewClaimKind(arg)),
        }
    }

    /// By a vote: the whole set of policies.
    pub fn adopt(&self, cedar: &str) {
        self.decree("Adopt policies", Change::SetPolicy { cedar: cedar.to_owned() });
    }

    /// By a vote.
    pub fn decree(&self, title: &str, change: Change) {
        let proposal = self.scene.adopt(title, change).expect("adopted");
        self.scene.execute_after_timelock(&self.scene.cast.carol, proposal).expect("executed");
    }

    /// Proves with somebody's credential that its age lies in a range, and submits that as `who`.
    pub fn prove(&self, who: &Identity, credential: usize, range: Range) -> Result<Receipt, ProofError> {
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

    /// Turns a receipt into a claim.
    pub fn claim(&self, by: By, who: &Identity, receipt: ReceiptId) -> Answer<ProofClaim, MembershipReason> {
        let arg = ClaimReceiptArg { context: self.scene.context(), receipt };
        match by {
            By::Call => block_on(self.scene.as_(who).membership().claim_receipt(&arg)),
            By::Signature => self.scene.relayed(who, Request::ClaimReceipt(arg)),
        }
    }

    /// Alice mints a note and seals its key to Bob and to Carol, who get it when the policies allow it.
    pub fn sealed_note(&mut self, kind: Option<&str>, plaintext: &[u8]) -> Minted {
        let note = match kind {
            Some(kind) => self.scene.another_note_of(kind, plaintext),
            None => self.scene.another_note(plaintext),
        }
        .expect("minted");
        let cast = &self.scene.cast;
        let registry = self.scene.as_(&cast.alice).note_registry();
        for reader in [&cast.bob, &cast.carol] {
            let recipient = self.scene.recipient(&note, reader.kem_key());
            let sealed = envelope::seal(&note.key, &recipient, &mut Random::from_seed([14; 32])).expect("seals");
            let deposit = DepositEnvelopeArg {
                note: note.note.id,
                recipient: reader.account(),
                envelope: ByteBuf::from(sealed.to_vec()),
            };
            answered(block_on(registry.deposit_envelope(&deposit))).expect("deposits");
        }
        note
    }

    /// What the registry hands out, opened; what the policies say without it must agree.
    pub fn read(&self, note: &Minted, who: &Identity) -> Result<Vec<u8>, NoteReason> {
        let decided = self.may_read_note(note, who);
        let released = block_on(self.scene.as_(who).note_registry().request_key(note.note.id)).expect("answers");
        assert_eq!(released.is_ok(), decided, "{released:?}");
        let released = released.map_err(|error| error.reason.expect("an error has a reason"))?;
        Ok(self.scene.read(note, who, &released.envelope).expect("opens"))
    }

    /// Whether the note that adults may read may be read.
    pub fn may_read(&self, who: &Identity) -> bool {
        self.may_read_note(&self.note, who)
    }

    /// What the canister says, and what follows from a bundle, offline; they must agree.
    fn may_read_note(&self, note: &Minted, who: &Identity) -> bool {
        let (question, ids) = (self.scene.may_read(note, who), self.scene.deployment.ids);
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
