//! Pedersen commitments to vectors, whose weighted sums can be checked without opening any of them.
//!
//! A commitment to `v` with blinding `r` is `v_1 G_1 + ... + v_n G_n + r H` in G1 of BLS12-381. It hides `v` perfectly, and
//! nobody can open it in two ways who does not know a relation between the generators; those are hashes to the curve (see
//! [`GENERATORS_DOMAIN`]). With weights `w`, `w_1 C_1 + ... + w_k C_k` commits to the weighted sum of the vectors,
//! with the weighted sum of the blindings.
//!
//! ```
//! use calisec_zk::pedersen::{Blinding, Opening, verify_sum, weigh};
//!
//! // Contributors commit; each gives the opening to the publisher only.
//! let alice = Opening::new(vec![3, -1, 4], Blinding::from_u64(11))?;
//! let bob = Opening::new(vec![1, 5, -9], Blinding::from_u64(22))?;
//! let commitments = [(2, alice.commit()?), (1, bob.commit()?)];
//!
//! // The publisher opens the sum; everybody can check it.
//! let sum = weigh(&[(2, &alice), (1, &bob)])?;
//! assert_eq!(sum.values(), [7, 3, -1]);
//! assert!(verify_sum(&commitments, &sum));
//!
//! let wrong = Opening::new(vec![7, 3, 0], sum.blinding())?;
//! assert!(!verify_sum(&commitments, &wrong));
//! # Ok::<(), calisec_zk::pedersen::PedersenError>(())
//! ```

#[cfg(test)]
mod derivation;
#[cfg(test)]
mod tests;

use crate::field::{NonCanonical, parse_be32, to_be32};
use crate::groth16::coordinate_from_be;
use ark_bls12_381::{Fr, G1Affine, G1Projective};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{AdditiveGroup, UniformRand};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize, Compress, Validate};
use ark_std::rand::{CryptoRng, RngCore};
use calisec_types::aggregates::MAX_DIMENSION;

/// Domain separation tag of the generators: `G_i` is the RFC 9380 hash (suite `BLS12381G1_XMD:SHA-256_SSWU_RO_`) of `i` as
/// four big-endian bytes, and `H` is that of zero.
pub const GENERATORS_DOMAIN: &[u8] = b"CALISEC-PEDERSEN-V01-with-BLS12381G1_XMD:SHA-256_SSWU_RO_";

/// Bytes of a commitment.
pub const COMMITMENT_BYTES: usize = 48;
const STORED_BYTES: usize = 96;

/// `H`, then the `G_i`, uncompressed. Written and compared by the test module `derivation`.
static GENERATORS: &[u8; (MAX_DIMENSION + 1) * STORED_BYTES] = include_bytes!("generators.bin");

/// Something about a commitment or an opening that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PedersenError {
    /// No values, or more than [`MAX_DIMENSION`].
    #[error("{length} values: at least 1 and at most {MAX_DIMENSION} can be committed to together")]
    Dimension {
        /// Values given.
        length: usize,
    },
    /// Openings of several lengths, or none.
    #[error("the updates have different numbers of values, or there is none")]
    Mixed,
    /// A weighted sum that does not fit in 64 bits: scale the values or the weights down.
    #[error("weighted sum {index} does not fit in 64 bits: scale values or weights down")]
    Overflow {
        /// Which value, from 0.
        index: usize,
    },
    /// Another length than a commitment has.
    #[error("a commitment has {COMMITMENT_BYTES} bytes, not {length}")]
    Length {
        /// Bytes given.
        length: usize,
    },
    /// Not the encoding of a point, or not its only one.
    #[error("the commitment does not decode to a point")]
    Undecodable,
    /// The neutral element, which commits to nothing.
    #[error("the commitment is the point at infinity")]
    Infinity,
    /// Not in the subgroup of prime order: sums of such points prove nothing.
    #[error("the commitment is not in the subgroup of prime order")]
    NotInSubgroup,
    /// At or above the order of the group.
    #[error("the blinding is not below the order of the group")]
    Blinding,
}

/// What hides a committed vector: uniformly random, kept as long as the vector is to be hidden. It has no `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Blinding(Fr);

impl Blinding {
    /// A uniformly random one.
    pub fn random(random: &mut (impl RngCore + CryptoRng)) -> Self {
        Self(Fr::rand(random))
    }

    /// A number that hides nothing: for tests and examples.
    #[must_use]
    pub fn from_u64(number: u64) -> Self {
        Self(Fr::from(number))
    }

    /// 32 big-endian bytes.
    ///
    /// # Errors
    /// When the number is not below the order of the group.
    pub fn parse(bytes: &[u8; 32]) -> Result<Self, PedersenError> {
        parse_be32(bytes).map(Self).map_err(|NonCanonical| PedersenError::Blinding)
    }

    /// The inverse of [`Blinding::parse`].
    #[must_use]
    pub fn to_bytes(self) -> [u8; 32] {
        to_be32(&self.0)
    }
}

/// A vector and its blinding. Whoever holds it knows the vector; it has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Opening {
    values: Vec<i64>,
    blinding: Blinding,
}

impl Opening {
    /// Checks the length.
    ///
    /// # Errors
    /// [`PedersenError::Dimension`].
    pub fn new(values: Vec<i64>, blinding: Blinding) -> Result<Self, PedersenError> {
        if values.is_empty() || values.len() > MAX_DIMENSION {
            return Err(PedersenError::Dimension { length: values.len() });
        }
        Ok(Self { values, blinding })
    }

    /// The vector.
    #[must_use]
    pub fn values(&self) -> &[i64] {
        &self.values
    }

    /// The blinding.
    #[must_use]
    pub fn blinding(&self) -> Blinding {
        self.blinding
    }

    /// The commitment.
    ///
    /// # Errors
    /// [`PedersenError::Infinity`] for zeros with a blinding of zero, which no random one is.
    pub fn commit(&self) -> Result<Commitment, PedersenError> {
        let (points, scalars) = self.terms();
        Commitment::checked(G1Projective::msm_unchecked(&points, &scalars).into_affine())
    }

    fn terms(&self) -> (Vec<G1Affine>, Vec<Fr>) {
        let scalars: Vec<Fr> =
            std::iter::once(self.blinding.0).chain(self.values.iter().map(|value| Fr::from(*value))).collect();
        (generators(scalars.len()), scalars)
    }
}

/// A commitment to a vector: in the group, and not neutral.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commitment(G1Affine);

impl Commitment {
    /// From the compressed encoding that BLS12-381 has everywhere; the one encoding of a point, in the subgroup, not infinity.
    ///
    /// # Errors
    /// [`PedersenError`] says what is wrong.
    pub fn decode(bytes: &[u8]) -> Result<Self, PedersenError> {
        if bytes.len() != COMMITMENT_BYTES {
            return Err(PedersenError::Length { length: bytes.len() });
        }
        let point = G1Affine::deserialize_with_mode(bytes, Compress::Yes, Validate::No)
            .map_err(|_| PedersenError::Undecodable)?;
        let commitment = Self::checked(point)?;
        if commitment.to_bytes() != *bytes {
            return Err(PedersenError::Undecodable);
        }
        if !point.is_in_correct_subgroup_assuming_on_curve() {
            return Err(PedersenError::NotInSubgroup);
        }
        Ok(commitment)
    }

    /// The compressed encoding.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; COMMITMENT_BYTES] {
        let mut bytes = [0; COMMITMENT_BYTES];
        // As many bytes as a point takes.
        let written = self.0.serialize_compressed(bytes.as_mut_slice());
        debug_assert!(written.is_ok());
        bytes
    }

    /// Whether it is another commitment or its negative. Who copies a commitment can double or cancel what it commits to.
    #[must_use]
    pub fn equals_up_to_sign(&self, other: &Self) -> bool {
        self.0.x == other.0.x
    }

    /// An encoding that costs nothing to read, for [`Commitment::from_stored`] only.
    #[must_use]
    pub fn to_stored(&self) -> [u8; STORED_BYTES] {
        let mut bytes = [0; STORED_BYTES];
        let written = self.0.serialize_uncompressed(bytes.as_mut_slice());
        debug_assert!(written.is_ok());
        bytes
    }

    /// What [`Commitment::to_stored`] wrote, unchecked: only for bytes that the caller itself stored.
    ///
    /// # Errors
    /// When the bytes were damaged so that they are no coordinates.
    pub fn from_stored(bytes: &[u8]) -> Result<Self, PedersenError> {
        let bytes: &[u8; STORED_BYTES] = bytes.try_into().map_err(|_| PedersenError::Length { length: bytes.len() })?;
        Ok(Self(point_from_coordinates(bytes).ok_or(PedersenError::Undecodable)?))
    }

    fn checked(point: G1Affine) -> Result<Self, PedersenError> {
        if point.is_zero() { Err(PedersenError::Infinity) } else { Ok(Self(point)) }
    }
}

/// The weighted sum of vectors and of their blindings.
///
/// # Errors
/// When the vectors have different lengths, or a sum does not fit.
pub fn weigh(openings: &[(u32, &Opening)]) -> Result<Opening, PedersenError> {
    let (_, first) = openings.first().ok_or(PedersenError::Mixed)?;
    let mut sums = vec![0i128; first.values.len()];
    let mut blinding = Fr::ZERO;
    for (weight, opening) in openings {
        if opening.values.len() != sums.len() {
            return Err(PedersenError::Mixed);
        }
        for (index, (sum, value)) in sums.iter_mut().zip(&opening.values).enumerate() {
            // 96 bits each, so only absurdly many could overflow.
            let term = i128::from(*value) * i128::from(*weight);
            *sum = sum.checked_add(term).ok_or(PedersenError::Overflow { index })?;
        }
        blinding += opening.blinding.0 * Fr::from(*weight);
    }
    let values = sums
        .into_iter()
        .enumerate()
        .map(|(index, sum)| i64::try_from(sum).map_err(|_| PedersenError::Overflow { index }))
        .collect::<Result<_, _>>()?;
    Opening::new(values, Blinding(blinding))
}

/// Whether the opening is that of the weighted sum of the commitments.
///
/// What it establishes: whoever gave the opening knows the sum, modulo the order of the group, of the vectors that the
/// contributors can open their commitments to.
#[must_use]
pub fn verify_sum(commitments: &[(u32, Commitment)], sum: &Opening) -> bool {
    let (mut points, mut scalars) = sum.terms();
    points.extend(commitments.iter().map(|(_, commitment)| -commitment.0));
    scalars.extend(commitments.iter().map(|(weight, _)| Fr::from(*weight)));
    G1Projective::msm_unchecked(&points, &scalars) == G1Projective::ZERO
}

/// `H` and the first of the `G_i`.
fn generators(count: usize) -> Vec<G1Affine> {
    let (encodings, _) = GENERATORS.as_chunks::<STORED_BYTES>();
    // Every entry is a point: a test reads all of them.
    encodings.iter().take(count).filter_map(point_from_coordinates).collect()
}

fn point_from_coordinates(bytes: &[u8; STORED_BYTES]) -> Option<G1Affine> {
    let (x, y) = bytes.split_at(STORED_BYTES / 2);
    Some(G1Affine::new_unchecked(coordinate_from_be(x)?, coordinate_from_be(y)?))
}
