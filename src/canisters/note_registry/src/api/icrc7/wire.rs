//! ICRC-7 arguments as they come. The types are those of the standard; the Rust types of clients cannot express a
//! subaccount of a wrong length, but a caller can send one, and it must spoil only its own item of a batch.

use crate::account::AccountKey;
use candid::{CandidType, Nat, Principal};
use icrc_ledger_types::icrc1::account::{DEFAULT_SUBACCOUNT, Subaccount};
use serde::Deserialize;
use serde_bytes::ByteBuf;

/// An account.
#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AccountArg {
    /// Whose.
    pub owner: Principal,
    /// 32 bytes; absent for the default subaccount, which is 32 zero bytes.
    pub subaccount: Option<ByteBuf>,
}

/// A subaccount of another length than 32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSubaccount {
    /// Its length.
    pub length: usize,
}

impl AccountArg {
    /// Its key.
    ///
    /// # Errors
    /// [`BadSubaccount`].
    pub fn key(&self) -> Result<AccountKey, BadSubaccount> {
        Ok(AccountKey::new(&self.owner, &subaccount(self.subaccount.as_ref())?))
    }
}

/// The subaccount, the default one when absent.
pub fn subaccount(bytes: Option<&ByteBuf>) -> Result<Subaccount, BadSubaccount> {
    let Some(bytes) = bytes else { return Ok(*DEFAULT_SUBACCOUNT) };
    bytes.as_slice().try_into().map_err(|_| BadSubaccount { length: bytes.len() })
}

/// One transfer of a batch.
#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct TransferItem {
    /// From this subaccount of the caller.
    pub from_subaccount: Option<ByteBuf>,
    /// To whom.
    pub to: AccountArg,
    /// Which token.
    pub token_id: Nat,
    /// At most 32 bytes.
    pub memo: Option<ByteBuf>,
    /// Nanoseconds; with it the transfer is deduplicated.
    pub created_at_time: Option<u64>,
}
