//! Key envelopes: owners deposit them, policies release them.

#[cfg(test)]
mod tests;

use super::notes::existing;
use super::{require_identity, require_length};
use crate::clients::require_use;
use crate::state::{with_state, with_state_mut};
use crate::storage::{EnvelopeRecord, ReleaseRecord};
use calisec_clients::Transport;
use calisec_runtime::Env;
use calisec_types::ids::{Digest32, NoteId};
use calisec_types::membership::{Action, DecideAndUseArg, DecideArg, NoteResource, Subject};
use calisec_types::note_registry::{
    DepositEnvelopeArg, MAX_ENVELOPE_BYTES, NoteError, NoteReason, Release, ReleasedKey, ReleasesArg,
};
use calisec_types::page::page_length;
use calisec_types::signing::push_principal;
use candid::Principal;
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

/// Domain tag of the key that a release is counted by.
const RELEASE_TAG: &[u8] = b"calisec.release.v1\0";
/// What a purpose may be longer than by no means; membership says what else it must be.
const MAX_PURPOSE_BYTES: usize = 64;

/// Keeps an envelope for an account in the note's current key epoch, instead of the one before.
///
/// # Errors
/// [`NoteReason::NotOwner`] and what is wrong with the argument.
pub fn deposit_envelope<E: Env>(env: &E, arg: DepositEnvelopeArg) -> Result<(), NoteError> {
    let caller = require_identity(env.caller())?;
    require_length("envelope", arg.envelope.len(), 1, MAX_ENVELOPE_BYTES)?;
    with_state_mut(|state| {
        let holding = state.holdings().get(arg.note).ok_or(NoteReason::UnknownNote(arg.note))?;
        if holding.owner.owner() != caller {
            return Err(NoteReason::NotOwner.into());
        }
        let record = EnvelopeRecord { key_epoch: holding.key_epoch, envelope: arg.envelope.into_vec() };
        state.deposit(arg.note, arg.recipient, record);
        Ok(())
    })
}

/// Hands out the envelope of the caller's account if the policies allow it to read the note, and logs the release.
///
/// # Errors
/// [`NoteReason`]. With [`NoteReason::Unavailable`], [`NoteReason::InProgress`] and [`NoteReason::Changed`] the same call
/// can be repeated.
pub async fn request_key<E: Env, T: Transport>(
    env: &E,
    transport: &T,
    id: NoteId,
    purpose: Option<String>,
) -> Result<ReleasedKey, NoteError> {
    release(env, transport, id, purpose).await.map_err(NoteError::from)
}

async fn release<E: Env, T: Transport>(
    env: &E,
    transport: &T,
    id: NoteId,
    purpose: Option<String>,
) -> Result<ReleasedKey, NoteReason> {
    let caller = require_identity(env.caller())?;
    require_length("purpose", purpose.as_ref().map_or(0, String::len), 0, MAX_PURPOSE_BYTES)?;
    let registry = env.canister_self();
    let (membership, asked_about, holding, released, _guard) = with_state(|state| {
        let note = existing(state, id)?;
        let holding = state.holdings().get(id).ok_or(NoteReason::UnknownNote(id))?;
        let guard = state.requesting.begin((caller, id)).ok_or(NoteReason::InProgress)?;
        Ok::<_, NoteReason>((state.config().membership, note, holding, state.releases_to(id, caller), guard))
    })?;

    let question = DecideArg {
        context: asked_about.context,
        subject: Subject::Principal(caller),
        action: Action::Read,
        note: Some(NoteResource {
            registry,
            note: id,
            owner: asked_about.owner.owner,
            kind: asked_about.metadata.kind,
            epoch: Some(holding.key_epoch),
        }),
        purpose,
    };
    // The same key until the release is logged: a request that is repeated after a lost answer counts as one use.
    let arg = DecideAndUseArg { question, key: release_key(id, caller, released) };
    let allowed = require_use(transport, membership, &arg).await;

    // The answer is about the owner that was asked about, and the envelope about the epoch.
    with_state_mut(|state| {
        if state.holdings().get(id) != Some(holding) {
            return Err(NoteReason::Changed);
        }
        let decision = allowed?.in_force(env.now())?;
        let key_epoch = holding.key_epoch;
        // An allow for somebody who is no member (an owner may be none) names no account an envelope could be for.
        let recipient = decision.account.ok_or(NoteReason::NoEnvelope(key_epoch))?;
        let envelope = state.envelope(id, recipient, key_epoch).ok_or(NoteReason::NoEnvelope(key_epoch))?;
        let release = state.log_release(
            caller,
            ReleaseRecord {
                note: id,
                recipient,
                key_epoch,
                at: env.now(),
                policies: decision.determining_policies,
                decided_at: decision.seq,
            },
        );
        Ok(ReleasedKey { note: id, key_epoch, envelope: ByteBuf::from(envelope), release })
    })
}

/// Names the next release of a note's key to a principal.
fn release_key(note: NoteId, to: Principal, released: u64) -> Digest32 {
    let mut bytes = RELEASE_TAG.to_vec();
    bytes.extend_from_slice(&note.0.to_be_bytes());
    push_principal(&mut bytes, &to);
    bytes.extend_from_slice(&released.to_be_bytes());
    Digest32(Sha256::digest(&bytes).into())
}

/// A page of the release log, oldest first.
#[must_use]
pub fn releases(arg: ReleasesArg) -> Vec<Release> {
    with_state(|state| state.releases_from(arg.from).take(page_length(arg.limit)).collect())
}
