//! The product of verification equations, each raised to its coefficient.
//!
//! For coefficients `r_i`, and with everything that belongs to one key collected, the equations of a range of items say
//!
//! `prod_i e(r_i A_i, B_i) = prod_k e(alpha_k, beta_k)^(sum r_i) e(sum r_i IC_k(inputs_i), gamma_k) e(sum r_i C_i, delta_k)`

use super::BatchItem;
use crate::groth16::curve::{Curve, G1};
use crate::groth16::prepared::PreparedKey;
use ark_ec::scalar_mul::wnaf::WnafContext;
use ark_ec::short_weierstrass::Projective;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, BigInt, BigInteger, CyclotomicMultSubgroup, Field, PrimeField, Zero};
use calisec_types::ids::CircuitId;
use std::collections::BTreeMap;
use std::ops::Range;

/// Width of the signed digits that coefficients are split into.
const WINDOW: usize = 4;

/// G1 of a curve, in projective coordinates.
type Sum<C> = Projective<<C as Curve>::G1>;

/// Items with their coefficients.
pub(super) struct Combination<'a, C: Curve> {
    items: Vec<&'a BatchItem<'a, C>>,
    coefficients: Vec<u128>,
    /// `r_i A_i`.
    scaled: Vec<G1<C>>,
}

/// The combined equation of some of the items. Equations form a group: they can be multiplied and divided.
pub(super) struct Part<'a, C: Curve> {
    /// The Miller function of the left side.
    left_side: C::Target,
    right_side: BTreeMap<CircuitId, Terms<'a, C>>,
}

/// What belongs to one key on the right side.
struct Terms<'a, C: Curve> {
    key: &'a PreparedKey<C>,
    /// `sum r_i`. Zero for no items only: as many coefficients as a batch has do not reach the modulus.
    coefficients: C::Scalar,
    /// `sum r_i x_ij` for every input `j`.
    inputs: Vec<C::Scalar>,
    /// `sum r_i C_i`.
    c: Sum<C>,
}

impl<'a, C: Curve> Combination<'a, C> {
    /// The coefficients are not zero, and there is one for each item.
    pub(super) fn new(items: &[&'a BatchItem<'a, C>], coefficients: &[u128]) -> Self {
        debug_assert_eq!(items.len(), coefficients.len());
        let context = WnafContext::new(WINDOW);
        let scaled: Vec<Sum<C>> = items
            .iter()
            .zip(coefficients)
            .map(|(item, coefficient)| context.mul(item.proof.a.into_group(), &C::Scalar::from(*coefficient)))
            .collect();
        Self { items: items.to_vec(), coefficients: coefficients.to_vec(), scaled: Sum::<C>::normalize_batch(&scaled) }
    }

    /// How many items there are.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Verifies one item alone, without its coefficient.
    pub(super) fn holds_alone(&self, index: usize) -> bool {
        let item = self.items[index];
        item.key.equation_holds(&item.inputs, item.proof)
    }

    /// The combined equation of a range of items.
    pub(super) fn part(&self, range: Range<usize>) -> Part<'a, C> {
        let pairs: Vec<(G1<C>, &C::Lines)> =
            range.clone().map(|index| (self.scaled[index], &self.items[index].proof.b_lines)).collect();
        let mut by_key: BTreeMap<CircuitId, Vec<usize>> = BTreeMap::new();
        for index in range {
            by_key.entry(self.items[index].key.circuit()).or_default().push(index);
        }
        Part {
            left_side: C::miller_loop(&pairs, &[]),
            right_side: by_key.into_iter().map(|(circuit, indices)| (circuit, self.terms(&indices))).collect(),
        }
    }

    /// For items of one key.
    fn terms(&self, indices: &[usize]) -> Terms<'a, C> {
        let key = self.items[indices[0]].key;
        let mut coefficients = C::Scalar::ZERO;
        let mut inputs = vec![C::Scalar::ZERO; key.input_count()];
        for index in indices {
            let coefficient = C::Scalar::from(self.coefficients[*index]);
            coefficients += coefficient;
            for (sum, input) in inputs.iter_mut().zip(self.items[*index].inputs.elements()) {
                *sum += coefficient * input;
            }
        }
        Terms { key, coefficients, inputs, c: self.weighted_c(indices) }
    }

    /// `sum r_i C_i`, all doublings shared.
    fn weighted_c(&self, indices: &[usize]) -> Sum<C> {
        let context = WnafContext::new(WINDOW);
        let terms: Vec<(Vec<Sum<C>>, Vec<i64>)> = indices
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
        let mut sum = Sum::<C>::ZERO;
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

impl<'a, C: Curve> Part<'a, C> {
    /// The combined equation of all items of some parts.
    pub(super) fn product<'p>(parts: impl IntoIterator<Item = &'p Part<'a, C>>) -> Self
    where
        'a: 'p,
    {
        let mut product = Self { left_side: C::Target::ONE, right_side: BTreeMap::new() };
        for part in parts {
            product.left_side *= part.left_side;
            for (circuit, terms) in &part.right_side {
                product.right_side.entry(*circuit).and_modify(|sum| sum.add(terms)).or_insert_with(|| terms.clone());
            }
        }
        product
    }

    /// The combined equation of the items that are not in the other part, all of whose items are in this one.
    pub(super) fn without(mut self, other: &Self) -> Self {
        // Values of Miller loops are not zero.
        self.left_side *= other.left_side.inverse().unwrap_or_default();
        for (circuit, terms) in &other.right_side {
            if let Some(sum) = self.right_side.get_mut(circuit) {
                sum.subtract(terms);
            }
        }
        self.right_side.retain(|_, terms| !terms.coefficients.is_zero());
        self
    }

    /// The keys of the items.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'a PreparedKey<C>> {
        self.right_side.values().map(|terms| terms.key)
    }

    /// Whether the equation holds.
    pub(super) fn holds(&self) -> bool {
        let mut points = Vec::with_capacity(2 * self.right_side.len());
        let mut lines = Vec::with_capacity(2 * self.right_side.len());
        let mut alpha_beta = C::Target::ONE;
        for Terms { key, coefficients, inputs, c } in self.right_side.values() {
            alpha_beta *= key.alpha_beta.cyclotomic_exp(coefficients.into_bigint());
            points.push(key.inputs.combine_scaled(coefficients, inputs));
            lines.push(&key.negated_gamma);
            points.push(*c);
            lines.push(&key.negated_delta);
        }
        let points = Sum::<C>::normalize_batch(&points);
        let pairs: Vec<_> = points.into_iter().zip(lines).filter(|(point, _)| !point.is_zero()).collect();
        C::final_exponentiation(self.left_side * C::miller_loop(&[], &pairs)) == Some(alpha_beta)
    }
}

impl<C: Curve> Clone for Terms<'_, C> {
    fn clone(&self) -> Self {
        Self { key: self.key, coefficients: self.coefficients, inputs: self.inputs.clone(), c: self.c }
    }
}

impl<C: Curve> Terms<'_, C> {
    fn add(&mut self, other: &Self) {
        self.coefficients += other.coefficients;
        self.c += other.c;
        for (sum, input) in self.inputs.iter_mut().zip(&other.inputs) {
            *sum += input;
        }
    }

    fn subtract(&mut self, other: &Self) {
        self.coefficients -= other.coefficients;
        self.c -= other.c;
        for (sum, input) in self.inputs.iter_mut().zip(&other.inputs) {
            *sum -= input;
        }
    }
}
