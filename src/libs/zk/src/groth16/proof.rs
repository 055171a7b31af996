//! Proofs: the encodings that are accepted and the checks each passes before it meets a key.

use super::bn254::Bn254;
use super::curve::{Curve, G1, G2};
use super::gnark::{self, PointFormat};
use super::points::{ArkReader, PointError, PointFault, PointName, coordinate_from_be};
use super::snarkjs::{JsonError, ProofJson, g1_coordinates, g2_coordinates};
use ark_bn254::{Fq, Fq2};
use ark_serialize::{CanonicalSerialize, Compress};
use calisec_types::proof_verifier::{EncodedProof, MAX_PROOF_BYTES};

/// A proof as somebody sent it.
#[derive(Clone, Copy, Debug)]
pub enum RawProof<'a> {
    /// snarkjs `proof.json`.
    SnarkjsJson(&'a str),
    /// `serialize_compressed` of arkworks' `Proof<E>`, 128 bytes on BN254 and 192 on BLS12-381.
    ArkCompressed(&'a [u8]),
    /// `serialize_uncompressed` of the same, twice as long.
    ArkUncompressed(&'a [u8]),
    /// Eight big-endian words as EVM verifiers take them: A.x A.y B.x1 B.x0 B.y1 B.y0 C.x C.y, 256 bytes. On BN254 only.
    Evm(&'a [u8]),
    /// `WriteTo` of gnark's `Proof`: as long as arkworks', or longer by a note that there are no commitments.
    GnarkCompressed(&'a [u8]),
    /// `WriteRawTo` of the same.
    GnarkRaw(&'a [u8]),
}

impl<'a> TryFrom<&'a EncodedProof> for RawProof<'a> {
    type Error = ProofError;

    fn try_from(encoded: &'a EncodedProof) -> Result<Self, ProofError> {
        Ok(match encoded {
            EncodedProof::SnarkjsJson(json) => Self::SnarkjsJson(json),
            EncodedProof::ArkCompressed(bytes) => Self::ArkCompressed(bytes),
            EncodedProof::ArkUncompressed(bytes) => Self::ArkUncompressed(bytes),
            EncodedProof::Evm(bytes) => Self::Evm(bytes),
            EncodedProof::GnarkCompressed(bytes) => Self::GnarkCompressed(bytes),
            EncodedProof::GnarkRaw(bytes) => Self::GnarkRaw(bytes),
            EncodedProof::Stark(_) => return Err(ProofError::OtherSystem),
        })
    }
}

/// Why a proof is refused before the equation is looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Longer than any proof can be.
    #[error("{length} bytes are more than the {limit} a proof may have")]
    TooLong {
        /// Bytes given.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A proof of another system.
    #[error("the circuit takes Groth16 proofs, this is a STARK")]
    OtherSystem,
    /// Not exactly as long as the encoding is.
    #[error("this encoding of a proof has exactly {expected} bytes, {length} were given")]
    WrongLength {
        /// Bytes given.
        length: usize,
        /// Bytes of the encoding.
        expected: usize,
    },
    /// Not a snarkjs proof.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The encoding that EVM verifiers take is that of BN254.
    #[error("the EVM encoding is of BN254 only: use another encoding")]
    EvmOnAnotherCurve,
    /// A gnark proof with commitments to wires: verifying it takes more than the equation of Groth16.
    #[error("the proof commits to wires, as gnark's can; only plain Groth16 is verified")]
    Commitments,
    /// A point is refused.
    #[error(transparent)]
    Point(#[from] PointError),
}

/// A proof whose three points are what they must be. Whether it proves anything is another question.
pub struct DecodedProof<C: Curve = Bn254> {
    pub(super) a: G1<C>,
    pub(super) b: G2<C>,
    /// Found while deciding that `b` is in the subgroup, and needed for the pairing.
    pub(super) b_lines: C::Lines,
    pub(super) c: G1<C>,
}

/// Bytes of a proof.
const fn encoded_length<C: Curve>(compress: Compress) -> usize {
    match compress {
        Compress::Yes => 4 * C::COORDINATE_BYTES,
        Compress::No => 8 * C::COORDINATE_BYTES,
    }
}

impl RawProof<'_> {
    /// On BN254: exact length, canonical coordinates, on curve, in subgroup, no infinity.
    pub fn decode(self) -> Result<DecodedProof, ProofError> {
        match self {
            Self::Evm(bytes) => decode_evm(bytes),
            other => other.decode_on(),
        }
    }

    /// As [`RawProof::decode`], on any curve and without the encoding that is of BN254 only.
    pub fn decode_on<C: Curve>(self) -> Result<DecodedProof<C>, ProofError> {
        match self {
            Self::SnarkjsJson(json) => decode_json(json),
            Self::ArkCompressed(bytes) => decode_ark(bytes, Compress::Yes),
            Self::ArkUncompressed(bytes) => decode_ark(bytes, Compress::No),
            Self::Evm(_) => Err(ProofError::EvmOnAnotherCurve),
            Self::GnarkCompressed(bytes) => gnark::decode_proof(bytes, PointFormat::Compressed),
            Self::GnarkRaw(bytes) => gnark::decode_proof(bytes, PointFormat::Raw),
        }
    }
}

impl<C: Curve> DecodedProof<C> {
    /// arkworks' compressed encoding: the same for every encoding the proof came in.
    pub fn to_compressed_bytes(&self) -> Vec<u8> {
        self.to_bytes(Compress::Yes)
    }

    /// arkworks' uncompressed encoding: quicker to decode than the compressed one.
    pub fn to_uncompressed_bytes(&self) -> Vec<u8> {
        self.to_bytes(Compress::No)
    }

    fn to_bytes(&self, compress: Compress) -> Vec<u8> {
        let length = encoded_length::<C>(compress);
        let mut bytes = Vec::with_capacity(length);
        // Writing to a Vec never fails, and neither does serialising a valid point.
        let written = self
            .a
            .serialize_with_mode(&mut bytes, compress)
            .and_then(|()| self.b.serialize_with_mode(&mut bytes, compress))
            .and_then(|()| self.c.serialize_with_mode(&mut bytes, compress));
        debug_assert!(written.is_ok() && bytes.len() == length);
        bytes
    }

    pub(super) fn new(a: G1<C>, (b, b_lines): (G2<C>, C::Lines), c: G1<C>) -> Self {
        Self { a, b, b_lines, c }
    }
}

fn check_length(bytes: &[u8], expected: usize) -> Result<(), ProofError> {
    if bytes.len() != expected {
        return Err(ProofError::WrongLength { length: bytes.len(), expected });
    }
    Ok(())
}

fn decode_ark<C: Curve>(bytes: &[u8], compress: Compress) -> Result<DecodedProof<C>, ProofError> {
    check_length(bytes, encoded_length::<C>(compress))?;
    let mut reader = ArkReader::new(bytes, compress);
    Ok(DecodedProof::new(reader.g1::<C>(PointName::A)?, reader.g2::<C>(PointName::B)?, reader.g1::<C>(PointName::C)?))
}

fn decode_evm(bytes: &[u8]) -> Result<DecodedProof, ProofError> {
    check_length(bytes, encoded_length::<Bn254>(Compress::No))?;
    let (words, _) = bytes.as_chunks::<32>();
    let word = |name: PointName, index: usize| -> Result<Fq, PointError> {
        words.get(index).and_then(|word| coordinate_from_be(word)).ok_or_else(|| name.is(PointFault::Undecodable))
    };
    let g1 = |name: PointName, x: usize| name.g1::<Bn254>(word(name, x)?, word(name, x + 1)?);
    let name = PointName::B;
    Ok(DecodedProof::new(
        g1(PointName::A, 0)?,
        name.g2::<Bn254>(Fq2::new(word(name, 3)?, word(name, 2)?), Fq2::new(word(name, 5)?, word(name, 4)?))?,
        g1(PointName::C, 6)?,
    ))
}

fn decode_json<C: Curve>(json: &str) -> Result<DecodedProof<C>, ProofError> {
    if json.len() > MAX_PROOF_BYTES {
        return Err(ProofError::TooLong { length: json.len(), limit: MAX_PROOF_BYTES });
    }
    let proof = ProofJson::parse(json, C::SNARKJS_NAME)?;
    let g1 = |name: PointName, point| {
        let (x, y) = g1_coordinates::<C>(name, point)?;
        name.g1::<C>(x, y)
    };
    let (b_x, b_y) = g2_coordinates::<C>(PointName::B, &proof.pi_b)?;
    Ok(DecodedProof::new(
        g1(PointName::A, &proof.pi_a)?,
        PointName::B.g2::<C>(b_x, b_y)?,
        g1(PointName::C, &proof.pi_c)?,
    ))
}
