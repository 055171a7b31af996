//! The statements that STARKs prove. Their circuits are built in: nobody registers or owns them.

use crate::statement::{Claimed, Unclaimed};
use crate::storage::{StoredCircuit, StoredStatement};
use calisec_stark::{Membership, NoteCommitment, Refusal, Statement, Word};
use calisec_types::ids::{CircuitId, FieldElement, Timestamp};
use calisec_types::proof_verifier::{MAX_STARK_PROOF_BYTES, ProofReason};
use calisec_zk::field::{Fr, NonCanonicalAt, to_be32};
use calisec_zk::statement::note_commitment::context_tag;
use calisec_zk::statement::{Domain, Mismatch, receipt_id_of_encoded, stark_circuit_id};
use candid::Principal;
use sha2::{Digest, Sha256};

const _: () =
    assert!(MAX_STARK_PROOF_BYTES == calisec_stark::MAX_PROOF_BYTES, "the interface says what the library takes");

/// Public words of each statement.
pub const WORDS: usize = 4;

/// Domain tag of where the nullifiers of a membership count.
const SCOPE_TAG: &[u8] = b"calisec.stark-scope.v1\0";

/// What is claimed of which statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StarkClaim {
    /// See [`StoredStatement::StarkNoteCommitment`].
    NoteCommitment(NoteCommitment),
    /// See [`StoredStatement::StarkMembership`].
    Membership(Membership),
}

/// The circuits, with their ids.
#[must_use]
pub fn built_in(canister: Principal, now: Timestamp) -> [(CircuitId, StoredCircuit); 2] {
    let circuit = |tag: Word, name: &str, statement| {
        let circuit = StoredCircuit {
            name: name.to_owned(),
            statement,
            public_inputs: WORDS as u32,
            owner: canister,
            registered_at: now,
            curve: None,
            ceremony: None,
        };
        (stark_circuit_id(&tag.to_bytes()), circuit)
    };
    [
        circuit(NoteCommitment::TAG, "STARK of a note commitment", StoredStatement::StarkNoteCommitment),
        circuit(Membership::TAG, "STARK of membership", StoredStatement::StarkMembership),
    ]
}

impl StarkClaim {
    /// Reads the words of a note commitment.
    ///
    /// # Errors
    /// [`NonCanonicalAt`] for the first that is not canonical.
    pub fn note_commitment(words: [FieldElement; WORDS]) -> Result<Self, NonCanonicalAt> {
        let [commitment, nullifier, context_tag, signal] = parse(words)?;
        Ok(Self::NoteCommitment(NoteCommitment { commitment, nullifier, context_tag, signal }))
    }

    /// Reads the words of a membership.
    ///
    /// # Errors
    /// [`NonCanonicalAt`] for the first that is not canonical.
    pub fn membership(words: [FieldElement; WORDS]) -> Result<Self, NonCanonicalAt> {
        let [root, nullifier, context_tag, signal] = parse(words)?;
        Ok(Self::Membership(Membership { root, nullifier, context_tag, signal }))
    }

    /// Compares what follows from the domain, and names receipt and nullifier.
    ///
    /// The nullifier of a membership is one per owner and context. It counts once per scope, as those of the other
    /// statements do; unlike them it is the same in all scopes of a context, and so tells that it is the same owner.
    ///
    /// # Errors
    /// [`Unclaimed::Mismatch`].
    pub fn claimed(&self, circuit: CircuitId, domain: &Domain<'_>) -> Result<Claimed, Unclaimed> {
        let (words, counts_in) = match self {
            Self::NoteCommitment(claim) => (claim.words(), circuit),
            Self::Membership(claim) => (claim.words(), in_scope(circuit, &domain.scope())),
        };
        let [_, nullifier, context, signal] = words;
        for (word, expected, otherwise) in
            [(context, context_tag(&domain.context_id), Mismatch::Context), (signal, domain.signal(), Mismatch::Signal)]
        {
            if Word::of_h248(&to_be32(&expected)) != Ok(word) {
                return Err(Unclaimed::Mismatch(otherwise));
            }
        }
        Ok(Claimed {
            receipt: receipt_id_of_encoded(&circuit, words.map(|word| word.to_bytes())),
            nullifier: (counts_in, FieldElement(nullifier.to_bytes())),
        })
    }

    /// Checks a proof.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn verify(&self, proof: &[u8]) -> Result<(), ProofReason> {
        match self {
            Self::NoteCommitment(claim) => calisec_stark::verify(claim, proof),
            Self::Membership(claim) => calisec_stark::verify(claim, proof),
        }
        .map_err(|refusal| match refusal {
            Refusal::Oversized { .. } | Refusal::Parameters | Refusal::Malformed { .. } => {
                ProofReason::MalformedProof(refusal.to_string())
            }
            Refusal::Remainder | Refusal::Invalid { .. } => ProofReason::InvalidProof,
        })
    }
}

fn parse(words: [FieldElement; WORDS]) -> Result<[Word; WORDS], NonCanonicalAt> {
    let mut parsed = [Word::constant(0); WORDS];
    for (index, (word, bytes)) in parsed.iter_mut().zip(words).enumerate() {
        *word = Word::from_bytes(&bytes.0).map_err(|_| NonCanonicalAt { index })?;
    }
    Ok(parsed)
}

fn in_scope(circuit: CircuitId, scope: &Fr) -> CircuitId {
    let hash = Sha256::new_with_prefix(SCOPE_TAG).chain_update(circuit.0).chain_update(to_be32(scope)).finalize();
    CircuitId(hash.into())
}
