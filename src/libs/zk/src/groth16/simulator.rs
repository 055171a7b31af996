//! Proofs without a witness, for tests and benchmarks: made with the secrets of the set-up, which nobody has of a real
//! circuit.

use super::curve::{Curve, G1, G2};
use super::key::VerifyingKey;
use super::proof::DecodedProof;
use super::{Bls12_381, Bn254};
use crate::field::{h248, to_be32};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{Field, PrimeField};

/// The secrets of a set-up.
pub struct SetUp<C: Curve> {
    alpha: C::Scalar,
    beta: C::Scalar,
    gamma: C::Scalar,
    delta: C::Scalar,
    pub(super) inputs: Vec<C::Scalar>,
}

/// The secrets of a set-up on BN254.
pub type Trapdoor = SetUp<Bn254>;
/// The secrets of a set-up on BLS12-381.
pub type BlsTrapdoor = SetUp<Bls12_381>;

impl<C: Curve> SetUp<C> {
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

    /// The key that verifies what [`SetUp::simulate`] makes.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey<C> {
        VerifyingKey {
            alpha: g1::<C>(self.alpha),
            beta: g2::<C>(self.beta),
            gamma: g2::<C>(self.gamma),
            delta: g2::<C>(self.delta),
            inputs: self.inputs.iter().copied().map(g1::<C>).collect(),
        }
    }

    /// Beta and delta in G1, which gnark keeps in its keys.
    #[cfg(test)]
    pub(super) fn beta_and_delta_in_g1(&self) -> (G1<C>, G1<C>) {
        (g1::<C>(self.beta), g1::<C>(self.delta))
    }

    /// A proof that verifies for these inputs, whatever they are; another seed gives another proof of the same.
    ///
    /// # Panics
    /// When the seed leads to a point at infinity, which no seed that anybody will find does.
    #[must_use]
    pub fn simulate(&self, inputs: &[C::Scalar], seed: u64) -> DecodedProof<C> {
        let (a, b): (C::Scalar, C::Scalar) = (pseudorandom(b"proof", [seed, 0]), pseudorandom(b"proof", [seed, 1]));
        let combined = self.inputs[0] + inputs.iter().zip(&self.inputs[1..]).map(|(x, ic)| *x * ic).sum::<C::Scalar>();
        let rest = a * b - self.alpha * self.beta - combined * self.gamma;
        let b = g2::<C>(b);
        DecodedProof {
            a: g1::<C>(a),
            b,
            b_lines: C::lines(&b).expect("a multiple of the generator"),
            c: g1::<C>(rest * self.delta.inverse().expect("not zero")),
        }
    }
}

fn pseudorandom<F: PrimeField>(purpose: &[u8], numbers: [u64; 2]) -> F {
    let message = [purpose, numbers[0].to_be_bytes().as_slice(), numbers[1].to_be_bytes().as_slice()].concat();
    F::from_be_bytes_mod_order(&to_be32(&h248(&message)))
}

fn g1<C: Curve>(scalar: C::Scalar) -> G1<C> {
    (G1::<C>::generator() * scalar).into_affine()
}

fn g2<C: Curve>(scalar: C::Scalar) -> G2<C> {
    (G2::<C>::generator() * scalar).into_affine()
}
