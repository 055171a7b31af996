//! Equal to arkworks, also where columns and limbs are as full as they can be.

use super::{Constant, EXCESS_BITS, LIMBS, MASK, MODULUS, PAIRS_PER_REDUCTION, Residue, split};
use crate::poseidon::Element;
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field, PrimeField};
use proptest::{array::uniform32, prelude::ProptestConfig, proptest};

/// Nothing larger fits: `R - 1`.
const FULL: Residue = Residue([MASK as u32; LIMBS]);

/// What [`FULL`] stands for; it is too large to be converted.
fn full() -> Fr {
    Fr::ONE - Fr::from(2u64).pow([29 * 9]).inverse().unwrap()
}

/// Zero, in a representation that is not the least one.
fn modulus() -> Residue {
    Residue(MODULUS.map(|limb| limb as u32))
}

fn constant(element: Fr) -> Constant {
    let shifted = element * Fr::from(1u64 << EXCESS_BITS);
    Constant::new(split(shifted.0.0).map(|limb| limb as u32))
}

/// The constant whose limbs are the fullest: `p - 1`.
fn largest_constant() -> Constant {
    let mut limbs = modulus().0;
    limbs[0] -= 1;
    Constant::new(limbs)
}

fn extremes() -> [Fr; 6] {
    [Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::from(u64::MAX), full(), Fr::from(&largest_constant())]
}

#[test]
fn should_give_the_element_back_when_converted_there_and_back() {
    for element in extremes() {
        assert_eq!(Fr::from(&Residue::from(element)), element);
        assert_eq!(Fr::from(&constant(element)), element);
    }
    assert_eq!(Fr::from(&modulus()), Fr::ZERO);
    let mut largest = FULL;
    largest.0[LIMBS - 1] = largest.0[LIMBS - 1] / 169 * 138;
    assert_eq!(Fr::from(&Residue::affine(&constant(Fr::ZERO), &[constant(Fr::ONE)], &[largest])), Fr::from(&largest));
}

#[test]
fn should_equal_arkworks_when_limbs_and_columns_are_as_full_as_they_can_be() {
    let (full, largest) = (full(), largest_constant());
    let factor = Fr::from(&largest);
    for (pairs, sum) in [
        (1, Residue::affine(&largest, &[largest], &[FULL])),
        (PAIRS_PER_REDUCTION, Residue::affine(&largest, &[largest; PAIRS_PER_REDUCTION], &[FULL; PAIRS_PER_REDUCTION])),
        (9, Residue::affine(&largest, &[largest; 9], &[FULL; 9])),
    ] {
        assert_eq!(Fr::from(&sum), factor + factor * full * Fr::from(pairs as u64), "{pairs} pairs");
    }
    let inputs_largest = Residue::from(Fr::from(&largest)).plus(&largest);
    assert_eq!(Fr::from(&inputs_largest.fifth_power()), factor.double().pow([5u64]));
}

#[test]
fn should_equal_arkworks_when_elements_are_extreme() {
    for a in extremes() {
        assert_eq!(Fr::from(&Residue::from(a).fifth_power()), a.pow([5u64]), "{a}");
        for b in extremes() {
            let element = Residue::from(b);
            assert_eq!(Fr::from(&element.plus(&constant(a))), a + b, "{a} {b}");
            let sum = Residue::affine(&constant(a), &[constant(a), constant(b)], &[element, element]);
            assert_eq!(Fr::from(&sum), a + a * b + b * b, "{a} {b}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn should_equal_arkworks_when_elements_are_random(a in uniform32(0u8..), b in uniform32(0u8..)) {
        let [a, b] = [a, b].map(|bytes| Fr::from_be_bytes_mod_order(&bytes));
        let element = Residue::from(b);
        assert_eq!(Fr::from(&element), b);
        assert_eq!(Fr::from(&element.plus(&constant(a))), a + b);
        assert_eq!(Fr::from(&element.fifth_power()), b.pow([5u64]));
        assert_eq!(Fr::from(&Residue::affine(&constant(a), &[constant(a); 9], &[element; 9])), a + a * b * Fr::from(9u64));
    }
}
