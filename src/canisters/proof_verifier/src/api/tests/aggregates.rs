//! Rounds of contributions, and attempts at aggregates that nobody contributed to.

use crate::api::test_fixtures::{CONTEXT, Fixture, START, alice, bob, reason};
use crate::api::{aggregate_certificate, commit_update, contributions, open_round, post_aggregate, round, rounds};
use calisec_certification::aggregates::{aggregate_hash, commitments_hash, values_hash};
use calisec_certification::decode_tree;
use calisec_types::aggregates::{
    AggregateReceipt, CommitUpdateArg, ContributionsArg, Contributor, MAX_CONTRIBUTORS, MAX_DIMENSION, MAX_LABEL_BYTES,
    MAX_ROUND_SECONDS, MAX_ROUNDS_PER_PUBLISHER, OpenRoundArg, PostAggregateArg, Round, RoundsArg,
};
use calisec_types::ids::{ContextId, FieldElement, RoundId, Timestamp};
use calisec_types::proof_verifier::{BUDGET_PROOFS, ProofError, ProofReason};
use calisec_zk::pedersen::{Blinding, Opening, weigh};
use candid::Principal;
use ic_certification::LookupResult;
use serde_bytes::ByteBuf;

const DIMENSION: usize = 3;
const CLOSES_AT: Timestamp = START.plus_seconds(100);

fn contributor(number: u8) -> Principal {
    Principal::from_slice(&[number, 7])
}

fn opening(number: u8) -> Opening {
    let values = vec![i64::from(number), -5, 1_000 * i64::from(number)];
    Opening::new(values, Blinding::from_u64(40 + u64::from(number))).expect("a valid length")
}

/// Contributors 1, 2, ... have weights 10, 20, ...
fn weight(number: u8) -> u32 {
    10 * u32::from(number)
}

fn open_arg(contributors: u8, quorum: u32) -> OpenRoundArg {
    OpenRoundArg {
        context: CONTEXT,
        label: "model-7/step-12".to_owned(),
        dimension: DIMENSION as u32,
        closes_at: CLOSES_AT,
        quorum,
        contributors: (1..=contributors)
            .map(|number| Contributor { contributor: contributor(number), weight: weight(number) })
            .collect(),
    }
}

fn commit_bytes(fixture: &mut Fixture, number: u8, bytes: &[u8]) -> Result<Round, ProofError> {
    fixture.env.call_as(contributor(number));
    let arg = CommitUpdateArg { round: RoundId(1), commitment: ByteBuf::from(bytes) };
    commit_update(&mut fixture.state, &fixture.env, &arg)
}

fn commit(fixture: &mut Fixture, number: u8) -> Result<Round, ProofError> {
    commit_bytes(fixture, number, &opening(number).commit().expect("not infinity").to_bytes())
}

/// The honest aggregate of these contributors.
fn sum(numbers: &[u8]) -> Opening {
    let openings: Vec<(u32, Opening)> = numbers.iter().map(|number| (weight(*number), opening(*number))).collect();
    let weighted: Vec<(u32, &Opening)> = openings.iter().map(|(weight, opening)| (*weight, opening)).collect();
    weigh(&weighted).expect("fits")
}

fn arg(sum: &Opening) -> PostAggregateArg {
    PostAggregateArg {
        round: RoundId(1),
        values: sum.values().to_vec(),
        blinding: FieldElement(sum.blinding().to_bytes()),
    }
}

fn post(fixture: &mut Fixture, arg: PostAggregateArg) -> Result<AggregateReceipt, ProofError> {
    fixture.env.call_as(alice());
    post_aggregate(&mut fixture.state, &fixture.env, arg)
}

/// Alice has opened a round for this many contributors, of which at least two must commit.
fn opened(contributors: u8) -> Fixture {
    let mut fixture = Fixture::new();
    let opened = open_round(&mut fixture.state, &fixture.env, open_arg(contributors, 2)).expect("opened");
    assert_eq!((opened.id, opened.publisher, opened.committed), (RoundId(1), alice(), 0));
    fixture
}

#[test]
fn should_issue_a_certified_receipt_when_the_aggregate_is_the_sum() {
    let mut fixture = opened(3);
    for number in 1..=3 {
        assert_eq!(commit(&mut fixture, number).expect("committed").committed, u32::from(number));
    }
    let receipt = post(&mut fixture, arg(&sum(&[1, 2, 3]))).expect("accepted");
    let listed = ContributionsArg { round: RoundId(1), after: None, limit: None };
    let listed = contributions(&fixture.state, &listed).expect("a page").contributions;
    assert_eq!(receipt.commitments_hash, commitments_hash(&listed));
    assert_eq!(receipt.values_hash, values_hash(sum(&[1, 2, 3]).values()));
    assert_eq!((receipt.contributors, receipt.dimension, receipt.accepted_at), (3, 3, START));
    assert_eq!(round(&fixture.state, RoundId(1)).expect("exists").aggregated_at, Some(START));

    // Certified, also after an upgrade.
    let certified = fixture.env.certified.borrow().expect("certified");
    fixture.upgrade();
    assert_eq!(fixture.state.certified_root(), certified);
    let certificate = aggregate_certificate(&fixture.state, &fixture.env, RoundId(1)).expect("a certificate");
    let witness = decode_tree(&certificate.witness).expect("a tree");
    assert_eq!((witness.digest(), &certificate.receipt), (certified, &receipt));
    let found = witness.lookup_path([b"aggregates".as_slice(), &certificate.position.to_be_bytes()]);
    assert!(matches!(found, LookupResult::Found(hash) if hash == aggregate_hash(&receipt).0));
}

#[test]
fn should_refuse_and_change_nothing_when_the_aggregate_is_wrong() {
    let mut fixture = opened(3);
    for number in 1..=3 {
        commit(&mut fixture, number).expect("committed");
    }
    let before = fixture.image();
    let good = arg(&sum(&[1, 2, 3]));
    let mut wrong_value = good.clone();
    wrong_value.values[2] += 1;
    let mut wrong_blinding = good.clone();
    wrong_blinding.blinding.0[31] ^= 1;
    // The sum without weights is what every contributor committed to, but not what the round is about.
    let unweighted = weigh(&[(1, &opening(1)), (1, &opening(2)), (1, &opening(3))]).expect("fits");
    let doubled = weigh(&[(1, &sum(&[1, 2, 3])), (weight(2), &opening(2))]).expect("fits");
    for (desc, arg) in [
        ("a value", wrong_value),
        ("the blinding", wrong_blinding),
        ("without weights", arg(&unweighted)),
        ("a contributor missing", arg(&sum(&[1, 3]))),
        ("a contributor twice", arg(&doubled)),
        ("zeros", PostAggregateArg { values: vec![0; DIMENSION], ..good.clone() }),
    ] {
        assert_eq!(reason(post(&mut fixture, arg)), ProofReason::WrongAggregate, "{desc}");
    }
    let short = PostAggregateArg { values: good.values[..2].to_vec(), ..good.clone() };
    assert_eq!(reason(post(&mut fixture, short)), ProofReason::WrongDimension { expected: 3, actual: 2 });
    let too_large = PostAggregateArg { blinding: FieldElement([0xff; 32]), ..good.clone() };
    assert_eq!(reason(post(&mut fixture, too_large)), ProofReason::InvalidBlinding);
    let unknown = PostAggregateArg { round: RoundId(2), ..good.clone() };
    assert_eq!(reason(post(&mut fixture, unknown)), ProofReason::UnknownRound(RoundId(2)));
    fixture.env.call_as(bob());
    let refused = post_aggregate(&mut fixture.state, &fixture.env, good.clone());
    assert_eq!(reason(refused), ProofReason::NotPublisher(alice()));
    let missing = aggregate_certificate(&fixture.state, &fixture.env, RoundId(1));
    assert_eq!(reason(missing), ProofReason::NotAggregated(RoundId(1)));
    assert_eq!(fixture.image(), before);

    // Once accepted it stays: repeated, it has the same receipt, and there is no other.
    let receipt = post(&mut fixture, good.clone()).expect("accepted");
    let after = fixture.image();
    fixture.env.advance_seconds(5);
    assert_eq!(post(&mut fixture, good.clone()), Ok(receipt));
    let another = PostAggregateArg { values: vec![1; DIMENSION], ..good };
    assert_eq!(reason(post(&mut fixture, another)), ProofReason::RoundAggregated);
    assert_eq!(fixture.image(), after);
}

#[test]
fn should_sum_those_who_committed_when_the_round_closes_with_a_quorum() {
    let mut fixture = opened(3);
    commit(&mut fixture, 3).expect("committed");
    commit(&mut fixture, 1).expect("committed");
    let open = |committed| ProofReason::RoundOpen { committed, contributors: 3, quorum: 2, closes_at: CLOSES_AT };
    assert_eq!(reason(post(&mut fixture, arg(&sum(&[1, 3])))), open(2));
    fixture.env.advance_seconds(99);
    assert_eq!(reason(post(&mut fixture, arg(&sum(&[1, 3])))), open(2));
    fixture.env.advance_seconds(1);
    assert_eq!(reason(commit(&mut fixture, 2)), ProofReason::RoundClosed(CLOSES_AT));
    assert_eq!(reason(post(&mut fixture, arg(&sum(&[1, 2, 3])))), ProofReason::WrongAggregate);
    assert_eq!(post(&mut fixture, arg(&sum(&[1, 3]))).expect("accepted").contributors, 2);

    // Without a quorum there is no aggregate, ever: it would tell what one contributor knows.
    let mut fixture = opened(3);
    commit(&mut fixture, 2).expect("committed");
    fixture.env.advance_seconds(1_000);
    assert_eq!(reason(post(&mut fixture, arg(&sum(&[2])))), open(1));
}

#[test]
fn should_refuse_the_commitment_when_it_is_not_a_point_of_the_contributors_own() {
    let mut fixture = opened(3);
    let own = opening(1).commit().expect("not infinity").to_bytes();
    commit_bytes(&mut fixture, 1, &own).expect("committed");
    let before = fixture.image();

    let mut negated = own;
    negated[0] ^= 0x20;
    for copy in [own, negated] {
        assert_eq!(reason(commit_bytes(&mut fixture, 2, &copy)), ProofReason::CommitmentTaken(contributor(1)));
    }
    let infinity = [&[0xc0], [0; 47].as_slice()].concat();
    // On the curve, at x = 4 and outside the subgroup.
    let outside = [&[0x80], [0; 46].as_slice(), &[4]].concat();
    for (bytes, text) in [(infinity, "infinity"), (outside, "subgroup"), (vec![0xff; 48], "decode"), (vec![1], "48")] {
        let refused = reason(commit_bytes(&mut fixture, 2, &bytes));
        assert!(matches!(&refused, ProofReason::InvalidCommitment(why) if why.contains(text)), "{refused:?}");
    }
    let empty = ProofReason::BadLength { field: "commitment".to_owned(), length: 0, limit: 48 };
    assert_eq!(reason(commit_bytes(&mut fixture, 2, &[])), empty);
    assert_eq!(reason(commit(&mut fixture, 9)), ProofReason::NotContributor);
    let other = opening(7).commit().expect("not infinity").to_bytes();
    assert_eq!(reason(commit_bytes(&mut fixture, 1, &other)), ProofReason::AlreadyCommitted);
    assert_eq!(commit_bytes(&mut fixture, 1, &own).expect("the same again").committed, 1);
    fixture.env.call_as(Principal::anonymous());
    let arg = CommitUpdateArg { round: RoundId(1), commitment: ByteBuf::from(own) };
    assert_eq!(reason(commit_update(&mut fixture.state, &fixture.env, &arg)), ProofReason::Anonymous);
    assert_eq!(fixture.image(), before);
}

#[test]
fn should_refuse_the_round_when_it_could_not_end_well() {
    let mut fixture = Fixture::new();
    let before = fixture.image();
    let mut twice = open_arg(3, 2);
    twice.contributors[2].contributor = contributor(1);
    let mut weightless = open_arg(3, 2);
    weightless.contributors[0].weight = 0;
    let mut anonymous = open_arg(3, 2);
    anonymous.contributors[1].contributor = Principal::anonymous();
    for arg in [
        twice,
        weightless,
        anonymous,
        open_arg(1, 1),
        open_arg(3, 1),
        open_arg(3, 4),
        OpenRoundArg { closes_at: START, ..open_arg(3, 2) },
        OpenRoundArg { closes_at: START.plus_seconds(MAX_ROUND_SECONDS + 1), ..open_arg(3, 2) },
    ] {
        let refused = reason(open_round(&mut fixture.state, &fixture.env, arg.clone()));
        assert!(matches!(refused, ProofReason::InvalidRound(_)), "{arg:?}: {refused:?}");
    }
    let crowd = vec![Contributor { contributor: bob(), weight: 1 }; MAX_CONTRIBUTORS + 1];
    for (arg, field, length, limit) in [
        (OpenRoundArg { label: String::new(), ..open_arg(3, 2) }, "label", 0, MAX_LABEL_BYTES),
        (OpenRoundArg { label: "x".repeat(65), ..open_arg(3, 2) }, "label", 65, MAX_LABEL_BYTES),
        (OpenRoundArg { dimension: 0, ..open_arg(3, 2) }, "dimension", 0, MAX_DIMENSION),
        (OpenRoundArg { dimension: 1_025, ..open_arg(3, 2) }, "dimension", 1_025, MAX_DIMENSION),
        (OpenRoundArg { contributors: vec![], ..open_arg(3, 2) }, "contributors", 0, MAX_CONTRIBUTORS),
        (OpenRoundArg { contributors: crowd, ..open_arg(3, 2) }, "contributors", 129, MAX_CONTRIBUTORS),
    ] {
        let expected = ProofReason::BadLength { field: field.to_owned(), length, limit: limit as u64 };
        assert_eq!(reason(open_round(&mut fixture.state, &fixture.env, arg)), expected);
    }
    fixture.env.call_as(Principal::anonymous());
    assert_eq!(reason(open_round(&mut fixture.state, &fixture.env, open_arg(3, 2))), ProofReason::Anonymous);
    assert_eq!(fixture.image(), before);
}

/// The attack: rounds that nobody ever closes.
#[test]
fn should_refuse_another_round_when_a_publisher_opened_as_many_as_it_may() {
    let mut fixture = Fixture::new();
    for _ in 0..MAX_ROUNDS_PER_PUBLISHER {
        open_round(&mut fixture.state, &fixture.env, open_arg(2, 2)).expect("opened");
    }
    // Neither time nor an upgrade gives any of them back, and others are not kept from theirs.
    fixture.env.now.set(CLOSES_AT);
    fixture.upgrade();
    let before = fixture.image();
    let later = OpenRoundArg { closes_at: CLOSES_AT.plus_seconds(100), ..open_arg(2, 2) };
    let refused = reason(open_round(&mut fixture.state, &fixture.env, later.clone()));
    assert_eq!(refused, ProofReason::TooManyRounds { limit: MAX_ROUNDS_PER_PUBLISHER });
    assert_eq!(fixture.image(), before);
    fixture.env.call_as(bob());
    let opened = open_round(&mut fixture.state, &fixture.env, later).expect("opened");
    assert_eq!(opened.id, RoundId(MAX_ROUNDS_PER_PUBLISHER + 1));
}

/// The attack: commitments and aggregates that are bad, and cost more to refuse than to send.
#[test]
fn should_charge_for_rounds_commitments_and_aggregates_when_they_are_bad_too() {
    let mut fixture = opened(32);
    let exhaust = |fixture: &mut Fixture, caller| {
        let now = fixture.env.now.get();
        (0..).take_while(|_| fixture.state.charge(caller, 1, now).is_ok()).count() as u64
    };
    let is_exhausted = |refused: ProofReason| matches!(refused, ProofReason::BudgetExhausted { .. });
    // One for the fixture's circuit, three for a round of twice sixteen contributors.
    assert_eq!(exhaust(&mut fixture, alice()), BUDGET_PROOFS - 1 - 3);
    let infinity: Vec<u8> = std::iter::once(0xc0).chain([0; 47]).collect();
    assert!(matches!(reason(commit_bytes(&mut fixture, 3, &infinity)), ProofReason::InvalidCommitment(_)));
    assert_eq!(exhaust(&mut fixture, contributor(3)), BUDGET_PROOFS - 1);

    let before = fixture.image();
    assert!(is_exhausted(reason(commit(&mut fixture, 3))));
    fixture.env.call_as(alice());
    assert!(is_exhausted(reason(open_round(&mut fixture.state, &fixture.env, open_arg(2, 2)))));
    assert_eq!(fixture.image(), before);

    for number in 1..=2 {
        commit(&mut fixture, number).expect("committed");
    }
    // A hundred seconds later there are twenty in the bucket again.
    fixture.env.now.set(CLOSES_AT);
    let before = fixture.image();
    let wrong = PostAggregateArg { values: vec![1; DIMENSION], ..arg(&sum(&[1, 2])) };
    for _ in 0..20 {
        assert_eq!(reason(post(&mut fixture, wrong.clone())), ProofReason::WrongAggregate);
    }
    assert!(is_exhausted(reason(post(&mut fixture, wrong))));
    assert_eq!(fixture.image(), before);
}

#[test]
fn should_page_through_rounds_and_contributions_when_there_are_many() {
    let mut fixture = Fixture::new();
    for _ in 0..3 {
        open_round(&mut fixture.state, &fixture.env, open_arg(5, 2)).expect("opened");
    }
    let elsewhere = OpenRoundArg { context: ContextId([9; 32]), ..open_arg(5, 2) };
    open_round(&mut fixture.state, &fixture.env, elsewhere).expect("opened");

    let first = rounds(&fixture.state, &RoundsArg { context: CONTEXT, after: None, limit: Some(2) });
    let ids: Vec<u64> = first.rounds.iter().map(|round| round.id.0).collect();
    assert_eq!((ids, first.next), (vec![1, 2], Some(RoundId(2))));
    let rest = rounds(&fixture.state, &RoundsArg { context: CONTEXT, after: first.next, limit: Some(2) });
    assert_eq!((rest.rounds[0].id, rest.rounds.len(), rest.next), (RoundId(3), 1, None));

    let ask = |after, limit| ContributionsArg { round: RoundId(1), after, limit: Some(limit) };
    let first = contributions(&fixture.state, &ask(None, 3)).expect("a page");
    assert_eq!((first.contributions.len(), first.next), (3, Some(contributor(3))));
    let rest = contributions(&fixture.state, &ask(first.next, 3)).expect("a page");
    let listed: Vec<_> = first.contributions.into_iter().chain(rest.contributions).collect();
    assert_eq!(rest.next, None);
    assert!(listed.iter().zip(1..).all(|(c, number)| c.contributor == contributor(number) && c.commitment.is_none()));
    assert_eq!(listed.len(), 5);
    let unknown = ContributionsArg { round: RoundId(77), after: None, limit: None };
    assert_eq!(reason(contributions(&fixture.state, &unknown)), ProofReason::UnknownRound(RoundId(77)));
}
