//! Client of the `note_registry` canister.

use crate::transport::{CallError, Transport, call_query, call_update};
use calisec_types::ids::NoteId;
use calisec_types::note_registry::icrc7::{SupportedStandard, TransferArg, TransferResult};
use calisec_types::note_registry::{
    DepositEnvelopeArg, MintArg, Note, NoteError, NotesArg, NotesPage, Release, ReleasedKey, ReleasesArg,
};
use candid::Nat;
use candid::Principal;
use icrc_ledger_types::icrc::generic_metadata_value::MetadataValue;
use icrc_ledger_types::icrc1::account::Account;
use serde_bytes::ByteBuf;

/// Client of the `note_registry` canister. The outer result is the call's, the inner one the canister's answer.
#[derive(Clone, Copy, Debug)]
pub struct NoteRegistryClient<T> {
    transport: T,
    canister: Principal,
}

impl<T: Transport> NoteRegistryClient<T> {
    /// A client of the canister with this id.
    pub const fn new(transport: T, canister: Principal) -> Self {
        Self { transport, canister }
    }

    /// The canister's id.
    pub const fn canister(&self) -> Principal {
        self.canister
    }

    /// Mints a note with a receipt. Repeating it after a failed call is safe.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn mint(&self, arg: &MintArg) -> Result<Result<Note, NoteError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "mint", (arg,)).await?;
        Ok(answer)
    }

    /// Deposits a key envelope for an account. Only the owner of the note.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn deposit_envelope(&self, arg: &DepositEnvelopeArg) -> Result<Result<(), NoteError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "deposit_envelope", (arg,)).await?;
        Ok(answer)
    }

    /// Hands out the caller's key envelope if the policies allow it.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn request_key(&self, note: NoteId) -> Result<Result<ReleasedKey, NoteError>, CallError> {
        self.request_key_for(note, None).await
    }

    /// The same for a purpose, which a grant or a policy may ask for.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn request_key_for(
        &self,
        note: NoteId,
        purpose: Option<&str>,
    ) -> Result<Result<ReleasedKey, NoteError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "request_key", (note, purpose)).await?;
        Ok(answer)
    }

    /// A note.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn note(&self, note: NoteId) -> Result<Result<Note, NoteError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "note", (note,)).await?;
        Ok(answer)
    }

    /// A page of the notes of a context.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn notes(&self, arg: &NotesArg) -> Result<Result<NotesPage, NoteError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "notes", (arg,)).await?;
        Ok(answer)
    }

    /// The ciphertext of a note.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn ciphertext(&self, note: NoteId) -> Result<Result<ByteBuf, NoteError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "ciphertext", (note,)).await?;
        Ok(answer)
    }

    /// A page of the release log, oldest first.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn releases(&self, arg: &ReleasesArg) -> Result<Vec<Release>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "releases", (arg,)).await?;
        Ok(answer)
    }

    /// ICRC-7 transfer, one answer per item.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn icrc7_transfer(&self, args: &[TransferArg]) -> Result<Vec<Option<TransferResult>>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "icrc7_transfer", (args,)).await?;
        Ok(answer)
    }

    /// ICRC-7 owners.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn icrc7_owner_of(&self, tokens: &[Nat]) -> Result<Vec<Option<Account>>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "icrc7_owner_of", (tokens,)).await?;
        Ok(answer)
    }

    /// ICRC-7 balances.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn icrc7_balance_of(&self, accounts: &[Account]) -> Result<Vec<Nat>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "icrc7_balance_of", (accounts,)).await?;
        Ok(answer)
    }

    /// ICRC-7 tokens, a page.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn icrc7_tokens(&self, prev: Option<Nat>, take: Option<Nat>) -> Result<Vec<Nat>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "icrc7_tokens", (prev, take)).await?;
        Ok(answer)
    }

    /// ICRC-7 tokens of an account, a page.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn icrc7_tokens_of(
        &self,
        account: &Account,
        prev: Option<Nat>,
        take: Option<Nat>,
    ) -> Result<Vec<Nat>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "icrc7_tokens_of", (account, prev, take)).await?;
        Ok(answer)
    }

    /// ICRC-7 token metadata.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn icrc7_token_metadata(
        &self,
        tokens: &[Nat],
    ) -> Result<Vec<Option<Vec<(String, MetadataValue)>>>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "icrc7_token_metadata", (tokens,)).await?;
        Ok(answer)
    }

    /// ICRC-7 collection metadata.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn icrc7_collection_metadata(&self) -> Result<Vec<(String, MetadataValue)>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "icrc7_collection_metadata", ()).await?;
        Ok(answer)
    }

    /// ICRC-7 total supply.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn icrc7_total_supply(&self) -> Result<Nat, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "icrc7_total_supply", ()).await?;
        Ok(answer)
    }

    /// ICRC-10 supported standards.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn icrc10_supported_standards(&self) -> Result<Vec<SupportedStandard>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "icrc10_supported_standards", ()).await?;
        Ok(answer)
    }
}
