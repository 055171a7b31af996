use crate::storage::{StoredChoice, StoredRules, StoredTally};
use crate::test_fixtures::RULES;
use calisec_types::ids::Weight;
use proptest::{prop_assert, prop_assert_eq, proptest};

const fn tally(adopt: u64, reject: u64, abstain: u64, electorate: u64) -> StoredTally {
    StoredTally {
        adopt: Weight(adopt),
        reject: Weight(reject),
        abstain: Weight(abstain),
        electorate: Weight(electorate),
    }
}

fn rules(quorum_percent: u8, approval_percent: u8) -> StoredRules {
    StoredRules { quorum_percent, approval_percent, ..RULES.into() }
}

#[test]
fn should_decide_at_the_edges_when_quorum_and_approval_are_just_met_or_missed() {
    // (what, quorum, approval, adopt, reject, abstain, electorate, passes at the end, certain now)
    let cases = [
        ("nobody voted", 1, 50, [0, 0, 0, 10], false, None),
        ("quorum by one vote, rest could reject", 10, 50, [1, 0, 0, 10], true, None),
        ("quorum missed by one", 50, 50, [4, 0, 0, 10], false, None),
        ("quorum met exactly, not yet certain", 50, 50, [5, 0, 0, 10], true, None),
        ("more than half of all", 50, 50, [6, 0, 0, 10], true, Some(true)),
        ("half is not more than half", 50, 50, [5, 5, 0, 10], false, Some(false)),
        ("a tie that can still tip", 50, 50, [4, 4, 0, 10], false, None),
        ("abstentions make the quorum", 50, 50, [1, 0, 4, 10], true, None),
        ("abstentions alone do not adopt", 50, 50, [0, 0, 9, 10], false, None),
        ("everybody abstained", 50, 50, [0, 0, 10, 10], false, Some(false)),
        ("one for, all others abstained", 50, 50, [1, 0, 9, 10], true, Some(true)),
        ("half rejected", 50, 50, [0, 5, 0, 10], false, Some(false)),
        ("rejections just not enough", 50, 50, [0, 4, 0, 10], false, None),
        ("two thirds, exactly met is not exceeded", 1, 66, [66, 34, 0, 100], false, Some(false)),
        ("two thirds exceeded", 1, 66, [67, 33, 0, 100], true, Some(true)),
        ("99 of 100 at 99 percent", 1, 99, [99, 1, 0, 100], false, Some(false)),
        ("unanimity at 99 percent", 1, 99, [100, 0, 0, 100], true, Some(true)),
        ("one against at 99 percent of 100", 1, 99, [0, 1, 0, 100], false, Some(false)),
        ("certain approval, quorum missing", 100, 50, [9, 0, 0, 10], false, None),
        ("certain approval, quorum of all", 100, 50, [9, 1, 0, 10], true, Some(true)),
        ("a single voter", 100, 50, [1, 0, 0, 1], true, Some(true)),
        ("quorum of an odd electorate rounds up", 50, 50, [2, 0, 0, 5], false, None),
        ("majority of an odd electorate", 50, 50, [3, 0, 0, 5], true, Some(true)),
        ("largest weights", 50, 50, [u64::MAX / 2 + 1, 0, 0, u64::MAX], true, Some(true)),
        ("largest weights, exactly half", 50, 50, [u64::MAX / 2, u64::MAX / 2, 1, u64::MAX], false, Some(false)),
        ("largest weights, all for", 100, 99, [u64::MAX, 0, 0, u64::MAX], true, Some(true)),
    ];
    for (what, quorum, approval, [adopt, reject, abstain, electorate], passes, certain) in cases {
        let (tally, rules) = (tally(adopt, reject, abstain, electorate), rules(quorum, approval));
        assert_eq!(tally.passes(&rules), passes, "{what}");
        assert_eq!(tally.certain_outcome(&rules), certain, "{what}");
    }
}

#[test]
fn should_refuse_weight_when_it_is_not_outstanding() {
    let nearly = tally(3, 3, 3, 10);
    for choice in [StoredChoice::Adopt, StoredChoice::Reject, StoredChoice::Abstain] {
        assert_eq!(nearly.with(choice, Weight(2)), None);
        assert_eq!(nearly.with(choice, Weight(u64::MAX)), None);
        assert_eq!(nearly.with(choice, Weight(1)).map(|tally| tally.outstanding()), Some(Weight(0)));
    }
}

proptest! {
    /// Against the definition: an outcome is certain if all ways in which the rest can vote lead to it.
    #[test]
    fn should_be_certain_exactly_when_every_way_to_go_on_ends_the_same(
        adopt in 0_u64..8, reject in 0_u64..8, abstain in 0_u64..8, outstanding in 0_u64..8,
        quorum in 1_u8..=100, approval in 50_u8..=99,
    ) {
        let electorate = adopt + reject + abstain + outstanding;
        let rules = rules(quorum, approval);
        let mut outcomes = [false; 2];
        for more_adopt in 0..=outstanding {
            for more_reject in 0..=outstanding - more_adopt {
                for more_abstain in 0..=outstanding - more_adopt - more_reject {
                    let end = tally(adopt + more_adopt, reject + more_reject, abstain + more_abstain, electorate);
                    outcomes[usize::from(end.passes(&rules))] = true;
                }
            }
        }
        let now = tally(adopt, reject, abstain, electorate);
        let expected = match outcomes {
            [true, true] => None,
            [false, adopted] => Some(adopted),
            [true, false] => Some(false),
        };
        // An electorate of nobody is refused when a proposal is made.
        if electorate > 0 {
            prop_assert_eq!(now.certain_outcome(&rules), expected);
            if let Some(certain) = expected {
                prop_assert!(now.passes(&rules) == certain);
            }
        }
    }
}
