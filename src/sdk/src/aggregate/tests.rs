use super::{AggregateError, commit, decode, encode, is_sum, sum};
use crate::Random;
use calisec_types::aggregates::Contribution;
use calisec_types::ids::{FieldElement, RoundId};
use calisec_zk::pedersen::PedersenError;
use candid::Principal;
use serde_bytes::ByteBuf;

fn contribution(number: u8, weight: u32, commitment: Option<[u8; 48]>) -> Contribution {
    Contribution { contributor: Principal::from_slice(&[number]), weight, commitment: commitment.map(ByteBuf::from) }
}

#[test]
fn should_find_the_wrong_opening_when_a_contributor_sent_another_than_it_committed_to() {
    let mut random = Random::from_seed([1; 32]);
    let (alice, of_alice) = commit(vec![1, 2], &mut random).expect("short");
    let (bob, of_bob) = commit(vec![3, 4], &mut random).expect("short");
    let (other, _) = commit(vec![3, 4], &mut random).expect("short");
    let absent = contribution(3, 9, None);
    let listed = [contribution(1, 5, Some(of_alice)), contribution(2, 6, Some(of_bob)), absent];

    let good = sum(RoundId(4), &[(5, &alice), (6, &bob)]).expect("fits");
    assert_eq!((good.round, good.values.as_slice()), (RoundId(4), [23, 34].as_slice()));
    assert_eq!(is_sum(&listed, &good), Ok(true));
    // The same values with another blinding are not what was committed to.
    let bad = sum(RoundId(4), &[(5, &alice), (6, &other)]).expect("fits");
    assert_eq!(is_sum(&listed, &bad), Ok(false));
    let alone = sum(RoundId(4), &[(6, &other)]).expect("fits");
    assert_eq!(is_sum(&listed[1..], &alone), Ok(false));

    let malformed = [contribution(1, 5, Some([0; 48]))];
    assert_eq!(is_sum(&malformed, &good), Err(AggregateError::Pedersen(PedersenError::Undecodable)));
    let mut too_large = good;
    too_large.blinding = FieldElement([0xff; 32]);
    assert_eq!(is_sum(&listed, &too_large), Err(AggregateError::Pedersen(PedersenError::Blinding)));
}

#[test]
fn should_read_back_an_opening_when_it_was_handed_over() {
    let mut random = Random::from_seed([2; 32]);
    let (opening, _) = commit(vec![i64::MIN, 0, i64::MAX], &mut random).expect("short");
    let bytes = encode(&opening);
    assert!(decode(&bytes).expect("an opening") == opening);

    let mut other_version = bytes.to_vec();
    other_version[0] = 2;
    for malformed in [&[][..], &bytes[..20], &bytes[..bytes.len() - 1], &other_version] {
        assert!(decode(malformed).is_err_and(|error| error == AggregateError::MalformedOpening));
    }
    let no_values = [&[1], [0; 32].as_slice()].concat();
    let expected = AggregateError::Pedersen(PedersenError::Dimension { length: 0 });
    assert!(decode(&no_values).is_err_and(|error| error == expected));
}

#[test]
fn should_hide_the_update_when_it_is_committed_to_twice() {
    let mut random = Random::from_seed([3; 32]);
    let (_, first) = commit(vec![7], &mut random).expect("short");
    let (_, second) = commit(vec![7], &mut random).expect("short");
    assert_ne!(first, second);
}
