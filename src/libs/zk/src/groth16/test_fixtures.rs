//! The committed vectors, encoders, and the naive verifier that the pitfalls are about.

use super::{DecodedProof, PublicInputs, RawProof, RawVerifyingKey, VerifyingKey, parse_public_json};
use crate::field::Fr;
use ark_bn254::{Bn254, Fq2, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{PrimeField, UniformRand};
use ark_groth16::{Groth16, Proof, VerifyingKey as ArkKey, prepare_verifying_key};
use ark_serialize::{CanonicalSerialize, Compress};
use ark_std::rand::RngCore;
use flate2::read::GzDecoder;

pub(super) const MUL_KEY: &str = include_str!("../../tests/vectors/snarkjs/mul/verification_key.json");
pub(super) const MUL_PROOF: &str = include_str!("../../tests/vectors/snarkjs/mul/proof.json");
pub(super) const MUL_PUBLIC: &str = include_str!("../../tests/vectors/snarkjs/mul/public.json");
pub(super) const PUB4_KEY: &str = include_str!("../../tests/vectors/snarkjs/pub4/verification_key.json");
pub(super) const PUB4_PROOF: &str = include_str!("../../tests/vectors/snarkjs/pub4/proof.json");
pub(super) const PUB4_PUBLIC: &str = include_str!("../../tests/vectors/snarkjs/pub4/public.json");
pub(super) const NO_PHASE_2_KEY: &str = include_str!("../../tests/vectors/snarkjs/negative/mul_nophase2.vk.json");
pub(super) const ZERO_PROOF: &str = include_str!("../../tests/vectors/snarkjs/negative/mul0.proof.json");
pub(super) const ZERO_PUBLIC: &str = include_str!("../../tests/vectors/snarkjs/negative/mul0.public.json");

/// 128 proofs of the `pub4` circuit, each with its inputs.
pub(super) fn pub4_batch() -> Vec<(PublicInputs, DecodedProof)> {
    let compressed: &[u8] = include_bytes!("../../tests/vectors/snarkjs/pub4/batch128.json.gz");
    let batch: Vec<serde_json::Value> = serde_json::from_reader(GzDecoder::new(compressed)).expect("a list");
    batch.iter().map(|item| (inputs(&item["publicSignals"].to_string()), proof(&item["proof"].to_string()))).collect()
}

pub(super) fn key(json: &str) -> VerifyingKey {
    RawVerifyingKey::SnarkjsJson(json).decode().expect("a valid key")
}

pub(super) fn proof(json: &str) -> DecodedProof {
    RawProof::SnarkjsJson(json).decode().expect("a valid proof")
}

pub(super) fn inputs(json: &str) -> PublicInputs {
    parse_public_json(json).expect("valid inputs")
}

/// What a verifier does that trusts its library: decode unchecked and call ark-groth16.
pub(super) fn naive_verify(key: &ArkKey<Bn254>, inputs: &[Fr], proof: &Proof<Bn254>) -> bool {
    Groth16::<Bn254>::verify_proof(&prepare_verifying_key(key), proof, inputs).expect("ark-groth16 answers")
}

pub(super) fn ark_key(key: &VerifyingKey) -> ArkKey<Bn254> {
    ArkKey {
        alpha_g1: key.alpha,
        beta_g2: key.beta,
        gamma_g2: key.gamma,
        delta_g2: key.delta,
        gamma_abc_g1: key.inputs.clone(),
    }
}

pub(super) fn ark_proof(proof: &DecodedProof) -> Proof<Bn254> {
    Proof { a: proof.a, b: proof.b, c: proof.c }
}

pub(super) fn encode(value: &impl CanonicalSerialize, compress: Compress) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.serialize_with_mode(&mut bytes, compress).expect("written to memory");
    bytes
}

/// The encoding that EVM verifiers take.
pub(super) fn encode_evm(proof: &Proof<Bn254>) -> Vec<u8> {
    let (a, b, c) = (proof.a, proof.b, proof.c);
    [a.x, a.y, b.x.c1, b.x.c0, b.y.c1, b.y.c0, c.x, c.y]
        .iter()
        .flat_map(|word| {
            let mut bytes = encode(word, Compress::No);
            bytes.reverse();
            bytes
        })
        .collect()
}

/// The encoding that snarkjs writes.
pub(super) fn encode_json(proof: &Proof<Bn254>) -> String {
    let g1 = |point: G1Affine| serde_json::json!([point.x.to_string(), point.y.to_string(), "1"]);
    let fq2 = |value: Fq2| serde_json::json!([value.c0.to_string(), value.c1.to_string()]);
    serde_json::json!({
        "pi_a": g1(proof.a),
        "pi_b": [fq2(proof.b.x), fq2(proof.b.y), ["1", "0"]],
        "pi_c": g1(proof.c),
        "protocol": "groth16",
        "curve": "bn128",
    })
    .to_string()
}

pub(super) fn g2(scalar: Fr) -> G2Affine {
    (G2Affine::generator() * scalar).into_affine()
}

/// A point on the twist, almost certainly outside the subgroup.
pub(super) fn point_on_twist(rng: &mut impl RngCore) -> G2Affine {
    loop {
        if let Some(point) = G2Affine::get_point_from_x_unchecked(Fq2::rand(rng), true) {
            return point;
        }
    }
}

/// The definition of subgroup membership.
pub(super) fn has_order_r(point: &G2Affine) -> bool {
    point.mul_bigint(Fr::MODULUS).into_affine().is_zero()
}
