//! `icrc7_transfer`. Anyone may hold a token; reading the note is what policies govern.

#[cfg(test)]
mod tests;

use super::collection::MAX_UPDATE_BATCH;
use super::tokens::note_id;
use super::wire::{BadSubaccount, TransferItem, subaccount};
use crate::account::AccountKey;
use crate::state::with_state_mut;
use crate::transfer::{MAX_MEMO_BYTES, Refusal, Transfer};
use calisec_runtime::Env;
use calisec_types::ids::Timestamp;
use calisec_types::note_registry::icrc7::{TransferError, TransferResult};
use candid::{Nat, Principal};

/// `error_code` of a memo that is too long.
pub const CODE_MEMO_TOO_LONG: u64 = 1;
/// `error_code` of a subaccount that is not 32 bytes.
pub const CODE_BAD_SUBACCOUNT: u64 = 2;
/// `error_code` of a transfer that there is no room to remember; it passes without `created_at_time`.
pub const CODE_TOO_MANY_RECENT: u64 = 3;

/// Transfers tokens, one answer per item. A batch longer than allowed is processed up to the limit and answered so far.
pub fn transfer<E: Env>(env: &E, items: Vec<TransferItem>) -> Vec<Option<TransferResult>> {
    let (caller, registry, now) = (env.caller(), env.canister_self(), env.now());
    items
        .into_iter()
        .take(MAX_UPDATE_BATCH)
        .map(|item| {
            let outcome = transfer_one(caller, registry, now, item);
            Some(outcome.map(Nat::from).map_err(|refusal| to_error(refusal, now)))
        })
        .collect()
}

fn transfer_one(caller: Principal, registry: Principal, now: Timestamp, item: TransferItem) -> Result<u64, Refusal> {
    if caller == Principal::anonymous() {
        return Err(Refusal::Unauthorized);
    }
    let memo = item.memo.map(serde_bytes::ByteBuf::into_vec);
    if let Some(length) = memo.as_ref().map(Vec::len).filter(|length| *length > MAX_MEMO_BYTES) {
        return Err(Refusal::MemoTooLong(length));
    }
    let from = subaccount(item.from_subaccount.as_ref()).map_err(bad_subaccount)?;
    let transfer = Transfer {
        caller,
        from: AccountKey::new(&caller, &from),
        to: item.to.key().map_err(bad_subaccount)?,
        note: note_id(&item.token_id).ok_or(Refusal::UnknownToken)?,
        memo,
        created_at: item.created_at_time.map(Timestamp),
    };
    with_state_mut(|state| state.transfer(&transfer, can_hold(item.to.owner, registry), now))
}

/// Nobody can send as the anonymous principal, and neither the management canister nor the registry ever does: a token
/// sent there would be lost.
fn can_hold(recipient: Principal, registry: Principal) -> bool {
    recipient != Principal::anonymous() && recipient != Principal::management_canister() && recipient != registry
}

fn bad_subaccount(BadSubaccount { length }: BadSubaccount) -> Refusal {
    Refusal::BadSubaccount(length)
}

fn to_error(refusal: Refusal, now: Timestamp) -> TransferError {
    let generic = |code: u64| TransferError::GenericError { error_code: Nat::from(code), message: refusal.to_string() };
    match refusal {
        Refusal::UnknownToken => TransferError::NonExistingTokenId,
        Refusal::InvalidRecipient => TransferError::InvalidRecipient,
        Refusal::Unauthorized => TransferError::Unauthorized,
        Refusal::TooOld => TransferError::TooOld,
        Refusal::CreatedInFuture => TransferError::CreatedInFuture { ledger_time: now.0 },
        Refusal::Duplicate(transaction) => TransferError::Duplicate { duplicate_of: Nat::from(transaction) },
        Refusal::MemoTooLong(_) => generic(CODE_MEMO_TOO_LONG),
        Refusal::BadSubaccount(_) => generic(CODE_BAD_SUBACCOUNT),
        Refusal::TooManyRecent => generic(CODE_TOO_MANY_RECENT),
    }
}
