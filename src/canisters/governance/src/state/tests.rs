use crate::state::with_state;
use crate::test_fixtures::{RULES, World};
use calisec_types::governance::MAX_OPEN_PER_PROPOSER;

#[test]
fn should_keep_no_entry_of_a_closed_proposal_when_its_proposer_makes_another() {
    let world = World::new();
    for _ in 0..3 {
        for _ in 0..MAX_OPEN_PER_PROPOSER {
            world.proposal();
        }
        assert_eq!(with_state(|state| state.open_of_proposer.len()), MAX_OPEN_PER_PROPOSER);
        world.env.advance_seconds(RULES.voting_period_seconds);
    }
    world.proposal();
    assert_eq!(with_state(|state| state.open_of_proposer.len()), 1);
}
