//! Numbers as bits, and comparing those of 64 bits, in a field of 254.

use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};
use ark_r1cs_std::{alloc::AllocVar, boolean::Boolean, eq::EqGadget, fields::fp::FpVar};
use ark_relations::gr1cs::{ConstraintSystemRef, SynthesisError};

const BITS: usize = 64;

/// An element with its value, from which the bits are taken.
pub(super) struct Number<'a> {
    pub(super) variable: &'a FpVar<Fr>,
    pub(super) value: Fr,
}

impl Number<'_> {
    /// That the element is an integer below `2^64`.
    pub(super) fn enforce_64_bits(&self, cs: &ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        self.bits(cs, BITS).map(|_| ())
    }

    /// That the element is an integer of so many bits, fewer than 254; the bits, least first.
    ///
    /// Their sum is below the modulus, hence the decomposition is the only one.
    pub(super) fn bits(&self, cs: &ConstraintSystemRef<Fr>, count: usize) -> Result<Vec<Boolean<Fr>>, SynthesisError> {
        // Of a larger value these are the low bits, and then the equality does not hold.
        let value = self.value.into_bigint();
        let bits = (0..count)
            .map(|bit| Boolean::new_witness(cs.clone(), || Ok(value.get_bit(bit))))
            .collect::<Result<Vec<_>, _>>()?;
        Boolean::le_bits_to_fp(&bits)?.enforce_equal(self.variable)?;
        Ok(bits)
    }
}

/// That `low <= number <= high`, as integers of 64 bits, all three of them.
///
/// For numbers below `2^64`, the difference `a - b` in the field is below `2^64` if and only if `a >= b`: otherwise it is within
/// `2^64` of the modulus.
pub(super) fn enforce_between(
    cs: &ConstraintSystemRef<Fr>,
    number: &Number<'_>,
    low: &Number<'_>,
    high: &Number<'_>,
) -> Result<(), SynthesisError> {
    for each in [number, low, high] {
        each.enforce_64_bits(cs)?;
    }
    for (greater, lesser) in [(number, low), (high, number)] {
        let difference = greater.variable - lesser.variable;
        Number { variable: &difference, value: greater.value - lesser.value }.enforce_64_bits(cs)?;
    }
    Ok(())
}
