//! Verifying keys: what is accepted at registration, the canonical bytes and the circuit's identifier.

use super::bn254::Bn254;
use super::curve::{Curve, G1, G2};
use super::gnark::{self, PointFormat};
use super::points::{ArkReader, PointError, PointName};
use super::snarkjs::{G2Json, JsonError, KeyJson, g1_coordinates, g2_coordinates};
use ark_serialize::{CanonicalSerialize, Compress};
use calisec_types::ids::CircuitId;
use calisec_types::proof_verifier::{EncodedVerifyingKey, MAX_PUBLIC_INPUTS, MAX_VERIFYING_KEY_BYTES};
use sha2::{Digest, Sha256};

/// A verifying key as somebody sent it.
#[derive(Clone, Copy, Debug)]
pub enum RawVerifyingKey<'a> {
    /// snarkjs `verification_key.json`.
    SnarkjsJson(&'a str),
    /// `serialize_compressed` of arkworks' `VerifyingKey<E>`.
    ArkCompressed(&'a [u8]),
    /// `serialize_uncompressed` of the same.
    ArkUncompressed(&'a [u8]),
    /// `WriteTo` of gnark's `VerifyingKey`.
    GnarkCompressed(&'a [u8]),
    /// `WriteRawTo` of the same.
    GnarkRaw(&'a [u8]),
}

impl<'a> From<&'a EncodedVerifyingKey> for RawVerifyingKey<'a> {
    fn from(encoded: &'a EncodedVerifyingKey) -> Self {
        match encoded {
            EncodedVerifyingKey::SnarkjsJson(json) => Self::SnarkjsJson(json),
            EncodedVerifyingKey::ArkCompressed(bytes) => Self::ArkCompressed(bytes),
            EncodedVerifyingKey::ArkUncompressed(bytes) => Self::ArkUncompressed(bytes),
            EncodedVerifyingKey::GnarkCompressed(bytes) => Self::GnarkCompressed(bytes),
            EncodedVerifyingKey::GnarkRaw(bytes) => Self::GnarkRaw(bytes),
        }
    }
}

/// Why a verifying key is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Longer than any key can be.
    #[error("{length} bytes are more than the {limit} a key may have")]
    TooLong {
        /// Bytes given.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Truncated, or followed by further bytes.
    #[error("the encoding has {length} bytes, its own header asks for {expected}")]
    WrongLength {
        /// Bytes given.
        length: usize,
        /// Bytes that the number of inputs in the encoding calls for.
        expected: usize,
    },
    /// Not a snarkjs key.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// `nPublic` and the number of `IC` points contradict each other.
    #[error("nPublic is {declared}, but there are {points} IC points")]
    ContradictoryArity {
        /// Inputs that the key declares.
        declared: usize,
        /// Points of `IC`; one more than there are inputs.
        points: usize,
    },
    /// No public input, so that a proof would say the same to everybody, or more than the limit.
    #[error("{inputs} public inputs; at least 1 and at most {limit} are accepted")]
    Arity {
        /// Inputs of the key.
        inputs: u64,
        /// Inputs allowed.
        limit: usize,
    },
    /// A gnark circuit that commits to wires: verifying it takes more than the equation of Groth16.
    #[error("the circuit commits to wires, as gnark's can; only plain Groth16 is verified")]
    Commitments,
    /// A point that gnark writes in both groups is another one in G1 than in G2.
    #[error("{point} in G1 and in G2 contradict each other")]
    ContradictoryPoints {
        /// Which point.
        point: PointName,
    },
    /// A point is refused.
    #[error(transparent)]
    Point(#[from] PointError),
    /// Gamma equals delta up to sign: phase 2 of the set-up was skipped, and anybody can forge proofs.
    #[error("gamma and delta are equal up to sign: phase 2 of the set-up was skipped, proofs can be forged")]
    GammaEqualsDelta,
    /// Beta equals gamma or delta up to sign, which lets anybody forge proofs as well.
    #[error("beta and {other} are equal up to sign: proofs can be forged")]
    BetaEquals {
        /// The other point.
        other: PointName,
    },
    /// Two points of `IC` are equal up to sign: only the sum or difference of their inputs would be proved.
    #[error("IC[{first}] and IC[{second}] are equal up to sign: their inputs can be traded against each other")]
    RepeatedInputPoint {
        /// The first of them.
        first: usize,
        /// The other.
        second: usize,
    },
}

/// A verifying key that passed every check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey<C: Curve = Bn254> {
    pub(super) alpha: G1<C>,
    pub(super) beta: G2<C>,
    pub(super) gamma: G2<C>,
    pub(super) delta: G2<C>,
    /// The constant first, then one point per public input.
    pub(super) inputs: Vec<G1<C>>,
}

impl RawVerifyingKey<'_> {
    /// As [`RawVerifyingKey::decode_on`], on BN254.
    pub fn decode(self) -> Result<VerifyingKey, KeyError> {
        self.decode_on()
    }

    /// Checks everything that can be checked about a key. What cannot be: that the set-up's secrets were destroyed,
    /// and that the circuit says what its owner claims.
    pub fn decode_on<C: Curve>(self) -> Result<VerifyingKey<C>, KeyError> {
        let length = match self {
            Self::SnarkjsJson(json) => json.len(),
            Self::ArkCompressed(bytes)
            | Self::ArkUncompressed(bytes)
            | Self::GnarkCompressed(bytes)
            | Self::GnarkRaw(bytes) => bytes.len(),
        };
        if length > MAX_VERIFYING_KEY_BYTES {
            return Err(KeyError::TooLong { length, limit: MAX_VERIFYING_KEY_BYTES });
        }
        let key = match self {
            Self::SnarkjsJson(json) => decode_json(json),
            Self::ArkCompressed(bytes) => decode_ark(bytes, Compress::Yes, Subgroup::Check),
            Self::ArkUncompressed(bytes) => decode_ark(bytes, Compress::No, Subgroup::Check),
            Self::GnarkCompressed(bytes) => gnark::decode_key(bytes, PointFormat::Compressed),
            Self::GnarkRaw(bytes) => gnark::decode_key(bytes, PointFormat::Raw),
        }?;
        key.check_relations()?;
        Ok(key)
    }
}

impl<C: Curve> VerifyingKey<C> {
    /// Reads what [`VerifyingKey::to_canonical_bytes`] wrote, without repeating the subgroup checks.
    ///
    /// Only for bytes that the caller itself stored after [`RawVerifyingKey::decode`]; never for bytes from outside.
    pub fn from_stored_canonical_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        decode_ark(bytes, Compress::No, Subgroup::AlreadyChecked)
    }

    /// arkworks' uncompressed encoding: the same for every encoding the key came in.
    pub fn to_canonical_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(encoded_length::<C>(Compress::No, self.inputs.len()));
        // Writing to a Vec never fails, and neither does serialising a valid point.
        let written = self
            .alpha
            .serialize_uncompressed(&mut bytes)
            .and_then(|()| self.beta.serialize_uncompressed(&mut bytes))
            .and_then(|()| self.gamma.serialize_uncompressed(&mut bytes))
            .and_then(|()| self.delta.serialize_uncompressed(&mut bytes))
            .and_then(|()| self.inputs.serialize_uncompressed(&mut bytes));
        debug_assert!(written.is_ok());
        bytes
    }

    /// SHA-256 over [`Curve::CIRCUIT_DOMAIN`] and the canonical bytes.
    pub fn circuit_id(&self) -> CircuitId {
        let mut hasher = Sha256::new();
        hasher.update(C::CIRCUIT_DOMAIN);
        hasher.update(self.to_canonical_bytes());
        CircuitId(hasher.finalize().into())
    }

    /// How many public inputs the circuit takes.
    pub fn input_count(&self) -> usize {
        self.inputs.len() - 1
    }

    /// Relations between points that make a well-formed key worthless.
    fn check_relations(&self) -> Result<(), KeyError> {
        // Equal abscissas mean equal up to sign. With a known relation between two of the G2 points the terms of the
        // verification equation can be made to cancel without a witness.
        if self.gamma.x == self.delta.x {
            return Err(KeyError::GammaEqualsDelta);
        }
        if self.beta.x == self.gamma.x {
            return Err(KeyError::BetaEquals { other: PointName::Gamma });
        }
        if self.beta.x == self.delta.x {
            return Err(KeyError::BetaEquals { other: PointName::Delta });
        }
        for (second, point) in self.inputs.iter().enumerate() {
            if let Some(first) = self.inputs[..second].iter().position(|earlier| earlier.x == point.x) {
                return Err(KeyError::RepeatedInputPoint { first, second });
            }
        }
        Ok(())
    }
}

fn decode_json<C: Curve>(json: &str) -> Result<VerifyingKey<C>, KeyError> {
    let key = KeyJson::parse(json, C::SNARKJS_NAME)?;
    if Some(key.inputs.len()) != key.input_count.checked_add(1) {
        return Err(KeyError::ContradictoryArity { declared: key.input_count, points: key.inputs.len() });
    }
    check_arity(key.input_count as u64)?;

    let g1 = |name: PointName, point| {
        let (x, y) = g1_coordinates::<C>(name, point)?;
        name.g1::<C>(x, y)
    };
    let g2 = |name: PointName, point: &G2Json| {
        let (x, y) = g2_coordinates::<C>(name, point)?;
        name.g2_point::<C>(x, y)
    };
    Ok(VerifyingKey {
        alpha: g1(PointName::Alpha, &key.alpha)?,
        beta: g2(PointName::Beta, &key.beta)?,
        gamma: g2(PointName::Gamma, &key.gamma)?,
        delta: g2(PointName::Delta, &key.delta)?,
        inputs: key
            .inputs
            .iter()
            .enumerate()
            .map(|(index, point)| g1(PointName::Input(index), point))
            .collect::<Result<_, _>>()?,
    })
}

#[derive(Clone, Copy)]
enum Subgroup {
    Check,
    AlreadyChecked,
}

fn decode_ark<C: Curve>(bytes: &[u8], compress: Compress, subgroup: Subgroup) -> Result<VerifyingKey<C>, KeyError> {
    let points = count_points::<C>(bytes, compress)?;
    let mut reader = ArkReader::new(bytes, compress);
    let g1 = |reader: &mut ArkReader<'_>, name| match subgroup {
        Subgroup::Check => reader.g1::<C>(name),
        Subgroup::AlreadyChecked => reader.g1_assuming_subgroup::<C>(name),
    };
    let g2 = |reader: &mut ArkReader<'_>, name| match subgroup {
        Subgroup::Check => reader.g2_point::<C>(name),
        Subgroup::AlreadyChecked => reader.g2_assuming_subgroup::<C>(name),
    };
    let alpha = g1(&mut reader, PointName::Alpha)?;
    let beta = g2(&mut reader, PointName::Beta)?;
    let gamma = g2(&mut reader, PointName::Gamma)?;
    let delta = g2(&mut reader, PointName::Delta)?;
    reader.skip(COUNT_BYTES);
    let inputs = (0..points).map(|index| g1(&mut reader, PointName::Input(index))).collect::<Result<_, _>>()?;
    Ok(VerifyingKey { alpha, beta, gamma, delta, inputs })
}

/// Bytes of the number in front of the `IC` points, little-endian.
const COUNT_BYTES: usize = 8;

/// The number of `IC` points, after checking it and the total length that follows from it, before any point is read.
fn count_points<C: Curve>(bytes: &[u8], compress: Compress) -> Result<usize, KeyError> {
    let header = encoded_length::<C>(compress, 0);
    let count = bytes
        .get(header - COUNT_BYTES..header)
        .and_then(|count| <[u8; COUNT_BYTES]>::try_from(count).ok())
        .map(u64::from_le_bytes)
        .ok_or(KeyError::WrongLength { length: bytes.len(), expected: header })?;
    check_arity(count.saturating_sub(1))?;
    // At most 65 after the check.
    let count = count as usize;
    let expected = encoded_length::<C>(compress, count);
    if bytes.len() != expected {
        return Err(KeyError::WrongLength { length: bytes.len(), expected });
    }
    Ok(count)
}

pub(super) fn check_arity(inputs: u64) -> Result<(), KeyError> {
    if inputs == 0 || inputs > MAX_PUBLIC_INPUTS as u64 {
        return Err(KeyError::Arity { inputs, limit: MAX_PUBLIC_INPUTS });
    }
    Ok(())
}

fn encoded_length<C: Curve>(compress: Compress, input_points: usize) -> usize {
    let g1 = match compress {
        Compress::Yes => C::COORDINATE_BYTES,
        Compress::No => 2 * C::COORDINATE_BYTES,
    };
    // alpha; beta, gamma and delta of twice the size; the count; IC.
    7 * g1 + COUNT_BYTES + input_points * g1
}
