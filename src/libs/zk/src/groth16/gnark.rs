//! gnark's binary encoding of keys and proofs (`WriteTo` and `WriteRawTo`): big-endian, with the sign in the top bits.
//!
//! gnark has changed what follows the points that matter: nothing up to 0.8; then a list of committed wires and the keys
//! of their commitments. Each of these endings is read where it says that there are no commitments, the one case in
//! which a circuit is a plain Groth16 circuit; circuits with commitments are refused.

use super::key::{KeyError, VerifyingKey, check_arity};
use super::lines::Lines;
use super::miller::{final_exponentiation, miller_loop};
use super::points::{PointError, PointFault, PointName, coordinate_from_be};
use super::proof::{DecodedProof, ProofError};
use ark_bn254::{Fq, Fq2, Fq12, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::Field;

/// How points are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PointFormat {
    /// `WriteTo`: the abscissa, and which of the two ordinates.
    Compressed,
    /// `WriteRawTo`: both coordinates.
    Raw,
}

const COORDINATE: usize = 32;
/// Bytes of a length in front of a list.
const COUNT: usize = 4;

/// The top two bits of the first byte, of which a coordinate needs none.
const FLAGS: u8 = 0b11 << 6;
const SMALLER_ORDINATE: u8 = 0b10 << 6;
const LARGER_ORDINATE: u8 = 0b11 << 6;
const INFINITY: u8 = 0b01 << 6;

impl PointFormat {
    fn g1_length(self) -> usize {
        match self {
            Self::Compressed => COORDINATE,
            Self::Raw => 2 * COORDINATE,
        }
    }

    /// The neutral element, in as many bytes as a point has.
    fn infinity(self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        if self == Self::Compressed {
            bytes[0] = INFINITY;
        }
        bytes
    }
}

/// alpha; beta in G1 and in G2; gamma; delta in G1 and in G2; the number of `IC` points and the points; an ending.
pub(super) fn decode_key(bytes: &[u8], format: PointFormat) -> Result<VerifyingKey, KeyError> {
    let g1 = format.g1_length();
    let header = 9 * g1 + COUNT;
    let count = bytes
        .get(header - COUNT..header)
        .and_then(|count| <[u8; COUNT]>::try_from(count).ok())
        .map(u32::from_be_bytes)
        .ok_or(KeyError::WrongLength { length: bytes.len(), expected: header })?;
    check_arity(u64::from(count.saturating_sub(1)))?;
    // At most 65 after the check.
    let count = count as usize;
    let expected = header + count * g1;
    let ending = bytes.get(expected..).ok_or(KeyError::WrongLength { length: bytes.len(), expected })?;
    check_key_ending(ending, format, bytes.len(), expected)?;

    let mut reader = Reader { bytes, format };
    let alpha = reader.g1(PointName::Alpha)?;
    let beta_in_g1 = reader.g1(PointName::BetaInG1)?;
    let (beta, beta_lines) = reader.g2(PointName::Beta)?;
    let (gamma, _) = reader.g2(PointName::Gamma)?;
    let delta_in_g1 = reader.g1(PointName::DeltaInG1)?;
    let (delta, delta_lines) = reader.g2(PointName::Delta)?;
    reader.take(COUNT, PointName::Input(0))?;
    let inputs = (0..count).map(|index| reader.g1(PointName::Input(index))).collect::<Result<_, _>>()?;

    // Verification does not use the points in G1. Were they not looked at, they could hold anything.
    for (name, in_g1, lines) in
        [(PointName::Beta, beta_in_g1, &beta_lines), (PointName::Delta, delta_in_g1, &delta_lines)]
    {
        if !are_one_multiple(in_g1, lines) {
            return Err(KeyError::ContradictoryPoints { point: name });
        }
    }
    Ok(VerifyingKey { alpha, beta, gamma, delta, inputs })
}

/// A, B, C and an ending.
pub(super) fn decode_proof(bytes: &[u8], format: PointFormat) -> Result<DecodedProof, ProofError> {
    let expected = 4 * format.g1_length();
    let ending = bytes.get(expected..).ok_or(ProofError::WrongLength { length: bytes.len(), expected })?;
    if let Some((count, rest)) = ending.split_first_chunk::<COUNT>() {
        if u32::from_be_bytes(*count) != 0 {
            return Err(ProofError::Commitments);
        }
        // No commitments, and an empty proof of knowing their openings.
        if rest != format.infinity(format.g1_length()) {
            return Err(ProofError::WrongLength { length: bytes.len(), expected });
        }
    } else if !ending.is_empty() {
        return Err(ProofError::WrongLength { length: bytes.len(), expected });
    }

    let mut reader = Reader { bytes, format };
    Ok(DecodedProof::new(reader.g1(PointName::A)?, reader.g2(PointName::B)?, reader.g1(PointName::C)?))
}

/// Nothing; or no committed wires and no keys, the latter as an empty list or as a key of zeros.
fn check_key_ending(ending: &[u8], format: PointFormat, length: usize, expected: usize) -> Result<(), KeyError> {
    let Some((wires, keys)) = ending.split_first_chunk::<COUNT>() else {
        return if ending.is_empty() { Ok(()) } else { Err(KeyError::WrongLength { length, expected }) };
    };
    if u32::from_be_bytes(*wires) != 0 {
        return Err(KeyError::Commitments);
    }
    let zero_point = format.infinity(2 * format.g1_length());
    match keys {
        [0, 0, 0, 0] => Ok(()),
        zeros if *zeros == [zero_point.as_slice(), &zero_point].concat() => Ok(()),
        _ => Err(KeyError::WrongLength { length, expected: expected + 2 * COUNT }),
    }
}

/// Whether a point of G1 is the same multiple of its generator as a point of G2, given by its lines, is of its own.
fn are_one_multiple(in_g1: G1Affine, lines: &Lines) -> bool {
    Lines::of_subgroup_point(&G2Affine::generator()).is_some_and(|generator| {
        let pairs = [(in_g1, &generator), (-G1Affine::generator(), lines)];
        final_exponentiation(miller_loop(&pairs, &[])) == Some(Fq12::ONE)
    })
}

/// Cuts points off the front.
struct Reader<'a> {
    bytes: &'a [u8],
    format: PointFormat,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize, name: PointName) -> Result<&'a [u8], PointError> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or_else(|| name.is(PointFault::Undecodable))?;
        self.bytes = rest;
        Ok(taken)
    }

    fn coordinate(&mut self, name: PointName) -> Result<Fq, PointError> {
        decode_coordinate(self.take(COORDINATE, name)?, name)
    }

    /// The imaginary part comes first.
    fn coordinate_in_fq2(&mut self, name: PointName) -> Result<Fq2, PointError> {
        let imaginary = self.coordinate(name)?;
        Ok(Fq2::new(self.coordinate(name)?, imaginary))
    }

    /// The first coordinate of a compressed point, and whether its ordinate is the larger one.
    fn flagged_coordinate(&mut self, name: PointName) -> Result<(Fq, bool), PointError> {
        let mut bytes = [0; COORDINATE];
        bytes.copy_from_slice(self.take(COORDINATE, name)?);
        let flags = bytes[0] & FLAGS;
        bytes[0] &= !FLAGS;
        match flags {
            SMALLER_ORDINATE | LARGER_ORDINATE => Ok((decode_coordinate(&bytes, name)?, flags == LARGER_ORDINATE)),
            INFINITY if bytes == [0; COORDINATE] => Err(name.is(PointFault::Infinity)),
            _ => Err(name.is(PointFault::Undecodable)),
        }
    }

    fn g1(&mut self, name: PointName) -> Result<G1Affine, PointError> {
        match self.format {
            PointFormat::Raw => name.g1(self.coordinate(name)?, self.coordinate(name)?),
            PointFormat::Compressed => {
                let (x, larger) = self.flagged_coordinate(name)?;
                let ordinates = G1Affine::get_ys_from_x_unchecked(x);
                name.g1(x, choose(ordinates, larger, name)?)
            }
        }
    }

    fn g2(&mut self, name: PointName) -> Result<(G2Affine, Lines), PointError> {
        match self.format {
            PointFormat::Raw => name.g2(self.coordinate_in_fq2(name)?, self.coordinate_in_fq2(name)?),
            PointFormat::Compressed => {
                let (imaginary, larger) = self.flagged_coordinate(name)?;
                let x = Fq2::new(self.coordinate(name)?, imaginary);
                // Imaginary parts are compared first, here as in gnark.
                let ordinates = G2Affine::get_ys_from_x_unchecked(x);
                name.g2(x, choose(ordinates, larger, name)?)
            }
        }
    }
}

fn decode_coordinate(bytes: &[u8], name: PointName) -> Result<Fq, PointError> {
    <&[u8; COORDINATE]>::try_from(bytes)
        .ok()
        .and_then(coordinate_from_be)
        .ok_or_else(|| name.is(PointFault::Undecodable))
}

fn choose<F>(ordinates: Option<(F, F)>, larger: bool, name: PointName) -> Result<F, PointError> {
    let (small, large) = ordinates.ok_or_else(|| name.is(PointFault::Undecodable))?;
    Ok(if larger { large } else { small })
}
