//! What a decision costs under many policies.

use crate::metered::Metered;
use calisec_policy::{MAX_PATTERN_CHARS, MAX_STRING_BYTES};
use calisec_sdk::Random;
use calisec_sdk::identity::Identity;
use calisec_testkit::backend::Backend;
use calisec_testkit::modules;
use calisec_testkit::scene::answered;
use calisec_testkit::{Deployment, Scene, Setup};
use calisec_types::ids::{Epoch, NoteId, ProposalId};
use calisec_types::membership::{
    Action, ApplyArg, Change, DecideArg, DecideBatchArg, Decision, Deed, GrantTerms, ListSubjectsArg, MAX_POLICIES,
    MAX_POLICY_BYTES, MAX_QUESTIONS, MAX_SAMPLES, MembershipArg, MembershipInit, NoteResource, Question, SimulateArg,
    Subject,
};
use candid::{Principal, encode_args, encode_one};
use pollster::block_on;

/// Who makes changes of access rules where no vote is needed.
const RULER: Principal = Principal::from_slice(&[1, 2, 3, 4, 5, 6, 7, 8, 1, 1]);
/// What a decision under twenty policies may cost, in instructions; a deny says what some of them ask for.
const MOST: u64 = 1_000_000;
/// And the first one after an upgrade, which parses them.
const MOST_AFTER_UPGRADE: u64 = 30_000_000;
/// What a decision may cost under any policies that are accepted.
const DEAREST: u64 = 100_000_000;
/// And the first one after an upgrade: parsing costs more than evaluating.
const DEAREST_AFTER_UPGRADE: u64 = 600_000_000;
/// What a query may take.
const QUERY: u64 = 5_000_000_000;

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

/// The dearest set that is accepted: patterns and strings as long as they may be that match as late as they can, until the set is
/// as long as it may be.
fn dearest_policies() -> String {
    let text = "a".repeat(MAX_STRING_BYTES);
    let pattern = format!("*{}b*", "a".repeat(MAX_PATTERN_CHARS - 3));
    let one = format!("\"{text}\" like \"{pattern}\"");
    filled(&format!("({one} || {one} || {one} || {one} || {one} || {one})"))
}

/// A set as long as it may be of long sets of short elements.
fn many_elements() -> String {
    let elements = vec!["1"; 1_000].join(",");
    filled(&format!("[{elements}].containsAll([{elements},resource.epoch])"))
}

/// Policies that permit nothing, under one condition each, as many as fit.
fn filled(condition: &str) -> String {
    let scope = "permit (principal, action == Action::\"read\", resource)\nwhen { resource has epoch };\n";
    let one = format!(
        "permit (principal, action == Action::\"read\", resource)\nwhen {{ resource has epoch && {condition} }};\n"
    );
    let count = ((MAX_POLICY_BYTES - scope.len()) / one.len()).min(MAX_POLICIES);
    one.repeat(count)
}

/// A context with its policies, a reader, and a note that it was granted.
struct Court {
    deployment: Deployment<Metered>,
    module: Vec<u8>,
    question: DecideArg,
    changes: u64,
}

impl Court {
    fn new() -> Self {
        let mut deployment = Setup::default().on(Metered::new()).expect("the four canisters install");
        let canister = deployment.backend.create_canister();
        let module = modules::load("membership").expect("built");
        let init = encode_one(MembershipArg::Init(MembershipInit { governance: RULER, proof_verifier: None }));
        deployment.backend.install(canister, &module, &init.expect("encodes")).expect("installs");
        deployment.ids.membership = canister;
        let registry = deployment.ids.note_registry;
        let scene = Scene::new(&deployment, Random::from_seed([9; 32]));
        answered(scene.register_context()).expect("registered");
        answered(scene.add_member(&scene.cast.bob, "reader")).expect("added");
        let reader = scene.cast.bob.account();
        let note = NoteResource {
            registry,
            note: NoteId(1),
            owner: scene.cast.alice.principal(),
            kind: None,
            epoch: Some(Epoch(3)),
        };
        let question = DecideArg {
            context: scene.context(),
            subject: Subject::Account(reader),
            action: Action::Read,
            note: Some(note),
            purpose: None,
        };
        drop(scene);
        let mut court = Self { deployment, module, question, changes: 0 };
        court.change(Change::Grant {
            account: reader,
            action: Action::Read,
            note: NoteId(1),
            registry,
            terms: GrantTerms::default(),
        });
        court
    }

    fn change(&mut self, change: Change) {
        let arg = ApplyArg { context: self.question.context, proposal: ProposalId(self.changes), step: 0, change };
        self.changes += 1;
        answered(block_on(self.deployment.called_by(RULER).membership().apply(&arg))).expect("applied");
    }

    /// Whether the reader may read a note, and what saying so cost.
    fn decide(&self, note: u64) -> (Decision, u64) {
        let mut question = self.question.clone();
        question.note.as_mut().expect("a note").note = NoteId(note);
        let anyone = self.deployment.called_by(Principal::anonymous());
        let ask = || answered(block_on(anyone.membership().decide(&question))).expect("answers");
        let (decision, cost) = self.deployment.backend.measure(ask);
        (decision, cost.instructions)
    }

    /// Forgets what is in the heap.
    fn upgrade(&self) {
        let nothing = encode_args(()).expect("encodes");
        let upgraded = self.deployment.backend.upgrade(self.deployment.ids.membership, &self.module, &nothing);
        upgraded.expect("upgrades");
    }
}

#[test]
fn should_decide_cheaply_when_there_are_twenty_policies() {
    let mut court = Court::new();
    court.change(Change::SetPolicy { cedar: twenty_policies() });
    let (granted, other) = (1, 2);
    for (what, note, allowed) in [("an allow", granted, true), ("a deny", other, false)] {
        let (decision, cost) = court.decide(note);
        println!("{what} under twenty policies: {cost} instructions");
        assert_eq!(decision.allowed, allowed, "{decision:?}");
        assert!(cost <= MOST, "{what}: {cost} instructions");
    }
    for (what, note) in [("an allow", granted), ("a deny", other)] {
        court.upgrade();
        let (_, cost) = court.decide(note);
        println!("{what} under twenty policies, first after an upgrade: {cost} instructions");
        assert!(cost <= MOST_AFTER_UPGRADE, "{what}: {cost} instructions");
    }
}

#[test]
fn should_decide_within_bounds_when_the_policies_are_the_dearest_that_are_accepted() {
    let mut court = Court::new();
    for (what, cedar) in [("patterns", dearest_policies()), ("elements", many_elements())] {
        court.change(Change::SetPolicy { cedar });
        let (decision, warm) = court.decide(2);
        assert!(!decision.allowed, "{decision:?}");
        court.upgrade();
        let (_, first) = court.decide(2);
        println!("a deny under {what}: {warm} instructions, first after an upgrade {first}");
        assert!(warm <= DEAREST, "{what}: {warm} instructions");
        assert!(first <= DEAREST_AFTER_UPGRADE, "{what}: {first} instructions");
    }
}

#[test]
fn should_end_a_batch_and_a_page_within_a_query_when_the_policies_are_the_dearest_that_are_accepted() {
    let mut court = Court::new();
    let scene = Scene::new(&court.deployment, Random::from_seed([9; 32]));
    for seed in 0..30 {
        answered(scene.add_member(&Identity::from_seed([seed; 32]), "reader")).expect("added");
    }
    drop(scene);
    for (what, cedar) in [("patterns", dearest_policies()), ("elements", many_elements())] {
        court.change(Change::SetPolicy { cedar: cedar.clone() });
        let anyone = court.deployment.called_by(Principal::anonymous());
        let membership = anyone.membership();
        let DecideArg { context, subject, action, note, purpose } = court.question.clone();
        let question = Question { subject, action, note: note.clone(), purpose: purpose.clone() };
        let batch = DecideBatchArg { context, questions: vec![question; MAX_QUESTIONS] };
        let (answers, cost) = court.deployment.backend.measure(|| answered(block_on(membership.decide_batch(&batch))));
        let answers = answers.expect("answers");
        println!(
            "{MAX_QUESTIONS} questions under {what}: {} instructions, {} bytes",
            cost.instructions, cost.reply_bytes
        );
        assert!(answers.len() == MAX_QUESTIONS && answers[0].is_ok());
        assert!(cost.instructions < QUERY, "{} instructions", cost.instructions);

        let deed = Deed { action, note, purpose };
        let samples = vec![deed.clone(); MAX_SAMPLES];
        let simulate = SimulateArg { context, change: Change::SetPolicy { cedar }, samples, after: None, limit: None };
        let (page, cost) = court.deployment.backend.measure(|| answered(block_on(membership.simulate(&simulate))));
        let page = page.expect("answers");
        println!("{} members simulated under {what}: {} instructions", page.looked_at, cost.instructions);
        assert!(page.looked_at > 0 && page.next.is_some(), "it looked at {} and is done", page.looked_at);
        assert!(cost.instructions < QUERY, "{} instructions", cost.instructions);
        let list = ListSubjectsArg { context, deed, after: None, limit: None };
        let (page, cost) = court.deployment.backend.measure(|| answered(block_on(membership.list_subjects(&list))));
        assert!(
            page.expect("answers").looked_at > 0 && cost.instructions < QUERY,
            "{} instructions",
            cost.instructions
        );
    }
}
