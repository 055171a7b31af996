//! BN254: a pairing of our own, in which deciding that a point is in the subgroup and finding its lines are one walk.

mod lines;
mod miller;

use super::batch::Costs;
use super::curve::{Curve, GnarkFlags};
use ark_bn254::{Fq12, G1Affine, G2Affine};
use ark_ff::Field;
use lines::{Lines, NormalisedLines, NormalisedPoint};

/// BN254, which EVM chains, snarkjs and gnark default to: about 100 bits of security by today's estimates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bn254 {}

impl Curve for Bn254 {
    type Scalar = ark_bn254::Fr;
    type Base = ark_bn254::Fq;
    type Quadratic = ark_bn254::Fq2Config;
    type G1 = ark_bn254::g1::Config;
    type G2 = ark_bn254::g2::Config;
    type Target = Fq12;
    type Lines = Lines;
    type KeyLines = NormalisedLines;

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
    const COSTS: Costs = Costs {
        scale: 4,
        item: 8,
        part: 7,
        check: 30,
        key: 27,
        input: 1,
        alone: 47,
        halving_per_item: 7,
        halving: 300,
    };

    /// The cofactor is one: on the curve means in the group.
    fn is_in_g1(_: &G1Affine) -> bool {
        true
    }

    fn is_in_g2(point: &G2Affine) -> bool {
        Lines::of_subgroup_point(point).is_some()
    }

    fn lines(point: &G2Affine) -> Option<Lines> {
        Lines::of_subgroup_point(point)
    }

    fn key_lines(point: &G2Affine) -> Option<NormalisedLines> {
        Lines::of_subgroup_point(point).map(Lines::normalise)
    }

    fn miller_loop(pairs: &[(G1Affine, &Lines)], with_key: &[(G1Affine, &NormalisedLines)]) -> Fq12 {
        // No point of G1 but infinity has a zero ordinate: the order is odd.
        let normalised: Vec<_> = with_key
            .iter()
            .map(|(point, lines)| {
                let one_over_y = point.y.inverse().unwrap_or_default();
                (NormalisedPoint { x_over_y: point.x * one_over_y, one_over_y }, *lines)
            })
            .collect();
        miller::miller_loop(pairs, &normalised)
    }

    fn final_exponentiation(value: Fq12) -> Option<Fq12> {
        miller::final_exponentiation(value)
    }
}
