//! Every endpoint of the story.

use crate::metered::{Measured, Metered};
use crate::table::{Row, compare};
use calisec_sdk::identity::Identity;
use calisec_sdk::{Random, aggregate};
use calisec_testkit::backend::Backend;
use calisec_testkit::modules::{self, CANISTERS};
use calisec_testkit::scene::{Minted, Proved, answered};
use calisec_testkit::{Scene, Setup};
use calisec_types::aggregates::{CommitUpdateArg, Contributor, MAX_CONTRIBUTORS, MAX_DIMENSION, OpenRoundArg};
use calisec_types::governance::Choice;
use calisec_types::ids::{FieldElement, ProposalId, Revision, Seq};
use calisec_types::membership::{
    AuditArg, Change, ElectorateArg, MembersArg, RemoveMemberArg, Request, ValidateChangeArg, VotingWeightArg,
};
use calisec_types::note_registry::icrc7::TransferArg;
use calisec_types::proof_verifier::{
    Curve, EncodedProof, EncodedVerifyingKey, RegisterCircuitArg, StatementKind, SubmitArg, VerifyArg,
};
use calisec_zk::groth16::{Bls12_381, Curve as PairingCurve, parse_public_json};
use candid::{Nat, Principal, encode_args};
use icrc_ledger_types::icrc1::account::Account;
use pollster::block_on;
use serde_bytes::ByteBuf;
use std::fs;
use std::path::Path;

const NOTE_BYTES: usize = 1_000;

pub struct Rows<'a> {
    network: &'a Metered,
    rows: Vec<Row>,
}

impl<'a> Rows<'a> {
    pub const fn on(network: &'a Metered) -> Self {
        Self { network, rows: Vec::new() }
    }

    pub fn done(self) -> Vec<Row> {
        self.rows
    }

    pub fn add<T>(
        &mut self,
        canister: &'static str,
        method: &'static str,
        case: &'static str,
        act: impl FnOnce() -> T,
    ) -> T {
        let (outcome, measured) = self.network.measure(act);
        assert_ne!(measured, Measured::default(), "{canister}.{method}: nothing was executed");
        self.rows.push(Row { canister, method, case, measured });
        outcome
    }
}

/// Of a call that must be answered, and not with a refusal.
#[macro_export]
macro_rules! good {
    ($call:expr) => {
        answered(block_on($call)).expect("is answered")
    };
}

#[test]
fn should_cost_what_the_table_says() {
    let mut deployment = Setup::default().on(Metered::new()).expect("the four canisters install");
    let mut scene = Scene::new(&deployment, Random::from_seed([9; 32]));
    let mut rows = Rows::on(&deployment.backend);
    members(&scene, &mut rows);
    let minted = mint(&mut scene, &mut rows);
    let proposal = govern(&scene, &minted, &mut rows);
    release(&scene, &minted, &mut rows);
    reads(&scene, &minted, proposal, &mut rows);
    transfer_and_remove(&scene, &minted, &mut rows);
    signed(&scene, &mut rows);
    crate::membership::rest(&scene, &minted, &mut rows);
    curves(&scene, &mut rows);
    let ids = deployment.ids;
    for (name, id) in CANISTERS.into_iter().zip([ids.membership, ids.proof_verifier, ids.note_registry, ids.governance])
    {
        let (module, arg) = (modules::load(name).expect("built"), encode_args(()).expect("encodes"));
        rows.add(name, "upgrade", "", || deployment.backend.upgrade(id, &module, &arg).expect("upgrades"));
    }
    let mut rows = rows.done();
    rows.extend(crate::proof_claims::rows());
    rows.extend(crate::members::rows());
    rows.extend(crate::receipts::rows(&mut deployment));
    compare(&rows);
}

fn members(scene: &Scene<'_, Metered>, rows: &mut Rows<'_>) {
    let cast = &scene.cast;
    rows.add("membership", "register_context", "", || answered(scene.register_context())).expect("registered");
    for (member, role, case) in [
        (&cast.alice, "contributor", "the first"),
        (&cast.bob, "reader", "the second"),
        (&cast.carol, "reader", "the third"),
    ] {
        rows.add("membership", "add_member", case, || answered(scene.add_member(member, role))).expect("added");
    }
}

fn mint(scene: &mut Scene<'_, Metered>, rows: &mut Rows<'_>) -> Minted {
    rows.add("proof_verifier", "register_circuit", "", || answered(scene.register_circuit())).expect("registered");
    let Proved { submission, ciphertext, key } = scene.another_proof(&[7; NOTE_BYTES]).expect("a proof");
    let alice = scene.as_(&scene.cast.alice);
    let verify = VerifyArg {
        circuit: submission.circuit,
        public_inputs: submission.public_inputs.clone(),
        proof: submission.proof.clone(),
    };
    rows.add("proof_verifier", "verify", "", || good!(alice.proof_verifier().verify(&verify)));
    let submit = || good!(alice.proof_verifier().submit(&submission));
    let receipt = rows.add("proof_verifier", "submit", "the circuit's first", submit);
    let another = scene.another_proof(&[8; NOTE_BYTES]).expect("a proof").submission;
    rows.add("proof_verifier", "submit", "", || good!(alice.proof_verifier().submit(&another)));
    let arg = scene.mint_arg(receipt.id, &ciphertext);
    let note = rows.add("note_registry", "mint", "with decide and consume", || good!(alice.note_registry().mint(&arg)));
    let minted = Minted { note, key };
    let deposit = scene.envelope_for_bob(&minted).expect("sealed");
    rows.add("note_registry", "deposit_envelope", "", || good!(alice.note_registry().deposit_envelope(&deposit)));
    minted
}

fn govern(scene: &Scene<'_, Metered>, minted: &Minted, rows: &mut Rows<'_>) -> ProposalId {
    let cast = &scene.cast;
    let change = scene.grant(minted, &cast.bob);
    let anyone = scene.anyone().membership();
    let context = scene.context();
    let electorate = ElectorateArg { context, proposer: cast.carol.principal() };
    rows.add("membership", "electorate", "", || good!(anyone.electorate(&electorate)));
    let weight = VotingWeightArg { context, revision: Revision(3), voter: cast.carol.principal() };
    rows.add("membership", "voting_weight", "", || good!(anyone.voting_weight(&weight)));
    let validate = ValidateChangeArg { context, change: change.clone() };
    rows.add("membership", "validate_change", "a grant", || good!(anyone.validate_change(&validate)));
    let cedar = good!(anyone.policy(context)).cedar;
    let validate = ValidateChangeArg { context, change: Change::SetPolicy { cedar } };
    rows.add("membership", "validate_change", "three policies", || good!(anyone.validate_change(&validate)));

    let propose = || answered(scene.propose(&cast.carol, "Let Bob read", change));
    let proposal = rows.add("governance", "propose", "one step", propose).expect("proposed").id;
    for (voter, case) in [(&cast.carol, "open afterwards"), (&cast.alice, "adopted by it")] {
        rows.add("governance", "vote", case, || answered(scene.vote(voter, proposal, Choice::Adopt))).expect("votes");
    }
    let execute = || scene.execute_after_timelock(&cast.carol, proposal).expect("executed");
    rows.add("governance", "execute", "by its timer with two queries", execute);
    rows.add("governance", "execute", "executed already", || {
        good!(scene.as_(&cast.carol).governance().execute(proposal))
    });
    proposal
}

fn release(scene: &Scene<'_, Metered>, minted: &Minted, rows: &mut Rows<'_>) {
    let cast = &scene.cast;
    rows.add("membership", "decide", "allowed by a grant", || answered(scene.decide(minted, &cast.bob)))
        .expect("answers");
    rows.add("membership", "decide", "denied and explained", || answered(scene.decide(minted, &cast.carol)))
        .expect("answers");
    let bob = scene.as_(&cast.bob).note_registry();
    rows.add("note_registry", "request_key", "with decide", || good!(bob.request_key(minted.note.id)));
    rows.add("note_registry", "ciphertext", "a kilobyte", || good!(bob.ciphertext(minted.note.id)));
}

fn reads(scene: &Scene<'_, Metered>, minted: &Minted, proposal: ProposalId, rows: &mut Rows<'_>) {
    let (anyone, context) = (scene.anyone(), scene.context());
    rows.add("membership", "context", "", || good!(anyone.membership().context(context)));
    let members = MembersArg { context, after: None, limit: None };
    rows.add("membership", "members", "three", || good!(anyone.membership().members(&members)));
    rows.add("membership", "audit_head", "", || block_on(anyone.membership().audit_head()).expect("answers"));
    let log = AuditArg { from: Seq(1), limit: None };
    rows.add("membership", "audit_log", "five entries", || {
        block_on(anyone.membership().audit_log(&log)).expect("answers")
    });
    rows.add("proof_verifier", "receipt", "", || good!(anyone.proof_verifier().receipt(minted.note.receipt)));
    rows.add("proof_verifier", "proof", "", || good!(anyone.proof_verifier().proof(minted.note.receipt)));
    rows.add("note_registry", "note", "", || good!(anyone.note_registry().note(minted.note.id)));
    let token = [Nat::from(minted.note.id.0)];
    let registry = anyone.note_registry();
    rows.add("note_registry", "icrc7_owner_of", "", || block_on(registry.icrc7_owner_of(&token)).expect("answers"));
    let owner = [minted.note.owner];
    rows.add("note_registry", "icrc7_balance_of", "", || block_on(registry.icrc7_balance_of(&owner)).expect("answers"));
    rows.add("note_registry", "icrc7_token_metadata", "", || {
        block_on(registry.icrc7_token_metadata(&token)).expect("answers")
    });
    rows.add("governance", "proposal", "", || good!(anyone.governance().proposal(proposal)));
}

fn transfer_and_remove(scene: &Scene<'_, Metered>, minted: &Minted, rows: &mut Rows<'_>) {
    let cast = &scene.cast;
    let to = |owner| Account { owner, subaccount: None };
    let transfer = |recipient, created_at_time| TransferArg {
        from_subaccount: None,
        to: to(recipient),
        token_id: Nat::from(minted.note.id.0),
        memo: None,
        created_at_time,
    };
    let there = transfer(cast.carol.principal(), None);
    let now = scene.deployment.backend.now().0;
    let back = transfer(cast.alice.principal(), Some(now));
    for (who, arg, case) in [(&cast.alice, there, ""), (&cast.carol, back, "deduplicated")] {
        let registry = scene.as_(who).note_registry();
        let answer = rows.add("note_registry", "icrc7_transfer", case, || {
            block_on(registry.icrc7_transfer(&[arg])).expect("answers")
        });
        assert!(matches!(answer.as_slice(), [Some(Ok(_))]), "{answer:?}");
    }
    let bob = RemoveMemberArg { context: scene.context(), account: cast.bob.account() };
    let dana = scene.as_(&cast.dana).membership();
    rows.add("membership", "remove_member", "with one grant", || good!(dana.remove_member(&bob)));
}

/// What a signature costs beside a call.
fn signed(scene: &Scene<'_, Metered>, rows: &mut Rows<'_>) {
    let anyone = scene.anyone().membership();
    let claim = scene.claim(&scene.cast.context_key);
    rows.add("membership", "register_claim", "", || good!(anyone.register_claim(&claim)));
    let add = Request::AddMember(scene.member(&Identity::from_seed([21; 32]), "reader"));
    let request = scene.sign_requests(&scene.cast.dana, 0).sign(add, scene.soon());
    rows.add("membership", "submit_request", "add_member", || good!(anyone.submit_request(&request)));
    let joiner = Identity::from_seed([22; 32]);
    let redemption = scene.redemption(&joiner);
    let joiner = scene.as_(&joiner).membership();
    rows.add("membership", "redeem_invite", "open", || good!(joiner.redeem_invite(&redemption)));
}

/// The other curve: its proofs, and the largest aggregate.
fn curves(scene: &Scene<'_, Metered>, rows: &mut Rows<'_>) {
    let alice = scene.as_(&scene.cast.alice).proof_verifier();
    let vector = |name: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/libs/zk/tests/vectors/snarkjs/bls12381");
        fs::read_to_string(folder.join(name)).expect("a committed vector")
    };
    let circuit = RegisterCircuitArg {
        name: "product".to_owned(),
        statement: StatementKind::Raw,
        curve: Curve::Bls12_381,
        verifying_key: EncodedVerifyingKey::SnarkjsJson(vector("verification_key.json")),
        ceremony: None,
    };
    let register = || good!(alice.register_circuit(&circuit));
    let circuit = rows.add("proof_verifier", "register_circuit", "on BLS12-381", register).id;
    let inputs = parse_public_json::<<Bls12_381 as PairingCurve>::Scalar>(&vector("public.json")).expect("canonical");
    let verify = VerifyArg {
        circuit,
        public_inputs: inputs.to_be32().into_iter().map(FieldElement).collect(),
        proof: EncodedProof::SnarkjsJson(vector("proof.json")),
    };
    for (purpose, case) in [("first", "the first on BLS12-381"), ("second", "on BLS12-381")] {
        let submission = SubmitArg {
            circuit,
            context: scene.context(),
            consumer: scene.deployment.ids.note_registry,
            purpose: purpose.to_owned(),
            public_inputs: verify.public_inputs.clone(),
            proof: verify.proof.clone(),
        };
        rows.add("proof_verifier", "submit", case, || good!(alice.submit(&submission)));
    }

    let contributor = |number: usize| Principal::from_slice(&(number as u64).to_be_bytes());
    let round = OpenRoundArg {
        context: scene.context(),
        label: "step".to_owned(),
        dimension: MAX_DIMENSION as u32,
        closes_at: scene.deployment.backend.now().plus_seconds(1_000),
        quorum: 2,
        contributors: (0..MAX_CONTRIBUTORS)
            .map(|number| Contributor { contributor: contributor(number), weight: u32::MAX - number as u32 })
            .collect(),
    };
    let open = || good!(alice.open_round(&round));
    let id = rows.add("proof_verifier", "open_round", "128 contributors", open).id;
    let mut random = Random::from_seed([8; 32]);
    let verifier = scene.deployment.ids.proof_verifier;
    let mut openings = Vec::new();
    for number in 0..MAX_CONTRIBUTORS {
        let values = (0..MAX_DIMENSION).map(|index| (index as i64 - 512) << 12 | number as i64).collect();
        let (opening, commitment) = aggregate::commit(values, &mut random).expect("as many as may be");
        openings.push((round.contributors[number].weight, opening));
        let arg = CommitUpdateArg { round: id, commitment: ByteBuf::from(commitment) };
        let arg = encode_args((arg,)).expect("encodes");
        let commit = || rows.network.update(contributor(number), verifier, "commit_update", &arg).expect("a reply");
        if number + 1 == MAX_CONTRIBUTORS {
            rows.add("proof_verifier", "commit_update", "the 128th", commit);
        } else {
            commit();
        }
    }
    let weighted: Vec<_> = openings.iter().map(|(weight, opening)| (*weight, opening)).collect();
    let arg = aggregate::sum(id, &weighted).expect("fits");
    let post = || good!(alice.post_aggregate(&arg));
    let receipt = rows.add("proof_verifier", "post_aggregate", "1024 values of 128", post);
    assert_eq!(receipt.contributors as usize, MAX_CONTRIBUTORS);
}
