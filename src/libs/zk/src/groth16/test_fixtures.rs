//! Keys whose trapdoor is known, proofs simulated with it, and the naive verifier that the pitfalls are about.

use super::{DecodedProof, PublicInputs, RawProof, RawVerifyingKey, VerifyingKey, parse_public_json};
use crate::field::Fr;
use ark_bn254::{Bn254, Fq2, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{Field, PrimeField, UniformRand};
use ark_groth16::{Groth16, Proof, VerifyingKey as ArkKey, prepare_verifying_key};
use ark_serialize::{CanonicalSerialize, Compress};
use ark_std::rand::rngs::StdRng;
use ark_std::rand::{RngCore, SeedableRng};

pub(super) const MUL_KEY: &str = include_str!("../../tests/vectors/snarkjs/mul/verification_key.json");
pub(super) const MUL_PROOF: &str = include_str!("../../tests/vectors/snarkjs/mul/proof.json");
pub(super) const MUL_PUBLIC: &str = include_str!("../../tests/vectors/snarkjs/mul/public.json");
pub(super) const PUB4_KEY: &str = include_str!("../../tests/vectors/snarkjs/pub4/verification_key.json");
pub(super) const PUB4_PROOF: &str = include_str!("../../tests/vectors/snarkjs/pub4/proof.json");
pub(super) const PUB4_PUBLIC: &str = include_str!("../../tests/vectors/snarkjs/pub4/public.json");
pub(super) const PUB4_BATCH: &str = include_str!("../../tests/vectors/snarkjs/pub4/batch8.json");
pub(super) const NO_PHASE_2_KEY: &str = include_str!("../../tests/vectors/snarkjs/negative/mul_nophase2.vk.json");
pub(super) const ZERO_PROOF: &str = include_str!("../../tests/vectors/snarkjs/negative/mul0.proof.json");
pub(super) const ZERO_PUBLIC: &str = include_str!("../../tests/vectors/snarkjs/negative/mul0.public.json");

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

/// A key together with the secrets of its set-up, with which any statement can be "proved".
pub(super) struct Trapdoor {
    pub(super) key: ArkKey<Bn254>,
    alpha: Fr,
    beta: Fr,
    gamma: Fr,
    delta: Fr,
    inputs: Vec<Fr>,
}

impl Trapdoor {
    pub(super) fn new(input_count: usize, seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut scalar = || Fr::rand(&mut rng);
        let (alpha, beta, gamma, delta) = (scalar(), scalar(), scalar(), scalar());
        let inputs: Vec<Fr> = (0..=input_count).map(|_| scalar()).collect();
        let key = ArkKey {
            alpha_g1: g1(alpha),
            beta_g2: g2(beta),
            gamma_g2: g2(gamma),
            delta_g2: g2(delta),
            gamma_abc_g1: inputs.iter().map(|scalar| g1(*scalar)).collect(),
        };
        Self { key, alpha, beta, gamma, delta, inputs }
    }

    /// A proof that verifies for these inputs.
    pub(super) fn simulate(&self, inputs: &[Fr], seed: u64) -> Proof<Bn254> {
        let mut rng = StdRng::seed_from_u64(seed);
        let (a, b) = (Fr::rand(&mut rng), Fr::rand(&mut rng));
        let combined = self.inputs[0] + inputs.iter().zip(&self.inputs[1..]).map(|(x, ic)| *x * ic).sum::<Fr>();
        let rest = a * b - self.alpha * self.beta - combined * self.gamma;
        Proof { a: g1(a), b: g2(b), c: g1(rest * self.delta.inverse().expect("not zero")) }
    }
}

impl Trapdoor {
    /// Makes an input's point depend on the constant's.
    pub(super) fn set_input(&mut self, index: usize, of_constant: impl Fn(Fr) -> Fr) {
        self.inputs[index] = of_constant(self.inputs[0]);
        self.key.gamma_abc_g1[index] = g1(self.inputs[index]);
    }

    /// Gives an input the point of another one.
    pub(super) fn set_input_from(&mut self, index: usize, other: usize) {
        self.inputs[index] = self.inputs[other];
        self.key.gamma_abc_g1[index] = self.key.gamma_abc_g1[other];
    }
}

pub(super) fn g1(scalar: Fr) -> G1Affine {
    (G1Affine::generator() * scalar).into_affine()
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
