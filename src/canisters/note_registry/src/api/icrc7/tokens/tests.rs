use super::{balance_of, owner_of, token_metadata, tokens, tokens_of};
use crate::api::icrc7::AccountArg;
use crate::api::icrc7::collection::{
    self, DEFAULT_TAKE, MAX_QUERY_BATCH, MAX_TAKE, atomic_batch_transfers, metadata, supported_standards,
};
use crate::state::with_state_mut;
use crate::test_fixtures::{ALICE, BOB, install, minted, new_note};
use candid::{Nat, Principal};
use icrc_ledger_types::icrc::generic_metadata_value::MetadataValue;
use serde_bytes::ByteBuf;
use std::collections::BTreeMap;

fn nats(ids: impl IntoIterator<Item = u64>) -> Vec<Nat> {
    ids.into_iter().map(Nat::from).collect()
}

fn beyond_64_bits() -> Nat {
    Nat::from((1_u128 << 64) + 1)
}

fn account(owner: Principal, subaccount: Option<Vec<u8>>) -> AccountArg {
    AccountArg { owner, subaccount: subaccount.map(ByteBuf::from) }
}

/// Mints this many notes past all checks, in turns to Alice and Bob.
fn mint_many(count: u32) {
    for index in 0..count {
        let mut receipt = [1; 32];
        receipt[..4].copy_from_slice(&index.to_be_bytes());
        let minter = if index % 2 == 0 { ALICE } else { BOB };
        with_state_mut(|state| state.mint(new_note(minter, receipt))).expect("a new receipt");
    }
}

#[test]
fn should_answer_null_or_nothing_when_ids_or_accounts_are_unknown() {
    let _installed = install();
    minted(ALICE, 1);
    let ids = [Nat::from(1_u8), Nat::from(0_u8), Nat::from(2_u8), beyond_64_bits(), Nat::from(1_u8)];
    assert_eq!(owner_of(&ids), [Some(ALICE.into()), None, None, None, Some(ALICE.into())]);
    let known: Vec<bool> = token_metadata(&ids).iter().map(Option::is_some).collect();
    assert_eq!(known, [true, false, false, false, true]);
    let accounts = [
        account(ALICE, None),
        account(ALICE, Some(vec![0; 32])),
        account(ALICE, Some(vec![1; 32])),
        account(ALICE, Some(vec![0; 31])),
        account(BOB, None),
    ];
    assert_eq!(balance_of(&accounts), nats([1, 1, 0, 0, 0]));
    assert_eq!(tokens_of(&accounts[1], None, None), nats([1]));
    for other in &accounts[2..] {
        assert!(tokens_of(other, None, None).is_empty(), "{other:?}");
    }
    assert!(owner_of(&[]).is_empty() && token_metadata(&[]).is_empty() && balance_of(&[]).is_empty());
}

#[test]
fn should_answer_the_beginning_when_a_batch_is_too_long() {
    let _installed = install();
    minted(ALICE, 1);
    let ids = vec![Nat::from(1_u8); MAX_QUERY_BATCH + 1];
    assert_eq!(owner_of(&ids).len(), MAX_QUERY_BATCH);
    assert_eq!(token_metadata(&ids).len(), MAX_QUERY_BATCH);
    assert_eq!(balance_of(&vec![account(ALICE, None); MAX_QUERY_BATCH + 1]), nats(vec![1; MAX_QUERY_BATCH]));
}

#[test]
fn should_follow_the_paging_rules_when_tokens_are_listed() {
    let _installed = install();
    let count = MAX_TAKE as u64 + 20;
    mint_many(count as u32);
    let nat = |number: u64| Some(Nat::from(number));
    assert_eq!(tokens(None, None), nats(1..=DEFAULT_TAKE as u64));
    assert_eq!(tokens(None, nat(3)), nats(1..=3));
    assert_eq!(tokens(nat(0), nat(3)), nats(1..=3), "a prev that never existed");
    assert_eq!(tokens(nat(3), nat(2)), nats(4..=5), "prev is excluded");
    assert_eq!(tokens(nat(count - 1), None), nats([count]));
    assert!(tokens(None, nat(0)).is_empty());
    assert!(tokens(nat(count), None).is_empty());
    assert!(tokens(nat(u64::MAX), None).is_empty());
    assert!(tokens(Some(beyond_64_bits()), None).is_empty());
    assert_eq!(tokens(None, nat(u64::MAX)).len(), MAX_TAKE);
    assert_eq!(tokens(None, Some(beyond_64_bits())).len(), MAX_TAKE);

    let alice = account(ALICE, None);
    assert_eq!(tokens_of(&alice, None, nat(3)), nats([1, 3, 5]));
    assert_eq!(tokens_of(&alice, nat(2), nat(2)), nats([3, 5]), "a prev of another owner");
    assert_eq!(tokens_of(&alice, nat(5), nat(2)), nats([7, 9]));
    assert!(tokens_of(&alice, Some(beyond_64_bits()), None).is_empty());
    for page in [1, 7, 510] {
        let (mut walked, mut prev) = (Vec::new(), None);
        loop {
            let ids = tokens_of(&alice, prev.clone(), nat(page));
            prev = ids.last().cloned().or(prev);
            let last = (ids.len() as u64) < page;
            walked.extend(ids);
            if last {
                break;
            }
        }
        assert_eq!(walked, nats((1..=count).step_by(2)), "{page}");
    }
}

#[test]
fn should_say_about_a_token_what_the_note_says() {
    let _installed = install();
    minted(ALICE, 1);
    let mut untitled = new_note(ALICE, [2; 32]);
    untitled.record.title.clear();
    untitled.record.kind = None;
    with_state_mut(|state| state.mint(untitled)).expect("minted");
    let answers = token_metadata(&nats([1, 2]));
    let of = |index: usize| answers[index].clone().expect("known").into_iter().collect::<BTreeMap<_, _>>();
    let text = |text: &str| MetadataValue::Text(text.to_owned());
    let (first, second) = (of(0), of(1));
    assert_eq!(first["icrc7:metadata:name"], text("Minutes"));
    assert_eq!(second["icrc7:metadata:name"], text("Note 2"));
    assert_eq!(first["calisec:content_type"], text("text/plain"));
    assert_eq!((first.get("calisec:kind"), second.get("calisec:kind")), (Some(&text("dataset")), None));
    assert_eq!(first["calisec:context"], MetadataValue::Blob(ByteBuf::from([5; 32])));
    assert_eq!(first["calisec:ciphertext_length"], MetadataValue::Nat(Nat::from(9_u8)));
    assert_eq!(first["calisec:key_epoch"], MetadataValue::Nat(Nat::from(0_u8)));
}

#[test]
fn should_say_the_same_in_the_collection_metadata_as_in_the_single_methods() {
    let _installed = install();
    minted(ALICE, 1);
    let listed = metadata();
    let values: BTreeMap<_, _> = listed.iter().cloned().collect();
    assert_eq!(values.len(), listed.len(), "no key twice");
    let text = |text: Option<String>| text.map(MetadataValue::Text);
    let nat = |nat: Option<Nat>| nat.map(MetadataValue::Nat);
    let single = [
        ("icrc7:symbol", text(Some(collection::symbol()))),
        ("icrc7:name", text(Some(collection::name()))),
        ("icrc7:description", text(collection::description())),
        ("icrc7:logo", text(collection::logo())),
        ("icrc7:total_supply", nat(Some(Nat::from(1_u8)))),
        ("icrc7:supply_cap", nat(collection::supply_cap())),
        ("icrc7:max_query_batch_size", nat(Some(Nat::from(100_u8)))),
        ("icrc7:max_update_batch_size", nat(Some(Nat::from(100_u8)))),
        ("icrc7:default_take_value", nat(Some(Nat::from(100_u8)))),
        ("icrc7:max_take_value", nat(Some(Nat::from(1_000_u16)))),
        ("icrc7:max_memo_size", nat(Some(Nat::from(32_u8)))),
        ("icrc7:tx_window", nat(Some(Nat::from(86_400_u32)))),
        ("icrc7:permitted_drift", nat(Some(Nat::from(120_u8)))),
        ("icrc7:atomic_batch_transfers", None),
    ];
    for (key, value) in &single {
        assert_eq!(values.get(*key), value.as_ref(), "{key}");
    }
    assert_eq!(values.len(), single.iter().filter(|(_, value)| value.is_some()).count(), "no other key");
    assert_eq!(atomic_batch_transfers(), Some(false));
    assert_eq!(collection::total_supply(), Nat::from(1_u8));
    assert_eq!(collection::max_query_batch_size(), Some(Nat::from(MAX_QUERY_BATCH)));
}

#[test]
fn should_list_the_standards_with_the_addresses_they_prescribe() {
    let listed: Vec<_> = supported_standards().into_iter().map(|standard| (standard.name, standard.url)).collect();
    let expected = [
        ("ICRC-7", "https://github.com/dfinity/ICRC/ICRCs/ICRC-7"),
        ("ICRC-10", "https://github.com/dfinity/ICRC/ICRCs/ICRC-10"),
    ];
    assert_eq!(listed, expected.map(|(name, url)| (name.to_owned(), url.to_owned())));
}
