//! Circomlib's Baby Jubjub, which is that of `ark-ed-on-bn254` with the first coordinate scaled.
//!
//! Circomlib has `168700 x^2 + y^2 = 1 + 168696 x^2 y^2`, arkworks `x^2 + y^2 = 1 + (168696/168700) x^2 y^2`: with `x` multiplied by
//! a root of 168700 one is the other.

use ark_bn254::Fr;
use ark_ec::{AdditiveGroup, CurveGroup};
use ark_ed_on_bn254::{EdwardsAffine, EdwardsProjective, Fr as SecretScalar};
use ark_ff::{MontFp, PrimeField};

/// A root of 168700. The other one would do as well: it only has to be the same everywhere.
const SCALE: Fr = MontFp!("7214280148105020021932206872019688659210616427216992810330019057549499971851");
/// Its inverse.
const UNSCALE: Fr = MontFp!("2957874849018779266517920829765869116077630550401372566248359756137677864698");

/// Circomlib's `Base8`, which generates the subgroup.
const BASE8: [Fr; 2] = [
    MontFp!("5299619240641551281634865583518297030282874472190772894086521144482721001553"),
    MontFp!("16950150798460657717958625567821834550301663161624707787222815936182638968203"),
];

/// Bits of the subgroup's order: a secret scalar has no more.
pub const SCALAR_BITS: usize = SecretScalar::MODULUS_BIT_SIZE as usize;

/// Semaphore's public key of a secret scalar, as circomlib has its coordinates.
pub fn public_key(secret: SecretScalar) -> [Fr; 2] {
    let point = (base8() * secret).into_affine();
    [to_circomlib(point.x), point.y]
}

/// `Base8` times one, two, four and so on, for every bit of a scalar.
pub fn base8_powers() -> Vec<EdwardsProjective> {
    let first = EdwardsProjective::from(base8());
    std::iter::successors(Some(first), |power| Some(power.double())).take(SCALAR_BITS).collect()
}

/// The first coordinate as circomlib has it, of an element or of a variable that stands for one.
pub fn to_circomlib<E: core::ops::Mul<Fr>>(x: E) -> E::Output {
    x * UNSCALE
}

fn base8() -> EdwardsAffine {
    EdwardsAffine::new_unchecked(BASE8[0] * SCALE, BASE8[1])
}

#[cfg(test)]
mod tests {
    use super::{BASE8, Fr, SCALAR_BITS, SCALE, SecretScalar, UNSCALE, base8, public_key};
    use ark_ff::Field;

    #[test]
    fn should_be_circomlibs_curve_when_the_first_coordinate_is_scaled() {
        assert_eq!(SCALE.square(), Fr::from(168_700u64));
        assert_eq!(SCALE * UNSCALE, Fr::ONE);
        let [x2, y2] = BASE8.map(|coordinate| coordinate.square());
        assert_eq!(Fr::from(168_700u64) * x2 + y2, Fr::ONE + Fr::from(168_696u64) * x2 * y2);
        assert!(base8().is_on_curve() && base8().is_in_correct_subgroup_assuming_on_curve());
        assert_eq!(public_key(SecretScalar::ONE), BASE8);
        assert_eq!(SCALAR_BITS, 251);
    }
}
