//! The journeys of the design, on the real modules of all four canisters.

use calisec_certification::{decode_certificate, decode_tree};
use calisec_sdk::Random;
use calisec_sdk::verify::{self, AuditChain, CERTIFICATE_TOLERANCE, Trust};
use calisec_testkit::backend::Backend;
use calisec_testkit::modules;
use calisec_testkit::scene::{Cast, answered};
use calisec_testkit::setup::STORY_RULES;
use calisec_testkit::story::{Silent, Story};
use calisec_testkit::{Deployment, Scene, Setup};
use calisec_tests::journeys;
use calisec_types::governance::{
    BallotsArg, Choice, CircuitsInit, GovernanceArg, GovernanceReason, GovernanceSetting, Measure, ProposalsArg, Status,
};
use calisec_types::ids::{Seq, Timestamp, Weight};
use calisec_types::membership::{AuditArg, AuditEntry, AuditHead, GrantsArg, MembersArg, RemoveMemberArg};
use calisec_types::note_registry::{NotesArg, ReleasesArg};
use calisec_types::proof_verifier::{
    CircuitStatus, ProofReason, ReceiptCertificate, SetCircuitStatusArg, StatementKind,
};
use candid::{Nat, Principal, encode_args, encode_one};
use ic_certificate_verification::VerifyCertificate;
use ic_certification::LookupResult;
use pollster::block_on;
use serde_bytes::ByteBuf;
use std::process::ExitCode;
use std::time::Duration;

const NOTE: &[u8] = b"the recipe is in the blue notebook";

fn main() -> ExitCode {
    calisec_tests::run(journeys![
        should_tell_the_whole_story,
        should_keep_everything_when_all_canisters_are_upgraded,
        should_certify_the_audit_log_so_that_no_changed_bit_passes,
        should_certify_receipts_so_that_no_changed_bit_passes,
        should_strike_the_ballot_of_a_removed_member_before_it_executes,
        should_revoke_a_circuit_when_those_who_decide_about_circuits_vote_for_it,
        should_decide_about_circuits_when_an_upgrade_says_who_does,
    ])
}

fn deploy<B: Backend>(backend: B) -> Deployment<B> {
    Setup::default().on(backend).expect("the four canisters install")
}

fn random() -> Random {
    Random::from_seed([1; 32])
}

/// F1 to F5 and F9: the story checks every step and every refusal itself; here is checked what it left behind.
fn should_tell_the_whole_story<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let ending = Story::new(&deployment, Silent, random(), NOTE.to_vec()).tell().expect("every step goes as it must");
    assert_eq!(ending.decrypted, NOTE);

    let anyone = deployment.called_by(Principal::anonymous());
    let members =
        block_on(anyone.membership().members(&MembersArg { context: ending.context, after: None, limit: None }))
            .expect("answers")
            .expect("the context exists");
    let mut expected = [ending.cast.alice.account(), ending.cast.carol.account()];
    expected.sort();
    assert_eq!(members.members.iter().map(|member| member.account).collect::<Vec<_>>(), expected);
    let grants = block_on(anyone.membership().grants(&GrantsArg { context: ending.context, after: None, limit: None }))
        .expect("answers")
        .expect("the context exists");
    assert_eq!(grants.grants, []);

    let owner = ending.note.owner;
    let balance = block_on(anyone.note_registry().icrc7_balance_of(&[owner])).expect("answers");
    assert_eq!(balance, [Nat::from(1u8)]);
    assert_eq!(owner.owner, ending.cast.alice.principal());

    let releases =
        block_on(anyone.note_registry().releases(&ReleasesArg { from: Seq(1), limit: None })).expect("answers");
    let [release] = releases.as_slice() else { panic!("one release, not {releases:?}") };
    assert_eq!((release.note, release.recipient), (ending.note.id, ending.cast.bob.account()));
    for proposal in ending.proposals {
        let proposal = block_on(anyone.governance().proposal(proposal)).expect("answers").expect("exists");
        assert_eq!(proposal.status, Status::Executed);
    }
}

/// Everything the canisters answer is the same before and after an upgrade of all four, and so is their stable memory.
fn should_keep_everything_when_all_canisters_are_upgraded<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let ending = Story::new(&deployment, Silent, random(), NOTE.to_vec()).tell().expect("every step goes as it must");
    let answers = || {
        let anyone = deployment.called_by(Principal::anonymous());
        let context = ending.context;
        let ballots = BallotsArg { proposal: ending.proposals[0], after: None, limit: None };
        let head = block_on(anyone.membership().audit_head()).expect("answers");
        (
            (
                block_on(anyone.membership().context(context)),
                block_on(anyone.membership().members(&MembersArg { context, after: None, limit: None })),
                block_on(anyone.membership().policy(context)),
                block_on(anyone.membership().audit_log(&AuditArg { from: Seq(1), limit: None })),
                (head.seq, head.hash, head.witness),
            ),
            (
                block_on(anyone.proof_verifier().receipt(ending.note.receipt)),
                block_on(anyone.proof_verifier().proof(ending.note.receipt)),
                block_on(anyone.proof_verifier().circuit(deployment.prover.circuit_id())),
            ),
            (
                block_on(anyone.note_registry().notes(&NotesArg { context, after: None, limit: None })),
                block_on(anyone.note_registry().ciphertext(ending.note.id)),
                block_on(anyone.note_registry().releases(&ReleasesArg { from: Seq(1), limit: None })),
                block_on(anyone.note_registry().icrc7_token_metadata(&[Nat::from(ending.note.id.0)])),
            ),
            (
                block_on(anyone.governance().proposals(&ProposalsArg { context, after: None, limit: None })),
                block_on(anyone.governance().ballots(&ballots)),
                block_on(anyone.governance().rules()),
            ),
        )
    };
    let before = answers();
    let memories = deployment.stable_memories();
    deployment.upgrade_all().expect("upgrades");
    assert_eq!(answers(), before);
    assert!(deployment.stable_memories() == memories, "an upgrade to the same code changed stable memory");
}

/// The public verifier takes the head back to the network's root key; and of what is not exactly that, nothing passes.
fn should_certify_the_audit_log_so_that_no_changed_bit_passes<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let scene = Scene::new(&deployment, random());
    scene.until_members().expect("members");
    let membership = scene.anyone().membership();
    let (root_key, now) = (deployment.backend.root_key(), deployment.backend.now());
    let head = block_on(membership.audit_head()).expect("answers");
    let bytes = head.certificate.clone().expect("a query has a certificate").into_vec();

    let certificate = decode_certificate(&bytes).expect("a certificate");
    let id = membership.canister();
    let tolerance = CERTIFICATE_TOLERANCE.as_nanos();
    certificate.verify(id.as_slice(), &root_key, &u128::from(now.0), &tolerance).expect("the root key vouches for it");
    let certified = match certificate.tree.lookup_path([b"canister", id.as_slice(), b"certified_data"]) {
        LookupResult::Found(data) => data.to_vec(),
        other => panic!("no certified data: {other:?}"),
    };
    assert_eq!(decode_tree(&head.witness).expect("a hash tree").digest()[..], certified[..]);

    let trust = Trust { root_key: &root_key, now };
    let verified = verify::audit_head(&head, id, &trust).expect("verifies");
    // A signature takes milliseconds to check: every seventh byte of the certificate, every one of the witness.
    for index in (0..bytes.len()).step_by(7) {
        let mut flipped = bytes.clone();
        flipped[index] ^= 1 << (index % 8);
        let forged = AuditHead { certificate: Some(ByteBuf::from(flipped)), ..head.clone() };
        assert!(verify::audit_head(&forged, id, &trust).is_err(), "byte {index} of the certificate");
    }
    for index in 0..head.witness.len() {
        let mut forged = head.clone();
        forged.witness[index] ^= 1 << (index % 8);
        assert!(verify::audit_head(&forged, id, &trust).is_err(), "byte {index} of the witness");
    }
    assert!(verify::audit_head(&head, deployment.ids.governance, &trust).is_err(), "another canister's");
    let elsewhere = Trust { root_key: &root_key[..root_key.len() - 1], now };
    assert!(verify::audit_head(&head, id, &elsewhere).is_err(), "another root key");

    let log = block_on(membership.audit_log(&AuditArg { from: Seq(1), limit: None })).expect("answers");
    let whole = |log: &[AuditEntry]| {
        let mut chain = AuditChain::default();
        chain.extend(log).and_then(|()| chain.ends_in(verified))
    };
    assert_eq!(whole(&log), Ok(()));
    let changes: [fn(&mut Vec<AuditEntry>); 6] = [
        |log| log[1].event = log[2].event.clone(),
        |log| log[1].at = Timestamp(log[1].at.0 + 1),
        |log| log[1].caller = Principal::anonymous(),
        |log| log[1].context.0[0] ^= 1,
        |log| log.swap(1, 2),
        |log| drop(log.pop()),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut forged = log.clone();
        change(&mut forged);
        assert!(whole(&forged).is_err(), "change {number} went unnoticed");
    }
}

/// A receipt from its issue over its consumption to the revocation of its circuit, as an auditor sees it who trusts the root key.
fn should_certify_receipts_so_that_no_changed_bit_passes<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let mut scene = Scene::new(&deployment, random());
    scene.until_circuit().expect("a circuit");
    let (id, mint, _) = scene.another_receipt(b"a note").expect("a receipt");
    let (unconsumed, ..) = scene.another_receipt(b"another note").expect("a receipt");
    let verifier = scene.anyone().proof_verifier();
    let (root_key, canister) = (deployment.backend.root_key(), verifier.canister());
    let trust = || Trust { root_key: &root_key, now: deployment.backend.now() };
    let ask = |id| block_on(verifier.receipt_certificate(id)).expect("answers").expect("exists");

    let issued = ask(id);
    let receipt = verify::receipt(&issued, canister, &trust()).expect("verifies").clone();
    assert_eq!(Ok(Ok(receipt.clone())), block_on(verifier.receipt(id)).map_err(|error| error.to_string()));
    assert!(receipt.consumed_at.is_none() && !receipt.is_revoked);
    let refused = |what: &str, forged: &ReceiptCertificate| {
        assert!(verify::receipt(forged, canister, &trust()).is_err(), "{what} went unnoticed");
    };
    let bytes = issued.certificate.clone().expect("a query has a certificate").into_vec();
    // A signature takes milliseconds to check: every eleventh byte of the certificate, every one of the witness.
    for index in (0..bytes.len()).step_by(11) {
        let mut flipped = bytes.clone();
        flipped[index] ^= 1 << (index % 8);
        let forged = ReceiptCertificate { certificate: Some(ByteBuf::from(flipped)), ..issued.clone() };
        refused(&format!("byte {index} of the certificate"), &forged);
    }
    for index in 0..issued.witness.len() {
        let mut forged = issued.clone();
        forged.witness[index] ^= 1 << (index % 8);
        refused(&format!("byte {index} of the witness"), &forged);
    }
    let changes: [fn(&mut ReceiptCertificate); 16] = [
        |forged| forged.receipt.id.0[0] ^= 1,
        |forged| forged.receipt.circuit.0[0] ^= 1,
        |forged| forged.receipt.statement = StatementKind::Raw,
        |forged| forged.receipt.public_inputs[1].0[31] ^= 1,
        |forged| forged.receipt.public_inputs.truncate(3),
        |forged| forged.receipt.context.0[0] ^= 1,
        |forged| forged.receipt.consumer = Principal::anonymous(),
        |forged| forged.receipt.purpose.push('x'),
        |forged| forged.receipt.submitter = Principal::anonymous(),
        |forged| forged.receipt.issued_at.0 += 1,
        |forged| forged.receipt.expires_at.0 += 1,
        |forged| forged.receipt.consumed_at = Some(Timestamp(1)),
        |forged| forged.receipt.is_revoked = true,
        |forged| forged.position += 1,
        |forged| forged.circuit_position += 1,
        |forged| forged.circuit_status = CircuitStatus::Deprecated,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut forged = issued.clone();
        change(&mut forged);
        refused(&format!("change {number}"), &forged);
    }
    assert!(verify::receipt(&issued, deployment.ids.governance, &trust()).is_err(), "another canister's");
    let late = Trust { now: trust().now.plus_seconds(CERTIFICATE_TOLERANCE.as_secs() + 1), ..trust() };
    assert!(verify::receipt(&issued, canister, &late).is_err(), "a certificate of long ago");

    // Consumed; and what was certified before cannot stand for it afterwards.
    block_on(scene.as_(&scene.cast.alice).note_registry().mint(&mint)).expect("answers").expect("minted");
    let consumed = ask(id);
    assert!(verify::receipt(&consumed, canister, &trust()).expect("verifies").consumed_at.is_some());
    refused("a witness of before", &ReceiptCertificate { witness: issued.witness.clone(), ..consumed.clone() });
    refused("the receipt as it was", &ReceiptCertificate { receipt: receipt.clone(), ..consumed });

    // Revoked: every receipt of the circuit says so, and nobody can hide it.
    let governance = deployment.called_by(deployment.ids.governance).proof_verifier();
    let revoke = SetCircuitStatusArg { circuit: receipt.circuit, status: CircuitStatus::Revoked };
    block_on(governance.set_circuit_status(&revoke)).expect("answers").expect("governance may");
    for id in [id, unconsumed] {
        let revoked = ask(id);
        assert!(verify::receipt(&revoked, canister, &trust()).expect("verifies").is_revoked);
        let mut hidden = revoked.clone();
        hidden.receipt.is_revoked = false;
        refused("a hidden revocation", &hidden);
        hidden.circuit_status = CircuitStatus::Active;
        refused("a status that is over", &hidden);
    }
    deployment.upgrade_all().expect("upgrades");
    assert!(verify::receipt(&ask(unconsumed), canister, &trust()).expect("verifies after an upgrade").is_revoked);
}

/// Weakness 9: what a member decided that was removed since does not happen.
fn should_strike_the_ballot_of_a_removed_member_before_it_executes<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let mut scene = Scene::new(&deployment, random());
    let minted = scene.until_note(NOTE).expect("a note");
    let proposal = scene.adopt("Bob reads", scene.grant(&minted, &scene.cast.bob)).expect("two of three adopt it");
    let (anybody, alice) = (&scene.cast.mallory, scene.cast.alice.account());
    let kept = scene.strike(anybody, proposal, alice).expect("answers").expect_err("a member's ballot counts").reason;
    assert_eq!(kept, Some(GovernanceReason::StillEntitled));

    let remove = RemoveMemberArg { context: scene.context(), account: alice };
    answered(block_on(scene.as_(&scene.cast.dana).membership().remove_member(&remove))).expect("removes");
    let counted = answered(scene.strike(anybody, proposal, alice)).expect("strikes");
    assert_eq!((counted.adopt, counted.electorate), (Weight(1), Weight(3)));
    let status = || answered(block_on(scene.anyone().governance().proposal(proposal))).expect("exists").status;
    assert_eq!(status(), Status::Open);

    answered(scene.add_member(&scene.cast.alice, "contributor")).expect("a member again");
    let again =
        scene.vote(&scene.cast.alice, proposal, Choice::Adopt).expect("answers").expect_err("votes twice").reason;
    assert_eq!(again, Some(GovernanceReason::AlreadyVoted));
    deployment.backend.advance(Duration::from_secs(STORY_RULES.voting_period_seconds + STORY_RULES.timelock_seconds));
    assert_eq!(status(), Status::Rejected);
    answered(scene.execute(anybody, proposal)).expect_err("nothing was adopted");
    let grants = GrantsArg { context: scene.context(), after: None, limit: None };
    let grants = answered(block_on(scene.anyone().membership().grants(&grants))).expect("answers").grants;
    assert!(grants.is_empty(), "the removed member's vote granted something");
}

/// Proposal, vote, timelock; then nobody earns a receipt with the circuit, and those there are say so and mint nothing.
fn should_revoke_a_circuit_when_those_who_decide_about_circuits_vote_for_it<B: Backend>(backend: B) {
    let context = Cast::new(&mut random()).context_key.context();
    let deployment = Setup::default().circuits_decided_by(context).on(backend).expect("the four canisters install");
    let mut scene = Scene::new(&deployment, random());
    assert_eq!(scene.context(), context);
    scene.until_circuit().expect("a circuit");
    let (receipt, mint, _) = scene.another_receipt(b"a note").expect("a receipt");
    let proved = scene.another_proof(b"another note").expect("a proof").submission;
    let circuit = deployment.prover.circuit_id();
    let alice = scene.as_(&scene.cast.alice);
    let set = |status| Measure::Circuit(SetCircuitStatusArg { circuit, status });
    let decree = |status| {
        let proposal = scene.adopt("About the circuit", set(status)).expect("adopted");
        assert_ne!(block_on(alice.proof_verifier().circuit(circuit)).expect("answers").expect("there").status, status);
        scene.execute_after_timelock(&scene.cast.carol, proposal).expect("executed");
        assert_eq!(block_on(alice.proof_verifier().circuit(circuit)).expect("answers").expect("there").status, status);
    };
    let refusal = || {
        let refused = block_on(alice.proof_verifier().submit(&proved)).expect("answers");
        refused.map(|_| ()).expect_err("earns a receipt").reason
    };
    // Deprecated by others than its owner, and taken back.
    decree(CircuitStatus::Deprecated);
    let status = CircuitStatus::Deprecated;
    assert_eq!(refusal(), Some(ProofReason::CircuitNotActive { circuit, status }));
    decree(CircuitStatus::Active);

    decree(CircuitStatus::Revoked);
    let status = CircuitStatus::Revoked;
    assert_eq!(refusal(), Some(ProofReason::CircuitNotActive { circuit, status }));
    let marked = block_on(alice.proof_verifier().receipt(receipt)).expect("answers").expect("there");
    assert!(marked.is_revoked);
    assert!(block_on(alice.note_registry().mint(&mint)).expect("answers").is_err(), "a revoked receipt mints");
    let back = scene.propose(&scene.cast.carol, "Take it back", set(CircuitStatus::Active)).expect("answers");
    let reason = back.expect_err("revoked for good").reason;
    assert!(
        matches!(&reason, Some(GovernanceReason::InvalidStep { step: 0, message }) if message.contains("for good"))
    );
}

/// Nobody decides about circuits until an upgrade says who does; a wrong one says nothing.
fn should_decide_about_circuits_when_an_upgrade_says_who_does<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let mut scene = Scene::new(&deployment, random());
    scene.until_circuit().expect("a circuit");
    let proved = scene.another_proof(b"a note").expect("a proof").submission;
    let (ids, circuit) = (deployment.ids, deployment.prover.circuit_id());
    let revoke = || Measure::Circuit(SetCircuitStatusArg { circuit, status: CircuitStatus::Revoked });
    let upgrade = |argument: &[u8]| {
        deployment.backend.upgrade(ids.governance, &modules::load("governance").expect("built"), argument)
    };
    let decides = || block_on(scene.anyone().governance().circuits()).expect("answers");
    let nobody_decides = || {
        assert_eq!(decides(), None);
        let refused = scene.propose(&scene.cast.carol, "Revoke it", revoke()).expect("answers");
        let reason = refused.expect_err("nobody decides about circuits").reason;
        assert!(
            matches!(&reason, Some(GovernanceReason::InvalidStep { step: 0, message }) if message.contains("do not"))
        );
    };
    nobody_decides();
    upgrade(&encode_args(()).expect("encodes")).expect("upgrades");
    nobody_decides();
    let circuits = CircuitsInit { proof_verifier: ids.proof_verifier, context: scene.context() };
    let before = deployment.backend.stable_image(ids.governance);
    upgrade(&encode_one(circuits).expect("encodes")).expect_err("upgraded with a record alone");
    assert!(deployment.backend.stable_image(ids.governance) == before, "a refused upgrade changed something");
    nobody_decides();

    let settings = GovernanceArg::Upgrade(vec![GovernanceSetting::Circuits(circuits)]);
    upgrade(&encode_one(settings).expect("encodes")).expect("upgrades");
    assert_eq!(decides(), Some(circuits));
    let proposal = scene.adopt("Revoke it", revoke()).expect("adopted");
    upgrade(&encode_args(()).expect("encodes")).expect("upgrades");
    scene.execute_after_timelock(&scene.cast.carol, proposal).expect("executed");
    let refused = block_on(scene.as_(&scene.cast.alice).proof_verifier().submit(&proved)).expect("answers");
    let status = CircuitStatus::Revoked;
    assert_eq!(
        refused.map(|_| ()).expect_err("earns a receipt").reason,
        Some(ProofReason::CircuitNotActive { circuit, status })
    );
}
