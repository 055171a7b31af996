use super::{PERMITTED_DRIFT_SECONDS, RecentTransfers, Refusal, TX_WINDOW_SECONDS, Transfer};
use crate::account::AccountKey;
use crate::test_fixtures::{ALICE, BOB, CAROL, NOW, key_of};
use calisec_types::ids::{Digest32, NoteId, Timestamp};
use ic_stable_structures::DefaultMemoryImpl;
use ic_stable_structures::memory_manager::{MemoryId, MemoryManager};
use std::collections::BTreeSet;

const SECOND: u64 = 1_000_000_000;

fn transfer() -> Transfer {
    Transfer { caller: ALICE, from: key_of(ALICE), to: key_of(BOB), note: NoteId(1), memo: None, created_at: Some(NOW) }
}

fn recent(capacity: u64) -> RecentTransfers {
    RecentTransfers::load(MemoryManager::init(DefaultMemoryImpl::default()).get(MemoryId::new(0)), capacity)
}

#[test]
fn should_accept_the_ends_of_the_window_and_nothing_beyond() {
    let oldest = NOW.0 - (TX_WINDOW_SECONDS + PERMITTED_DRIFT_SECONDS) * SECOND;
    let newest = NOW.0 + PERMITTED_DRIFT_SECONDS * SECOND;
    let cases = [
        (0, Some(Refusal::TooOld)),
        (oldest - 1, Some(Refusal::TooOld)),
        (oldest, None),
        (NOW.0, None),
        (newest, None),
        (newest + 1, Some(Refusal::CreatedInFuture)),
        (u64::MAX, Some(Refusal::CreatedInFuture)),
    ];
    for (created_at, refusal) in cases {
        let key = Transfer { created_at: Some(Timestamp(created_at)), ..transfer() }.key(NOW);
        assert_eq!(key.err(), refusal, "{created_at}");
    }
    assert_eq!(Transfer { created_at: None, ..transfer() }.key(NOW), Ok(None));
}

#[test]
fn should_be_another_transfer_when_anything_of_it_differs() {
    let with_memo = |memo: &[u8]| Transfer { memo: Some(memo.to_vec()), ..transfer() };
    let different = [
        transfer(),
        Transfer { caller: BOB, ..transfer() },
        Transfer { from: AccountKey::new(&ALICE, &[1; 32]), ..transfer() },
        Transfer { to: key_of(CAROL), ..transfer() },
        Transfer { note: NoteId(2), ..transfer() },
        Transfer { created_at: Some(Timestamp(NOW.0 + 1)), ..transfer() },
        with_memo(&[]),
        with_memo(&[0]),
        with_memo(&[0, 0]),
    ];
    let keys: BTreeSet<_> = different.iter().map(|transfer| transfer.key(NOW)).map(Result::unwrap).collect();
    assert_eq!(keys.len(), different.len());
    assert_eq!(transfer().key(NOW), transfer().key(Timestamp(NOW.0 + SECOND)));
}

#[test]
fn should_forget_what_is_over_and_keep_the_rest() {
    let mut recent = recent(100);
    for index in 0..10 {
        recent.remember((Timestamp(NOW.0 + index), Digest32([index as u8; 32])), index);
    }
    let over_for = |index: u64| NOW.plus_seconds(TX_WINDOW_SECONDS + PERMITTED_DRIFT_SECONDS).0 + index + 1;
    assert!(recent.make_room(Timestamp(over_for(0) - 1)));
    assert_eq!(recent.len(), 10, "the oldest may still be repeated");
    assert!(recent.make_room(Timestamp(over_for(1))));
    assert_eq!(recent.len(), 8, "only those that are over");
    assert!(recent.make_room(Timestamp(over_for(9))));
    assert_eq!(recent.len(), 4, "a few at once");
    assert_eq!(recent.find(&(Timestamp(NOW.0 + 9), Digest32([9; 32]))), Some(9));
    recent.make_room(Timestamp(over_for(9)));
    assert!(recent.is_empty());
}

#[test]
fn should_have_no_room_when_the_capacity_is_reached() {
    let mut recent = recent(2);
    for index in 0..2 {
        assert!(recent.make_room(NOW));
        recent.remember((NOW, Digest32([index; 32])), u64::from(index));
    }
    assert!(!recent.make_room(NOW));
    assert!(recent.make_room(NOW.plus_seconds(2 * TX_WINDOW_SECONDS)), "a day later");
}
