use super::AccountKey;
use candid::Principal;
use ic_stable_structures::Storable;
use icrc_ledger_types::icrc1::account::Account;
use proptest::{collection::vec, option, prop_assert_eq, proptest};

#[test]
fn should_be_the_same_key_when_the_default_subaccount_is_spelled_out() {
    let owner = Principal::from_slice(&[1, 2, 3]);
    let absent = AccountKey::from(&Account { owner, subaccount: None });
    let zeros = AccountKey::from(&Account { owner, subaccount: Some([0; 32]) });
    assert_eq!(absent, zeros);
    assert_eq!(absent, AccountKey::default_of(&owner));
    assert_eq!(zeros.to_account().subaccount, None);
}

#[test]
fn should_be_different_keys_when_principals_differ_in_trailing_zeros() {
    let short = AccountKey::default_of(&Principal::from_slice(&[7]));
    let long = AccountKey::default_of(&Principal::from_slice(&[7, 0]));
    assert_ne!(short, long);
}

proptest! {
    #[test]
    fn should_read_back_an_account_when_it_was_made_a_key(
        owner in vec(0_u8.., 0..=29),
        subaccount in option::of(proptest::array::uniform32(0_u8..)),
    ) {
        let account = Account { owner: Principal::from_slice(&owner), subaccount };
        let key = AccountKey::from(&account);
        prop_assert_eq!(key.to_account(), account);
        prop_assert_eq!(AccountKey::from_bytes(key.to_bytes()), key);
    }
}
