use super::{consumption, mint};
use crate::state::with_state;
use crate::storage::Config;
use crate::test_fixtures::{
    ALICE, BOB, CAROL, CIRCUIT, CONTEXT, Installed, MEMBERSHIP, Message, NOW, REGISTRY, VERIFIER, allow, at_once,
    call_failures, deny, install, key_of, mint_arg, reason, receipt_for,
};
use calisec_types::error::{ApiError, ErrorKind};
use calisec_types::ids::{ContextId, Digest32, Epoch, FieldElement, NoteId, ReceiptId, Timestamp};
use calisec_types::membership::{Action, DecideArg, MembershipReason, Subject};
use calisec_types::note_registry::{
    MAX_CIPHERTEXT_BYTES, MAX_CONTENT_TYPE_BYTES, MAX_KIND_BYTES, MAX_TITLE_BYTES, MintArg, Note, NoteError, NoteReason,
};
use calisec_types::proof_verifier::{ExpectedReceipt, ProofReason, Receipt};
use candid::Principal;
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

fn start(installed: &Installed, arg: MintArg) -> Message<'_, Result<Note, NoteError>> {
    Message::start(mint(&installed.env, &installed.peers, arg))
}

/// A mint that waits for the verifier.
fn start_until_consume(installed: &Installed, arg: MintArg) -> Message<'_, Result<Note, NoteError>> {
    let mut message = start(installed, arg);
    installed.peers.allows(None);
    message.goes_on();
    message
}

fn mint_all_the_way(installed: &Installed, arg: MintArg) -> Result<Note, NoteError> {
    let message = start_until_consume(installed, arg);
    installed.peers.accepts();
    message.ends()
}

#[test]
fn should_mint_a_note_when_policies_allow_and_the_receipt_is_accepted() {
    let installed = install();
    let mut message = start(&installed, mint_arg(9));
    // Whoever calls while the mint waits is not the minter.
    installed.env.call_as(BOB);
    installed.peers.allows(None);
    message.goes_on();
    installed.env.advance_seconds(5);
    installed.peers.accepts();
    let note = message.ends().expect("minted");

    let ciphertext = vec![9; 100];
    let expected = Note {
        id: NoteId(1),
        context: CONTEXT,
        owner: ALICE.into(),
        commitment: FieldElement([60; 32]),
        receipt: ReceiptId([9; 32]),
        metadata: mint_arg(9).metadata,
        ciphertext_hash: Digest32(Sha256::digest(&ciphertext).into()),
        ciphertext_length: 100,
        key_epoch: Epoch(0),
        minter: ALICE,
        minted_at: NOW.plus_seconds(5),
    };
    assert_eq!(note, expected);
    assert_eq!(crate::api::notes::note(NoteId(1)), Ok(expected));
    assert_eq!(crate::api::notes::ciphertext(NoteId(1)), Ok(ByteBuf::from(ciphertext)));
    with_state(|state| {
        assert_eq!(state.holdings().supply(), 1);
        assert_eq!(state.holdings().balance(&key_of(ALICE)), 1);
        assert_eq!(state.notes_of(CONTEXT, None).collect::<Vec<_>>(), [NoteId(1)]);
    });

    let sent = installed.peers.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!((sent[0].canister, sent[0].method.as_str()), (MEMBERSHIP, "decide"));
    let question = DecideArg {
        context: CONTEXT,
        subject: Subject::Principal(ALICE),
        action: Action::Mint,
        note: None,
        purpose: None,
    };
    assert_eq!(sent[0].decode::<(DecideArg,)>().0, question);
    assert_eq!((sent[1].canister, sent[1].method.as_str()), (VERIFIER, "consume"));
    let asked = installed.peers.last_consumption();
    let purpose = "mint".to_owned();
    assert_eq!(asked.receipt, ReceiptId([9; 32]));
    assert_eq!(asked.expected, ExpectedReceipt { circuit: CIRCUIT, context: CONTEXT, submitter: ALICE, purpose });
}

#[test]
fn should_refuse_and_call_nobody_when_the_argument_is_bad() {
    type Spoil = fn(&mut MintArg);
    let bad_length = |field: &str, length: usize, minimum: u64, limit: usize| NoteReason::BadLength {
        field: field.to_owned(),
        length: length as u64,
        minimum,
        limit: limit as u64,
    };
    let bad_kind = || NoteReason::InvalidKind { limit: MAX_KIND_BYTES as u64 };
    let cases: [(&str, Principal, Spoil, NoteReason); 9] = [
        ("anonymous", Principal::anonymous(), |_| (), NoteReason::Anonymous),
        (
            "long title",
            ALICE,
            |arg| arg.metadata.title = "t".repeat(MAX_TITLE_BYTES + 1),
            bad_length("title", MAX_TITLE_BYTES + 1, 0, MAX_TITLE_BYTES),
        ),
        (
            "long content type",
            ALICE,
            |arg| arg.metadata.content_type = "t".repeat(MAX_CONTENT_TYPE_BYTES + 1),
            bad_length("content_type", MAX_CONTENT_TYPE_BYTES + 1, 0, MAX_CONTENT_TYPE_BYTES),
        ),
        ("empty kind", ALICE, |arg| arg.metadata.kind = Some(String::new()), bad_kind()),
        ("long kind", ALICE, |arg| arg.metadata.kind = Some("k".repeat(MAX_KIND_BYTES + 1)), bad_kind()),
        ("kind with a quote", ALICE, |arg| arg.metadata.kind = Some("a\"b".to_owned()), bad_kind()),
        ("kind with a capital", ALICE, |arg| arg.metadata.kind = Some("Secret".to_owned()), bad_kind()),
        ("empty ciphertext", ALICE, |arg| arg.ciphertext.clear(), bad_length("ciphertext", 0, 1, MAX_CIPHERTEXT_BYTES)),
        (
            "long ciphertext",
            ALICE,
            |arg| arg.ciphertext = ByteBuf::from(vec![0; MAX_CIPHERTEXT_BYTES + 1]),
            bad_length("ciphertext", MAX_CIPHERTEXT_BYTES + 1, 1, MAX_CIPHERTEXT_BYTES),
        ),
    ];
    let installed = install();
    let before = installed.stable_bytes();
    for (case, caller, spoil, expected) in cases {
        let mut arg = mint_arg(9);
        spoil(&mut arg);
        installed.env.call_as(caller);
        assert_eq!(reason(at_once(mint(&installed.env, &installed.peers, arg))), expected, "{case}");
        assert!(installed.peers.sent().is_empty(), "{case}");
        installed.assert_unchanged(&before, case);
    }
}

#[test]
fn should_keep_the_largest_note_whole_when_it_is_minted() {
    let installed = install();
    let ciphertext: Vec<u8> = (0..MAX_CIPHERTEXT_BYTES).map(|index| (index % 251) as u8).collect();
    let mut arg = mint_arg(9);
    arg.metadata.title = "t".repeat(MAX_TITLE_BYTES);
    arg.ciphertext = ByteBuf::from(ciphertext.clone());
    let note = mint_all_the_way(&installed, arg).expect("minted");
    assert_eq!(crate::api::notes::ciphertext(note.id), Ok(ByteBuf::from(ciphertext)));
}

#[test]
fn should_change_nothing_and_work_when_repeated_after_membership_brought_no_answer() {
    for (case, outcome, repeatable) in call_failures() {
        let installed = install();
        let before = installed.stable_bytes();
        let message = start(&installed, mint_arg(9));
        installed.peers.answer("decide", outcome);
        let error = message.ends().expect_err(case);
        assert_eq!(error.kind == ErrorKind::Temporary, repeatable, "{case}: {error:?}");
        match error.reason.expect("a reason") {
            NoteReason::Unavailable { canister, .. } => {
                assert_eq!((canister.as_str(), repeatable), ("membership", true))
            }
            other => assert!(matches!(other, NoteReason::Internal(_)) && !repeatable, "{case}: {other:?}"),
        }
        assert_eq!(installed.peers.sent().len(), 1, "{case}: the receipt is not touched");
        installed.assert_unchanged(&before, case);
        assert_eq!(mint_all_the_way(&installed, mint_arg(9)).expect(case).id, NoteId(1));
    }
}

#[test]
fn should_change_nothing_when_membership_refuses() {
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
        (
            "a reason of a later version",
            Err(ApiError { kind: ErrorKind::Temporary, reason: None, message: "later".to_owned() }),
            NoteReason::Unavailable { canister: "membership".to_owned(), message: "later".to_owned() },
        ),
    ];
    for (case, answer, expected) in cases {
        let installed = install();
        let before = installed.stable_bytes();
        let message = start(&installed, mint_arg(9));
        installed.peers.decides(answer);
        assert_eq!(reason(message.ends()), expected, "{case}");
        assert_eq!(installed.peers.sent().len(), 1, "{case}: the receipt is not touched");
        installed.assert_unchanged(&before, case);
    }
}

#[test]
fn should_complete_once_with_the_same_key_when_repeated_after_the_verifier_brought_no_answer() {
    for (case, outcome, repeatable) in call_failures() {
        let installed = install();
        let before = installed.stable_bytes();
        let message = start_until_consume(&installed, mint_arg(9));
        let first_key = installed.peers.last_consumption().idempotency_key;
        installed.peers.answer("consume", outcome);
        let error = message.ends().expect_err(case);
        assert_eq!(error.kind == ErrorKind::Temporary, repeatable, "{case}: {error:?}");
        installed.assert_unchanged(&before, case);

        let repeated = start_until_consume(&installed, mint_arg(9));
        assert_eq!(installed.peers.last_consumption().idempotency_key, first_key, "{case}");
        installed.peers.accepts();
        assert_eq!(repeated.ends().expect(case).id, NoteId(1));
        assert_eq!(with_state(|state| state.holdings().supply()), 1, "{case}");
    }
}

#[test]
fn should_change_nothing_when_the_verifier_refuses() {
    let installed = install();
    let before = installed.stable_bytes();
    let refusals = [
        ProofReason::ReceiptConsumed,
        ProofReason::ReceiptExpired(NOW),
        ProofReason::UnknownReceipt(ReceiptId([9; 32])),
        ProofReason::ReceiptMismatch("context".to_owned()),
    ];
    for refusal in refusals {
        let message = start_until_consume(&installed, mint_arg(9));
        installed.peers.consumes(Err(refusal.clone().into()));
        assert_eq!(reason(message.ends()), NoteReason::ReceiptRefused(refusal.to_string()));
        installed.assert_unchanged(&before, &refusal.to_string());
    }
    let message = start_until_consume(&installed, mint_arg(9));
    installed.peers.consumes(Err(ProofReason::Internal("oh".to_owned()).into()));
    assert!(matches!(reason(message.ends()), NoteReason::Internal(_)));
    installed.assert_unchanged(&before, "defect");
}

#[test]
fn should_mint_nothing_when_the_verifier_answers_with_another_receipt() {
    type Spoil = fn(&mut Receipt);
    let spoilers: [(&str, Spoil); 7] = [
        ("id", |receipt| receipt.id = ReceiptId([1; 32])),
        ("circuit", |receipt| receipt.circuit.0[0] ^= 1),
        ("context", |receipt| receipt.context = ContextId([1; 32])),
        ("submitter", |receipt| receipt.submitter = BOB),
        ("purpose", |receipt| receipt.purpose = "vote".to_owned()),
        ("consumer", |receipt| receipt.consumer = BOB),
        ("no commitment", |receipt| receipt.public_inputs.clear()),
    ];
    let installed = install();
    let before = installed.stable_bytes();
    for (case, spoil) in spoilers {
        let message = start_until_consume(&installed, mint_arg(9));
        let mut receipt = receipt_for(&installed.peers.last_consumption());
        spoil(&mut receipt);
        installed.peers.consumes(Ok(receipt));
        assert!(matches!(reason(message.ends()), NoteReason::Internal(_)), "{case}");
        installed.assert_unchanged(&before, case);
    }
}

#[test]
fn should_refuse_a_second_mint_when_the_receipt_minted_before() {
    let installed = install();
    mint_all_the_way(&installed, mint_arg(9)).expect("minted");
    let (before, calls) = (installed.stable_bytes(), installed.peers.sent().len());
    for caller in [ALICE, BOB] {
        installed.env.call_as(caller);
        let again = at_once(mint(&installed.env, &installed.peers, mint_arg(9)));
        assert_eq!(reason(again), NoteReason::AlreadyMinted(NoteId(1)));
    }
    assert_eq!(installed.peers.sent().len(), calls);
    installed.assert_unchanged(&before, "double mint");
}

#[test]
fn should_refuse_the_same_request_when_it_waits_already() {
    let installed = install();
    let second = || reason(at_once(mint(&installed.env, &installed.peers, mint_arg(9))));
    let mut first = start(&installed, mint_arg(9));
    assert_eq!(second(), NoteReason::InProgress, "while membership decides");
    installed.peers.allows(None);
    first.goes_on();
    assert_eq!(second(), NoteReason::InProgress, "while the verifier consumes");
    installed.peers.accepts();
    first.ends().expect("minted");
    assert_eq!(second(), NoteReason::AlreadyMinted(NoteId(1)));
}

#[test]
fn should_not_be_kept_from_minting_when_another_caller_tries_the_receipt() {
    let installed = install();
    installed.env.call_as(BOB);
    let _stranger = start(&installed, mint_arg(9));
    installed.env.call_as(ALICE);
    let mut rightful = start(&installed, mint_arg(9));
    installed.peers.decides(Ok(deny()));
    installed.peers.allows(None);
    rightful.goes_on();
    installed.peers.accepts();
    assert_eq!(rightful.ends().expect("minted").owner, ALICE.into());
}

#[test]
fn should_mint_once_when_the_receipt_is_used_while_membership_decides() {
    let installed = install();
    installed.env.call_as(BOB);
    let late = start(&installed, mint_arg(9));
    installed.peers.allows(None);
    installed.env.call_as(ALICE);
    mint_all_the_way(&installed, mint_arg(9)).expect("minted");
    let (before, calls) = (installed.stable_bytes(), installed.peers.sent().len());
    assert_eq!(reason(late.ends()), NoteReason::AlreadyMinted(NoteId(1)));
    assert_eq!(installed.peers.sent().len(), calls, "the verifier is not asked");
    installed.assert_unchanged(&before, "minted meanwhile");
}

#[test]
fn should_mint_once_when_the_receipt_is_used_while_the_verifier_consumes() {
    let installed = install();
    installed.env.call_as(BOB);
    let late = start_until_consume(&installed, mint_arg(9));
    // A verifier that accepts a receipt twice must not make two notes of it.
    installed.peers.accepts();
    installed.env.call_as(ALICE);
    mint_all_the_way(&installed, mint_arg(9)).expect("minted");
    let before = installed.stable_bytes();
    assert_eq!(reason(late.ends()), NoteReason::AlreadyMinted(NoteId(1)));
    installed.assert_unchanged(&before, "minted meanwhile");
}

#[test]
fn should_free_the_receipt_and_complete_when_a_callback_trapped_or_the_canister_was_upgraded() {
    type Await = for<'a> fn(&'a Installed, MintArg) -> Message<'a, Result<Note, NoteError>>;
    let awaits: [(&str, Await); 2] = [("decide", start), ("consume", start_until_consume)];
    for (case, until) in awaits {
        for upgraded in [false, true] {
            let installed = install();
            let before = installed.stable_bytes();
            let waiting = until(&installed, mint_arg(9));
            let method = installed.peers.sent().last().expect("a call").method.clone();
            if upgraded {
                installed.upgrade();
            }
            // A trap in the callback drops what the message holds and brings back the stable memory.
            drop(waiting);
            installed.peers.answer(&method, Ok(Vec::new()));
            installed.assert_unchanged(&before, case);
            let note = mint_all_the_way(&installed, mint_arg(9)).expect(case);
            assert_eq!((note.id, note.owner), (NoteId(1), ALICE.into()), "{case}");
            assert_eq!(with_state(|state| state.holdings().supply()), 1);
        }
    }
}

#[test]
fn should_ask_again_when_the_decision_ran_out_while_the_verifier_consumed() {
    let installed = install();
    let before = installed.stable_bytes();
    let message = start_until_consume(&installed, mint_arg(9));
    installed.env.now.set(Timestamp(allow(None).valid_until.0 + 1));
    installed.peers.accepts();
    let error = message.ends().expect_err("too late");
    assert_eq!(error.kind, ErrorKind::Temporary);
    assert!(matches!(error.reason, Some(NoteReason::Unavailable { .. })), "{error:?}");
    installed.assert_unchanged(&before, "late decision");
    installed.env.now.set(allow(None).valid_until);
    mint_all_the_way(&installed, mint_arg(9)).expect("in time");
}

#[test]
fn should_use_another_key_when_anything_of_the_request_differs() {
    let config = Config { membership: MEMBERSHIP, proof_verifier: VERIFIER, mint_circuit: CIRCUIT };
    let key = |caller, arg: &MintArg, hash| consumption(&config, caller, arg, Digest32([hash; 32])).idempotency_key;
    let arg = mint_arg(9);
    let mut moved = arg.clone();
    moved.metadata.title.push('t');
    moved.metadata.content_type.remove(0);
    let mut retitled = arg.clone();
    retitled.metadata.title.push('!');
    let mut retyped = arg.clone();
    retyped.metadata.content_type.push('!');
    let mut of_another_kind = arg.clone();
    of_another_kind.metadata.kind = Some("secret".to_owned());
    let mut of_no_kind = arg.clone();
    of_no_kind.metadata.kind = None;
    let mut elsewhere = arg.clone();
    elsewhere.context = ContextId([1; 32]);
    let keys = [
        key(ALICE, &arg, 1),
        key(BOB, &arg, 1),
        key(ALICE, &arg, 2),
        key(ALICE, &mint_arg(8), 1),
        key(ALICE, &retitled, 1),
        key(ALICE, &retyped, 1),
        key(ALICE, &moved, 1),
        key(ALICE, &of_another_kind, 1),
        key(ALICE, &of_no_kind, 1),
        key(ALICE, &elsewhere, 1),
    ];
    assert_eq!(std::collections::BTreeSet::from(keys).len(), keys.len());
    assert_eq!(keys[0], key(ALICE, &arg, 1));
}

#[test]
fn should_number_notes_without_gaps_when_several_are_minted() {
    let installed = install();
    for (receipt, caller) in [(1, ALICE), (2, BOB), (3, CAROL)] {
        installed.env.call_as(caller);
        let note = mint_all_the_way(&installed, mint_arg(receipt)).expect("minted");
        assert_eq!((note.id, note.owner.owner), (NoteId(u64::from(receipt)), caller));
    }
    assert_eq!(REGISTRY, installed.env.canister);
}
