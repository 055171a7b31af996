//! What the collection says about itself.

use crate::state::with_state;
use crate::transfer::{MAX_MEMO_BYTES, PERMITTED_DRIFT_SECONDS, TX_WINDOW_SECONDS};
use calisec_types::note_registry::icrc7::SupportedStandard;
use candid::Nat;
use icrc_ledger_types::icrc::generic_metadata_value::MetadataValue;

/// Items of a batch query that are answered.
pub const MAX_QUERY_BATCH: usize = 100;
/// Items of a batch of transfers that are processed.
pub const MAX_UPDATE_BATCH: usize = 100;
/// Ids on a page when the caller asks for no number.
pub const DEFAULT_TAKE: usize = 100;
/// Ids on a page at the most.
pub const MAX_TAKE: usize = 1_000;

/// Name of the collection.
#[must_use]
pub fn name() -> String {
    "CaliSEC notes".to_owned()
}

/// Symbol of the collection.
#[must_use]
pub fn symbol() -> String {
    "CSNOTE".to_owned()
}

/// What the collection is.
#[must_use]
pub fn description() -> Option<String> {
    Some("Secret notes: proved in zero knowledge, encrypted, readable by whom a context's policies allow.".to_owned())
}

/// None: the collection has no picture.
#[must_use]
pub const fn logo() -> Option<String> {
    None
}

/// How many notes there are.
#[must_use]
pub fn total_supply() -> Nat {
    with_state(|state| Nat::from(state.holdings().supply()))
}

/// None: there is no cap.
#[must_use]
pub const fn supply_cap() -> Option<Nat> {
    None
}

/// See [`MAX_QUERY_BATCH`].
#[must_use]
pub fn max_query_batch_size() -> Option<Nat> {
    Some(Nat::from(MAX_QUERY_BATCH))
}

/// See [`MAX_UPDATE_BATCH`].
#[must_use]
pub fn max_update_batch_size() -> Option<Nat> {
    Some(Nat::from(MAX_UPDATE_BATCH))
}

/// See [`DEFAULT_TAKE`].
#[must_use]
pub fn default_take_value() -> Option<Nat> {
    Some(Nat::from(DEFAULT_TAKE))
}

/// See [`MAX_TAKE`].
#[must_use]
pub fn max_take_value() -> Option<Nat> {
    Some(Nat::from(MAX_TAKE))
}

/// See [`MAX_MEMO_BYTES`].
#[must_use]
pub fn max_memo_size() -> Option<Nat> {
    Some(Nat::from(MAX_MEMO_BYTES))
}

/// False: every item of a batch stands for itself.
#[must_use]
pub const fn atomic_batch_transfers() -> Option<bool> {
    Some(false)
}

/// Seconds; see [`TX_WINDOW_SECONDS`].
#[must_use]
pub fn tx_window() -> Option<Nat> {
    Some(Nat::from(TX_WINDOW_SECONDS))
}

/// Seconds; see [`PERMITTED_DRIFT_SECONDS`].
#[must_use]
pub fn permitted_drift() -> Option<Nat> {
    Some(Nat::from(PERMITTED_DRIFT_SECONDS))
}

/// All of the above that is there. `icrc7:atomic_batch_transfers` is left out: it is false, and a metadata value cannot be
/// a `bool`.
#[must_use]
pub fn metadata() -> Vec<(String, MetadataValue)> {
    let text = |value: Option<String>| value.map(MetadataValue::Text);
    let nat = |value: Option<Nat>| value.map(MetadataValue::Nat);
    [
        ("icrc7:symbol", text(Some(symbol()))),
        ("icrc7:name", text(Some(name()))),
        ("icrc7:description", text(description())),
        ("icrc7:logo", text(logo())),
        ("icrc7:total_supply", nat(Some(total_supply()))),
        ("icrc7:supply_cap", nat(supply_cap())),
        ("icrc7:max_query_batch_size", nat(max_query_batch_size())),
        ("icrc7:max_update_batch_size", nat(max_update_batch_size())),
        ("icrc7:default_take_value", nat(default_take_value())),
        ("icrc7:max_take_value", nat(max_take_value())),
        ("icrc7:max_memo_size", nat(max_memo_size())),
        ("icrc7:tx_window", nat(tx_window())),
        ("icrc7:permitted_drift", nat(permitted_drift())),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key.to_owned(), value?)))
    .collect()
}

/// The standards that are kept, with the addresses the standards prescribe.
#[must_use]
pub fn supported_standards() -> Vec<SupportedStandard> {
    ["ICRC-7", "ICRC-10"]
        .map(|name| SupportedStandard {
            name: name.to_owned(),
            url: format!("https://github.com/dfinity/ICRC/ICRCs/{name}"),
        })
        .to_vec()
}
