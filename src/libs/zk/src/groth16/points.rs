//! Decoding of curve points: one accepted encoding per point and format, and nothing that is not in the group.

use super::curve::{Base2, Curve, G1, G2};
use ark_ec::AffineRepr;
use ark_ff::PrimeField;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize, Compress, Validate};
use std::fmt;

/// A point of a verifying key or of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointName {
    /// `alpha` of a key, in G1.
    Alpha,
    /// `beta` of a key, in G2.
    Beta,
    /// `beta` of a key in G1, which gnark writes as well.
    BetaInG1,
    /// `gamma` of a key, in G2.
    Gamma,
    /// `delta` of a key, in G2.
    Delta,
    /// `delta` of a key in G1, which gnark writes as well.
    DeltaInG1,
    /// `IC[i]` of a key, in G1; 0 is the constant, `i` belongs to public input `i - 1`.
    Input(usize),
    /// `A` of a proof, in G1.
    A,
    /// `B` of a proof, in G2.
    B,
    /// `C` of a proof, in G1.
    C,
}

impl fmt::Display for PointName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alpha => f.write_str("alpha"),
            Self::Beta => f.write_str("beta"),
            Self::BetaInG1 => f.write_str("beta in G1"),
            Self::Gamma => f.write_str("gamma"),
            Self::Delta => f.write_str("delta"),
            Self::DeltaInG1 => f.write_str("delta in G1"),
            Self::Input(index) => write!(f, "IC[{index}]"),
            Self::A => f.write_str("A"),
            Self::B => f.write_str("B"),
            Self::C => f.write_str("C"),
        }
    }
}

/// What is wrong with a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointFault {
    /// A coordinate at or above the base field's modulus, impossible flags, or an abscissa that no point has.
    #[error("does not decode to a point")]
    Undecodable,
    /// The bytes are not the one canonical encoding of the point they decode to.
    #[error("is not encoded canonically")]
    NonCanonical,
    /// The neutral element, which makes an equation hold for nothing.
    #[error("is the point at infinity")]
    Infinity,
    /// The coordinates do not satisfy the curve equation.
    #[error("is not on the curve")]
    NotOnCurve,
    /// On the curve, but not in the subgroup of prime order.
    #[error("is not in the subgroup of prime order")]
    NotInSubgroup,
}

/// A point that was refused, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{point} {fault}")]
pub struct PointError {
    /// Which point.
    pub point: PointName,
    /// What is wrong with it.
    pub fault: PointFault,
}

impl PointName {
    pub(super) fn is(self, fault: PointFault) -> PointError {
        PointError { point: self, fault }
    }

    /// A point of G1 from its coordinates.
    pub(super) fn g1<C: Curve>(self, x: C::Base, y: C::Base) -> Result<G1<C>, PointError> {
        let point = self.g1_assuming_subgroup::<C>(x, y)?;
        if !C::is_in_g1(&point) {
            return Err(self.is(PointFault::NotInSubgroup));
        }
        Ok(point)
    }

    /// As [`PointName::g1`], for points whose subgroup membership was established earlier.
    pub(super) fn g1_assuming_subgroup<C: Curve>(self, x: C::Base, y: C::Base) -> Result<G1<C>, PointError> {
        let point = G1::<C>::new_unchecked(x, y);
        if point.is_zero() {
            return Err(self.is(PointFault::Infinity));
        }
        if !point.is_on_curve() {
            return Err(self.is(PointFault::NotOnCurve));
        }
        Ok(point)
    }

    /// A point of G2 from its coordinates, with its lines: finding them decides subgroup membership.
    pub(super) fn g2<C: Curve>(self, x: Base2<C>, y: Base2<C>) -> Result<(G2<C>, C::Lines), PointError> {
        let point = self.g2_assuming_subgroup::<C>(x, y)?;
        let lines = C::lines(&point).ok_or_else(|| self.is(PointFault::NotInSubgroup))?;
        Ok((point, lines))
    }

    /// As [`PointName::g2`], without the lines.
    pub(super) fn g2_point<C: Curve>(self, x: Base2<C>, y: Base2<C>) -> Result<G2<C>, PointError> {
        let point = self.g2_assuming_subgroup::<C>(x, y)?;
        if !C::is_in_g2(&point) {
            return Err(self.is(PointFault::NotInSubgroup));
        }
        Ok(point)
    }

    /// As [`PointName::g2`], for points whose subgroup membership was established earlier.
    pub(super) fn g2_assuming_subgroup<C: Curve>(self, x: Base2<C>, y: Base2<C>) -> Result<G2<C>, PointError> {
        let point = G2::<C>::new_unchecked(x, y);
        if point.is_zero() {
            return Err(self.is(PointFault::Infinity));
        }
        if !point.is_on_curve() {
            return Err(self.is(PointFault::NotOnCurve));
        }
        Ok(point)
    }
}

/// Cuts points off the front of an arkworks encoding.
pub(super) struct ArkReader<'a> {
    bytes: &'a [u8],
    compress: Compress,
}

impl<'a> ArkReader<'a> {
    /// The caller has checked that the length is exactly that of what will be read.
    pub(super) fn new(bytes: &'a [u8], compress: Compress) -> Self {
        Self { bytes, compress }
    }

    pub(super) fn g1<C: Curve>(&mut self, name: PointName) -> Result<G1<C>, PointError> {
        let point: G1<C> = self.point(name)?;
        name.g1::<C>(point.x, point.y)
    }

    pub(super) fn g1_assuming_subgroup<C: Curve>(&mut self, name: PointName) -> Result<G1<C>, PointError> {
        let point: G1<C> = self.point(name)?;
        name.g1_assuming_subgroup::<C>(point.x, point.y)
    }

    pub(super) fn g2<C: Curve>(&mut self, name: PointName) -> Result<(G2<C>, C::Lines), PointError> {
        let point: G2<C> = self.point(name)?;
        name.g2::<C>(point.x, point.y)
    }

    pub(super) fn g2_point<C: Curve>(&mut self, name: PointName) -> Result<G2<C>, PointError> {
        let point: G2<C> = self.point(name)?;
        name.g2_point::<C>(point.x, point.y)
    }

    pub(super) fn g2_assuming_subgroup<C: Curve>(&mut self, name: PointName) -> Result<G2<C>, PointError> {
        let point: G2<C> = self.point(name)?;
        name.g2_assuming_subgroup::<C>(point.x, point.y)
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.bytes = self.bytes.get(count..).unwrap_or_default();
    }

    fn point<P>(&mut self, name: PointName) -> Result<P, PointError>
    where
        P: CanonicalDeserialize + CanonicalSerialize + AffineRepr,
    {
        let size = P::zero().serialized_size(self.compress);
        let (encoding, rest) = self.bytes.split_at_checked(size).ok_or_else(|| name.is(PointFault::Undecodable))?;
        self.bytes = rest;

        let point = P::deserialize_with_mode(encoding, self.compress, Validate::No)
            .map_err(|_| name.is(PointFault::Undecodable))?;
        if point.is_zero() {
            return Err(name.is(PointFault::Infinity));
        }
        // ark-serialize ignores the sign flag of an uncompressed point: two encodings would give one point.
        let mut canonical = [0u8; LONGEST_POINT];
        let written = &mut canonical[..size];
        point.serialize_with_mode(&mut *written, self.compress).map_err(|_| name.is(PointFault::Undecodable))?;
        if *written != *encoding {
            return Err(name.is(PointFault::NonCanonical));
        }
        Ok(point)
    }
}

/// A point of G2 on BLS12-381, uncompressed.
const LONGEST_POINT: usize = 192;

/// A coordinate from big-endian bytes, as many as the field needs; values at or above its modulus are refused.
pub(crate) fn coordinate_from_be<F: PrimeField>(bytes: &[u8]) -> Option<F> {
    let mut integer = F::BigInt::default();
    let limbs = integer.as_mut();
    if bytes.len() != size_of_val(limbs) {
        return None;
    }
    for (limb, chunk) in limbs.iter_mut().rev().zip(bytes.chunks_exact(size_of::<u64>())) {
        *limb = chunk.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte));
    }
    F::from_bigint(integer)
}
