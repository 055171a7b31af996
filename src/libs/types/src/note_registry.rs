//! `note_registry`: secret notes as ICRC-7 tokens, their ciphertexts and key envelopes. The ICRC-7 types are those of
//! `icrc-ledger-types` where it has them and of this module's [`icrc7`] where it does not.

use crate::error::{ApiError, ErrorKind, Reason};
use crate::ids::{AccountId, CircuitId, ContextId, Digest32, Epoch, FieldElement, NoteId, ReceiptId, Seq, Timestamp};
use candid::{CandidType, Principal};
use icrc_ledger_types::icrc1::account::Account;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Bytes of a ciphertext at the most.
pub const MAX_CIPHERTEXT_BYTES: usize = 1024 * 1024;
/// Bytes of a title at the most.
pub const MAX_TITLE_BYTES: usize = 128;
/// Bytes of a content type at the most.
pub const MAX_CONTENT_TYPE_BYTES: usize = 64;
/// Bytes of a key envelope at the most.
pub const MAX_ENVELOPE_BYTES: usize = 512;
/// Bytes of the kind of a note at the most: what membership takes in a question.
pub const MAX_KIND_BYTES: usize = crate::membership::MAX_KIND_BYTES;
/// The purpose a proof must be made for.
pub const MINT_PURPOSE: &str = "mint";

/// Install argument.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct NoteRegistryInit {
    /// Answers access decisions.
    pub membership: Principal,
    /// Keeps the receipts.
    pub proof_verifier: Principal,
    /// The one circuit whose receipts mint notes: the hash of a verifying key that the deployer trusts.
    pub mint_circuit: CircuitId,
}

/// What a note says about itself in the clear.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct NoteMetadata {
    /// At most [`MAX_TITLE_BYTES`] bytes; may be empty. Public: keep secrets out of it.
    pub title: String,
    /// Media type of the plaintext, at most [`MAX_CONTENT_TYPE_BYTES`] bytes.
    pub content_type: String,
    /// What it is, in a word that policies know, e.g. `dataset`: 1 to [`MAX_KIND_BYTES`] bytes of `a-z`, `0-9`, `-`.
    pub kind: Option<String>,
}

/// Mints a note.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct MintArg {
    /// The context, the one its proof is bound to.
    pub context: ContextId,
    /// The receipt of the proof; submitted by the caller for this canister and [`MINT_PURPOSE`].
    pub receipt: ReceiptId,
    /// What it says in the clear.
    pub metadata: NoteMetadata,
    /// The encrypted note.
    pub ciphertext: ByteBuf,
}

/// A note.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its id; the ICRC-7 token id.
    pub id: NoteId,
    /// Its context.
    pub context: ContextId,
    /// Its owner now.
    pub owner: Account,
    /// The proved commitment.
    pub commitment: FieldElement,
    /// The receipt it was minted with.
    pub receipt: ReceiptId,
    /// What it says in the clear.
    pub metadata: NoteMetadata,
    /// SHA-256 of the ciphertext.
    pub ciphertext_hash: Digest32,
    /// Bytes of the ciphertext.
    pub ciphertext_length: u64,
    /// Key epoch: rises with every transfer; envelopes of earlier epochs are not handed out.
    pub key_epoch: Epoch,
    /// Who minted it.
    pub minter: Principal,
    /// When.
    pub minted_at: Timestamp,
}

/// Asks for a page of a context's notes.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct NotesArg {
    /// Which context.
    pub context: ContextId,
    /// The last note of the page before; `null` for the first page.
    pub after: Option<NoteId>,
    /// Page length.
    pub limit: Option<u32>,
}

/// A page of notes, ordered by id.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct NotesPage {
    /// The notes.
    pub notes: Vec<Note>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<NoteId>,
}

/// Deposits a key envelope. Only the note's owner.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct DepositEnvelopeArg {
    /// Which note.
    pub note: NoteId,
    /// For whom.
    pub recipient: AccountId,
    /// The note's key sealed to the recipient; opaque to the canister.
    pub envelope: ByteBuf,
}

/// A released envelope.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ReleasedKey {
    /// Which note.
    pub note: NoteId,
    /// The key epoch it was sealed for.
    pub key_epoch: Epoch,
    /// The envelope.
    pub envelope: ByteBuf,
    /// The number of the release in the release log.
    pub release: Seq,
}

/// An entry of the release log.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its number, from 1.
    pub seq: Seq,
    /// Which note.
    pub note: NoteId,
    /// To whom.
    pub recipient: AccountId,
    /// Of which epoch.
    pub key_epoch: Epoch,
    /// When.
    pub at: Timestamp,
    /// The policies that allowed it.
    pub policies: Vec<String>,
    /// Membership's write counter at the decision.
    pub decided_at: Seq,
}

/// Asks for a page of the release log.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleasesArg {
    /// First entry wanted, from 1.
    pub from: Seq,
    /// Page length.
    pub limit: Option<u32>,
}

/// Why the registry refused.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteReason {
    /// The caller must sign in.
    #[error("the anonymous principal may not do this: call with an identity")]
    Anonymous,
    /// A field is longer than allowed, or empty where it must not be.
    #[error("{field} has {length} bytes, between {minimum} and {limit} are allowed")]
    BadLength {
        /// Which field.
        field: String,
        /// Its length.
        length: u64,
        /// The least.
        minimum: u64,
        /// The most.
        limit: u64,
    },
    /// The kind is no name.
    #[error("the kind of a note is 1 to {limit} characters of a-z, 0-9 and '-'")]
    InvalidKind {
        /// Bytes at the most.
        limit: u64,
    },
    /// No such note.
    #[error("note {0} does not exist")]
    UnknownNote(NoteId),
    /// The receipt minted a note before.
    #[error("the receipt minted note {0} already")]
    AlreadyMinted(NoteId),
    /// The same receipt is being minted, or the same key requested, right now.
    #[error("the same request is being processed: retry when it is done")]
    InProgress,
    /// The verifier refused the receipt.
    #[error("the proof verifier refused the receipt: {0}")]
    ReceiptRefused(String),
    /// Membership said no.
    #[error("access denied{}", missing_text(missing))]
    AccessDenied {
        /// What would have to be true for an allow.
        missing: Vec<String>,
    },
    /// Only the owner may do this.
    #[error("only the owner of the note may do this")]
    NotOwner,
    /// Allowed, but nobody deposited an envelope of the current epoch for this account.
    #[error(
        "access is allowed, but no key envelope for this account and epoch {0} was deposited: ask the owner to seal one"
    )]
    NoEnvelope(Epoch),
    /// The note changed while the decision was fetched.
    #[error("the note changed while access was decided: retry")]
    Changed,
    /// Another canister did not answer; nothing is lost, the same call can be repeated.
    #[error("{canister} did not answer: {message}; repeat the call")]
    Unavailable {
        /// Which canister.
        canister: String,
        /// What came instead.
        message: String,
    },
    /// A defect.
    #[error("internal error: {0}")]
    Internal(String),
}

fn missing_text(missing: &[String]) -> String {
    if missing.is_empty() { String::new() } else { format!(": {}", missing.join("; ")) }
}

impl Reason for NoteReason {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::InProgress | Self::Changed | Self::Unavailable { .. } => ErrorKind::Temporary,
            Self::Internal(_) => ErrorKind::Internal,
            Self::Anonymous
            | Self::BadLength { .. }
            | Self::InvalidKind { .. }
            | Self::UnknownNote(_)
            | Self::AlreadyMinted(_)
            | Self::ReceiptRefused(_)
            | Self::AccessDenied { .. }
            | Self::NotOwner
            | Self::NoEnvelope(_) => ErrorKind::Request,
        }
    }
}

/// Error of the note registry's methods.
pub type NoteError = ApiError<NoteReason>;

/// ICRC-7 types (<https://github.com/dfinity/ICRC/blob/main/ICRCs/ICRC-7/ICRC-7.md>).
pub mod icrc7 {
    use candid::{CandidType, Nat};
    use icrc_ledger_types::icrc1::account::{Account, Subaccount};
    use serde::{Deserialize, Serialize};
    use serde_bytes::ByteBuf;

    /// One transfer of a batch.
    #[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
    pub struct TransferArg {
        /// From this subaccount of the caller.
        pub from_subaccount: Option<Subaccount>,
        /// To whom.
        pub to: Account,
        /// Which token.
        pub token_id: Nat,
        /// At most 32 bytes.
        pub memo: Option<ByteBuf>,
        /// Nanoseconds; with it the transfer is deduplicated.
        pub created_at_time: Option<u64>,
    }

    /// Why a transfer was refused.
    #[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
    pub enum TransferError {
        /// No such token.
        NonExistingTokenId,
        /// The recipient cannot hold tokens.
        InvalidRecipient,
        /// The caller does not own the token.
        Unauthorized,
        /// `created_at_time` is too old.
        TooOld,
        /// `created_at_time` lies in the future.
        CreatedInFuture {
            /// The ledger's time, nanoseconds.
            ledger_time: u64,
        },
        /// The same transfer was made before.
        Duplicate {
            /// The transaction it was made with.
            duplicate_of: Nat,
        },
        /// Something else.
        GenericError {
            /// A number for programs.
            error_code: Nat,
            /// For humans.
            message: String,
        },
        /// The whole batch is refused.
        GenericBatchError {
            /// A number for programs.
            error_code: Nat,
            /// For humans.
            message: String,
        },
    }

    /// The answer for one transfer.
    pub type TransferResult = Result<Nat, TransferError>;

    /// A standard that is supported (ICRC-10).
    #[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
    pub struct SupportedStandard {
        /// Its name, e.g. `ICRC-7`.
        pub name: String,
        /// Where it is described.
        pub url: String,
    }
}
