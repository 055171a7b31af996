//! Random votes at random times against a model that keeps every ballot and counts them anew each time.

use crate::ballot::cast;
use crate::state::{Event, State};
use crate::storage::{Config, StoredChange, StoredChoice, StoredContent, StoredProposal, StoredRules, StoredTally};
use crate::test_fixtures::{MEMBERSHIP, NOW, RULES, account, stored_proposal};
use calisec_types::governance::{GovernanceReason, Status, Tally};
use calisec_types::ids::{GrantId, ProposalId, Timestamp, Weight};
use calisec_types::membership::VotingWeight;
use ic_stable_structures::DefaultMemoryImpl;
use ic_stable_structures::memory_manager::MemoryManager;
use proptest::collection::vec;
use proptest::strategy::{Just, Strategy};
use proptest::{prop_assert, prop_assert_eq, prop_oneof, proptest};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

const ID: ProposalId = ProposalId(1);

fn state_with_proposal(rules: StoredRules, electorate: u64) -> State {
    let memory = MemoryManager::init_with_bucket_size(DefaultMemoryImpl::default(), 1);
    let mut state = State::install(&memory, Config { membership: MEMBERSHIP, rules, circuits: None });
    let proposal = StoredProposal { rules, tally: StoredTally::empty(Weight(electorate)), ..stored_proposal() };
    let content = StoredContent { title: "t".into(), summary: String::new() };
    state.apply(Event::Proposed {
        proposal: Box::new(proposal),
        content,
        steps: vec![StoredChange::Revoke { grant: GrantId(1) }],
    });
    state
}

fn choices() -> impl Strategy<Value = StoredChoice> {
    prop_oneof![Just(StoredChoice::Adopt), Just(StoredChoice::Reject), Just(StoredChoice::Abstain)]
}

/// Where decided proposals may go from here.
fn may_follow(before: &Status, after: &Status) -> bool {
    match (before, after) {
        (Status::Open, _) | (Status::Adopted { .. }, Status::Expired) => true,
        (before, after) => before == after,
    }
}

proptest! {
    #[test]
    fn should_count_every_ballot_once_and_never_flip_a_decision_when_votes_come_in_any_order(
        weights in vec(1_u64..20, 1..12),
        votes in vec((0_usize..12, choices(), 0_u64..400), 0..60),
        quorum_percent in 1_u8..=100,
        approval_percent in 50_u8..=99,
    ) {
        let rules = StoredRules { quorum_percent, approval_percent, ..RULES.into() };
        let mut state = state_with_proposal(rules, weights.iter().sum());
        let mut ballots = BTreeMap::new();
        let mut now = NOW;
        for (voter, choice, pause) in votes {
            now = now.plus_seconds(pause);
            let voter = voter % weights.len();
            let before = state.view(ID, now).expect("exists").status;
            let weight = VotingWeight {
                account: account(u8::try_from(voter).expect("few voters")),
                weight: Weight(weights[voter]),
            };
            let answer = cast(&mut state, ID, weight, choice, now);
            let expected = if before != Status::Open {
                Err(GovernanceReason::VotingOver)
            } else if let Entry::Vacant(free) = ballots.entry(voter) {
                free.insert(choice);
                Ok(count(&ballots, &weights))
            } else {
                Err(GovernanceReason::AlreadyVoted)
            };
            prop_assert_eq!(&answer, &expected);
            let after = state.view(ID, now).expect("exists");
            prop_assert_eq!(after.tally, count(&ballots, &weights));
            prop_assert!(may_follow(&before, &after.status), "{:?} became {:?}", before, after.status);
        }
        let stored: Vec<_> = state.ballots_page(ID, None, 100).items;
        prop_assert_eq!(stored.len(), ballots.len());
        for ballot in stored {
            let voter = usize::from(ballot.voter.0[0]);
            prop_assert_eq!(Some(&StoredChoice::from(ballot.choice)), ballots.get(&voter));
            prop_assert_eq!(ballot.weight, Weight(weights[voter]));
        }
        // Whatever was decided early is what the whole count says at the end.
        let end = Timestamp(now.0.max(NOW.plus_seconds(RULES.voting_period_seconds).0));
        let decided = state.proposal(ID).expect("exists").decision(end).expect("voting is over");
        prop_assert_eq!(decided.adopted, passes(&count(&ballots, &weights), &rules));
        prop_assert_eq!(state.open_proposals(stored_proposal().context, stored_proposal().proposer, end), 0);
    }
}

fn count(ballots: &BTreeMap<usize, StoredChoice>, weights: &[u64]) -> Tally {
    let of = |wanted| {
        Weight(ballots.iter().filter(|(_, choice)| **choice == wanted).map(|(voter, _)| weights[*voter]).sum())
    };
    Tally {
        adopt: of(StoredChoice::Adopt),
        reject: of(StoredChoice::Reject),
        abstain: of(StoredChoice::Abstain),
        electorate: Weight(weights.iter().sum()),
    }
}

/// The rules as their documentation has them, in fractions of the whole.
fn passes(tally: &Tally, rules: &StoredRules) -> bool {
    let [adopt, reject, abstain, electorate] =
        [tally.adopt, tally.reject, tally.abstain, tally.electorate].map(|weight| u128::from(weight.0));
    let quorum = (adopt + reject + abstain) * 100 >= u128::from(rules.quorum_percent) * electorate;
    quorum && adopt * 100 > u128::from(rules.approval_percent) * (adopt + reject)
}
