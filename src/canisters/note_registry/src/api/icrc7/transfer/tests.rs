use super::{CODE_BAD_SUBACCOUNT, CODE_MEMO_TOO_LONG, transfer};
use crate::account::AccountKey;
use crate::api::icrc7::collection::MAX_UPDATE_BATCH;
use crate::api::icrc7::{AccountArg, TransferItem};
use crate::state::with_state;
use crate::test_fixtures::{ALICE, BOB, CAROL, Installed, NOW, REGISTRY, install, key_of, minted};
use crate::transfer::{PERMITTED_DRIFT_SECONDS, TX_WINDOW_SECONDS};
use calisec_types::ids::{Epoch, NoteId};
use calisec_types::note_registry::icrc7::{TransferArg, TransferError, TransferResult};
use candid::{Nat, Principal, decode_one, encode_one};
use icrc_ledger_types::icrc1::account::Account;
use serde_bytes::ByteBuf;

fn item(note: NoteId, to: Principal) -> TransferItem {
    TransferItem {
        from_subaccount: None,
        to: AccountArg { owner: to, subaccount: None },
        token_id: Nat::from(note.0),
        memo: None,
        created_at_time: None,
    }
}

/// One transfer by this caller.
fn send(installed: &Installed, caller: Principal, item: TransferItem) -> TransferResult {
    installed.env.call_as(caller);
    let mut answers = transfer(&installed.env, vec![item]);
    assert_eq!(answers.len(), 1);
    answers.remove(0).expect("an answer")
}

fn code(result: TransferResult) -> u64 {
    match result {
        Err(TransferError::GenericError { error_code, .. }) => u64::try_from(&error_code.0).expect("small"),
        other => panic!("{other:?}"),
    }
}

fn owner(note: NoteId) -> AccountKey {
    with_state(|state| state.holdings().get(note)).expect("exists").owner
}

#[test]
fn should_move_the_token_everywhere_and_raise_its_epoch_when_the_owner_transfers() {
    let installed = install();
    let (moved, kept) = (minted(ALICE, 1), minted(ALICE, 2));
    let transaction = send(&installed, ALICE, item(moved, BOB)).expect("transferred");
    assert_eq!(transaction, Nat::from(2_u8), "two mints came before");
    with_state(|state| {
        let holdings = state.holdings();
        assert_eq!((owner(moved), owner(kept)), (key_of(BOB), key_of(ALICE)));
        assert_eq!((holdings.balance(&key_of(ALICE)), holdings.balance(&key_of(BOB))), (1, 1));
        assert_eq!(holdings.of(key_of(ALICE), None).collect::<Vec<_>>(), [kept]);
        assert_eq!(holdings.of(key_of(BOB), None).collect::<Vec<_>>(), [moved]);
        assert_eq!(holdings.supply(), 2);
        let epoch = |note| state.note(note).expect("exists").key_epoch;
        assert_eq!((epoch(moved), epoch(kept)), (Epoch(1), Epoch(0)));
    });
}

#[test]
fn should_refuse_and_change_nothing_when_the_item_is_bad() {
    type Spoil = fn(&mut TransferItem);
    let window = (TX_WINDOW_SECONDS + PERMITTED_DRIFT_SECONDS) * 1_000_000_000;
    let cases: [(&str, Principal, Spoil, TransferError); 13] = [
        ("unknown id", ALICE, |item| item.token_id = Nat::from(2_u8), TransferError::NonExistingTokenId),
        ("id 0", ALICE, |item| item.token_id = Nat::from(0_u8), TransferError::NonExistingTokenId),
        (
            "id beyond 64 bits, whose low bits are an id",
            ALICE,
            |item| item.token_id = Nat::from((1_u128 << 64) + 1),
            TransferError::NonExistingTokenId,
        ),
        ("stranger", BOB, |_| (), TransferError::Unauthorized),
        ("anonymous", Principal::anonymous(), |_| (), TransferError::Unauthorized),
        (
            "another subaccount",
            ALICE,
            |item| item.from_subaccount = Some(ByteBuf::from([1; 32])),
            TransferError::Unauthorized,
        ),
        ("to oneself", ALICE, |item| item.to.owner = ALICE, TransferError::InvalidRecipient),
        (
            "to oneself, the default subaccount spelled out",
            ALICE,
            |item| item.to = AccountArg { owner: ALICE, subaccount: Some(ByteBuf::from([0; 32])) },
            TransferError::InvalidRecipient,
        ),
        ("to nobody", ALICE, |item| item.to.owner = Principal::anonymous(), TransferError::InvalidRecipient),
        (
            "to the management canister",
            ALICE,
            |item| item.to.owner = Principal::management_canister(),
            TransferError::InvalidRecipient,
        ),
        ("to the registry", ALICE, |item| item.to.owner = REGISTRY, TransferError::InvalidRecipient),
        ("too old", ALICE, |item| item.created_at_time = Some(0), TransferError::TooOld),
        (
            "in the future",
            ALICE,
            |item| item.created_at_time = Some(u64::MAX),
            TransferError::CreatedInFuture { ledger_time: NOW.0 },
        ),
    ];
    assert!(NOW.0 > window);
    let installed = install();
    let note = minted(ALICE, 1);
    let before = installed.stable_bytes();
    for (case, caller, spoil, expected) in cases {
        let mut bad = item(note, BOB);
        spoil(&mut bad);
        assert_eq!(send(&installed, caller, bad), Err(expected), "{case}");
        installed.assert_unchanged(&before, case);
    }
    let long_memo = TransferItem { memo: Some(ByteBuf::from([0; 33])), ..item(note, BOB) };
    assert_eq!(code(send(&installed, ALICE, long_memo)), CODE_MEMO_TOO_LONG);
    for length in [0, 31, 33] {
        let odd = Some(ByteBuf::from(vec![0; length]));
        let from = TransferItem { from_subaccount: odd.clone(), ..item(note, BOB) };
        assert_eq!(code(send(&installed, ALICE, from)), CODE_BAD_SUBACCOUNT, "{length}");
        let to = TransferItem { to: AccountArg { owner: BOB, subaccount: odd }, ..item(note, BOB) };
        assert_eq!(code(send(&installed, ALICE, to)), CODE_BAD_SUBACCOUNT, "{length}");
    }
    installed.assert_unchanged(&before, "lengths");
}

#[test]
fn should_treat_no_subaccount_and_zeros_as_one_account_when_transferring() {
    let installed = install();
    let note = minted(ALICE, 1);
    let zeros = Some(ByteBuf::from([0; 32]));
    let spelled_out = TransferItem {
        from_subaccount: zeros.clone(),
        to: AccountArg { owner: BOB, subaccount: zeros },
        memo: Some(ByteBuf::from([7; 32])),
        ..item(note, BOB)
    };
    send(&installed, ALICE, spelled_out).expect("transferred");
    assert_eq!(owner(note), key_of(BOB));
    let to_own_subaccount =
        TransferItem { to: AccountArg { owner: BOB, subaccount: Some(ByteBuf::from([1; 32])) }, ..item(note, BOB) };
    send(&installed, BOB, to_own_subaccount).expect("another account of the same principal");
    assert_eq!(send(&installed, BOB, item(note, CAROL)), Err(TransferError::Unauthorized));
    let from_there = TransferItem { from_subaccount: Some(ByteBuf::from([1; 32])), ..item(note, CAROL) };
    send(&installed, BOB, from_there).expect("transferred");
    assert_eq!(owner(note), key_of(CAROL));
}

#[test]
fn should_answer_duplicate_when_the_same_transfer_comes_again_within_the_window() {
    let installed = install();
    let note = minted(ALICE, 1);
    let dated = TransferItem { created_at_time: Some(NOW.0), ..item(note, BOB) };
    let transaction = send(&installed, ALICE, dated.clone()).expect("transferred");
    send(&installed, BOB, item(note, ALICE)).expect("and back");
    installed.upgrade();

    let duplicate = Err(TransferError::Duplicate { duplicate_of: transaction });
    assert_eq!(send(&installed, ALICE, dated.clone()), duplicate, "although she owns it again");
    let spelled_out = TransferItem { from_subaccount: Some(ByteBuf::from([0; 32])), ..dated.clone() };
    assert_eq!(send(&installed, ALICE, spelled_out), duplicate, "the same account");
    assert_eq!(owner(note), key_of(ALICE));

    let later = TransferItem { created_at_time: Some(NOW.0 + 1), ..dated.clone() };
    send(&installed, ALICE, later).expect("another transfer");
    installed.env.advance_seconds(TX_WINDOW_SECONDS + PERMITTED_DRIFT_SECONDS + 1);
    assert_eq!(send(&installed, ALICE, dated), Err(TransferError::TooOld));
}

#[test]
fn should_never_answer_duplicate_when_the_transfer_has_no_time() {
    let installed = install();
    let note = minted(ALICE, 1);
    for _ in 0..2 {
        send(&installed, ALICE, item(note, BOB)).expect("transferred");
        send(&installed, BOB, item(note, ALICE)).expect("and back");
    }
}

#[test]
fn should_not_remember_a_transfer_when_it_was_refused() {
    let installed = install();
    let note = minted(BOB, 1);
    let dated = TransferItem { created_at_time: Some(NOW.0), ..item(note, CAROL) };
    assert_eq!(send(&installed, ALICE, dated.clone()), Err(TransferError::Unauthorized));
    send(&installed, BOB, item(note, ALICE)).expect("transferred");
    send(&installed, ALICE, dated).expect("now she owns it");
}

#[test]
fn should_answer_every_item_for_itself_when_a_batch_is_mixed() {
    let installed = install();
    let (first, second) = (minted(ALICE, 1), minted(ALICE, 2));
    let dated = |note| TransferItem { created_at_time: Some(NOW.0), ..item(note, BOB) };
    let odd = TransferItem { from_subaccount: Some(ByteBuf::from([0; 3])), ..item(second, BOB) };
    let batch = vec![dated(first), dated(first), item(first, CAROL), item(NoteId(9), BOB), odd, item(second, BOB)];
    let mut answers = transfer(&installed.env, batch).into_iter().map(|answer| answer.expect("an answer"));
    assert_eq!(answers.next(), Some(Ok(Nat::from(2_u8))));
    assert_eq!(answers.next(), Some(Err(TransferError::Duplicate { duplicate_of: Nat::from(2_u8) })));
    assert_eq!(answers.next(), Some(Err(TransferError::Unauthorized)));
    assert_eq!(answers.next(), Some(Err(TransferError::NonExistingTokenId)));
    assert_eq!(code(answers.next().expect("an answer")), CODE_BAD_SUBACCOUNT);
    assert_eq!(answers.next(), Some(Ok(Nat::from(3_u8))));
    assert_eq!((owner(first), owner(second)), (key_of(BOB), key_of(BOB)));
}

#[test]
fn should_process_the_beginning_when_a_batch_is_too_long_or_empty() {
    let installed = install();
    assert!(transfer(&installed.env, Vec::new()).is_empty());
    let note = minted(ALICE, 1);
    let mut batch = vec![item(NoteId(9), BOB); MAX_UPDATE_BATCH];
    batch.push(item(note, BOB));
    let answers = transfer(&installed.env, batch);
    assert_eq!(answers, vec![Some(Err(TransferError::NonExistingTokenId)); MAX_UPDATE_BATCH]);
    assert_eq!(owner(note), key_of(ALICE), "what is beyond the limit has no effect");
}

#[test]
fn should_read_what_clients_send() {
    let sent = TransferArg {
        from_subaccount: Some([1; 32]),
        to: Account { owner: BOB, subaccount: Some([2; 32]) },
        token_id: Nat::from(3_u8),
        memo: Some(ByteBuf::from([4])),
        created_at_time: Some(5),
    };
    let read: TransferItem = decode_one(&encode_one(&sent).expect("encodes")).expect("decodes");
    let expected = TransferItem {
        from_subaccount: Some(ByteBuf::from([1; 32])),
        to: AccountArg { owner: BOB, subaccount: Some(ByteBuf::from([2; 32])) },
        token_id: Nat::from(3_u8),
        memo: Some(ByteBuf::from([4])),
        created_at_time: Some(5),
    };
    assert_eq!(read, expected);
}
