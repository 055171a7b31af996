//! The journeys of the design, on the real modules of all four canisters.

use calisec_sdk::Random;
use calisec_testkit::backend::Backend;
use calisec_testkit::story::{Silent, Story};
use calisec_testkit::{Deployment, Setup};
use calisec_tests::journeys;
use calisec_types::governance::{BallotsArg, ProposalsArg, Status};
use calisec_types::ids::Seq;
use calisec_types::membership::{AuditArg, GrantsArg, MembersArg};
use calisec_types::note_registry::{NotesArg, ReleasesArg};
use candid::{Nat, Principal};
use pollster::block_on;
use std::process::ExitCode;

const NOTE: &[u8] = b"the recipe is in the blue notebook";

fn main() -> ExitCode {
    calisec_tests::run(journeys![should_tell_the_whole_story, should_keep_everything_when_all_canisters_are_upgraded,])
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
