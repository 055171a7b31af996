use super::{
    Blinding, COMMITMENT_BYTES, Commitment, MAX_DIMENSION, Opening, PedersenError, generators, verify_sum, weigh,
};
use crate::field::to_be32;
use ark_bls12_381::{Fq, Fr, G1Affine, G1Projective};
use ark_ec::CurveGroup;
use ark_ff::{BigInteger, PrimeField, UniformRand};
use ark_serialize::CanonicalSerialize;
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::Config;
use proptest::{prop_assert, prop_assert_eq, proptest};

fn opening(values: &[i64], blinding: u64) -> Opening {
    Opening::new(values.to_vec(), Blinding::from_u64(blinding)).expect("a valid length")
}

fn commit(opening: &Opening) -> Commitment {
    opening.commit().expect("not infinity")
}

fn compressed(point: &G1Affine) -> Vec<u8> {
    let mut bytes = Vec::new();
    point.serialize_compressed(&mut bytes).expect("written to memory");
    bytes
}

#[test]
fn should_be_the_sum_of_its_terms_when_a_vector_is_committed_to() {
    let values = [5, -7, 0, i64::MAX, i64::MIN];
    let mut expected: G1Projective = generators(1)[0] * Fr::from(9u8);
    for (generator, value) in generators(6)[1..].iter().zip(values) {
        let magnitude = *generator * Fr::from(value.unsigned_abs());
        expected += if value < 0 { -magnitude } else { magnitude };
    }
    assert_eq!(commit(&opening(&values, 9)).0, expected.into_affine());
}

#[test]
fn should_decode_what_was_encoded_when_a_commitment_is_sent_or_stored() {
    let commitment = commit(&opening(&[1, 2, 3], 4));
    assert_eq!(Commitment::decode(&commitment.to_bytes()), Ok(commitment));
    assert_eq!(Commitment::from_stored(&commitment.to_stored()), Ok(commitment));
    assert_eq!(commitment.to_stored().as_slice(), {
        let mut bytes = Vec::new();
        commitment.0.serialize_uncompressed(&mut bytes).expect("written to memory");
        bytes
    });
}

#[test]
fn should_refuse_the_commitment_when_it_is_infinity_off_subgroup_or_not_canonical() {
    let valid = commit(&opening(&[1], 2)).to_bytes();
    let mut infinity = [0; COMMITMENT_BYTES];
    infinity[0] = 0xc0;
    assert_eq!(Commitment::decode(&infinity), Err(PedersenError::Infinity));
    assert_eq!(opening(&[0, 0], 0).commit().err(), Some(PedersenError::Infinity));

    let mut rng = StdRng::seed_from_u64(1);
    let outside = loop {
        if let Some(point) = G1Affine::get_point_from_x_unchecked(Fq::rand(&mut rng), false) {
            break point;
        }
    };
    assert_eq!(Commitment::decode(&compressed(&outside)), Err(PedersenError::NotInSubgroup));

    let mut too_large = Fq::MODULUS.to_bytes_be();
    too_large[0] |= 0x80;
    let mut unflagged = valid;
    unflagged[0] &= 0x7f;
    let mut flagged_infinity = valid;
    flagged_infinity[0] |= 0x40;
    for bytes in [too_large.as_slice(), &unflagged, &flagged_infinity, &[0; 48], &[0xff; 48]] {
        assert_eq!(Commitment::decode(bytes), Err(PedersenError::Undecodable));
    }
    for length in [0, 47, 49, 96] {
        assert_eq!(Commitment::decode(&vec![0; length]), Err(PedersenError::Length { length }));
    }
}

#[test]
fn should_refuse_the_opening_when_a_length_sum_or_blinding_is_out_of_bounds() {
    for length in [0, MAX_DIMENSION + 1] {
        let refused = Opening::new(vec![1; length], Blinding::from_u64(1)).err();
        assert_eq!(refused, Some(PedersenError::Dimension { length }));
    }
    let (short, long) = (opening(&[1], 1), opening(&[1, i64::MAX], 1));
    assert_eq!(weigh(&[]).err(), Some(PedersenError::Mixed));
    assert_eq!(weigh(&[(1, &short), (1, &long)]).err(), Some(PedersenError::Mixed));
    assert_eq!(weigh(&[(2, &long)]).err(), Some(PedersenError::Overflow { index: 1 }));
    // Terms may be too large by themselves, as long as their sum is not.
    let cancelling = weigh(&[(2, &long), (2, &opening(&[1, i64::MIN], 1))]).expect("fits");
    assert_eq!(cancelling.values(), [4, -2]);

    let order: [u8; 32] = Fr::MODULUS.to_bytes_be().try_into().expect("32 bytes");
    assert_eq!(Blinding::parse(&order).err(), Some(PedersenError::Blinding));
    assert!(Blinding::parse(&to_be32(&-Fr::from(1u8))).is_ok());
}

#[test]
fn should_verify_when_the_vectors_are_as_long_and_the_numbers_as_large_as_they_may_be() {
    let openings: Vec<Opening> = (0..3i64)
        .map(|contributor| {
            let values = (0..MAX_DIMENSION as i64).map(|index| ((index - 512) * (contributor + 1)) << 20).collect();
            Opening::new(values, Blinding(-Fr::from(contributor as u64))).expect("a valid length")
        })
        .collect();
    let weights = [u32::MAX, 1, 12_345];
    let weighted: Vec<(u32, &Opening)> = weights.into_iter().zip(&openings).collect();
    let commitments: Vec<_> = weighted.iter().map(|(weight, opening)| (*weight, commit(opening))).collect();
    let sum = weigh(&weighted).expect("fits");
    assert!(verify_sum(&commitments, &sum));

    let mut wrong = sum.values().to_vec();
    wrong[MAX_DIMENSION - 1] ^= 1;
    assert!(!verify_sum(&commitments, &Opening::new(wrong, sum.blinding()).expect("a valid length")));
}

#[test]
fn should_tell_a_copy_when_a_commitment_or_its_negative_comes_again() {
    let original = commit(&opening(&[1, 2], 3));
    let negated = Commitment(-original.0);
    assert!(original.equals_up_to_sign(&original) && original.equals_up_to_sign(&negated));
    assert!(!original.equals_up_to_sign(&commit(&opening(&[1, 2], 4))));
    // Why: the copy cancels what somebody else contributed, without knowing it.
    let other = opening(&[7, 8], 5);
    assert!(verify_sum(&[(1, original), (1, negated), (1, commit(&other))], &other));
}

proptest! {
    #![proptest_config(Config::with_cases(64))]

    #[test]
    fn should_be_linear_when_vectors_are_weighed(
        rows in vec((1..=u32::MAX, vec(-250_000_000i64..250_000_000, 5), any::<u64>()), 1..6),
        which: proptest::sample::Index,
        position in 0..5usize,
    ) {
        let openings: Vec<(u32, Opening)> =
            rows.iter().map(|(weight, values, blinding)| (*weight, opening(values, blinding | 1))).collect();
        let weighted: Vec<(u32, &Opening)> = openings.iter().map(|(weight, opening)| (*weight, opening)).collect();
        let commitments: Vec<(u32, Commitment)> =
            weighted.iter().map(|(weight, opening)| (*weight, commit(opening))).collect();
        let sum = weigh(&weighted).expect("fits");
        prop_assert!(verify_sum(&commitments, &sum));

        let which = which.index(commitments.len());
        let mut other_weight = commitments.clone();
        other_weight[which].0 ^= 1;
        prop_assert!(!verify_sum(&other_weight, &sum));

        let mut missing = commitments.clone();
        missing.remove(which);
        prop_assert!(!verify_sum(&missing, &sum));

        let doubled = [commitments.as_slice(), &commitments[which..=which]].concat();
        prop_assert!(!verify_sum(&doubled, &sum));

        let mut values = sum.values().to_vec();
        values[position] += 1;
        prop_assert!(!verify_sum(&commitments, &Opening::new(values, sum.blinding()).expect("a valid length")));

        let other_blinding = Blinding(sum.blinding().0 + Fr::from(1u8));
        let wrong = Opening::new(sum.values().to_vec(), other_blinding).expect("a valid length");
        prop_assert!(!verify_sum(&commitments, &wrong));

        let again = Blinding::parse(&sum.blinding().to_bytes());
        prop_assert_eq!(again.map(Blinding::to_bytes), Ok(sum.blinding().to_bytes()));
    }
}
