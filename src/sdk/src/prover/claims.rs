//! What each key proves.

use super::{BoundProof, CircuitKey, ProverError};
use crate::{
    Random,
    circuit::{
        AnonymousSignalCircuit, ContextMembershipCircuit, CredentialRangeCircuit, CredentialSetCircuit, Depth,
        NoteCommitmentCircuit,
    },
    commitment::NoteOpening,
    semaphore::Identity,
};
use ark_ff::{BigInt, PrimeField};
use calisec_zk::{
    merkle::Path,
    statement::{
        Domain,
        anonymous_signal::AnonymousSignal,
        context_membership::{ContextMembership, Leaf},
        credential::{AllowedSet, Attested, Credential, CredentialRange, CredentialSet, Range},
        note_commitment::{NoteCommitment, content_tag},
    },
};

/// The key that proofs of note commitments are made with.
pub type ProvingKey = CircuitKey<NoteCommitmentCircuit>;
/// The key that proofs of membership in a context are made with.
pub type MembershipKey = CircuitKey<ContextMembershipCircuit>;
/// The key that anonymous signals are made with, none of Semaphore's: its circuit is an `OwnKeySignal`.
pub type SignalKey = CircuitKey<AnonymousSignalCircuit>;
/// The key that proofs of an attested number's range are made with.
pub type CredentialRangeKey = CircuitKey<CredentialRangeCircuit>;
/// The key that proofs of an attested value's being in a set are made with.
pub type CredentialSetKey = CircuitKey<CredentialSetCircuit>;

/// Proof of a note commitment.
pub type NoteProof<'a> = BoundProof<'a, NoteCommitment>;
/// Proof of membership in a context.
pub type MembershipProof<'a> = BoundProof<'a, ContextMembership>;
/// Proof of an anonymous signal.
pub type SignalProof<'a> = BoundProof<'a, AnonymousSignal>;
/// Proof of an attested number's range.
pub type RangeProof<'a> = BoundProof<'a, CredentialRange>;
/// Proof of an attested value's being in a set.
pub type SetProof<'a> = BoundProof<'a, CredentialSet>;

impl ProvingKey {
    /// Makes a key; see the module on who must be trusted.
    ///
    /// # Errors
    /// [`ProverError`] only when arkworks fails.
    pub fn setup(random: &mut Random) -> Result<Self, ProverError> {
        Self::setup_with([], random)
    }

    /// Proves that the opening is of a commitment in this context, for use in this domain only. The proof is verified before
    /// it is returned.
    ///
    /// # Errors
    /// [`ProverError::Unverifiable`] when this key is damaged.
    pub fn prove<'a>(
        &self,
        opening: &NoteOpening,
        domain: &Domain<'a>,
        random: &mut Random,
    ) -> Result<NoteProof<'a>, ProverError> {
        let circuit = NoteCommitmentCircuit::new(opening.claim(domain), &opening.to_statement());
        self.prove_circuit(circuit, domain, random)
    }
}

impl MembershipKey {
    /// Makes a key for trees up to a depth; see the module on who must be trusted.
    ///
    /// # Errors
    /// [`ProverError`] only when arkworks fails.
    pub fn setup(depth: Depth, random: &mut Random) -> Result<Self, ProverError> {
        Self::setup_with([depth], random)
    }

    /// Proves that the path leads from one's leaf to a root, for use in this domain only. The root is that of the path:
    /// compare the claim's with the one to prove against.
    ///
    /// # Errors
    /// [`ProverError::TooDeep`], or [`ProverError::Unverifiable`] when this key is damaged.
    pub fn prove<'a>(
        &self,
        leaf: &Leaf,
        path: &Path,
        domain: &Domain<'a>,
        random: &mut Random,
    ) -> Result<MembershipProof<'a>, ProverError> {
        let [depth] = self.depths();
        let claim = ContextMembership::of(leaf, path, domain);
        self.prove_circuit(ContextMembershipCircuit::new(depth, claim, leaf, path)?, domain, random)
    }

    /// The same for a note's commitment.
    ///
    /// # Errors
    /// Those of [`MembershipKey::prove`].
    pub fn prove_note<'a>(
        &self,
        opening: &NoteOpening,
        path: &Path,
        domain: &Domain<'a>,
        random: &mut Random,
    ) -> Result<MembershipProof<'a>, ProverError> {
        let opening = opening.to_statement();
        let content_tag = content_tag(&opening.content_hash);
        let leaf = Leaf { content_tag, owner_secret: opening.owner_secret, salt: opening.salt };
        self.prove(&leaf, path, domain, random)
    }
}

impl SignalKey {
    /// Makes a key for groups up to a depth; see the module on who must be trusted.
    ///
    /// # Errors
    /// [`ProverError`] only when arkworks fails.
    pub fn setup(depth: Depth, random: &mut Random) -> Result<Self, ProverError> {
        Self::setup_with([depth], random)
    }

    /// Proves that the path leads from an identity's commitment to a root, for use in this domain only. The root is that of the
    /// path: compare the claim's with the one to prove against.
    ///
    /// # Errors
    /// [`ProverError::TooDeep`], or [`ProverError::Unverifiable`] when this key is damaged.
    pub fn prove<'a>(
        &self,
        identity: &Identity,
        path: &Path,
        domain: &Domain<'a>,
        random: &mut Random,
    ) -> Result<SignalProof<'a>, ProverError> {
        let [depth] = self.depths();
        let claim = identity.claim(path, domain);
        self.prove_circuit(AnonymousSignalCircuit::new(depth, claim, identity, path)?, domain, random)
    }
}

impl CredentialRangeKey {
    /// Makes a key for issuers' trees up to a depth; see the module on who must be trusted.
    ///
    /// # Errors
    /// [`ProverError`] only when arkworks fails.
    pub fn setup(issuer_depth: Depth, random: &mut Random) -> Result<Self, ProverError> {
        Self::setup_with([issuer_depth], random)
    }

    /// Proves that the path leads from one's credential to an issuer's root and that its value lies in the range, for use in
    /// this domain only.
    ///
    /// # Errors
    /// [`ProverError::NotInRange`], [`ProverError::TooDeep`], or [`ProverError::Unverifiable`] when this key is damaged.
    pub fn prove<'a>(
        &self,
        credential: &Credential,
        path: &Path,
        range: Range,
        domain: &Domain<'a>,
        random: &mut Random,
    ) -> Result<RangeProof<'a>, ProverError> {
        match credential.value.into_bigint() {
            BigInt([value, 0, 0, 0]) if range.contains(value) => {}
            _ => return Err(ProverError::NotInRange),
        }
        let [depth] = self.depths();
        let claim = CredentialRange { attested: Attested::of(credential, path, domain), range };
        self.prove_circuit(CredentialRangeCircuit::new(depth, claim, credential, path)?, domain, random)
    }
}

impl CredentialSetKey {
    /// Makes a key for issuers' trees and sets up to a depth each; see the module on who must be trusted.
    ///
    /// # Errors
    /// [`ProverError`] only when arkworks fails.
    pub fn setup(issuer_depth: Depth, set_depth: Depth, random: &mut Random) -> Result<Self, ProverError> {
        Self::setup_with([issuer_depth, set_depth], random)
    }

    /// Proves that the path leads from one's credential to an issuer's root and that its value is in the set, for use in this
    /// domain only.
    ///
    /// # Errors
    /// [`ProverError::NotInSet`], [`ProverError::TooDeep`], or [`ProverError::Unverifiable`] when this key is damaged.
    pub fn prove<'a>(
        &self,
        credential: &Credential,
        path: &Path,
        set: &AllowedSet,
        domain: &Domain<'a>,
        random: &mut Random,
    ) -> Result<SetProof<'a>, ProverError> {
        let path_in_set = set.path(credential.value)?;
        let claim = CredentialSet { attested: Attested::of(credential, path, domain), set_root: set.root() };
        let circuit = CredentialSetCircuit::new(self.depths(), claim, credential, path, &path_in_set)?;
        self.prove_circuit(circuit, domain, random)
    }
}
