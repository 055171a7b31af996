//! Circuits: what proofs are checked against.

use crate::ids::{CircuitId, Digest32, Timestamp};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// What a circuit's public inputs mean, in their order. Every kind but [`StatementKind::Raw`] is checked against the domain of a
/// submission; see `docs/statements.md`.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// `[commitment, nullifier, context_tag, signal]`: the submitter knows the opening of a note commitment that is bound
    /// to one context and one domain.
    NoteCommitment,
    /// Whatever the app says. Nothing among the inputs is compared with context, consumer, submitter or purpose, so the app
    /// binds what it needs to bind by itself, and guards against replay by itself.
    Raw,
    /// `[root, nullifier, context_tag, signal, scope]`: the submitter owns a leaf of a tree.
    ContextMembership,
    /// `[root, nullifier, H(signal), H(scope)]`: Semaphore v4, the submitter is one of a group. Under the keys of Semaphore's
    /// ceremony only.
    AnonymousSignal {
        /// Of Semaphore's circuit, 1 to 32.
        depth: u8,
    },
    /// `[issuer_root, nullifier, context_tag, signal, scope, attribute_tag, low, high]`: a value that an issuer attested to the
    /// submitter lies in a range.
    CredentialRange,
    /// `[issuer_root, nullifier, context_tag, signal, scope, attribute_tag, set_root]`: such a value is one of a set.
    CredentialSet,
    /// `[commitment, nullifier, context_tag, signal]`, words: a note commitment, proved by a STARK. Not zero-knowledge.
    StarkNoteCommitment,
    /// `[root, nullifier, context_tag, signal]`, words: a leaf of a tree, proved by a STARK. Not zero-knowledge.
    StarkMembership,
    /// The same as [`StatementKind::AnonymousSignal`] under any other key: whoever made it can prove it of any group, so trust
    /// the circuit, by its id. Its nullifiers are counted for themselves.
    OwnKeySignal,
}

/// The pairing-friendly curve of a Groth16 circuit.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// Also called alt_bn128 and BN256; about 100 bits of security.
    Bn254,
    /// About 120 bits of security, at twice the cost. Raw statements only.
    Bls12_381,
}

/// Whether proofs of a circuit still count.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "storage", derive(minicbor::Encode, minicbor::Decode))]
#[cfg_attr(feature = "storage", cbor(index_only))]
pub enum CircuitStatus {
    /// They earn receipts.
    #[cfg_attr(feature = "storage", n(0))]
    Active,
    /// They earn no new receipts; those that were issued count. Set and unset by the circuit's owner or by governance.
    #[cfg_attr(feature = "storage", n(1))]
    Deprecated,
    /// They are worth nothing, and receipts that were not consumed yet neither. Set by governance, for good.
    #[cfg_attr(feature = "storage", n(2))]
    Revoked,
}

/// How the canister is installed.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ProofVerifierInit {
    /// Who may revoke circuits; nobody when absent.
    pub governance: Option<Principal>,
}

/// Changes a circuit's status.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SetCircuitStatusArg {
    /// Which circuit.
    pub circuit: CircuitId,
    /// What it shall be.
    pub status: CircuitStatus,
}

/// A verifying key as it comes.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum EncodedVerifyingKey {
    /// snarkjs `verification_key.json` (groth16, bn128 or bls12381).
    SnarkjsJson(String),
    /// arkworks `serialize_compressed` of `ark_groth16::VerifyingKey<E>`.
    ArkCompressed(ByteBuf),
    /// arkworks `serialize_uncompressed` of the same.
    ArkUncompressed(ByteBuf),
    /// `WriteTo` of gnark's `groth16.VerifyingKey`.
    GnarkCompressed(ByteBuf),
    /// `WriteRawTo` of the same.
    GnarkRaw(ByteBuf),
}

/// Registers a circuit.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RegisterCircuitArg {
    /// A name for humans, 1 to [`super::MAX_CIRCUIT_NAME_BYTES`] bytes.
    pub name: String,
    /// What its public inputs mean.
    pub statement: StatementKind,
    /// The curve of its verifying key.
    pub curve: Curve,
    /// Its verifying key.
    pub verifying_key: EncodedVerifyingKey,
    /// SHA-256 of the transcript of the ceremony that made the key, for those who want to check it. Not looked at.
    pub ceremony: Option<Digest32>,
}

/// A circuit: registered, or built in for STARKs. Nothing but its status ever changes.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Circuit {
    /// Hash of its canonical verifying key; of another form for [`StatementKind::Raw`], [`StatementKind::OwnKeySignal`] and STARKs.
    /// So whoever names a circuit by its id names what its proofs mean.
    pub id: CircuitId,
    /// Its name.
    pub name: String,
    /// What its public inputs mean.
    pub statement: StatementKind,
    /// Its curve; none for STARKs.
    pub curve: Option<Curve>,
    /// How many public inputs it takes.
    pub public_inputs: u32,
    /// What its owner says is the SHA-256 of the transcript of its ceremony.
    pub ceremony: Option<Digest32>,
    /// Who registered it, and may deprecate it; the canister itself for Semaphore's circuits and those of STARKs, which are nobody's. Registering
    /// proves nothing: whoever relies on a circuit must know its id.
    pub owner: Principal,
    /// When.
    pub registered_at: Timestamp,
    /// Whether its proofs still count.
    pub status: CircuitStatus,
}

/// Asks for a page of circuits.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct CircuitsArg {
    /// The last circuit of the page before; `null` for the first page.
    pub after: Option<CircuitId>,
    /// Page length.
    pub limit: Option<u32>,
}

/// A page of circuits, ordered by id.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct CircuitsPage {
    /// The circuits.
    pub circuits: Vec<Circuit>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<CircuitId>,
}
