use super::{StoredAggregate, StoredContribution, StoredRound};
use calisec_types::ids::{ContextId, Digest32, Timestamp};
use calisec_zk::pedersen::{Blinding, Opening};
use candid::Principal;
use minicbor::bytes::ByteVec;

fn round(committed: u32) -> StoredRound {
    StoredRound {
        context: ContextId([1; 32]),
        label: "step".to_owned(),
        publisher: Principal::from_slice(&[2]),
        dimension: 3,
        contributors: 4,
        quorum: 2,
        committed,
        opened_at: Timestamp(10),
        closes_at: Timestamp(20),
        aggregate: None,
    }
}

const AGGREGATE: StoredAggregate = StoredAggregate {
    commitments_hash: Digest32([3; 32]),
    values_hash: Digest32([4; 32]),
    accepted_at: Timestamp(15),
    position: 5,
};

#[test]
fn should_be_due_when_all_committed_or_enough_did_in_time() {
    for (committed, now, takes, complete) in [
        (0, 19, true, false),
        (3, 19, true, false),
        (4, 19, true, true),
        (1, 20, false, false),
        (2, 20, false, true),
        (4, u64::MAX, false, true),
    ] {
        let round = round(committed);
        assert_eq!(round.takes_commitments(Timestamp(now)), takes, "{committed} at {now}");
        assert_eq!(round.is_complete(Timestamp(now)), complete, "{committed} at {now}");
    }
    let aggregated = StoredRound { aggregate: Some(AGGREGATE), ..round(4) };
    assert!(!aggregated.takes_commitments(Timestamp(15)));
}

#[test]
fn should_read_back_what_was_stored_when_it_is_encoded() {
    for stored in [round(0), StoredRound { aggregate: Some(AGGREGATE), ..round(4) }] {
        let bytes = minicbor::to_vec(&stored).expect("encodes");
        assert_eq!(minicbor::decode::<StoredRound>(&bytes).expect("decodes"), stored);
    }
    let opening = Opening::new(vec![1, -2, 3], Blinding::from_u64(4)).expect("a valid length");
    let commitment = opening.commit().expect("not infinity");
    let stored = StoredContribution { weight: 7, commitment: Some(ByteVec::from(commitment.to_stored().to_vec())) };
    let bytes = minicbor::to_vec(&stored).expect("encodes");
    let read = minicbor::decode::<StoredContribution>(&bytes).expect("decodes");
    assert_eq!(read.commitment(), Ok(Some(commitment)));
    assert_eq!(StoredContribution { weight: 7, commitment: None }.commitment(), Ok(None));
    let damaged = StoredContribution { weight: 7, commitment: Some(ByteVec::from(vec![0xff; 96])) };
    assert!(damaged.commitment().is_err());
}
