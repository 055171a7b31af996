//! Revocation on the real modules: random interleavings of members, grants, device keys and upgrades against a model. After each
//! message every path is tried at once, by every key that acts and by keys that act no more: whoever may not is denied, and
//! whoever may is not. The same is done natively, with more kinds of moves, in membership's `api/tests/revocation.rs`.

mod model;
mod world;

use calisec_testkit::backend::LocalBackend;
use model::{Forgets, Model, Move, history};
use std::collections::BTreeSet;
use world::{Path, World, deployed, played};

/// Plays a history; answers on which paths the canisters said something else than the model.
fn wrong_paths(seed: u64, moves: &[Move], forgets: Forgets) -> BTreeSet<Path> {
    let deployment = deployed(LocalBackend::new(seed));
    let (scene, minted) = played(&deployment);
    let mut world = World::new(&scene, minted);
    let mut model = Model::new(forgets);
    let mut wrong = BTreeSet::new();
    for next in moves {
        let (voters, proposal) = world.open_proposal(&model);
        world.play(*next, &model);
        model.play(*next);
        let found = world.compare(&model, &voters, proposal);
        if forgets == Forgets::Nothing {
            assert!(found.is_empty(), "seed {seed}, after {next:?}: {found:?}");
        }
        wrong.extend(found.into_iter().map(|wrong| wrong.path));
    }
    wrong
}

#[test]
fn should_deny_on_every_path_in_the_very_next_message_when_something_is_revoked() {
    for seed in 1..=3 {
        wrong_paths(seed, &history(seed, 40), Forgets::Nothing);
    }
}

/// The comparison can fail: with a model that leaves one thing undone it finds the canisters wrong, on every path that this
/// thing is about. Canisters that left it undone would be found wrong by the true model in the same way.
#[test]
fn should_notice_on_every_path_when_something_that_was_revoked_still_counts() {
    let reader = [Move::Add { who: 0, attests: true }, Move::Grant(0), Move::Device(0)];
    let with = |rest: &[Move]| [&reader, rest].concat();
    let readmitted = with(&[Move::Remove(0), Move::Add { who: 0, attests: true }]);
    let by_grant = BTreeSet::from([Path::Decide, Path::Bundle, Path::Key]);
    assert_eq!(wrong_paths(9, &readmitted, Forgets::Nothing), BTreeSet::new());
    assert_eq!(wrong_paths(9, &readmitted, Forgets::Grants), by_grant);
    let all = BTreeSet::from(Path::ALL);
    assert_eq!(wrong_paths(9, &with(&[Move::Remove(0)]), Forgets::Members), all);
    for rest in [Move::Device(0), Move::RevokeDevice(0)] {
        assert_eq!(wrong_paths(9, &with(&[rest]), Forgets::Keys), all, "{rest:?}");
    }
}
