//! The second arguments of the pairings: the lines that the Miller loop evaluates, precomputed from a G2 point.
//!
//! The walk that finds the lines ends at `[6x+2]Q + psi(Q) - psi^2(Q)`, which equals `-psi^3(Q)` exactly for points of
//! the subgroup of order r. Comparing the two decides membership without the scalar multiplication that a separate
//! check needs.

use ark_bn254::{Config, Fq, Fq2, G2Affine, g2};
use ark_ec::bn::BnConfig;
use ark_ec::models::short_weierstrass::SWCurveConfig;
use ark_ff::{AdditiveGroup, Field, Zero, batch_inversion};

/// One line, `c0 * y_P + c1 * x_P * w + c2 * w^3` at a point P of G1.
pub struct Line {
    pub(super) c0: Fq2,
    pub(super) c1: Fq2,
    pub(super) c2: Fq2,
}

/// A line divided by its first coefficient and by `y_P`: `1 + c1 * (x_P / y_P) * w + c2 * (1 / y_P) * w^3`.
///
/// The factors taken out lie in a subfield that the final exponentiation sends to one. Multiplying by a
/// normalised line costs three products in Fq2 less.
pub struct NormalisedLine {
    pub(super) c1: Fq2,
    pub(super) c2: Fq2,
}

/// The lines of a point which is used once, such as `B` of a proof.
pub struct Lines(pub(super) Vec<Line>);

/// The lines of a point which is used many times, such as `gamma` of a verifying key.
pub struct NormalisedLines(pub(super) Vec<NormalisedLine>);

impl Lines {
    /// The lines of `point`, or `None` when the point is infinity or outside the subgroup of order r.
    ///
    /// The point must be on the curve.
    pub fn of_subgroup_point(point: &G2Affine) -> Option<Self> {
        if point.x.is_zero() && point.y.is_zero() {
            return None;
        }
        let mut lines = Vec::with_capacity(line_count());
        let mut walk = Walk::from(point);
        let negated = -*point;

        for digit in Config::ATE_LOOP_COUNT.iter().rev().skip(1) {
            lines.push(walk.double());
            match digit {
                1 => lines.push(walk.add(point)),
                -1 => lines.push(walk.add(&negated)),
                _ => {}
            }
        }
        let once = psi(point);
        let twice_negated = -psi(&once);
        lines.push(walk.add(&once));
        lines.push(walk.add(&twice_negated));

        // -psi^3(Q) = psi(-psi^2(Q)).
        walk.is_at(&psi(&twice_negated)).then_some(Self(lines))
    }

    /// Divides every line by its first coefficient. Costs one inversion for all.
    pub(super) fn normalise(self) -> NormalisedLines {
        // No first coefficient is zero for a point of prime order: it is the denominator of a slope of the walk.
        let mut inverses: Vec<Fq2> = self.0.iter().map(|line| line.c0).collect();
        batch_inversion(&mut inverses);
        NormalisedLines(
            self.0
                .into_iter()
                .zip(inverses)
                .map(|(line, inverse)| NormalisedLine { c1: line.c1 * inverse, c2: line.c2 * inverse })
                .collect(),
        )
    }
}

/// One doubling per digit after the leading one, one addition per non-zero digit, and the two Frobenius steps.
fn line_count() -> usize {
    let digits = Config::ATE_LOOP_COUNT;
    let additions = digits.iter().filter(|digit| **digit != 0).count() - 1;
    digits.len() - 1 + additions + 2
}

/// The untwist-Frobenius-twist endomorphism; it multiplies points of the subgroup by the base field's modulus.
fn psi(point: &G2Affine) -> G2Affine {
    let mut image = *point;
    image.x.frobenius_map_in_place(1);
    image.x *= &Config::TWIST_MUL_BY_Q_X;
    image.y.frobenius_map_in_place(1);
    image.y *= &Config::TWIST_MUL_BY_Q_Y;
    image
}

/// A point in homogeneous coordinates on its way through the Miller loop.
///
/// The formulas are incomplete, on purpose: as soon as a step meets a case they do not cover (adding a point to
/// itself or to its inverse, or leaving infinity), `z` becomes zero and stays zero, and [`Walk::is_at`] says no.
/// That happens for no point of the subgroup.
struct Walk {
    x: Fq2,
    y: Fq2,
    z: Fq2,
}

impl From<&G2Affine> for Walk {
    fn from(point: &G2Affine) -> Self {
        Self { x: point.x, y: point.y, z: Fq2::ONE }
    }
}

impl Walk {
    /// Tangent and doubling after <https://eprint.iacr.org/2013/722.pdf>, scaled by four to avoid halving.
    fn double(&mut self) -> Line {
        let xy = self.x * self.y;
        let b = self.y.square();
        let c = self.z.square();
        let e = g2::Config::COEFF_B * (c.double() + c);
        let f = e.double() + e;
        let h = (self.y + self.z).square() - (b + c);
        let x_square = self.x.square();
        let e_square = e.square();

        self.x = (xy * (b - f)).double();
        self.y = (b + f).square() - (e_square.double() + e_square).double().double();
        self.z = (b * h).double().double();
        Line { c0: -h, c1: x_square.double() + x_square, c2: e - b }
    }

    /// Chord and addition of an affine point.
    fn add(&mut self, point: &G2Affine) -> Line {
        let theta = self.y - point.y * self.z;
        let lambda = self.x - point.x * self.z;
        let c = theta.square();
        let d = lambda.square();
        let e = lambda * d;
        let f = self.z * c;
        let g = self.x * d;
        let h = e + f - g.double();

        self.x = lambda * h;
        self.y = theta * (g - h) - e * self.y;
        self.z *= e;
        Line { c0: lambda, c1: -theta, c2: theta * point.x - lambda * point.y }
    }

    fn is_at(&self, point: &G2Affine) -> bool {
        !self.z.is_zero() && self.x == point.x * self.z && self.y == point.y * self.z
    }
}

/// A point of G1 as the two factors that a [`NormalisedLine`] needs.
pub(super) struct NormalisedPoint {
    pub(super) x_over_y: Fq,
    pub(super) one_over_y: Fq,
}
