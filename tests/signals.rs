//! Anonymous signals on the real modules: proved by the SDK with a key of its own, proved by Semaphore's library, and forged.

use calisec_sdk::Random;
use calisec_sdk::circuit::Depth;
use calisec_sdk::identity::Identity as Person;
use calisec_sdk::prover::{SignalKey, SignalProof, semaphore_register_arg};
use calisec_sdk::semaphore::Identity;
use calisec_sdk::verify::{self, Trust};
use calisec_sdk::zk::field::{Fr, parse_be32, to_be32};
use calisec_sdk::zk::merkle::{Head, Path};
use calisec_sdk::zk::statement::anonymous_signal::{AnonymousSignal, circuit_id};
use calisec_sdk::zk::statement::{Domain, Purpose, Statement};
use calisec_testkit::backend::{Backend, LocalBackend};
use calisec_testkit::scene::answered;
use calisec_testkit::{Deployment, Scene, Setup};
use calisec_types::ids::{CircuitId, ContextId, FieldElement};
use calisec_types::membership::{
    Change, ClaimKind, ClaimReceiptArg, MembershipReason, Proves, claim_period, claim_purpose,
};
use calisec_types::proof_verifier::{
    Circuit, Curve, EncodedProof, EncodedVerifyingKey, ProofReason, Receipt, RegisterCircuitArg, StatementKind,
    SubmitArg, VerifyArg,
};
use calisec_zk::groth16::parse_public_json;
use calisec_zk::groth16::simulator::Trapdoor;
use candid::Principal;
use pollster::block_on;
use std::collections::BTreeMap;

const ALICE: Principal = Principal::from_slice(&[1; 29]);
const MALLORY: Principal = Principal::from_slice(&[6; 29]);
const CONSUMER: Principal = Principal::from_slice(&[2; 10]);
const CONTEXT: ContextId = ContextId([3; 32]);
const DAY_SECONDS: u64 = 24 * 60 * 60;

type Network = Deployment<LocalBackend>;

/// That of Semaphore's own proof in `tests/vectors/semaphore/vote20`, which was made for it.
fn network() -> Network {
    Setup::default().on(LocalBackend::new(1)).expect("the four canisters install")
}

fn domain<'a>(network: &Network, submitter: Principal, purpose: &'a str) -> Domain<'a> {
    Domain {
        network_root_key_hash: network.network(),
        proof_verifier: network.ids.proof_verifier,
        context_id: CONTEXT,
        consumer: CONSUMER,
        submitter,
        purpose: Purpose::new(purpose).expect("short"),
    }
}

fn register(network: &Network, who: Principal, arg: &RegisterCircuitArg) -> Result<Circuit, ProofReason> {
    let answer = block_on(network.called_by(who).proof_verifier().register_circuit(arg)).expect("answers");
    answer.map_err(|error| error.reason.expect("an error has a reason"))
}

fn submit(network: &Network, who: Principal, arg: &SubmitArg) -> Result<Receipt, ProofReason> {
    let answer = block_on(network.called_by(who).proof_verifier().submit(arg)).expect("answers");
    answer.map_err(|error| error.reason.expect("an error has a reason"))
}

/// A group, and a key to signal in it.
struct Group {
    key: SignalKey,
    members: Vec<Identity>,
    root: Fr,
    paths: Vec<Path>,
}

impl Group {
    /// Of five, with a circuit of three levels.
    fn new() -> Self {
        let mut random = Random::from_seed([21; 32]);
        let members: Vec<Identity> = (0..5).map(|_| Identity::random(&mut random)).collect();
        let leaves: Vec<Fr> = members.iter().map(Identity::commitment).collect();
        let (mut nodes, mut tree) = (BTreeMap::new(), Head::EMPTY);
        tree.append_all(&mut nodes, &leaves).expect("appends");
        let paths = (0..5).map(|member| tree.path(&nodes, member).expect("a path")).collect();
        let key = SignalKey::setup(Depth::new(3).expect("a depth"), &mut random).expect("a key");
        Self { key, members, root: tree.root(), paths }
    }

    fn signal<'a>(&self, member: usize, domain: &Domain<'a>) -> SignalProof<'a> {
        let mut random = Random::from_seed([22; 32]);
        self.key.prove(&self.members[member], &self.paths[member], domain, &mut random).expect("proves")
    }
}

/// A signal that is made up, with the secrets of a set-up.
fn forged(trapdoor: &Trapdoor, circuit: CircuitId, claim: &AnonymousSignal, domain: &Domain<'_>) -> SubmitArg {
    let inputs = claim.inputs();
    SubmitArg {
        circuit,
        context: domain.context_id,
        consumer: domain.consumer,
        purpose: domain.purpose.as_str().to_owned(),
        public_inputs: inputs.iter().map(|input| FieldElement(to_be32(input))).collect(),
        proof: EncodedProof::ArkCompressed(trapdoor.simulate(&inputs, 1).to_compressed_bytes().into()),
    }
}

fn own_key(trapdoor: &Trapdoor, statement: StatementKind) -> RegisterCircuitArg {
    let key = trapdoor.verifying_key().to_canonical_bytes();
    let verifying_key = EncodedVerifyingKey::ArkUncompressed(key.into());
    RegisterCircuitArg { name: "mine".to_owned(), statement, curve: Curve::Bn254, verifying_key, ceremony: None }
}

#[test]
fn should_give_a_member_one_receipt_per_topic_when_the_sdk_proves() {
    let (network, group) = (network(), Group::new());
    let circuit = register(&network, ALICE, &group.key.to_register_arg("signals", None)).expect("registers");
    assert_eq!((circuit.id, circuit.statement), (group.key.circuit_id(), StatementKind::OwnKeySignal));
    assert_eq!((circuit.owner, circuit.public_inputs), (ALICE, 4));

    // Whom it was made for, and for what, is bound.
    let yes = group.signal(3, &domain(&network, ALICE, "poll/7#yes"));
    let arg = yes.to_submit_arg();
    let elsewhere = [
        (MALLORY, arg.clone()),
        (ALICE, SubmitArg { consumer: MALLORY, ..arg.clone() }),
        (ALICE, SubmitArg { context: ContextId([4; 32]), ..arg.clone() }),
        (ALICE, SubmitArg { purpose: "poll/7#no".to_owned(), ..arg.clone() }),
        (ALICE, SubmitArg { purpose: "poll/8#yes".to_owned(), ..arg.clone() }),
    ];
    for (who, arg) in &elsewhere {
        assert_eq!(submit(&network, *who, arg), Err(ProofReason::WrongDomain), "{arg:?}");
    }
    // And it says nothing else: another root or nullifier is not proved.
    for index in [0, 1] {
        let mut changed = arg.clone();
        changed.public_inputs[index].0[31] ^= 1;
        assert_eq!(submit(&network, ALICE, &changed), Err(ProofReason::InvalidProof), "input {index}");
    }

    let receipt = submit(&network, ALICE, &arg).expect("a receipt");
    assert_eq!((receipt.id, receipt.statement), (yes.receipt_id(), StatementKind::OwnKeySignal));
    assert_eq!(receipt.public_inputs[0], FieldElement(to_be32(&group.root)));
    assert_eq!(submit(&network, ALICE, &arg), Err(ProofReason::AlreadyProven(receipt.id)));

    // The same member again, for another choice, or as somebody else; then in the next poll, and another member in this one.
    for (who, purpose) in [(ALICE, "poll/7#no"), (MALLORY, "poll/7#yes")] {
        let again = group.signal(3, &domain(&network, who, purpose)).to_submit_arg();
        assert_eq!(submit(&network, who, &again), Err(ProofReason::NullifierUsed(receipt.id)), "{purpose}");
    }
    for (member, purpose) in [(3, "poll/8#yes"), (4, "poll/7#no")] {
        let other = group.signal(member, &domain(&network, MALLORY, purpose)).to_submit_arg();
        assert!(submit(&network, MALLORY, &other).is_ok(), "{member} in {purpose}");
    }

    // It verifies offline, with what it is a receipt of, and after an upgrade.
    network.upgrade_all().expect("upgrades");
    assert_eq!(submit(&network, ALICE, &arg), Err(ProofReason::AlreadyProven(receipt.id)));
    let verifier = network.called_by(MALLORY).proof_verifier();
    assert_eq!(block_on(verifier.verify(&yes.to_verify_arg())).expect("answers"), Ok(()));
    let certified = block_on(verifier.receipt_certificate(receipt.id)).expect("answers").expect("there");
    let trust = Trust { root_key: &network.backend.root_key(), now: network.backend.now() };
    assert_eq!(verify::receipt(&certified, network.ids.proof_verifier, &trust).expect("verifies"), &receipt);
    let mut relabelled = certified;
    relabelled.receipt.statement = StatementKind::AnonymousSignal { depth: 3 };
    assert!(verify::receipt(&relabelled, network.ids.proof_verifier, &trust).is_err(), "another kind went unnoticed");
}

/// What Alice proved with Semaphore's circuit and library.
fn vote20() -> SubmitArg {
    let inputs = parse_public_json::<Fr>(include_str!("vectors/semaphore/vote20/public.json")).expect("a vector");
    SubmitArg {
        circuit: circuit_id(20).expect("a depth"),
        context: CONTEXT,
        consumer: CONSUMER,
        purpose: "vote".to_owned(),
        public_inputs: inputs.to_be32().into_iter().map(FieldElement).collect(),
        proof: EncodedProof::SnarkjsJson(include_str!("vectors/semaphore/vote20/proof.json").to_owned()),
    }
}

/// The attack: Mallory makes a key, with which she can prove anything, and wants to be taken for Semaphore's group, to keep its members
/// from signalling, and to let them signal twice.
#[test]
fn should_touch_nothing_of_semaphores_when_somebody_forges_signals_with_a_key_of_theirs() {
    let network = network();
    let (key, genuine) = (Trapdoor::new(4, 66), vote20());
    let semaphore = register(&network, MALLORY, &semaphore_register_arg(20).expect("a depth")).expect("anybody may");
    assert_eq!((semaphore.id, semaphore.owner), (genuine.circuit, network.ids.proof_verifier));

    // Her key is not taken for Semaphore's, nor Semaphore's for one of hers, and is no other circuit's id.
    let refused = register(&network, MALLORY, &own_key(&key, StatementKind::AnonymousSignal { depth: 20 }));
    assert!(matches!(refused, Err(ProofReason::OtherStatement(why)) if why.contains("OwnKeySignal")));
    let arg = semaphore_register_arg(20).expect("a depth");
    let renamed = RegisterCircuitArg { statement: StatementKind::OwnKeySignal, ..arg };
    assert!(matches!(register(&network, MALLORY, &renamed), Err(ProofReason::OtherStatement(_))));
    let kinds = [StatementKind::OwnKeySignal, StatementKind::NoteCommitment, StatementKind::Raw];
    let [own, note, raw] = kinds.map(|kind| register(&network, MALLORY, &own_key(&key, kind)).expect("registers").id);
    assert!(own != note && note != raw && raw != own);

    // She forges a signal with the nullifier that she saw of Alice's proof, and gets there first.
    let domain = domain(&network, MALLORY, "vote");
    let [root, nullifier] = [0, 1].map(|at| parse_be32(&genuine.public_inputs[at].0).expect("canonical"));
    let claim = AnonymousSignal::new(root, nullifier, &domain);
    let forgery = forged(&key, own, &claim, &domain);
    let hers = submit(&network, MALLORY, &forgery).expect("her own circuit, her own lies");
    assert_eq!((hers.statement, hers.circuit), (StatementKind::OwnKeySignal, own));
    let elsewhere = SubmitArg { circuit: semaphore.id, ..forgery.clone() };
    assert_eq!(submit(&network, MALLORY, &elsewhere), Err(ProofReason::InvalidProof));
    let as_note = SubmitArg { circuit: note, ..forgery };
    assert_eq!(submit(&network, MALLORY, &as_note), Err(ProofReason::WrongContext));

    // Alice signals all the same, and no second time with Mallory's help.
    let receipt = submit(&network, ALICE, &genuine).expect("issued");
    assert_eq!(receipt.statement, StatementKind::AnonymousSignal { depth: 20 });
    assert_eq!(submit(&network, ALICE, &genuine), Err(ProofReason::AlreadyProven(receipt.id)));
    let elsewhere = SubmitArg { circuit: own, ..genuine.clone() };
    assert_eq!(submit(&network, ALICE, &elsewhere), Err(ProofReason::NullifierUsed(hers.id)));
    let SubmitArg { circuit, public_inputs, proof, .. } = genuine;
    let asked = VerifyArg { circuit, public_inputs, proof };
    let verifier = network.called_by(MALLORY).proof_verifier();
    assert_eq!(block_on(verifier.verify(&asked)).expect("answers"), Ok(()));
}

/// The attack: a kind of claims that reads as one of a Semaphore group, with a circuit whose maker can be whoever they like.
#[test]
fn should_make_no_claim_of_a_group_of_a_signal_with_a_key_of_ones_own() {
    let (network, group) = (network(), Group::new());
    let scene = Scene::new(&network, Random::from_seed([23; 32]));
    scene.until_members().expect("members");
    let bob: &Person = &scene.cast.bob;
    register(&network, bob.principal(), &group.key.to_register_arg("signals", None)).expect("registers");
    let roots = vec![FieldElement(to_be32(&group.root))];
    let kind = ClaimKind {
        name: "reviewer".to_owned(),
        circuit: group.key.circuit_id(),
        proves: Proves::OneOfGroup { depth: 20, roots },
        period_seconds: DAY_SECONDS,
    };
    let proposal = scene.adopt("Let reviewers show it", Change::SetClaimKind { kind }).expect("adopted");
    scene.execute_after_timelock(&scene.cast.carol, proposal).expect("executed");

    let kinds = answered(block_on(scene.anyone().membership().claim_kinds(scene.context()))).expect("kinds");
    let purpose = claim_purpose("reviewer", kinds[0].version, claim_period(network.backend.now(), DAY_SECONDS));
    let domain = Domain {
        context_id: scene.context(),
        consumer: network.ids.membership,
        ..domain(&network, bob.principal(), &purpose)
    };
    // A true signal, in the circuit that the kind names; what it is worth is what its key is worth.
    let receipt = submit(&network, bob.principal(), &group.signal(0, &domain).to_submit_arg()).expect("a receipt");
    let arg = ClaimReceiptArg { context: scene.context(), receipt: receipt.id };
    let refused = block_on(scene.as_(bob).membership().claim_receipt(&arg)).expect("answers");
    let why = "it is of another circuit than the kind's".to_owned();
    assert_eq!(refused.map_err(|error| error.reason), Err(Some(MembershipReason::ReceiptRefused(why))));
    let kept = answered(block_on(scene.anyone().proof_verifier().receipt(receipt.id))).expect("there");
    assert_eq!(kept.consumed_at, None, "a receipt that is no claim was consumed");
}
