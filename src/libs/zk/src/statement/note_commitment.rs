//! Statement `note_commitment` v1: "I know the opening of this commitment, it is bound to this context, and this is its
//! nullifier".

use super::{Domain, Malformed, Mismatch, Statement, exactly, expect};
use crate::{
    field::{Fr, h248},
    poseidon::{Element, Residue, hash2_in, hash4_in},
};
use calisec_types::ids::{ContextId, Digest32};

/// How many public inputs the statement has.
pub const PUBLIC_INPUTS: usize = 4;

/// The public inputs, named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoteCommitment {
    /// Hides and binds context, content, owner secret and salt.
    pub commitment: Fr,
    /// The same for the same owner, content and context, whatever the salt: an owner cannot mint a content twice.
    pub nullifier: Fr,
    /// [`context_tag`] of the context.
    pub context_tag: Fr,
    /// [`Domain::signal`] of where the proof may be used.
    pub signal: Fr,
}

impl NoteCommitment {
    /// What the owner of an opening claims in a domain.
    ///
    /// ```
    /// use calisec_types::ids::{ContextId, Digest32};
    /// use calisec_zk::field::Fr;
    /// use calisec_zk::statement::{Domain, Purpose, note_commitment::{NoteCommitment, Opening}};
    /// use candid::Principal;
    ///
    /// let opening = Opening {
    ///     content_hash: Digest32([9; 32]),
    ///     owner_secret: Fr::from(1u64),
    ///     salt: Fr::from(2u64),
    /// };
    /// let domain = Domain {
    ///     network_root_key_hash: Digest32([1; 32]),
    ///     proof_verifier: Principal::from_slice(&[1]),
    ///     context_id: ContextId([2; 32]),
    ///     consumer: Principal::from_slice(&[3]),
    ///     submitter: Principal::from_slice(&[4]),
    ///     purpose: Purpose::MINT,
    /// };
    /// let claim = NoteCommitment::of(&opening, &domain);
    /// let salted_anew = NoteCommitment::of(&Opening { salt: Fr::from(3u64), ..opening }, &domain);
    /// assert_ne!(claim.commitment, salted_anew.commitment);
    /// assert_eq!(claim.nullifier, salted_anew.nullifier);
    /// ```
    #[must_use]
    pub fn of(opening: &Opening, domain: &Domain<'_>) -> Self {
        let context_tag = context_tag(&domain.context_id);
        let Ok(Derived { commitment, nullifier }) = derive(Private {
            context_tag: Residue::from(context_tag),
            content_tag: content_tag(&opening.content_hash).into(),
            owner_secret: opening.owner_secret.into(),
            salt: opening.salt.into(),
        });
        Self { commitment: (&commitment).into(), nullifier: (&nullifier).into(), context_tag, signal: domain.signal() }
    }

    /// In the circuit's order.
    #[must_use]
    pub fn to_public_inputs(&self) -> [Fr; PUBLIC_INPUTS] {
        [self.commitment, self.nullifier, self.context_tag, self.signal]
    }

    /// From the circuit's order.
    #[must_use]
    pub fn from_public_inputs([commitment, nullifier, context_tag, signal]: [Fr; PUBLIC_INPUTS]) -> Self {
        Self { commitment, nullifier, context_tag, signal }
    }
}

impl Statement for NoteCommitment {
    const INPUT_COUNT: usize = PUBLIC_INPUTS;

    fn inputs(&self) -> Vec<Fr> {
        self.to_public_inputs().to_vec()
    }

    fn parse(inputs: &[Fr]) -> Result<Self, Malformed> {
        exactly(inputs).map(Self::from_public_inputs)
    }

    fn nullifier(&self) -> Fr {
        self.nullifier
    }

    fn check(&self, domain: &Domain<'_>) -> Result<(), Mismatch> {
        expect(self.context_tag, context_tag(&domain.context_id), Mismatch::Context)?;
        expect(self.signal, domain.signal(), Mismatch::Signal)
    }
}

/// What only the owner knows of a note. Whoever holds it can prove and link the note; it has no `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// SHA-256 of the plaintext.
    pub content_hash: Digest32,
    /// Uniformly random; the owner's for life.
    pub owner_secret: Fr,
    /// Uniformly random per note.
    pub salt: Fr,
}

/// Stands for a context in a circuit.
#[must_use]
pub fn context_tag(context: &ContextId) -> Fr {
    h248(&[b"calisec.context.v1\0".as_slice(), &context.0].concat())
}

/// Stands for a note's content in a circuit.
#[must_use]
pub fn content_tag(content_hash: &Digest32) -> Fr {
    h248(&[b"calisec.content.v1\0".as_slice(), &content_hash.0].concat())
}

/// What goes into [`derive()`]: field elements, or the variables of a circuit that stand for them.
pub struct Private<E> {
    /// Public, in fact.
    pub context_tag: E,
    /// See [`content_tag`].
    pub content_tag: E,
    /// See [`Opening::owner_secret`].
    pub owner_secret: E,
    /// See [`Opening::salt`].
    pub salt: E,
}

/// What comes out of [`derive()`].
pub struct Derived<E> {
    /// See [`NoteCommitment::commitment`].
    pub commitment: E,
    /// See [`NoteCommitment::nullifier`].
    pub nullifier: E,
}

/// The relation itself, stated once for canisters, clients and the circuit.
///
/// # Errors
/// When a circuit cannot allocate a variable.
pub fn derive<E: Element>(private: Private<E>) -> Result<Derived<E>, E::Error> {
    let Private { context_tag, content_tag, owner_secret, salt } = private;
    let subject = hash2_in([context_tag.clone(), content_tag.clone()])?;
    Ok(Derived {
        nullifier: hash2_in([owner_secret.clone(), subject])?,
        commitment: hash4_in([context_tag, content_tag, owner_secret, salt])?,
    })
}
