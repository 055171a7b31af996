//! What governance executes by itself.

use crate::{deploy, random};
use calisec_engine::network::{Fault, Match};
use calisec_testkit::Scene;
use calisec_testkit::backend::Backend;
use calisec_testkit::scene::answered;
use calisec_testkit::setup::STORY_RULES;
use calisec_types::governance::Status;
use calisec_types::membership::AuditEvent;
use pollster::block_on;
use std::time::Duration;

/// The first attempt of the timer is lost, then the second; the third goes through, nobody having called anything.
#[test]
fn should_execute_by_itself_in_the_end_when_the_timers_calls_are_lost() {
    for fault in [Fault::DropRequest, Fault::DropAnswer, Fault::TrapCallee] {
        let deployment = deploy(STORY_RULES);
        let mut scene = Scene::new(&deployment, random());
        let minted = scene.until_note(b"a note").expect("a note");
        let proposal = scene.adopt("Let Bob read", scene.grant(&minted, &scene.cast.bob)).expect("adopted");
        for nth in [1, 2] {
            let matching = Match::any().caller(deployment.ids.governance).method("apply").nth(nth);
            deployment.backend.network().faults_mut().on(matching, fault.clone());
        }
        let status = || answered(block_on(scene.anyone().governance().proposal(proposal))).expect("exists").status;
        // The timelock, then what the timer waits after its first and second attempt, each a bit generously.
        for (wait, expected) in
            [(STORY_RULES.timelock_seconds + 1, Status::Executing), (120, Status::Executing), (700, Status::Executed)]
        {
            deployment.backend.advance(Duration::from_secs(wait));
            // A lost call is given up after its wait.
            deployment.backend.advance(Duration::from_secs(61));
            assert_eq!(status(), expected, "{fault:?}, after {wait} more seconds");
        }
        let (_, log) = scene.verified_audit_log().expect("the log is whole");
        let grants = log.iter().filter(|entry| matches!(entry.event, AuditEvent::Granted { .. })).count();
        assert_eq!(grants, 1, "{fault:?}");
    }
}

#[test]
fn should_execute_by_itself_when_governance_was_upgraded_while_the_timelock_ran() {
    let deployment = deploy(STORY_RULES);
    let mut scene = Scene::new(&deployment, random());
    let minted = scene.until_note(b"a note").expect("a note");
    let proposal = scene.adopt("Let Bob read", scene.grant(&minted, &scene.cast.bob)).expect("adopted");
    deployment.upgrade_all().expect("upgrades");
    deployment.backend.advance(Duration::from_secs(STORY_RULES.timelock_seconds + 2));
    let executed = answered(block_on(scene.anyone().governance().proposal(proposal))).expect("exists");
    assert_eq!(executed.status, Status::Executed);
}
