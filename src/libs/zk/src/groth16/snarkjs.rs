//! The JSON files that snarkjs writes: `verification_key.json`, `proof.json`, `public.json`.

use super::curve::{Base2, Curve};
use super::inputs::PublicInputs;
use super::points::{PointError, PointFault, PointName};
use ark_ff::{BigInt, BigInteger, PrimeField};
use serde::Deserialize;

/// A snarkjs file that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not JSON of the expected shape.
    #[error("not the expected JSON, at line {line}, column {column}")]
    Shape {
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault, from 1.
        column: usize,
    },
    /// `protocol` is not `groth16`.
    #[error("the protocol is not groth16")]
    Protocol,
    /// `curve` is another one.
    #[error("the curve is not {expected}")]
    Curve {
        /// What it should be.
        expected: &'static str,
    },
    /// A decimal number with another form than snarkjs writes, or at or above the modulus.
    #[error("value {index} is not a canonical decimal number below the modulus")]
    NonCanonicalInput {
        /// Which public input, from 0.
        index: usize,
    },
}

/// Reads `public.json`: a list of decimal numbers below the modulus.
pub fn parse_public_json<F: PrimeField<BigInt = BigInt<4>>>(json: &str) -> Result<PublicInputs<F>, JsonError> {
    let decimals: Vec<String> = parse(json)?;
    decimals
        .iter()
        .enumerate()
        .map(|(index, decimal)| {
            parse_decimal(decimal).and_then(F::from_bigint).ok_or(JsonError::NonCanonicalInput { index })
        })
        .collect::<Result<_, _>>()
        .map(PublicInputs::new)
}

/// `x` and `y`, and `z` which is one; tools around snarkjs leave `z` out.
pub(super) type G1Json = Vec<String>;
/// As [`G1Json`], each coordinate as real and imaginary part.
pub(super) type G2Json = Vec<[String; 2]>;

/// `verification_key.json`. The derived `vk_alphabeta_12` is ignored: it is computed, not believed.
#[derive(Deserialize)]
pub(super) struct KeyJson {
    protocol: String,
    curve: String,
    #[serde(rename = "nPublic")]
    pub(super) input_count: usize,
    #[serde(rename = "vk_alpha_1")]
    pub(super) alpha: G1Json,
    #[serde(rename = "vk_beta_2")]
    pub(super) beta: G2Json,
    #[serde(rename = "vk_gamma_2")]
    pub(super) gamma: G2Json,
    #[serde(rename = "vk_delta_2")]
    pub(super) delta: G2Json,
    #[serde(rename = "IC")]
    pub(super) inputs: Vec<G1Json>,
}

/// `proof.json`.
#[derive(Deserialize)]
pub(super) struct ProofJson {
    protocol: String,
    curve: String,
    pub(super) pi_a: G1Json,
    pub(super) pi_b: G2Json,
    pub(super) pi_c: G1Json,
}

impl KeyJson {
    pub(super) fn parse(json: &str, curve_name: &'static str) -> Result<Self, JsonError> {
        let key: Self = parse(json)?;
        check_kind(&key.protocol, &key.curve, curve_name)?;
        Ok(key)
    }
}

impl ProofJson {
    pub(super) fn parse(json: &str, curve_name: &'static str) -> Result<Self, JsonError> {
        let proof: Self = parse(json)?;
        check_kind(&proof.protocol, &proof.curve, curve_name)?;
        Ok(proof)
    }
}

/// The affine coordinates of a G1 point.
pub(super) fn g1_coordinates<C: Curve>(name: PointName, point: &G1Json) -> Result<(C::Base, C::Base), PointError> {
    let (x, y) = match point.as_slice() {
        [x, y] => (x, y),
        [x, y, z] => {
            check_affine(name, z == "1", z == "0")?;
            (x, y)
        }
        _ => return Err(name.is(PointFault::Undecodable)),
    };
    Ok((coordinate(name, x)?, coordinate(name, y)?))
}

/// The affine coordinates of a G2 point.
pub(super) fn g2_coordinates<C: Curve>(name: PointName, point: &G2Json) -> Result<(Base2<C>, Base2<C>), PointError> {
    let (x, y) = match point.as_slice() {
        [x, y] => (x, y),
        [x, y, [real, imaginary]] => {
            let is_real = imaginary == "0";
            check_affine(name, is_real && real == "1", is_real && real == "0")?;
            (x, y)
        }
        _ => return Err(name.is(PointFault::Undecodable)),
    };
    let pair =
        |[real, imaginary]: &[String; 2]| Ok(Base2::<C>::new(coordinate(name, real)?, coordinate(name, imaginary)?));
    Ok((pair(x)?, pair(y)?))
}

fn parse<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, JsonError> {
    serde_json::from_str(json).map_err(|error| JsonError::Shape { line: error.line(), column: error.column() })
}

fn check_kind(protocol: &str, curve: &str, expected: &'static str) -> Result<(), JsonError> {
    if protocol != "groth16" {
        return Err(JsonError::Protocol);
    }
    if curve != expected {
        return Err(JsonError::Curve { expected });
    }
    Ok(())
}

fn check_affine(name: PointName, z_is_one: bool, z_is_zero: bool) -> Result<(), PointError> {
    if z_is_zero {
        return Err(name.is(PointFault::Infinity));
    }
    // snarkjs writes affine points only; other representatives would be further encodings of the same point.
    if !z_is_one {
        return Err(name.is(PointFault::NonCanonical));
    }
    Ok(())
}

fn coordinate<F: PrimeField>(name: PointName, decimal: &str) -> Result<F, PointError> {
    parse_decimal(decimal).and_then(F::from_bigint).ok_or_else(|| name.is(PointFault::Undecodable))
}

/// A decimal number in the one form snarkjs writes: digits only, no leading zero. `None` also when the limbs overflow.
fn parse_decimal<B: BigInteger>(decimal: &str) -> Option<B> {
    let mut integer = B::default();
    let limbs = integer.as_mut();
    let digits = decimal.as_bytes();
    // A limb holds less than 20 digits: a longer number is not worth looking at.
    if digits.is_empty() || digits.len() > limbs.len() * 20 || (digits[0] == b'0' && digits.len() > 1) {
        return None;
    }
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        let mut carry = u128::from(digit - b'0');
        for limb in limbs.iter_mut() {
            let value = u128::from(*limb) * 10 + carry;
            *limb = (value & u128::from(u64::MAX)) as u64;
            carry = value >> 64;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(integer)
}
