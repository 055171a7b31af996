//! The pairing product of a verification: one Miller loop shared by all pairs, then one final exponentiation.

use super::lines::{Line, Lines, NormalisedLine, NormalisedLines, NormalisedPoint};
use ark_bn254::{Bn254, Config, Fq2, Fq6, Fq12, Fq12Config, G1Affine};
use ark_ec::bn::BnConfig;
use ark_ec::pairing::{MillerLoopOutput, Pairing};
use ark_ff::{Field, Fp12Config};

/// `e(point, Q) * e(p_1, Q_1) * ... * e(p_n, Q_n)` for the lines of Q and the normalised lines of the Q_i.
///
/// No point may be infinity.
pub(super) fn pairing_product(
    point: &G1Affine,
    lines: &Lines,
    prepared: &[(NormalisedPoint, &NormalisedLines)],
) -> Option<Fq12> {
    final_exponentiation(miller_loop(&[(*point, lines)], prepared))
}

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

/// From values of Miller loops to elements of the target group.
///
/// Such a value is a product of lines at affine points and never zero; `None` is for the type only.
pub(super) fn final_exponentiation(value: Fq12) -> Option<Fq12> {
    Bn254::final_exponentiation(MillerLoopOutput(value)).map(|output| output.0)
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
