//! One entry is proved without the others.

use crate::{deploy, random};
use calisec_sdk::identity::Identity;
use calisec_sdk::verify::{self, InclusionError, Trust};
use calisec_testkit::Scene;
use calisec_testkit::backend::Backend;
use calisec_testkit::scene::answered;
use calisec_types::ids::Seq;
use calisec_types::membership::{AuditEntryProof, MembershipReason};
use candid::Encode;
use pollster::block_on;

/// The proof of an entry takes so many bytes at the most, in a log of a few dozen.
const MAX_PROOF_BYTES: usize = 4_000;

pub fn should_prove_every_entry_at_any_length_and_after_an_upgrade<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let scene = Scene::new(&deployment, random());
    scene.until_members().expect("members");
    let membership = scene.anyone().membership();
    let root_key = deployment.backend.root_key();
    let prove = |seq: u64| answered(block_on(membership.audit_entry_proof(Seq(seq)))).expect("is in the log");
    let check = |proof: &AuditEntryProof| {
        let trust = Trust { root_key: &root_key, now: deployment.backend.now() };
        verify::audit_entry(proof, membership.canister(), &trust).map(|entry| entry.seq)
    };
    let log = |from: u64| {
        let arg = calisec_types::membership::AuditArg { from: Seq(from), limit: Some(1) };
        block_on(membership.audit_log(&arg)).expect("answers")
    };

    let mut early = prove(2);
    let first = early.head.seq.0;
    for number in 0..13u8 {
        answered(scene.add_member(&Identity::from_seed([100 + number; 32]), "reader")).expect("added");
        let last = first + u64::from(number) + 1;
        for seq in [1, 2, last / 2, last - 1, last] {
            let proof = prove(seq);
            assert_eq!(check(&proof).expect("verifies"), Seq(seq), "{seq} of {last}");
            assert_eq!(log(seq), [proof.entry], "{seq} of {last}");
        }
        for unknown in [0, last + 1, u64::MAX] {
            let refused = block_on(membership.audit_entry_proof(Seq(unknown))).expect("answers").expect_err("refused");
            assert_eq!(refused.reason, Some(MembershipReason::UnknownAuditEntry(Seq(unknown))));
        }
    }
    let proof = prove(3);
    assert!(Encode!(&proof).expect("encodes").len() < MAX_PROOF_BYTES);
    // An entry that is newer than the certificate, and a path of another time.
    let newest = prove(first + 13);
    early.entry = newest.entry;
    assert!(matches!(check(&early), Err(InclusionError::AfterTheEnd { .. })));
    early.entry = proof.entry.clone();
    assert!(check(&early).is_err());
    for byte in 0..proof.head.witness.len() {
        let mut forged = proof.clone();
        forged.head.witness[byte] ^= 1 << (byte % 8);
        assert!(matches!(check(&forged), Err(InclusionError::Head(_))), "byte {byte} of the witness");
    }
    let bytes = proof.head.certificate.clone().expect("a query has a certificate");
    // A signature takes milliseconds to check.
    for byte in (0..bytes.len()).step_by(11) {
        let mut forged = proof.clone();
        let mut certificate = bytes.clone();
        certificate[byte] ^= 1 << (byte % 8);
        forged.head.certificate = Some(certificate);
        assert!(matches!(check(&forged), Err(InclusionError::Head(_))), "byte {byte} of the certificate");
    }

    deployment.upgrade_all().expect("upgrades");
    let after = prove(3);
    assert_eq!((&after.entry, &after.path, after.head.root), (&proof.entry, &proof.path, proof.head.root));
    assert_eq!(check(&after).expect("verifies"), Seq(3));
    answered(scene.add_member(&Identity::from_seed([99; 32]), "reader")).expect("added");
    assert_eq!(check(&prove(first + 14)).expect("verifies"), Seq(first + 14));
}
