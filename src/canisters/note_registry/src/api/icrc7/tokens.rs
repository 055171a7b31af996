//! Queries about tokens. An unknown id is answered with `null`; of a batch longer than allowed, its beginning.

#[cfg(test)]
mod tests;

use super::collection::{DEFAULT_TAKE, MAX_QUERY_BATCH, MAX_TAKE};
use super::wire::AccountArg;
use crate::state::with_state;
use calisec_types::ids::NoteId;
use calisec_types::note_registry::Note;
use candid::Nat;
use icrc_ledger_types::icrc::generic_metadata_value::MetadataValue;
use icrc_ledger_types::icrc1::account::Account;
use serde_bytes::ByteBuf;

/// What the tokens say about themselves.
#[must_use]
pub fn token_metadata(ids: &[Nat]) -> Vec<Option<Vec<(String, MetadataValue)>>> {
    with_state(|state| first(ids).map(|id| state.note(note_id(id)?).map(metadata_of)).collect())
}

/// Who owns the tokens.
#[must_use]
pub fn owner_of(ids: &[Nat]) -> Vec<Option<Account>> {
    with_state(|state| {
        first(ids).map(|id| state.holdings().get(note_id(id)?).map(|holding| holding.owner.to_account())).collect()
    })
}

/// How many tokens the accounts own; none for a subaccount that cannot be one.
#[must_use]
pub fn balance_of(accounts: &[AccountArg]) -> Vec<Nat> {
    with_state(|state| {
        first(accounts)
            .map(|account| Nat::from(account.key().map_or(0, |key| state.holdings().balance(&key))))
            .collect()
    })
}

/// Ids of all tokens after `prev`, in order.
#[must_use]
pub fn tokens(prev: Option<Nat>, take: Option<Nat>) -> Vec<Nat> {
    let Some(after) = after(prev) else { return Vec::new() };
    with_state(|state| state.holdings().all(after).take(page(take)).map(|note| Nat::from(note.0)).collect())
}

/// Ids of an account's tokens after `prev`, in order; none for a subaccount that cannot be one.
#[must_use]
pub fn tokens_of(account: &AccountArg, prev: Option<Nat>, take: Option<Nat>) -> Vec<Nat> {
    let (Some(after), Ok(key)) = (after(prev), account.key()) else { return Vec::new() };
    with_state(|state| state.holdings().of(key, after).take(page(take)).map(|note| Nat::from(note.0)).collect())
}

/// The note with this token id; none has an id beyond 64 bits.
pub(super) fn note_id(token: &Nat) -> Option<NoteId> {
    u64::try_from(&token.0).ok().map(NoteId)
}

fn first<T>(batch: &[T]) -> impl Iterator<Item = &T> {
    batch.iter().take(MAX_QUERY_BATCH)
}

/// Where a page begins: `None` when nothing can come after `prev`.
#[expect(clippy::option_option, reason = "no beginning, and a beginning at the first token")]
fn after(prev: Option<Nat>) -> Option<Option<NoteId>> {
    prev.map_or(Some(None), |prev| note_id(&prev).map(Some))
}

fn page(take: Option<Nat>) -> usize {
    take.map_or(DEFAULT_TAKE, |take| usize::try_from(&take.0).map_or(MAX_TAKE, |take| take.min(MAX_TAKE)))
}

/// `icrc7:metadata:name` is what wallets show; everything else is ours.
fn metadata_of(note: Note) -> Vec<(String, MetadataValue)> {
    let blob = |bytes: &[u8]| MetadataValue::Blob(ByteBuf::from(bytes));
    let name = if note.metadata.title.is_empty() { format!("Note {}", note.id) } else { note.metadata.title };
    let kind = note.metadata.kind.map(|kind| ("calisec:kind", MetadataValue::Text(kind)));
    [
        ("icrc7:metadata:name", MetadataValue::Text(name)),
        ("calisec:content_type", MetadataValue::Text(note.metadata.content_type)),
        ("calisec:context", blob(note.context.as_bytes())),
        ("calisec:commitment", blob(note.commitment.as_bytes())),
        ("calisec:receipt", blob(note.receipt.as_bytes())),
        ("calisec:ciphertext_hash", blob(note.ciphertext_hash.as_bytes())),
        ("calisec:ciphertext_length", MetadataValue::from(note.ciphertext_length)),
        ("calisec:key_epoch", MetadataValue::from(note.key_epoch.0)),
        ("calisec:minter", blob(note.minter.as_slice())),
        ("calisec:minted_at", MetadataValue::from(note.minted_at.0)),
    ]
    .into_iter()
    .chain(kind)
    .map(|(key, value)| (key.to_owned(), value))
    .collect()
}
