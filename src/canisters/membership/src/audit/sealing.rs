//! Entries that show a commitment instead of what happened.
//!
//! The commitment is SHA-256 over [`PAYLOAD_TAG`], a salt and caller and event in CBOR ([`StoredPayload`]). Salts come from a
//! key of the context that is replaced by its hash with every one, so who learns the key that is left learns no salt of
//! before, and who is given an opening learns no other.

use crate::storage::{StoredAuditMode, StoredEvent, StoredOpening, StoredPayload};
use calisec_types::ids::{ContextId, Digest32, Seq};
use candid::Principal;
use minicbor::Decoder;
use sha2::{Digest, Sha256};

/// Domain tag of a commitment.
const PAYLOAD_TAG: &[u8] = b"calisec.audit-payload.v1\0";
/// Domain tag of a key that is made from a seed.
const KEY_TAG: &[u8] = b"calisec.audit-key.v1\0";
/// Domain tag of the key after a key.
const NEXT_KEY_TAG: &[u8] = b"calisec.audit-next-key.v1\0";
/// Domain tag of a salt.
const SALT_TAG: &[u8] = b"calisec.audit-salt.v1\0";

/// The key that salts are made from, from a seed and what is left of the seeds before: known only to who knows all of them.
#[must_use]
pub fn keyed(before: Option<Digest32>, context: ContextId, seq: Seq, seed: Digest32) -> Digest32 {
    let before = before.unwrap_or(Digest32([0; 32]));
    let hash = Sha256::new().chain_update(KEY_TAG).chain_update(before.0).chain_update(context.0);
    Digest32(hash.chain_update(seq.0.to_be_bytes()).chain_update(seed.0).finalize().into())
}

/// A salt, and the key that is left.
#[must_use]
pub fn salt(key: Digest32) -> (Digest32, Digest32) {
    let hash = |tag| Digest32(Sha256::new_with_prefix(tag).chain_update(key.0).finalize().into());
    (hash(SALT_TAG), hash(NEXT_KEY_TAG))
}

/// Caller and event as the entry shows them, and what opens it.
#[must_use]
pub fn seal(
    mode: StoredAuditMode,
    salt: Digest32,
    payload: StoredPayload,
) -> ((Principal, StoredEvent), StoredOpening) {
    let bytes = minicbor::to_vec(&payload).expect("BUG: a payload must encode");
    let hash = Sha256::new_with_prefix(PAYLOAD_TAG).chain_update(salt.0).chain_update(&bytes);
    let commitment = Digest32(hash.finalize().into());
    let shown = match mode {
        StoredAuditMode::Full => (payload.caller, payload.event.clone()),
        StoredAuditMode::Hashed => (payload.caller, StoredEvent::Sealed { kind: Some(kind_of(&bytes)), commitment }),
        StoredAuditMode::Redacted => (Principal::management_canister(), StoredEvent::Sealed { kind: None, commitment }),
    };
    (shown, StoredOpening { salt, payload })
}

/// The number of the kind of event in an encoded payload: `[caller, [kind, [fields]]]`.
fn kind_of(payload: &[u8]) -> u16 {
    let mut decoder = Decoder::new(payload);
    let kind = decoder.array().and_then(|_| decoder.skip()).and_then(|()| decoder.array()).and_then(|_| decoder.u16());
    kind.expect("BUG: a payload must begin with a caller and a kind")
}
