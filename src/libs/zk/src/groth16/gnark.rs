//! gnark's binary encoding of keys and proofs (`WriteTo` and `WriteRawTo`): big-endian, with the sign in the top bits.
//!
//! gnark has changed what follows the points that matter: nothing up to 0.8; then a list of committed wires and the keys
//! of their commitments. Each of these endings is read where it says that there are no commitments, the one case in
//! which a circuit is a plain Groth16 circuit; circuits with commitments are refused.

use super::curve::{Base2, Curve, G1, G2};
use super::key::{KeyError, VerifyingKey, check_arity};
use super::points::{PointError, PointFault, PointName, coordinate_from_be};
use super::proof::{DecodedProof, ProofError};
use std::marker::PhantomData;

/// How points are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PointFormat {
    /// `WriteTo`: the abscissa, and which of the two ordinates.
    Compressed,
    /// `WriteRawTo`: both coordinates.
    Raw,
}

/// Bytes of a length in front of a list.
const COUNT: usize = 4;

impl PointFormat {
    fn g1_length<C: Curve>(self) -> usize {
        match self {
            Self::Compressed => C::COORDINATE_BYTES,
            Self::Raw => 2 * C::COORDINATE_BYTES,
        }
    }

    /// The neutral element, in as many bytes as a point has.
    fn infinity<C: Curve>(self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        bytes[0] = match self {
            Self::Compressed => C::FLAGS.infinity,
            Self::Raw => C::FLAGS.raw_infinity,
        };
        bytes
    }
}

/// alpha; beta in G1 and in G2; gamma; delta in G1 and in G2; the number of `IC` points and the points; an ending.
pub(super) fn decode_key<C: Curve>(bytes: &[u8], format: PointFormat) -> Result<VerifyingKey<C>, KeyError> {
    let g1 = format.g1_length::<C>();
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
    check_key_ending::<C>(ending, format, bytes.len(), expected)?;

    let mut reader = Reader::<C> { bytes, format, curve: PhantomData };
    let alpha = reader.g1(PointName::Alpha)?;
    let beta_in_g1 = reader.g1(PointName::BetaInG1)?;
    let (beta, beta_lines) = reader.g2(PointName::Beta)?;
    let (gamma, _) = reader.g2(PointName::Gamma)?;
    let delta_in_g1 = reader.g1(PointName::DeltaInG1)?;
    let (delta, delta_lines) = reader.g2(PointName::Delta)?;
    reader.take(COUNT, PointName::Input(0))?;
    let inputs = (0..count).map(|index| reader.g1(PointName::Input(index))).collect::<Result<_, _>>()?;

    // Verification does not use the points in G1. Were they not looked at, they could hold anything.
    for (name, in_g1, in_g2) in
        [(PointName::Beta, beta_in_g1, &beta_lines), (PointName::Delta, delta_in_g1, &delta_lines)]
    {
        if !C::are_one_multiple(in_g1, in_g2) {
            return Err(KeyError::ContradictoryPoints { point: name });
        }
    }
    Ok(VerifyingKey { alpha, beta, gamma, delta, inputs })
}

/// A, B, C and an ending.
pub(super) fn decode_proof<C: Curve>(bytes: &[u8], format: PointFormat) -> Result<DecodedProof<C>, ProofError> {
    let expected = 4 * format.g1_length::<C>();
    let ending = bytes.get(expected..).ok_or(ProofError::WrongLength { length: bytes.len(), expected })?;
    if let Some((count, rest)) = ending.split_first_chunk::<COUNT>() {
        if u32::from_be_bytes(*count) != 0 {
            return Err(ProofError::Commitments);
        }
        // No commitments, and an empty proof of knowing their openings.
        if rest != format.infinity::<C>(format.g1_length::<C>()) {
            return Err(ProofError::WrongLength { length: bytes.len(), expected });
        }
    } else if !ending.is_empty() {
        return Err(ProofError::WrongLength { length: bytes.len(), expected });
    }

    let mut reader = Reader::<C> { bytes, format, curve: PhantomData };
    Ok(DecodedProof::new(reader.g1(PointName::A)?, reader.g2(PointName::B)?, reader.g1(PointName::C)?))
}

/// Nothing; or no committed wires and no keys, the latter as an empty list or as a key of zeros.
fn check_key_ending<C: Curve>(
    ending: &[u8],
    format: PointFormat,
    length: usize,
    expected: usize,
) -> Result<(), KeyError> {
    let Some((wires, keys)) = ending.split_first_chunk::<COUNT>() else {
        return if ending.is_empty() { Ok(()) } else { Err(KeyError::WrongLength { length, expected }) };
    };
    if u32::from_be_bytes(*wires) != 0 {
        return Err(KeyError::Commitments);
    }
    let zero_point = format.infinity::<C>(2 * format.g1_length::<C>());
    match keys {
        [0, 0, 0, 0] => Ok(()),
        zeros if *zeros == [zero_point.as_slice(), &zero_point].concat() => Ok(()),
        _ => Err(KeyError::WrongLength { length, expected: expected + 2 * COUNT }),
    }
}

/// Cuts points off the front.
struct Reader<'a, C> {
    bytes: &'a [u8],
    format: PointFormat,
    curve: PhantomData<C>,
}

impl<'a, C: Curve> Reader<'a, C> {
    fn take(&mut self, count: usize, name: PointName) -> Result<&'a [u8], PointError> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or_else(|| name.is(PointFault::Undecodable))?;
        self.bytes = rest;
        Ok(taken)
    }

    fn coordinate(&mut self, name: PointName) -> Result<C::Base, PointError> {
        decode_coordinate::<C>(self.take(C::COORDINATE_BYTES, name)?, name)
    }

    /// The imaginary part comes first.
    fn coordinate_in_fq2(&mut self, name: PointName) -> Result<Base2<C>, PointError> {
        let imaginary = self.coordinate(name)?;
        Ok(Base2::<C>::new(self.coordinate(name)?, imaginary))
    }

    /// The first coordinate of a compressed point, and whether its ordinate is the larger one.
    fn flagged_coordinate(&mut self, name: PointName) -> Result<(C::Base, bool), PointError> {
        let mut bytes = self.take(C::COORDINATE_BYTES, name)?.to_vec();
        let flags = bytes[0] & C::FLAGS.mask;
        bytes[0] &= !C::FLAGS.mask;
        if flags == C::FLAGS.smaller_ordinate || flags == C::FLAGS.larger_ordinate {
            return Ok((decode_coordinate::<C>(&bytes, name)?, flags == C::FLAGS.larger_ordinate));
        }
        let is_infinity = flags == C::FLAGS.infinity && bytes.iter().all(|byte| *byte == 0);
        Err(name.is(if is_infinity { PointFault::Infinity } else { PointFault::Undecodable }))
    }

    fn g1(&mut self, name: PointName) -> Result<G1<C>, PointError> {
        match self.format {
            PointFormat::Raw => {
                self.refuse_flagged_infinity(2 * C::COORDINATE_BYTES, name)?;
                name.g1::<C>(self.coordinate(name)?, self.coordinate(name)?)
            }
            PointFormat::Compressed => {
                let (x, larger) = self.flagged_coordinate(name)?;
                let ordinates = G1::<C>::get_ys_from_x_unchecked(x);
                name.g1::<C>(x, choose(ordinates, larger, name)?)
            }
        }
    }

    fn g2(&mut self, name: PointName) -> Result<(G2<C>, C::Lines), PointError> {
        match self.format {
            PointFormat::Raw => {
                self.refuse_flagged_infinity(4 * C::COORDINATE_BYTES, name)?;
                name.g2::<C>(self.coordinate_in_fq2(name)?, self.coordinate_in_fq2(name)?)
            }
            PointFormat::Compressed => {
                let (imaginary, larger) = self.flagged_coordinate(name)?;
                let x = Base2::<C>::new(self.coordinate(name)?, imaginary);
                // Imaginary parts are compared first, here as in gnark.
                let ordinates = G2::<C>::get_ys_from_x_unchecked(x);
                name.g2::<C>(x, choose(ordinates, larger, name)?)
            }
        }
    }

    /// Where the flag of infinity is set in a raw point, its first coordinate is too large: this names the fault.
    fn refuse_flagged_infinity(&self, length: usize, name: PointName) -> Result<(), PointError> {
        if self.bytes.get(..length).is_some_and(|point| point == self.format.infinity::<C>(length)) {
            return Err(name.is(PointFault::Infinity));
        }
        Ok(())
    }
}

fn decode_coordinate<C: Curve>(bytes: &[u8], name: PointName) -> Result<C::Base, PointError> {
    coordinate_from_be(bytes).ok_or_else(|| name.is(PointFault::Undecodable))
}

fn choose<F>(ordinates: Option<(F, F)>, larger: bool, name: PointName) -> Result<F, PointError> {
    let (small, large) = ordinates.ok_or_else(|| name.is(PointFault::Undecodable))?;
    Ok(if larger { large } else { small })
}
