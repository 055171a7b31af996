//! A canister pays for proofs.

use crate::payer::Payer;
use calisec_testkit::backend::Backend;
use calisec_testkit::{Deployment, Setup};
use calisec_tests::Unchanged;
use calisec_types::ids::{CircuitId, ContextId, Digest32, FieldElement};
use calisec_types::proof_verifier::{
    BUDGET_PROOFS, ConsumeArg, Curve, EncodedProof, EncodedVerifyingKey, ExpectedReceipt, MAX_SUBMISSIONS, Price,
    ProofError, ProofReason, Receipt, RegisterCircuitArg, StatementKind, SubmitArg, SubmitManyArg,
};
use calisec_zk::field::to_be32;
use calisec_zk::groth16::simulator::SetUp;
use calisec_zk::groth16::{Bls12_381, Bn254, Curve as PairingCurve};
use candid::Principal;
use pollster::block_on;
use serde_bytes::ByteBuf;

const OWNER: Principal = Principal::from_slice(&[7; 29]);
const CONSUMER: Principal = Principal::from_slice(&[2; 10]);
const CONTEXT: ContextId = ContextId([3; 32]);

type Submitted = Result<Receipt, ProofError>;

/// The four canisters, one that pays, and two circuits.
struct Stage<B: Backend> {
    deployment: Deployment<B>,
    payer: Payer,
    on_bn254: CircuitId,
    on_bls12_381: CircuitId,
    price: Price,
}

impl<B: Backend> Stage<B> {
    fn new(backend: B) -> Self {
        let deployment = Setup::default().on(backend).expect("the four canisters install");
        let payer = Payer::install(&deployment);
        let register = |curve, key: Vec<u8>| {
            let verifying_key = EncodedVerifyingKey::ArkUncompressed(ByteBuf::from(key));
            let (name, statement) = ("numbers".to_owned(), StatementKind::Raw);
            let arg = RegisterCircuitArg { name, statement, curve, verifying_key, ceremony: None };
            let registered = block_on(deployment.called_by(OWNER).proof_verifier().register_circuit(&arg));
            registered.expect("answers").expect("registered").id
        };
        let on_bn254 = register(Curve::Bn254, set_up::<Bn254>().verifying_key().to_canonical_bytes());
        let on_bls12_381 = register(Curve::Bls12_381, set_up::<Bls12_381>().verifying_key().to_canonical_bytes());
        let price = block_on(deployment.called_by(OWNER).proof_verifier().price()).expect("answers");
        Self { deployment, payer, on_bn254, on_bls12_381, price }
    }

    fn submit(&self, cycles: u128, arg: &SubmitArg) -> (Submitted, u128) {
        self.payer.pay(&self.deployment, cycles, (self.deployment.ids.proof_verifier, "submit"), (arg,))
    }

    fn submit_many(&self, cycles: u128, submissions: Vec<SubmitArg>) -> (Result<Vec<Submitted>, ProofError>, u128) {
        let submit_many = (self.deployment.ids.proof_verifier, "submit_many");
        self.payer.pay(&self.deployment, cycles, submit_many, (SubmitManyArg { submissions },))
    }

    fn on_bn254(&self, number: u64) -> SubmitArg {
        submission::<Bn254>(self.on_bn254, number)
    }

    fn on_bls12_381(&self, number: u64) -> SubmitArg {
        submission::<Bls12_381>(self.on_bls12_381, number)
    }

    /// Uses up what the payer has for nothing. Malformed proofs count like others.
    fn exhaust(&self) {
        let malformed = SubmitArg { proof: EncodedProof::Evm(ByteBuf::from(vec![1; 256])), ..self.on_bn254(0) };
        for _ in 0..BUDGET_PROOFS / MAX_SUBMISSIONS as u64 {
            let (answers, _) = self.submit_many(0, vec![malformed.clone(); MAX_SUBMISSIONS]);
            let refused = answers.expect("looked at").into_iter().map(reason);
            assert!(refused.into_iter().all(|reason| matches!(reason, ProofReason::MalformedProof(_))));
        }
    }
}

fn set_up<C: PairingCurve>() -> SetUp<C> {
    SetUp::new(1, 1)
}

fn submission<C: PairingCurve>(circuit: CircuitId, number: u64) -> SubmitArg {
    let inputs = [C::Scalar::from(number)];
    let proof = set_up::<C>().simulate(&inputs, number).to_compressed_bytes();
    SubmitArg {
        circuit,
        context: CONTEXT,
        consumer: CONSUMER,
        purpose: "count".to_owned(),
        public_inputs: inputs.iter().map(|input| FieldElement(to_be32(input))).collect(),
        proof: EncodedProof::ArkCompressed(ByteBuf::from(proof)),
    }
}

fn reason<T>(answer: Result<T, ProofError>) -> ProofReason {
    answer.err().expect("refused").reason.expect("every error names its reason")
}

pub fn should_serve_the_canister_beyond_its_budget_when_it_pays_the_price<B: Backend>(backend: B) {
    let stage = Stage::new(backend);
    let (bn254, bls12_381) = (u128::from(stage.price.bn254), u128::from(stage.price.bls12_381));
    stage.exhaust();

    // Without cycles nothing more is served, and nothing changes.
    let unchanged = Unchanged::from_now(&stage.deployment);
    let (answer, _) = stage.submit(0, &stage.on_bn254(1));
    assert!(matches!(reason(answer), ProofReason::BudgetExhausted { .. }));
    unchanged.check("beyond the budget");

    // With the price, and with more, exactly the price is taken.
    for (number, attached) in [(1, bn254), (2, bn254 + 1), (3, 1_000 * bn254)] {
        let (answer, refunded) = stage.submit(attached, &stage.on_bn254(number));
        let receipt = answer.expect("paid");
        assert_eq!((receipt.submitter, refunded), (stage.payer.0, attached - bn254));
    }
    let (answer, refunded) = stage.submit(bls12_381, &stage.on_bls12_381(1));
    assert_eq!((answer.expect("paid").submitter, refunded), (stage.payer.0, 0));

    // A batch on both curves; what is refused before it is checked is not paid for.
    let elsewhere = SubmitArg { circuit: CircuitId([9; 32]), ..stage.on_bn254(4) };
    let again = stage.on_bn254(1);
    let batch = vec![stage.on_bn254(4), stage.on_bls12_381(4), elsewhere, again, stage.on_bn254(5)];
    let (answers, refunded) = stage.submit_many(3 * bn254 + bls12_381 + 17, batch);
    let answers = answers.expect("paid");
    assert_eq!(answers.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, false, false, true]);
    assert_eq!(reason(answers[2].clone()), ProofReason::UnknownCircuit(CircuitId([9; 32])));
    assert!(matches!(reason(answers[3].clone()), ProofReason::AlreadyProven(_)));
    assert_eq!(refunded, bn254 + 17);

    // What was paid for is a receipt like any other: its consumer consumes it.
    let receipt = answers[0].clone().expect("issued");
    let expected = ExpectedReceipt {
        circuit: stage.on_bn254,
        context: CONTEXT,
        submitter: stage.payer.0,
        purpose: "count".to_owned(),
    };
    let arg = ConsumeArg { receipt: receipt.id, expected, idempotency_key: Digest32([1; 32]) };
    let consumed = block_on(stage.deployment.called_by(CONSUMER).proof_verifier().consume(&arg)).expect("answers");
    assert_eq!(consumed.expect("consumed").id, receipt.id);
}

pub fn should_take_nothing_and_change_nothing_when_the_cycles_are_too_few<B: Backend>(backend: B) {
    let stage = Stage::new(backend);
    let Price { bn254, bls12_381, .. } = stage.price;
    let unchanged = Unchanged::from_now(&stage.deployment);
    // The budget is whole: it does not make up for what is missing.
    for attached in [1, bn254 - 1] {
        let (answer, refunded) = stage.submit(u128::from(attached), &stage.on_bn254(1));
        assert_eq!(reason(answer), ProofReason::TooFewCycles { needed: bn254, attached });
        assert_eq!(refunded, u128::from(attached));
    }
    let batch = || vec![stage.on_bn254(1), stage.on_bls12_381(1), stage.on_bn254(2)];
    let needed = 2 * bn254 + bls12_381;
    for attached in [bn254, 3 * bn254, needed - 1] {
        let (answers, refunded) = stage.submit_many(u128::from(attached), batch());
        assert_eq!(reason(answers), ProofReason::TooFewCycles { needed, attached });
        assert_eq!(refunded, u128::from(attached));
    }
    unchanged.check("too few cycles");
    let (answers, refunded) = stage.submit_many(u128::from(needed), batch());
    assert!(answers.expect("paid").iter().all(Result::is_ok));
    assert_eq!(refunded, 0);
}

pub fn should_charge_the_payer_and_nobody_else_when_its_proofs_are_bad<B: Backend>(backend: B) {
    let stage = Stage::new(backend);
    let (bn254, bls12_381) = (u128::from(stage.price.bn254), u128::from(stage.price.bls12_381));
    let bad = |number| SubmitArg { proof: stage.on_bn254(number + 1).proof, ..stage.on_bn254(number) };
    let bad_on_bls12_381 = SubmitArg { proof: stage.on_bls12_381(2).proof, ..stage.on_bls12_381(1) };
    let unchanged = Unchanged::from_now(&stage.deployment);

    let (answer, refunded) = stage.submit(3 * bn254, &bad(1));
    assert_eq!((reason(answer), refunded), (ProofReason::InvalidProof, 2 * bn254));
    let mut batch: Vec<SubmitArg> = (0..20).map(bad).collect();
    batch.push(bad_on_bls12_381);
    let (answers, refunded) = stage.submit_many(20 * bn254 + bls12_381 + 1, batch);
    assert!(answers.expect("looked at").into_iter().all(|answer| reason(answer) == ProofReason::InvalidProof));
    assert_eq!(refunded, 1);
    unchanged.check("bad proofs");

    // Cycles paid for them: the payer's budget is as full as it was, and so is that of everybody else.
    stage.exhaust();
    let (answer, _) = stage.submit(0, &stage.on_bn254(1));
    assert!(matches!(reason(answer), ProofReason::BudgetExhausted { .. }));
    let other = block_on(stage.deployment.called_by(OWNER).proof_verifier().submit(&stage.on_bn254(1)));
    assert_eq!(other.expect("answers").expect("issued").submitter, OWNER);
}
