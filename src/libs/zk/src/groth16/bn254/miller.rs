//! One Miller loop shared by all pairs, and the final exponentiation.

use super::lines::{Line, Lines, NormalisedLine, NormalisedLines, NormalisedPoint};
use ark_bn254::{Config, Fq2, Fq6, Fq12, Fq12Config, G1Affine};
use ark_ec::bn::BnConfig;
use ark_ff::{BigInt, BigInteger, CyclotomicMultSubgroup, Field, Fp12Config};

/// The product of the Miller functions of all pairs; the squarings are shared, whatever their number.
///
/// No point may be infinity.
pub(super) fn miller_loop(pairs: &[(G1Affine, &Lines)], prepared: &[(NormalisedPoint, &NormalisedLines)]) -> Fq12 {
    let mut accumulator = Fq12::ONE;
    let mut index = 0;
    let mut evaluate_next = |accumulator: &mut Fq12| {
        for (point, lines) in pairs {
            multiply_by_line(accumulator, &lines.0[index], point);
        }
        for (prepared_point, prepared_lines) in prepared {
            multiply_by_normalised_line(accumulator, &prepared_lines.0[index], prepared_point);
        }
        index += 1;
    };

    for (step, digit) in Config::ATE_LOOP_COUNT.iter().rev().skip(1).enumerate() {
        if step != 0 {
            accumulator.square_in_place();
        }
        evaluate_next(&mut accumulator);
        if *digit != 0 {
            evaluate_next(&mut accumulator);
        }
    }
    evaluate_next(&mut accumulator);
    evaluate_next(&mut accumulator);
    accumulator
}

/// From values of Miller loops to elements of the target group, the same as arkworks' with fewer products.
///
/// Such a value is a product of lines at affine points and never zero; `None` is for the type only.
pub(super) fn final_exponentiation(value: Fq12) -> Option<Fq12> {
    // To the power of (q^6 - 1)(q^2 + 1): into the cyclotomic subgroup, where inverses are conjugates.
    let base = conjugate(value) * value.inverse()?;
    let base = frobenius(base, 2) * base;

    // To the power of 2z (6z^2 + 3z + 1) (q^4 - q^2 + 1) / r, after "Faster hashing to G2" (SAC 2011), with z for
    // the curve's parameter.
    let z2 = power_of_parameter(&base).cyclotomic_square();
    let z6 = z2.cyclotomic_square() * z2;
    let z6_squared = power_of_parameter(&z6);
    let z12_cubed = power_of_parameter(&z6_squared.cyclotomic_square());
    // 12 z^3 + 6 z^2 + 6 z, then 4 z instead of 6 z, then 12 z^2 and 1 on top.
    let with_six = z12_cubed * z6_squared * z6;
    let with_four = with_six * conjugate(z2);
    let first = with_six * z6_squared * base;
    Some(first * frobenius(with_four, 1) * frobenius(with_six, 2) * frobenius(with_four * conjugate(base), 3))
}

/// In the cyclotomic subgroup. Signed digits from windows of four bits: 15 products besides the squarings.
fn power_of_parameter(base: &Fq12) -> Fq12 {
    const WINDOW: usize = 4;
    const {
        assert!(!Config::X_IS_NEGATIVE && Config::X.len() == 1);
    }
    let square = base.cyclotomic_square();
    let mut odd_powers = [*base; 1 << (WINDOW - 2)];
    for index in 1..odd_powers.len() {
        odd_powers[index] = odd_powers[index - 1] * square;
    }
    // None only for windows of another width.
    let digits = BigInt::<1>::new([Config::X[0]]).find_wnaf(WINDOW).unwrap_or_default();
    digits.into_iter().rev().fold(Fq12::ONE, |mut power, digit| {
        power.cyclotomic_square_in_place();
        let factor = odd_powers[digit.unsigned_abs() as usize / 2];
        match digit {
            0 => power,
            1.. => power * factor,
            _ => power * conjugate(factor),
        }
    })
}

fn conjugate(mut element: Fq12) -> Fq12 {
    element.conjugate_in_place();
    element
}

fn frobenius(mut element: Fq12, power: usize) -> Fq12 {
    element.frobenius_map_in_place(power);
    element
}

fn multiply_by_line(accumulator: &mut Fq12, line: &Line, point: &G1Affine) {
    let mut c0 = line.c0;
    let mut c1 = line.c1;
    c0.mul_assign_by_fp(&point.y);
    c1.mul_assign_by_fp(&point.x);
    accumulator.mul_by_034(&c0, &c1, &line.c2);
}

/// As `mul_by_034` of ark-ff with a first coefficient of one.
fn multiply_by_normalised_line(accumulator: &mut Fq12, line: &NormalisedLine, point: &NormalisedPoint) {
    let mut c3 = line.c1;
    let mut c4 = line.c2;
    c3.mul_assign_by_fp(&point.x_over_y);
    c4.mul_assign_by_fp(&point.one_over_y);

    let low: Fq6 = accumulator.c0;
    let mut high = accumulator.c1;
    high.mul_by_01(&c3, &c4);
    let mut crossed = low + accumulator.c1;
    crossed.mul_by_01(&(Fq2::ONE + c3), &c4);

    accumulator.c1 = crossed - (low + high);
    Fq12Config::mul_fp6_by_nonresidue_in_place(&mut high);
    accumulator.c0 = high + low;
}
