//! Bad input to note_registry.

use crate::{deploy, random};
use calisec_sdk::identity::Identity;
use calisec_testkit::Scene;
use calisec_testkit::backend::Backend;
use calisec_testkit::scene::answered;
use calisec_tests::{Unchanged, with_blobs_resized};
use calisec_types::ids::{ContextId, Epoch, NoteId, ReceiptId};
use calisec_types::note_registry::icrc7::{TransferArg, TransferError, TransferResult};
use calisec_types::note_registry::{
    DepositEnvelopeArg, MAX_CIPHERTEXT_BYTES, MAX_CONTENT_TYPE_BYTES, MAX_ENVELOPE_BYTES, MAX_TITLE_BYTES, MintArg,
    NoteMetadata, NoteReason,
};
use candid::{Decode, Nat, Principal, encode_one};
use icrc_ledger_types::icrc1::account::Account;
use pollster::block_on;
use serde_bytes::ByteBuf;

const UNKNOWN: NoteId = NoteId(99);
const HOUR_NS: u64 = 60 * 60 * 1_000_000_000;

fn bad_length(field: &str, length: usize, minimum: u64, limit: usize) -> NoteReason {
    NoteReason::BadLength { field: field.to_owned(), length: length as u64, minimum, limit: limit as u64 }
}

pub fn should_refuse_bad_input_to_note_registry<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let mut scene = Scene::new(&deployment, random());
    let minted = scene.until_note(b"a note").expect("a note");
    scene.seal_to_bob(&minted).expect("sealed");
    let (receipt, good, _) = scene.another_receipt(b"another note").expect("a receipt");
    let erin = Identity::from_seed([6; 32]);
    answered(scene.add_member(&erin, "contributor")).expect("another contributor");
    let unchanged = Unchanged::from_now(&deployment);
    refuse_bad_mints(&scene, &unchanged, &good, &erin);
    let again = MintArg { receipt: minted.note.receipt, ..good.clone() };
    let alice = scene.as_(&scene.cast.alice).note_registry();
    unchanged.refused(
        "a receipt that minted a note",
        block_on(alice.mint(&again)),
        &NoteReason::AlreadyMinted(minted.note.id),
    );

    let deposit = DepositEnvelopeArg {
        note: minted.note.id,
        recipient: scene.cast.carol.account(),
        envelope: ByteBuf::from(vec![1; 100]),
    };
    let envelope = |bytes: usize| DepositEnvelopeArg { envelope: ByteBuf::from(vec![1; bytes]), ..deposit.clone() };
    for (what, caller, arg, expected) in [
        ("the anonymous caller", scene.anyone(), deposit.clone(), NoteReason::Anonymous),
        ("no owner", scene.as_(&scene.cast.bob), deposit.clone(), NoteReason::NotOwner),
        ("no envelope", scene.as_(&scene.cast.alice), envelope(0), bad_length("envelope", 0, 1, MAX_ENVELOPE_BYTES)),
        (
            "a long envelope",
            scene.as_(&scene.cast.alice),
            envelope(MAX_ENVELOPE_BYTES + 1),
            bad_length("envelope", MAX_ENVELOPE_BYTES + 1, 1, MAX_ENVELOPE_BYTES),
        ),
        (
            "an unknown note",
            scene.as_(&scene.cast.alice),
            DepositEnvelopeArg { note: UNKNOWN, ..deposit.clone() },
            NoteReason::UnknownNote(UNKNOWN),
        ),
    ] {
        unchanged.refused(what, block_on(caller.note_registry().deposit_envelope(&arg)), &expected);
    }
    for (what, caller, note, expected) in [
        ("the anonymous caller", scene.anyone(), minted.note.id, NoteReason::Anonymous),
        ("an unknown note", scene.as_(&scene.cast.bob), UNKNOWN, NoteReason::UnknownNote(UNKNOWN)),
        (
            "an owner without an envelope",
            scene.as_(&scene.cast.alice),
            minted.note.id,
            NoteReason::NoEnvelope(Epoch(0)),
        ),
    ] {
        unchanged.refused(what, block_on(caller.note_registry().request_key(note)), &expected);
    }
    for (what, caller) in
        [("a member without a grant", scene.as_(&scene.cast.bob)), ("a stranger", scene.as_(&scene.cast.mallory))]
    {
        let answer = block_on(caller.note_registry().request_key(minted.note.id));
        unchanged.refused_as(
            what,
            answer,
            |reason| matches!(reason, NoteReason::AccessDenied { missing } if !missing.is_empty()),
        );
    }
    unchanged.refused("an unknown note", block_on(alice.note(UNKNOWN)), &NoteReason::UnknownNote(UNKNOWN));
    unchanged.refused("its ciphertext", block_on(alice.ciphertext(UNKNOWN)), &NoteReason::UnknownNote(UNKNOWN));
    let unknown = [Nat::from(UNKNOWN.0), Nat::from(u128::MAX)];
    assert_eq!(block_on(alice.icrc7_owner_of(&unknown)), Ok(vec![None, None]));

    // What was refused with something spoilt is minted as it is.
    assert_eq!(answered(block_on(alice.mint(&good))).map(|note| note.receipt), Ok(receipt));
}

fn refuse_bad_mints<B: Backend>(scene: &Scene<'_, B>, unchanged: &Unchanged<'_, B>, good: &MintArg, erin: &Identity) {
    let alice = scene.as_(&scene.cast.alice);
    let described = |title: String, content_type: String| MintArg {
        metadata: NoteMetadata { title, content_type, kind: None },
        ..good.clone()
    };
    let of_kind = |kind: &str| MintArg {
        metadata: NoteMetadata { kind: Some(kind.to_owned()), ..good.metadata.clone() },
        ..good.clone()
    };
    let encrypted = |bytes: usize| MintArg { ciphertext: ByteBuf::from(vec![1; bytes]), ..good.clone() };
    for (what, caller, arg, expected) in [
        ("the anonymous caller", scene.anyone(), good.clone(), NoteReason::Anonymous),
        (
            "a long title",
            alice,
            described("t".repeat(129), String::new()),
            bad_length("title", 129, 0, MAX_TITLE_BYTES),
        ),
        (
            "a long content type",
            alice,
            described(String::new(), "c".repeat(65)),
            bad_length("content_type", 65, 0, MAX_CONTENT_TYPE_BYTES),
        ),
        ("an empty kind", alice, of_kind(""), NoteReason::InvalidKind { limit: 32 }),
        ("a long kind", alice, of_kind(&"k".repeat(33)), NoteReason::InvalidKind { limit: 32 }),
        ("a kind that is no name", alice, of_kind("\" || true"), NoteReason::InvalidKind { limit: 32 }),
        ("no ciphertext", alice, encrypted(0), bad_length("ciphertext", 0, 1, MAX_CIPHERTEXT_BYTES)),
        (
            "a long ciphertext",
            alice,
            encrypted(MAX_CIPHERTEXT_BYTES + 1),
            bad_length("ciphertext", MAX_CIPHERTEXT_BYTES + 1, 1, MAX_CIPHERTEXT_BYTES),
        ),
    ] {
        unchanged.refused(what, block_on(caller.note_registry().mint(&arg)), &expected);
    }
    let is_denied = |reason: &NoteReason| matches!(reason, NoteReason::AccessDenied { missing } if !missing.is_empty());
    let elsewhere = MintArg { context: ContextId([9; 32]), ..good.clone() };
    for (what, caller, arg) in [
        ("an unknown context", alice, &elsewhere),
        ("a reader", scene.as_(&scene.cast.bob), good),
        ("a stranger", scene.as_(&scene.cast.mallory), good),
    ] {
        unchanged.refused_as(what, block_on(caller.note_registry().mint(arg)), is_denied);
    }
    let unknown = MintArg { receipt: ReceiptId([1; 32]), ..good.clone() };
    for (what, caller, arg, says) in [
        ("an unknown receipt", alice, &unknown, "does not exist"),
        ("another contributor's receipt", scene.as_(erin), good, "submitter"),
    ] {
        unchanged.refused_as(
            what,
            block_on(caller.note_registry().mint(arg)),
            |reason| matches!(reason, NoteReason::ReceiptRefused(why) if why.contains(says)),
        );
    }
}

pub fn should_refuse_bad_transfers<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let mut scene = Scene::new(&deployment, random());
    let minted = scene.until_note(b"a note").expect("a note");
    let unchanged = Unchanged::from_now(&deployment);
    let to = |owner: Principal| Account { owner, subaccount: None };
    let (alice, carol) = (scene.cast.alice.principal(), scene.cast.carol.principal());
    let good = TransferArg {
        from_subaccount: None,
        to: to(carol),
        token_id: Nat::from(minted.note.id.0),
        memo: None,
        created_at_time: None,
    };
    let now = deployment.backend.now().0;
    let sent_to = |owner| TransferArg { to: to(owner), ..good.clone() };
    let created = |at| TransferArg { created_at_time: Some(at), ..good.clone() };
    let token = |token_id| TransferArg { token_id, ..good.clone() };
    let registry = deployment.ids.note_registry;
    for (what, caller, arg, expected) in [
        ("the anonymous caller", Principal::anonymous(), good.clone(), TransferError::Unauthorized),
        ("somebody else's token", carol, sent_to(alice), TransferError::Unauthorized),
        (
            "another subaccount's token",
            alice,
            TransferArg { from_subaccount: Some([1; 32]), ..good.clone() },
            TransferError::Unauthorized,
        ),
        ("an unknown token", alice, token(Nat::from(99_u8)), TransferError::NonExistingTokenId),
        ("a token beyond 64 bits", alice, token(Nat::from(u128::MAX)), TransferError::NonExistingTokenId),
        ("to nobody", alice, sent_to(Principal::anonymous()), TransferError::InvalidRecipient),
        (
            "to the management canister",
            alice,
            sent_to(Principal::management_canister()),
            TransferError::InvalidRecipient,
        ),
        ("to the registry", alice, sent_to(registry), TransferError::InvalidRecipient),
        ("to its owner", alice, sent_to(alice), TransferError::InvalidRecipient),
        ("two days ago", alice, created(now - 48 * HOUR_NS), TransferError::TooOld),
    ] {
        unchanged_transfer(&scene, &unchanged, what, caller, &[arg], |error| *error == expected);
    }
    let future = created(now + HOUR_NS);
    unchanged_transfer(
        &scene,
        &unchanged,
        "in an hour",
        alice,
        &[future],
        |error| matches!(error, TransferError::CreatedInFuture { ledger_time } if *ledger_time >= now),
    );
    let long = TransferArg { memo: Some(ByteBuf::from(vec![1; 33])), ..good.clone() };
    unchanged_transfer(&scene, &unchanged, "a long memo", alice, &[long], |error| has_code(error, 1));

    // A subaccount that is none is refused in words, where a trap would refuse the whole batch.
    let with_subaccounts = TransferArg {
        from_subaccount: Some([1; 32]),
        to: Account { owner: carol, subaccount: Some([2; 32]) },
        ..good.clone()
    };
    let well_formed = encode_one(vec![with_subaccounts]).expect("encodes");
    for length in [0, 31, 33] {
        for arg in with_blobs_resized(&well_formed, length) {
            let reply = deployment.backend.update(alice, registry, "icrc7_transfer", &arg).expect("answers");
            let answer = Decode!(&reply, Vec<Option<TransferResult>>).expect("decodes");
            let [Some(Err(error))] = answer.as_slice() else { panic!("{length} bytes: {answer:?}") };
            assert!(has_code(error, 2), "{length} bytes: {error:?}");
            unchanged.check("a subaccount that is none");
        }
    }
    let sender = scene.as_(&scene.cast.alice).note_registry();
    assert!(matches!(block_on(sender.icrc7_transfer(&[good])).as_deref(), Ok([Some(Ok(_))])), "the good one passes");
}

fn has_code(error: &TransferError, code: u64) -> bool {
    matches!(error, TransferError::GenericError { error_code, .. } if u64::try_from(&error_code.0) == Ok(code))
}

fn unchanged_transfer<B: Backend>(
    scene: &Scene<'_, B>,
    unchanged: &Unchanged<'_, B>,
    what: &str,
    caller: Principal,
    batch: &[TransferArg],
    expected: impl FnOnce(&TransferError) -> bool,
) {
    let answer = block_on(scene.deployment.called_by(caller).note_registry().icrc7_transfer(batch)).expect("answers");
    let [Some(Err(error))] = answer.as_slice() else { panic!("{what}: {answer:?}") };
    assert!(expected(error), "{what}: {error:?}");
    unchanged.check(what);
}
