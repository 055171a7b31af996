//! Proposals about circuits.

use crate::api;
use crate::lifecycle;
use crate::test_fixtures::{
    CIRCUIT, CONTEXT, Fault, MEMBERSHIP, RULES, Running, VERIFIER, World, grant_to, principal, reason,
};
use calisec_clients::CallError;
use calisec_types::governance::{
    CircuitsInit, GovernanceInit, GovernanceReason, GovernanceSetting, Measure, Proposal, ProposeArg, Status,
    StepOutcome,
};
use calisec_types::ids::{CircuitId, ContextId};
use calisec_types::proof_verifier::{CircuitStatus, SetCircuitStatusArg};

fn set(status: CircuitStatus) -> Measure {
    Measure::Circuit(SetCircuitStatusArg { circuit: CIRCUIT, status })
}

/// Where the verifier has one active circuit.
fn world() -> World {
    let world = World::new();
    world.membership.borrow_mut().circuit = Some((CircuitStatus::Active, 0));
    world
}

fn circuit(world: &World) -> (CircuitStatus, u32) {
    world.membership.borrow().circuit.expect("a circuit")
}

fn is_invalid(refusal: Result<Proposal, GovernanceReason>, says: &str) -> bool {
    matches!(refusal, Err(GovernanceReason::InvalidStep { step: 0, message }) if message.contains(says))
}

#[test]
fn should_revoke_a_circuit_when_a_proposal_about_it_is_executed() {
    let world = world();
    let id = world.executable(vec![grant_to(9).into(), set(CircuitStatus::Revoked)]);
    assert_eq!(circuit(&world), (CircuitStatus::Active, 0), "before it is executed");
    let proposal = world.execute(id).expect("executable");
    assert_eq!(proposal.status, Status::Executed);
    assert_eq!(proposal.steps[1].measure, set(CircuitStatus::Revoked));
    assert_eq!(proposal.steps[1].outcome, StepOutcome::CircuitSet);
    assert_eq!(circuit(&world), (CircuitStatus::Revoked, 1));
    world.execute(id).expect("executed already");
    assert_eq!(circuit(&world).1, 1, "done twice");
}

#[test]
fn should_go_on_when_the_answer_about_a_circuit_is_lost() {
    let world = world();
    let id = world.executable(vec![set(CircuitStatus::Revoked)]);
    world.fail_next(Fault::AnswerLost(CallError::OutcomeUnknown { message: "late".to_owned() }));
    assert!(matches!(world.execute(id), Err(GovernanceReason::Unavailable { .. })));
    assert_eq!(world.status(id), Status::Executing);
    assert_eq!(world.execute(id).expect("goes on").status, Status::Executed);
    assert_eq!(circuit(&world).0, CircuitStatus::Revoked);
}

#[test]
fn should_refuse_to_propose_what_nobody_could_do_or_others_decide() {
    let world = world();
    // Anybody can register a context and decide there alone.
    world.env.call_as(principal(1));
    let elsewhere = ProposeArg {
        context: ContextId([9; 32]),
        title: "Title".to_owned(),
        summary: String::new(),
        steps: vec![set(CircuitStatus::Revoked)],
    };
    let refusal = reason(Running::start(api::propose(&world.env, &world, elsewhere)).finish());
    assert!(is_invalid(refusal, "do not decide about circuits"));
    let unknown = Measure::Circuit(SetCircuitStatusArg { circuit: CircuitId([1; 32]), status: CircuitStatus::Revoked });
    assert!(is_invalid(world.propose(1, vec![unknown]), "not registered"));
    world.membership.borrow_mut().circuit = Some((CircuitStatus::Revoked, 0));
    assert!(is_invalid(world.propose(1, vec![set(CircuitStatus::Active)]), "for good"));
    assert!(world.propose(1, vec![set(CircuitStatus::Revoked)]).is_ok(), "what is so already may be said again");

    lifecycle::init(&GovernanceInit { membership: MEMBERSHIP, rules: RULES, circuits: None });
    assert!(is_invalid(world.propose(1, vec![set(CircuitStatus::Revoked)]), "do not decide about circuits"));
    assert_eq!(circuit(&world).1, 0);
}

#[test]
fn should_fail_when_the_circuit_was_revoked_since_the_vote() {
    let world = world();
    let id = world.executable(vec![set(CircuitStatus::Deprecated)]);
    world.membership.borrow_mut().circuit = Some((CircuitStatus::Revoked, 1));
    let status = world.execute(id).expect("answers").status;
    assert!(matches!(status, Status::Failed { step: 0, .. }), "{status:?}");
    assert_eq!(circuit(&world), (CircuitStatus::Revoked, 1));
}

#[test]
fn should_fail_when_an_upgrade_had_others_decide_since_the_vote() {
    let world = world();
    let id = world.executable(vec![set(CircuitStatus::Revoked)]);
    let circuits = CircuitsInit { proof_verifier: VERIFIER, context: ContextId([9; 32]) };
    lifecycle::post_upgrade(&[GovernanceSetting::Circuits(circuits)]);
    assert!(is_invalid(world.propose(1, vec![set(CircuitStatus::Revoked)]), "do not decide about circuits"));
    let status = world.execute(id).expect("answers").status;
    assert!(matches!(status, Status::Failed { step: 0, .. }), "{status:?}");
    assert_eq!(circuit(&world), (CircuitStatus::Active, 0));
}

#[test]
fn should_decide_about_circuits_when_an_upgrade_says_who_does() {
    let world = world();
    lifecycle::init(&GovernanceInit { membership: MEMBERSHIP, rules: RULES, circuits: None });
    lifecycle::post_upgrade(&[]);
    assert!(is_invalid(world.propose(1, vec![set(CircuitStatus::Revoked)]), "do not decide about circuits"));
    let circuits = CircuitsInit { proof_verifier: VERIFIER, context: CONTEXT };
    lifecycle::post_upgrade(&[GovernanceSetting::Circuits(circuits)]);
    let id = world.executable(vec![set(CircuitStatus::Revoked)]);
    assert_eq!(world.execute(id).expect("executable").status, Status::Executed);
    assert_eq!(circuit(&world), (CircuitStatus::Revoked, 1));
}
