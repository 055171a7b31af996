//! STARK proofs of a note's commitment and of membership: no trusted setup, and **not zero-knowledge**.
//!
//! Context, content and domain mean what they mean to the other proofs; commitments and nullifiers are other ones, as they are
//! made with another hash. The owner's secret must be one for this proof system only: `docs/stark.md` says what a proof
//! leaks, and what it is good for.
//!
//! ```
//! use calisec_sdk::{Random, stark};
//! use calisec_types::ids::{ContextId, Digest32};
//! use calisec_zk::statement::{Domain, Purpose};
//! use candid::Principal;
//!
//! let mut random = Random::from_seed([7; 32]);
//! let domain = Domain {
//!     network_root_key_hash: Digest32([1; 32]),
//!     proof_verifier: Principal::from_slice(&[1]),
//!     context_id: ContextId([2; 32]),
//!     consumer: Principal::from_slice(&[3]),
//!     submitter: Principal::from_slice(&[4]),
//!     purpose: Purpose::MINT,
//! };
//! let note = stark::NoteOpening {
//!     owner_secret: stark::random_word(&mut random),
//!     salt: stark::random_word(&mut random),
//!     content_tag: stark::content_word(&Digest32([9; 32]))?,
//! };
//! let (claim, proof) = stark::prove_note(&note, &domain, &mut random)?;
//! assert_eq!(stark::verify(&claim, &proof), Ok(()));
//! let arg = stark::submit_arg(&claim, proof, &domain);
//! assert_eq!(arg.public_inputs.len(), 4);
//! # Ok::<(), stark::StarkError>(())
//! ```

mod tree;

pub use self::tree::{MemberTree, TooManyLeaves};
use crate::Random;
pub use calisec_stark::{
    Membership, NoteCommitment, Refusal, Statement, Word,
    prove::{MemberOpening, NotProved, NoteOpening, Step},
    verify,
    word::NotCanonical,
};
use calisec_types::ids::{CircuitId, Digest32, FieldElement};
use calisec_types::proof_verifier::{EncodedProof, SubmitArg};
use calisec_zk::{
    field::{Fr, to_be32},
    statement::{
        Domain,
        note_commitment::{content_tag, context_tag},
        stark_circuit_id,
    },
};

/// Why there is no proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StarkError {
    /// A tag has more than 248 bits, which ours never have.
    #[error(transparent)]
    Tag(#[from] NotCanonical),
    /// The prover gave up.
    #[error(transparent)]
    Prover(#[from] NotProved),
}

/// A uniformly random word: an owner's secret, or a salt.
#[must_use]
pub fn random_word(random: &mut Random) -> Word {
    Word::of_random(&random.bytes())
}

/// What stands for a content, given the SHA-256 of its plaintext.
///
/// # Errors
/// See [`StarkError::Tag`].
pub fn content_word(content_hash: &Digest32) -> Result<Word, NotCanonical> {
    word(&content_tag(content_hash))
}

/// Proves a note's commitment, for use in a domain only.
///
/// # Errors
/// See [`StarkError`].
pub fn prove_note(
    note: &NoteOpening,
    domain: &Domain<'_>,
    random: &mut Random,
) -> Result<(NoteCommitment, Vec<u8>), StarkError> {
    let [context, signal] = public_words(domain)?;
    Ok(note.prove(context, signal, &mut |bytes| fill(random, bytes))?)
}

/// Proves membership in a domain's context, for use in that domain only.
///
/// # Errors
/// See [`StarkError`].
pub fn prove_membership(
    member: &MemberOpening,
    domain: &Domain<'_>,
    random: &mut Random,
) -> Result<(Membership, Vec<u8>), StarkError> {
    let [context, signal] = public_words(domain)?;
    Ok(member.prove(context, signal, &mut |bytes| fill(random, bytes))?)
}

/// For `proof_verifier.submit`, by the submitter of the domain.
#[must_use]
pub fn submit_arg<S: Statement>(claim: &S, proof: Vec<u8>, domain: &Domain<'_>) -> SubmitArg {
    SubmitArg {
        circuit: circuit_id::<S>(),
        context: domain.context_id,
        consumer: domain.consumer,
        purpose: domain.purpose.as_str().to_owned(),
        public_inputs: claim.words().iter().map(|word| FieldElement(word.to_bytes())).collect(),
        proof: EncodedProof::Stark(proof.into()),
    }
}

/// The circuit of a statement, which `proof_verifier` has built in.
#[must_use]
pub fn circuit_id<S: Statement>() -> CircuitId {
    stark_circuit_id(&S::TAG.to_bytes())
}

/// The context's tag and the signal that a claim in this domain has.
///
/// # Errors
/// See [`StarkError::Tag`].
pub fn public_words(domain: &Domain<'_>) -> Result<[Word; 2], NotCanonical> {
    Ok([word(&context_tag(&domain.context_id))?, word(&domain.signal())?])
}

fn word(tag: &Fr) -> Result<Word, NotCanonical> {
    Word::of_h248(&to_be32(tag))
}

fn fill(random: &mut Random, bytes: &mut [u8]) {
    ark_std::rand::RngCore::fill_bytes(random, bytes);
}
