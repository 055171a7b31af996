//! Accounts as the registry keeps them: one spelling of each.

use candid::Principal;
use ic_stable_structures::Storable;
use ic_stable_structures::storable::Bound;
use icrc_ledger_types::icrc1::account::{Account, DEFAULT_SUBACCOUNT, Subaccount};
use std::borrow::Cow;

#[cfg(test)]
mod tests;

const SUBACCOUNT_OFFSET: usize = 1 + Principal::MAX_LENGTH_IN_BYTES;

/// An account in its one canonical form, as a key: the owner's length, its bytes padded with zeros, the subaccount. No
/// subaccount and 32 zero bytes are the same account (ICRC-7), hence the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountKey([u8; AccountKey::BYTES]);

impl AccountKey {
    /// Bytes of a key.
    pub const BYTES: usize = SUBACCOUNT_OFFSET + 32;

    /// The key of a principal's subaccount.
    #[must_use]
    pub fn new(owner: &Principal, subaccount: &Subaccount) -> Self {
        let owner = owner.as_slice();
        let mut key = [0; Self::BYTES];
        key[0] = u8::try_from(owner.len()).expect("BUG: a principal has at most 29 bytes");
        key[1..=owner.len()].copy_from_slice(owner);
        key[SUBACCOUNT_OFFSET..].copy_from_slice(subaccount);
        Self(key)
    }

    /// The key of a principal's default account.
    #[must_use]
    pub fn default_of(owner: &Principal) -> Self {
        Self::new(owner, DEFAULT_SUBACCOUNT)
    }

    /// Whose account it is.
    #[must_use]
    pub fn owner(&self) -> Principal {
        Principal::from_slice(&self.0[1..=usize::from(self.0[0])])
    }

    /// The account, the default subaccount spelled as none.
    #[must_use]
    pub fn to_account(&self) -> Account {
        let mut subaccount = [0; 32];
        subaccount.copy_from_slice(&self.0[SUBACCOUNT_OFFSET..]);
        Account { owner: self.owner(), subaccount: (subaccount != *DEFAULT_SUBACCOUNT).then_some(subaccount) }
    }

    /// The key's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl From<&Account> for AccountKey {
    fn from(account: &Account) -> Self {
        Self::new(&account.owner, account.effective_subaccount())
    }
}

impl Storable for AccountKey {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.0)
    }
    fn into_bytes(self) -> Vec<u8> {
        self.0.to_vec()
    }
    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        let mut key = [0; Self::BYTES];
        key.copy_from_slice(&bytes);
        Self(key)
    }
    const BOUND: Bound = Bound::Bounded { max_size: Self::BYTES as u32, is_fixed_size: true };
}
