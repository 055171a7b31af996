//! Bad input to governance.

use crate::{deploy, random};
use calisec_sdk::identity::Identity;
use calisec_testkit::Scene;
use calisec_testkit::backend::Backend;
use calisec_testkit::scene::{Minted, answered};
use calisec_testkit::setup::STORY_RULES;
use calisec_tests::Unchanged;
use calisec_types::governance::{
    BallotsArg, Choice, GovernanceReason, MAX_OPEN_PER_PROPOSER, MAX_STEPS, MAX_SUMMARY_BYTES, MAX_TITLE_BYTES,
    ProposeArg, Status, StrikeBallotArg, VoteArg,
};
use calisec_types::ids::{ContextId, GrantId, ProposalId, Timestamp};
use calisec_types::membership::{Action, Change, GrantTerms, MAX_POLICY_BYTES};
use pollster::block_on;
use std::time::Duration;

const UNKNOWN: ProposalId = ProposalId(99);

fn bad_length(field: &str, length: usize, minimum: u64, limit: usize) -> GovernanceReason {
    GovernanceReason::BadLength { field: field.to_owned(), length: length as u64, minimum, limit: limit as u64 }
}

fn set_policy(cedar: &str) -> Change {
    Change::SetPolicy { cedar: cedar.to_owned() }
}

pub fn should_refuse_bad_input_to_governance<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let mut scene = Scene::new(&deployment, random());
    let minted = scene.until_note(b"a note").expect("a note");
    refuse_bad_proposals(&scene, &Unchanged::from_now(&deployment), &minted);
    refuse_bad_votes(&scene, &minted);
    refuse_bad_executions(&scene, &minted);
    refuse_the_eleventh_proposal(&scene, &minted);
}

fn refuse_bad_proposals<B: Backend>(scene: &Scene<'_, B>, unchanged: &Unchanged<'_, B>, minted: &Minted) {
    let carol = scene.as_(&scene.cast.carol).governance();
    let change = scene.grant(minted, &scene.cast.bob);
    let good = scene.proposal("A title", change.clone());
    let titled = |title: String| ProposeArg { title, ..good.clone() };
    let steps = |steps: Vec<Change>| ProposeArg { steps: steps.into_iter().map(Into::into).collect(), ..good.clone() };
    for (what, arg, expected) in [
        ("no title", titled(String::new()), bad_length("title", 0, 1, MAX_TITLE_BYTES)),
        ("a long title", titled("t".repeat(129)), bad_length("title", 129, 1, MAX_TITLE_BYTES)),
        (
            "a long summary",
            ProposeArg { summary: "s".repeat(4097), ..good.clone() },
            bad_length("summary", 4097, 0, MAX_SUMMARY_BYTES),
        ),
        ("no step", steps(Vec::new()), bad_length("steps", 0, 1, MAX_STEPS)),
        ("many steps", steps(vec![change.clone(); 11]), bad_length("steps", 11, 1, MAX_STEPS)),
        (
            "long policies",
            steps(vec![set_policy(&" ".repeat(MAX_POLICY_BYTES + 1))]),
            bad_length("cedar", MAX_POLICY_BYTES + 1, 0, MAX_POLICY_BYTES),
        ),
    ] {
        unchanged.refused(what, block_on(carol.propose(&arg)), &expected);
    }
    let anonymous = block_on(scene.anyone().governance().propose(&good));
    unchanged.refused("the anonymous caller", anonymous, &GovernanceReason::Anonymous);
    let is_not_entitled = |reason: &GovernanceReason| matches!(reason, GovernanceReason::NotEntitled(_));
    let stranger = scene.as_(&scene.cast.mallory).governance();
    unchanged.refused_as("a stranger", block_on(stranger.propose(&good)), is_not_entitled);
    let elsewhere = ProposeArg { context: ContextId([9; 32]), ..good.clone() };
    unchanged.refused_as("an unknown context", block_on(carol.propose(&elsewhere)), is_not_entitled);

    let to_a_stranger = scene.grant(minted, &scene.cast.mallory);
    let over = |not_after| Change::Grant {
        account: scene.cast.bob.account(),
        action: Action::Read,
        note: minted.note.id,
        registry: scene.deployment.ids.note_registry,
        terms: GrantTerms::until(not_after),
    };
    let deep =
        format!("permit (principal, action, resource) when {{ {}true{} }};", "(".repeat(5_000), ")".repeat(5_000));
    for (what, bad, says) in [
        ("a grant to a stranger", to_a_stranger, "not a member"),
        ("a grant that is over", over(Some(Timestamp(1))), "past"),
        ("revoking what was never granted", Change::Revoke { grant: GrantId(99) }, "does not exist"),
        ("policies that are none", set_policy("let everybody in"), "not valid"),
        (
            "policies with an unknown attribute",
            set_policy("permit (principal, action, resource) when { principal.x };"),
            "not valid",
        ),
        ("policies that nest without end", set_policy(&deep), "nest"),
    ] {
        for (place, steps) in [(0, vec![bad.clone()]), (1, vec![change.clone(), bad])] {
            let arg = ProposeArg { steps: steps.into_iter().map(Into::into).collect(), ..good.clone() };
            unchanged.refused_as(what, block_on(carol.propose(&arg)), |reason| match reason {
                GovernanceReason::InvalidStep { step, message } => *step == place && message.contains(says),
                _ => false,
            });
        }
    }
    unchanged.refused(
        "an unknown proposal",
        block_on(carol.proposal(UNKNOWN)),
        &GovernanceReason::UnknownProposal(UNKNOWN),
    );
    let ballots = BallotsArg { proposal: UNKNOWN, after: None, limit: None };
    unchanged.refused("its ballots", block_on(carol.ballots(&ballots)), &GovernanceReason::UnknownProposal(UNKNOWN));
}

fn refuse_bad_votes<B: Backend>(scene: &Scene<'_, B>, minted: &Minted) {
    let cast = &scene.cast;
    let proposal =
        answered(scene.propose(&cast.carol, "A title", scene.grant(minted, &cast.bob))).expect("proposed").id;
    answered(scene.vote(&cast.carol, proposal, Choice::Adopt)).expect("votes");
    let erin = Identity::from_seed([6; 32]);
    answered(scene.add_member(&erin, "reader")).expect("joins after the electorate was frozen");
    let unchanged = Unchanged::from_now(scene.deployment);
    let anonymous = block_on(scene.anyone().governance().vote(&VoteArg { proposal, choice: Choice::Adopt }));
    unchanged.refused("the anonymous caller", anonymous, &GovernanceReason::Anonymous);
    for (what, voter, id, expected) in [
        ("an unknown proposal", &cast.alice, UNKNOWN, GovernanceReason::UnknownProposal(UNKNOWN)),
        ("a second vote", &cast.carol, proposal, GovernanceReason::AlreadyVoted),
    ] {
        unchanged.refused(what, scene.vote(voter, id, Choice::Reject), &expected);
    }
    for (what, voter) in
        [("a stranger", &cast.mallory), ("a member who joined later", &erin), ("the administrator", &cast.dana)]
    {
        unchanged.refused_as(what, scene.vote(voter, proposal, Choice::Reject), |reason| {
            matches!(reason, GovernanceReason::NotEntitled(_))
        });
    }
    for (what, voter, id, expected) in [
        ("striking in an unknown proposal", &cast.carol, UNKNOWN, GovernanceReason::UnknownProposal(UNKNOWN)),
        ("striking what nobody cast", &cast.alice, proposal, GovernanceReason::NoBallot),
        ("striking a member's ballot", &cast.carol, proposal, GovernanceReason::StillEntitled),
    ] {
        unchanged.refused(what, scene.strike(&cast.mallory, id, voter.account()), &expected);
    }
    let strike = StrikeBallotArg { proposal, voter: cast.carol.account() };
    let anonymous = block_on(scene.anyone().governance().strike_ballot(&strike));
    unchanged.refused("the anonymous caller strikes", anonymous, &GovernanceReason::Anonymous);
    unchanged.refused(
        "executing while votes are taken",
        scene.execute(&cast.carol, proposal),
        &GovernanceReason::NotExecutable("open for votes".to_owned()),
    );
    answered(scene.vote(&cast.alice, proposal, Choice::Adopt)).expect("adopts it early");
    let unchanged = Unchanged::from_now(scene.deployment);
    unchanged.refused(
        "a vote too late",
        scene.vote(&cast.bob, proposal, Choice::Reject),
        &GovernanceReason::VotingOver,
    );
}

fn refuse_bad_executions<B: Backend>(scene: &Scene<'_, B>, minted: &Minted) {
    let cast = &scene.cast;
    // Four members by now: three settle it, or two against it.
    let settled = |title, choice, voters: &[&Identity]| {
        let proposal =
            answered(scene.propose(&cast.carol, title, scene.grant(minted, &cast.bob))).expect("proposed").id;
        for voter in voters {
            answered(scene.vote(voter, proposal, choice)).expect("votes");
        }
        proposal
    };
    let adopted = settled("Another", Choice::Adopt, &[&cast.alice, &cast.bob, &cast.carol]);
    let rejected = settled("A third", Choice::Reject, &[&cast.alice, &cast.bob]);
    let view = answered(block_on(scene.anyone().governance().proposal(adopted))).expect("exists");
    let Status::Adopted { executable_at } = view.status else { panic!("{:?}", view.status) };
    let unchanged = Unchanged::from_now(scene.deployment);
    let anonymous = block_on(scene.anyone().governance().execute(adopted));
    unchanged.refused("the anonymous caller", anonymous, &GovernanceReason::Anonymous);
    for (what, id, expected) in [
        ("an unknown proposal", UNKNOWN, GovernanceReason::UnknownProposal(UNKNOWN)),
        ("before the timelock ends", adopted, GovernanceReason::Timelocked(executable_at)),
        ("a rejected proposal", rejected, GovernanceReason::NotExecutable("rejected".to_owned())),
    ] {
        unchanged.refused(what, scene.execute(&cast.carol, id), &expected);
    }
    unchanged.refused(
        "striking when it was rejected",
        scene.strike(&cast.carol, rejected, cast.alice.account()),
        &GovernanceReason::BallotsFinal,
    );
}

fn refuse_the_eleventh_proposal<B: Backend>(scene: &Scene<'_, B>, minted: &Minted) {
    // Everything open so far is over.
    scene.deployment.backend.advance(Duration::from_secs(
        STORY_RULES.voting_period_seconds + STORY_RULES.timelock_seconds + STORY_RULES.execution_window_seconds,
    ));
    let change = scene.grant(minted, &scene.cast.carol);
    for _ in 0..MAX_OPEN_PER_PROPOSER {
        answered(scene.propose(&scene.cast.bob, "One of many", change.clone())).expect("proposed");
    }
    let unchanged = Unchanged::from_now(scene.deployment);
    unchanged.refused(
        "one open proposal too many",
        scene.propose(&scene.cast.bob, "One too many", change),
        &GovernanceReason::TooManyOpen { limit: MAX_OPEN_PER_PROPOSER },
    );
}
