//! The proof verifier with few and with very many receipts.
//!
//! Stable memory is written natively, by the canister's own state, and handed to the engine: a million proofs would take hours
//! to make.

use crate::metered::{Measured, Metered};
use crate::table::Row;
use calisec_runtime::StubEnv;
use calisec_sdk::prover::semaphore_register_arg;
use calisec_sdk::{Random, stark};
use calisec_testkit::backend::Backend;
use calisec_testkit::modules;
use calisec_testkit::{Deployment, Setup};
use calisec_types::ids::{ContextId, Digest32, FieldElement, ReceiptId};
use calisec_types::proof_verifier::{
    Curve, EncodedProof, EncodedVerifyingKey, MAX_SUBMISSIONS, ProofReason, Receipt, RegisterCircuitArg, StatementKind,
    SubmitArg, SubmitManyArg, VerifyArg,
};
use calisec_zk::field::{Fr, to_be32};
use calisec_zk::groth16::simulator::{BlsTrapdoor, Trapdoor};
use calisec_zk::groth16::{Bls12_381, Curve as PairingCurve, parse_public_json};
use calisec_zk::statement::anonymous_signal::AnonymousSignal;
use calisec_zk::statement::note_commitment::context_tag;
use calisec_zk::statement::{Domain, Purpose, Statement};
use candid::{Principal, encode_args};
use ic_stable_structures::DefaultMemoryImpl;
use ic_stable_structures::memory_manager::MemoryManager;
use pollster::block_on;
use proof_verifier::state::{Event, State};
use proof_verifier::storage::{StoredReceipt, StoredStatement};
use proof_verifier::{api, lifecycle};

type BlsScalar = <Bls12_381 as PairingCurve>::Scalar;

const FEW: u64 = 1_000;
const MANY: u64 = 1_000_000;
/// What a submission may take beyond verifying, instructions.
const OVERHEAD: u64 = 2_000_000;
/// How much more that may be with [`MANY`] receipts: trees are two levels higher, percent.
const TREES_PERCENT: u64 = 40;
/// What an upgrade may take.
const UPGRADE: u64 = 10_000_000;
/// Receipts of one context.
const PER_CONTEXT: u64 = 1_000;

const ALICE: Principal = Principal::from_slice(&[1; 29]);
const CONTEXT: ContextId = ContextId([3; 32]);
const CONSUMER: Principal = Principal::from_slice(&[2; 10]);

/// Spread like hashes, and the same in every run.
fn spread(number: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (word, chunk) in (1u64..).zip(bytes.chunks_mut(8)) {
        let mixed = (number ^ word.rotate_left(17)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        chunk.copy_from_slice(&(mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9).to_be_bytes());
    }
    bytes
}

/// Stable memory of a verifier with one circuit and as many receipts of it.
fn stable_memory(env: &StubEnv, trapdoor: &Trapdoor, receipts: u64) -> Vec<u8> {
    let memory = DefaultMemoryImpl::default();
    let mut state = State::open(&MemoryManager::init(memory.clone()));
    lifecycle::init(&mut state, env, None);
    let key = trapdoor.verifying_key().to_canonical_bytes();
    let circuit = api::register_circuit(
        &mut state,
        env,
        registration(StatementKind::NoteCommitment, EncodedVerifyingKey::ArkUncompressed(key.into())),
    )
    .expect("registered")
    .id;
    for number in 0..receipts {
        let id = spread(number);
        let receipt = StoredReceipt {
            circuit,
            statement: StoredStatement::NoteCommitment,
            public_inputs: vec![FieldElement(id); 4],
            context: ContextId(spread(number / PER_CONTEXT)),
            consumer: CONSUMER,
            purpose: "mint".to_owned(),
            submitter: ALICE,
            issued_at: env.now.get(),
            expires_at: env.now.get().plus_seconds(1),
            consumption: None,
        };
        let nullifier = (circuit, FieldElement(spread(!number)));
        state.apply(Event::ReceiptIssued { id: ReceiptId(id), receipt, nullifier, proof: vec![7; 128] });
    }
    drop(state);
    memory.take()
}

fn registration(statement: StatementKind, verifying_key: EncodedVerifyingKey) -> RegisterCircuitArg {
    RegisterCircuitArg { name: "circuit".to_owned(), statement, curve: Curve::Bn254, verifying_key, ceremony: None }
}

/// The rows of the table.
pub fn rows(deployment: &mut Deployment<Metered>) -> Vec<Row> {
    let mut rows = Vec::new();
    let (few, few_rows) = with_receipts(deployment, FEW, ["1 k receipts"; 2]);
    let (many, many_rows) = with_receipts(deployment, MANY, ["1 M receipts"; 2]);
    rows.extend(few_rows.into_iter().chain(many_rows));
    println!("submit beyond verify: {few} instructions with {FEW} receipts, {many} with {MANY}");
    assert!(few.max(many) <= OVERHEAD && many * 100 <= few * (100 + TREES_PERCENT), "{few} grew to {many}");
    // What follows is measured with a million receipts.
    rows.extend(batches(deployment));
    rows.extend(starks(deployment));
    rows.push(semaphore());
    rows
}

/// Installs a verifier with so many receipts: upgrades it, and submits. Answers what a submission takes beyond verifying.
fn with_receipts(
    deployment: &mut Deployment<Metered>,
    receipts: u64,
    [upgrade, submit]: [&'static str; 2],
) -> (u64, Vec<Row>) {
    let network = &deployment.backend;
    let canister = network.create_canister();
    let (module, arg) = (modules::load("proof_verifier").expect("built"), encode_args(()).expect("encodes"));
    network.install(canister, &module, &arg).expect("installs");
    let mut env = StubEnv::new(canister, ALICE, network.now());
    env.network = deployment.network();
    network.replace_stable_memory(canister, &stable_memory(&env, &trapdoor(), receipts));
    let (upgraded, upgrading) = network.measure(|| network.upgrade(canister, &module, &arg));
    upgraded.expect("upgrades");
    assert!(upgrading.instructions <= UPGRADE, "{upgrading:?}");

    deployment.ids.proof_verifier = canister;
    let client = deployment.called_by(ALICE).proof_verifier();
    // The first one prepares the key.
    submitted(deployment, &submission(deployment, ALICE, 0));
    let arg = submission(deployment, ALICE, 1);
    let verify = VerifyArg { circuit: arg.circuit, public_inputs: arg.public_inputs.clone(), proof: arg.proof.clone() };
    let (verified, verifying) = deployment.backend.measure(|| block_on(client.verify(&verify)).expect("answers"));
    verified.expect("verifies");
    // Not far from each other, but the bare one must not have a key to prepare: an update keeps what it prepares.
    let (receipt, submitting) = deployment.backend.measure(|| submitted(deployment, &arg));
    assert_eq!(block_on(client.receipt(receipt.id)).expect("answers"), Ok(receipt));
    let rows = vec![row("upgrade", upgrade, upgrading), row("submit", submit, submitting)];
    (submitting.instructions - verifying.instructions, rows)
}

fn batches(deployment: &Deployment<Metered>) -> Vec<Row> {
    let callers = [Principal::from_slice(&[3; 29]), Principal::from_slice(&[4; 29])];
    let of = |caller, first: u64| -> Vec<SubmitArg> {
        (first..).take(MAX_SUBMISSIONS).map(|number| submission(deployment, caller, number)).collect()
    };
    let (good, mut one_bad) = (of(callers[0], 1_000), of(callers[1], 2_000));
    one_bad[300].proof = one_bad[301].proof.clone();
    [
        (callers[0], good, MAX_SUBMISSIONS, "512 good"),
        (callers[1], one_bad, MAX_SUBMISSIONS - 1, "512 with a bad one"),
        (Principal::from_slice(&[5; 29]), on_bls12_381(deployment), MAX_SUBMISSIONS, "512 good on BLS12-381"),
    ]
    .into_iter()
    .map(|(caller, submissions, expected, case)| {
        let client = deployment.called_by(caller).proof_verifier();
        let arg = SubmitManyArg { submissions };
        let (answers, measured) =
            deployment.backend.measure(|| block_on(client.submit_many(&arg)).expect("answers").expect("looked at"));
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), expected, "{case}");
        row("submit_many", case, measured)
    })
    .collect()
}

/// As many as a message takes, with four inputs of full size.
fn on_bls12_381(deployment: &Deployment<Metered>) -> Vec<SubmitArg> {
    let set_up = BlsTrapdoor::new(4, 1);
    let key = EncodedVerifyingKey::ArkUncompressed(set_up.verifying_key().to_canonical_bytes().into());
    let arg = RegisterCircuitArg { curve: Curve::Bls12_381, ..registration(StatementKind::Raw, key) };
    let registered = block_on(deployment.called_by(ALICE).proof_verifier().register_circuit(&arg)).expect("answers");
    let circuit = registered.expect("registered").id;
    (1..=MAX_SUBMISSIONS as u64)
        .map(|number| {
            let inputs: [BlsScalar; 4] = std::array::from_fn(|index| -BlsScalar::from(4 * number + index as u64));
            SubmitArg {
                circuit,
                context: CONTEXT,
                consumer: CONSUMER,
                purpose: "mint".to_owned(),
                public_inputs: inputs.iter().map(|input| FieldElement(to_be32(input))).collect(),
                proof: EncodedProof::ArkUncompressed(set_up.simulate(&inputs, number).to_uncompressed_bytes().into()),
            }
        })
        .collect()
}

fn starks(deployment: &Deployment<Metered>) -> Vec<Row> {
    let mut random = Random::from_seed([5; 32]);
    let domain = domain(deployment, ALICE, "poll");
    let note = stark::NoteOpening {
        owner_secret: stark::random_word(&mut random),
        salt: stark::random_word(&mut random),
        content_tag: stark::content_word(&Digest32([9; 32])).expect("a tag"),
    };
    let (claim, proof) = stark::prove_note(&note, &domain, &mut random).expect("proved");
    let note = stark::submit_arg(&claim, proof, &domain);
    let owner_secret = stark::random_word(&mut random);
    let path = std::array::from_fn(|level| stark::Step {
        sibling: stark::random_word(&mut random),
        from_right: level % 3 == 0,
    });
    let member = stark::MemberOpening { owner_secret, path };
    let (claim, proof) = stark::prove_membership(&member, &domain, &mut random).expect("proved");
    let member = stark::submit_arg(&claim, proof, &domain);
    [(note, "a STARK of a note"), (member, "a STARK of membership")]
        .into_iter()
        .map(|(arg, case)| row("submit", case, deployment.backend.measure(|| submitted(deployment, &arg)).1))
        .collect()
}

/// Semaphore's own proof, made with its npm package for the verifier of a fresh network.
fn semaphore() -> Row {
    let deployment = Setup::default().on(Metered::new()).expect("the four canisters install");
    let domain = domain(&deployment, ALICE, "vote");
    let inputs = parse_public_json::<Fr>(include_str!("../vectors/semaphore/vote20/public.json")).expect("a vector");
    let claim = AnonymousSignal::parse(inputs.elements()).expect("four inputs");
    // Only another root key or another id of the verifier changes them: tests/vectors/semaphore/README.md.
    let (message, scope) = (domain.signal(), domain.scope());
    assert_eq!(claim.check(&domain), Ok(()), "the vector is made for message {message} and scope {scope}");

    let client = deployment.called_by(ALICE).proof_verifier();
    let arg = semaphore_register_arg(20).expect("a depth");
    let circuit = block_on(client.register_circuit(&arg)).expect("answers").expect("registered").id;
    let arg = SubmitArg {
        circuit,
        context: CONTEXT,
        consumer: CONSUMER,
        purpose: "vote".to_owned(),
        public_inputs: inputs.to_be32().into_iter().map(FieldElement).collect(),
        proof: EncodedProof::SnarkjsJson(include_str!("../vectors/semaphore/vote20/proof.json").to_owned()),
    };
    // For another root it is a bad proof, which prepares the key.
    let mut bad = arg.clone();
    bad.public_inputs[0] = FieldElement(to_be32(&domain.scope()));
    let refused = block_on(client.submit(&bad)).expect("answers").expect_err("refused");
    assert_eq!(refused.reason, Some(ProofReason::InvalidProof));
    let (receipt, measured) = deployment.backend.measure(|| submitted(&deployment, &arg));
    assert_eq!(receipt.statement, StatementKind::AnonymousSignal { depth: 20 });
    row("submit", "Semaphore depth 20", measured)
}

fn submitted(deployment: &Deployment<Metered>, arg: &SubmitArg) -> Receipt {
    block_on(deployment.called_by(ALICE).proof_verifier().submit(arg)).expect("answers").expect("issued")
}

const fn row(method: &'static str, case: &'static str, measured: Measured) -> Row {
    Row { canister: "proof_verifier", method, case, measured }
}

fn trapdoor() -> Trapdoor {
    Trapdoor::new(4, 1)
}

fn domain<'a>(deployment: &Deployment<Metered>, submitter: Principal, purpose: &'a str) -> Domain<'a> {
    Domain {
        network_root_key_hash: deployment.network(),
        proof_verifier: deployment.ids.proof_verifier,
        context_id: CONTEXT,
        consumer: CONSUMER,
        submitter,
        purpose: Purpose::new(purpose).expect("short"),
    }
}

/// A note commitment, with a proof that the secrets of the set-up made.
fn submission(deployment: &Deployment<Metered>, submitter: Principal, number: u64) -> SubmitArg {
    let trapdoor = trapdoor();
    let domain = domain(deployment, submitter, "mint");
    let (commitment, nullifier) = (Fr::from(number), Fr::from(u128::from(number) << 64));
    let inputs = [commitment, nullifier, context_tag(&CONTEXT), domain.signal()];
    SubmitArg {
        circuit: trapdoor.verifying_key().circuit_id(),
        context: CONTEXT,
        consumer: CONSUMER,
        purpose: "mint".to_owned(),
        public_inputs: inputs.iter().map(|input| FieldElement(to_be32(input))).collect(),
        proof: EncodedProof::ArkUncompressed(trapdoor.simulate(&inputs, number).to_uncompressed_bytes().into()),
    }
}
