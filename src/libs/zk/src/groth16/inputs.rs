//! Public inputs and their contribution to the verification equation, `IC_0 + x_1 IC_1 + ... + x_n IC_n`.

use super::bn254::Bn254;
use super::curve::{Curve, G1};
use crate::field::{Fr, NonCanonicalAt, Scalar, parse_all_be32, to_be32};
use ark_ec::short_weierstrass::Projective;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, BigInteger, PrimeField};

/// Public inputs of a proof, each read from its one canonical encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicInputs<F = Fr>(Vec<F>);

impl<F: Scalar> PublicInputs<F> {
    /// Inputs that are field elements already, in the order of the circuit.
    pub fn new(elements: Vec<F>) -> Self {
        Self(elements)
    }

    /// Reads 32-byte big-endian encodings; a value at or above the modulus is refused.
    pub fn parse(encodings: &[[u8; 32]]) -> Result<Self, NonCanonicalAt> {
        parse_all_be32(encodings).map(Self)
    }

    /// The elements in the order of the circuit.
    pub fn elements(&self) -> &[F] {
        &self.0
    }

    /// How many inputs there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no inputs at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The canonical encodings, in the order of the circuit.
    pub fn to_be32(&self) -> Vec<[u8; 32]> {
        self.0.iter().map(to_be32).collect()
    }
}

/// Rows of the comb: how many bits of a scalar one table look-up consumes.
const TEETH: usize = 6;
/// Distance between the bits of one look-up, and the number of doublings of a multiplication; 6 x 43 >= 255 bits.
const COLUMNS: usize = 43;
const TABLE_LEN: usize = (1 << TEETH) - 1;

/// Fixed-base tables of the input points of a verifying key.
///
/// A comb (Lim-Lee) costs 43 doublings for all inputs together and at most 43 additions per input, against 254 and
/// about 64 of a windowed multiplication without tables; it takes 4 KiB per input.
pub(super) struct InputTables<C: Curve = Bn254> {
    constant: G1<C>,
    combs: Vec<Vec<G1<C>>>,
}

impl<C: Curve> InputTables<C> {
    /// Tables for `constant + x_1 points_1 + ...`.
    pub(super) fn new(constant: G1<C>, points: &[G1<C>]) -> Self {
        Self { constant, combs: points.iter().map(comb::<C>).collect() }
    }

    /// How many inputs the circuit has.
    pub(super) fn input_count(&self) -> usize {
        self.combs.len()
    }

    /// The combination for these inputs, or `None` when it is infinity. The caller has checked their number.
    pub(super) fn combine(&self, inputs: &PublicInputs<C::Scalar>) -> Option<G1<C>> {
        let sum = (self.weighted_sum(&inputs.0) + self.constant).into_affine();
        (!sum.is_zero()).then_some(sum)
    }

    /// `factor * constant + x_1 points_1 + ...` for as many elements as the circuit has inputs.
    pub(super) fn combine_scaled(&self, factor: &C::Scalar, elements: &[C::Scalar]) -> Projective<C::G1> {
        self.weighted_sum(elements) + self.constant * *factor
    }

    fn weighted_sum(&self, elements: &[C::Scalar]) -> Projective<C::G1> {
        debug_assert_eq!(elements.len(), self.input_count());
        let scalars: Vec<_> = elements.iter().map(|element| element.into_bigint()).collect();
        let mut sum = Projective::<C::G1>::ZERO;
        for column in (0..COLUMNS).rev() {
            sum.double_in_place();
            for (scalar, comb) in scalars.iter().zip(&self.combs) {
                let selected = (0..TEETH)
                    .filter(|tooth| scalar.get_bit(tooth * COLUMNS + column))
                    .fold(0, |selected, tooth| selected | (1 << tooth));
                if selected != 0 {
                    sum += &comb[selected - 1];
                }
            }
        }
        sum
    }
}

/// Every non-empty sum of `[2^(43 t)] point` over the teeth t; entry `m - 1` belongs to the set with bits m.
fn comb<C: Curve>(point: &G1<C>) -> Vec<G1<C>> {
    let mut table: Vec<Projective<C::G1>> = Vec::with_capacity(TABLE_LEN);
    let mut tooth = point.into_group();
    for index in 0..TEETH {
        if index != 0 {
            for _ in 0..COLUMNS {
                tooth.double_in_place();
            }
        }
        let smaller = table.len();
        table.push(tooth);
        for entry in 0..smaller {
            let sum = table[entry] + tooth;
            table.push(sum);
        }
    }
    Projective::<C::G1>::normalize_batch(&table)
}
