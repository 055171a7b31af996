use crate::lifecycle::post_upgrade;
use crate::test_fixtures::{RULES, World, grant_to};
use calisec_types::governance::{Choice, GovernanceReason, Status};

#[test]
fn should_keep_everything_when_the_canister_is_upgraded_at_every_stage() {
    let world = World::new();
    let upgrade = || {
        let before = world.snapshot();
        post_upgrade(&[]);
        assert_eq!(world.snapshot(), before);
    };
    let id = world.propose(1, vec![grant_to(7), grant_to(8)]).expect("a member").id;
    upgrade();
    world.vote(1, id, Choice::Adopt).expect("open");
    upgrade();
    assert_eq!(world.vote(1, id, Choice::Reject), Err(GovernanceReason::AlreadyVoted));
    for voter in 2..=3 {
        world.vote(voter, id, Choice::Adopt).expect("open");
    }
    upgrade();
    world.env.advance_seconds(RULES.timelock_seconds);
    world.hold_after(1);
    let interrupted = world.start_execute(id);
    upgrade();
    assert_eq!(world.status(id), Status::Executing);
    drop(interrupted);
    world.hold(false);
    assert_eq!(world.execute(id).expect("resumes").status, Status::Executed);
    upgrade();
    assert_eq!(world.effects(), [grant_to(7), grant_to(8)]);
}
