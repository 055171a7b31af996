//! BLS12-381: arkworks' lines and final exponentiation, and a Miller loop that all pairs share.

use super::batch::Costs;
use super::curve::{Curve, GnarkFlags};
use ark_bls12_381::{Bls12_381 as Engine, Config, Fq12, G1Affine, G2Affine};
use ark_ec::bls12::{Bls12Config, G2Prepared};
use ark_ec::pairing::{MillerLoopOutput, Pairing};
use ark_ff::{BitIteratorBE, CyclotomicMultSubgroup, Field};

/// BLS12-381: about 120 bits of security, at twice the cost of [`super::Bn254`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bls12_381 {}

impl Curve for Bls12_381 {
    type Scalar = ark_bls12_381::Fr;
    type Base = ark_bls12_381::Fq;
    type Quadratic = ark_bls12_381::Fq2Config;
    type G1 = ark_bls12_381::g1::Config;
    type G2 = ark_bls12_381::g2::Config;
    type Target = Fq12;
    type Lines = G2Prepared<Config>;
    type KeyLines = G2Prepared<Config>;

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
    const COSTS: Costs = Costs {
        scale: 6,
        item: 16,
        part: 14,
        check: 60,
        key: 54,
        input: 2,
        alone: 90,
        halving_per_item: 10,
        halving: 500,
    };

    fn is_in_g1(point: &G1Affine) -> bool {
        point.is_in_correct_subgroup_assuming_on_curve()
    }

    fn is_in_g2(point: &G2Affine) -> bool {
        point.is_in_correct_subgroup_assuming_on_curve()
    }

    fn lines(point: &G2Affine) -> Option<G2Prepared<Config>> {
        Self::is_in_g2(point).then(|| point.into())
    }

    fn key_lines(point: &G2Affine) -> Option<G2Prepared<Config>> {
        // Keys are checked when they are decoded, and when a canister has stored one never again.
        Some(point.into())
    }

    fn miller_loop(pairs: &[(G1Affine, &G2Prepared<Config>)], with_key: &[(G1Affine, &G2Prepared<Config>)]) -> Fq12 {
        let mut value = Fq12::ONE;
        let mut index = 0;
        let mut evaluate_next = |value: &mut Fq12| {
            for (point, lines) in pairs.iter().chain(with_key) {
                let (c0, mut c1, mut c2) = lines.ell_coeffs[index];
                c2.mul_assign_by_fp(&point.y);
                c1.mul_assign_by_fp(&point.x);
                value.mul_by_014(&c0, &c1, &c2);
            }
            index += 1;
        };
        for bit in BitIteratorBE::without_leading_zeros(Config::X).skip(1) {
            value.square_in_place();
            evaluate_next(&mut value);
            if bit {
                evaluate_next(&mut value);
            }
        }
        const { assert!(Config::X_IS_NEGATIVE) }
        value.cyclotomic_inverse_in_place();
        value
    }

    fn final_exponentiation(value: Fq12) -> Option<Fq12> {
        Engine::final_exponentiation(MillerLoopOutput(value)).map(|output| output.0)
    }
}
