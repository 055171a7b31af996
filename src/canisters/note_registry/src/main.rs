//! Secret notes as ICRC-7 tokens, their ciphertexts and key envelopes.

use calisec_runtime::{IcEnv, Reply, reply};
use calisec_types::ids::NoteId;
use calisec_types::note_registry::icrc7::{SupportedStandard, TransferResult};
use calisec_types::note_registry::{
    DepositEnvelopeArg, MintArg, Note, NoteError, NoteRegistryInit, NotesArg, NotesPage, Release, ReleasedKey,
    ReleasesArg,
};
use candid::Nat;
use ic_stable_structures::DefaultMemoryImpl;
use icrc_ledger_types::icrc::generic_metadata_value::MetadataValue;
use icrc_ledger_types::icrc1::account::Account;
use note_registry::api::icrc7::{AccountArg, TransferItem, collection, tokens, transfer};
use note_registry::api::{keys, mint as minting, notes as reading};
use note_registry::clients::TRANSPORT;
use note_registry::lifecycle;
use serde_bytes::ByteBuf;

fn main() {}

#[ic_cdk::init]
fn init(arg: NoteRegistryInit) {
    if let Err(error) = lifecycle::init(DefaultMemoryImpl::default(), &arg) {
        panic!("{error}");
    }
}

#[ic_cdk::post_upgrade]
fn post_upgrade() {
    lifecycle::post_upgrade(DefaultMemoryImpl::default());
}

#[ic_cdk::update(manual_reply = true)]
async fn mint(arg: MintArg) -> Reply<Note, NoteError> {
    reply(minting::mint(&IcEnv, &TRANSPORT, arg).await)
}

#[ic_cdk::update(manual_reply = true)]
fn deposit_envelope(arg: DepositEnvelopeArg) -> Reply<(), NoteError> {
    reply(keys::deposit_envelope(&IcEnv, arg))
}

#[ic_cdk::update(manual_reply = true)]
async fn request_key(note: NoteId, purpose: Option<String>) -> Reply<ReleasedKey, NoteError> {
    reply(keys::request_key(&IcEnv, &TRANSPORT, note, purpose).await)
}

#[ic_cdk::query(manual_reply = true)]
fn note(note: NoteId) -> Reply<Note, NoteError> {
    reply(reading::note(note))
}

#[ic_cdk::query(manual_reply = true)]
fn notes(arg: NotesArg) -> Reply<NotesPage, NoteError> {
    reply(reading::notes(&arg))
}

#[ic_cdk::query(manual_reply = true)]
fn ciphertext(note: NoteId) -> Reply<ByteBuf, NoteError> {
    reply(reading::ciphertext(note))
}

#[ic_cdk::query]
fn releases(arg: ReleasesArg) -> Vec<Release> {
    keys::releases(arg)
}

#[ic_cdk::query]
fn icrc7_collection_metadata() -> Vec<(String, MetadataValue)> {
    collection::metadata()
}

#[ic_cdk::query]
fn icrc7_name() -> String {
    collection::name()
}

#[ic_cdk::query]
fn icrc7_symbol() -> String {
    collection::symbol()
}

#[ic_cdk::query]
fn icrc7_description() -> Option<String> {
    collection::description()
}

#[ic_cdk::query]
fn icrc7_logo() -> Option<String> {
    collection::logo()
}

#[ic_cdk::query]
fn icrc7_total_supply() -> Nat {
    collection::total_supply()
}

#[ic_cdk::query]
fn icrc7_supply_cap() -> Option<Nat> {
    collection::supply_cap()
}

#[ic_cdk::query]
fn icrc7_max_query_batch_size() -> Option<Nat> {
    collection::max_query_batch_size()
}

#[ic_cdk::query]
fn icrc7_max_update_batch_size() -> Option<Nat> {
    collection::max_update_batch_size()
}

#[ic_cdk::query]
fn icrc7_default_take_value() -> Option<Nat> {
    collection::default_take_value()
}

#[ic_cdk::query]
fn icrc7_max_take_value() -> Option<Nat> {
    collection::max_take_value()
}

#[ic_cdk::query]
fn icrc7_max_memo_size() -> Option<Nat> {
    collection::max_memo_size()
}

#[ic_cdk::query]
fn icrc7_atomic_batch_transfers() -> Option<bool> {
    collection::atomic_batch_transfers()
}

#[ic_cdk::query]
fn icrc7_tx_window() -> Option<Nat> {
    collection::tx_window()
}

#[ic_cdk::query]
fn icrc7_permitted_drift() -> Option<Nat> {
    collection::permitted_drift()
}

#[ic_cdk::query]
fn icrc7_token_metadata(token_ids: Vec<Nat>) -> Vec<Option<Vec<(String, MetadataValue)>>> {
    tokens::token_metadata(&token_ids)
}

#[ic_cdk::query]
fn icrc7_owner_of(token_ids: Vec<Nat>) -> Vec<Option<Account>> {
    tokens::owner_of(&token_ids)
}

#[ic_cdk::query]
fn icrc7_balance_of(accounts: Vec<AccountArg>) -> Vec<Nat> {
    tokens::balance_of(&accounts)
}

#[ic_cdk::query]
fn icrc7_tokens(prev: Option<Nat>, take: Option<Nat>) -> Vec<Nat> {
    tokens::tokens(prev, take)
}

#[ic_cdk::query]
fn icrc7_tokens_of(account: AccountArg, prev: Option<Nat>, take: Option<Nat>) -> Vec<Nat> {
    tokens::tokens_of(&account, prev, take)
}

#[ic_cdk::update]
fn icrc7_transfer(args: Vec<TransferItem>) -> Vec<Option<TransferResult>> {
    transfer::transfer(&IcEnv, args)
}

#[ic_cdk::query]
fn icrc10_supported_standards() -> Vec<SupportedStandard> {
    collection::supported_standards()
}

/// What the attributes above say, as Candid.
#[cfg(test)]
fn implemented_interface() -> String {
    candid::export_service!();
    __export_service()
}

#[cfg(test)]
mod tests;
