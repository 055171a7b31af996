//! The product of verification equations, each raised to its coefficient.
//!
//! For coefficients `r_i`, and with everything that belongs to one key collected, the equations of a range of items say
//!
//! `prod_i e(r_i A_i, B_i) = prod_k e(alpha_k, beta_k)^(sum r_i) e(sum r_i IC_k(inputs_i), gamma_k) e(sum r_i C_i, delta_k)`

use super::BatchItem;
use crate::field::Fr;
use crate::groth16::lines::Lines;
use crate::groth16::miller::{final_exponentiation, miller_loop};
use crate::groth16::prepared::{PreparedKey, normalise};
use ark_bn254::{Fq12, G1Affine, G1Projective};
use ark_ec::scalar_mul::wnaf::WnafContext;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, BigInt, BigInteger, CyclotomicMultSubgroup, Field, PrimeField};
use calisec_types::ids::CircuitId;
use std::collections::BTreeMap;
use std::ops::Range;

/// Width of the signed digits that coefficients are split into.
const WINDOW: usize = 4;

/// Items with their coefficients, ready to be combined in any range.
pub(super) struct Combination<'a> {
    items: Vec<&'a BatchItem<'a>>,
    coefficients: Vec<u128>,
    /// `r_i A_i`.
    scaled: Vec<G1Affine>,
}

impl<'a> Combination<'a> {
    /// The coefficients are not zero, and there is one for each item.
    pub(super) fn new(items: &[&'a BatchItem<'a>], coefficients: &[u128]) -> Self {
        debug_assert_eq!(items.len(), coefficients.len());
        let context = WnafContext::new(WINDOW);
        let scaled: Vec<G1Projective> = items
            .iter()
            .zip(coefficients)
            .map(|(item, coefficient)| context.mul(item.proof.a.into_group(), &Fr::from(*coefficient)))
            .collect();
        Self {
            items: items.to_vec(),
            coefficients: coefficients.to_vec(),
            scaled: G1Projective::normalize_batch(&scaled),
        }
    }

    /// How many items there are.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// The different keys of the items of a range.
    pub(super) fn keys(&self, range: Range<usize>) -> impl Iterator<Item = &PreparedKey> {
        self.by_key(range).into_values().map(|indices| self.items[indices[0]].key)
    }

    /// Verifies one item alone, without its coefficient.
    pub(super) fn holds_alone(&self, index: usize) -> bool {
        let item = self.items[index];
        item.key.equation_holds(&item.inputs, item.proof)
    }

    /// The Miller function of the left side for a range.
    pub(super) fn left_side(&self, range: Range<usize>) -> Fq12 {
        let pairs: Vec<(G1Affine, &Lines)> =
            range.map(|index| (self.scaled[index], &self.items[index].proof.b_lines)).collect();
        miller_loop(&pairs, &[])
    }

    /// Whether the combined equation of a range holds, given its left side.
    pub(super) fn holds(&self, range: Range<usize>, left_side: &Fq12) -> bool {
        let keys = self.by_key(range);
        let mut points = Vec::with_capacity(2 * keys.len());
        let mut lines = Vec::with_capacity(2 * keys.len());
        let mut alpha_beta = Fq12::ONE;
        for indices in keys.into_values() {
            let key = self.items[indices[0]].key;
            let (coefficients, inputs) = self.weighted_inputs(key, &indices);
            alpha_beta *= key.alpha_beta.cyclotomic_exp(coefficients.into_bigint());
            points.push(key.inputs.combine_scaled(&coefficients, &inputs));
            lines.push(&key.negated_gamma);
            points.push(self.weighted_c(&indices));
            lines.push(&key.negated_delta);
        }
        let points = G1Projective::normalize_batch(&points);
        let pairs: Vec<_> = points.into_iter().zip(lines).filter(|(point, _)| !point.is_zero()).collect();
        final_exponentiation(*left_side * miller_loop(&[], &normalise(&pairs))) == Some(alpha_beta)
    }

    fn by_key(&self, range: Range<usize>) -> BTreeMap<CircuitId, Vec<usize>> {
        let mut keys: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for index in range {
            keys.entry(self.items[index].key.circuit()).or_default().push(index);
        }
        keys
    }

    /// `sum r_i`, and `sum r_i x_ij` for every input `j`.
    fn weighted_inputs(&self, key: &PreparedKey, indices: &[usize]) -> (Fr, Vec<Fr>) {
        let mut coefficients = Fr::ZERO;
        let mut sums = vec![Fr::ZERO; key.input_count()];
        for index in indices {
            let coefficient = Fr::from(self.coefficients[*index]);
            coefficients += coefficient;
            for (sum, input) in sums.iter_mut().zip(self.items[*index].inputs.elements()) {
                *sum += coefficient * input;
            }
        }
        (coefficients, sums)
    }

    /// `sum r_i C_i`, all doublings shared.
    fn weighted_c(&self, indices: &[usize]) -> G1Projective {
        let context = WnafContext::new(WINDOW);
        let terms: Vec<(Vec<G1Projective>, Vec<i64>)> = indices
            .iter()
            .map(|index| {
                let multiples = context.table(self.items[*index].proof.c.into_group());
                let coefficient = self.coefficients[*index];
                let integer = BigInt::<4>::new([coefficient as u64, (coefficient >> u64::BITS) as u64, 0, 0]);
                // None only for windows of another width.
                (multiples, integer.find_wnaf(WINDOW).unwrap_or_default())
            })
            .collect();
        let length = terms.iter().map(|(_, digits)| digits.len()).max().unwrap_or_default();
        let mut sum = G1Projective::ZERO;
        for position in (0..length).rev() {
            sum.double_in_place();
            for (multiples, digits) in &terms {
                // Digits are odd; the table holds the odd multiples.
                match digits.get(position) {
                    Some(digit) if *digit > 0 => sum += &multiples[(digit / 2) as usize],
                    Some(digit) if *digit < 0 => sum -= &multiples[(-digit / 2) as usize],
                    _ => {}
                }
            }
        }
        sum
    }
}
