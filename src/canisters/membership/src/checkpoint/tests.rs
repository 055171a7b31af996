use super::{Judgement, Known, Refusal, Standing, is_quorum, judge, required};
use calisec_types::ids::{Digest32, Revision, StateRoot, Timestamp};
use calisec_types::membership::{CHECKPOINT_PERIOD_SECONDS, Claim, Quorum};
use proptest::{prop_assert, proptest};

const NOW: Timestamp = Timestamp(5);

fn claim(seed: u8) -> Claim {
    Claim { state_root: StateRoot([seed; 32]), app_hash: Digest32([1; 32]) }
}

fn open() -> Known {
    Known { final_claim: None, opened_at: NOW, opened_revision: Revision(3) }
}

#[test]
fn should_require_more_than_the_part_and_never_more_than_all() {
    for (quorum, attesters, expected) in [
        (Quorum::BasisPoints(5_000), 0, 1),
        (Quorum::BasisPoints(5_000), 1, 1),
        (Quorum::BasisPoints(5_000), 2, 2),
        (Quorum::BasisPoints(5_000), 3, 2),
        (Quorum::BasisPoints(5_000), 4, 3),
        (Quorum::BasisPoints(6_667), 3, 3),
        (Quorum::BasisPoints(6_666), 3, 2),
        (Quorum::BasisPoints(10_000), 7, 7),
        (Quorum::BasisPoints(1), 1_000_000, 101),
        (Quorum::BasisPoints(10_000), u64::MAX, u64::MAX),
        (Quorum::Count(3), 2, 3),
        (Quorum::Count(1), 0, 1),
    ] {
        assert_eq!(required(quorum, attesters), expected, "{quorum:?} of {attesters}");
    }
    for (quorum, valid) in [
        (Quorum::Count(0), false),
        (Quorum::Count(1), true),
        (Quorum::BasisPoints(0), false),
        (Quorum::BasisPoints(10_000), true),
        (Quorum::BasisPoints(10_001), false),
    ] {
        assert_eq!(is_quorum(quorum), valid, "{quorum:?}");
    }
}

#[test]
fn should_judge_by_what_the_account_said_and_what_is_final() {
    let (one, other) = (claim(1), claim(2));
    let fixed = Known { final_claim: Some(one), ..open() };
    let rows = [
        ("the first", None, None, one, Ok(Judgement::Opens)),
        ("one more", Some(open()), None, one, Ok(Judgement::Counts)),
        ("again", Some(open()), Some((one, Standing::Counts)), one, Ok(Judgement::Repeats)),
        ("changed mind", Some(open()), Some((one, Standing::Counts)), other, Ok(Judgement::Equivocates)),
        ("changed mind twice", Some(open()), Some((one, Standing::Equivocated)), one, Err(Refusal::AlreadyEquivocated)),
        ("back again", Some(open()), Some((one, Standing::Withdrawn)), one, Ok(Judgement::Counts)),
        ("back with another", Some(open()), Some((one, Standing::Withdrawn)), other, Ok(Judgement::Equivocates)),
        ("late and the same", Some(fixed), None, one, Ok(Judgement::Confirms)),
        ("late and different", Some(fixed), None, other, Ok(Judgement::Contradicts)),
        ("late, again", Some(fixed), Some((other, Standing::Late)), other, Ok(Judgement::Repeats)),
        ("late, changed", Some(fixed), Some((other, Standing::Late)), one, Ok(Judgement::Equivocates)),
        ("changed after final", Some(fixed), Some((one, Standing::Counts)), other, Ok(Judgement::Equivocates)),
        ("back after final", Some(fixed), Some((one, Standing::Withdrawn)), one, Ok(Judgement::Confirms)),
    ];
    for (desc, known, before, claim, expected) in rows {
        assert_eq!(judge(claim, known.as_ref(), before, (NOW, Revision(0))), expected, "{desc}");
    }
}

#[test]
fn should_lapse_when_time_is_over_or_the_attesters_were_decided_anew_unless_final() {
    let end = NOW.plus_seconds(CHECKPOINT_PERIOD_SECONDS);
    let fixed = Known { final_claim: Some(claim(1)), ..open() };
    for (desc, known, now, broken_at, lapsed) in [
        ("in time", open(), end, Revision(3), false),
        ("over", open(), Timestamp(end.0 + 1), Revision(0), true),
        ("a role changed before", open(), NOW, Revision(3), false),
        ("a role changed since", open(), NOW, Revision(4), true),
        ("final for ever", fixed, Timestamp(u64::MAX), Revision(9), false),
    ] {
        assert_eq!(known.has_lapsed(now, broken_at), lapsed, "{desc}");
        let judged = judge(claim(1), Some(&known), None, (now, broken_at));
        assert_eq!(judged == Err(Refusal::Lapsed), lapsed, "{desc}");
    }
}

proptest! {
    #[test]
    fn should_never_let_two_claims_reach_a_majority(attesters in 1_u64.., points in 5_000_u16..=10_000) {
        let needed = required(Quorum::BasisPoints(points), attesters);
        prop_assert!(needed >= 1 && needed <= attesters);
        prop_assert!(u128::from(needed) * 2 > u128::from(attesters));
    }
}
