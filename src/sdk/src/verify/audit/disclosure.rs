//! What a hidden entry hides, shown by who has its opening.

use super::encoding;
use calisec_types::ids::Seq;
use calisec_types::membership::{AuditEntry, AuditEvent, AuditOpening};
use candid::Principal;
use minicbor::Decoder;
use sha2::{Digest, Sha256};

/// Domain tag of a commitment.
const PAYLOAD_TAG: &[u8] = b"calisec.audit-payload.v1\0";

/// Why an opening is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DisclosureError {
    /// The entry hides nothing.
    #[error("entry {0} hides nothing")]
    NotSealed(Seq),
    /// The opening is of another entry.
    #[error("the opening is of entry {opening}, not of entry {entry}")]
    OtherEntry {
        /// The entry.
        entry: Seq,
        /// What the opening says.
        opening: Seq,
    },
    /// The commitment is to something else.
    #[error("entry {0} is not the commitment to what the opening says")]
    OtherContent(Seq),
    /// The entry shows another kind or caller than the opening.
    #[error("entry {0} shows another kind of event, or another caller, than the opening")]
    OtherKind(Seq),
}

/// Verifies what a hidden entry hides. Whether the entry is in the log, [`super::audit_entry`] or [`super::AuditChain`] says.
///
/// # Errors
/// [`DisclosureError`].
pub fn disclosure<'a>(entry: &AuditEntry, opening: &'a AuditOpening) -> Result<&'a AuditEvent, DisclosureError> {
    let AuditEvent::Sealed { kind, commitment } = &entry.event else {
        return Err(DisclosureError::NotSealed(entry.seq));
    };
    if opening.seq != entry.seq {
        return Err(DisclosureError::OtherEntry { entry: entry.seq, opening: opening.seq });
    }
    let payload = encoding::payload(&opening.caller, &opening.event);
    let hash = Sha256::new_with_prefix(PAYLOAD_TAG).chain_update(opening.salt.0).chain_update(&payload).finalize();
    if hash[..] != commitment.0 {
        return Err(DisclosureError::OtherContent(entry.seq));
    }
    let (kind_shown, caller_shown) = match kind {
        Some(_) => (kind_of(&payload), opening.caller),
        None => (None, Principal::management_canister()),
    };
    if (*kind, entry.caller) != (kind_shown, caller_shown) {
        return Err(DisclosureError::OtherKind(entry.seq));
    }
    Ok(&opening.event)
}

/// The number of the kind of event in `[caller, [kind, [fields]]]`.
fn kind_of(payload: &[u8]) -> Option<u16> {
    let mut decoder = Decoder::new(payload);
    decoder.array().and_then(|_| decoder.skip()).and_then(|()| decoder.array()).and_then(|_| decoder.u16()).ok()
}
