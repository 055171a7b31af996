//! gnark's encoding.

use super::Bn254;
use super::simulator::Trapdoor;
use super::test_encoders::{gnark_g1, gnark_g2, gnark_key as key_with, gnark_proof as encode_proof};
use super::test_fixtures::{PUB4_KEY, PUB4_PROOF, PUB4_PUBLIC, inputs, key, point_on_twist, proof};
use super::{
    DecodedProof, KeyError, PointFault, PointName, PreparedKey, ProofError, RawProof, RawVerifyingKey, VerifyingKey,
};
use crate::field::Fr;
use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, PrimeField};
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;
use proptest::prelude::any;
use proptest::sample::Index;
use proptest::test_runner::Config;
use proptest::{collection::vec, prop_assert, proptest};

const SMALLER: u8 = 0x80;
const LARGER: u8 = 0xc0;

fn g1(point: G1Affine, raw: bool) -> Vec<u8> {
    gnark_g1::<Bn254>(point, raw)
}

fn g2(point: G2Affine, raw: bool) -> Vec<u8> {
    gnark_g2::<Bn254>(point, raw)
}

fn infinity(raw: bool, raw_length: usize) -> Vec<u8> {
    if raw {
        return vec![0; raw_length];
    }
    let mut bytes = vec![0; raw_length / 2];
    bytes[0] = 0x40;
    bytes
}

fn decode_key(bytes: &[u8], raw: bool) -> Result<VerifyingKey, KeyError> {
    if raw { RawVerifyingKey::GnarkRaw(bytes).decode() } else { RawVerifyingKey::GnarkCompressed(bytes).decode() }
}

fn decode_proof(bytes: &[u8], raw: bool) -> Result<DecodedProof, ProofError> {
    if raw { RawProof::GnarkRaw(bytes).decode() } else { RawProof::GnarkCompressed(bytes).decode() }
}

/// A key whose secrets are known, its beta and delta in G1, and its trapdoor.
fn known_key(input_count: usize) -> (VerifyingKey, G1Affine, G1Affine, Trapdoor) {
    let trapdoor = Trapdoor::new(input_count, 7);
    let (beta, delta) = trapdoor.beta_and_delta_in_g1();
    (trapdoor.verifying_key(), beta, delta, trapdoor)
}

fn known_key_bytes(input_count: usize, raw: bool) -> Vec<u8> {
    let (key, beta, delta, _) = known_key(input_count);
    key_with(&key, beta, delta, raw)
}

#[test]
fn should_read_the_same_key_when_it_ends_as_any_version_of_gnark_ends_it() {
    for raw in [false, true] {
        for count in [1, 4, 64] {
            let bytes = known_key_bytes(count, raw);
            let no_wires = [0; 4];
            let zero_keys = [infinity(raw, 128), infinity(raw, 128)].concat();
            for ending in [vec![], [no_wires, [0; 4]].concat(), [no_wires.as_slice(), &zero_keys].concat()] {
                let decoded = decode_key(&[bytes.as_slice(), &ending].concat(), raw);
                assert_eq!(decoded.expect("a valid key"), known_key(count).0, "{raw} {count}");
            }
        }
    }
}

#[test]
fn should_read_the_key_when_gnark_itself_wrote_it() {
    let bytes: &[u8] = include_bytes!("../../tests/vectors/gnark/sp1_groth16_vk.bin");
    let key = decode_key(bytes, false).expect("a valid key");
    assert_eq!(key.input_count(), 2);
    assert!(PreparedKey::new(&key).is_ok());
    // The encoder of these tests writes what gnark wrote.
    let written = [
        g1(key.alpha, false),
        bytes[32..64].to_vec(),
        g2(key.beta, false),
        g2(key.gamma, false),
        bytes[192..224].to_vec(),
        g2(key.delta, false),
        vec![0, 0, 0, 3],
        key.inputs.iter().flat_map(|point| g1(*point, false)).collect(),
        vec![0; 8],
    ];
    assert_eq!(written.concat(), bytes);
}

#[test]
fn should_verify_when_key_and_proof_come_from_gnark() {
    let (key, _, _, trapdoor) = known_key(3);
    let elements: Vec<Fr> = (1..4u64).map(|element| -Fr::from(element)).collect();
    let prepared = PreparedKey::new(&key).expect("a valid key");
    for raw in [false, true] {
        for seed in 0..8 {
            let proof = trapdoor.simulate(&elements, seed);
            let bytes = encode_proof(&proof, raw);
            let no_commitments = [[0; 4].as_slice(), &infinity(raw, 64)].concat();
            for ending in [vec![], no_commitments] {
                let decoded = decode_proof(&[bytes.as_slice(), &ending].concat(), raw).expect("a valid proof");
                assert_eq!(decoded.to_compressed_bytes(), proof.to_compressed_bytes());
                assert!(prepared.verify(super::PublicInputs::new(elements.clone()), &decoded).is_ok());
            }
        }
    }
}

#[test]
fn should_read_a_snarkjs_proof_when_it_was_written_by_gnark() {
    let prepared = PreparedKey::new(&key(PUB4_KEY)).expect("a valid key");
    for raw in [false, true] {
        let decoded = decode_proof(&encode_proof(&proof(PUB4_PROOF), raw), raw).expect("a valid proof");
        assert!(prepared.verify(inputs(PUB4_PUBLIC), &decoded).is_ok());
    }
}

#[test]
fn should_choose_the_ordinate_that_the_flag_names_when_a_point_is_compressed() {
    // gnark-crypto's encoding of the generator (1, 2) and of its inverse.
    let generator = G1Affine::generator();
    for (point, first_byte) in [(generator, SMALLER), (-generator, LARGER)] {
        let mut expected = [0; 32];
        (expected[0], expected[31]) = (first_byte, 1);
        assert_eq!(g1(point, false), expected);
    }
    let mut proof = proof(PUB4_PROOF);
    for _ in 0..2 {
        (proof.a, proof.b, proof.c) = (-proof.a, -proof.b, -proof.c);
        let decoded = decode_proof(&encode_proof(&proof, false), false).expect("valid points");
        assert_eq!((decoded.a, decoded.b, decoded.c), (proof.a, proof.b, proof.c));
    }
}

#[test]
fn should_refuse_the_key_when_its_points_in_g1_and_g2_differ() {
    let (key, beta, delta, _) = known_key(2);
    for raw in [false, true] {
        for (beta, delta, point) in [(-beta, delta, PointName::Beta), (beta, key.alpha, PointName::Delta)] {
            let error = decode_key(&key_with(&key, beta, delta, raw), raw).expect_err("refused");
            assert_eq!(error, KeyError::ContradictoryPoints { point });
        }
    }
}

#[test]
fn should_refuse_the_key_when_its_length_count_or_ending_is_wrong() {
    for raw in [false, true] {
        let bytes = known_key_bytes(2, raw);
        let refused = |bytes: &[u8]| decode_key(bytes, raw).expect_err("refused");
        for length in [0, 100, bytes.len() - 1] {
            assert!(matches!(refused(&bytes[..length]), KeyError::WrongLength { .. }), "{length}");
        }
        for ending in [&[0][..], &[0; 4], &[0; 7], &[0; 9], &[0, 0, 0, 0, 0, 0, 0, 1], &[0; 300]] {
            let error = refused(&[bytes.as_slice(), ending].concat());
            assert!(matches!(error, KeyError::WrongLength { .. }), "{ending:?}");
        }
        assert_eq!(refused(&[bytes.as_slice(), &[0, 0, 0, 1]].concat()), KeyError::Commitments);

        let header = bytes.len() - 3 * (if raw { 64 } else { 32 });
        for count in [0u32, 1, 66, u32::MAX] {
            let mut counted = bytes.clone();
            counted[header - 4..header].copy_from_slice(&count.to_be_bytes());
            assert!(matches!(refused(&counted), KeyError::Arity { .. }), "{count}");
        }
    }
}

#[test]
fn should_refuse_the_proof_when_its_ending_is_wrong() {
    for raw in [false, true] {
        let bytes = encode_proof(&proof(PUB4_PROOF), raw);
        let refused = |ending: &[u8]| decode_proof(&[bytes.as_slice(), ending].concat(), raw).err().expect("refused");
        let one_commitment = [[0, 0, 0, 1].as_slice(), &infinity(raw, 64), &infinity(raw, 64)].concat();
        assert_eq!(refused(&one_commitment), ProofError::Commitments);
        for ending in [&[0][..], &[0; 4], &[0; 20], &[[0; 4].as_slice(), &[1; 32]].concat(), &[0; 69]] {
            assert!(matches!(refused(ending), ProofError::WrongLength { .. }), "{ending:?}");
        }
        assert!(matches!(decode_proof(&bytes[..bytes.len() - 1], raw).err(), Some(ProofError::WrongLength { .. })));
    }
}

#[test]
fn should_refuse_the_point_when_it_is_infinity_unflagged_too_large_or_off_the_curve() {
    let fault = |bytes: &[u8], raw: bool| match decode_proof(bytes, raw).err() {
        Some(ProofError::Point(error)) => error.fault,
        other => panic!("{other:?}"),
    };
    let valid = proof(PUB4_PROOF);
    for raw in [false, true] {
        let bytes = encode_proof(&valid, raw);
        let with_a = |a: Vec<u8>| [a.as_slice(), &bytes[if raw { 64 } else { 32 }..]].concat();
        assert_eq!(fault(&with_a(infinity(raw, 64)), raw), PointFault::Infinity);
        // x + p: still below 2^254 here, and another encoding of the same point were it reduced.
        let mut shifted = Fq::from(3u8).into_bigint();
        shifted.add_with_carry(&Fq::MODULUS);
        let mut large = g1(valid.a, raw);
        large[..32].copy_from_slice(&shifted.to_bytes_be());
        if !raw {
            large[0] |= SMALLER;
        }
        assert_eq!(fault(&with_a(large), raw), PointFault::Undecodable);
    }
    let compressed = encode_proof(&valid, false);
    for flags in [0, 0x40] {
        let mut unflagged = compressed.clone();
        unflagged[0] = (unflagged[0] & 0x3f) | flags;
        assert_eq!(fault(&unflagged, false), PointFault::Undecodable, "{flags:x}");
    }
    let mut off_curve = encode_proof(&valid, true);
    off_curve[63] ^= 1;
    assert_eq!(fault(&off_curve, true), PointFault::NotOnCurve);
    let mut flagged_raw = encode_proof(&valid, true);
    flagged_raw[0] |= SMALLER;
    assert_eq!(fault(&flagged_raw, true), PointFault::Undecodable);
}

#[test]
fn should_refuse_the_point_when_it_is_outside_the_subgroup() {
    let mut rng = StdRng::seed_from_u64(5);
    let valid = proof(PUB4_PROOF);
    for raw in [false, true] {
        for _ in 0..8 {
            let stray = point_on_twist(&mut rng);
            let bytes = [g1(valid.a, raw), g2(stray, raw), g1(valid.c, raw)].concat();
            let expected = PointName::B.is(PointFault::NotInSubgroup);
            assert_eq!(decode_proof(&bytes, raw).err(), Some(ProofError::Point(expected)));
        }
    }
}

#[test]
fn should_compare_imaginary_parts_first_when_the_larger_ordinate_is_meant() {
    for scalar in 1..64u64 {
        let point = (G2Affine::generator() * Fr::from(scalar)).into_affine();
        let (small, large) = G2Affine::get_ys_from_x_unchecked(point.x).expect("on the curve");
        for ordinate in [small, large] {
            let bytes = g2(G2Affine::new_unchecked(point.x, ordinate), false);
            assert_eq!(bytes[0] & LARGER == LARGER, ordinate == large);
        }
        assert_eq!(small, Fq2::new(-large.c0, -large.c1));
    }
}

proptest! {
    #![proptest_config(Config::with_cases(96))]

    #[test]
    fn should_not_accept_the_proof_when_a_byte_changes(position: Index, mask in 1u8.., raw: bool) {
        let mut bytes = encode_proof(&proof(PUB4_PROOF), raw);
        let position = position.index(bytes.len());
        bytes[position] ^= mask;
        if let Ok(decoded) = decode_proof(&bytes, raw) {
            let prepared = PreparedKey::new(&key(PUB4_KEY)).expect("a valid key");
            prop_assert!(prepared.verify(inputs(PUB4_PUBLIC), &decoded).is_err());
        }
    }

    #[test]
    fn should_refuse_the_key_or_identify_another_circuit_when_a_byte_changes(
        position: Index,
        mask in 1u8..,
        raw: bool,
    ) {
        let mut bytes = known_key_bytes(2, raw);
        let position = position.index(bytes.len());
        bytes[position] ^= mask;
        if let Ok(changed) = decode_key(&bytes, raw) {
            prop_assert!(changed.circuit_id() != known_key(2).0.circuit_id());
        }
    }

    #[test]
    fn should_not_panic_when_keys_and_proofs_are_any_bytes(bytes in vec(any::<u8>(), 0..1_000), raw: bool) {
        prop_assert!(decode_key(&bytes, raw).is_err());
        prop_assert!(decode_proof(&bytes, raw).is_err());
    }
}
