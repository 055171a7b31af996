use super::{deposit_envelope, releases, request_key};
use crate::state::with_state_mut;
use crate::test_fixtures::{
    ALICE, BOB, CAROL, CONTEXT, Installed, MEMBERSHIP, Message, NOW, REGISTRY, allow, at_once, call_failures, deny,
    install, key_of, minted, reason,
};
use crate::transfer::Transfer;
use calisec_types::error::ErrorKind;
use calisec_types::ids::{AccountId, Epoch, NoteId, Seq, Timestamp};
use calisec_types::membership::{Action, DecideAndUseArg, DecideArg, MembershipReason, NoteResource, Subject};
use calisec_types::note_registry::{
    DepositEnvelopeArg, MAX_ENVELOPE_BYTES, NoteError, NoteReason, Release, ReleasedKey, ReleasesArg,
};
use candid::Principal;
use serde_bytes::ByteBuf;

const BOBS_ACCOUNT: AccountId = AccountId([77; 32]);
const OTHER_ACCOUNT: AccountId = AccountId([78; 32]);

fn envelope(note: NoteId, recipient: AccountId, length: usize) -> DepositEnvelopeArg {
    DepositEnvelopeArg { note, recipient, envelope: ByteBuf::from(vec![recipient.0[0]; length]) }
}

fn start(installed: &Installed, note: NoteId) -> Message<'_, Result<ReleasedKey, NoteError>> {
    Message::start(request_key(&installed.env, &installed.peers, note, None))
}

/// A request of the caller, answered with an allow for this account.
fn request(installed: &Installed, note: NoteId, account: Option<AccountId>) -> Result<ReleasedKey, NoteError> {
    let message = start(installed, note);
    installed.peers.allows(account);
    message.ends()
}

/// Alice's note with an envelope for Bob, who calls from now on.
fn note_for_bob(installed: &Installed) -> NoteId {
    let note = minted(ALICE, 9);
    installed.env.call_as(ALICE);
    deposit_envelope(&installed.env, envelope(note, BOBS_ACCOUNT, 40)).expect("deposited");
    installed.env.call_as(BOB);
    note
}

fn hand_over(note: NoteId, from: Principal, to: Principal) {
    let (from_key, to_key) = (key_of(from), key_of(to));
    let transfer = Transfer { caller: from, from: from_key, to: to_key, note, memo: None, created_at: None };
    with_state_mut(|state| state.transfer(&transfer, true, NOW)).expect("transferred");
}

fn all_releases() -> Vec<Release> {
    releases(ReleasesArg { from: Seq(1), limit: None })
}

#[test]
fn should_refuse_and_keep_nothing_when_a_deposit_is_bad() {
    let installed = install();
    let note = minted(ALICE, 9);
    let before = installed.stable_bytes();
    let bad_length = |length| NoteReason::BadLength {
        field: "envelope".to_owned(),
        length,
        minimum: 1,
        limit: MAX_ENVELOPE_BYTES as u64,
    };
    let cases = [
        ("anonymous", Principal::anonymous(), envelope(note, BOBS_ACCOUNT, 1), NoteReason::Anonymous),
        ("empty", ALICE, envelope(note, BOBS_ACCOUNT, 0), bad_length(0)),
        ("long", ALICE, envelope(note, BOBS_ACCOUNT, MAX_ENVELOPE_BYTES + 1), bad_length(513)),
        ("note 0", ALICE, envelope(NoteId(0), BOBS_ACCOUNT, 1), NoteReason::UnknownNote(NoteId(0))),
        ("unknown note", ALICE, envelope(NoteId(2), BOBS_ACCOUNT, 1), NoteReason::UnknownNote(NoteId(2))),
        ("not the owner", BOB, envelope(note, BOBS_ACCOUNT, 1), NoteReason::NotOwner),
    ];
    for (case, caller, arg, expected) in cases {
        installed.env.call_as(caller);
        assert_eq!(reason(deposit_envelope(&installed.env, arg)), expected, "{case}");
        installed.assert_unchanged(&before, case);
    }
}

#[test]
fn should_release_the_envelope_and_log_it_when_policies_allow() {
    let installed = install();
    let note = note_for_bob(&installed);
    let message = start(&installed, note);
    // Whoever calls while the request waits does not get the key.
    installed.env.call_as(CAROL);
    installed.env.advance_seconds(3);
    installed.peers.allows(Some(BOBS_ACCOUNT));
    let released = message.ends().expect("released");

    let envelope = ByteBuf::from(vec![77; 40]);
    assert_eq!(released, ReleasedKey { note, key_epoch: Epoch(0), envelope, release: Seq(1) });
    let logged = Release {
        seq: Seq(1),
        note,
        recipient: BOBS_ACCOUNT,
        key_epoch: Epoch(0),
        at: NOW.plus_seconds(3),
        policies: vec!["members-read".to_owned()],
        decided_at: Seq(17),
    };
    assert_eq!(all_releases(), [logged]);
    let sent = installed.peers.sent();
    assert_eq!((sent.len(), sent[0].canister, sent[0].method.as_str()), (1, MEMBERSHIP, "decide_and_use"));
    let question = DecideArg {
        context: CONTEXT,
        subject: Subject::Principal(BOB),
        action: Action::Read,
        note: Some(NoteResource {
            registry: REGISTRY,
            note,
            owner: ALICE,
            kind: Some("dataset".to_owned()),
            epoch: Some(Epoch(0)),
        }),
        purpose: None,
    };
    assert_eq!(sent[0].decode::<(DecideAndUseArg,)>().0.question, question);
}

#[test]
fn should_call_nobody_when_the_request_is_bad() {
    let installed = install();
    let note = note_for_bob(&installed);
    let cases = [
        ("anonymous", Principal::anonymous(), note, NoteReason::Anonymous),
        ("unknown note", BOB, NoteId(2), NoteReason::UnknownNote(NoteId(2))),
        ("note 0", BOB, NoteId(0), NoteReason::UnknownNote(NoteId(0))),
    ];
    let before = installed.stable_bytes();
    for (case, caller, note, expected) in cases {
        installed.env.call_as(caller);
        assert_eq!(reason(at_once(request_key(&installed.env, &installed.peers, note, None))), expected, "{case}");
        assert!(installed.peers.sent().is_empty(), "{case}");
        installed.assert_unchanged(&before, case);
    }
}

#[test]
fn should_release_nothing_and_work_when_repeated_after_membership_brought_no_answer() {
    for (case, outcome, repeatable) in call_failures() {
        let installed = install();
        let note = note_for_bob(&installed);
        let before = installed.stable_bytes();
        let message = start(&installed, note);
        installed.peers.answer("decide_and_use", outcome);
        let error = message.ends().expect_err(case);
        assert_eq!(error.kind == ErrorKind::Temporary, repeatable, "{case}: {error:?}");
        installed.assert_unchanged(&before, case);
        assert_eq!(request(&installed, note, Some(BOBS_ACCOUNT)).expect(case).release, Seq(1));
    }
}

#[test]
fn should_release_nothing_when_membership_refuses() {
    let unknown_context = MembershipReason::UnknownContext(CONTEXT);
    let cases = [
        ("deny", Ok(deny()), NoteReason::AccessDenied { missing: vec!["a role".to_owned()] }),
        (
            "unknown context",
            Err(unknown_context.clone().into()),
            NoteReason::AccessDenied { missing: vec![unknown_context.to_string()] },
        ),
        (
            "defect",
            Err(MembershipReason::Internal("oh".to_owned()).into()),
            NoteReason::Internal("membership: internal error: oh".to_owned()),
        ),
    ];
    let installed = install();
    let note = note_for_bob(&installed);
    let before = installed.stable_bytes();
    for (case, answer, expected) in cases {
        let message = start(&installed, note);
        installed.peers.decides(answer);
        assert_eq!(reason(message.ends()), expected, "{case}");
        installed.assert_unchanged(&before, case);
    }
}

#[test]
fn should_ask_about_the_owner_too_when_the_owner_requests_the_key() {
    let installed = install();
    let note = note_for_bob(&installed);
    installed.env.call_as(ALICE);
    let message = start(&installed, note);
    installed.peers.decides(Ok(deny()));
    assert!(matches!(reason(message.ends()), NoteReason::AccessDenied { .. }), "owning is not reading");
    // Allowed as the owner, but no member: no account, so no envelope could be sealed to it.
    assert_eq!(reason(request(&installed, note, None)), NoteReason::NoEnvelope(Epoch(0)));
    assert!(all_releases().is_empty());
}

#[test]
fn should_name_the_epoch_when_no_envelope_is_there_for_the_account() {
    let installed = install();
    let note = note_for_bob(&installed);
    let before = installed.stable_bytes();
    assert_eq!(reason(request(&installed, note, Some(OTHER_ACCOUNT))), NoteReason::NoEnvelope(Epoch(0)));
    installed.assert_unchanged(&before, "no envelope");
}

#[test]
fn should_refuse_the_same_request_when_it_waits_already() {
    let installed = install();
    let note = note_for_bob(&installed);
    let other_note = minted(ALICE, 10);
    let first = start(&installed, note);
    let second = at_once(request_key(&installed.env, &installed.peers, note, None));
    assert_eq!(reason(second), NoteReason::InProgress);
    installed.peers.allows(Some(BOBS_ACCOUNT));
    let _same_caller_other_note = start(&installed, other_note);
    installed.env.call_as(CAROL);
    let _same_note_other_caller = start(&installed, note);
    assert_eq!(first.ends().expect("released").release, Seq(1));
    assert_eq!(all_releases().len(), 1);
}

#[test]
fn should_release_nothing_when_the_note_changed_while_access_was_decided() {
    let trips: [(&str, &[(Principal, Principal)]); 2] =
        [("sold", &[(ALICE, CAROL)]), ("sold and bought back", &[(ALICE, CAROL), (CAROL, ALICE)])];
    for (case, trip) in trips {
        for allowed in [true, false] {
            let installed = install();
            let note = note_for_bob(&installed);
            let message = start(&installed, note);
            for (from, to) in trip {
                hand_over(note, *from, *to);
            }
            let before = installed.stable_bytes();
            installed.peers.decides(Ok(if allowed { allow(Some(BOBS_ACCOUNT)) } else { deny() }));
            let error = message.ends().expect_err(case);
            assert_eq!((error.kind, error.reason), (ErrorKind::Temporary, Some(NoteReason::Changed)), "{case}");
            installed.assert_unchanged(&before, case);
        }
    }
}

#[test]
fn should_withhold_envelopes_of_an_earlier_epoch_when_the_note_was_transferred() {
    let installed = install();
    let note = note_for_bob(&installed);
    hand_over(note, ALICE, CAROL);
    assert_eq!(reason(request(&installed, note, Some(BOBS_ACCOUNT))), NoteReason::NoEnvelope(Epoch(1)));
    installed.env.call_as(ALICE);
    let late = deposit_envelope(&installed.env, envelope(note, BOBS_ACCOUNT, 41));
    assert_eq!(reason(late), NoteReason::NotOwner);
    hand_over(note, CAROL, ALICE);
    installed.env.call_as(BOB);
    let back_again = request(&installed, note, Some(BOBS_ACCOUNT));
    assert_eq!(reason(back_again), NoteReason::NoEnvelope(Epoch(2)), "not even when the note comes back");

    installed.env.call_as(ALICE);
    deposit_envelope(&installed.env, envelope(note, BOBS_ACCOUNT, 42)).expect("deposited");
    installed.env.call_as(BOB);
    let released = request(&installed, note, Some(BOBS_ACCOUNT)).expect("released");
    assert_eq!((released.key_epoch, released.envelope.len()), (Epoch(2), 42));
}

#[test]
fn should_hand_out_the_newest_envelope_when_it_is_replaced() {
    let installed = install();
    let note = note_for_bob(&installed);
    let message = start(&installed, note);
    installed.env.call_as(ALICE);
    deposit_envelope(&installed.env, envelope(note, BOBS_ACCOUNT, 50)).expect("deposited");
    installed.peers.allows(Some(BOBS_ACCOUNT));
    assert_eq!(message.ends().expect("released").envelope.len(), 50);
}

#[test]
fn should_release_nothing_when_the_decision_is_over() {
    let installed = install();
    let note = note_for_bob(&installed);
    let before = installed.stable_bytes();
    let message = start(&installed, note);
    installed.env.now.set(Timestamp(allow(None).valid_until.0 + 1));
    installed.peers.allows(Some(BOBS_ACCOUNT));
    let error = message.ends().expect_err("too late");
    assert_eq!(error.kind, ErrorKind::Temporary);
    installed.assert_unchanged(&before, "late decision");
}

#[test]
fn should_free_the_request_when_its_callback_trapped_or_the_canister_was_upgraded() {
    for upgraded in [false, true] {
        let installed = install();
        let note = note_for_bob(&installed);
        let waiting = start(&installed, note);
        if upgraded {
            installed.upgrade();
        }
        drop(waiting);
        installed.peers.answer("decide_and_use", Ok(Vec::new()));
        assert_eq!(request(&installed, note, Some(BOBS_ACCOUNT)).expect("released").release, Seq(1));
    }
}

#[test]
fn should_page_through_the_release_log_when_it_is_longer_than_a_page() {
    let installed = install();
    let note = note_for_bob(&installed);
    for _ in 0..5 {
        request(&installed, note, Some(BOBS_ACCOUNT)).expect("released");
    }
    let page = |from, limit| {
        let arg = ReleasesArg { from: Seq(from), limit };
        releases(arg).into_iter().map(|release| release.seq.0).collect::<Vec<_>>()
    };
    assert_eq!(page(0, Some(2)), [1, 2]);
    assert_eq!(page(3, Some(2)), [3, 4]);
    assert_eq!(page(5, None), [5]);
    assert_eq!(page(6, None), [0; 0]);
    assert_eq!(page(u64::MAX, None), [0; 0]);
    installed.upgrade();
    assert_eq!(page(1, None), [1, 2, 3, 4, 5]);
}
