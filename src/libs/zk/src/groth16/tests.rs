use super::simulator::Trapdoor;
use super::test_fixtures::{
    MUL_KEY, MUL_PROOF, MUL_PUBLIC, NO_PHASE_2_KEY, PUB4_KEY, PUB4_PROOF, PUB4_PUBLIC, ZERO_PROOF, ZERO_PUBLIC,
    ark_key, ark_proof, encode, encode_evm, encode_json, g2, has_order_r, inputs, key, naive_verify, point_on_twist,
    proof, pub4_batch,
};
use super::{
    Bn254 as OurBn254, Curve, JsonError, KeyError, PointFault, PointName, PreparedKey, ProofError, PublicInputs,
    RawProof, RawVerifyingKey, VerifyError, VerifyingKey, parse_public_json,
};
use crate::field::{Fr, NonCanonicalAt, to_be32};
use ark_bn254::{Bn254, Fq2, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, Field, PrimeField};
use ark_groth16::{Proof, VerifyingKey as ArkKey};
use ark_serialize::{CanonicalDeserialize, Compress};
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;
use serde_json::Value;
use std::fs;
use std::path::Path;

fn prepared(key: &VerifyingKey) -> PreparedKey {
    PreparedKey::new(key).expect("a decoded key can be prepared")
}

fn decode_key(key: &ArkKey<Bn254>) -> Result<VerifyingKey, KeyError> {
    RawVerifyingKey::ArkUncompressed(&encode(key, Compress::No)).decode()
}

fn decode_proof(proof: &Proof<Bn254>) -> super::DecodedProof {
    RawProof::ArkUncompressed(&encode(proof, Compress::No)).decode().expect("a valid proof")
}

fn proof_fault(raw: RawProof<'_>) -> ProofError {
    raw.decode().err().expect("the proof is refused")
}

#[test]
fn should_verify_when_the_proof_was_made_by_snarkjs() {
    for (name, key_json, proof_json, public_json) in [
        ("mul", MUL_KEY, MUL_PROOF, MUL_PUBLIC),
        ("mul with input 0", MUL_KEY, ZERO_PROOF, ZERO_PUBLIC),
        ("pub4", PUB4_KEY, PUB4_PROOF, PUB4_PUBLIC),
    ] {
        let key = key(key_json);
        let verified = prepared(&key).verify(inputs(public_json), &proof(proof_json));
        let verified = verified.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(verified.circuit(), key.circuit_id(), "{name}");
        assert_eq!(verified.inputs(), &inputs(public_json), "{name}");
    }
}

#[test]
fn should_verify_each_with_its_own_inputs_only_when_many_proofs_share_a_key() {
    let batch = pub4_batch();
    let key = prepared(&key(PUB4_KEY));
    let items = &batch[..8];

    for (proof_index, (_, proof)) in items.iter().enumerate() {
        for (input_index, (inputs, _)) in items.iter().enumerate() {
            assert_eq!(key.verify(inputs.clone(), proof).is_ok(), proof_index == input_index);
        }
    }
}

#[test]
fn should_read_the_same_proof_when_it_comes_in_any_encoding() {
    let original = proof(PUB4_PROOF);
    let ark = ark_proof(&original);
    let json = encode_json(&ark);
    let (compressed, uncompressed) = (encode(&ark, Compress::Yes), encode(&ark, Compress::No));
    let evm = encode_evm(&ark);

    for raw in [
        RawProof::SnarkjsJson(&json),
        RawProof::ArkCompressed(&compressed),
        RawProof::ArkUncompressed(&uncompressed),
        RawProof::Evm(&evm),
    ] {
        let decoded = raw.decode().unwrap_or_else(|error| panic!("{raw:?}: {error}"));
        assert_eq!(decoded.to_compressed_bytes(), compressed, "{raw:?}");
        assert!(prepared(&key(PUB4_KEY)).verify(inputs(PUB4_PUBLIC), &decoded).is_ok(), "{raw:?}");
    }
}

#[test]
fn should_give_one_circuit_id_when_the_key_comes_in_any_encoding() {
    let original = key(PUB4_KEY);
    let ark = ark_key(&original);
    let compressed = encode(&ark, Compress::Yes);
    let uncompressed = encode(&ark, Compress::No);

    assert_eq!(original.to_canonical_bytes(), uncompressed);
    for raw in [RawVerifyingKey::ArkCompressed(&compressed), RawVerifyingKey::ArkUncompressed(&uncompressed)] {
        assert_eq!(raw.decode().as_ref(), Ok(&original));
    }
    assert_eq!(VerifyingKey::from_stored_canonical_bytes(&uncompressed).as_ref(), Ok(&original));
}

#[test]
fn should_equal_the_identifiers_of_an_independent_program_when_key_and_inputs_are_fixed() {
    // Computed by a Python program from the JSON files and the definition of the encodings.
    let key = key(MUL_KEY);
    let verified = prepared(&key).verify(inputs(MUL_PUBLIC), &proof(MUL_PROOF)).expect("verifies");

    assert_eq!(key.circuit_id().to_string(), "f3f04e502d518b4a47a9c79295d74907f7895d5e93206fcdacdab70fc9b014ba");
    assert_eq!(verified.receipt_id().to_string(), "3a83ac79336eed6e7a3236398dc5dcbfed98111d3775dd8da62ab1042f9e0bee");
}

#[test]
fn should_agree_with_ark_groth16_when_the_number_of_inputs_varies() {
    for count in [1, 2, 3, 5, 16, 64] {
        let trapdoor = Trapdoor::new(count, count as u64);
        // Small, full-size and extreme scalars.
        let elements: Vec<Fr> = (0..count)
            .map(|index| match index % 4 {
                0 => -Fr::from(1u8),
                1 => Fr::from(index as u64),
                2 => Fr::from(0u8),
                _ => Fr::from(7u8).pow([1_000 + index as u64]),
            })
            .collect();
        let key = ark_key(&trapdoor.verifying_key());
        let proof = ark_proof(&trapdoor.simulate(&elements, 9));
        let mut wrong = elements.clone();
        wrong[count - 1] += Fr::from(1u8);
        let ours = prepared(&decode_key(&key).expect("a valid key"));

        assert!(naive_verify(&key, &elements, &proof), "{count}");
        assert!(ours.verify(PublicInputs::new(elements), &decode_proof(&proof)).is_ok(), "{count}");
        assert!(!naive_verify(&key, &wrong, &proof), "{count}");
        assert_eq!(ours.verify(PublicInputs::new(wrong), &decode_proof(&proof)), Err(VerifyError::Rejected), "{count}");
    }
}

#[test]
fn should_verify_when_the_inputs_combine_to_infinity() {
    let mut trapdoor = Trapdoor::new(1, 4);
    // IC_1 = -IC_0 / 2, so that the input 2 cancels the constant.
    let half = Fr::from(2u8).inverse().expect("not zero");
    trapdoor.inputs[1] = -(trapdoor.inputs[0] * half);
    let elements = vec![Fr::from(2u8)];
    let proof = trapdoor.simulate(&elements, 9);
    let key = prepared(&trapdoor.verifying_key());

    assert!(key.verify(PublicInputs::new(elements), &proof).is_ok());
    assert!(key.verify(PublicInputs::new(vec![Fr::from(3u8)]), &proof).is_err());
}

#[test]
fn should_refuse_when_the_number_of_inputs_is_wrong() {
    // ark-groth16 0.6 ignores what is in excess and takes what is missing for zero.
    let key = key(MUL_KEY);
    let extra = [Fr::from(33u8), Fr::from(999u32)];
    assert!(naive_verify(&ark_key(&key), &extra, &ark_proof(&proof(MUL_PROOF))));
    assert!(naive_verify(&ark_key(&key), &[], &ark_proof(&proof(ZERO_PROOF))));

    assert_eq!(
        prepared(&key).verify(PublicInputs::new(extra.to_vec()), &proof(MUL_PROOF)),
        Err(VerifyError::WrongInputCount { expected: 1, actual: 2 })
    );
    assert_eq!(
        prepared(&key).verify(PublicInputs::new(vec![]), &proof(ZERO_PROOF)),
        Err(VerifyError::WrongInputCount { expected: 1, actual: 0 })
    );
}

#[test]
fn should_refuse_an_input_when_it_is_not_below_the_modulus() {
    let mut shifted = Fr::from(33u8).into_bigint();
    assert!(!shifted.add_with_carry(&Fr::MODULUS));
    let bytes: [u8; 32] = shifted.to_bytes_be().try_into().expect("32 bytes");
    let reduced = Fr::from_be_bytes_mod_order(&bytes);
    assert!(naive_verify(&ark_key(&key(MUL_KEY)), &[reduced], &ark_proof(&proof(MUL_PROOF))));

    assert_eq!(PublicInputs::<Fr>::parse(&[to_be32(&reduced), bytes]), Err(NonCanonicalAt { index: 1 }));
    assert!(parse_public_json::<Fr>(&format!("[\"{shifted}\"]")).is_err());
    assert!(parse_public_json::<Fr>("[\"033\"]").is_err());
    assert!(parse_public_json::<Fr>("[\"+33\"]").is_err());
    assert!(parse_public_json::<Fr>("[\"\"]").is_err());
}

#[test]
fn should_refuse_the_key_when_phase_2_was_skipped() {
    // Anybody can "prove" 999 * 1 = whatever: A = alpha, B = beta, C = -IC(x).
    let json: Value = serde_json::from_str(NO_PHASE_2_KEY).expect("JSON");
    let valid = key(MUL_KEY);
    let forgeable = ArkKey { delta_g2: valid.gamma, ..ark_key(&valid) };
    assert_eq!(json["vk_gamma_2"], json["vk_delta_2"]);
    let x = Fr::from(999u32);
    let combined = forgeable.gamma_abc_g1[0] + forgeable.gamma_abc_g1[1] * x;
    let forged = Proof { a: valid.alpha, b: valid.beta, c: (-combined).into_affine() };
    assert!(naive_verify(&forgeable, &[x], &forged));

    assert_eq!(RawVerifyingKey::SnarkjsJson(NO_PHASE_2_KEY).decode(), Err(KeyError::GammaEqualsDelta));
    assert_eq!(decode_key(&forgeable), Err(KeyError::GammaEqualsDelta));
}

#[test]
fn should_refuse_the_key_when_two_of_its_g2_points_are_equal_up_to_sign() {
    let valid = ark_key(&key(MUL_KEY));
    let x = Fr::from(999u32);
    let combined = (valid.gamma_abc_g1[0] + valid.gamma_abc_g1[1] * x).into_affine();
    let minus_alpha = -valid.alpha_g1;

    let negated_delta = ArkKey { delta_g2: -valid.gamma_g2, ..valid.clone() };
    let forged = Proof { a: valid.alpha_g1, b: valid.beta_g2, c: combined };
    assert!(naive_verify(&negated_delta, &[x], &forged));
    assert_eq!(decode_key(&negated_delta), Err(KeyError::GammaEqualsDelta));

    let delta_is_beta = ArkKey { delta_g2: valid.beta_g2, ..valid.clone() };
    let forged = Proof { a: combined, b: valid.gamma_g2, c: minus_alpha };
    assert!(naive_verify(&delta_is_beta, &[x], &forged));
    assert_eq!(decode_key(&delta_is_beta), Err(KeyError::BetaEquals { other: PointName::Delta }));

    let gamma_is_beta = ArkKey { gamma_g2: valid.beta_g2, ..valid.clone() };
    let sum = (valid.alpha_g1 + combined).into_affine();
    let forged = Proof { a: sum, b: (valid.beta_g2 + valid.delta_g2).into_affine(), c: sum };
    assert!(naive_verify(&gamma_is_beta, &[x], &forged));
    assert_eq!(decode_key(&gamma_is_beta), Err(KeyError::BetaEquals { other: PointName::Gamma }));
}

#[test]
fn should_refuse_the_key_when_a_point_is_infinity() {
    let valid = ark_key(&key(MUL_KEY));
    let (zero_1, zero_2) = (G1Affine::identity(), G2Affine::identity());
    let degenerate = ArkKey { alpha_g1: zero_1, gamma_abc_g1: vec![zero_1, zero_1], ..valid.clone() };
    assert!(naive_verify(&degenerate, &[Fr::from(5u8)], &Proof::default()));

    let unbound_input = vec![valid.gamma_abc_g1[0], zero_1];
    let infinite_constant = vec![zero_1, valid.gamma_abc_g1[1]];
    for (point, key) in [
        (PointName::Alpha, ArkKey { alpha_g1: zero_1, ..valid.clone() }),
        (PointName::Beta, ArkKey { beta_g2: zero_2, ..valid.clone() }),
        (PointName::Gamma, ArkKey { gamma_g2: zero_2, ..valid.clone() }),
        (PointName::Delta, ArkKey { delta_g2: zero_2, ..valid.clone() }),
        (PointName::Input(0), ArkKey { gamma_abc_g1: infinite_constant, ..valid.clone() }),
        (PointName::Input(1), ArkKey { gamma_abc_g1: unbound_input, ..valid.clone() }),
    ] {
        let expected = Err(KeyError::Point(point.is(PointFault::Infinity)));
        assert_eq!(decode_key(&key), expected);
        assert_eq!(RawVerifyingKey::ArkCompressed(&encode(&key, Compress::Yes)).decode(), expected);
    }
    let json = MUL_KEY.replacen("\"1\"\n ]", "\"0\"\n ]", 1);
    assert_eq!(
        RawVerifyingKey::SnarkjsJson(&json).decode(),
        Err(KeyError::Point(PointName::Alpha.is(PointFault::Infinity)))
    );
}

#[test]
fn should_refuse_the_key_when_two_inputs_share_a_point() {
    // With IC_1 = IC_2 only the sum of the inputs is proved: (2, 3) serves as (1, 4).
    let mut trapdoor = Trapdoor::new(2, 8);
    trapdoor.inputs[2] = trapdoor.inputs[1];
    let key = ark_key(&trapdoor.verifying_key());
    let proof = ark_proof(&trapdoor.simulate(&[Fr::from(2u8), Fr::from(3u8)], 1));
    assert!(naive_verify(&key, &[Fr::from(1u8), Fr::from(4u8)], &proof));
    assert_eq!(decode_key(&key), Err(KeyError::RepeatedInputPoint { first: 1, second: 2 }));

    let mut negated = key.clone();
    negated.gamma_abc_g1[2] = -negated.gamma_abc_g1[1];
    assert_eq!(decode_key(&negated), Err(KeyError::RepeatedInputPoint { first: 1, second: 2 }));
}

#[test]
fn should_refuse_the_key_when_it_has_no_or_too_many_inputs() {
    for count in [0, 65, 70] {
        let key = ark_key(&Trapdoor::new(count, 3).verifying_key());
        assert_eq!(decode_key(&key), Err(KeyError::Arity { inputs: count as u64, limit: 64 }));
    }
    // The count is believed no further than the bytes reach, and no memory is set aside for it.
    let mut bytes = Trapdoor::new(3, 3).verifying_key().to_canonical_bytes();
    bytes[448..456].copy_from_slice(&u64::MAX.to_le_bytes());
    assert_eq!(
        RawVerifyingKey::ArkUncompressed(&bytes).decode(),
        Err(KeyError::Arity { inputs: u64::MAX - 1, limit: 64 })
    );
    let contradictory = MUL_KEY.replace("\"nPublic\": 1", "\"nPublic\": 2");
    assert_eq!(
        RawVerifyingKey::SnarkjsJson(&contradictory).decode(),
        Err(KeyError::ContradictoryArity { declared: 2, points: 2 })
    );
}

#[test]
fn should_refuse_the_key_when_its_length_is_wrong() {
    let key = ark_key(&key(MUL_KEY));
    for compress in [Compress::Yes, Compress::No] {
        let mut bytes = encode(&key, compress);
        let expected = bytes.len();
        let raw = |bytes| match compress {
            Compress::Yes => RawVerifyingKey::ArkCompressed(bytes).decode(),
            Compress::No => RawVerifyingKey::ArkUncompressed(bytes).decode(),
        };
        bytes.push(0);
        assert_eq!(raw(&bytes), Err(KeyError::WrongLength { length: expected + 1, expected }));
        assert_eq!(raw(&bytes[..expected - 1]), Err(KeyError::WrongLength { length: expected - 1, expected }));
        assert!(matches!(raw(&[]), Err(KeyError::WrongLength { length: 0, .. })));
    }
    let huge = "[".repeat(64 * 1024 + 1);
    assert!(matches!(RawVerifyingKey::SnarkjsJson(&huge).decode(), Err(KeyError::TooLong { .. })));
    assert!(matches!(RawVerifyingKey::SnarkjsJson(&huge[1..]).decode(), Err(KeyError::Json(_))));
}

#[test]
fn should_refuse_the_key_when_its_json_is_for_something_else() {
    for (from, to) in [
        ("\"groth16\"", "\"plonk\""),
        ("\"bn128\"", "\"bls12381\""),
        ("\"vk_delta_2\"", "\"delta\""),
        ("\"nPublic\": 1", "\"nPublic\": -1"),
        ("\"nPublic\": 1", "\"nPublic\": 18446744073709551615"),
    ] {
        let json = MUL_KEY.replacen(from, to, 1);
        assert_ne!(json, MUL_KEY);
        assert!(RawVerifyingKey::SnarkjsJson(&json).decode().is_err(), "{to}");
    }
}

#[test]
fn should_refuse_the_proof_when_a_point_is_infinity() {
    let valid = ark_proof(&proof(MUL_PROOF));
    let infinite = encode(&Proof::<Bn254>::default(), Compress::No);
    assert!(Proof::<Bn254>::deserialize_uncompressed(&*infinite).is_ok());

    let (zero_1, zero_2) = (G1Affine::identity(), G2Affine::identity());
    for (point, proof) in [
        (PointName::A, Proof { a: zero_1, ..valid.clone() }),
        (PointName::B, Proof { b: zero_2, ..valid.clone() }),
        (PointName::C, Proof { c: zero_1, ..valid.clone() }),
    ] {
        let expected = ProofError::Point(point.is(PointFault::Infinity));
        assert_eq!(proof_fault(RawProof::ArkUncompressed(&encode(&proof, Compress::No))), expected);
        assert_eq!(proof_fault(RawProof::ArkCompressed(&encode(&proof, Compress::Yes))), expected);
        // All zero coordinates: what EVM verifiers take for infinity.
        assert_eq!(proof_fault(RawProof::Evm(&encode_evm(&proof))), expected);
    }
    let json = MUL_PROOF.replacen("\"1\"\n ]", "\"0\"\n ]", 1);
    assert_eq!(proof_fault(RawProof::SnarkjsJson(&json)), ProofError::Point(PointName::A.is(PointFault::Infinity)));
    let scaled = MUL_PROOF.replacen("\"1\"\n ]", "\"2\"\n ]", 1);
    let expected = ProofError::Point(PointName::A.is(PointFault::NonCanonical));
    assert_eq!(proof_fault(RawProof::SnarkjsJson(&scaled)), expected);
}

#[test]
fn should_refuse_the_point_when_64_zero_bytes_stand_for_it() {
    let mut bytes = encode(&ark_proof(&proof(MUL_PROOF)), Compress::No);
    bytes[..64].fill(0);
    assert!(Proof::<Bn254>::deserialize_uncompressed(&*bytes).is_ok());

    let expected = ProofError::Point(PointName::A.is(PointFault::Infinity));
    assert_eq!(proof_fault(RawProof::ArkUncompressed(&bytes)), expected);
}

#[test]
fn should_refuse_the_point_when_it_is_outside_the_subgroup() {
    let outside = point_on_twist(&mut StdRng::seed_from_u64(1));
    assert!(outside.is_on_curve() && !has_order_r(&outside));
    let proof = Proof { b: outside, ..ark_proof(&proof(MUL_PROOF)) };
    let bytes = encode(&proof, Compress::No);
    assert!(Proof::<Bn254>::deserialize_uncompressed_unchecked(&*bytes).is_ok());

    let expected = ProofError::Point(PointName::B.is(PointFault::NotInSubgroup));
    assert_eq!(proof_fault(RawProof::ArkUncompressed(&bytes)), expected);
    assert_eq!(proof_fault(RawProof::ArkCompressed(&encode(&proof, Compress::Yes))), expected);
    assert_eq!(proof_fault(RawProof::Evm(&encode_evm(&proof))), expected);
    assert_eq!(proof_fault(RawProof::SnarkjsJson(&encode_json(&proof))), expected);

    let key = ArkKey { gamma_g2: outside, ..ark_key(&key(MUL_KEY)) };
    let expected = Err(KeyError::Point(PointName::Gamma.is(PointFault::NotInSubgroup)));
    assert_eq!(decode_key(&key), expected);
    // The quick path for stored keys does not look; preparing the key does.
    let stored: VerifyingKey =
        VerifyingKey::from_stored_canonical_bytes(&encode(&key, Compress::No)).expect("well-formed");
    assert_eq!(PreparedKey::new(&stored).err(), Some(PointName::Gamma.is(PointFault::NotInSubgroup)));
}

#[test]
fn should_decide_membership_as_multiplication_by_the_order_does() {
    let mut rng = StdRng::seed_from_u64(2);
    for index in 0..32u64 {
        let on_twist = point_on_twist(&mut rng);
        // Multiples of r times a point lie in the part of the group whose order is prime to r.
        let cofactor_part = on_twist.mul_bigint(Fr::MODULUS).into_affine();
        let in_subgroup = g2(Fr::from(7u8).pow([index + 1]));
        let mixed = (in_subgroup + cofactor_part).into_affine();
        let cleared = on_twist.clear_cofactor();
        for point in [on_twist, cofactor_part, in_subgroup, mixed, cleared, -in_subgroup] {
            assert_eq!(OurBn254::lines(&point).is_some(), has_order_r(&point), "{point}");
        }
    }
    assert!(OurBn254::lines(&G2Affine::identity()).is_none());
    assert!(OurBn254::lines(&G2Affine::generator()).is_some());
}

#[test]
fn should_refuse_the_proof_when_its_length_is_wrong() {
    let ark = ark_proof(&proof(MUL_PROOF));
    // arkworks reads what it needs and leaves the rest.
    let with_rest = [encode(&ark, Compress::No), vec![0]].concat();
    assert!(Proof::<Bn254>::deserialize_uncompressed(&*with_rest).is_ok());

    type Wrap = for<'a> fn(&'a [u8]) -> RawProof<'a>;
    let cases: [(usize, Vec<u8>, Wrap); 3] = [
        (128, encode(&ark, Compress::Yes), |bytes| RawProof::ArkCompressed(bytes)),
        (256, encode(&ark, Compress::No), |bytes| RawProof::ArkUncompressed(bytes)),
        (256, encode_evm(&ark), |bytes| RawProof::Evm(bytes)),
    ];
    for (expected, mut bytes, raw) in cases {
        bytes.push(0);
        assert_eq!(proof_fault(raw(&bytes)), ProofError::WrongLength { length: expected + 1, expected });
        let cut = &bytes[..expected - 1];
        assert_eq!(proof_fault(raw(cut)), ProofError::WrongLength { length: expected - 1, expected });
        assert_eq!(proof_fault(raw(&[])), ProofError::WrongLength { length: 0, expected });
    }
    let plonk = MUL_PROOF.replace("groth16", "plonk");
    assert_eq!(proof_fault(RawProof::SnarkjsJson(&plonk)), ProofError::Json(JsonError::Protocol));
    let other_curve = MUL_PROOF.replace("bn128", "bls12381");
    assert_eq!(
        proof_fault(RawProof::SnarkjsJson(&other_curve)),
        ProofError::Json(JsonError::Curve { expected: "bn128" })
    );
    let trailing = format!("{MUL_PROOF} {{}}");
    assert!(matches!(proof_fault(RawProof::SnarkjsJson(&trailing)), ProofError::Json(_)));
    let long = format!("{MUL_PROOF}{}", " ".repeat(4096));
    assert!(matches!(proof_fault(RawProof::SnarkjsJson(&long)), ProofError::TooLong { .. }));
}

#[test]
fn should_refuse_the_proof_when_a_flag_that_arkworks_ignores_is_flipped() {
    let mut bytes = encode(&ark_proof(&proof(MUL_PROOF)), Compress::No);
    let original = Proof::<Bn254>::deserialize_uncompressed(&*bytes).expect("valid");
    bytes[63] ^= 0x80;
    assert_eq!(Proof::<Bn254>::deserialize_uncompressed(&*bytes).ok(), Some(original));

    let expected = ProofError::Point(PointName::A.is(PointFault::NonCanonical));
    assert_eq!(proof_fault(RawProof::ArkUncompressed(&bytes)), expected);
}

#[test]
fn should_refuse_the_proof_when_a_coordinate_is_not_below_the_modulus() {
    let ark = ark_proof(&proof(MUL_PROOF));
    let mut shifted = ark.a.x.into_bigint();
    assert!(!shifted.add_with_carry(&ark_bn254::Fq::MODULUS));
    let expected = ProofError::Point(PointName::A.is(PointFault::Undecodable));

    let mut evm = encode_evm(&ark);
    evm[..32].copy_from_slice(&shifted.to_bytes_be());
    assert_eq!(proof_fault(RawProof::Evm(&evm)), expected);
    let json = encode_json(&ark).replacen(&ark.a.x.to_string(), &shifted.to_string(), 1);
    assert_eq!(proof_fault(RawProof::SnarkjsJson(&json)), expected);
    let mut bytes = encode(&ark, Compress::No);
    bytes[..32].copy_from_slice(&shifted.to_bytes_le());
    assert_eq!(proof_fault(RawProof::ArkUncompressed(&bytes)), expected);
}

#[test]
fn should_refuse_the_point_when_it_is_not_on_the_curve() {
    let valid = ark_proof(&proof(MUL_PROOF));
    let off_1 = G1Affine::new_unchecked(valid.a.x, valid.a.y + valid.a.x);
    let off_2 = G2Affine::new_unchecked(valid.b.x, valid.b.y + Fq2::ONE);
    for (point, proof) in [
        (PointName::A, Proof { a: off_1, ..valid.clone() }),
        (PointName::B, Proof { b: off_2, ..valid.clone() }),
        (PointName::C, Proof { c: off_1, ..valid.clone() }),
    ] {
        let expected = ProofError::Point(point.is(PointFault::NotOnCurve));
        assert_eq!(proof_fault(RawProof::ArkUncompressed(&encode(&proof, Compress::No))), expected);
        assert_eq!(proof_fault(RawProof::Evm(&encode_evm(&proof))), expected);
        assert_eq!(proof_fault(RawProof::SnarkjsJson(&encode_json(&proof))), expected);
    }
}

#[test]
fn should_verify_a_semaphore_proof_when_it_was_made_with_the_public_ceremony_keys() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors/semaphore/depth20");
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a committed vector");
    let key = prepared(&key(&read("verification_key.json")));
    let (inputs, proof) = (inputs(&read("public.json")), proof(&read("proof.json")));
    let mut other = inputs.elements().to_vec();
    other.swap(0, 1);

    assert!(key.verify(inputs, &proof).is_ok());
    assert_eq!(key.verify(PublicInputs::new(other), &proof), Err(VerifyError::Rejected));
}
