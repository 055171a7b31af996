//! What holds on BN254 holds on BLS12-381; and G1, which has a cofactor there, is checked.

use super::curve::{Curve, G1, G2};
use super::simulator::BlsTrapdoor;
use super::test_encoders::{ark_key_bytes, ark_proof_bytes, gnark_key_of, gnark_proof, key_json, proof_json};
use super::test_fixtures::{MUL_KEY, MUL_PROOF};
use super::{
    Bls12_381, Bn254, DecodedProof, JsonError, KeyError, PointFault, PointName, PreparedKey, ProofError, PublicInputs,
    RawProof, RawVerifyingKey, VerifyError, VerifyingKey, parse_public_json,
};
use crate::field::NonCanonicalAt;
use ark_bls12_381::{Bls12_381 as Engine, Fq, Fq2, Fq12, Fr, G1Affine, G2Affine};
use ark_ec::pairing::Pairing;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField, UniformRand};
use ark_groth16::{Groth16, Proof, VerifyingKey as ArkKey, prepare_verifying_key};
use ark_serialize::Compress;
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;

const KEY: &str = include_str!("../../tests/vectors/snarkjs/bls12381/verification_key.json");
const NO_PHASE_2_KEY: &str = include_str!("../../tests/vectors/snarkjs/bls12381/no_phase_2.json");
const PROOF: &str = include_str!("../../tests/vectors/snarkjs/bls12381/proof.json");
const PUBLIC: &str = include_str!("../../tests/vectors/snarkjs/bls12381/public.json");

fn key() -> VerifyingKey<Bls12_381> {
    RawVerifyingKey::SnarkjsJson(KEY).decode_on().expect("a valid key")
}

fn proof() -> DecodedProof<Bls12_381> {
    RawProof::SnarkjsJson(PROOF).decode_on().expect("a valid proof")
}

fn inputs() -> PublicInputs<Fr> {
    parse_public_json(PUBLIC).expect("valid inputs")
}

fn prepared() -> PreparedKey<Bls12_381> {
    PreparedKey::new(&key()).expect("a decoded key can be prepared")
}

fn decode(raw: RawProof<'_>) -> Result<DecodedProof<Bls12_381>, ProofError> {
    raw.decode_on()
}

fn fault(proof: &DecodedProof<Bls12_381>) -> Vec<ProofError> {
    let (compressed, uncompressed) = (ark_proof_bytes(proof, Compress::Yes), ark_proof_bytes(proof, Compress::No));
    let (gnark, raw, json) = (gnark_proof(proof, false), gnark_proof(proof, true), proof_json(proof));
    [
        RawProof::ArkCompressed(&compressed),
        RawProof::ArkUncompressed(&uncompressed),
        RawProof::GnarkCompressed(&gnark),
        RawProof::GnarkRaw(&raw),
        RawProof::SnarkjsJson(&json),
    ]
    .into_iter()
    .map(|raw| decode(raw).err().expect("the proof is refused"))
    .collect()
}

fn key_faults(key: &VerifyingKey<Bls12_381>) -> Vec<KeyError> {
    let (compressed, uncompressed) = (ark_key_bytes(key, Compress::Yes), ark_key_bytes(key, Compress::No));
    let json = key_json(key);
    [
        RawVerifyingKey::ArkCompressed(&compressed),
        RawVerifyingKey::ArkUncompressed(&uncompressed),
        RawVerifyingKey::SnarkjsJson(&json),
    ]
    .into_iter()
    .map(|raw| raw.decode_on::<Bls12_381>().expect_err("the key is refused"))
    .collect()
}

fn ark(key: &VerifyingKey<Bls12_381>) -> ArkKey<Engine> {
    ArkKey {
        alpha_g1: key.alpha,
        beta_g2: key.beta,
        gamma_g2: key.gamma,
        delta_g2: key.delta,
        gamma_abc_g1: key.inputs.clone(),
    }
}

fn naive_verify(key: &VerifyingKey<Bls12_381>, inputs: &[Fr], proof: &DecodedProof<Bls12_381>) -> bool {
    let proof = Proof { a: proof.a, b: proof.b, c: proof.c };
    Groth16::<Engine>::verify_proof(&prepare_verifying_key(&ark(key)), &proof, inputs).expect("an answer")
}

/// By doubling and adding: arkworks' own multiplication assumes that the point is in the subgroup.
fn times<P: SWCurveConfig>(point: Affine<P>, scalar: &[u64]) -> Affine<P> {
    let mut sum = Affine::<P>::zero().into_group();
    for limb in scalar.iter().rev() {
        for bit in (0..64).rev() {
            sum.double_in_place();
            if (limb >> bit) & 1 == 1 {
                sum += point;
            }
        }
    }
    sum.into_affine()
}

fn has_order_r<P: SWCurveConfig<ScalarField = Fr>>(point: Affine<P>) -> bool {
    times(point, Fr::MODULUS.as_ref()).is_zero()
}

/// Almost certainly outside the subgroup.
fn on_curve<P: SWCurveConfig>(rng: &mut StdRng) -> Affine<P> {
    loop {
        if let Some(point) = Affine::<P>::get_point_from_x_unchecked(P::BaseField::rand(rng), true) {
            return point;
        }
    }
}

#[test]
fn should_verify_when_the_proof_was_made_by_snarkjs() {
    let verified = prepared().verify(inputs(), &proof()).expect("verifies");
    assert_eq!(verified.circuit(), key().circuit_id());
    assert_eq!(verified.inputs(), &inputs());
    assert!(naive_verify(&key(), inputs().elements(), &proof()));

    for index in 0..2 {
        let mut wrong = inputs().elements().to_vec();
        wrong[index] += Fr::ONE;
        assert_eq!(prepared().verify(PublicInputs::new(wrong), &proof()), Err(VerifyError::Rejected));
    }
}

#[test]
fn should_equal_the_identifiers_of_an_independent_program_when_key_and_inputs_are_fixed() {
    // Computed by a Python program from the JSON files and the definition of the encodings.
    let verified = prepared().verify(inputs(), &proof()).expect("verifies");
    assert_eq!(key().circuit_id().to_string(), "be2f6d36b458cbd042dcaeedbe864d8025006e1dfc4c45ba0865c01e18e9394a");
    assert_eq!(verified.receipt_id().to_string(), "9c933339edaf2d44a810c4eb4217422849bf68e94900cd9f681a37d65bc8e34e");
}

#[test]
fn should_read_the_same_key_and_proof_when_they_come_in_any_encoding() {
    let set_up = BlsTrapdoor::new(3, 5);
    let statement = [1u64, 2, 3].map(Fr::from);
    let (key, proof) = (set_up.verifying_key(), set_up.simulate(&statement, 6));
    let prepared = PreparedKey::new(&key).expect("a valid key");

    let (compressed, uncompressed) = (ark_key_bytes(&key, Compress::Yes), ark_key_bytes(&key, Compress::No));
    let (gnark, raw, json) = (gnark_key_of(&set_up, false), gnark_key_of(&set_up, true), key_json(&key));
    for encoding in [
        RawVerifyingKey::ArkCompressed(&compressed),
        RawVerifyingKey::ArkUncompressed(&uncompressed),
        RawVerifyingKey::GnarkCompressed(&gnark),
        RawVerifyingKey::GnarkRaw(&raw),
        RawVerifyingKey::SnarkjsJson(&json),
    ] {
        assert_eq!(encoding.decode_on().as_ref(), Ok(&key));
    }
    assert_eq!(key.to_canonical_bytes(), uncompressed);
    assert_eq!(VerifyingKey::from_stored_canonical_bytes(&uncompressed).as_ref(), Ok(&key));

    let (compressed, uncompressed) = (ark_proof_bytes(&proof, Compress::Yes), ark_proof_bytes(&proof, Compress::No));
    let (gnark, raw, json) = (gnark_proof(&proof, false), gnark_proof(&proof, true), proof_json(&proof));
    assert_eq!((compressed.len(), uncompressed.len(), gnark.len(), raw.len()), (192, 384, 192, 384));
    for encoding in [
        RawProof::ArkCompressed(&compressed),
        RawProof::ArkUncompressed(&uncompressed),
        RawProof::GnarkCompressed(&gnark),
        RawProof::GnarkRaw(&raw),
        RawProof::SnarkjsJson(&json),
    ] {
        let decoded = decode(encoding).unwrap_or_else(|error| panic!("{encoding:?}: {error}"));
        assert_eq!(decoded.to_compressed_bytes(), compressed);
        assert!(prepared.verify(PublicInputs::new(statement.to_vec()), &decoded).is_ok());
    }
    assert_eq!(decode(RawProof::Evm(&[1; 256])).err(), Some(ProofError::EvmOnAnotherCurve));
}

#[test]
fn should_agree_with_ark_groth16_when_the_number_of_inputs_varies() {
    for count in [1, 2, 5, 64] {
        let set_up = BlsTrapdoor::new(count, count as u64);
        let elements: Vec<Fr> = (0..count as u64)
            .map(|index| match index % 4 {
                0 => -Fr::ONE,
                1 => Fr::from(index),
                2 => Fr::ZERO,
                _ => Fr::from(7u8).pow([1_000 + index]),
            })
            .collect();
        let (key, proof) = (set_up.verifying_key(), set_up.simulate(&elements, 9));
        let ours = PreparedKey::new(&key).expect("a valid key");
        let mut wrong = elements.clone();
        wrong[count - 1] += Fr::ONE;

        assert!(naive_verify(&key, &elements, &proof), "{count}");
        assert!(ours.verify(PublicInputs::new(elements), &proof).is_ok(), "{count}");
        assert_eq!(ours.verify(PublicInputs::new(wrong), &proof), Err(VerifyError::Rejected), "{count}");
    }
}

#[test]
fn should_verify_when_the_inputs_combine_to_infinity() {
    let mut set_up = BlsTrapdoor::new(1, 4);
    set_up.inputs[1] = -(set_up.inputs[0] * Fr::from(2u8).inverse().expect("not zero"));
    let elements = vec![Fr::from(2u8)];
    let proof = set_up.simulate(&elements, 9);
    let key = PreparedKey::new(&set_up.verifying_key()).expect("a valid key");

    assert!(key.verify(PublicInputs::new(elements), &proof).is_ok());
    assert!(key.verify(PublicInputs::new(vec![Fr::from(3u8)]), &proof).is_err());
}

#[test]
fn should_refuse_when_the_number_of_inputs_is_wrong() {
    let extra = [inputs().elements(), &[Fr::from(999u32)]].concat();
    assert!(naive_verify(&key(), &extra, &proof()));
    for count in [0, 1, 3] {
        let wrong = PublicInputs::new(extra[..count].to_vec());
        let expected = VerifyError::WrongInputCount { expected: 2, actual: count };
        assert_eq!(prepared().verify(wrong, &proof()), Err(expected));
    }
}

#[test]
fn should_refuse_an_input_when_it_is_not_below_the_modulus() {
    let mut shifted = Fr::from(7u8).into_bigint();
    assert!(!shifted.add_with_carry(&Fr::MODULUS));
    let bytes: [u8; 32] = shifted.to_bytes_be().try_into().expect("32 bytes");
    assert_eq!(Fr::from_be_bytes_mod_order(&bytes), Fr::from(7u8));

    assert_eq!(PublicInputs::<Fr>::parse(&[[0; 32], bytes]), Err(NonCanonicalAt { index: 1 }));
    assert!(parse_public_json::<Fr>(&format!("[\"{shifted}\"]")).is_err());
    // The moduli differ: what is canonical here need not be on BN254.
    let between = inputs().to_be32();
    assert!(PublicInputs::<Fr>::parse(&between).is_ok());
    assert_eq!(PublicInputs::<crate::field::Fr>::parse(&between), Err(NonCanonicalAt { index: 0 }));
}

#[test]
fn should_refuse_the_key_when_proofs_of_it_can_be_forged() {
    let no_phase_2 = RawVerifyingKey::SnarkjsJson(NO_PHASE_2_KEY).decode_on::<Bls12_381>();
    assert_eq!(no_phase_2, Err(KeyError::GammaEqualsDelta));
    let x = Fr::from(999u32);
    let valid = BlsTrapdoor::new(1, 1).verifying_key();
    let forgeable = VerifyingKey { delta: valid.gamma, ..valid.clone() };
    let combined = forgeable.inputs[0] + forgeable.inputs[1] * x;
    let forged =
        DecodedProof { a: valid.alpha, b: valid.beta, b_lines: Default::default(), c: (-combined).into_affine() };
    assert!(naive_verify(&forgeable, &[x], &forged));

    let repeated = vec![valid.inputs[0], -valid.inputs[0]];
    for (key, expected) in [
        (forgeable, KeyError::GammaEqualsDelta),
        (VerifyingKey { delta: -valid.gamma, ..valid.clone() }, KeyError::GammaEqualsDelta),
        (VerifyingKey { beta: valid.gamma, ..valid.clone() }, KeyError::BetaEquals { other: PointName::Gamma }),
        (VerifyingKey { beta: valid.delta, ..valid.clone() }, KeyError::BetaEquals { other: PointName::Delta }),
        (VerifyingKey { inputs: repeated, ..valid.clone() }, KeyError::RepeatedInputPoint { first: 0, second: 1 }),
    ] {
        for fault in key_faults(&key) {
            assert_eq!(fault, expected);
        }
    }
}

#[test]
fn should_refuse_the_point_when_it_is_infinity() {
    let (zero_1, zero_2) = (G1Affine::identity(), G2Affine::identity());
    let valid = key();
    for (name, key) in [
        (PointName::Alpha, VerifyingKey { alpha: zero_1, ..valid.clone() }),
        (PointName::Beta, VerifyingKey { beta: zero_2, ..valid.clone() }),
        (PointName::Gamma, VerifyingKey { gamma: zero_2, ..valid.clone() }),
        (PointName::Delta, VerifyingKey { delta: zero_2, ..valid.clone() }),
        (PointName::Input(2), VerifyingKey { inputs: [&valid.inputs[..2], &[zero_1]].concat(), ..valid.clone() }),
    ] {
        for compress in [Compress::Yes, Compress::No] {
            let bytes = ark_key_bytes(&key, compress);
            let raw = match compress {
                Compress::Yes => RawVerifyingKey::ArkCompressed(&bytes),
                Compress::No => RawVerifyingKey::ArkUncompressed(&bytes),
            };
            assert_eq!(raw.decode_on::<Bls12_381>(), Err(KeyError::Point(name.is(PointFault::Infinity))));
        }
    }
    let flags = Bls12_381::FLAGS;
    for (start, length, name) in [(0, 48, PointName::A), (48, 96, PointName::B), (144, 48, PointName::C)] {
        let expected = Some(ProofError::Point(name.is(PointFault::Infinity)));
        for (is_gnark, is_raw) in [(false, false), (false, true), (true, false), (true, true)] {
            let scale = if is_raw { 2 } else { 1 };
            let mut bytes = gnark_proof(&proof(), is_raw);
            bytes[start * scale..(start + length) * scale].fill(0);
            bytes[start * scale] = if is_raw { flags.raw_infinity } else { flags.infinity };
            let raw = match (is_gnark, is_raw) {
                (true, true) => RawProof::GnarkRaw(&bytes),
                (true, false) => RawProof::GnarkCompressed(&bytes),
                (false, true) => RawProof::ArkUncompressed(&bytes),
                (false, false) => RawProof::ArkCompressed(&bytes),
            };
            assert_eq!(decode(raw).err(), expected);
            // The flag on anything else is no point.
            bytes[(start + length) * scale - 1] = 1;
            assert_eq!(decode(RawProof::GnarkRaw(&bytes)).ok().map(|_| ()), None);
        }
    }
}

#[test]
fn should_refuse_the_point_when_it_is_outside_the_subgroup() {
    let mut rng = StdRng::seed_from_u64(3);
    let outside_1: G1Affine = on_curve(&mut rng);
    let outside_2: G2Affine = on_curve(&mut rng);
    assert!(!has_order_r(outside_1) && !has_order_r(outside_2));
    let DecodedProof { a, b, c, .. } = proof();
    // A naive decoder accepts them, and the equation does not tell: e(A + T, B) = e(A, B) for T of small order.
    let small = times(outside_1, Fr::MODULUS.as_ref());
    let shifted = DecodedProof { a: (a + small).into_affine(), b, b_lines: Default::default(), c };
    assert!(naive_verify(&key(), inputs().elements(), &shifted));

    for (name, proof) in [
        (PointName::A, shifted),
        (PointName::A, DecodedProof { a: outside_1, b, b_lines: Default::default(), c }),
        (PointName::B, DecodedProof { a, b: outside_2, b_lines: Default::default(), c }),
        (PointName::C, DecodedProof { a, b, b_lines: Default::default(), c: outside_1 }),
    ] {
        for fault in fault(&proof) {
            assert_eq!(fault, ProofError::Point(name.is(PointFault::NotInSubgroup)));
        }
    }
    let valid = key();
    for (name, key) in [
        (PointName::Alpha, VerifyingKey { alpha: outside_1, ..valid.clone() }),
        (PointName::Gamma, VerifyingKey { gamma: outside_2, ..valid.clone() }),
        (PointName::Input(2), VerifyingKey { inputs: [&valid.inputs[..2], &[outside_1]].concat(), ..valid }),
    ] {
        for fault in key_faults(&key) {
            assert_eq!(fault, KeyError::Point(name.is(PointFault::NotInSubgroup)));
        }
    }
}

#[test]
fn should_decide_membership_as_multiplication_by_the_order_does() {
    let mut rng = StdRng::seed_from_u64(4);
    let mut compared = 0;
    // The cofactor of G1 is 3 * 11^2 * 10177^2 * 859267^2 * 52437899^2; points of small order are what a quick check misses.
    for order in [3, 11, 10_177, 859_267, 52_437_899u64] {
        let rest: Vec<u64> = ark_cofactor_without(order);
        for _ in 0..4 {
            let small = times(times(on_curve::<ark_bls12_381::g1::Config>(&mut rng), Fr::MODULUS.as_ref()), &rest);
            let generator = G1::<Bls12_381>::generator();
            for point in [small, (small + generator).into_affine(), generator] {
                if !point.is_zero() {
                    assert_eq!(Bls12_381::is_in_g1(&point), has_order_r(point), "{order}: {point}");
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 40, "{compared}");
    for _ in 0..16 {
        let on_twist: G2<Bls12_381> = on_curve(&mut rng);
        let cofactor_part = times(on_twist, Fr::MODULUS.as_ref());
        let mixed = (cofactor_part + G2::<Bls12_381>::generator()).into_affine();
        for point in [on_twist, cofactor_part, mixed, on_twist.clear_cofactor()] {
            assert_eq!(Bls12_381::lines(&point).is_some(), has_order_r(point), "{point}");
        }
    }
}

/// The cofactor of G1 divided by one prime factor.
fn ark_cofactor_without(prime: u64) -> Vec<u64> {
    let limbs = <ark_bls12_381::g1::Config as ark_ec::CurveConfig>::COFACTOR;
    let cofactor = u128::from(limbs[0]) | u128::from(limbs[1]) << 64;
    assert_eq!(cofactor % u128::from(prime), 0);
    let rest = cofactor / u128::from(prime);
    vec![rest as u64, (rest >> 64) as u64]
}

#[test]
fn should_refuse_the_point_when_it_is_not_on_the_curve() {
    let DecodedProof { a, b, c, .. } = proof();
    let off_1 = G1Affine::new_unchecked(a.x, a.y + Fq::ONE);
    let off_2 = G2Affine::new_unchecked(b.x, b.y + Fq2::ONE);
    for (name, proof) in [
        (PointName::A, DecodedProof::<Bls12_381> { a: off_1, b, b_lines: Default::default(), c }),
        (PointName::B, DecodedProof { a, b: off_2, b_lines: Default::default(), c }),
    ] {
        let (ark, gnark, json) = (ark_proof_bytes(&proof, Compress::No), gnark_proof(&proof, true), proof_json(&proof));
        for raw in [RawProof::ArkUncompressed(&ark), RawProof::GnarkRaw(&gnark), RawProof::SnarkjsJson(&json)] {
            assert_eq!(decode(raw).err(), Some(ProofError::Point(name.is(PointFault::NotOnCurve))));
        }
    }
}

#[test]
fn should_refuse_the_encoding_when_its_length_or_a_coordinate_is_wrong() {
    for compress in [Compress::Yes, Compress::No] {
        let mut bytes = ark_proof_bytes(&proof(), compress);
        let expected = bytes.len();
        let raw = |bytes| match compress {
            Compress::Yes => decode(RawProof::ArkCompressed(bytes)).err(),
            Compress::No => decode(RawProof::ArkUncompressed(bytes)).err(),
        };
        bytes.push(0);
        for length in [0, 128, expected - 1, expected + 1] {
            assert_eq!(raw(&bytes[..length]), Some(ProofError::WrongLength { length, expected }));
        }
    }
    let mut shifted = Fq::ONE.into_bigint();
    assert!(!shifted.add_with_carry(&Fq::MODULUS));
    let mut bytes = gnark_proof(&proof(), true);
    bytes[48..96].copy_from_slice(&shifted.to_bytes_be());
    let expected = Some(ProofError::Point(PointName::A.is(PointFault::Undecodable)));
    assert_eq!(decode(RawProof::GnarkRaw(&bytes)).err(), expected);
    assert_eq!(decode(RawProof::ArkUncompressed(&bytes)).err(), expected);
    let json = proof_json(&proof()).replacen(&proof().a.y.to_string(), &shifted.to_string(), 1);
    assert_eq!(decode(RawProof::SnarkjsJson(&json)).err(), expected);

    for count in [0, 65] {
        let key = BlsTrapdoor::new(count, 3).verifying_key();
        for fault in key_faults(&key) {
            assert_eq!(fault, KeyError::Arity { inputs: count as u64, limit: 64 });
        }
    }
}

#[test]
fn should_refuse_the_proof_when_any_bit_is_flipped() {
    let prepared = prepared();
    let accepts = |raw: RawProof<'_>| decode(raw).is_ok_and(|proof| prepared.verify(inputs(), &proof).is_ok());
    type Wrap = for<'a> fn(&'a [u8]) -> RawProof<'a>;
    let encodings: [(bool, Wrap); 4] = [
        (false, |bytes| RawProof::ArkCompressed(bytes)),
        (true, |bytes| RawProof::ArkUncompressed(bytes)),
        (false, |bytes| RawProof::GnarkCompressed(bytes)),
        (true, |bytes| RawProof::GnarkRaw(bytes)),
    ];
    for (is_raw, wrap) in encodings {
        // On this curve arkworks and gnark agree about bytes.
        let bytes = gnark_proof(&proof(), is_raw);
        assert!(accepts(wrap(&bytes)));
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(!accepts(wrap(&flipped)), "bit {bit}");
        }
    }
}

#[test]
fn should_refuse_the_file_when_it_is_of_the_other_curve() {
    let expected = JsonError::Curve { expected: "bls12381" };
    assert_eq!(decode(RawProof::SnarkjsJson(MUL_PROOF)).err(), Some(ProofError::Json(expected.clone())));
    assert_eq!(RawVerifyingKey::SnarkjsJson(MUL_KEY).decode_on::<Bls12_381>(), Err(KeyError::Json(expected)));
    let expected = JsonError::Curve { expected: Bn254::SNARKJS_NAME };
    assert_eq!(RawProof::SnarkjsJson(PROOF).decode().err(), Some(ProofError::Json(expected.clone())));
    assert_eq!(RawVerifyingKey::SnarkjsJson(KEY).decode(), Err(KeyError::Json(expected)));
}

#[test]
fn should_equal_arkworks_when_miller_loops_share_their_squarings() {
    let mut rng = StdRng::seed_from_u64(11);
    for count in 0..=9 {
        let points: Vec<(G1Affine, G2Affine)> =
            (0..count).map(|_| (G1Affine::rand(&mut rng), G2Affine::rand(&mut rng))).collect();
        let lines: Vec<_> = points.iter().map(|(_, point)| Bls12_381::lines(point).expect("in the subgroup")).collect();
        let pairs: Vec<_> = points.iter().zip(&lines).map(|((point, _), lines)| (*point, lines)).collect();
        let expected = Engine::multi_pairing(points.iter().map(|(p, _)| p), points.iter().map(|(_, q)| q)).0;
        // Those of a key come from the same lines.
        for split in [0, count / 2, count] {
            let (proofs, keys) = pairs.split_at(split);
            let ours = Bls12_381::final_exponentiation(Bls12_381::miller_loop(proofs, keys));
            assert_eq!(ours, Some(expected), "{split} of {count}");
        }
    }
    assert_eq!(Bls12_381::final_exponentiation(Fq12::ZERO), None);
}
