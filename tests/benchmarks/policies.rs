//! What a decision costs under many policies.

use crate::metered::Metered;
use calisec_sdk::Random;
use calisec_testkit::backend::Backend;
use calisec_testkit::modules;
use calisec_testkit::scene::answered;
use calisec_testkit::{Scene, Setup};
use calisec_types::ids::{NoteId, ProposalId};
use calisec_types::membership::{
    Action, ApplyArg, Change, DecideArg, GrantTerms, MembershipArg, MembershipInit, NoteResource, Subject,
};
use candid::{Principal, encode_one};
use pollster::block_on;

/// Who makes changes of access rules where no vote is needed.
const RULER: Principal = Principal::from_slice(&[1, 2, 3, 4, 5, 6, 7, 8, 1, 1]);
/// What a decision under twenty policies may cost, in instructions.
const MOST: u64 = 1_000_000;

/// Twenty policies of the usual kinds; the last one allows what is asked.
pub fn twenty_policies() -> String {
    let roles =
        (0..9).map(|n| format!("permit (principal in Role::\"r{n}\", action == Action::\"read\", resource);\n"));
    let claims = (0..5).map(|n| {
        format!(
            "permit (principal, action == Action::\"read\", resource) when {{ principal.claims.contains(\"c{n}\") }};\n"
        )
    });
    let purposes = (0..5).map(|n| {
        format!(
            "permit (principal, action == Action::\"read\", resource)
             when {{ context has purpose && context.purpose == \"p{n}\" }};\n"
        )
    });
    let granted = "permit (principal, action, resource is Note) when { principal.granted.contains(resource) };\n";
    roles.chain(claims).chain(purposes).chain([granted.to_owned()]).collect()
}

#[test]
fn should_decide_cheaply_when_there_are_twenty_policies() {
    let mut deployment = Setup::default().on(Metered::new()).expect("the four canisters install");
    let canister = deployment.backend.create_canister();
    let module = modules::load("membership").expect("built");
    let init =
        encode_one(MembershipArg::Init(MembershipInit { governance: RULER, proof_verifier: None })).expect("encodes");
    deployment.backend.install(canister, &module, &init).expect("installs");
    deployment.ids.membership = canister;
    let scene = Scene::new(&deployment, Random::from_seed([9; 32]));
    answered(scene.register_context()).expect("registered");
    let reader = &scene.cast.bob;
    answered(scene.add_member(reader, "reader")).expect("added");
    let registry = deployment.ids.note_registry;
    let grant = Change::Grant {
        account: reader.account(),
        action: Action::Read,
        note: NoteId(1),
        registry,
        terms: GrantTerms::default(),
    };
    for (proposal, change) in (0..).zip([grant, Change::SetPolicy { cedar: twenty_policies() }]) {
        let arg = ApplyArg { context: scene.context(), proposal: ProposalId(proposal), step: 0, change };
        answered(block_on(deployment.called_by(RULER).membership().apply(&arg))).expect("applied");
    }
    let question = DecideArg {
        context: scene.context(),
        subject: Subject::Account(reader.account()),
        action: Action::Read,
        note: Some(NoteResource {
            registry,
            note: NoteId(1),
            owner: scene.cast.alice.principal(),
            kind: None,
            epoch: None,
        }),
        purpose: None,
    };
    let decide = || answered(block_on(scene.anyone().membership().decide(&question))).expect("answers");
    let (decision, cost) = deployment.backend.measure(decide);
    assert!(decision.allowed, "{decision:?}");
    println!("decide under twenty policies: {} instructions", cost.instructions);
    assert!(cost.instructions <= MOST, "{} instructions", cost.instructions);
}
