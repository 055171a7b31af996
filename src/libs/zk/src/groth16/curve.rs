//! The curves: what decoding needs to know of each.

use super::lines::Lines;
use super::miller::{final_exponentiation, miller_loop};
use ark_ec::AffineRepr;
use ark_ec::pairing::Pairing;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::{BigInt, Field, Fp2, Fp2Config, PrimeField};
use std::fmt::Debug;

/// A curve with pairing, on which keys and proofs can be decoded.
pub trait Curve: Copy + Debug + Eq + 'static {
    /// Public inputs.
    type Scalar: PrimeField<BigInt = BigInt<4>>;
    /// Coordinates in G1.
    type Base: PrimeField;
    /// Of the field of coordinates in G2.
    type Quadratic: Fp2Config<Fp = Self::Base>;
    /// G1.
    type G1: SWCurveConfig<BaseField = Self::Base, ScalarField = Self::Scalar>;
    /// G2.
    type G2: SWCurveConfig<BaseField = Fp2<Self::Quadratic>, ScalarField = Self::Scalar>;
    /// What is found while deciding that a point of G2 is in the subgroup, and serves the pairing later.
    type Lines;

    /// What snarkjs calls it.
    const SNARKJS_NAME: &'static str;
    /// Tag in front of the canonical bytes of a key when they are hashed to a [`calisec_types::ids::CircuitId`].
    const CIRCUIT_DOMAIN: &'static [u8];
    /// Bytes of an element of [`Curve::Base`].
    const COORDINATE_BYTES: usize;
    /// gnark's flags.
    const FLAGS: GnarkFlags;

    /// Whether a point on the curve is in the subgroup of prime order.
    fn is_in_g1(point: &Affine<Self::G1>) -> bool;

    /// As [`Curve::is_in_g1`], for a finite point of the twist.
    fn lines(point: &Affine<Self::G2>) -> Option<Self::Lines>;

    /// Whether a point of G1 is the same multiple of its generator as one of G2 is of its own.
    fn are_one_multiple(in_g1: Affine<Self::G1>, in_g2: (&Affine<Self::G2>, &Self::Lines)) -> bool;
}

/// The top bits of the first byte of a point, of which a coordinate needs none.
#[derive(Clone, Copy, Debug)]
pub struct GnarkFlags {
    pub(super) mask: u8,
    pub(super) smaller_ordinate: u8,
    pub(super) larger_ordinate: u8,
    pub(super) infinity: u8,
    pub(super) raw_infinity: u8,
}

/// G1 of a curve.
pub(super) type G1<C> = Affine<<C as Curve>::G1>;
/// G2 of a curve.
pub(super) type G2<C> = Affine<<C as Curve>::G2>;
/// Coordinates in G2.
pub(super) type Base2<C> = Fp2<<C as Curve>::Quadratic>;

/// BN254, which EVM chains, snarkjs and gnark default to: about 100 bits of security by today's estimates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bn254 {}

impl Curve for Bn254 {
    type Scalar = ark_bn254::Fr;
    type Base = ark_bn254::Fq;
    type Quadratic = ark_bn254::Fq2Config;
    type G1 = ark_bn254::g1::Config;
    type G2 = ark_bn254::g2::Config;
    type Lines = Lines;

    const SNARKJS_NAME: &'static str = "bn128";
    const CIRCUIT_DOMAIN: &'static [u8] = b"calisec.circuit.v1\0";
    const COORDINATE_BYTES: usize = 32;
    const FLAGS: GnarkFlags = GnarkFlags {
        mask: 0b11 << 6,
        smaller_ordinate: 0b10 << 6,
        larger_ordinate: 0b11 << 6,
        infinity: 0b01 << 6,
        raw_infinity: 0,
    };

    /// The cofactor is one: on the curve means in the group.
    fn is_in_g1(_: &ark_bn254::G1Affine) -> bool {
        true
    }

    fn lines(point: &ark_bn254::G2Affine) -> Option<Lines> {
        Lines::of_subgroup_point(point)
    }

    fn are_one_multiple(in_g1: ark_bn254::G1Affine, (_, lines): (&ark_bn254::G2Affine, &Lines)) -> bool {
        Lines::of_subgroup_point(&ark_bn254::G2Affine::generator()).is_some_and(|generator| {
            let pairs = [(in_g1, &generator), (-ark_bn254::G1Affine::generator(), lines)];
            final_exponentiation(miller_loop(&pairs, &[])) == Some(ark_bn254::Fq12::ONE)
        })
    }
}

/// BLS12-381: about 120 bits of security, at twice the cost of [`Bn254`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bls12_381 {}

impl Curve for Bls12_381 {
    type Scalar = ark_bls12_381::Fr;
    type Base = ark_bls12_381::Fq;
    type Quadratic = ark_bls12_381::Fq2Config;
    type G1 = ark_bls12_381::g1::Config;
    type G2 = ark_bls12_381::g2::Config;
    type Lines = ();

    const SNARKJS_NAME: &'static str = "bls12381";
    const CIRCUIT_DOMAIN: &'static [u8] = b"calisec.circuit.bls12-381.v1\0";
    const COORDINATE_BYTES: usize = 48;
    const FLAGS: GnarkFlags = GnarkFlags {
        mask: 0b111 << 5,
        smaller_ordinate: 0b100 << 5,
        larger_ordinate: 0b101 << 5,
        infinity: 0b110 << 5,
        raw_infinity: 0b010 << 5,
    };

    fn is_in_g1(point: &ark_bls12_381::G1Affine) -> bool {
        point.is_in_correct_subgroup_assuming_on_curve()
    }

    fn lines(point: &ark_bls12_381::G2Affine) -> Option<()> {
        point.is_in_correct_subgroup_assuming_on_curve().then_some(())
    }

    fn are_one_multiple(in_g1: ark_bls12_381::G1Affine, (in_g2, ()): (&ark_bls12_381::G2Affine, &())) -> bool {
        let (g1, g2) = (ark_bls12_381::G1Affine::generator(), ark_bls12_381::G2Affine::generator());
        ark_bls12_381::Bls12_381::multi_pairing([in_g1, -g1], [g2, *in_g2]).0 == ark_bls12_381::Fq12::ONE
    }
}
