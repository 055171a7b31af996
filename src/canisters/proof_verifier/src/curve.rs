//! Keys, inputs and proofs of either curve. They meet only those of their own: each is read on the curve of its circuit.

use crate::storage::StoredCurve;
use calisec_types::ids::CircuitId;
use calisec_types::proof_verifier::{EncodedProof, EncodedVerifyingKey};
use calisec_zk::field::NonCanonicalAt;
use calisec_zk::groth16::batch::{self, BatchError, BatchItem};
use calisec_zk::groth16::{
    Bls12_381, Bn254, Curve, DecodedProof, KeyError, PreparedKey, ProofError, PublicInputs, RawProof, RawVerifyingKey,
    VerifyError, VerifyingKey,
};
use std::rc::Rc;

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

/// A prepared key; a copy shares it.
#[derive(Clone)]
pub enum CircuitKey {
    /// On BN254.
    Bn254(Rc<PreparedKey>),
    /// On BLS12-381.
    Bls12_381(Rc<PreparedKey<Bls12_381>>),
}

impl CircuitKey {
    /// From the bytes that were stored at registration.
    ///
    /// # Errors
    /// A description, when they were damaged.
    pub fn prepare(curve: StoredCurve, canonical: &[u8]) -> Result<Self, String> {
        match curve {
            StoredCurve::Bn254 => prepare(canonical).map(Self::Bn254),
            StoredCurve::Bls12_381 => prepare(canonical).map(Self::Bls12_381),
        }
    }
}

fn prepare<C: Curve>(canonical: &[u8]) -> Result<Rc<PreparedKey<C>>, String> {
    let key = VerifyingKey::from_stored_canonical_bytes(canonical).map_err(|error| error.to_string())?;
    PreparedKey::new(&key).map(Rc::new).map_err(|error| error.to_string())
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
}

/// A proof and what it is to be verified against, on one curve.
struct Pending<C: Curve> {
    key: Rc<PreparedKey<C>>,
    inputs: PublicInputs<C::Scalar>,
    proof: DecodedProof<C>,
}

/// As [`Pending`], on whichever curve it is.
enum OnCurve {
    Bn254(Pending<Bn254>),
    Bls12_381(Pending<Bls12_381>),
}

/// A proof that is to be verified.
pub struct Unverified(Box<OnCurve>);

/// What is kept of a proof that verified: arkworks' compressed encoding. Nothing else makes it.
pub struct Kept(Vec<u8>);

impl Kept {
    /// The encoding.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl Unverified {
    /// All of it comes from one circuit, and therefore from one curve.
    ///
    /// # Errors
    /// When it does not: nothing verifies then.
    pub fn new(key: CircuitKey, inputs: Inputs, proof: Proof) -> Result<Self, VerifyError> {
        let on_curve = match (key, inputs, proof) {
            (CircuitKey::Bn254(key), Inputs::Bn254(inputs), Proof::Bn254(proof)) => {
                OnCurve::Bn254(Pending { key, inputs, proof })
            }
            (CircuitKey::Bls12_381(key), Inputs::Bls12_381(inputs), Proof::Bls12_381(proof)) => {
                OnCurve::Bls12_381(Pending { key, inputs, proof })
            }
            _ => return Err(VerifyError::Rejected),
        };
        Ok(Self(Box::new(on_curve)))
    }

    /// Verifies it alone.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn verify(self) -> Result<Kept, VerifyError> {
        match *self.0 {
            OnCurve::Bn254(pending) => pending.verify(),
            OnCurve::Bls12_381(pending) => pending.verify(),
        }
    }
}

impl<C: Curve> Pending<C> {
    fn verify(self) -> Result<Kept, VerifyError> {
        let Self { key, inputs, proof } = self;
        key.verify(inputs, &proof).map(|_| Kept(proof.to_compressed_bytes()))
    }
}

/// Verifies proofs together, those of each curve for themselves, and answers in their order.
///
/// # Errors
/// [`BatchError`], when there are more proofs or circuits than a batch may have; nothing is verified then.
pub fn verify_all(proofs: &[&Unverified]) -> Result<Vec<Result<Kept, VerifyError>>, BatchError> {
    let (on_bn254, on_bls12_381) = by_curve(proofs);
    let (mut on_bn254, mut on_bls12_381) = (verify_on(&on_bn254)?, verify_on(&on_bls12_381)?);
    let next = |proof: &&Unverified| match *proof.0 {
        OnCurve::Bn254(_) => on_bn254.next(),
        OnCurve::Bls12_381(_) => on_bls12_381.next(),
    };
    // There is a result for each.
    Ok(proofs.iter().map(next).map(|result| result.unwrap_or(Err(VerifyError::Rejected))).collect())
}

/// The most instructions that [`verify_all`] takes for these.
#[must_use]
pub fn instruction_bound(proofs: &[&Unverified]) -> u64 {
    let (on_bn254, on_bls12_381) = by_curve(proofs);
    bound_on(&on_bn254) + bound_on(&on_bls12_381)
}

fn by_curve<'a>(proofs: &[&'a Unverified]) -> (Vec<&'a Pending<Bn254>>, Vec<&'a Pending<Bls12_381>>) {
    let (mut on_bn254, mut on_bls12_381) = (Vec::new(), Vec::new());
    for proof in proofs {
        match proof.0.as_ref() {
            OnCurve::Bn254(pending) => on_bn254.push(pending),
            OnCurve::Bls12_381(pending) => on_bls12_381.push(pending),
        }
    }
    (on_bn254, on_bls12_381)
}

fn verify_on<C: Curve>(proofs: &[&Pending<C>]) -> Result<impl Iterator<Item = Result<Kept, VerifyError>>, BatchError> {
    let items = proofs.iter().map(|Pending { key, inputs, proof }| BatchItem { key, inputs: inputs.clone(), proof });
    let results = batch::verify(items.collect())?;
    let kept = |(pending, result): (&&Pending<C>, batch::Verified<C>)| {
        result.map(|_| Kept(pending.proof.to_compressed_bytes()))
    };
    Ok(proofs.iter().zip(results).map(kept).collect::<Vec<_>>().into_iter())
}

fn bound_on<C: Curve>(proofs: &[&Pending<C>]) -> u64 {
    if proofs.is_empty() {
        return 0;
    }
    batch::instruction_bound(proofs.iter().map(|pending| pending.key.as_ref()))
}
