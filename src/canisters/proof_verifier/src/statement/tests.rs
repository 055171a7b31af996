use super::{Claimed, Inputs, Unclaimed};
use crate::curve::Inputs as GrothInputs;
use crate::storage::{StoredCurve, StoredStatement};
use calisec_types::ids::{CircuitId, ContextId, Digest32, FieldElement};
use calisec_zk::field::{Fr, to_be32};
use calisec_zk::groth16::PublicInputs;
use calisec_zk::statement::anonymous_signal::AnonymousSignal;
use calisec_zk::statement::credential::attribute_tag;
use calisec_zk::statement::note_commitment::context_tag;
use calisec_zk::statement::{Domain, Malformed, Mismatch, Purpose, Statement, receipt_id};
use candid::Principal;

const CIRCUIT: CircuitId = CircuitId([1; 32]);

fn domain() -> Domain<'static> {
    Domain {
        network_root_key_hash: Digest32([2; 32]),
        proof_verifier: Principal::from_slice(&[3]),
        context_id: ContextId([4; 32]),
        consumer: Principal::from_slice(&[5]),
        submitter: Principal::from_slice(&[6]),
        purpose: Purpose::new("poll/7#yes").expect("short"),
    }
}

/// Inputs of each kind that are about the domain; the nullifier is 77.
fn inputs(statement: StoredStatement, domain: &Domain<'_>) -> Vec<Fr> {
    let (root, nullifier) = (Fr::from(10u64), Fr::from(77u64));
    let (tag, signal, scope) = (context_tag(&domain.context_id), domain.signal(), domain.scope());
    let attribute = attribute_tag("age");
    match statement {
        StoredStatement::NoteCommitment => vec![root, nullifier, tag, signal],
        StoredStatement::Raw => vec![root, nullifier],
        StoredStatement::StarkNoteCommitment | StoredStatement::StarkMembership => unreachable!("takes words"),
        StoredStatement::ContextMembership => vec![root, nullifier, tag, signal, scope],
        StoredStatement::AnonymousSignal { .. } | StoredStatement::OwnKeySignal => {
            AnonymousSignal::new(root, nullifier, domain).inputs()
        }
        StoredStatement::CredentialRange => {
            vec![root, nullifier, tag, signal, scope, attribute, Fr::from(18u64), Fr::from(u64::MAX)]
        }
        StoredStatement::CredentialSet => vec![root, nullifier, tag, signal, scope, attribute, Fr::from(9u64)],
    }
}

const BOUND: [StoredStatement; 6] = [
    StoredStatement::NoteCommitment,
    StoredStatement::ContextMembership,
    StoredStatement::AnonymousSignal { depth: 20 },
    StoredStatement::OwnKeySignal,
    StoredStatement::CredentialRange,
    StoredStatement::CredentialSet,
];

fn claim(statement: StoredStatement, inputs: Vec<Fr>, domain: &Domain<'_>) -> Result<Claimed, Unclaimed> {
    Inputs::Groth16(GrothInputs::Bn254(PublicInputs::new(inputs))).claimed(statement, CIRCUIT, domain)
}

#[test]
fn should_name_receipt_and_nullifier_when_the_inputs_are_about_the_domain() {
    for statement in BOUND {
        let inputs = inputs(statement, &domain());
        let claimed = claim(statement, inputs.clone(), &domain()).expect("about the domain");
        assert_eq!(claimed.receipt, receipt_id(&CIRCUIT, &inputs));
        assert_eq!(claimed.nullifier.1, FieldElement(to_be32(&Fr::from(77u64))));
        // Only those of Semaphore count across circuits.
        let is_shared = matches!(statement, StoredStatement::AnonymousSignal { .. });
        assert_eq!(claimed.nullifier.0 != CIRCUIT, is_shared);
    }
}

#[test]
fn should_refuse_the_inputs_when_any_part_of_the_domain_is_another() {
    let domain = domain();
    let elsewhere = [
        Domain { network_root_key_hash: Digest32([9; 32]), ..domain },
        Domain { proof_verifier: Principal::from_slice(&[9]), ..domain },
        Domain { context_id: ContextId([9; 32]), ..domain },
        Domain { consumer: Principal::from_slice(&[9]), ..domain },
        Domain { submitter: Principal::from_slice(&[9]), ..domain },
        Domain { purpose: Purpose::new("poll/7#no").expect("short"), ..domain },
        Domain { purpose: Purpose::new("poll/8#yes").expect("short"), ..domain },
    ];
    for statement in BOUND {
        let inputs = inputs(statement, &domain);
        for other in elsewhere {
            let refused = claim(statement, inputs.clone(), &other);
            assert!(matches!(refused, Err(Unclaimed::Mismatch(_))), "{statement:?} in {other:?}: {refused:?}");
        }
    }
}

#[test]
fn should_refuse_the_inputs_when_the_scope_alone_is_another() {
    // A nullifier for a scope of one's own would be new each time.
    for (statement, index) in [
        (StoredStatement::ContextMembership, 4),
        (StoredStatement::AnonymousSignal { depth: 20 }, 3),
        (StoredStatement::OwnKeySignal, 3),
        (StoredStatement::CredentialRange, 4),
        (StoredStatement::CredentialSet, 4),
    ] {
        let mut inputs = inputs(statement, &domain());
        inputs[index] += Fr::from(1u64);
        assert_eq!(claim(statement, inputs, &domain()), Err(Unclaimed::Mismatch(Mismatch::Scope)));
    }
}

#[test]
fn should_refuse_the_range_when_it_is_none() {
    let range = |low: Fr, high: Fr| {
        let mut inputs = inputs(StoredStatement::CredentialRange, &domain());
        inputs[6..].copy_from_slice(&[low, high]);
        claim(StoredStatement::CredentialRange, inputs, &domain())
    };
    let (zero, one, large) = (Fr::from(0u64), Fr::from(1u64), Fr::from(1u128 << 64));
    assert!(range(zero, one).is_ok());
    assert_eq!(range(one, zero), Err(Unclaimed::Malformed(Malformed::EmptyRange { low: 1, high: 0 })));
    assert_eq!(range(zero, large), Err(Unclaimed::Malformed(Malformed::BoundTooLarge { index: 7 })));
    assert_eq!(range(-one, -one), Err(Unclaimed::Malformed(Malformed::BoundTooLarge { index: 6 })));
}

#[test]
fn should_have_a_receipt_per_domain_when_the_statement_is_raw() {
    let inputs = inputs(StoredStatement::Raw, &domain());
    let here = claim(StoredStatement::Raw, inputs.clone(), &domain()).expect("raw");
    let other = Domain { submitter: Principal::from_slice(&[9]), ..domain() };
    let there = claim(StoredStatement::Raw, inputs, &other).expect("raw");
    assert_ne!(here.receipt, there.receipt);
    assert_ne!(here.nullifier, there.nullifier);
}

#[test]
fn should_claim_nothing_but_raw_statements_when_the_inputs_are_on_the_other_curve() {
    let domain = domain();
    for statement in BOUND {
        let encodings: Vec<[u8; 32]> = inputs(statement, &domain).iter().map(to_be32).collect();
        let other = GrothInputs::parse(StoredCurve::Bls12_381, &encodings).expect("below the larger modulus");
        let other = Inputs::Groth16(other);
        assert_eq!(other.claimed(statement, CIRCUIT, &domain), Err(Unclaimed::OtherCurve));
        assert!(other.claimed(StoredStatement::Raw, CIRCUIT, &domain).is_ok());
    }
}
