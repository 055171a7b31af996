//! What lies in stable memory. Indices and memory ids are never reused; later versions only add optional ones.

#[cfg(test)]
mod tests;

use calisec_types::ids::{CircuitId, ContextId, Digest32, FieldElement, ReceiptId, Timestamp};
use calisec_types::proof_verifier::{CircuitStatus, Curve, Receipt, StatementKind};
use candid::Principal;
use ic_stable_structures::memory_manager::MemoryId;
use minicbor::{Decode, Encode};

/// `CircuitId` to [`PlacedCircuit`].
pub const CIRCUITS: MemoryId = MemoryId::new(0);
/// `CircuitId` to the canonical verifying-key bytes, written once; apart from the circuits, so that listing those does
/// not read keys.
pub const VERIFYING_KEYS: MemoryId = MemoryId::new(1);
/// Owner to the number of circuits registered.
pub const CIRCUITS_OF_OWNER: MemoryId = MemoryId::new(2);
/// `ReceiptId` to [`PlacedReceipt`].
pub const RECEIPTS: MemoryId = MemoryId::new(3);
/// [`NullifierKey`] to the receipt that used it last.
pub const NULLIFIERS: MemoryId = MemoryId::new(4);
/// [`ReceiptPosition`] to receipt: the pages of a context.
pub const RECEIPTS_OF_CONTEXT: MemoryId = MemoryId::new(5);
// 6 was a map of proofs by receipt until layout 3: a node of a B-tree with STARKs in it is too dear to write.
// 7 was the number of receipts until layout 2, which has it as the length of the tree.
/// The version of this table, see [`LAYOUT_VERSION`].
pub const LAYOUT: MemoryId = MemoryId::new(8);
/// The hash tree of all receipts, see [`calisec_certification::mountains`].
pub const RECEIPT_TREE: MemoryId = MemoryId::new(9);

/// The hash tree of the status of all circuits.
pub const CIRCUIT_TREE: MemoryId = MemoryId::new(10);
/// Who may revoke circuits; the anonymous principal when nobody may.
pub const GOVERNANCE: MemoryId = MemoryId::new(11);

/// Where each proof begins in [`PROOF_BYTES`]: the index of a log.
pub const PROOF_INDEX: MemoryId = MemoryId::new(12);
/// The proofs in the order in which they came: Groth16 in arkworks' compressed encoding, STARKs as they were.
pub const PROOF_BYTES: MemoryId = MemoryId::new(13);

/// `RoundId` to [`crate::aggregate::StoredRound`].
pub const ROUNDS: MemoryId = MemoryId::new(20);
/// Round and contributor to [`crate::aggregate::StoredContribution`].
pub const CONTRIBUTIONS: MemoryId = MemoryId::new(21);
/// Context and round: the pages of a context.
pub const ROUNDS_OF_CONTEXT: MemoryId = MemoryId::new(22);
/// Publisher to the number of rounds opened.
pub const ROUNDS_OF_PUBLISHER: MemoryId = MemoryId::new(23);
/// The hash tree of the receipts of all aggregates.
pub const AGGREGATE_TREE: MemoryId = MemoryId::new(24);

/// Raised when one version of the canister could not work with what another stored. Layouts 1 and 2 were never released.
pub const LAYOUT_VERSION: u64 = 3;

/// A nullifier counts per circuit, see [`crate::statement`].
pub type NullifierKey = (CircuitId, FieldElement);

/// A receipt's place among those of its context.
pub type ReceiptPosition = (ContextId, u64);

/// What public inputs mean, see [`StatementKind`]. Stored as a number, never reused for another kind: see
/// [`StoredStatement::number`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredStatement {
    /// See [`StatementKind::NoteCommitment`].
    NoteCommitment,
    /// See [`StatementKind::Raw`].
    Raw,
    /// See [`StatementKind::ContextMembership`].
    ContextMembership,
    /// See [`StatementKind::AnonymousSignal`].
    AnonymousSignal {
        /// Of the circuit.
        depth: u8,
    },
    /// See [`StatementKind::CredentialRange`].
    CredentialRange,
    /// See [`StatementKind::CredentialSet`].
    CredentialSet,
    /// See [`StatementKind::StarkNoteCommitment`].
    StarkNoteCommitment,
    /// See [`StatementKind::StarkMembership`].
    StarkMembership,
    /// See [`StatementKind::OwnKeySignal`].
    OwnKeySignal,
}

/// Signals of depth 0 would have this number, those of depth 32 the one that is 32 higher.
const SIGNAL: u16 = 0x100;

impl StoredStatement {
    /// What it is stored as.
    #[must_use]
    pub fn number(self) -> u16 {
        match self {
            Self::NoteCommitment => 0,
            Self::Raw => 1,
            Self::ContextMembership => 2,
            Self::CredentialRange => 3,
            Self::CredentialSet => 4,
            Self::StarkNoteCommitment => 5,
            Self::StarkMembership => 6,
            Self::OwnKeySignal => 7,
            Self::AnonymousSignal { depth } => SIGNAL + u16::from(depth),
        }
    }

    fn of_number(number: u16) -> Option<Self> {
        Some(match number {
            0 => Self::NoteCommitment,
            1 => Self::Raw,
            2 => Self::ContextMembership,
            3 => Self::CredentialRange,
            4 => Self::CredentialSet,
            5 => Self::StarkNoteCommitment,
            6 => Self::StarkMembership,
            7 => Self::OwnKeySignal,
            _ => Self::AnonymousSignal { depth: u8::try_from(number.checked_sub(SIGNAL)?).ok()? },
        })
    }
}

impl<C> Encode<C> for StoredStatement {
    fn encode<W: minicbor::encode::Write>(
        &self,
        encoder: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        encoder.u16(self.number())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for StoredStatement {
    fn decode(decoder: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::of_number(decoder.u16()?).ok_or_else(|| minicbor::decode::Error::message("no such statement"))
    }
}

/// See [`Curve`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum StoredCurve {
    /// See [`Curve::Bn254`].
    #[n(0)]
    Bn254,
    /// See [`Curve::Bls12_381`].
    #[n(1)]
    Bls12_381,
}

impl StoredCurve {
    /// What checking a key or a proof takes out of the caller's budget: as often as much as on BN254.
    #[must_use]
    pub const fn charge(self) -> u64 {
        match self {
            Self::Bn254 => 1,
            Self::Bls12_381 => 2,
        }
    }
}

/// Whether proofs of a circuit still count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum StoredStatus {
    /// See [`CircuitStatus::Active`].
    #[n(0)]
    Active,
    /// See [`CircuitStatus::Deprecated`].
    #[n(1)]
    Deprecated,
    /// See [`CircuitStatus::Revoked`].
    #[n(2)]
    Revoked,
}

/// A circuit, its place among all, and its status, which alone ever changes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PlacedCircuit {
    /// The circuit.
    #[n(0)]
    pub circuit: StoredCircuit,
    /// Its position in the hash tree.
    #[n(1)]
    pub position: u64,
    /// Its status.
    #[n(2)]
    pub status: StoredStatus,
}

/// A circuit without its key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StoredCircuit {
    /// Its name.
    #[n(0)]
    pub name: String,
    /// What its public inputs mean.
    #[n(1)]
    pub statement: StoredStatement,
    /// How many public inputs it takes.
    #[n(2)]
    pub public_inputs: u32,
    /// Who registered it.
    #[cbor(n(3), with = "calisec_runtime::principal_cbor")]
    pub owner: Principal,
    /// When.
    #[n(4)]
    pub registered_at: Timestamp,
    /// Its curve.
    #[n(5)]
    pub curve: Option<StoredCurve>,
    /// SHA-256 of the transcript of its ceremony, as its owner says.
    #[n(6)]
    pub ceremony: Option<Digest32>,
}

/// A receipt. Its id is the key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StoredReceipt {
    /// The circuit.
    #[n(0)]
    pub circuit: CircuitId,
    /// What the public inputs mean.
    #[n(1)]
    pub statement: StoredStatement,
    /// The public inputs.
    #[n(2)]
    pub public_inputs: Vec<FieldElement>,
    /// The context.
    #[n(3)]
    pub context: ContextId,
    /// The canister that may consume it.
    #[cbor(n(4), with = "calisec_runtime::principal_cbor")]
    pub consumer: Principal,
    /// What for.
    #[n(5)]
    pub purpose: String,
    /// Who submitted the proof.
    #[cbor(n(6), with = "calisec_runtime::principal_cbor")]
    pub submitter: Principal,
    /// When.
    #[n(7)]
    pub issued_at: Timestamp,
    /// From when on it cannot be consumed any more.
    #[n(8)]
    pub expires_at: Timestamp,
    /// How it was consumed.
    #[n(9)]
    pub consumption: Option<StoredConsumption>,
}

impl StoredCircuit {
    /// Its curve; circuits were on BN254 before they said so.
    #[must_use]
    pub fn curve(&self) -> StoredCurve {
        self.curve.unwrap_or(StoredCurve::Bn254)
    }
}

impl StoredReceipt {
    /// The receipt as the interface has it.
    #[must_use]
    pub fn to_api(&self, id: ReceiptId, is_revoked: bool) -> Receipt {
        Receipt {
            id,
            circuit: self.circuit,
            statement: self.statement.into(),
            public_inputs: self.public_inputs.clone(),
            context: self.context,
            consumer: self.consumer,
            purpose: self.purpose.clone(),
            submitter: self.submitter,
            issued_at: self.issued_at,
            expires_at: self.expires_at,
            consumed_at: self.consumption.map(|consumption| consumption.at),
            is_revoked,
        }
    }
}

/// A receipt and its place among all, which it keeps when it is issued anew.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PlacedReceipt {
    /// The receipt.
    #[n(0)]
    pub receipt: StoredReceipt,
    /// Its position in the hash tree and in its context.
    #[n(1)]
    pub position: u64,
    /// The number of the proof that earned it.
    #[n(2)]
    pub proof: u64,
}

/// A receipt's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StoredConsumption {
    /// When.
    #[n(0)]
    pub at: Timestamp,
    /// With which idempotency key.
    #[n(1)]
    pub key: Digest32,
}

impl From<StatementKind> for StoredStatement {
    fn from(kind: StatementKind) -> Self {
        match kind {
            StatementKind::NoteCommitment => Self::NoteCommitment,
            StatementKind::Raw => Self::Raw,
            StatementKind::ContextMembership => Self::ContextMembership,
            StatementKind::AnonymousSignal { depth } => Self::AnonymousSignal { depth },
            StatementKind::CredentialRange => Self::CredentialRange,
            StatementKind::CredentialSet => Self::CredentialSet,
            StatementKind::StarkNoteCommitment => Self::StarkNoteCommitment,
            StatementKind::StarkMembership => Self::StarkMembership,
            StatementKind::OwnKeySignal => Self::OwnKeySignal,
        }
    }
}

impl From<StoredStatement> for StatementKind {
    fn from(stored: StoredStatement) -> Self {
        match stored {
            StoredStatement::NoteCommitment => Self::NoteCommitment,
            StoredStatement::Raw => Self::Raw,
            StoredStatement::ContextMembership => Self::ContextMembership,
            StoredStatement::AnonymousSignal { depth } => Self::AnonymousSignal { depth },
            StoredStatement::CredentialRange => Self::CredentialRange,
            StoredStatement::CredentialSet => Self::CredentialSet,
            StoredStatement::StarkNoteCommitment => Self::StarkNoteCommitment,
            StoredStatement::StarkMembership => Self::StarkMembership,
            StoredStatement::OwnKeySignal => Self::OwnKeySignal,
        }
    }
}

impl From<Curve> for StoredCurve {
    fn from(curve: Curve) -> Self {
        match curve {
            Curve::Bn254 => Self::Bn254,
            Curve::Bls12_381 => Self::Bls12_381,
        }
    }
}

impl From<StoredCurve> for Curve {
    fn from(stored: StoredCurve) -> Self {
        match stored {
            StoredCurve::Bn254 => Self::Bn254,
            StoredCurve::Bls12_381 => Self::Bls12_381,
        }
    }
}

impl From<CircuitStatus> for StoredStatus {
    fn from(status: CircuitStatus) -> Self {
        match status {
            CircuitStatus::Active => Self::Active,
            CircuitStatus::Deprecated => Self::Deprecated,
            CircuitStatus::Revoked => Self::Revoked,
        }
    }
}

impl From<StoredStatus> for CircuitStatus {
    fn from(stored: StoredStatus) -> Self {
        match stored {
            StoredStatus::Active => Self::Active,
            StoredStatus::Deprecated => Self::Deprecated,
            StoredStatus::Revoked => Self::Revoked,
        }
    }
}
