//! Proofs: the encodings that are accepted and the checks each passes before it meets a key.

use super::gnark::{self, PointFormat};
use super::lines::Lines;
use super::points::{ArkReader, PointError, PointFault, PointName, coordinate_from_be};
use super::snarkjs::{JsonError, ProofJson, g1_coordinates, g2_coordinates};
use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_serialize::{CanonicalSerialize, Compress};
use calisec_types::proof_verifier::{EncodedProof, MAX_PROOF_BYTES};

/// A proof as somebody sent it.
#[derive(Clone, Copy, Debug)]
pub enum RawProof<'a> {
    /// snarkjs `proof.json`.
    SnarkjsJson(&'a str),
    /// `serialize_compressed` of arkworks' `Proof<Bn254>`, 128 bytes.
    ArkCompressed(&'a [u8]),
    /// `serialize_uncompressed` of the same, 256 bytes.
    ArkUncompressed(&'a [u8]),
    /// Eight big-endian words as EVM verifiers take them: A.x A.y B.x1 B.x0 B.y1 B.y0 C.x C.y, 256 bytes.
    Evm(&'a [u8]),
    /// `WriteTo` of gnark's `Proof` for BN254, 128 bytes, or 164 with the note that there are no commitments.
    GnarkCompressed(&'a [u8]),
    /// `WriteRawTo` of the same, 256 bytes or 324.
    GnarkRaw(&'a [u8]),
}

impl<'a> From<&'a EncodedProof> for RawProof<'a> {
    fn from(encoded: &'a EncodedProof) -> Self {
        match encoded {
            EncodedProof::SnarkjsJson(json) => Self::SnarkjsJson(json),
            EncodedProof::ArkCompressed(bytes) => Self::ArkCompressed(bytes),
            EncodedProof::ArkUncompressed(bytes) => Self::ArkUncompressed(bytes),
            EncodedProof::Evm(bytes) => Self::Evm(bytes),
        }
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
    /// A gnark proof with commitments to wires: verifying it takes more than the equation of Groth16.
    #[error("the proof commits to wires, as gnark's can; only plain Groth16 is verified")]
    Commitments,
    /// A point is refused.
    #[error(transparent)]
    Point(#[from] PointError),
}

/// A proof whose three points are what they must be. Whether it proves anything is another question.
pub struct DecodedProof {
    pub(super) a: G1Affine,
    pub(super) b: G2Affine,
    /// Found while deciding that `b` is in the subgroup, and needed for the pairing.
    pub(super) b_lines: Lines,
    pub(super) c: G1Affine,
}

const COMPRESSED_LENGTH: usize = 128;
const UNCOMPRESSED_LENGTH: usize = 256;

impl RawProof<'_> {
    /// Exact length, canonical coordinates, on curve, in subgroup, no infinity.
    pub fn decode(self) -> Result<DecodedProof, ProofError> {
        match self {
            Self::SnarkjsJson(json) => decode_json(json),
            Self::ArkCompressed(bytes) => {
                check_length(bytes, COMPRESSED_LENGTH)?;
                decode_ark(bytes, Compress::Yes)
            }
            Self::ArkUncompressed(bytes) => {
                check_length(bytes, UNCOMPRESSED_LENGTH)?;
                decode_ark(bytes, Compress::No)
            }
            Self::Evm(bytes) => {
                check_length(bytes, UNCOMPRESSED_LENGTH)?;
                decode_evm(bytes)
            }
            Self::GnarkCompressed(bytes) => gnark::decode_proof(bytes, PointFormat::Compressed),
            Self::GnarkRaw(bytes) => gnark::decode_proof(bytes, PointFormat::Raw),
        }
    }
}

impl DecodedProof {
    /// arkworks' compressed encoding, 128 bytes: the same for every encoding the proof came in.
    pub fn to_compressed_bytes(&self) -> Vec<u8> {
        self.to_bytes(Compress::Yes, COMPRESSED_LENGTH)
    }

    /// arkworks' uncompressed encoding, 256 bytes: quicker to decode than the compressed one.
    pub fn to_uncompressed_bytes(&self) -> Vec<u8> {
        self.to_bytes(Compress::No, UNCOMPRESSED_LENGTH)
    }

    fn to_bytes(&self, compress: Compress, length: usize) -> Vec<u8> {
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

    pub(super) fn new(a: G1Affine, (b, b_lines): (G2Affine, Lines), c: G1Affine) -> Self {
        Self { a, b, b_lines, c }
    }
}

fn check_length(bytes: &[u8], expected: usize) -> Result<(), ProofError> {
    if bytes.len() != expected {
        return Err(ProofError::WrongLength { length: bytes.len(), expected });
    }
    Ok(())
}

fn decode_ark(bytes: &[u8], compress: Compress) -> Result<DecodedProof, ProofError> {
    let mut reader = ArkReader::new(bytes, compress);
    Ok(DecodedProof::new(reader.g1(PointName::A)?, reader.g2(PointName::B)?, reader.g1(PointName::C)?))
}

fn decode_evm(bytes: &[u8]) -> Result<DecodedProof, ProofError> {
    let (words, _) = bytes.as_chunks::<32>();
    let word = |name: PointName, index: usize| -> Result<Fq, PointError> {
        words.get(index).and_then(coordinate_from_be).ok_or_else(|| name.is(PointFault::Undecodable))
    };
    let g1 = |name: PointName, x: usize| name.g1(word(name, x)?, word(name, x + 1)?);
    let name = PointName::B;
    Ok(DecodedProof::new(
        g1(PointName::A, 0)?,
        name.g2(Fq2::new(word(name, 3)?, word(name, 2)?), Fq2::new(word(name, 5)?, word(name, 4)?))?,
        g1(PointName::C, 6)?,
    ))
}

fn decode_json(json: &str) -> Result<DecodedProof, ProofError> {
    if json.len() > MAX_PROOF_BYTES {
        return Err(ProofError::TooLong { length: json.len(), limit: MAX_PROOF_BYTES });
    }
    let proof = ProofJson::parse(json)?;
    let g1 = |name: PointName, point| {
        let (x, y) = g1_coordinates(name, point)?;
        name.g1(x, y)
    };
    let (b_x, b_y) = g2_coordinates(PointName::B, &proof.pi_b)?;
    Ok(DecodedProof::new(g1(PointName::A, &proof.pi_a)?, PointName::B.g2(b_x, b_y)?, g1(PointName::C, &proof.pi_c)?))
}
