use super::{State, with_state};
use crate::account::AccountKey;
use crate::lifecycle::{InvalidInit, init};
use crate::storage::{Config, EnvelopeRecord, ReleaseRecord};
use crate::test_fixtures::{ALICE, BOB, CAROL, CIRCUIT, CONTEXT, MEMBERSHIP, NOW, VERIFIER, install, key_of, new_note};
use crate::transfer::{Refusal, Transfer};
use calisec_types::ids::{AccountId, ContextId, Epoch, NoteId, ReceiptId, Seq};
use calisec_types::note_registry::NoteRegistryInit;
use candid::Principal;
use ic_stable_structures::DefaultMemoryImpl;
use proptest::collection::vec;
use proptest::test_runner::Config as ProptestConfig;
use proptest::{prop_assert, prop_assert_eq, prop_oneof, proptest, strategy::Strategy};
use std::collections::BTreeMap;

fn config() -> Config {
    Config { membership: MEMBERSHIP, proof_verifier: VERIFIER, mint_circuit: CIRCUIT }
}

fn plain(caller: Principal, to: AccountKey, note: NoteId) -> Transfer {
    Transfer { caller, from: key_of(caller), to, note, memo: None, created_at: None }
}

#[test]
fn should_keep_everything_when_upgraded() {
    let memory = DefaultMemoryImpl::default();
    let mut state = State::new(memory.clone(), config());
    let note = state.mint(new_note(ALICE, [1; 32])).expect("minted");
    let second = state.mint(new_note(BOB, [2; 32])).expect("minted");
    let deduplicated = Transfer { created_at: Some(NOW), ..plain(ALICE, key_of(CAROL), note) };
    let transaction = state.transfer(&deduplicated, true, NOW).expect("transferred");
    let recipient = AccountId([9; 32]);
    state.deposit(note, recipient, EnvelopeRecord { key_epoch: Epoch(1), envelope: vec![5] });
    let release =
        ReleaseRecord { note, recipient, key_epoch: Epoch(1), at: NOW, policies: Vec::new(), decided_at: Seq(1) };
    assert_eq!(state.log_release(Principal::anonymous(), release), Seq(1));
    let before = (state.note(note), state.note(second));
    drop(state);

    let mut state = State::load(memory);
    assert_eq!(state.config(), config());
    assert_eq!((state.note(note), state.note(second)), before);
    assert_eq!(state.note(note).expect("a note").owner, CAROL.into());
    assert_eq!(state.ciphertext(second), Some(vec![2; 9]));
    assert_eq!(state.minted_with(&ReceiptId([2; 32])), Some(second));
    assert_eq!(state.notes_of(CONTEXT, None).collect::<Vec<_>>(), [note, second]);
    assert_eq!(state.envelope(note, recipient, Epoch(1)), Some(vec![5]));
    assert_eq!(state.envelope(note, recipient, Epoch(0)), None);
    assert_eq!(state.releases_from(Seq(1)).count(), 1);
    assert_eq!(state.transfer(&deduplicated, true, NOW), Err(Refusal::Duplicate(transaction)));
    assert_eq!(state.transfer(&plain(CAROL, key_of(BOB), note), true, NOW), Ok(transaction + 1));
    assert_eq!(state.mint(new_note(BOB, [2; 32])), Err(second));
}

#[test]
#[should_panic(expected = "BUG: the stable memory holds no note registry")]
fn should_trap_when_upgraded_over_an_empty_memory() {
    let _ = State::load(DefaultMemoryImpl::default());
}

#[test]
fn should_refuse_to_install_when_a_collaborator_is_no_canister() {
    let good = NoteRegistryInit { membership: MEMBERSHIP, proof_verifier: VERIFIER, mint_circuit: CIRCUIT };
    for value in [Principal::anonymous(), Principal::management_canister()] {
        let bad = NoteRegistryInit { membership: value, ..good.clone() };
        let refused = init(DefaultMemoryImpl::default(), &bad);
        assert_eq!(refused, Err(InvalidInit::NotACanister { field: "membership", value }));
        let bad = NoteRegistryInit { proof_verifier: value, ..good.clone() };
        let refused = init(DefaultMemoryImpl::default(), &bad);
        assert_eq!(refused, Err(InvalidInit::NotACanister { field: "proof_verifier", value }));
    }
    let _installed = install();
    assert_eq!(with_state(State::config), config());
}

#[test]
fn should_page_through_the_notes_of_a_context_when_others_lie_between() {
    let _installed = install();
    let other = ContextId([6; 32]);
    for receipt in 1..=9 {
        let mut new = new_note(ALICE, [receipt; 32]);
        new.record.context = if receipt % 3 == 0 { other } else { CONTEXT };
        super::with_state_mut(|state| state.mint(new)).expect("minted");
    }
    let page = |context, after: Option<u64>, limit| {
        let arg = calisec_types::note_registry::NotesArg { context, after: after.map(NoteId), limit };
        let page = crate::api::notes::notes(&arg).expect("a page");
        (page.notes.iter().map(|note| note.id.0).collect::<Vec<_>>(), page.next.map(|note| note.0))
    };
    assert_eq!(page(CONTEXT, None, Some(4)), (vec![1, 2, 4, 5], Some(5)));
    assert_eq!(page(CONTEXT, Some(5), Some(4)), (vec![7, 8], None));
    assert_eq!(page(CONTEXT, Some(5), Some(2)), (vec![7, 8], None), "a full last page is the last");
    assert_eq!(page(CONTEXT, Some(u64::MAX), None), (vec![], None));
    assert_eq!(page(other, None, None), (vec![3, 6, 9], None));
    assert_eq!(page(ContextId([7; 32]), None, None), (vec![], None), "a context nobody knows");
}

/// What may happen to ownership.
#[derive(Clone, Debug)]
enum Step {
    Mint { minter: usize },
    Transfer { caller: usize, from: u8, to: (usize, u8), note: u64 },
    Upgrade,
}

const PEOPLE: [Principal; 3] = [ALICE, BOB, CAROL];
const SUBACCOUNTS: u8 = 2;

fn account((person, subaccount): (usize, u8)) -> AccountKey {
    AccountKey::new(&PEOPLE[person], &[subaccount; 32])
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..PEOPLE.len()).prop_map(|minter| Step::Mint { minter }),
        8 => (0..PEOPLE.len(), 0..SUBACCOUNTS, (0..PEOPLE.len(), 0..SUBACCOUNTS), 0_u64..12)
            .prop_map(|(caller, from, to, note)| Step::Transfer { caller, from, to, note }),
        1 => proptest::strategy::Just(Step::Upgrade),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn should_agree_with_a_plain_map_of_owners_when_notes_are_minted_and_transferred(steps in vec(step(), 1..80)) {
        let memory = DefaultMemoryImpl::default();
        let mut state = State::new(memory.clone(), config());
        // Note to owner and number of transfers.
        let mut model: BTreeMap<u64, (AccountKey, u64)> = BTreeMap::new();
        for (index, step) in steps.into_iter().enumerate() {
            match step {
                Step::Mint { minter } => {
                    let note = state.mint(new_note(PEOPLE[minter], [index as u8; 32])).expect("a new receipt");
                    prop_assert_eq!(note.0, model.len() as u64 + 1);
                    model.insert(note.0, (account((minter, 0)), 0));
                }
                Step::Transfer { caller, from, to, note } => {
                    let (from, to) = (account((caller, from)), account(to));
                    let transfer = Transfer { from, ..plain(PEOPLE[caller], to, NoteId(note)) };
                    let expected = match model.get(&note) {
                        None => Some(Refusal::UnknownToken),
                        Some((owner, _)) if *owner != from => Some(Refusal::Unauthorized),
                        Some(_) if from == to => Some(Refusal::InvalidRecipient),
                        Some((_, transfers)) => {
                            model.insert(note, (to, transfers + 1));
                            None
                        }
                    };
                    prop_assert_eq!(state.transfer(&transfer, true, NOW).err(), expected);
                }
                Step::Upgrade => {
                    drop(state);
                    state = State::load(memory.clone());
                }
            }
        }
        let holdings = state.holdings();
        prop_assert_eq!(holdings.supply(), model.len() as u64);
        prop_assert!(holdings.all(None).map(|note| note.0).eq(model.keys().copied()));
        for (note, (owner, transfers)) in &model {
            let holding = holdings.get(NoteId(*note)).expect("exists");
            prop_assert_eq!((holding.owner, holding.key_epoch), (*owner, Epoch(*transfers)));
        }
        for person in 0..PEOPLE.len() {
            for subaccount in 0..=SUBACCOUNTS {
                let account = account((person, subaccount));
                let owned: Vec<u64> =
                    model.iter().filter(|(_, (owner, _))| *owner == account).map(|(note, _)| *note).collect();
                prop_assert_eq!(holdings.balance(&account), owned.len() as u64);
                prop_assert!(holdings.of(account, None).map(|note| note.0).eq(owned));
            }
        }
    }
}
