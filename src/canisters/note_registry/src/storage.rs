//! What lies where in the stable memory. A number is never used again for something else.

use crate::account::AccountKey;
use calisec_types::ids::AccountId;
use calisec_types::ids::{CircuitId, ContextId, Digest32, Epoch, FieldElement, NoteId, ReceiptId, Seq, Timestamp};
use candid::Principal;
use ic_stable_structures::Storable;
use ic_stable_structures::memory_manager::MemoryId;
use ic_stable_structures::storable::Bound;
use minicbor::{Decode, Encode};
use std::borrow::Cow;

#[cfg(test)]
mod tests;

/// `Cell`: [`Config`].
pub const CONFIG: MemoryId = MemoryId::new(0);
/// `Cell`: how many transactions (mints and transfers) there were.
pub const TRANSACTIONS: MemoryId = MemoryId::new(1);
/// `Log` index: [`NoteRecord`]s; note `n` is entry `n - 1`.
pub const NOTE_INDEX: MemoryId = MemoryId::new(2);
/// `Log` data of the same.
pub const NOTE_DATA: MemoryId = MemoryId::new(3);
/// `Log` index: ciphertexts; that of note `n` is entry `n - 1`.
pub const CIPHERTEXT_INDEX: MemoryId = MemoryId::new(4);
/// `Log` data of the same.
pub const CIPHERTEXT_DATA: MemoryId = MemoryId::new(5);
/// `BTreeMap`: receipt to note.
pub const BY_RECEIPT: MemoryId = MemoryId::new(6);
/// `BTreeMap`: (context, note) to nothing.
pub const BY_CONTEXT: MemoryId = MemoryId::new(7);
/// `BTreeMap`: note to [`Holding`].
pub const HOLDINGS: MemoryId = MemoryId::new(8);
/// `BTreeMap`: (account, note) to nothing.
pub const BY_OWNER: MemoryId = MemoryId::new(9);
/// `BTreeMap`: account to the number of its notes.
pub const BALANCES: MemoryId = MemoryId::new(10);
/// `BTreeMap`: (note, recipient) to [`EnvelopeRecord`].
pub const ENVELOPES: MemoryId = MemoryId::new(11);
/// `Log` index: [`ReleaseRecord`]s; release `n` is entry `n - 1`.
pub const RELEASE_INDEX: MemoryId = MemoryId::new(12);
/// `Log` data of the same.
pub const RELEASE_DATA: MemoryId = MemoryId::new(13);
/// `BTreeMap`: (created at, fingerprint) of a recent transfer to its transaction.
pub const RECENT_TRANSFERS: MemoryId = MemoryId::new(14);

/// `BTreeMap`: (note, principal) to how often the note's key was released to it.
pub const RELEASES_TO: MemoryId = MemoryId::new(15);

/// Whom the registry works with; set at installation.
#[derive(Encode, Decode, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Answers access decisions.
    #[cbor(n(0), with = "calisec_runtime::principal_cbor")]
    pub membership: Principal,
    /// Keeps the receipts.
    #[cbor(n(1), with = "calisec_runtime::principal_cbor")]
    pub proof_verifier: Principal,
    /// Whose receipts mint notes.
    #[n(2)]
    pub mint_circuit: CircuitId,
}

/// What never changes about a note.
#[derive(Encode, Decode, Clone, Debug, PartialEq, Eq)]
pub struct NoteRecord {
    /// Its context.
    #[n(0)]
    pub context: ContextId,
    /// The proved commitment.
    #[n(1)]
    pub commitment: FieldElement,
    /// The receipt it was minted with.
    #[n(2)]
    pub receipt: ReceiptId,
    /// Its public title.
    #[n(3)]
    pub title: String,
    /// Media type of the plaintext.
    #[n(4)]
    pub content_type: String,
    /// SHA-256 of the ciphertext.
    #[n(5)]
    pub ciphertext_hash: Digest32,
    /// Bytes of the ciphertext.
    #[n(6)]
    pub ciphertext_length: u64,
    /// Who minted it.
    #[cbor(n(7), with = "calisec_runtime::principal_cbor")]
    pub minter: Principal,
    /// When.
    #[n(8)]
    pub minted_at: Timestamp,
    /// What it is, in a word that policies know.
    #[n(9)]
    pub kind: Option<String>,
}

/// A key envelope.
#[derive(Encode, Decode, Clone, Debug, PartialEq, Eq)]
pub struct EnvelopeRecord {
    /// The key epoch it was deposited in; worthless in a later one.
    #[n(0)]
    pub key_epoch: Epoch,
    /// The sealed key.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub envelope: Vec<u8>,
}

/// An entry of the release log.
#[derive(Encode, Decode, Clone, Debug, PartialEq, Eq)]
pub struct ReleaseRecord {
    /// Which note.
    #[n(0)]
    pub note: NoteId,
    /// To whom.
    #[n(1)]
    pub recipient: AccountId,
    /// Of which epoch.
    #[n(2)]
    pub key_epoch: Epoch,
    /// When.
    #[n(3)]
    pub at: Timestamp,
    /// The policies that allowed it.
    #[n(4)]
    pub policies: Vec<String>,
    /// Membership's write counter at the decision.
    #[n(5)]
    pub decided_at: Seq,
}

/// What a transfer changes about a note. Of a fixed size, because it is the hottest value here: whatever else a note may
/// come to need goes into a map of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Who owns it.
    pub owner: AccountKey,
    /// Its key epoch.
    pub key_epoch: Epoch,
}

/// Bytes of a [`Holding`]: owner, then epoch as 8 bytes big-endian.
const HOLDING_BYTES: usize = AccountKey::BYTES + 8;

impl Storable for Holding {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.into_bytes())
    }
    fn into_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HOLDING_BYTES);
        bytes.extend_from_slice(self.owner.as_bytes());
        bytes.extend_from_slice(&self.key_epoch.0.to_be_bytes());
        bytes
    }
    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        let (owner, epoch) = bytes.split_at(AccountKey::BYTES);
        Self { owner: AccountKey::from_bytes(Cow::Borrowed(owner)), key_epoch: Epoch::from_bytes(Cow::Borrowed(epoch)) }
    }
    const BOUND: Bound = Bound::Bounded { max_size: HOLDING_BYTES as u32, is_fixed_size: true };
}
