//! Proofs without a witness, for tests and benchmarks: made with the secrets of the set-up, which nobody has of a real
//! circuit.

use super::key::VerifyingKey;
use super::lines::Lines;
use super::proof::DecodedProof;
use crate::field::{Fr, h248};
use ark_bn254::{G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Field;

/// The secrets of a set-up.
pub struct Trapdoor {
    alpha: Fr,
    beta: Fr,
    gamma: Fr,
    delta: Fr,
    pub(super) inputs: Vec<Fr>,
}

impl Trapdoor {
    /// A set-up for a circuit with this many public inputs; another seed gives another one.
    #[must_use]
    pub fn new(input_count: usize, seed: u64) -> Self {
        let secret = |name: u64| pseudorandom(b"trapdoor", [seed, name]);
        Self {
            alpha: secret(0),
            beta: secret(1),
            gamma: secret(2),
            delta: secret(3),
            inputs: (4..).take(input_count + 1).map(secret).collect(),
        }
    }

    /// The key that verifies what [`Trapdoor::simulate`] makes.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey {
            alpha: g1(self.alpha),
            beta: g2(self.beta),
            gamma: g2(self.gamma),
            delta: g2(self.delta),
            inputs: self.inputs.iter().copied().map(g1).collect(),
        }
    }

    /// Beta and delta in G1, which gnark keeps in its keys.
    #[cfg(test)]
    pub(super) fn beta_and_delta_in_g1(&self) -> (G1Affine, G1Affine) {
        (g1(self.beta), g1(self.delta))
    }

    /// A proof that verifies for these inputs, whatever they are; another seed gives another proof of the same.
    ///
    /// # Panics
    /// When the seed leads to a point at infinity, which no seed that anybody will find does.
    #[must_use]
    pub fn simulate(&self, inputs: &[Fr], seed: u64) -> DecodedProof {
        let (a, b) = (pseudorandom(b"proof", [seed, 0]), pseudorandom(b"proof", [seed, 1]));
        let combined = self.inputs[0] + inputs.iter().zip(&self.inputs[1..]).map(|(x, ic)| *x * ic).sum::<Fr>();
        let rest = a * b - self.alpha * self.beta - combined * self.gamma;
        let b = g2(b);
        DecodedProof {
            a: g1(a),
            b,
            b_lines: Lines::of_subgroup_point(&b).expect("a multiple of the generator"),
            c: g1(rest * self.delta.inverse().expect("not zero")),
        }
    }
}

fn pseudorandom(purpose: &[u8], numbers: [u64; 2]) -> Fr {
    h248(&[purpose, numbers[0].to_be_bytes().as_slice(), numbers[1].to_be_bytes().as_slice()].concat())
}

fn g1(scalar: Fr) -> G1Affine {
    (G1Affine::generator() * scalar).into_affine()
}

fn g2(scalar: Fr) -> G2Affine {
    (G2Affine::generator() * scalar).into_affine()
}
