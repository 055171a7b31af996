//! Proving statements with Groth16 on BN254.
//!
//! | key | proves | depths |
//! |---|---|---|
//! | [`ProvingKey`] | [`calisec_zk::statement::note_commitment`] | |
//! | [`MembershipKey`] | [`calisec_zk::statement::context_membership`] | of the context's tree |
//! | [`SignalKey`] | [`calisec_zk::statement::anonymous_signal`] | of the group |
//! | [`CredentialRangeKey`] | [`calisec_zk::statement::credential`], a range | of the issuer's tree |
//! | [`CredentialSetKey`] | [`calisec_zk::statement::credential`], a set | of the issuer's tree, of the set |
//!
//! A proving key is made once per network and depth, and shared: it is public. The circuit id of the first is what the note
//! registry is installed with. Proving takes well under a second on an ordinary computer.
//!
//! # The set-up is trusted
//!
//! Who keeps the randomness of [`ProvingKey::setup`] can prove false statements. For anything of value the key must come
//! from a ceremony of several parties, of whom one honest one suffices, and be imported.
//!
//! Of those for whom a key works, nobody can tell from a proof who made it, whoever made or altered the key: one that would not
//! blind its proofs is refused. But a key can be made to fail for some ([`ProverError::Unverifiable`]): use none that fails for
//! anybody, or its proofs tell that they are of the others.
//!
//! # Example
//!
//! ```
//! use calisec_sdk::{Random, commitment::{NoteOpening, OwnerSecret}, prover::{self, ProvingKey}};
//! use calisec_sdk::zk::statement::{Domain, Purpose};
//! use calisec_types::ids::{ContextId, Digest32};
//! use candid::Principal;
//!
//! let mut random = Random::from_seed([7; 32]);
//! let key = ProvingKey::setup(&mut random)?;
//! let opening = NoteOpening::new(Digest32([1; 32]), &OwnerSecret::random(&mut random), &mut random);
//! let domain = Domain {
//!     network_root_key_hash: Digest32([2; 32]),
//!     proof_verifier: Principal::from_slice(&[1]),
//!     context_id: ContextId([3; 32]),
//!     consumer: Principal::from_slice(&[2]),
//!     submitter: Principal::from_slice(&[3]),
//!     purpose: Purpose::MINT,
//! };
//!
//! // What `proof_verifier.submit` takes, and the receipt it will give.
//! let proof = key.prove(&opening, &domain, &mut random)?;
//! let argument = proof.to_submit_arg();
//! assert_eq!(argument.circuit, key.circuit_id());
//!
//! // Anyone with the verifying key can check it.
//! let verified = prover::verify(key.prepared(), &argument)?;
//! assert_eq!(verified.receipt_id(), proof.receipt_id());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(test)]
mod tests;

mod claims;
mod registration;

pub use self::claims::{CredentialRangeKey, CredentialSetKey, MembershipKey, ProvingKey, SignalKey};
pub use self::claims::{MembershipProof, NoteProof, RangeProof, SetProof, SignalProof};
pub use self::registration::semaphore_register_arg;

use crate::{
    Random,
    circuit::{Circuit, Depth, PathTooLong},
};
use ark_bn254::Bn254;
use ark_ec::AffineRepr;
use ark_groth16::{Groth16, Proof, ProvingKey as ArkProvingKey};
use ark_relations::gr1cs::{ConstraintSystem, SynthesisError, SynthesisMode};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize, SerializationError};
use ark_snark::SNARK;
use calisec_types::{
    ids::{CircuitId, FieldElement, ReceiptId},
    proof_verifier::{EncodedProof, EncodedVerifyingKey, SubmitArg, VerifyArg},
};
use calisec_zk::{
    field::{NonCanonicalAt, to_be32},
    groth16::{
        KeyError, PreparedKey, ProofError, PublicInputs, RawProof, RawVerifyingKey, VerifiedProof, VerifyError,
        VerifyingKey,
    },
    statement::{Domain, KeyOfOtherStatement, Statement, credential::SetMembershipError, receipt_id},
};
use core::fmt;

/// Bytes of an encoded proving key at the most; that of notes has about 400 kB, that of a tree of 32 levels a few MB.
pub const MAX_PROVING_KEY_BYTES: usize = 16 * 1024 * 1024;

const VERSION: u8 = 1;

/// Why no key or proof came about.
#[derive(Debug, thiserror::Error)]
pub enum ProverError {
    /// arkworks could not build the circuit.
    #[error("the circuit cannot be built: {0}")]
    Synthesis(#[from] SynthesisError),
    /// arkworks could not write a key or proof.
    #[error("cannot encode: {0}")]
    Encoding(#[from] SerializationError),
    /// The key made or read is not safe to verify with.
    #[error("the verifying key is refused: {0}")]
    VerifyingKey(#[from] KeyError),
    /// The key made is not of the circuit's statement.
    #[error(transparent)]
    OtherStatement(#[from] KeyOfOtherStatement),
    /// The tree is deeper than the key is for.
    #[error(transparent)]
    TooDeep(#[from] PathTooLong),
    /// The claim is false: the value does not lie in the range.
    #[error("the value does not lie in the range")]
    NotInRange,
    /// The claim is false: the value is not in the set.
    #[error(transparent)]
    NotInSet(#[from] SetMembershipError),
    /// The proof that was made does not verify: the proving key is damaged or of another circuit.
    #[error("the proof that was made does not verify, the proving key must be wrong: {0}")]
    Unverifiable(#[from] VerificationError),
}

/// Why bytes are no proving key.
#[derive(Debug, thiserror::Error)]
pub enum MalformedProvingKey {
    /// Empty, too long, or followed by something.
    #[error(
        "a proving key has between 2 and {MAX_PROVING_KEY_BYTES} bytes and nothing after its end, {length} were given"
    )]
    BadLength {
        /// Bytes that were given.
        length: usize,
    },
    /// Another version made it.
    #[error("proving key version {0} is unknown, this library knows version {VERSION}")]
    UnknownVersion(u8),
    /// Not what arkworks wrote.
    #[error("not a proving key: {0}")]
    Undecodable(#[from] SerializationError),
    /// Its verifying key is not safe to verify with.
    #[error("the verifying key is refused: {0}")]
    VerifyingKey(#[from] KeyError),
    /// Its proofs would not be blinded.
    #[error(
        "the key does not blind its proofs, which would tell who made them: do not use it, and ask who gave it to you"
    )]
    Unblinded,
    /// It names depths that no circuit of the statement has.
    #[error("the key is for depths that no circuit of this statement has")]
    BadDepths,
    /// It takes another number of public inputs, or is Semaphore's.
    #[error("the key is of another circuit: {0}")]
    OtherCircuit(#[from] KeyOfOtherStatement),
    /// It is for another number of variables.
    #[error("the key is of another circuit: it is for {actual} variables, the circuit has {expected}")]
    OtherSize {
        /// What the circuit has.
        expected: usize,
        /// What the key is for.
        actual: usize,
    },
    /// The circuit cannot be built to compare it.
    #[error("the circuit cannot be built: {0}")]
    Synthesis(#[from] SynthesisError),
}

/// Why a proof is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerificationError {
    /// It names another circuit than the key is of.
    #[error("the proof is for circuit {actual}, the key for {expected}")]
    OtherCircuit {
        /// The key's.
        expected: CircuitId,
        /// The proof's.
        actual: CircuitId,
    },
    /// A public input is not canonical.
    #[error(transparent)]
    Input(#[from] NonCanonicalAt),
    /// It is no proof.
    #[error(transparent)]
    Malformed(#[from] ProofError),
    /// It proves something else, or nothing.
    #[error(transparent)]
    Rejected(#[from] VerifyError),
}

/// The key that proofs of one circuit are made with; see the module for its names.
pub struct CircuitKey<C: Circuit> {
    ark: ArkProvingKey<Bn254>,
    verifying: VerifyingKey,
    prepared: PreparedKey,
    depths: C::Depths,
}

impl<C: Circuit> CircuitKey<C> {
    /// Version (1), a byte per depth, then arkworks' uncompressed encoding.
    ///
    /// # Errors
    /// [`ProverError::Encoding`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, ProverError> {
        let mut bytes = Vec::with_capacity(3 + self.ark.uncompressed_size());
        bytes.push(VERSION);
        bytes.extend(self.depths.as_ref().iter().map(|depth| depth.levels()));
        self.ark.serialize_uncompressed(&mut bytes)?;
        Ok(bytes)
    }

    /// The inverse of [`CircuitKey::to_bytes`]; every point is checked. Compare [`CircuitKey::circuit_id`] with the one that
    /// you trust.
    ///
    /// ```
    /// use calisec_sdk::{Random, prover::ProvingKey};
    ///
    /// let key = ProvingKey::setup(&mut Random::from_seed([7; 32]))?;
    /// assert_eq!(ProvingKey::from_bytes(&key.to_bytes()?)?.circuit_id(), key.circuit_id());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`MalformedProvingKey`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedProvingKey> {
        let bad_length = || MalformedProvingKey::BadLength { length: bytes.len() };
        let (version, rest) = bytes.split_first().ok_or_else(bad_length)?;
        if bytes.len() > MAX_PROVING_KEY_BYTES || rest.is_empty() {
            return Err(bad_length());
        }
        if *version != VERSION {
            return Err(MalformedProvingKey::UnknownVersion(*version));
        }
        // A depth is one byte, here and in memory.
        let (depths, mut rest) = rest.split_at_checked(size_of::<C::Depths>()).ok_or_else(bad_length)?;
        let depths = depths.iter().map(|levels| Depth::new(*levels)).collect::<Result<Vec<_>, _>>();
        let depths = depths.map_err(|_| MalformedProvingKey::BadDepths)?;
        let depths = C::Depths::try_from(&depths).map_err(|_| MalformedProvingKey::BadDepths)?;
        let ark = ArkProvingKey::<Bn254>::deserialize_uncompressed(&mut rest)?;
        if !rest.is_empty() {
            return Err(bad_length());
        }
        // Of the points that proofs are made with this one blinds A. B is blinded with a point of the verifying key, which is not
        // infinity either, and in a proof that verifies A and B determine C: so any two witnesses with which proofs verify have
        // the same proofs, equally often, whoever made the key.
        if ark.delta_g1.is_zero() {
            return Err(MalformedProvingKey::Unblinded);
        }
        let key = Self::from_ark::<MalformedProvingKey>(ark, depths)?;
        let (expected, actual) = (count_variables(C::blank(depths))?, key.ark.a_query.len());
        if actual != expected {
            return Err(MalformedProvingKey::OtherSize { expected, actual });
        }
        Ok(key)
    }

    fn setup_with(depths: C::Depths, random: &mut Random) -> Result<Self, ProverError> {
        let (ark, _) = Groth16::<Bn254>::circuit_specific_setup(C::blank(depths), random)?;
        Self::from_ark(ark, depths)
    }

    fn from_ark<E>(ark: ArkProvingKey<Bn254>, depths: C::Depths) -> Result<Self, E>
    where
        E: From<KeyError> + From<KeyOfOtherStatement>,
    {
        let mut bytes = Vec::with_capacity(ark.vk.uncompressed_size());
        // Writing to a `Vec` cannot fail, and bytes that are cut short are refused right below.
        let _ = ark.vk.serialize_uncompressed(&mut bytes);
        let verifying = RawVerifyingKey::ArkUncompressed(&bytes).decode()?;
        let prepared = PreparedKey::new(&verifying).map_err(KeyError::Point)?.of_statement(C::KIND)?;
        Ok(Self { ark, verifying, prepared, depths })
    }

    /// How deep the trees in the circuit may be.
    #[must_use]
    pub fn depths(&self) -> C::Depths {
        self.depths
    }

    /// The key that verifies.
    #[must_use]
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// The same, ready for [`verify`].
    #[must_use]
    pub fn prepared(&self) -> &PreparedKey {
        &self.prepared
    }

    /// The same, as `proof_verifier.register_circuit` takes it.
    #[must_use]
    pub fn to_encoded_verifying_key(&self) -> EncodedVerifyingKey {
        EncodedVerifyingKey::ArkUncompressed(self.verifying.to_canonical_bytes().into())
    }

    /// The circuit's id, for who verifies.
    #[must_use]
    pub fn circuit_id(&self) -> CircuitId {
        self.prepared.circuit()
    }

    /// For circuits whose claim is true. The proof is verified before it is returned.
    fn prove_circuit<'a>(
        &self,
        circuit: C,
        domain: &Domain<'a>,
        random: &mut Random,
    ) -> Result<BoundProof<'a, C::Claim>, ProverError> {
        let claim = circuit.claim();
        let proof: Proof<Bn254> = Groth16::<Bn254>::prove(&self.ark, circuit, random)?;
        let mut encoded = Vec::with_capacity(proof.uncompressed_size());
        proof.serialize_uncompressed(&mut encoded)?;
        let proof = BoundProof { circuit: self.circuit_id(), domain: *domain, claim, encoded };
        verify(&self.prepared, &proof.to_submit_arg())?;
        Ok(proof)
    }
}

/// What a key has a point of each kind for: the constant, the public inputs and the witnesses.
fn count_variables(circuit: impl Circuit) -> Result<usize, SynthesisError> {
    let cs = ConstraintSystem::new_ref();
    cs.set_mode(SynthesisMode::Setup);
    circuit.generate_constraints(cs.clone())?;
    Ok(cs.num_instance_variables() + cs.num_witness_variables())
}

impl<C: Circuit> fmt::Debug for CircuitKey<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitKey").field("circuit_id", &self.circuit_id()).finish_non_exhaustive()
    }
}

/// A proof with what it proves and the domain it is bound to. Nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundProof<'a, S> {
    circuit: CircuitId,
    domain: Domain<'a>,
    claim: S,
    encoded: Vec<u8>,
}

impl<S: Statement> BoundProof<'_, S> {
    /// What is claimed.
    #[must_use]
    pub fn claim(&self) -> &S {
        &self.claim
    }

    /// The receipt that `proof_verifier` gives for it.
    #[must_use]
    pub fn receipt_id(&self) -> ReceiptId {
        receipt_id(&self.circuit, &self.claim.inputs())
    }

    /// For `proof_verifier.submit`, by the submitter of the domain.
    #[must_use]
    pub fn to_submit_arg(&self) -> SubmitArg {
        SubmitArg {
            circuit: self.circuit,
            context: self.domain.context_id,
            consumer: self.domain.consumer,
            purpose: self.domain.purpose.as_str().to_owned(),
            public_inputs: self.claim.inputs().iter().map(|input| FieldElement(to_be32(input))).collect(),
            // A quarter cheaper to decode in a canister than the compressed form.
            proof: EncodedProof::ArkUncompressed(self.encoded.clone().into()),
        }
    }

    /// For `proof_verifier.verify`.
    #[must_use]
    pub fn to_verify_arg(&self) -> VerifyArg {
        let SubmitArg { circuit, public_inputs, proof, .. } = self.to_submit_arg();
        VerifyArg { circuit, public_inputs, proof }
    }
}

/// Checks that a proof verifies for its public inputs, as the canister does; the key of circuits whose id is not the hash of the key
/// must say of which statement it is, see [`PreparedKey::of_statement`]. Whether those are of the right context and domain
/// is for the caller to compare, with [`Statement::check`].
///
/// # Errors
/// [`VerificationError`].
pub fn verify(key: &PreparedKey, submitted: &SubmitArg) -> Result<VerifiedProof, VerificationError> {
    if submitted.circuit != key.circuit() {
        return Err(VerificationError::OtherCircuit { expected: key.circuit(), actual: submitted.circuit });
    }
    let encodings: Vec<[u8; 32]> = submitted.public_inputs.iter().map(|input| input.0).collect();
    let inputs = PublicInputs::parse(&encodings)?;
    let proof = RawProof::try_from(&submitted.proof)?.decode()?;
    Ok(key.verify(inputs, &proof)?)
}
