//! Costs do not grow with what is stored: the same call with ten and with a thousand things there.

use crate::metered::Metered;
use calisec_sdk::Random;
use calisec_sdk::identity::Identity;
use calisec_testkit::backend::Backend;
use calisec_testkit::modules;
use calisec_testkit::scene::answered;
use calisec_testkit::setup::{CanisterIds, STORY_RULES};
use calisec_testkit::{Deployment, Scene, Setup};
use calisec_types::governance::{Choice, GovernanceArg, GovernanceInit};
use calisec_types::ids::{NoteId, ProposalId, ReceiptId};
use calisec_types::membership::{
    Action, ApplyArg, Change, DecideArg, GrantTerms, MembershipArg, MembershipInit, NoteResource, Subject,
};
use calisec_types::note_registry::icrc7::TransferArg;
use calisec_types::note_registry::{NoteRegistryInit, NotesArg};
use calisec_types::proof_verifier::{ProofError, Receipt, StatementKind};
use candid::{Nat, Principal, encode_one};
use icrc_ledger_types::icrc1::account::Account;
use pollster::block_on;

const FEW: usize = 10;
const MANY: usize = 1_000;
/// How much more a call may cost with [`MANY`] things stored than with [`FEW`], percent.
const FLAT: u64 = 15;
/// The same for calls that do little else than search and change trees, which are one node high with [`FEW`] entries and
/// three with [`MANY`], and a certified map, which is seven forks higher: the cost grows with the height, by the same
/// amount for every further hundredfold.
const AS_TREES: u64 = 40;

/// Who makes changes of access rules where no vote is needed.
const RULER: Principal = Principal::from_slice(&[1, 2, 3, 4, 5, 6, 7, 8, 1, 1]);

/// What a call costs when [`FEW`] things are stored and when [`MANY`] are, and how much more that may be.
#[derive(Debug)]
struct Growth {
    what: &'static str,
    few: u64,
    many: u64,
    limit_percent: u64,
}

fn check(calls: &[Growth]) {
    for Growth { what, few, many, .. } in calls {
        println!("{what}: {few} instructions with {FEW}, {many} with {MANY}");
    }
    let too_much: Vec<_> =
        calls.iter().filter(|call| call.many * 100 > call.few * (100 + call.limit_percent)).collect();
    assert!(too_much.is_empty(), "grown too much: {too_much:?}");
}

fn member(number: usize) -> Identity {
    let mut seed = [0x42; 32];
    seed[..8].copy_from_slice(&(number as u64).to_be_bytes());
    Identity::from_seed(seed)
}

/// Members, grants, decisions and votes in one context.
#[test]
fn should_cost_the_same_when_a_context_has_many_members_grants_and_votes() {
    let mut deployment = Setup::default().on(Metered::new()).expect("the four canisters install");
    // A membership canister of its own, whose rules the test changes without votes; and a governance that asks it.
    deployment.ids.membership = install(
        &deployment,
        "membership",
        &MembershipArg::Init(MembershipInit { governance: RULER, proof_verifier: None }),
    );
    let init = GovernanceArg::Init(GovernanceInit {
        membership: deployment.ids.membership,
        rules: STORY_RULES,
        circuits: None,
    });
    deployment.ids.governance = install(&deployment, "governance", &init);
    let scene = Scene::new(&deployment, Random::from_seed([9; 32]));
    answered(scene.register_context()).expect("registered");
    let network = &deployment.backend;
    let members: Vec<Identity> = (0..MANY + 2).map(member).collect();

    let mut adding = Vec::new();
    let mut granting = Vec::new();
    let mut deciding = Vec::new();
    for (number, one) in (0..).zip(&members) {
        let (_, added) = network.measure(|| answered(scene.add_member(one, "reader")).expect("added"));
        let grant = ApplyArg {
            context: scene.context(),
            proposal: ProposalId(number),
            step: 0,
            change: Change::Grant {
                account: one.account(),
                action: Action::Read,
                note: NoteId(number),
                registry: deployment.ids.note_registry,
                terms: GrantTerms::default(),
            },
        };
        let apply = || answered(block_on(deployment.called_by(RULER).membership().apply(&grant))).expect("applied");
        let (_, granted) = network.measure(apply);
        let question = DecideArg {
            context: scene.context(),
            subject: Subject::Account(one.account()),
            action: Action::Read,
            note: Some(NoteResource {
                registry: deployment.ids.note_registry,
                note: NoteId(number),
                owner: scene.cast.alice.principal(),
                kind: None,
                epoch: None,
            }),
            purpose: None,
        };
        adding.push(added.instructions);
        granting.push(granted.instructions);
        if [FEW, MANY].contains(&(number as usize)) {
            let decide = || answered(block_on(scene.anyone().membership().decide(&question))).expect("answers");
            let (decision, decided) = network.measure(decide);
            assert!(decision.allowed);
            deciding.push(decided.instructions);
        }
    }

    let change = |note| Change::Grant {
        account: members[0].account(),
        action: Action::Read,
        note: NoteId(note),
        registry: deployment.ids.note_registry,
        terms: GrantTerms::default(),
    };
    let proposal = answered(scene.propose(&members[0], "Who votes?", change(1))).expect("proposed").id;
    let mut voting = Vec::new();
    for (number, voter) in members.iter().enumerate() {
        // Abstaining decides nothing, so that the vote stays open.
        let vote = || answered(scene.vote(voter, proposal, Choice::Abstain)).expect("votes");
        let (_, voted) = network.measure(vote);
        voting.push(voted.instructions);
        if number == MANY {
            break;
        }
    }
    check(&[
        grown("add_member", &adding, AS_TREES),
        grown("apply a grant", &granting, AS_TREES),
        Growth { what: "decide", few: deciding[0], many: deciding[1], limit_percent: FLAT },
        grown("vote", &voting, FLAT),
    ]);
}

/// Notes in one context, of one owner.
#[test]
fn should_cost_the_same_when_the_registry_holds_many_notes() {
    let mut deployment = Setup::default().on(Metered::new()).expect("the four canisters install");
    let network = &deployment.backend;
    // A thousand proofs take minutes: a canister that confirms every receipt stands in for the verifier.
    let notary = network.create_canister();
    let module = wat::parse_str(include_str!("notary.wat")).expect("the test's own module");
    network.install(notary, &module, &[]).expect("installs");
    let init = NoteRegistryInit {
        membership: deployment.ids.membership,
        proof_verifier: notary,
        mint_circuit: deployment.prover.circuit_id(),
    };
    let registry = install(&deployment, "note_registry", &init);
    deployment.ids = CanisterIds { proof_verifier: notary, note_registry: registry, ..deployment.ids };
    let network = &deployment.backend;
    let scene = Scene::new(&deployment, Random::from_seed([9; 32]));
    scene.until_members().expect("members");
    let [alice, carol] = [&scene.cast.alice, &scene.cast.carol];

    let (mut minting, mut transferring) = (Vec::new(), Vec::new());
    for number in 0..=MANY {
        let mut receipt = [0x17; 32];
        receipt[..8].copy_from_slice(&(number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        let arg = scene.mint_arg(ReceiptId(receipt), &[7; 100]);
        network.update(alice.principal(), notary, "confirm", &confirmation(&scene, arg.receipt)).expect("confirms");
        let mint = || answered(block_on(scene.as_(alice).note_registry().mint(&arg))).expect("mints");
        let (note, minted) = network.measure(mint);
        minting.push(minted.instructions);
        if (FEW - 2..=FEW + 2).contains(&number) || number + 5 > MANY {
            let transfer = TransferArg {
                from_subaccount: None,
                to: Account { owner: carol.principal(), subaccount: None },
                token_id: Nat::from(note.id.0),
                memo: None,
                created_at_time: None,
            };
            let transfer = || block_on(scene.as_(alice).note_registry().icrc7_transfer(&[transfer])).expect("answers");
            let (answer, transferred) = network.measure(transfer);
            assert!(matches!(answer.as_slice(), [Some(Ok(_))]), "{answer:?}");
            transferring.push(transferred.instructions);
        }
    }
    let all = NotesArg { context: scene.context(), after: Some(NoteId(MANY as u64)), limit: None };
    let last = answered(block_on(scene.anyone().note_registry().notes(&all))).expect("answers");
    assert!(last.notes.len() <= 1, "a thousand and one notes were minted");
    let (few, many) = transferring.split_at(transferring.len() / 2);
    let (few, many) = (median(few), median(many));
    check(&[grown("mint", &minting, FLAT), Growth { what: "icrc7_transfer", few, many, limit_percent: AS_TREES }]);
}

/// Of the costs of a call that stores one thing each time.
fn grown(what: &'static str, costs: &[u64], limit_percent: u64) -> Growth {
    Growth { what, few: typical(costs, FEW), many: typical(costs, MANY), limit_percent }
}

/// The median of the call at this number and the four before it: a page of a tree that is split makes one call dearer.
fn typical(costs: &[u64], at: usize) -> u64 {
    median(&costs[at - 4..=at])
}

fn median(costs: &[u64]) -> u64 {
    let mut sorted = costs.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

fn install(deployment: &Deployment<Metered>, name: &str, init: &impl candid::CandidType) -> Principal {
    let canister = deployment.backend.create_canister();
    let module = modules::load(name).expect("built");
    deployment.backend.install(canister, &module, &encode_one(init).expect("encodes")).expect("installs");
    canister
}

/// What the verifier would answer when the receipt is consumed.
fn confirmation(scene: &Scene<'_, Metered>, receipt: ReceiptId) -> Vec<u8> {
    let now = scene.deployment.backend.now();
    let receipt = Receipt {
        id: receipt,
        circuit: scene.deployment.prover.circuit_id(),
        statement: StatementKind::NoteCommitment,
        public_inputs: vec![calisec_types::ids::FieldElement(receipt.0); 4],
        context: scene.context(),
        consumer: scene.deployment.ids.note_registry,
        purpose: "mint".to_owned(),
        submitter: scene.cast.alice.principal(),
        issued_at: now,
        expires_at: now.plus_seconds(60),
        consumed_at: Some(now),
        is_revoked: false,
    };
    encode_one(Ok::<_, ProofError>(receipt)).expect("encodes")
}
