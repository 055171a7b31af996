//! The JSON files that snarkjs writes: `verification_key.json`, `proof.json`, `public.json`.

use super::inputs::PublicInputs;
use super::points::{PointError, PointFault, PointName};
use crate::field::Fr;
use ark_bn254::{Fq, Fq2};
use ark_ff::{BigInt, PrimeField};
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
    /// `curve` is not `bn128`.
    #[error("the curve is not bn128")]
    Curve,
    /// A decimal number with another form than snarkjs writes, or at or above the modulus.
    #[error("value {index} is not a canonical decimal number below the modulus")]
    NonCanonicalInput {
        /// Which public input, from 0.
        index: usize,
    },
}

/// Reads `public.json`: a list of decimal numbers below the modulus.
pub fn parse_public_json(json: &str) -> Result<PublicInputs, JsonError> {
    let decimals: Vec<String> = parse(json)?;
    decimals
        .iter()
        .enumerate()
        .map(|(index, decimal)| {
            parse_decimal(decimal).and_then(Fr::from_bigint).ok_or(JsonError::NonCanonicalInput { index })
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
    pub(super) fn parse(json: &str) -> Result<Self, JsonError> {
        let key: Self = parse(json)?;
        check_kind(&key.protocol, &key.curve)?;
        Ok(key)
    }
}

impl ProofJson {
    pub(super) fn parse(json: &str) -> Result<Self, JsonError> {
        let proof: Self = parse(json)?;
        check_kind(&proof.protocol, &proof.curve)?;
        Ok(proof)
    }
}

/// The affine coordinates of a G1 point.
pub(super) fn g1_coordinates(name: PointName, point: &G1Json) -> Result<(Fq, Fq), PointError> {
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
pub(super) fn g2_coordinates(name: PointName, point: &G2Json) -> Result<(Fq2, Fq2), PointError> {
    let (x, y) = match point.as_slice() {
        [x, y] => (x, y),
        [x, y, [real, imaginary]] => {
            let is_real = imaginary == "0";
            check_affine(name, is_real && real == "1", is_real && real == "0")?;
            (x, y)
        }
        _ => return Err(name.is(PointFault::Undecodable)),
    };
    let pair = |[real, imaginary]: &[String; 2]| Ok(Fq2::new(coordinate(name, real)?, coordinate(name, imaginary)?));
    Ok((pair(x)?, pair(y)?))
}

fn parse<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, JsonError> {
    serde_json::from_str(json).map_err(|error| JsonError::Shape { line: error.line(), column: error.column() })
}

fn check_kind(protocol: &str, curve: &str) -> Result<(), JsonError> {
    if protocol != "groth16" {
        return Err(JsonError::Protocol);
    }
    if curve != "bn128" {
        return Err(JsonError::Curve);
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

fn coordinate(name: PointName, decimal: &str) -> Result<Fq, PointError> {
    parse_decimal(decimal).and_then(Fq::from_bigint).ok_or_else(|| name.is(PointFault::Undecodable))
}

/// Digits of 2^256 - 1; a longer number is above every modulus.
const MAX_DIGITS: usize = 78;

/// A decimal number below 2^256 in the one form snarkjs writes: digits only, no leading zero.
fn parse_decimal(decimal: &str) -> Option<BigInt<4>> {
    let digits = decimal.as_bytes();
    if digits.is_empty() || digits.len() > MAX_DIGITS || (digits[0] == b'0' && digits.len() > 1) {
        return None;
    }
    let mut limbs = [0u64; 4];
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        let mut carry = u128::from(digit - b'0');
        for limb in &mut limbs {
            let value = u128::from(*limb) * 10 + carry;
            *limb = (value & u128::from(u64::MAX)) as u64;
            carry = value >> 64;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(BigInt::new(limbs))
}
