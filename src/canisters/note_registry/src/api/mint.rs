//! Minting: a receipt of a proof becomes a note, exactly once.

#[cfg(test)]
mod tests;

use super::notes::existing;
use super::{require_identity, require_length};
use crate::clients::{consume, require_allowed};
use crate::state::{NewNote, State, with_state, with_state_mut};
use crate::storage::{Config, NoteRecord};
use calisec_clients::Transport;
use calisec_runtime::Env;
use calisec_types::ids::{Digest32, FieldElement};
use calisec_types::membership::{Action, DecideArg, Subject};
use calisec_types::names::is_name;
use calisec_types::note_registry::{
    MAX_CIPHERTEXT_BYTES, MAX_CONTENT_TYPE_BYTES, MAX_KIND_BYTES, MAX_TITLE_BYTES, MINT_PURPOSE, MintArg, Note,
    NoteError, NoteMetadata, NoteReason,
};
use calisec_types::proof_verifier::{ConsumeArg, ExpectedReceipt, Receipt};
use calisec_types::signing::push_principal;
use candid::Principal;
use sha2::{Digest, Sha256};

/// Mints a note, owned by the caller's default account.
///
/// Repeating the call with the same argument is safe at any time: the verifier answers the same key the same again, and
/// whatever the registry changes it changes in the one message in which the verifier's answer arrives.
///
/// # Errors
/// [`NoteReason`]. With [`NoteReason::Unavailable`] and [`NoteReason::InProgress`] the same call can be repeated.
pub async fn mint<E: Env, T: Transport>(env: &E, transport: &T, arg: MintArg) -> Result<Note, NoteError> {
    mint_once(env, transport, arg).await.map_err(NoteError::from)
}

async fn mint_once<E: Env, T: Transport>(env: &E, transport: &T, arg: MintArg) -> Result<Note, NoteReason> {
    let caller = require_identity(env.caller())?;
    let consumer = env.canister_self();
    require_length("title", arg.metadata.title.len(), 0, MAX_TITLE_BYTES)?;
    require_length("content_type", arg.metadata.content_type.len(), 0, MAX_CONTENT_TYPE_BYTES)?;
    require_kind(arg.metadata.kind.as_deref())?;
    require_length("ciphertext", arg.ciphertext.len(), 1, MAX_CIPHERTEXT_BYTES)?;
    let (config, _guard) = with_state(|state| {
        require_unminted(state, &arg)?;
        let guard = state.minting.begin((arg.receipt, caller)).ok_or(NoteReason::InProgress)?;
        Ok::<_, NoteReason>((state.config(), guard))
    })?;

    let question = DecideArg {
        context: arg.context,
        subject: Subject::Principal(caller),
        action: Action::Mint,
        note: None,
        purpose: None,
    };
    let allowed = require_allowed(transport, config.membership, &question).await?;
    with_state(|state| require_unminted(state, &arg))?;

    let ciphertext_hash = Digest32(Sha256::digest(&arg.ciphertext).into());
    let request = consumption(&config, caller, &arg, ciphertext_hash);
    let receipt = consume(transport, config.proof_verifier, &request).await?;
    let commitment = proved_commitment(&receipt, &request, consumer)?;
    allowed.in_force(env.now())?;

    let MintArg { context, receipt, metadata, ciphertext } = arg;
    let record = NoteRecord {
        context,
        commitment,
        receipt,
        title: metadata.title,
        content_type: metadata.content_type,
        ciphertext_hash,
        ciphertext_length: ciphertext.len().try_into().unwrap_or(u64::MAX),
        minter: caller,
        minted_at: env.now(),
        kind: metadata.kind,
    };
    with_state_mut(|state| {
        let id =
            state.mint(NewNote { record, ciphertext: ciphertext.into_vec() }).map_err(NoteReason::AlreadyMinted)?;
        existing(state, id)
    })
}

/// Refuses a kind that membership would not take in a question: nobody could read the note.
fn require_kind(kind: Option<&str>) -> Result<(), NoteReason> {
    let is_good = kind.is_none_or(|kind| is_name(kind, MAX_KIND_BYTES));
    if is_good { Ok(()) } else { Err(NoteReason::InvalidKind { limit: MAX_KIND_BYTES as u64 }) }
}

fn require_unminted(state: &State, arg: &MintArg) -> Result<(), NoteReason> {
    state.minted_with(&arg.receipt).map_or(Ok(()), |note| Err(NoteReason::AlreadyMinted(note)))
}

/// What the verifier is asked. The key stands for the whole request: the same request finds its answer again, and
/// nothing else can be minted with a receipt that is consumed but whose answer was lost.
fn consumption(config: &Config, caller: Principal, arg: &MintArg, ciphertext_hash: Digest32) -> ConsumeArg {
    let NoteMetadata { title, content_type, kind } = &arg.metadata;
    let mut metadata_hash = Sha256::new();
    // No kind is like none other: the empty one is no name.
    for text in [title.as_str(), content_type, kind.as_deref().unwrap_or_default()] {
        metadata_hash.update(text.len().to_string());
        metadata_hash.update([0]);
        metadata_hash.update(text);
    }
    let mut key = b"calisec.mint.v1\0".to_vec();
    key.extend_from_slice(arg.receipt.as_bytes());
    key.extend_from_slice(arg.context.as_bytes());
    push_principal(&mut key, &caller);
    key.extend_from_slice(ciphertext_hash.as_bytes());
    key.extend_from_slice(&metadata_hash.finalize());
    ConsumeArg {
        receipt: arg.receipt,
        expected: ExpectedReceipt {
            circuit: config.mint_circuit,
            context: arg.context,
            submitter: caller,
            purpose: MINT_PURPOSE.to_owned(),
        },
        idempotency_key: Digest32(Sha256::digest(&key).into()),
    }
}

/// The commitment, from a receipt that is the one asked for. The verifier checks that too; a registry that trusts an
/// answer about something else would mint what nobody proved.
fn proved_commitment(receipt: &Receipt, asked: &ConsumeArg, consumer: Principal) -> Result<FieldElement, NoteReason> {
    let expected = &asked.expected;
    let is_asked_for = receipt.id == asked.receipt
        && receipt.circuit == expected.circuit
        && receipt.context == expected.context
        && receipt.submitter == expected.submitter
        && receipt.purpose == expected.purpose
        && receipt.consumer == consumer;
    match receipt.public_inputs.first() {
        Some(commitment) if is_asked_for => Ok(*commitment),
        Some(_) | None => Err(NoteReason::Internal("the proof verifier answered with another receipt".to_owned())),
    }
}
