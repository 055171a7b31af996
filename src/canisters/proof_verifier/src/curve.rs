//! Keys, inputs and proofs of either curve. They meet only those of their own: each is read on the curve of its circuit.

use crate::storage::StoredCurve;
use calisec_types::ids::CircuitId;
use calisec_types::proof_verifier::{EncodedProof, EncodedVerifyingKey};
use calisec_zk::field::NonCanonicalAt;
use calisec_zk::groth16::{
    Bls12_381, Curve, DecodedProof, KeyError, PreparedBlsKey, PreparedKey, ProofError, PublicInputs, RawProof,
    RawVerifyingKey, VerifyError, VerifyingKey,
};

/// A verifying key as it is registered.
pub struct KeyFacts {
    /// Hash of the key, in a domain of its curve.
    pub id: CircuitId,
    /// How many public inputs it takes.
    pub input_count: usize,
    /// What is stored of it.
    pub canonical: Vec<u8>,
}

/// Checks a key that somebody sent.
///
/// # Errors
/// See [`KeyError`].
pub fn decode_key(curve: StoredCurve, key: &EncodedVerifyingKey) -> Result<KeyFacts, KeyError> {
    let raw = RawVerifyingKey::from(key);
    match curve {
        StoredCurve::Bn254 => raw.decode().map(|key| facts(&key)),
        StoredCurve::Bls12_381 => raw.decode_on::<Bls12_381>().map(|key| facts(&key)),
    }
}

fn facts<C: Curve>(key: &VerifyingKey<C>) -> KeyFacts {
    KeyFacts { id: key.circuit_id(), input_count: key.input_count(), canonical: key.to_canonical_bytes() }
}

/// A prepared key.
pub enum CircuitKey {
    /// On BN254.
    Bn254(Box<PreparedKey>),
    /// On BLS12-381.
    Bls12_381(Box<PreparedBlsKey>),
}

impl CircuitKey {
    /// From the bytes that were stored at registration.
    ///
    /// # Errors
    /// A description, when they were damaged.
    pub fn prepare(curve: StoredCurve, canonical: &[u8]) -> Result<Self, String> {
        match curve {
            StoredCurve::Bn254 => {
                let key = VerifyingKey::from_stored_canonical_bytes(canonical).map_err(|error| error.to_string())?;
                PreparedKey::new(&key).map(|key| Self::Bn254(Box::new(key))).map_err(|error| error.to_string())
            }
            StoredCurve::Bls12_381 => {
                let key = VerifyingKey::from_stored_canonical_bytes(canonical).map_err(|error| error.to_string())?;
                PreparedBlsKey::new(&key).map(|key| Self::Bls12_381(Box::new(key))).map_err(|error| error.to_string())
            }
        }
    }

    /// Checks a proof of this circuit.
    ///
    /// # Errors
    /// [`VerifyError`]; inputs or proof of another curve are rejected.
    pub fn verify(&self, inputs: &Inputs, proof: &Proof) -> Result<(), VerifyError> {
        match (self, inputs, proof) {
            (Self::Bn254(key), Inputs::Bn254(inputs), Proof::Bn254(proof)) => {
                key.verify(inputs.clone(), proof).map(|_| ())
            }
            (Self::Bls12_381(key), Inputs::Bls12_381(inputs), Proof::Bls12_381(proof)) => {
                key.verify(inputs.clone(), proof).map(|_| ())
            }
            _ => Err(VerifyError::Rejected),
        }
    }
}

/// Public inputs, each below the modulus of its curve's scalar field.
#[derive(Clone, Debug)]
pub enum Inputs {
    /// On BN254.
    Bn254(PublicInputs),
    /// On BLS12-381.
    Bls12_381(PublicInputs<<Bls12_381 as Curve>::Scalar>),
}

impl Inputs {
    /// Reads them on a curve.
    ///
    /// # Errors
    /// When one is not below the modulus.
    pub fn parse(curve: StoredCurve, encodings: &[[u8; 32]]) -> Result<Self, NonCanonicalAt> {
        match curve {
            StoredCurve::Bn254 => PublicInputs::parse(encodings).map(Self::Bn254),
            StoredCurve::Bls12_381 => PublicInputs::parse(encodings).map(Self::Bls12_381),
        }
    }

    /// The curve.
    #[must_use]
    pub const fn curve(&self) -> StoredCurve {
        match self {
            Self::Bn254(_) => StoredCurve::Bn254,
            Self::Bls12_381(_) => StoredCurve::Bls12_381,
        }
    }

    /// Their encodings.
    #[must_use]
    pub fn to_be32(&self) -> Vec<[u8; 32]> {
        match self {
            Self::Bn254(inputs) => inputs.to_be32(),
            Self::Bls12_381(inputs) => inputs.to_be32(),
        }
    }
}

/// A decoded proof.
pub enum Proof {
    /// On BN254.
    Bn254(DecodedProof),
    /// On BLS12-381.
    Bls12_381(DecodedProof<Bls12_381>),
}

impl Proof {
    /// Checks a proof that somebody sent.
    ///
    /// # Errors
    /// See [`ProofError`].
    pub fn decode(curve: StoredCurve, proof: &EncodedProof) -> Result<Self, ProofError> {
        let raw = RawProof::try_from(proof)?;
        match curve {
            StoredCurve::Bn254 => raw.decode().map(Self::Bn254),
            StoredCurve::Bls12_381 => raw.decode_on().map(Self::Bls12_381),
        }
    }

    /// arkworks' compressed encoding, which is what is stored.
    #[must_use]
    pub fn to_compressed_bytes(&self) -> Vec<u8> {
        match self {
            Self::Bn254(proof) => proof.to_compressed_bytes(),
            Self::Bls12_381(proof) => proof.to_compressed_bytes(),
        }
    }
}
