//! Field arithmetic for the permutation, made for 32-bit machines such as wasm's.
//!
//! A product of two 64-bit words takes wasm four multiplications and many additions with carry. Nine limbs of 29 bits
//! need no carry at all while products are summed: a column of 63 products of limbs fits in 64 bits. So a whole linear
//! combination is summed first and reduced once (Montgomery, `R = 2^261`).
//!
//! Nor is anything reduced below the modulus in between. `R` is more than 169 times the modulus `p`: factors below
//! `x p` and `y p` have a product below `(x y / 169 + 1) p`. Constants are below `p`, inputs below `33 p` with the first
//! constant added, and everything after the first S-boxes stays below `4 p`, while nine limbs hold up to `R`.

#[cfg(test)]
mod tests;

use super::permutation::Element;
use ark_bn254::Fr;
use ark_ff::{BigInt, BigInteger, PrimeField};
use core::convert::Infallible;

const LIMBS: usize = 9;
const BITS: u32 = 29;
const MASK: u64 = (1 << BITS) - 1;
/// Products of limbs that a column of 64 bits holds, less those of the reduction, over the height of a column.
const PAIRS_PER_REDUCTION: usize = 5;
/// `R` is this many times arkworks' `2^256`, as a power of two.
pub(super) const EXCESS_BITS: u32 = BITS * LIMBS as u32 - 256;

const MODULUS: [u64; LIMBS] = split(Fr::MODULUS.0);
/// `-1 / p mod 2^29`. As `p = 1 + 2^28 k` with odd `k`, that is `2^28 - 1`.
const NEGATED_INVERSE: u64 = (1 << (BITS - 1)) - 1;

/// Repeats a block for every limb, with its index a constant. The compiler would not unroll loops this long, and then keeps
/// columns in memory: half as many instructions again.
macro_rules! for_each_limb {
    ($index:ident => $block:block) => {
        for_each_limb!(@ $index $block 0 1 2 3 4 5 6 7 8)
    };
    (@ $index:ident $block:block $($value:literal)*) => {
        $({
            const $index: usize = $value;
            $block
        })*
    };
}

/// A fixed, public field element of the permutation, in the form that computing with it takes.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(test, derive(PartialEq, Eq))]
pub struct Constant(pub(super) Residue);

impl Constant {
    pub(super) const ZERO: Self = Self(Residue::ZERO);

    /// Of the limbs of `x R mod p`, least significant first.
    pub(super) const fn new(limbs: [u32; LIMBS]) -> Self {
        Self(Residue(limbs))
    }
}

impl From<&Constant> for Fr {
    fn from(constant: &Constant) -> Self {
        Self::from(&constant.0)
    }
}

/// A field element in Montgomery form, in limbs below `2^29`, somewhere below `R`: one element has several of them.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(test, derive(PartialEq, Eq))]
pub(crate) struct Residue(pub(super) [u32; LIMBS]);

impl Residue {
    const ZERO: Self = Self([0; LIMBS]);

    fn sum(&self, other: &Self) -> Self {
        let mut columns = [0; LIMBS];
        for (column, (left, right)) in columns.iter_mut().zip(self.0.iter().zip(&other.0)) {
            *column = u64::from(*left).wrapping_add(u64::from(*right));
        }
        Self::carried(&columns)
    }

    #[inline(never)]
    fn fifth_power(&self) -> Self {
        self.square().square().times(self)
    }

    #[inline(never)]
    fn plus_products<const N: usize>(&self, coefficients: &[Constant; N], elements: &[Self; N]) -> Self {
        let mut sum = *self;
        let chunks = coefficients.chunks(PAIRS_PER_REDUCTION).zip(elements.chunks(PAIRS_PER_REDUCTION));
        for (coefficients, elements) in chunks {
            let mut columns = [0; 2 * LIMBS];
            for (coefficient, element) in coefficients.iter().zip(elements) {
                add_product(&mut columns, &coefficient.0, element);
            }
            sum = reduce(columns, &sum);
        }
        sum
    }

    #[inline(always)]
    fn times(&self, other: &Self) -> Self {
        let mut columns = [0; 2 * LIMBS];
        add_product(&mut columns, self, other);
        reduce(columns, &Self::ZERO)
    }

    #[inline(always)]
    fn square(&self) -> Self {
        let mut columns = [0u64; 2 * LIMBS];
        for_each_limb!(I => {
            let limb = u64::from(self.0[I]);
            columns[2 * I] = columns[2 * I].wrapping_add(limb.wrapping_mul(limb));
            let doubled = limb << 1;
            for j in 0..LIMBS {
                if j > I {
                    columns[I + j] = columns[I + j].wrapping_add(doubled.wrapping_mul(u64::from(self.0[j])));
                }
            }
        });
        reduce(columns, &Self::ZERO)
    }

    #[inline(always)]
    fn carried(columns: &[u64; LIMBS]) -> Self {
        let mut limbs = [0; LIMBS];
        let mut carry = 0u64;
        for (limb, column) in limbs.iter_mut().zip(columns) {
            carry = carry.wrapping_add(*column);
            *limb = (carry & MASK) as u32;
            carry >>= BITS;
        }
        Self(limbs)
    }
}

#[inline(always)]
fn add_product(columns: &mut [u64; 2 * LIMBS], left: &Residue, right: &Residue) {
    for_each_limb!(I => {
        for j in 0..LIMBS {
            columns[I + j] = columns[I + j].wrapping_add(u64::from(left.0[I]).wrapping_mul(u64::from(right.0[j])));
        }
    });
}

/// `columns / R + addend`, up to a multiple of the modulus.
#[inline(always)]
fn reduce(mut columns: [u64; 2 * LIMBS], addend: &Residue) -> Residue {
    for_each_limb!(I => {
        let factor = columns[I].wrapping_mul(NEGATED_INVERSE) & MASK;
        for j in 0..LIMBS {
            columns[I + j] = columns[I + j].wrapping_add(factor.wrapping_mul(MODULUS[j]));
        }
        columns[I + 1] = columns[I + 1].wrapping_add(columns[I] >> BITS);
    });
    let mut upper = [0; LIMBS];
    for i in 0..LIMBS {
        upper[i] = columns[LIMBS + i].wrapping_add(u64::from(addend.0[i]));
    }
    Residue::carried(&upper)
}

impl Element for Residue {
    type Error = Infallible;

    fn constant(value: &Constant) -> Self {
        value.0
    }

    fn plus(self, value: &Constant) -> Self {
        self.sum(&value.0)
    }

    fn pow5(&self) -> Result<Self, Infallible> {
        Ok(self.fifth_power())
    }

    fn affine<const N: usize>(constant: &Constant, coefficients: &[Constant; N], elements: &[Self; N]) -> Self {
        constant.0.plus_products(coefficients, elements)
    }
}

impl From<Fr> for Residue {
    /// arkworks holds `x 2^256`; 32 times that is `x R`.
    fn from(element: Fr) -> Self {
        let [a, b, c, d] = element.0.0;
        let shifted = [
            a << EXCESS_BITS,
            (b << EXCESS_BITS) | (a >> (64 - EXCESS_BITS)),
            (c << EXCESS_BITS) | (b >> (64 - EXCESS_BITS)),
            (d << EXCESS_BITS) | (c >> (64 - EXCESS_BITS)),
        ];
        let mut limbs = split(shifted);
        limbs[LIMBS - 1] |= (d >> (64 - EXCESS_BITS)) << (256 - BITS * (LIMBS as u32 - 1));
        Self::carried(&limbs)
    }
}

impl From<&Residue> for Fr {
    /// For elements below `138 p`: with `31 p` added they must stay below `R`.
    fn from(limbs: &Residue) -> Self {
        // Adding the multiple of the modulus that makes it divisible by 32, and dividing, leaves `x 2^256`.
        let divisor_mask = (1 << EXCESS_BITS) - 1;
        let factor = u64::from(limbs.0[0]).wrapping_mul(NEGATED_INVERSE) & divisor_mask;
        let mut columns = [0; LIMBS];
        for i in 0..LIMBS {
            columns[i] = u64::from(limbs.0[i]).wrapping_add(factor.wrapping_mul(MODULUS[i]));
        }
        let exact = Residue::carried(&columns).0;
        let mut words = [0u64; 5];
        for (i, limb) in exact.iter().enumerate() {
            let at = BITS as usize * i;
            let wide = u128::from(*limb) << (at % 64);
            words[at / 64] |= wide as u64;
            words[at / 64 + 1] |= (wide >> 64) as u64;
        }
        let mut quotient = [0u64; 4];
        for i in 0..4 {
            quotient[i] = (words[i] >> EXCESS_BITS) | (words[i + 1] << (64 - EXCESS_BITS));
        }
        let mut integer = BigInt::new(quotient);
        // Not at all or once after a permutation.
        while integer >= Fr::MODULUS {
            integer.sub_with_borrow(&Fr::MODULUS);
        }
        Fr::new_unchecked(integer)
    }
}

/// 256 bits into limbs, least significant first.
pub(super) const fn split(words: [u64; 4]) -> [u64; LIMBS] {
    let mut limbs = [0; LIMBS];
    let mut i = 0;
    while i < LIMBS {
        let at = BITS as usize * i;
        let (word, shift) = (at / 64, at % 64);
        let mut bits = words[word] >> shift;
        if shift > 64 - BITS as usize && word + 1 < 4 {
            bits |= words[word + 1] << (64 - shift);
        }
        limbs[i] = bits & MASK;
        i += 1;
    }
    limbs
}
