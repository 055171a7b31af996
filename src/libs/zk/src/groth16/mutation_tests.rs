//! Whatever bytes change or arrive: no panic, and nothing is accepted that was not proved.

use super::simulator::Trapdoor;
use super::test_fixtures::{
    MUL_KEY, MUL_PROOF, MUL_PUBLIC, PUB4_KEY, PUB4_PROOF, PUB4_PUBLIC, ark_key, ark_proof, encode, encode_evm,
    encode_json, inputs, key, naive_verify, proof,
};
use super::{Bn254 as OurBn254, Curve, PreparedKey, PublicInputs, RawProof, RawVerifyingKey};
use crate::field::Fr;
use ark_bn254::{Bn254, Fq12};
use ark_ec::CurveGroup;
use ark_ec::pairing::{MillerLoopOutput, Pairing};
use ark_ff::{AdditiveGroup, Field, PrimeField, UniformRand};
use ark_groth16::Proof;
use ark_serialize::Compress;
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::sample::Index;
use proptest::test_runner::Config;
use proptest::{prop_assert, prop_assert_eq, proptest};
use std::collections::BTreeSet;
use std::sync::LazyLock;

static KEY: LazyLock<PreparedKey> = LazyLock::new(|| PreparedKey::new(&key(PUB4_KEY)).expect("a valid key"));

struct Encodings {
    compressed: Vec<u8>,
    uncompressed: Vec<u8>,
    evm: Vec<u8>,
    json: String,
}

static PROOF: LazyLock<Encodings> = LazyLock::new(|| {
    let proof: Proof<Bn254> = ark_proof(&proof(PUB4_PROOF));
    Encodings {
        compressed: encode(&proof, Compress::Yes),
        uncompressed: encode(&proof, Compress::No),
        evm: encode_evm(&proof),
        json: encode_json(&proof),
    }
});

fn accepts(raw: RawProof<'_>) -> bool {
    raw.decode().is_ok_and(|proof| KEY.verify(inputs(PUB4_PUBLIC), &proof).is_ok())
}

fn mutate(bytes: &[u8], position: Index, mask: u8) -> Vec<u8> {
    let mut mutated = bytes.to_vec();
    mutated[position.index(bytes.len())] ^= mask;
    mutated
}

#[test]
fn should_accept_the_encodings_when_they_are_not_changed() {
    assert!(accepts(RawProof::ArkCompressed(&PROOF.compressed)));
    assert!(accepts(RawProof::ArkUncompressed(&PROOF.uncompressed)));
    assert!(accepts(RawProof::Evm(&PROOF.evm)));
    assert!(accepts(RawProof::SnarkjsJson(&PROOF.json)));
}

#[test]
fn should_refuse_the_proof_when_any_bit_is_flipped() {
    for bit in 0..256 * 8 {
        let flip = |bytes: &[u8]| {
            let mut flipped = bytes.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            flipped
        };
        assert!(!accepts(RawProof::ArkUncompressed(&flip(&PROOF.uncompressed))), "bit {bit}");
        assert!(!accepts(RawProof::Evm(&flip(&PROOF.evm))), "bit {bit}");
        if bit < 128 * 8 {
            assert!(!accepts(RawProof::ArkCompressed(&flip(&PROOF.compressed))), "bit {bit}");
        }
    }
}

#[test]
fn should_give_one_receipt_id_when_a_proof_is_rerandomised() {
    let key = key(MUL_KEY);
    let prepared_key = PreparedKey::new(&key).expect("a valid key");
    let Proof { a, b, c } = ark_proof(&proof(MUL_PROOF));
    let r = Fr::from(12_345u32);
    let variants: [Proof<Bn254>; 4] = [
        Proof { a, b, c },
        Proof { a: -a, b: -b, c },
        Proof { a: (a * r).into_affine(), b: (b * r.inverse().expect("not zero")).into_affine(), c },
        Proof { a, b: (b + key.delta * r).into_affine(), c: (c + a * r).into_affine() },
    ];
    let encodings: BTreeSet<_> = variants.iter().map(|proof| encode(proof, Compress::Yes)).collect();
    assert_eq!(encodings.len(), 4);

    let receipts: BTreeSet<_> = variants
        .iter()
        .map(|proof| {
            let decoded = RawProof::ArkUncompressed(&encode(proof, Compress::No)).decode().expect("a valid proof");
            prepared_key.verify(inputs(MUL_PUBLIC), &decoded).expect("verifies").receipt_id()
        })
        .collect();
    assert_eq!(receipts.len(), 1);
}

#[test]
fn should_equal_arkworks_when_values_are_raised_to_the_final_exponent() {
    let mut rng = StdRng::seed_from_u64(9);
    let values: Vec<Fq12> = (0..32).map(|_| Fq12::rand(&mut rng)).chain([Fq12::ONE, -Fq12::ONE]).collect();
    for value in values {
        let expected = Bn254::final_exponentiation(MillerLoopOutput(value)).map(|output| output.0);
        assert_eq!(OurBn254::final_exponentiation(value), expected);
    }
    assert_eq!(OurBn254::final_exponentiation(Fq12::ZERO), None);
}

proptest! {
    #![proptest_config(Config::with_cases(128))]

    #[test]
    fn should_refuse_the_inputs_when_a_byte_changes(which in 0..4usize, position: Index, mask in 1u8..) {
        let mut encodings = inputs(PUB4_PUBLIC).to_be32();
        encodings[which] = mutate(&encodings[which], position, mask).try_into().expect("32 bytes");
        if let Ok(changed) = PublicInputs::parse(&encodings) {
            prop_assert!(KEY.verify(changed, &proof(PUB4_PROOF)).is_err());
        }
    }

    #[test]
    fn should_read_the_same_proof_or_none_when_a_byte_of_the_json_changes(position: Index, byte in any::<u8>()) {
        let mut mutated = PROOF.json.clone().into_bytes();
        let position = position.index(mutated.len());
        mutated[position] = byte;
        if let Ok(text) = String::from_utf8(mutated)
            && let Ok(decoded) = RawProof::SnarkjsJson(&text).decode()
        {
            // White space aside, the text has one form per proof.
            prop_assert_eq!(decoded.to_compressed_bytes(), PROOF.compressed.clone());
        }
    }

    #[test]
    fn should_refuse_the_key_or_identify_another_circuit_when_a_byte_changes(
        position: Index,
        mask in 1u8..,
        compress: bool,
    ) {
        let original = key(PUB4_KEY);
        let (mode, wrap): (_, for<'a> fn(&'a [u8]) -> RawVerifyingKey<'a>) = if compress {
            (Compress::Yes, |bytes| RawVerifyingKey::ArkCompressed(bytes))
        } else {
            (Compress::No, |bytes| RawVerifyingKey::ArkUncompressed(bytes))
        };
        let mutated = mutate(&encode(&ark_key(&original), mode), position, mask);
        if let Ok(changed) = wrap(&mutated).decode() {
            prop_assert!(changed.circuit_id() != original.circuit_id());
            let prepared = PreparedKey::new(&changed).expect("a decoded key can be prepared");
            prop_assert!(prepared.verify(inputs(PUB4_PUBLIC), &proof(PUB4_PROOF)).is_err());
        }
    }

    #[test]
    fn should_not_panic_when_the_proof_is_any_bytes(bytes in vec(any::<u8>(), 0..300)) {
        prop_assert!(!accepts(RawProof::ArkCompressed(&bytes)));
        prop_assert!(!accepts(RawProof::ArkUncompressed(&bytes)));
        prop_assert!(!accepts(RawProof::Evm(&bytes)));
        prop_assert!(!accepts(RawProof::ArkCompressed(&[bytes.as_slice(), &[7; 128]].concat()[..128])));
        prop_assert!(!accepts(RawProof::SnarkjsJson(&String::from_utf8_lossy(&bytes))));
    }

    #[test]
    fn should_not_panic_when_the_key_is_any_bytes(
        bytes in vec(any::<u8>(), 0..700),
        count in 0..5u64,
        compress: bool,
    ) {
        let (header, per_point) = if compress { (232, 32) } else { (456, 64) };
        let mut framed = bytes.clone();
        framed.resize(header + per_point * count as usize, 1);
        framed[header - 8..header].copy_from_slice(&count.to_le_bytes());
        for candidate in [&bytes, &framed] {
            prop_assert!(RawVerifyingKey::ArkCompressed(candidate).decode().is_err());
            prop_assert!(RawVerifyingKey::ArkUncompressed(candidate).decode().is_err());
        }
        prop_assert!(RawVerifyingKey::SnarkjsJson(&String::from_utf8_lossy(&bytes)).decode().is_err());
    }

    #[test]
    fn should_agree_with_ark_groth16_when_inputs_are_random(
        scalars in vec(any::<[u8; 32]>(), 1..8),
        seed: u64,
        offset in 0..2u64,
    ) {
        let trapdoor = Trapdoor::new(scalars.len(), seed);
        let mut elements: Vec<Fr> = scalars.iter().map(|bytes| Fr::from_be_bytes_mod_order(bytes)).collect();
        let ark_key = ark_key(&trapdoor.verifying_key());
        let proof = ark_proof(&trapdoor.simulate(&elements, seed));
        elements[0] += Fr::from(offset);

        let key = RawVerifyingKey::ArkUncompressed(&encode(&ark_key, Compress::No)).decode().expect("valid");
        let decoded = RawProof::Evm(&encode_evm(&proof)).decode().expect("valid");
        let ours = PreparedKey::new(&key).expect("valid").verify(PublicInputs::new(elements.clone()), &decoded);
        prop_assert_eq!(ours.is_ok(), offset == 0);
        prop_assert_eq!(ours.is_ok(), naive_verify(&ark_key, &elements, &proof));
    }
}
